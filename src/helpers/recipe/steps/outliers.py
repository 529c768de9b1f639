"""Numbers far from the others: brought to a limit, or treated as missing."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np

from helpers.recipe.parameters import Between
from helpers.recipe.registry import column_step

Method = Literal["iqr", "quantile", "robust_z"]


def limits(
    values: np.ndarray,
    *,
    method: Method = "iqr",
    factor: Annotated[float, Between(0)] = 3.0,
    quantile: Annotated[float, Between(0, 0.5)] = 0.01,
) -> dict[str, Any]:
    """Return {"low", "high"}, between which a number is no outlier; None when that cannot be said.

    It cannot when no value is present, or when they hardly vary (half of them equal, as in flags): limits
    that coincide would make a constant of the column.

    iqr       factor interquartile ranges beyond the quartiles (Tukey's fences; 3 means "far out")
    quantile  the quantile from either end
    robust_z  factor standard deviations from the median, taken as 1.4826 median absolute deviations
    """
    present = values[np.isfinite(values)]
    if not len(present):
        return {"low": None, "high": None}
    if method == "quantile":
        low, high = np.quantile(present, [quantile, 1 - quantile])
    elif method == "iqr":
        first, third = np.quantile(present, [0.25, 0.75])
        low, high = first - factor * (third - first), third + factor * (third - first)
    else:
        median = np.median(present)
        spread = 1.4826 * np.median(np.abs(present - median))
        low, high = median - factor * spread, median + factor * spread
    found = low < high and np.isfinite([low, high]).all()
    return {"low": float(low), "high": float(high)} if found else {"low": None, "high": None}


@column_step("number", fit=limits)
def clip_outliers(values: np.ndarray, state: dict[str, Any]) -> np.ndarray:
    """Bring numbers beyond the limits of the training rows to the nearer limit."""
    return values if state["low"] is None else np.clip(values, state["low"], state["high"])


@column_step("number", fit=limits)
def outliers_to_missing(values: np.ndarray, state: dict[str, Any]) -> np.ndarray:
    """Treat numbers beyond the limits of the training rows as missing."""
    return np.where(inside(values, state), values, np.nan)


def inside(values: np.ndarray, state: dict[str, Any]) -> np.ndarray:
    """Return the mask (n,) of the numbers within the limits; missing ones count as inside."""
    if state["low"] is None:
        return np.ones(len(values), bool)
    return np.isnan(values) | ((values >= state["low"]) & (values <= state["high"]))
