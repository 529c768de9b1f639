"""The facts of an evaluation: errors by row, the baseline, the paired comparison, and what later stages must know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from helpers.bundle import decided
from helpers.labels import joined
from helpers.model.scoring import interval, measures, must_be_computed, predictions, score, scorer
from helpers.model.weights import quantile
from helpers.problem import Problem
from helpers.report.text import count


def judged(
    model: Any, rows: pd.DataFrame, unseen: pd.DataFrame, problem: Problem, seed: int, most: int = 5000
) -> tuple[pd.DataFrame, np.ndarray]:
    """Return rows (n, p) and what is predicted of them by models that have not seen them.

    unseen holds what the parts of a model said of the rows they had not seen, of which `most` are taken; without a
    row in it, the model predicts all rows.
    """
    if not len(unseen):
        return rows, predictions(model, rows[problem.features(list(rows.columns))], problem)
    unseen = unseen if len(unseen) <= most else unseen.sample(most, random_state=seed).sort_index()
    said = unseen.to_numpy()
    return rows.loc[unseen.index], said if problem.is_classification else said[:, 0]


def which(rows: int, unseen: int) -> str:
    """Return in words what rows are judged, given how many answers of parts that had not seen theirs there are.

    >>> which(704, 0), which(5000, 7_043)
    ('704 validation rows', '5,000 of 7,043 rows, each judged by parts of the model that have not learnt from it')
    """
    if not unseen:
        return count(rows, "validation row")
    of = f"{rows:,} of " if rows < unseen else ""
    return f"{of}{count(unseen, 'row')}, each judged by parts of the model that have not learnt from it"


def errors_of(y: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Return the error of every row (n,): 1 - probability of the true class, or the absolute error.

    Of several labels it is the mean of 1 - probability of what is true of each.
    """
    if y.ndim == 2:
        return np.abs(y - predicted).mean(axis=1)
    return np.abs(y - predicted) if predicted.ndim == 1 else 1.0 - predicted[np.arange(len(y)), y]


def hardest(
    rows: pd.DataFrame,
    y: np.ndarray,
    predicted: np.ndarray,
    problem: Problem,
    most: int = 8,
    costs: Sequence[Any] | None = None,
    thresholds: Any = None,
) -> pd.DataFrame:
    """Return the rows (n, p) with the largest errors, worst first, with prediction, truth and error in front.

    The prediction is what the bundle says: of two classes the second from the threshold on; of several the most
    probable, or with costs (true, predicted) the one of least expected cost; of labels, those that reach theirs, in
    `thresholds` one a label.
    """
    worst = np.argsort(-errors_of(y, predicted), kind="stable")[:most]
    classes = np.array(problem.classes, object)
    if y.ndim == 2:
        said, truth = (joined(held, problem.classes) for held in (predicted >= np.asarray(thresholds), y))
    else:
        said = predicted if predicted.ndim == 1 else classes[decided(predicted, thresholds, costs)]
        truth = y if predicted.ndim == 1 else classes[y]
    front = {"predicted": said[worst], "true": truth[worst], "error": errors_of(y, predicted)[worst]}
    return pd.DataFrame(front, index=rows.index[worst]).join(rows.iloc[worst], rsuffix=" ")


def baseline(
    y_train: np.ndarray, rows: int, problem: Problem, weight: np.ndarray | None = None
) -> np.ndarray:
    """Return the dummy's predictions for so many rows: the share of each class (or label) in training, the mean or the
    quantile.

    weight (n,) is that of the training rows, where they have one.
    """
    if problem.quantile is not None:
        return np.full(rows, quantile(y_train, problem.quantile, weight))
    if problem.task == "multilabel":
        return np.tile(y_train.mean(axis=0), (rows, 1))
    if not problem.is_classification:
        return np.full(rows, np.average(y_train, weights=weight))
    counts = np.bincount(y_train, weights=weight, minlength=len(problem.classes))
    return np.tile(counts / counts.sum(), (rows, 1))


def against(
    y: np.ndarray,
    challenger: np.ndarray,
    champion: np.ndarray,
    problem: Problem,
    seed: int,
    weight: np.ndarray | None = None,
    draws: int = 200,
    groups: np.ndarray | None = None,
) -> dict[str, float]:
    """Return both measures and the difference, challenger less champion, on the same rows, with its interval (95 %).

    The bootstrap draws rows, or whole groups (n,), and both models are judged on those drawn: a paired comparison.
    """
    both = np.stack([challenger, champion], axis=1)

    def difference(truth: np.ndarray, pair: np.ndarray, weight: np.ndarray | None = None) -> float:
        one, other = (score(problem.measure, truth, pair[:, n], problem, weight) for n in (0, 1))
        return one - other

    low, high = interval(y, both, difference, seed, draws, weight=weight, groups=groups)
    return {
        "challenger": score(problem.measure, y, challenger, problem, weight),
        "champion": score(problem.measure, y, champion, problem, weight),
        "difference": difference(y, both, weight),
        "low": low,
        "high": high,
    }


def evaluation(
    y: np.ndarray,
    predicted: np.ndarray,
    dummy: np.ndarray,
    problem: Problem,
    objective: Mapping[str, Any],
    require: float | None,
    seed: int,
    weight: np.ndarray | None = None,
    row_groups: np.ndarray | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Return what later stages and the report must know of this evaluation, as plain JSON.

    The interval is a bootstrap of rows, or of row_groups (n,). BadInput, with the reason, where the measure cannot be
    computed on these rows.
    """
    value = must_be_computed(y, predicted, problem, weight, "validation")
    low, high = interval(y, predicted, scorer(problem), seed, weight=weight, groups=row_groups)
    return {
        "task": problem.task,
        "measure": problem.measure,
        "value": value,
        "interval": {"low": low, "high": high, "level": 0.95},
        "measures": plain(measures(y, predicted, problem, weight)),
        "baseline": plain(measures(y, dummy, problem, weight)),
        "threshold": objective.get("threshold", 0.5) if problem.task == "binary" else None,
        "thresholds": objective.get("thresholds"),
        "costs": objective.get("costs"),
        "shift": objective.get("shift"),
        "objective": dict(objective),
        "requirement": require,
        "rows": len(y),
        **more,
    }


def plain(values: Mapping[str, float]) -> dict[str, float | None]:
    """Return the values with None for what could not be computed."""
    return {k: float(v) if np.isfinite(v) else None for k, v in values.items()}
