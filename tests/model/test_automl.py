"""A budget gives the best mixture that it allows, keeps its time, and can be built again byte by byte."""

import pickle
import time
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from helpers.errors import BadInput, Failed
from helpers.model import automl, pace, race, scoring, train
from helpers.model.families import Family, families
from helpers.model.fits import Candidate, Fit
from helpers.model.portfolio import portfolio
from helpers.model.search import Plan, _Search, search
from helpers.model.tried import Tried
from helpers.problem import Problem

FAMILIES = [{"family": name} for name in ("LightGBM", "logistic regression", "extra trees")]


def spend(made, tmp_path, task="binary", seconds=3.0, rows=None, shortlist=FAMILIES, **options):
    problem, some = made(task, 300)
    return problem, automl.within(
        seconds, some if rows is None else rows, problem, shortlist, tmp_path / "search", **options
    )


def racing(task):
    return race.entrants(families(task), [], [], 1000)[0]


@pytest.fixture(scope="module")
def spent(tmp_path_factory):
    from tests.model.conftest import problem_of, rows_of

    problem, rows = problem_of("binary"), rows_of("binary")
    return (
        problem,
        rows,
        automl.within(4.0, rows, problem, FAMILIES, tmp_path_factory.mktemp("spent") / "search"),
    )


def test_the_model_beats_its_best_single_candidate_or_is_it(spent):
    problem, rows, built = spent
    complete = built.board[built.board["state"] == "complete"]
    assert built.score >= complete["score"].max() - 0.01  # of the pooled folds, and the mean of the folds
    predicted = scoring.predictions(built.model, rows.drop(columns="y"), problem)
    assert predicted.sum(axis=1) == pytest.approx(1)


def test_what_a_specification_says_is_built_again_byte_by_byte(spent, tmp_path):
    problem, rows, built = spent
    again = automl.again(built.specification, rows, problem, tmp_path / "again")
    assert pickle.dumps(again.model) == pickle.dumps(built.model)
    assert again.score == built.score
    pd.testing.assert_frame_equal(again.unseen, built.unseen, check_exact=True)


def test_the_score_is_that_of_the_mixture_on_rows_that_no_member_has_seen(spent):
    problem, rows, built = spent
    made, y = built.specification, scoring.target(problem, rows)
    parts = [automl.parts_of(rows, problem, 0)[k] for k in made["folds"]]
    total = np.zeros((len(y), 2))
    x = rows.drop(columns="y")
    for n, (_, judge) in enumerate(parts):  # member by member and fold by fold, by hand
        for m in range(len(made["members"])):
            pipeline = built.model.members[m * len(parts) + n]
            total[judge] += made["members"][m]["weight"] * pipeline.predict_proba(x.iloc[judge])
    judged = np.concatenate([judge for _, judge in parts])
    assert scoring.score("roc_auc", y[judged], total[judged], problem) == pytest.approx(
        built.score, abs=1e-12
    )
    assert list(built.unseen.index) == list(rows.index[np.sort(judged)])
    assert built.unseen.to_numpy() == pytest.approx(total[np.sort(judged)], abs=1e-12)


@pytest.mark.parametrize(
    ("nested", "said"),
    [
        ((0.9, 0.8), "0.9000 and the best single candidate 0.8000: the **mixture** is kept"),
        ((0.7, 0.8), "the **best one alone** goes on"),
        ((float("nan"), float("nan")), "nothing was compared"),
    ],
)
def test_whether_the_mixture_is_better_is_told(spent, nested, said):
    assert said in automl.compared(replace(spent[2], nested=nested))


def test_several_labels_are_mixed_label_by_label_and_built_again_byte_by_byte(made, tmp_path):
    problem, rows = made("multilabel", 300)
    shortlist = [{"family": name} for name in ("logistic regression", "extra trees")]
    built = automl.within(2.0, rows, problem, shortlist, tmp_path / "search")
    said = scoring.predictions(built.model, rows.drop(columns="y"), problem)
    assert said.shape == (300, 3)
    assert said.sum(axis=1) != pytest.approx(1)
    assert built.score > 0.7
    again = automl.again(built.specification, rows, problem, tmp_path / "again")
    assert pickle.dumps(again.model) == pickle.dumps(built.model)


def test_the_time_is_kept_and_nothing_stays_behind(made, tmp_path):
    begun = time.monotonic()
    spend(made, tmp_path, "multiclass", 3.0)
    assert time.monotonic() - begun < 15
    assert not (tmp_path / "search").exists()


def hanging(seed, **given):
    time.sleep(60)


def crashing(seed, **given):
    import os

    os._exit(1)


@pytest.mark.parametrize(("make", "said"), [(hanging, "took more than"), (crashing, "process died")])
def test_a_candidate_that_hangs_or_crashes_is_skipped_with_its_reason(
    made, tmp_path, monkeypatch, make, said
):
    problem, rows = made("binary")
    known = families("binary", ["logistic regression"])
    known["odd"] = Family("odd", ("binary",), make)
    both = [Candidate("fine", "logistic regression", {}, {"scale": "standard"}), Candidate("odd", "odd")]
    monkeypatch.setattr("helpers.model.search.portfolio", lambda *_: list(both))
    plan = Plan(2.0, 3, tune=False)
    found = search(known, rows, problem, train.folds(rows, problem, 3, 0), {}, plan, tmp_path / "fits")
    assert said in next(t.trouble for t in found.tried if t.candidate.name == "odd")
    assert found.weights == {"fine": 1.0}


@pytest.mark.parametrize(("speed", "late"), [(1e12, False), (1e4, True)])
def test_a_model_that_would_take_longer_to_export_than_there_is_time_is_left(
    tmp_path, monkeypatch, speed, late
):
    draw = np.random.default_rng(0).normal(size=(400, 2))
    rows = pd.DataFrame(draw, columns=["a", "b"]).assign(y=np.where(draw.prod(axis=1) > 0, "yes", "no"))
    problem = Problem("made", "y", "binary", "roc_auc", ["no", "yes"], "yes")
    both = [
        Candidate("small", "logistic regression", {}, {"scale": "standard"}),
        Candidate("large", "LightGBM"),
    ]
    monkeypatch.setattr("helpers.model.search.portfolio", lambda *_: list(both))
    monkeypatch.setattr("helpers.model.tried.BYTES_A_SECOND", speed)
    known = families("binary", ["logistic regression", "LightGBM"])
    plan = Plan(5.0, 3, tune=False)
    found = search(known, rows, problem, train.folds(rows, problem, 3, 0), {}, plan, tmp_path / "fits")
    assert set(found.weights) == ({"small"} if late else {"large"})


def test_of_models_too_large_together_the_better_one_stays_whichever_came_first(monkeypatch):
    scores = {"early": -200.0, "better": -150.0, "huge": -140.0}
    seconds = {"early": 3.0, "better": 3.0, "huge": 30.0}

    def mixed(self, able):
        best = max((t.candidate.name for t in able), key=scores.get)
        return {best: 1.0}, scores[best], sum(seconds[t.candidate.name] for t in able)

    monkeypatch.setattr("helpers.model.search._Search._mixture_of", mixed)
    state = _Search.__new__(_Search)
    state.weights = scores
    early, better, huge = (Tried(Candidate(name, "LightGBM"), 1.0) for name in scores)
    assert state._left_out([early, better], 4.0) is early
    assert state._left_out([better, early], 4.0) is early
    assert state._left_out([early, better, huge], 7.0) is huge
    assert state._left_out([early, better], 1.0) is None


def fit_of(size, seconds=1.0):
    return Fit(np.zeros(3), 0.5, (seconds, 0.0), None, size)


@pytest.mark.parametrize(("refit", "seconds"), [(False, 40.0), (True, 20.0 + 1.5 * 2 * 3.0 / 2)])
def test_what_comes_after_the_search_is_told_from_sizes_and_from_what_learns_again(refit, seconds):
    state = _Search.__new__(_Search)
    state.plan, state.folds, state.workers = Plan(60.0, 2, refit=refit), range(2), SimpleNamespace(count=2)
    state.tried = [
        Tried(Candidate(name, "LightGBM"), 1.0, fits={k: fit_of(50_000_000, 3.0) for k in (0, 1)})
        for name in ("one", "other")
    ]
    assert state.after_with({"one": 0.5, "other": 0.5}) == pytest.approx(seconds)
    if refit:  # one alone is fitted by one process
        assert state.after_with({"one": 1.0}) == pytest.approx(10.0 + 1.5 * 3.0)
    for tried in state.tried:
        tried.fits = dict.fromkeys((0, 1), fit_of(75_000_000))  # 300 MB in all, of which half learns again
    assert np.isfinite(state.after_with({"one": 0.5, "other": 0.5}))
    state.tried[0].fits[1] = fit_of(76_000_000)
    assert np.isinf(state.after_with({"one": 0.5, "other": 0.5})) is not refit


def test_of_very_many_candidates_only_those_that_a_mixture_may_want_stay_on_disk(made, tmp_path, monkeypatch):
    monkeypatch.setattr("helpers.model.search.MOST_BESIDE", 1)
    same = [Candidate(f"same {n}", "logistic regression", {}, {"scale": "standard"}) for n in range(5)]
    monkeypatch.setattr("helpers.model.search.portfolio", lambda *_: list(same))
    problem, rows = made("binary")
    known, plan = families("binary", ["logistic regression"]), Plan(60.0, 2, tune=False, race=False)
    found = search(known, rows, problem, train.folds(rows, problem, 2, 0), {}, plan, tmp_path / "fits")
    kept = {t.candidate.name for t in found.tried if t.usable}
    assert set(found.weights) < kept
    assert len(kept) == 2
    assert len(list((tmp_path / "fits").glob("model-*"))) == 4


def test_where_the_first_fold_cannot_tell_no_candidate_is_left(made, tmp_path, monkeypatch):
    both = [Candidate(f"n{n}", "logistic regression", {}, {"scale": "standard"}) for n in range(2)]
    monkeypatch.setattr("helpers.model.search.portfolio", lambda *_: list(both))
    problem, rows = made("binary")
    rows.loc[:99, "y"] = "no"
    parts = [(np.arange(100, 300), np.arange(100)), (np.arange(150), np.arange(150, 300))]
    plan = Plan(60.0, 2, tune=False)
    found = search(
        families("binary", ["logistic regression"]), rows, problem, parts, {}, plan, tmp_path / "fits"
    )
    assert [t.trouble for t in found.tried] == ["", ""]


def test_what_was_suggested_before_is_not_fitted_again(made, tmp_path, monkeypatch):
    plain = Family("plain", ("binary",), families("binary")["logistic regression"].make)
    monkeypatch.setattr("helpers.model.search.portfolio", lambda *_: [Candidate("first", "plain")])
    problem, rows = made("binary")
    monkeypatch.setattr(
        "helpers.model.search._drawn", lambda trial, *_: Candidate(f"trial {trial.number}", "plain")
    )
    begun = time.monotonic()
    found = search(
        {"plain": plain},
        rows,
        problem,
        train.folds(rows, problem, 2, 0),
        {},
        Plan(60.0, 2),
        tmp_path / "fits",
    )
    assert [t.origin for t in found.tried] == ["portfolio", "search"]
    assert time.monotonic() - begun < 50


def dated(count=900):
    """Rows of which the newest ones alone hold a level, and what it means."""
    draw = np.random.default_rng(0)
    frame = pd.DataFrame({"day": pd.date_range("2020-01-01", periods=count), "x": draw.normal(size=count)})
    frame["level"] = np.where(np.arange(count) >= count * 0.93, "new", draw.choice(["a", "b"], count))
    frame["y"] = frame["x"] + 50.0 * (frame["level"] == "new") + draw.normal(0, 0.1, count)
    return frame.sample(frac=1, random_state=0).reset_index(drop=True)


def test_by_time_the_newest_rows_teach_and_the_model_is_built_again_byte_by_byte(tmp_path):
    rows = dated()
    problem = Problem("x", "y", "regression", "neg_root_mean_squared_error", time="day")
    shortlist = [{"family": name} for name in ("LightGBM", "ridge")]
    built = automl.within(4.0, rows, problem, shortlist, tmp_path / "search")
    asked = pd.DataFrame({"x": 0.0, "level": ["a", "new"]})
    said = scoring.predictions(built.model, asked, problem)
    assert said[1] - said[0] == pytest.approx(50, abs=10)
    assert built.score < -5  # of rows whose level the folds had not seen
    again = automl.again(built.specification, rows, problem, tmp_path / "again")
    assert pickle.dumps(again.model) == pickle.dumps(built.model)
    assert again.score == built.score


def test_when_nothing_can_be_fitted_the_reason_is_told(made, tmp_path, monkeypatch):
    problem, rows = made("binary")
    known = {"odd": Family("odd", ("binary",), crashing)}
    monkeypatch.setattr("helpers.model.search.portfolio", lambda *_: [Candidate("odd", "odd")])
    with pytest.raises(Failed, match="process died"):
        search(known, rows, problem, train.folds(rows, problem, 3, 0), {}, Plan(1.0, 3), tmp_path / "fits")


def one_class_in_a_fold(rows):
    return rows.assign(y=["yes"] * 3 + ["no"] * (len(rows) - 3))


ODD = {
    "three of a class": one_class_in_a_fold,
    "constant features": lambda rows: rows.assign(grid=1.0, wide=0.0, thin=2.0, level="a", other=""),
    "a column without values": lambda rows: rows.assign(grid=np.nan),
    "values in one fold only": lambda rows: rows.assign(grid=[1.5] * 30 + [np.nan] * (len(rows) - 30)),
    "every row twice": lambda rows: pd.concat([rows, rows], ignore_index=True),
    "fifty rows": lambda rows: rows.head(50),
    "infinite spread": lambda rows: rows.assign(wide=np.where(rows.index % 2, 1e300, -1e300)),
    "as many levels as rows": lambda rows: rows.assign(level=[f"level {n}" for n in range(len(rows))]),
    "many columns": lambda rows: rows.assign(
        **{f"noise {n}": np.cos(n * np.arange(len(rows))) for n in range(300)}
    ),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_tables_give_a_model_too(made, tmp_path, name):
    problem, rows = made("binary", 200)
    rows = ODD[name](rows)
    field = race.race(racing("binary"), rows, problem, train.folds(rows, problem, 5, 0), 0, 1.0, tmp_path)
    built = automl.within(1.5, rows, problem, race.shortlist(field), tmp_path / "search")
    predicted = scoring.predictions(built.model, rows.drop(columns="y"), problem)
    assert np.isfinite(predicted).all()


def test_a_class_of_a_single_row_gives_a_model_too(made, tmp_path):
    problem, rows = made("multiclass", 200)
    rows.loc[rows["y"] == "c", "y"] = "a"
    rows.loc[0, "y"] = "c"
    built = automl.within(1.5, rows, problem, FAMILIES, tmp_path / "search")
    assert scoring.predictions(built.model, rows.drop(columns="y"), problem).shape == (200, 3)


def test_too_few_rows_for_two_folds_are_refused(made, tmp_path):
    problem, rows = made("binary", 300)
    with pytest.raises(BadInput, match="too few"):
        automl.within(1.0, rows.head(3), problem, FAMILIES, tmp_path / "search")


def test_costly_tables_get_fewer_folds_and_then_fewer_rows():
    timings = {"LightGBM": {"rows": 1000, "seconds": 1.0, "rounds": 100}}
    folds = [pace.folds_worth(timings, n, 5, 30.0, 2) for n in (1000, 20_000, 200_000)]
    assert folds == sorted(folds, reverse=True)
    assert folds[0] == 5
    assert folds[-1] == 1
    rows = [pace.rows_worth(timings, n, 30.0, 2) for n in (1000, 1_000_000)]
    assert rows[0] == 1000
    assert 2000 <= rows[1] < 1_000_000


def test_the_portfolio_names_no_family_that_cannot_be_exported_or_takes_too_long():
    for task in ("binary", "multiclass", "regression"):
        known = families(task)
        for candidate in portfolio(known, task, 50_000):
            assert known[candidate.family].exact
            assert (known[candidate.family].most or 50_000) >= 50_000


def test_the_race_ranks_what_knows_before_what_does_not(made, tmp_path):
    problem, rows = made("regression", 1500)
    parts = train.folds(rows, problem, 5, 0)
    field = race.race(racing("regression"), rows, problem, parts, 0, 8.0, tmp_path)
    known = {r.candidate.family: r for r in field if r.fits}
    assert known
    short = race.shortlist(field)
    scored = [s["score"] for s in short if s["score"] is not None]
    assert scored == sorted(scored, reverse=True)
    board = train.leaderboard(race.results(field, len(rows), problem, parts), rows, problem)
    assert set(board["family"]) <= set(known)


def test_a_table_that_is_sorted_by_its_target_races_as_any_other(made, tmp_path):
    problem, rows = made("binary", 6000)
    rows = rows.sort_values("y", ignore_index=True)
    parts = train.folds(rows, problem, 5, 0)
    field = race.race(racing("binary"), rows, problem, parts, 0, 8.0, tmp_path)
    assert any(np.isfinite(s["score"] or np.nan) for s in race.shortlist(field))
    for found in race.results(field, len(rows), problem, parts):
        told = np.isfinite(found.predicted).all(axis=1) if len(found.predicted) else np.array([], bool)
        assert not told.any() or set(rows["y"][told]) == set(problem.classes)


def test_a_race_that_ends_midway_has_results_although_one_that_left_came_further(made):
    problem, rows = made("regression", 300)
    parts = train.folds(rows, problem, 5, 0)

    def raced(family, folds, score, trouble=""):
        fits = {k: Fit(np.zeros(len(parts[k][1])), score, (0.1, 0.1), None, 1) for k in range(folds)}
        return race.Runner(Candidate(family, family), 240, fits, trouble)

    field = [
        raced("ridge", 1, -1.0),
        raced("k-nearest neighbours", 2, -9.0, "left the race: -9 with 240 rows"),
    ]
    told = {r.family: r.trouble for r in race.results(field, len(rows), problem, parts)}
    assert told == {"ridge": "", "k-nearest neighbours": "left the race: -9 with 240 rows"}


def test_only_candidates_that_all_folds_judged_have_a_score_on_the_board(made, tmp_path):
    _, built = spend(made, tmp_path, seconds=4.0)
    board = built.board.set_index("trial")
    whole = board["state"] == "complete"
    assert whole.any()
    assert board.loc[whole, "score"].notna().all()
    pruned = board["state"].str.startswith("pruned after 1 fold")
    assert board.loc[pruned, "score"].isna().all()
