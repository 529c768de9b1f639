"""Measures on predictions: those of scikit-learn by name, robust to classes that a fold does not hold."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.metrics import (
    accuracy_score,
    f1_score,
    get_scorer,
    jaccard_score,
    precision_score,
    recall_score,
)

from helpers.errors import BadInput
from helpers.labels import held
from helpers.model.quick_measures import pinball, quick
from helpers.problem import COUNTS, HAMMING, PINBALL, Problem

MOST_DRAWN, LEAST_DRAWS = (
    20_000_000,
    200,
)  # rows that all draws of a bootstrap take together; its draws at least
MORE = {
    "binary": ["roc_auc", "average_precision", "neg_log_loss", "accuracy", "balanced_accuracy"],
    "multiclass": ["neg_log_loss", "accuracy", "balanced_accuracy", "f1_macro"],
    "multilabel": [
        "roc_auc",
        "average_precision",
        "neg_log_loss",
        "f1_micro",
        "f1_macro",
        HAMMING,
        "accuracy",
    ],
    "regression": ["neg_root_mean_squared_error", "neg_mean_absolute_error", "r2"],
}
# Of several labels: measures of each alone, of which the mean is taken, and those of the labels from one half on.
BY_LABEL = ("roc_auc", "average_precision", "neg_log_loss", "neg_brier_score")
TOGETHER: dict[str, Callable[..., float]] = {"accuracy": accuracy_score} | {
    f"{name}_{mean}": partial(measure, average=mean, zero_division=0.0)
    for name, measure in (
        ("f1", f1_score),
        ("precision", precision_score),
        ("recall", recall_score),
        ("jaccard", jaccard_score),
    )
    for mean in ("micro", "macro", "weighted", "samples")
}
YES_OR_NO = Problem("", None, "binary", "", ["no", "yes"], "yes")


def target(problem: Problem, rows: pd.DataFrame) -> np.ndarray:
    """Return the target (n,): position in problem.classes, or a number; or which labels hold (n, labels), 0 or 1.

    BadInput when there is none to learn.
    """
    _, values = problem.split(rows)
    if not problem.is_classification:
        odd = int((~np.isfinite(values)).sum())
        if odd:
            raise BadInput(
                f"the target {problem.target!r} is infinite or missing in {odd:,} of {len(values):,} rows; "
                "mend them at their source, or leave them out"
            )
        if problem.measure == COUNTS and (values < 0).any():
            raise BadInput(
                f"the target {problem.target!r} is negative in some rows, and {COUNTS} judges counts"
            )
        return values
    if problem.task == "multilabel":
        return held(values, problem.classes)
    known = {c: n for n, c in enumerate(problem.classes)}
    return np.array([known[v] for v in values], np.int64)


def predictions(model: Any, x: pd.DataFrame, problem: Problem) -> np.ndarray:
    """Return probabilities (n, classes or labels), zero for classes that the model never saw, or numbers (n,).

    Those of classes add up to one; each label has a probability of its own.
    """
    if not problem.is_classification:
        return np.asarray(model.predict(x), float).ravel()
    probabilities = np.zeros((len(x), len(problem.classes)))
    probabilities[:, np.asarray(model.classes_, int)] = model.predict_proba(x)
    return probabilities


def score(
    measure: str,
    y: np.ndarray,
    predicted: np.ndarray,
    problem: Problem,
    weight: np.ndarray | None = None,
) -> float:
    """Return a measure of rows (n,) or (n, labels), weighed (n,) where weights are given; greater is better.

    NaN when these rows or the task do not allow it (one class only, say), or when the measure takes no weights.
    """
    if y.ndim == 2:
        return _of_labels(measure, y, predicted)
    if measure == PINBALL:
        return pinball(y, predicted, problem.quantile, weight)
    by_formula = quick(measure, predicted) if weight is None else None
    if by_formula is not None:
        return by_formula(y, predicted)
    stand_in = _Numbers(predicted) if predicted.ndim == 1 else _Classes(predicted)
    weighed = {} if weight is None else {"sample_weight": weight}
    try:
        return float(get_scorer(measure)(stand_in, np.zeros((len(y), 1)), y, **weighed))
    except (ValueError, AttributeError, TypeError, ZeroDivisionError):
        # These rows, or this kind of prediction, have no such measure, or it takes no weights.
        return float("nan")


def by_label(measure: str, y: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Return a measure of BY_LABEL for each label (labels,); NaN where all rows have it, or none, and that matters."""
    each = []
    for truth, p in zip(y.T, predicted.T, strict=True):
        told = truth.min() != truth.max() or measure.startswith("neg_")
        each.append(score(measure, truth, np.column_stack([1 - p, p]), YES_OR_NO) if told else float("nan"))
    return np.array(each)


def _of_labels(measure: str, y: np.ndarray, predicted: np.ndarray) -> float:
    """Return the mean over labels of a measure that each has, or what scikit-learn makes of the labels together."""
    if measure in BY_LABEL:
        each = by_label(measure, y, predicted)
        return float(np.nanmean(each)) if np.isfinite(each).any() else float("nan")
    said = (predicted >= 0.5).astype(int)
    if measure == HAMMING:
        return -float((said != y).mean())
    return float(TOGETHER[measure](y, said)) if measure in TOGETHER else float("nan")


def must_be_computed(
    y: np.ndarray, predicted: np.ndarray, problem: Problem, weight: np.ndarray | None, which: str
) -> float:
    """Return the problem's measure of rows (n,); BadInput with the reason where it cannot be computed.

    which rows these are, for the message: "sealed", say.
    """
    value = score(problem.measure, y, predicted, problem, weight)
    if np.isfinite(value):
        return value
    there = set(y.tolist()) if y.ndim == 1 and problem.is_classification else set(range(len(problem.classes)))
    missing = [name for n, name in enumerate(problem.classes) if n not in there]
    if missing:
        why = f"none of them is of class {missing[0]!r}; ingest more rows, or set another ingest.measure"
    elif np.isfinite(score(problem.measure, y, _as_true(y, problem), problem, weight)):
        why = "it is not defined for what the model says of them; set another ingest.measure"
    else:
        why = "they do not allow it; set another ingest.measure, or ingest more rows"
    raise BadInput(f"{problem.measure} cannot be computed on the {len(y):,} {which} rows: {why}")


def _as_true(y: np.ndarray, problem: Problem) -> np.ndarray:
    """Return the predictions of a model that is always right."""
    return np.eye(len(problem.classes))[y] if problem.is_classification and y.ndim == 1 else y.astype(float)


def measures(
    y: np.ndarray, predicted: np.ndarray, problem: Problem, weight: np.ndarray | None = None
) -> dict[str, float]:
    """Return the problem's measure and the usual ones beside it."""
    names = dict.fromkeys([problem.measure, *MORE[problem.task]])
    return {name: score(name, y, predicted, problem, weight) for name in names}


def scorer(problem: Problem) -> Callable[..., float]:
    """Return the problem's measure as a function of y, predicted and, where there are any, weights."""

    def of(y: np.ndarray, predicted: np.ndarray, weight: np.ndarray | None = None) -> float:
        return score(problem.measure, y, predicted, problem, weight)

    return of


def columns_of(problem: Problem, y: np.ndarray) -> list[int] | None:
    """Return the positions of the classes that a model of a target knows, all labels of several; None for numbers."""
    if not problem.is_classification:
        return None
    return list(range(y.shape[1])) if y.ndim == 2 else sorted(int(c) for c in np.unique(y))


def check_measure(problem: Problem) -> None:
    """Raise BadInput when the measure does not fit the task, or takes no weights and there are some."""
    y = np.arange(2 * max(2, len(problem.classes))) % max(2, len(problem.classes))
    predicted = np.eye(max(2, len(problem.classes)))[y] if problem.is_classification else y + 0.5
    truth = y if problem.is_classification else y.astype(float)
    truth = predicted.astype(int) if problem.task == "multilabel" else truth
    if np.isnan(score(problem.measure, truth, predicted, problem)):
        raise BadInput(
            f"the measure {problem.measure!r} does not fit a {problem.task} task; set ingest.measure"
        )
    if problem.weight and np.isnan(score(problem.measure, truth, predicted, problem, np.ones(len(y)))):
        raise BadInput(f"the measure {problem.measure!r} takes no weights; set another ingest.measure")


def interval(
    y: np.ndarray,
    predicted: np.ndarray,
    statistic: Callable[..., float],
    seed: int = 0,
    draws: int = 500,
    level: float = 0.95,
    weight: np.ndarray | None = None,
    groups: np.ndarray | None = None,
) -> tuple[float, float]:
    """Return the bootstrap interval (percentiles; Efron 1979) of a statistic of rows (n,).

    The statistic is called with y, predicted and, where weights (n,) are given, those of the rows drawn. Of very many
    rows there are fewer draws: their interval is narrow, and its ends need not be known to a hundredth of it. Rows of
    groups (n,) are alike, so groups are drawn whole (Field & Welsh 2007).
    """
    rng, drawn = np.random.default_rng(seed), drawing(len(y), groups)
    draws = min(draws, max(LEAST_DRAWS, MOST_DRAWN // max(1, len(y))))
    given = (y, predicted) if weight is None else (y, predicted, weight)
    values = []
    for _ in range(draws):
        rows = drawn(rng)
        if weight is not None and not weight[rows].any():
            continue
        values.append(statistic(*(part[rows] for part in given)))
    values = [v for v in values if v == v]
    if not values:
        return float("nan"), float("nan")
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def groups_of(problem: Problem, rows: pd.DataFrame) -> np.ndarray | None:
    """Return the group (n,) of each row as a number, one of its own where it names none; None without groups."""
    if problem.group is None:
        return None
    codes, names = pd.factorize(rows[problem.group])
    return np.where(codes < 0, len(names) + np.arange(len(codes)), codes)


def drawing(count: int, groups: np.ndarray | None) -> Callable[[np.random.Generator], np.ndarray]:
    """Return a function that draws positions of so many rows with replacement, or those of whole groups (n,).

    One group tells nothing of others: its rows are drawn.
    """
    if groups is None or len(np.unique(groups)) < 2:
        return lambda rng: rng.integers(0, count, count)
    order = np.argsort(groups, kind="stable")
    _, starts, sizes = np.unique(groups[order], return_index=True, return_counts=True)

    def whole(rng: np.random.Generator) -> np.ndarray:
        picked = rng.integers(0, len(starts), len(starts))
        many = sizes[picked]
        before = many.cumsum() - many
        return order[np.arange(many.sum()) + np.repeat(starts[picked] - before, many)]

    return whole


class _Classes(ClassifierMixin, BaseEstimator):
    """Answers with probabilities that are there already, so that scikit-learn's scorers can judge them."""

    def __init__(self, predicted: np.ndarray) -> None:
        self.predicted = predicted
        self.classes_ = np.arange(predicted.shape[1])

    def predict_proba(self, _x: Any) -> np.ndarray:
        return self.predicted

    def decision_function(self, _x: Any) -> np.ndarray:
        return self.predicted[:, 1] if self.predicted.shape[1] == 2 else self.predicted

    def predict(self, _x: Any) -> np.ndarray:
        return self.predicted.argmax(axis=1)

    def fit(self, *_: Any) -> _Classes:
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return True


class _Numbers(RegressorMixin, BaseEstimator):
    def __init__(self, predicted: np.ndarray) -> None:
        self.predicted = predicted

    def predict(self, _x: Any) -> np.ndarray:
        return self.predicted

    def fit(self, *_: Any) -> _Numbers:
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return True
