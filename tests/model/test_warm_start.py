"""A search begins with the best trials of an earlier run, each drawn as it was."""

import json

import pandas as pd
import pytest

from helpers.errors import BadInput
from helpers.model import automl, train, tune
from helpers.model.families import families
from helpers.model.trial import Ground
from helpers.model.warm_start import best_before

NAMES = ["logistic regression", "decision tree"]


@pytest.fixture
def ground(made):
    return ground_of(made, NAMES)


def ground_of(made, names):
    problem, rows = made("binary", 120)
    shortlist = {f: families("binary")[f] for f in names}
    return Ground(shortlist, rows, problem, train.folds(rows, problem, 2, 0))


def searched(ground, folder, trials, first=()):
    return tune.search(ground, folder, "key", tune.Plan(trials=trials, first=first, prune=False))


def test_the_best_of_a_runs_trials_come_right_after_the_standard_ones_and_score_the_same(ground, tmp_path):
    before = tune.board(searched(ground, tmp_path / "before", 9))
    before.to_csv(tmp_path / "trials.csv", index=False)
    first, unfit = best_before("trials.csv", tmp_path, ground)
    assert unfit == ""
    drawn = before.iloc[2:].sort_values("score", ascending=False, kind="stable")
    assert first[0]["family"] == drawn["family"].iloc[0]
    assert len(first) == min(5, drawn["parameters"].nunique())
    after = tune.board(searched(ground, tmp_path / "after", 3, first)).iloc[2]
    assert after["parameters"] == drawn["parameters"].iloc[0]
    assert after["score"] == pytest.approx(
        drawn["score"].iloc[0], abs=1e-3
    )  # they are written with four digits


def test_trials_of_other_families_and_standard_ones_are_passed_over(ground, tmp_path):
    lines = {"family": ["LightGBM", "decision tree", "decision tree"], "score": [3, 2, 1]}
    texts = ['{"LightGBM: num_leaves": 4}', "{}", json.dumps({"decision tree: max_depth": 3})]
    pd.DataFrame(lines | {"parameters": texts}).to_csv(tmp_path / "t.csv", index=False)
    wanted = [{"family": "decision tree", "decision tree: max_depth": 3}]
    assert best_before("t.csv", tmp_path, ground) == (wanted, "")
    assert best_before(None, tmp_path, ground) == ([], "")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "cannot be read"),
        ("a,b\n1,2\n", "no column 'family'"),
        ("family,score,parameters\ndecision tree,1,oh\n", "no JSON"),
    ],
)
def test_a_file_that_holds_no_trials_is_refused_in_one_line(ground, tmp_path, text, said):
    if text:
        (tmp_path / "t.csv").write_text(text)
    with pytest.raises(BadInput, match=said):
        best_before("t.csv", tmp_path, ground)


def test_a_trial_of_another_space_is_refused_in_one_line(ground, tmp_path):
    with pytest.raises(BadInput, match=r"tune\.warm_start: a trial does not fit"):
        searched(ground, tmp_path, 4, [{"family": "no such family"}])


def test_trials_of_a_search_with_a_budget_are_drawn_again_as_they_were(made, tmp_path):
    names = ["LightGBM", "extra trees"]
    problem, rows = made("binary", 300)
    board = automl.within(3.0, rows, problem, [{"family": n} for n in names], tmp_path / "search").board
    board.to_csv(tmp_path / "trials.csv", index=False)
    ground = ground_of(made, names)
    first, _ = best_before("trials.csv", tmp_path, ground)
    found = tune.board(searched(ground, tmp_path / "after", len(names) + len(first), first))[len(names) :]
    done = (
        board.dropna(subset=["score"]).sort_values("score", ascending=False, kind="stable").head(len(first))
    )
    assert found["family"].tolist() == done["family"].tolist()
    for then, now in zip(done["parameters"], found["parameters"], strict=True):
        then, now = json.loads(then), {k.partition(": ")[2]: v for k, v in json.loads(now).items()}
        both = then.keys() & now.keys()
        assert both >= {"encode"}
        for name in both:
            number = isinstance(then[name], float)
            assert now[name] == (pytest.approx(then[name], rel=1e-3) if number else then[name])


@pytest.mark.parametrize(
    ("options", "drawn"),
    [
        ({"log": True, "scale": "robust"}, {"shape": "log", "scale": "robust"}),
        ({"bins": 8, "impute": "mean"}, {"expand": "bins", "impute": "mean"}),
        ({"squares": True, "rare": 0.01}, {"expand": "squares"}),
    ],
)
def test_transformations_of_a_budget_are_drawn_by_the_name_of_their_kind(ground, tmp_path, options, drawn):
    frame = {"family": NAMES[:1], "score": [1], "parameters": [json.dumps({"C": 0.5} | options)]}
    pd.DataFrame(frame).to_csv(tmp_path / "t.csv", index=False)
    wanted = {f"logistic regression: {k}": v for k, v in ({"C": 0.5} | drawn).items()}
    assert best_before("t.csv", tmp_path, ground) == ([{"family": NAMES[0], **wanted}], "")


def test_names_that_no_trial_of_the_family_draws_are_told_and_a_file_of_none_other_is_refused(
    ground, tmp_path
):
    texts = ['{"max_depth": 3, "max_height": 4}', '{"logistic regression: colour": 1}']
    frame = pd.DataFrame({"family": NAMES[::-1], "score": [2, 1], "parameters": texts})
    frame.to_csv(tmp_path / "t.csv", index=False)
    first, unfit = best_before("t.csv", tmp_path, ground)
    assert first == [{"family": "decision tree", "decision tree: max_depth": 3}]
    assert "`max_height` (decision tree), `colour` (logistic regression)" in unfit
    frame[1:].to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(BadInput, match=r"no trial of t\.csv fits .* logistic regression draws no 'colour'"):
        best_before("t.csv", tmp_path, ground)
