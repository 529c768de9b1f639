"""A search ends as it would have, whatever came between, and its best trial is the model."""

import pytest

from helpers.errors import BadInput
from helpers.model import train, tune
from helpers.model.families import families
from helpers.model.scoring import predictions, score, target

FAMILIES = ["logistic regression", "decision tree"]


@pytest.fixture
def search(made, tmp_path):
    """A function that searches in a folder of that name, with what was asked."""
    problem, rows = made("binary", 200)
    parts = train.folds(rows, problem, 3, 0)
    shortlist = families("binary", FAMILIES)
    del shortlist["dummy"]

    def run(folder="one", trials=8, **more):
        return tune.search(shortlist, rows, problem, parts, tmp_path / folder, "key", trials=trials, **more)

    run.problem, run.rows, run.parts, run.shortlist, run.folder = problem, rows, parts, shortlist, tmp_path
    return run


def what(study):
    return tune.board(study).drop(columns="state").to_dict("list")


@pytest.mark.parametrize("sampler", ["tpe", "random"])
def test_a_search_that_was_interrupted_ends_like_one_that_was_not(search, sampler):
    whole = what(search("whole", 12, sampler=sampler))
    search("parts", 5, sampler=sampler)
    assert what(search("parts", 12, sampler=sampler)) == whole


def test_a_trial_that_never_ended_is_not_counted(search):
    whole = what(search("whole"))
    study = search("parts", 4)
    study.ask()  # as a kill leaves it: asked for and never told
    assert what(search("parts")) == whole


def test_one_thread_and_two_find_the_same(search):
    assert what(search("one", jobs=1)) == what(search("two", jobs=2))


def test_the_first_trials_are_the_standard_parameters(search):
    board = tune.board(search())
    assert list(board["family"][:2]) == FAMILIES
    assert list(board["parameters"][:2]) == ["{}", "{}"]


def test_a_search_can_end_by_time_and_has_one_trial_at_least(search):
    assert len(tune.board(search("timed", 100, seconds=0.0))) == 1


def test_another_seed_searches_elsewhere(search):
    assert what(search("one", seed=0)) != what(search("two", seed=1))


def test_the_model_is_the_best_trial_fitted_on_all_rows(search):
    study = search()
    model, about = tune.best_model(study, search.shortlist, search.rows, search.problem, 0)
    assert about["score"] == max(tune.board(study)["score"])
    x, y = search.rows.drop(columns="y"), target(search.problem, search.rows)
    again = []
    for learn, judge in search.parts:  # by hand: the same pipeline, fold by fold
        from sklearn.base import clone

        fitted = clone(model).fit(x.iloc[learn], y[learn])
        again.append(
            score("roc_auc", y[judge], predictions(fitted, x.iloc[judge], search.problem), search.problem)
        )
    assert sum(again) / len(again) == pytest.approx(about["score"], abs=1e-12)


@pytest.mark.parametrize(
    ("asked", "said"), [({"sampler": "tep"}, "did you mean 'tpe'"), ({"trials": 1}, "1 trials are too few")]
)
def test_a_search_that_cannot_be_made_is_refused(search, asked, said):
    with pytest.raises(BadInput, match=said):
        search(**asked)
