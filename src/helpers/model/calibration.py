"""Whether probabilities can be believed, and two numbers a class that mend them where it pays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from helpers.errors import BadInput
from helpers.model.weights import at
from helpers.report.text import number

LEAST = 1e-12
FOLDS = 5  # by which it is measured whether recalibration pays


class Recalibrated(ClassifierMixin, BaseEstimator):
    """A fitted classifier whose log-probabilities are scaled and shifted: softmax(scale · log p + shift).

    For two classes that is Platt's sigmoid on the log-odds (Platt 1999), for several vector scaling with one
    scale (Guo 2017).

    model   fitted, answers predict_proba (n, k)
    scale   above 0
    shift   (k,)
    """

    def __init__(self, model: Any, scale: float, shift: list[float]) -> None:
        self.model, self.scale, self.shift = model, scale, shift

    @property
    def classes_(self) -> np.ndarray:
        """The classes of the model, in its order."""
        return self.model.classes_

    def fit(self, _x: Any, _y: Any = None) -> Recalibrated:
        """Do nothing: the model is fitted already."""
        return self

    def predict_proba(self, x: Any) -> np.ndarray:
        """Return probabilities (n, k)."""
        return rescaled(self.model.predict_proba(x), self.scale, np.asarray(self.shift))

    def predict(self, x: Any) -> np.ndarray:
        """Return the most probable class (n,)."""
        return self.classes_[self.predict_proba(x).argmax(axis=1)]

    def __sklearn_is_fitted__(self) -> bool:
        return True


def rescaled(probabilities: np.ndarray, scale: float, shift: np.ndarray) -> np.ndarray:
    """Return softmax(scale · log p + shift) of probabilities (n, k)."""
    logs = scale * np.log(np.maximum(probabilities, LEAST)) + shift
    powers = np.exp(logs - logs.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def learnt(
    y: np.ndarray, probabilities: np.ndarray, weight: np.ndarray | None = None
) -> tuple[float, np.ndarray]:
    """Return the scale and the shift (k,) of least log loss on rows (n,), weighed (n,), that the model has not seen.

    Of m rows of a class, each counts as that class by m + 1 parts and as each of the others by one (Platt 1999): so
    rows that the model tells apart without a mistake don't make it certain.
    """
    k = probabilities.shape[1]
    logs = np.log(np.maximum(probabilities, LEAST))
    weight = np.ones(len(y)) if weight is None else weight
    targets = _softened(y, k, weight) * weight[:, None]
    if k == 2:
        odds = np.tile(logs[:, 1] - logs[:, 0], 2)[:, None]
        labels = np.repeat([0, 1], len(y))
        fitted = LogisticRegression(C=1e6, max_iter=1000).fit(odds, labels, targets.T.ravel())
        return max(float(fitted.coef_[0, 0]), 0.0), np.array([0.0, float(fitted.intercept_[0])])
    from scipy.optimize import minimize

    def loss(parameters: np.ndarray) -> float:
        told = rescaled(probabilities, np.exp(parameters[0]), np.append(0.0, parameters[1:]))
        losses = -(targets * np.log(np.maximum(told, LEAST))).sum() / targets.sum()
        return float(losses + 1e-4 * (parameters**2).sum())

    found = minimize(loss, np.zeros(k), method="L-BFGS-B")
    return float(np.exp(found.x[0])), np.append(0.0, found.x[1:])


def _softened(y: np.ndarray, k: int, weight: np.ndarray) -> np.ndarray:
    """Return what each row (n, k) counts as each class, in all 1."""
    counts = np.bincount(y, weight, minlength=k)[y]
    soft = np.repeat(1.0 / (counts + k), k).reshape(len(y), k)
    soft[np.arange(len(y)), y] = (counts + 1.0) / (counts + k)
    return soft


def gain(
    y: np.ndarray, probabilities: np.ndarray, seed: int, weight: np.ndarray | None = None, folds: int = FOLDS
) -> tuple[float, float]:
    """Return what recalibration takes from the log loss of rows that it was not learnt on, and its standard error.

    NaN when a class has too few rows to be learnt from.
    """
    counts = np.bincount(y, minlength=probabilities.shape[1])
    if counts.min() < folds:
        return float("nan"), float("nan")
    mended = np.empty_like(probabilities)
    for learn, judge in StratifiedKFold(folds, shuffle=True, random_state=seed).split(y, y):
        mended[judge] = rescaled(
            probabilities[judge], *learnt(y[learn], probabilities[learn], at(weight, learn))
        )
    rows = np.arange(len(y))
    gains = np.log(np.maximum(mended[rows, y], LEAST)) - np.log(np.maximum(probabilities[rows, y], LEAST))
    if weight is not None:
        mean = float(np.average(gains, weights=weight))
        return mean, float(np.sqrt((weight**2 * (gains - mean) ** 2).sum()) / weight.sum())
    return float(gains.mean()), float(gains.std(ddof=1) / np.sqrt(len(y)))


def applied(judged: Any, probabilities: np.ndarray) -> np.ndarray:
    """Return what a model that was recalibrated, or left as it is, makes of the probabilities (n, k) from before."""
    if isinstance(judged, Recalibrated):
        return rescaled(probabilities, judged.scale, np.asarray(judged.shift))
    return probabilities


def cases(y: np.ndarray, probabilities: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Return truth and probability of the second of two classes (n,), or of all labels in a line; else None."""
    if y.ndim == 2:
        return y.ravel(), probabilities.ravel()
    return (y, probabilities[:, 1]) if probabilities.ndim == 2 and probabilities.shape[1] == 2 else None


def reliability(
    y: np.ndarray, probability: np.ndarray, weight: np.ndarray | None = None, bins: int = 10
) -> pd.DataFrame:
    """Return predicted and observed share, by weight (n,) where there is one, in bins of equally many rows.

    Columns: predicted, observed, rows, and weight, the sum of the weights.
    """
    return _reliability(y, probability, _groups(probability, bins), weight)


def _groups(probability: np.ndarray, bins: int = 10) -> np.ndarray:
    groups = pd.qcut(pd.Series(probability), bins, duplicates="drop", labels=False)
    return groups.fillna(0).to_numpy(int)  # where all probabilities are the same, there are no bins but one


def _reliability(
    y: np.ndarray, probability: np.ndarray, groups: np.ndarray, weight: np.ndarray | None
) -> pd.DataFrame:
    each = np.ones(len(y)) if weight is None else weight
    sums = pd.DataFrame({"predicted": each * probability, "observed": each * y, "weight": each})
    by_group = sums.groupby(groups)  # ties may leave a bin without rows
    table = by_group.sum()
    shares = table[["predicted", "observed"]].div(table["weight"], axis=0)
    table = shares.assign(rows=by_group.size(), weight=table["weight"])
    return table[table["weight"] > 0]


def distance(table: pd.DataFrame) -> float:
    """Return the expected calibration error (Naeini 2015): the mean distance of predicted and observed shares."""
    return float(np.average((table["predicted"] - table["observed"]).abs(), weights=table["weight"]))


def brier(y: np.ndarray, probability: np.ndarray, weight: np.ndarray | None = None) -> float:
    """Return the Brier score of rows (n,), by weight where there is one."""
    return float(np.average((probability - y) ** 2, weights=weight))


def by_chance(
    probability: np.ndarray, seed: int, draws: int = 100, weight: np.ndarray | None = None
) -> float:
    """Return the mean distance that believable probabilities (n,) show: outcomes are drawn by them."""
    draw, groups = np.random.default_rng(seed), _groups(probability)
    outcomes = (draw.random(len(probability)) < probability for _ in range(draws))
    return float(np.mean([distance(_reliability(y, probability, groups, weight)) for y in outcomes]))


def mended(
    model: Any,
    y: np.ndarray,
    probabilities: np.ndarray,
    how: str,
    seed: int,
    weight: np.ndarray | None = None,
) -> tuple[Any, str]:
    """Return the model, recalibrated on these rows where `how` says so, and why in words.

    how is "auto" (where rows that it was not learnt on surely gain: two standard errors), "always" or "never".
    """
    if how not in ("auto", "always", "never"):
        raise BadInput(f"evaluate.recalibrate must be auto, always or never, not {how!r}")
    if y.ndim == 2:
        return (
            model,
            "The probabilities of several labels are left as they are; below, all labels are taken together.",
        )
    if how == "never" or list(model.classes_) != list(range(probabilities.shape[1])):
        return model, "The probabilities are left as they are."
    better, error = gain(y, probabilities, seed, weight)
    if np.isnan(better):
        said = f"A class has fewer than {FOLDS} of these rows, too few to tell whether recalibration pays"
        doubt = ""
    else:
        said = (
            f"Recalibration {'takes' if better >= 0 else 'adds'} {number(abs(better))} ± {number(error, 2)} "
            f"{'from' if better >= 0 else 'to'} the log loss of rows that it was not learnt on"
        )
        doubt = ": too little to be sure"
    if how == "auto" and not better > 2 * error:
        return model, f"{said}{doubt}, so the probabilities are left as they are."
    scale, shift = learnt(y, probabilities, weight)
    return Recalibrated(
        model, scale, [float(s) for s in shift]
    ), f"{said}; it is applied (scale {scale:.3g})."
