"""Rows count by their weights in every fit and every measure: as often as a repeated row, wherever that is the same."""

import numpy as np
import pandas as pd
import pytest

from helpers.data.label import problem_of
from helpers.errors import BadInput
from helpers.model import (
    accept,
    calibration,
    evaluate,
    goals,
    objective,
    scoring,
    slices,
    train,
    tune,
    weights,
)
from helpers.model.cross_validation import cross_validate
from helpers.model.families import families, suited
from helpers.model.features import model_pipeline
from helpers.model.fits import Candidate, Fits, Job
from helpers.model.search import Plan, search
from helpers.model.trial import Ground
from helpers.problem import Problem

BY_REPEATING = {
    "binary": ["logistic regression", "naive Bayes"],
    "regression": ["linear regression", "ridge"],
}
NUMERIC = {"impute": "median"}


def weighed(made, task, count=200, seed=0):
    problem, rows = made(task, count, seed, weight="w")
    rows = rows[["grid", "thin", "y"]].fillna(0.0)
    return problem, rows.assign(w=np.random.default_rng(seed).integers(0, 4, count).astype(float))


def repeated(rows):
    return rows.loc[rows.index.repeat(rows["w"].astype(int))].reset_index(drop=True)


def test_the_weight_is_no_feature_and_goes_along_with_the_rows(made):
    problem, rows = weighed(made, "binary")
    assert problem.features(list(rows.columns)) == ["grid", "thin"]
    assert problem.judging == ["y", "w"]
    assert weights.sample_weight(problem, rows).tolist() == rows["w"].tolist()
    assert Problem(**problem.as_dict()) == problem


@pytest.mark.parametrize("task", ["binary", "regression"])
def test_families_learn_from_weights_that_are_shares_of_a_whole_as_from_any_others(made, task):
    problem, rows = made(task, 300, weight="w")
    parts = train.folds(rows, problem, 3, 0)
    known = ["XGBoost", "LightGBM", "histogram boosting", "lasso logistic", "lasso"]
    candidates = {n: f for n, f in families(task).items() if n in known}
    plain, shares = (cross_validate(candidates, rows.assign(w=w), problem, parts, 0, 1) for w in (1.0, 1e-6))
    for one, other in zip(plain, shares, strict=True):
        assert one.scores == pytest.approx(other.scores, abs=1e-6), one.family


@pytest.mark.parametrize("task", ["binary", "regression"])
def test_every_family_is_fitted_with_weights_or_says_that_it_cannot(made, task):
    """With a weight of zero on rows that contradict the others, whoever takes weights answers as without them."""
    problem, rows = weighed(made, task, 120)
    x, y = rows[["grid", "thin"]], scoring.target(problem, rows)
    wrong = 1 - y if task == "binary" else -y
    both, truth = pd.concat([x, x]), np.concatenate([y, wrong])
    weight = np.repeat([1.0, 0.0], len(x))
    known = {
        n: f for n, f in suited(problem).items() if n not in ("Gaussian process", "neural network", "XGBoost")
    }
    ignored = weights.ignored(known, problem)
    assert {"nearest neighbours"} <= set(ignored) <= {"nearest neighbours", "discriminant analysis",
        "quadratic discriminant analysis"}  # fmt: skip
    for name, family in known.items():
        if name not in ("dummy", "AdaBoost"):
            model = model_pipeline(both, family.make(0), task, **family.features)
            right = weights.fitted(model, both, truth, weight).score(x, y)
            assert (right > 0.55 if task == "binary" else right > -0.5) or name in ignored, name


@pytest.mark.parametrize("task", ["binary", "regression"])
@pytest.mark.parametrize(
    "measure", ["neg_log_loss", "roc_auc", "average_precision", "r2", "neg_mean_absolute_error"]
)
def test_a_weighed_measure_is_that_of_repeated_rows(made, task, measure):
    problem, rows = weighed(made, task)
    y, draw = scoring.target(problem, rows), np.random.default_rng(1)
    p = draw.random(len(y))
    said = np.column_stack([1 - p, p]) if task == "binary" else y + draw.normal(0, 30, len(y))
    again = np.repeat(np.arange(len(y)), rows["w"].astype(int))
    found = scoring.score(measure, y, said, problem, rows["w"].to_numpy())
    wanted = scoring.score(measure, y[again], said[again], problem)
    assert found == pytest.approx(wanted, rel=1e-9, nan_ok=True)


def test_costs_thresholds_rates_and_baseline_are_those_of_repeated_rows(made):
    problem, rows = weighed(made, "binary", 400)
    y, w = scoring.target(problem, rows), rows["w"].to_numpy()
    p = np.clip(0.3 + 0.4 * y + np.random.default_rng(0).normal(0, 0.2, len(y)), 0.01, 0.99)
    again = np.repeat(np.arange(len(y)), w.astype(int))
    for aim in (
        objective.Objective(5, 1),
        objective.objective_of(1, 1, 0, None, 1000, "recall >= 0.8 at precision >= 0.6"),
    ):
        one, other = (
            goals.binary_goal(y, p, aim, True, 0, w),
            goals.binary_goal(y[again], p[again], aim, True, 0),
        )
        assert one["threshold"] == other["threshold"]
        assert one["served"] == pytest.approx(other["served"])
        assert one["met"] == other["met"]
    assert evaluate.baseline(y, 1, problem, w)[0, 1] == pytest.approx(y[again].mean())
    matrix = [[0, 2], [7, 0]]
    both = np.column_stack([1 - p, p])
    assert goals.costs_of_classes(y, both, matrix, w) == pytest.approx(
        goals.costs_of_classes(y[again], both[again], matrix)
    )
    assert calibration.learnt(y, both, w)[0] == pytest.approx(
        calibration.learnt(y[again], both[again])[0], rel=1e-3
    )
    errors = goals.number_goal(y * 1.0, p, made("regression")[0], 2, 1, weight=w)
    assert errors["cost"] == pytest.approx(goals.asymmetric_cost(y[again], p[again], 2, 1))


def test_calibration_and_rates_of_groups_are_those_of_repeated_rows():
    draw = np.random.default_rng(0)
    p, w = draw.beta(1, 3, 600), draw.integers(1, 4, 600)
    y = (draw.random(600) < p).astype(int)
    w[y == 1] *= 3  # as where cases were drawn less often than they are
    again, groups = np.repeat(np.arange(600), w), pd.Series(np.tile(["a", "b"], 300), name="g")
    told = calibration.reliability(y, p, w)
    assert np.average(told["observed"], weights=told["weight"]) == pytest.approx(y[again].mean())
    assert calibration.brier(y, p, w) == pytest.approx(calibration.brier(y[again], p[again]))
    for predicted, threshold in ((np.column_stack([1 - p, p]), 0.3), (p, None)):
        one = slices.by_group(y, predicted, groups, threshold, weight=w).drop(columns="rows")
        other = slices.by_group(y[again], predicted[again], groups[again], threshold).drop(columns="rows")
        assert one.to_numpy() == pytest.approx(other.to_numpy())


@pytest.mark.parametrize(("task", "name"), [(t, n) for t, names in BY_REPEATING.items() for n in names])
def test_comparison_search_and_budget_fit_and_judge_as_on_repeated_rows(made, task, name, tmp_path):
    problem, rows = weighed(made, task, 120)
    family = families(task)[name]
    part = (np.arange(80), np.arange(80, 120))
    learn, judge = repeated(rows.iloc[:80]), repeated(rows.iloc[80:])
    wanted_part = (np.arange(len(learn)), np.arange(len(learn), len(learn) + len(judge)))
    again, plain = pd.concat([learn, judge], ignore_index=True), made(task)[0]
    plain = Problem(**plain.as_dict() | {"identifiers": ["w"]})
    few = {name: family}
    compared = cross_validate(few, rows, problem, [part], 0, 1)[0].scores[0]
    wanted = cross_validate(few, again, plain, [wanted_part], 0, 1)[0].scores[0]
    # Imputing and scaling do not weigh rows, which changes what a penalty costs: hence not to the last digit.
    assert compared == pytest.approx(wanted, rel=0.02)
    tuned = tune.search(Ground(few, rows, problem, [part]), tmp_path / "t", "k", tune.Plan(trials=1))
    assert tuned.complete[0].value == pytest.approx(compared, rel=1e-9)
    fits = Fits(few, rows, scoring.target(problem, rows), problem, [part], 0, tmp_path)
    fit = fits(Job(Candidate("one", name, {}, family.features), 0, 10.0))
    assert fit.score == pytest.approx(compared, rel=1e-9)


def test_a_search_under_a_budget_chooses_by_weights(made, tmp_path):
    problem, rows = weighed(made, "binary", 160)
    known = {n: families("binary")[n] for n in ("logistic regression", "LightGBM")}
    parts = train.folds(rows, problem, 2, 0)
    found = search(known, rows, problem, parts, {}, Plan(2.0, 2, jobs=1, tune=False), tmp_path)
    y, w = scoring.target(problem, rows), rows["w"].to_numpy()
    at = np.concatenate([parts[k][1] for k in found.used])
    said = sum(
        found.weights.get(t.candidate.name, 0) * np.concatenate([t.fits[k].predicted for k in found.used])
        for t in found.tried if set(found.used) <= t.fits.keys()
    )  # fmt: skip
    assert found.score == pytest.approx(scoring.score("roc_auc", y[at], said, problem, w[at]))


def test_acceptance_counts_rows_by_their_weights(made):
    """Right where rows weigh much and wrong where they weigh little: accepted with weights, refused without."""
    problem, _ = made("binary", weight="w")
    y = np.array([0, 1] * 50)
    p = np.where(np.arange(100) < 40, y * 0.8 + 0.1, 0.9 - y * 0.8)
    both, weight = np.column_stack([1 - p, p]), np.where(np.arange(100) < 40, 10.0, 0.1)
    asked = {"requirement": None, "objective": {}}
    flat = np.full((100, 2), 0.5)
    assert accept.acceptance(y, both, flat, problem, asked, "hash", 0, weight)["accepted"]
    assert not accept.acceptance(y, both, flat, problem, asked, "hash", 0)["accepted"]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([1.0, -2.0] * 10, "negative in 10 of 20 rows"),
        ([1.0, np.nan] * 10, "missing in 10 of 20 rows"),
        ([1.0, np.inf] * 10, "infinite in 10 of 20 rows"),
        ([0.0] * 20, "zero in all rows"),
        (["a", "b"] * 10, "holds no numbers"),
    ],
)
def test_weights_that_cannot_weigh_are_refused(values, said):
    rows = pd.DataFrame({"x": range(20), "w": values, "y": ["no", "yes"] * 10})
    types = {"x": "integer", "w": "float", "y": "category"}
    with pytest.raises(BadInput, match=said):
        problem_of("made", rows, types, "y", weight="w", identifiers=["x"])
    with pytest.raises(BadInput, match="no such column"):
        problem_of("made", rows, types, "y", weight="ww", identifiers=["x"])
    with pytest.raises(BadInput, match="which is the target"):
        problem_of("made", rows, types, "y", weight="y", identifiers=["x"])


def test_rare_cases_are_told_and_their_threshold_follows_the_costs(made):
    """1 in 200: true probabilities, of which none reaches one half, and a threshold near that of Elkan (2001)."""
    draw = np.random.default_rng(0)
    p = draw.beta(0.05, 10, 40_000)
    y = (draw.random(len(p)) < p).astype(int)
    rows = pd.DataFrame({"x": p, "y": np.where(y == 1, "yes", "no")})
    reasons = problem_of("made", rows, {"x": "float", "y": "category"}, "y")[1]
    assert "cost_missed" in reasons["rare cases"]
    assert (
        "rare cases"
        not in problem_of(
            "made",
            rows.iloc[np.r_[np.flatnonzero(y)[:50], :200]].reset_index(drop=True),
            {"x": "float", "y": "category"},
            "y",
        )[1]
    )
    for missed in (100, 1000):
        aim = objective.Objective(missed, 1)
        goal = goals.binary_goal(y, p, aim, True, 0)
        assert goal["met"]
        exact = 1 / (1 + missed)
        assert exact / 2.5 < goal["threshold"] < 2.5 * exact
        assert goal["served"]["cost"] <= 1.01 * objective.cost(y, p, exact, aim)


def test_a_measure_without_weights_is_refused_where_rows_have_some(made):
    problem, _ = made("regression", weight="w")
    scoring.check_measure(problem)
    with pytest.raises(BadInput, match="takes no weights"):
        scoring.check_measure(Problem(**problem.as_dict() | {"measure": "neg_max_error"}))
