"""Families are compared on equal folds, and the few worth tuning are chosen for a reason."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.model_selection import cross_val_score

from helpers.errors import BadInput
from helpers.model import feature_selection, train
from helpers.model.cross_validation import cross_validate
from helpers.model.families import Family, families
from helpers.model.features import model_pipeline
from helpers.model.scoring import target
from helpers.problem import Problem

QUICK = {
    "binary": ["logistic regression", "decision tree", "naive Bayes"],
    "regression": ["ridge", "decision tree"],
}


def compared(made, task, count=5, **more):
    problem, rows = made(task)
    parts = train.folds(rows, problem, count, 0)
    candidates = families(task, QUICK[task])
    return problem, rows, parts, cross_validate(candidates, rows, problem, parts, 0, **more)


@pytest.mark.parametrize("task", ["binary", "regression"])
def test_the_scores_are_those_of_scikit_learns_own_cross_validation(made, task):
    problem, rows, parts, results = compared(made, task)
    x, y = rows.drop(columns="y"), target(problem, rows)
    for result in results:
        family = families(task)[result.family]
        model = model_pipeline(x, family.make(0), task, **family.features)
        wanted = cross_val_score(model, x, y, cv=parts, scoring=problem.measure)
        assert result.scores == pytest.approx(wanted, abs=1e-12)


def test_one_thread_and_two_give_the_same(made):
    _, _, _, one = compared(made, "binary", jobs=1)
    _, _, _, two = compared(made, "binary", jobs=2)
    assert [r.scores.tolist() for r in one] == [r.scores.tolist() for r in two]


def test_at_least_ten_families_stand_beside_the_dummy_for_every_task():
    for task in ("binary", "multiclass", "regression"):
        found = families(task)
        assert next(iter(found)) == "dummy"
        assert len(found) > 10


def test_the_leaderboard_tells_mean_spread_and_a_corrected_test(made):
    problem, rows, parts, results = compared(made, "binary")
    board = train.leaderboard(results, rows, problem).set_index("family")
    assert list(board["mean"]) == sorted(board["mean"], reverse=True)
    by_name = {r.family: r.scores for r in results}
    best = by_name[board.index[0]]
    for name, scores in by_name.items():
        assert board.loc[name, "mean"] == pytest.approx(np.mean(scores))
        assert board.loc[name, "std"] == pytest.approx(np.std(scores, ddof=1))
        gap = best - scores
        if np.ptp(gap):  # Nadeau and Bengio (2003): the variance of the mean is (1/k + n2/n1) s²
            judged, learnt = np.mean([len(j) for _, j in parts]), np.mean([len(t) for t, _ in parts])
            t = gap.mean() / np.sqrt(gap.var(ddof=1) * (1 / len(gap) + judged / learnt))
            assert board.loc[name, "p_value"] == pytest.approx(2 * stats.t.sf(abs(t), len(gap) - 1), rel=1e-6)


def test_a_family_that_fails_is_told_and_the_others_go_on(made):
    problem, rows = made("binary")
    parts = train.folds(rows, problem, 3, 0)

    def broken(seed):
        raise ValueError("no such luck\nsecond line")

    candidates = families("binary", ["naive Bayes"]) | {"broken": Family("broken", ("binary",), broken)}
    results = cross_validate(candidates, rows, problem, parts, 0)
    assert next(r for r in results if r.family == "broken").trouble == "ValueError: no such luck"
    assert "broken" not in set(train.leaderboard(results, rows, problem)["family"])


def test_a_family_that_would_take_too_long_is_left_out_with_the_reason(made):
    problem, rows = made("binary")
    slow = Family("slow", ("binary",), lambda seed: None, most=100)
    (result,) = cross_validate({"slow": slow}, rows, problem, train.folds(rows, problem, 3, 0), 0)
    assert "300 rows" in result.trouble


def test_of_more_classes_than_rows_are_left_over_a_sample_and_a_half_are_drawn_all_the_same():
    classes = [str(n) for n in range(12)]
    problem = Problem("x", "y", "multiclass", "neg_log_loss", classes)
    rows = pd.DataFrame({"a": np.arange(36.0), "y": classes * 3})
    assert [len(train.at_most(rows, problem, most, 0)) for most in (8, 24, 30)] == [8, 24, 30]
    learn, judge = feature_selection._halved(target(problem, rows), problem, 0)
    assert sorted([*learn, *judge]) == list(range(36))


def test_no_group_is_in_two_parts_of_a_fold(made):
    problem, rows = made("binary", group="family")
    rows = rows.assign(family=np.arange(len(rows)) // 7)
    for learn, judge in train.folds(rows, problem, 4, 0):
        assert not set(rows["family"].iloc[learn]) & set(rows["family"].iloc[judge])


def test_no_future_row_teaches_where_there_is_time(made):
    problem, rows = made("regression", time="at")
    rows = rows.assign(at=np.random.default_rng(0).permutation(len(rows)))
    parts = train.folds(rows, problem, 4, 0)
    for learn, judge in parts:
        assert rows["at"].iloc[learn].max() < rows["at"].iloc[judge].min()
    assert rows["at"].iloc[parts[0][1]].max() == rows["at"].max()  # the newest fold comes first


def test_by_time_no_moment_and_no_group_both_teaches_and_is_judged_and_rows_without_a_time_teach(made):
    problem, rows = made("regression", time="at", group="family")
    rows = rows.assign(at=np.sort(np.arange(len(rows)) % 12).astype(float), family=np.arange(len(rows)) // 7)
    rows = rows.assign(at=rows["at"].where(rows.index != 5)).sample(frac=1, random_state=0)
    parts = train.folds(rows, problem, 5, 0)
    assert len(parts) == 5
    for learn, judge in parts:
        assert rows["at"].iloc[learn].max() < rows["at"].iloc[judge].min()
        assert not set(rows["family"].iloc[learn]) & set(rows["family"].iloc[judge])
    assert rows["at"].iloc[parts[0][0]].isna().any()


def test_of_the_latest_rows_those_without_a_time_are_the_first_to_go(made):
    problem, rows = made("regression", time="at")
    rows = rows.assign(at=np.where(np.arange(len(rows)) < 50, np.nan, np.arange(len(rows))))
    kept = train.at_most(rows, problem, len(rows) - 40, 0)
    assert kept["at"].isna().sum() == 10


def test_folds_by_time_without_new_groups_are_refused_and_those_without_earlier_rows_left_out(made):
    problem, rows = made("regression", time="at", group="family")
    rows = rows.assign(at=np.arange(len(rows)) // 30, family=np.arange(len(rows)) % 5)
    with pytest.raises(BadInput, match=r"in 5 of 5 folds .* leave ingest.group out"):
        train.folds(rows, problem, 5, 0)
    alone = replace(problem, group=None)
    few = rows.assign(at=np.arange(len(rows)) // 100)
    parts = train.folds(few, alone, 5, 0)
    assert len(parts) == 4
    assert "1 of 5 folds, since there are hardly any earlier rows" in train.fewer(few, alone, 5, parts)


def test_folds_judge_every_row_once_and_keep_the_share_of_the_classes(made):
    problem, rows = made("multiclass")
    parts = train.folds(rows, problem, 5, 0)
    assert sorted(np.concatenate([j for _, j in parts])) == list(range(len(rows)))
    whole = rows["y"].value_counts(normalize=True)
    for _, judge in parts:
        assert (rows["y"].iloc[judge].value_counts(normalize=True) - whole).abs().max() < 0.02


@pytest.mark.parametrize(("rows_wanted", "folds", "said"), [(300, 1, "2 folds at least"), (9, 5, "too few")])
def test_folds_that_cannot_be_made_are_refused(made, rows_wanted, folds, said):
    problem, rows = made("binary")
    with pytest.raises(BadInput, match=said):
        train.folds(rows.head(rows_wanted), problem, folds, 0)


def test_the_shortlist_holds_the_best_and_never_the_dummy_or_what_has_no_exact_export(made):
    problem, rows, _, results = compared(made, "binary")
    board, errors = train.leaderboard(results, rows, problem), train.error_correlation(results, rows, problem)
    chosen = train.shortlist(board, errors, 2, inexact=["decision tree"])
    names = [c["family"] for c in chosen]
    assert names[0] == board.loc[~board["family"].isin(["dummy", "decision tree"]), "family"].iloc[0]
    assert not {"dummy", "decision tree"} & set(names)
    assert all(c["reason"] for c in chosen)


def test_errors_of_a_family_correlate_fully_with_themselves_and_less_with_others(made):
    problem, rows, _, results = compared(made, "regression")
    errors = train.error_correlation(results, rows, problem)
    by_name = {r.family: rows["y"].to_numpy() - r.predicted for r in results}
    wanted = np.corrcoef(by_name["ridge"], by_name["decision tree"])[0, 1]
    assert errors.loc["ridge", "decision tree"] == pytest.approx(wanted)
    assert np.allclose(np.diag(errors), 1)


def test_a_sample_keeps_the_share_of_the_classes_and_the_latest_rows_of_a_time(made):
    problem, rows = made("binary", 3000)
    some = train.at_most(rows, problem, 500, 0)
    assert len(some) == 500
    assert abs((some["y"] == "yes").mean() - (rows["y"] == "yes").mean()) < 0.01
    timed, rows = made("regression", time="at")
    rows = rows.assign(at=np.arange(len(rows))[::-1])
    assert set(train.at_most(rows, timed, 50, 0)["at"]) == set(range(250, 300))


def test_families_are_as_good_as_the_best_where_their_gap_is_neither_sure_nor_wide():
    board = pd.DataFrame(
        {
            "family": ["best", "close", "surely behind", "far in wild folds", "dummy"],
            "std": [0.01, 0.01, 0.01, 0.5, 0.0],
            "behind": [0.0, 0.008, 0.004, 0.3, 0.005],
            "p_value": [1.0, 0.2, 0.01, 0.2, 0.3],
        }
    )
    assert train.near(board) == ["best", "close"]
    alone = pd.DataFrame({"family": ["dummy"], "std": [0.0], "behind": [0.0], "p_value": [1.0]})
    assert train.near(alone) == ["dummy"]
    assert train.good(board, [{"family": "far in wild folds"}]) == ["best", "close", "far in wild folds"]
