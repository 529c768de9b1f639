"""Conformal prediction: intervals or sets of classes that hold the truth as often as promised, whatever the model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from helpers.errors import BadInput
from helpers.model.weights import at
from helpers.report.text import number, share


def fit(
    y: np.ndarray, predicted: np.ndarray, level: float = 0.9, weight: np.ndarray | None = None
) -> dict[str, Any]:
    """Return {"level", "quantile", "rows"} learnt from rows (n,) that the model has not seen.

    Split conformal prediction (Vovk 2005; Lei 2018): the quantile of the absolute errors gives an interval around a
    number, that of 1 - probability of the true class a set of classes (Sadinle 2019). The quantile is None when the
    rows are too few to promise the level. Weights (n,) make it that of rows drawn by their weights (Tibshirani 2019): a
    new row, of which nothing is known, is then counted with the mean weight of rows drawn like that.
    """
    if not 0 < level < 1:
        raise BadInput(f"evaluate.coverage must be above 0 and below 1, not {level:g}")
    errors, weight = _strangeness(y, predicted), np.ones(len(y)) if weight is None else weight
    order, whole = np.argsort(errors, kind="stable"), weight.sum()
    rank = int(np.searchsorted(weight[order].cumsum(), (whole + (weight**2).sum() / whole) * level))
    return {
        "level": level,
        "quantile": float(errors[order[rank]]) if rank < len(errors) else None,
        "rows": len(errors),
    }


def covered(y: np.ndarray, predicted: np.ndarray, fitted: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """Return whether each row's interval or set holds the truth (n,), and its width or its number of classes (n,)."""
    limit = np.inf if fitted["quantile"] is None else fitted["quantile"]
    inside = _strangeness(y, predicted) <= limit
    size = np.full(len(y), 2 * limit) if predicted.ndim == 1 else (1 - predicted <= limit).sum(axis=1)
    return inside, size


def measured(
    y: np.ndarray,
    predicted: np.ndarray,
    level: float,
    seed: int,
    weight: np.ndarray | None = None,
    groups: np.ndarray | None = None,
    repeats: int = 50,
) -> dict[str, float]:
    """Return the coverage and mean size on halves of the rows when learnt from the other halves; means of repeats.

    Rows count by their weights (n,), where there are any; groups (n,) stay together, but for one in the middle.
    """
    rng, found = np.random.default_rng(seed), []
    for _ in range(repeats):
        order = rng.permutation(len(y))
        if groups is not None:
            order = rng.permutation(groups.max() + 1)[groups].argsort(kind="stable")
        learn, judge = order[: len(y) // 2], order[len(y) // 2 :]
        if weight is not None and not (weight[learn].any() and weight[judge].any()):
            continue
        fitted = fit(y[learn], predicted[learn], level, at(weight, learn))
        inside, size = covered(y[judge], predicted[judge], fitted)
        found.append(np.average([inside, size], axis=1, weights=at(weight, judge)))
    coverage, size = np.mean(found, axis=0)
    return {"coverage": float(coverage), "size": float(size)}


def in_words(fitted: Mapping[str, Any], tried: Mapping[str, float], of_classes: bool) -> str:
    """Return what is promised of new rows, what was measured, and what intervals or sets of classes are made of."""
    level, quantile = share(fitted["level"]), fitted["quantile"]
    if quantile is None:
        return f"{fitted['rows']:,} rows are too few to promise {level}."
    what = f"what the model expects ± {number(quantile)}, the same for all rows"
    if of_classes:
        what = (
            f"sets of the classes whose probability is {number(1 - quantile)} at least, {number(tried['size'])} on "
            "average (none where no class is probable enough)"
        )
    return f"{level} are promised, {share(tried['coverage'])} measured, with {what}."


def _strangeness(y: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    return np.abs(y - predicted) if predicted.ndim == 1 else 1 - predicted[np.arange(len(y)), y]
