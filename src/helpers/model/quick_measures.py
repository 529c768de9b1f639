"""The usual measures by their formulas: scikit-learn's values without its checks, for thousands of calls a second."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import xlogy
from scipy.stats import rankdata

Measure = Callable[[np.ndarray, np.ndarray], float]


def roc_auc(y: np.ndarray, predicted: np.ndarray) -> float:
    """Return the share of pairs of a case (1) and another (0) in the right order (Mann and Whitney 1947).

    predicted are probabilities (n, 2). NaN when there is one class only.
    """
    positive = y == 1
    p = int(positive.sum())
    n = len(y) - p
    if not p or not n:
        return float("nan")
    return float((rankdata(predicted[:, 1])[positive].sum() - p * (p + 1) / 2) / (p * n))


def neg_log_loss(y: np.ndarray, predicted: np.ndarray) -> float:
    """Return the mean logarithm of the probability (n, classes) of the true class, which is at least 1e-15."""
    clipped = np.clip(predicted, 1e-15, 1.0)
    return float(np.log(clipped[np.arange(len(y)), y] / clipped.sum(axis=1)).mean())


def neg_root_mean_squared_error(y: np.ndarray, predicted: np.ndarray) -> float:
    """Return minus the root of the mean squared difference."""
    return -float(np.sqrt(np.mean((y - predicted) ** 2)))


def neg_mean_absolute_error(y: np.ndarray, predicted: np.ndarray) -> float:
    """Return minus the mean absolute difference."""
    return -float(np.mean(np.abs(y - predicted)))


def neg_mean_poisson_deviance(y: np.ndarray, predicted: np.ndarray) -> float:
    """Return minus the mean of 2 (y log(y / p) - y + p); NaN where a prediction p or a count y cannot be one."""
    if (predicted <= 0).any() or (y < 0).any():
        return float("nan")
    return -float(np.mean(2 * (xlogy(y, y / predicted) - y + predicted)))


def pinball(
    y: np.ndarray, predicted: np.ndarray, quantile: float | None, weight: np.ndarray | None = None
) -> float:
    """Return minus the mean loss of a quantile q (Koenker 1978): q a unit too little, 1 - q a unit too much.

    NaN without a quantile, or for predictions of classes.
    """
    if quantile is None or predicted.ndim != 1:
        return float("nan")
    errors = y - predicted
    return -float(np.average(np.maximum(quantile * errors, (quantile - 1) * errors), weights=weight))


def quick(measure: str, predicted: np.ndarray) -> Measure | None:
    """Return the function of a measure for predictions of that shape; None when only scikit-learn has it."""
    if measure == "roc_auc":
        return roc_auc if predicted.ndim == 2 and predicted.shape[1] == 2 else None
    if measure == "neg_log_loss":
        return neg_log_loss if predicted.ndim == 2 else None
    of_numbers = {
        "neg_root_mean_squared_error": neg_root_mean_squared_error,
        "neg_mean_absolute_error": neg_mean_absolute_error,
        "neg_mean_poisson_deviance": neg_mean_poisson_deviance,
    }
    return of_numbers.get(measure) if predicted.ndim == 1 else None
