"""The acceptance test: sealed rows, opened once, against what was asked of the model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from helpers.model import conformal
from helpers.model.evaluate import against, plain
from helpers.model.goals import costs_of_classes, costs_of_shift, share_below
from helpers.model.objective import Objective, is_met, served
from helpers.model.scoring import interval, measures, must_be_computed, score, scorer
from helpers.problem import Problem
from helpers.report.text import number, share

Test = dict[str, Any]


def acceptance(
    y: np.ndarray,
    predicted: np.ndarray,
    dummy: np.ndarray,
    problem: Problem,
    evaluation: Mapping[str, Any],
    model: str,
    seed: int,
    weight: np.ndarray | None = None,
    in_use: np.ndarray | None = None,
    groups: np.ndarray | None = None,
) -> dict[str, Any]:
    """Return the verdict on sealed rows (n,): every test that the evaluation asks for must be passed.

    Always: to beat the baseline, here or, where these rows are too few to tell, on the validation rows for certain.
    Where they were asked for: a least value of the measure, and the objective. Where a model in use is named, what it
    says of these rows (in_use): the new one must not be worse for certain. The interval is a bootstrap of the sealed
    rows (95 %), or of their groups (n,); model is the hash of the model judged. Rows count by their weights (n,), where
    they have any.
    """
    value = must_be_computed(y, predicted, problem, weight, "sealed")
    base = score(problem.measure, y, dummy, problem, weight)
    low, high = interval(y, predicted, scorer(problem), seed, 1000, weight=weight, groups=groups)
    tests = measure_tests(value, base, evaluation["requirement"], problem.measure)
    drawn = (problem, seed, weight, 1000, groups)
    if not tests[0]["passed"] and against(y, predicted, dummy, *drawn)["high"] >= 0:
        tests[0] |= told_before(tests[0]["said"], evaluation, len(y))
    tests += objective_tests(y, predicted, evaluation, weight)
    duel = None if in_use is None else against(y, predicted, in_use, *drawn)
    tests += [] if duel is None else [champion_test(duel, problem.measure)]
    costs, goal = evaluation.get("costs"), evaluation["objective"]
    accepted, reason = verdict(tests)
    return {
        "accepted": accepted,
        "reason": reason,
        "tests": tests,
        "measure": problem.measure,
        "value": plain({"value": value})["value"],
        "interval": {"low": low, "high": high, "level": 0.95},
        "baseline": plain({"value": base})["value"],
        "requirement": evaluation["requirement"],
        "measures": plain(measures(y, predicted, problem, weight)),
        "baseline_measures": plain(measures(y, dummy, problem, weight)),
        "served": _served(y, predicted, problem, evaluation, weight),
        "coverage": coverage(y, predicted, evaluation.get("conformal"), weight, groups),
        "costs": None if costs is None else costs_of_classes(y, predicted, costs, weight),
        "shifted": costs_of_shift(y, predicted, goal, weight) if "shift" in goal else None,
        "below": None if problem.quantile is None else share_below(y, predicted, weight),
        "champion": None if duel is None else plain(duel),
        "rows": len(y),
        "model": model,
    }


def measure_tests(value: float, baseline: float, required: float | None, measure: str) -> list[Test]:
    """Return the tests of the measure, each {"passed", "said"}: above the baseline, and at least what is required.

    >>> [t["passed"] for t in measure_tests(0.8, 0.5, 0.85, "roc_auc")]
    [True, False]
    """
    said = f"{measure} is {number(value, 4)} on the sealed rows"
    beats = not np.isfinite(baseline) or value > baseline
    compared = "above the baseline's" if beats else "no better than the baseline's"
    tests = [{"passed": beats, "said": f"{said}, {compared} {number(baseline, 4)}"}]
    if required is not None:
        asked = f"{said}, and {number(required, 4)} is required"
        tests.append({"passed": value >= required, "said": asked})
    return tests


def told_before(said: str, evaluation: Mapping[str, Any], rows: int) -> Test:
    """Return the test of the baseline where so many sealed rows cannot tell it from the model.

    It is passed when the validation rows tell for certain that the model is better; said is what the sealed rows say.

    >>> seen = {"measure": "accuracy", "interval": {"low": 0.7, "high": 0.8}, "baseline": {"accuracy": 0.6}}
    >>> told_before("accuracy is 0.59", seen, 22)["passed"], told_before("", {**seen, "baseline": {}}, 22)["passed"]
    (True, False)
    """
    base = evaluation.get("baseline", {}).get(evaluation.get("measure"))
    if base is None or not evaluation["interval"]["low"] > base:
        return {"passed": False, "said": said}
    return {
        "passed": True,
        "said": f"{said}; {rows:,} rows cannot tell them apart, and on the validation rows it is above the baseline's "
        f"{number(base, 4)} for certain ({number(evaluation['interval']['low'], 4)} at least)",
    }


def objective_tests(
    y: np.ndarray, predicted: np.ndarray, evaluation: Mapping[str, Any], weight: np.ndarray | None = None
) -> list[Test]:
    """Return the test of the objective where the evaluation asks for it: kept on the sealed rows by its threshold."""
    about = evaluation["objective"]
    if not about.get("required"):
        return []
    if about.get("costs") is not None:
        return [costs_test(costs_of_classes(y, predicted, about["costs"], weight))]
    if "shift" in about:
        return [shift_test(costs_of_shift(y, predicted, about, weight))]
    objective = Objective(**about["objective"])
    if "labels" in about:
        return [_labels_test(y, predicted, evaluation, objective)]
    given = served(y, predicted[:, 1], evaluation["threshold"], objective, weight)
    met, said = is_met(given, objective, float(np.average(y, weights=weight)))
    return [{"passed": met, "said": f"{said}, on the sealed rows"}]


def _labels_test(
    y: np.ndarray, predicted: np.ndarray, evaluation: Mapping[str, Any], objective: Objective
) -> Test:
    """Return the test of several labels: each must keep the objective by its own threshold."""
    missed = []
    each = zip(evaluation["objective"]["labels"], y.T, predicted.T, evaluation["thresholds"], strict=True)
    for name, truth, p, threshold in each:
        met, said = is_met(served(truth, p, threshold, objective), objective, float(truth.mean()))
        missed += [] if met else [f"label {name}: {said}"]
    said = "; ".join(missed) or f"each of {y.shape[1]} labels keeps the objective ({objective})"
    return {"passed": not missed, "said": f"{said}, on the sealed rows"}


def costs_test(given: Mapping[str, float]) -> Test:
    """Return the test of costs of several classes: a row must cost less than if always the same class were named.

    >>> costs_test({"cost": 0.2, "cost_most_probable": 0.3, "cost_one_class": 0.5})["passed"]
    True
    """
    return _cheaper(given["cost"], given["cost_one_class"], "if always the same class is named")


def shift_test(given: Mapping[str, float]) -> Test:
    """Return the test of costs of numbers: a row must cost less with the shift than as the model expects.

    >>> shift_test({"shift": 1.5, "cost": 3.0, "cost_shifted": 2.0})["passed"]
    True
    """
    return _cheaper(given["cost_shifted"], given["cost"], f"without the shift of {number(given['shift'], 4)}")


def _cheaper(cost: float, otherwise: float, how: str) -> Test:
    """Return the test that a row costs less than it would otherwise; how says in words what that is."""
    said = f"cost a row {number(cost, 4)}; {number(otherwise, 4)} {how}, on the sealed rows"
    return {"passed": cost < otherwise, "said": said}


def champion_test(duel: Mapping[str, float], measure: str) -> Test:
    """Return the test against the model in use, by what `evaluate.against` found: failed where surely worse.

    >>> champion_test({"challenger": 0.7, "champion": 0.8, "low": -0.2, "high": 0.01}, "r2")["passed"]
    True
    """
    worse = duel["high"] < 0
    between = f"difference {number(duel['low'], 4)} to {number(duel['high'], 4)} with 95 % confidence"
    said = (
        f"{measure} is {number(duel['challenger'], 4)} on the sealed rows and {number(duel['champion'], 4)} of the "
        f"model in use, {'worse for certain' if worse else 'not worse for certain'} ({between})"
    )
    return {"passed": not worse, "said": said}


def coverage(
    y: np.ndarray,
    predicted: np.ndarray,
    fitted: Mapping[str, Any] | None,
    weight: np.ndarray | None = None,
    groups: np.ndarray | None = None,
) -> dict[str, Any] | None:
    """Return the promised and the measured share of sealed rows whose interval or set holds the truth.

    Rows count by their weights (n,), where there are any. Rows of unequal weight, or of groups (n,), tell as much as
    fewer others would (Kish 1965): chance is allowed that much more.
    """
    if fitted is None or fitted["quantile"] is None:
        return None
    inside, size = conformal.covered(y, predicted, dict(fitted))
    level, fewer = fitted["level"], _design_effect(inside, weight, groups)
    chance = 1.96 * np.sqrt(level * (1 - level) * fewer * (1 / len(y) + 1 / fitted["rows"]))
    measured, mean_size = (float(np.average(each, weights=weight)) for each in (inside, size))
    return {"level": level, "measured": measured, "size": mean_size, "chance": float(chance)}


def _design_effect(inside: np.ndarray, weight: np.ndarray | None, groups: np.ndarray | None) -> float:
    """Return how many times as many rows (n,) of unequal weight, or of groups, are needed to tell a share as well."""
    each = np.ones(len(inside)) if weight is None else weight
    unequal, mean = float((each**2).mean() / each.mean() ** 2), float(np.average(inside, weights=each))
    if groups is None or (many := len(np.unique(groups))) < 2 or not 0 < mean < 1:
        return unequal
    by_group = np.bincount(groups, each * (inside - mean))
    variance = many / (many - 1) * float((by_group**2).sum()) / each.sum() ** 2
    return max(unequal, variance / (mean * (1 - mean) / len(inside)))


def coverage_said(told: Mapping[str, float]) -> str:
    """Return in words whether intervals or sets held the truth as often as they promise, chance allowed for.

    >>> coverage_said({"level": 0.9, "measured": 0.83, "chance": 0.01})
    '90 % promised, 83 % measured: fewer than chance explains, so these rows are unlike those that made the intervals'
    """
    said = f"{share(told['level'])} promised, {share(told['measured'])} measured"
    if told["measured"] < told["level"] - told["chance"]:
        return f"{said}: fewer than chance explains, so these rows are unlike those that made the intervals"
    kept = told["measured"] >= told["level"]
    return f"{said}: {'as promised, or better' if kept else 'as promised, within chance'}"


def served_said(told: Mapping[str, float], threshold: float) -> str:
    """Return in words what acting from a threshold on comes to, as `objective.served` tells it."""
    rates = ", ".join(f"{name} {number(told[name])}" for name in ("precision", "recall", "accuracy"))
    return (
        f"acting from {number(threshold)} on: {share(told['acted'])} of the sealed rows, {rates}; a row costs "
        f"{number(told['cost'], 4)}, {number(told['cost_never'], 4)} if nobody acted, "
        f"{number(told['cost_always'], 4)} if one always did"
    )


def beside(verdict: Mapping[str, Any], evaluation: Mapping[str, Any]) -> list[str]:
    """Return in words what the sealed rows say beside the tests: of threshold, intervals, quantile and costs."""
    said = []
    if verdict["served"]:
        said.append(served_said(verdict["served"], evaluation["threshold"]))
    if verdict["coverage"]:
        said.append(f"coverage: {coverage_said(verdict['coverage'])}")
    if verdict["below"] is not None:
        meant = share(evaluation["objective"]["quantile"])
        said.append(f"{share(verdict['below'])} lie at or below their prediction, {meant} should")
    if verdict["costs"]:
        said.append(costs_test(verdict["costs"])["said"])
    if verdict["shifted"]:
        said.append(shift_test(verdict["shifted"])["said"])
    return said


def _served(
    y: np.ndarray,
    predicted: np.ndarray,
    problem: Problem,
    evaluation: Mapping[str, Any],
    weight: np.ndarray | None,
) -> dict[str, float] | None:
    """Return what acting from the threshold on comes to; None where no single threshold decides."""
    about = evaluation["objective"].get("objective")
    if problem.task != "binary" or about is None:
        return None
    return served(y, predicted[:, 1], evaluation["threshold"], Objective(**about), weight)


def verdict(tests: list[Test]) -> tuple[bool, str]:
    """Return whether all tests are passed, and the reason: those that failed, else all of them."""
    failed = [t["said"] for t in tests if not t["passed"]]
    return not failed, "; ".join(failed or [t["said"] for t in tests])
