"""The scale of numbers: logarithm, root, power, standard units."""

from __future__ import annotations

from typing import Any

import numpy as np

from helpers.errors import BadInput
from helpers.recipe.registry import column_step


@column_step("number")
def log1p(values: np.ndarray) -> np.ndarray:
    """Take sign(x) log(1 + |x|), which for x >= 0 is log(1 + x) and is defined for every number."""
    return np.sign(values) * np.log1p(np.abs(values))


@column_step("number")
def sqrt(values: np.ndarray) -> np.ndarray:
    """Take sign(x) sqrt(|x|), which for x >= 0 is the square root and is defined for every number."""
    return np.sign(values) * np.sqrt(np.abs(values))


@column_step("number")
def limit(values: np.ndarray, *, low: float | None = None, high: float | None = None) -> np.ndarray:
    """Bring numbers below low or above high to that limit."""
    if low is None and high is None:
        raise BadInput("neither low nor high is given")
    return np.clip(values, low, high)


def centre_and_spread(values: np.ndarray) -> dict[str, Any]:
    """Return {"mean", "deviation"} of the present numbers; a deviation of 0 counts as 1."""
    present = values[np.isfinite(values)]
    if not len(present):
        return {"mean": 0.0, "deviation": 1.0}
    with np.errstate(over="ignore", invalid="ignore"):
        mean, deviation = float(present.mean()), float(present.std())
    if not np.isfinite([mean, deviation]).all():
        raise BadInput("its numbers are too large for a mean and a standard deviation")
    return {"mean": mean, "deviation": deviation or 1.0}


@column_step("number", fit=centre_and_spread)
def standardise(values: np.ndarray, state: dict[str, Any]) -> np.ndarray:
    """Subtract the mean of the training rows and divide by their standard deviation."""
    return (values - state["mean"]) / state["deviation"]
