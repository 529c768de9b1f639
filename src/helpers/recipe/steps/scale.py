"""The scale of numbers: logarithm, root, power, standard units, ranks. What has no finite result is missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

import numpy as np

from helpers.errors import BadInput
from helpers.recipe.parameters import Between
from helpers.recipe.registry import column_step

SAMPLE, KNOTS = 10_000, 200


@column_step("number")
def log1p(values: np.ndarray) -> np.ndarray:
    """Take sign(x) log(1 + |x|), which for x >= 0 is log(1 + x) and is defined for every number."""
    return np.sign(values) * np.log1p(np.abs(values))


@column_step("number")
def log(
    values: np.ndarray, *, offset: float = 0.0, base: Annotated[float, Between(1.001)] | None = None
) -> np.ndarray:
    """Take the logarithm of x + offset, natural unless a base is given; missing where that is not above 0."""
    with np.errstate(all="ignore"):
        return finite(np.log(values + offset) / (np.log(base) if base else 1.0))


@column_step("number")
def sqrt(values: np.ndarray) -> np.ndarray:
    """Take sign(x) sqrt(|x|), which for x >= 0 is the square root and is defined for every number."""
    return np.sign(values) * np.sqrt(np.abs(values))


@column_step("number")
def square(values: np.ndarray) -> np.ndarray:
    """Take the square."""
    with np.errstate(over="ignore"):
        return finite(values * values)


@column_step("number")
def reciprocal(values: np.ndarray) -> np.ndarray:
    """Take 1 / x; missing where x is 0."""
    with np.errstate(all="ignore"):
        return finite(1.0 / values)


@column_step("number")
def logit(values: np.ndarray, *, low: float = 0.0, high: float = 1.0) -> np.ndarray:
    """Take log((x - low) / (high - x)), for numbers that are shares; missing at the bounds and beyond."""
    if not low < high:
        raise BadInput(f"low ({low:g}) must be below high ({high:g})")
    with np.errstate(all="ignore"):
        return finite(np.log((values - low) / (high - values)))


@column_step("number")
def limit(values: np.ndarray, *, low: float | None = None, high: float | None = None) -> np.ndarray:
    """Bring numbers below low or above high to that limit."""
    if low is None and high is None:
        raise BadInput("neither low nor high is given")
    if low is not None and high is not None and low > high:
        raise BadInput(f"low ({low:g}) is above high ({high:g})")
    return np.clip(values, low, high)


def best_power(
    values: np.ndarray, *, method: Literal["yeo-johnson", "box-cox"] = "yeo-johnson"
) -> dict[str, Any]:
    """Return {"power": the exponent in [-5, 5] of largest profile likelihood}, 1 when none can be told.

    Sources: Box and Cox (1964), equation 8; Yeo and Johnson (2000). Of more than 10,000 numbers, evenly spaced
    order statistics stand for all.
    """
    present = np.sort(values[np.isfinite(values) & ((values > 0) | (method == "yeo-johnson"))])
    present = present[:: max(1, len(present) // SAMPLE)]
    if len(present) < 3 or present[0] == present[-1]:
        return {"power": 1.0}
    slope = np.log(present) if method == "box-cox" else np.sign(present) * np.log1p(np.abs(present))
    raised = POWERS[method]

    def likelihood(power: float) -> float:
        with np.errstate(all="ignore"):
            found = -len(present) / 2 * np.log(raised(present, power).var()) + (power - 1) * slope.sum()
        return float(found) if np.isfinite(found) else -np.inf

    return {"power": _highest(likelihood, -5.0, 5.0)}


@column_step("number", fit=best_power)
def power(
    values: np.ndarray,
    state: dict[str, Any],
    *,
    method: Literal["yeo-johnson", "box-cox"] = "yeo-johnson",
) -> np.ndarray:
    """Bend numbers towards a normal distribution; Box-Cox takes positive numbers alone, others are missing."""
    with np.errstate(all="ignore"):
        return finite(POWERS[method](values, state["power"]))


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


def extremes(values: np.ndarray) -> dict[str, Any]:
    """Return {"low", "high"} of the present numbers; 0 and 1 when there is none."""
    present = values[np.isfinite(values)]
    low, high = (float(present.min()), float(present.max())) if len(present) else (0.0, 1.0)
    return {"low": low, "high": high}


@column_step("number", fit=extremes)
def min_max(values: np.ndarray, state: dict[str, Any], *, clip: bool = False) -> np.ndarray:
    """Bring the range of the training rows to 0 to 1; clip also holds new numbers there."""
    with np.errstate(all="ignore"):
        scaled = finite((values - state["low"]) / ((state["high"] - state["low"]) or 1.0))
    return np.clip(scaled, 0.0, 1.0) if clip else scaled


def middle_and_reach(values: np.ndarray) -> dict[str, Any]:
    """Return {"median", "reach"} of the present numbers; an interquartile range of 0 counts as 1."""
    present = values[np.isfinite(values)]
    first, median, third = np.quantile(present, [0.25, 0.5, 0.75]) if len(present) else (0.0, 0.0, 1.0)
    return {"median": float(median), "reach": float(third - first) or 1.0}


@column_step("number", fit=middle_and_reach)
def robust_scale(values: np.ndarray, state: dict[str, Any]) -> np.ndarray:
    """Subtract the median of the training rows and divide by their interquartile range."""
    with np.errstate(all="ignore"):
        return finite((values - state["median"]) / state["reach"])


def quantiles(values: np.ndarray) -> dict[str, Any]:
    """Return {"knots": up to 201 quantiles of the present numbers}."""
    present = values[np.isfinite(values)]
    knots = np.quantile(present, np.linspace(0, 1, min(KNOTS, len(present)) + 1)) if len(present) else []
    return {"knots": [float(k) for k in knots]}


@column_step("number", fit=quantiles)
def rank(values: np.ndarray, state: dict[str, Any]) -> np.ndarray:
    """Put the share of the training rows that are smaller in place of a number: 0 the least, 1 the largest."""
    knots = np.array(state["knots"], float)
    if not len(knots):
        return np.full(len(values), np.nan)
    shares = np.linspace(0, 1, len(knots))
    up, down = np.interp(values, knots, shares), -np.interp(-values, -knots[::-1], -shares[::-1])
    return np.where(np.isnan(values), np.nan, (up + down) / 2)  # ties lie in the middle of their shares


def finite(values: np.ndarray) -> np.ndarray:
    """Return numbers with missing in place of what is infinite."""
    return np.where(np.isfinite(values), values, np.nan)


def _box_cox(values: np.ndarray, power: float) -> np.ndarray:
    positive = np.where(values > 0, values, np.nan)
    return np.log(positive) if power == 0 else (positive**power - 1) / power


def _yeo_johnson(values: np.ndarray, power: float) -> np.ndarray:
    logs = np.log1p(np.abs(values))
    above = logs if power == 0 else np.expm1(power * logs) / power
    below = -logs if power == 2 else -np.expm1((2 - power) * logs) / (2 - power)
    return np.where(np.isnan(values), np.nan, np.where(values >= 0, above, below))


POWERS = {"box-cox": _box_cox, "yeo-johnson": _yeo_johnson}


def _highest(function: Callable[[float], float], low: float, high: float) -> float:
    """Return where a function of one hill is highest, by golden sections, to 1e-6."""
    golden = (5**0.5 - 1) / 2
    while high - low > 1e-6:
        first, second = high - golden * (high - low), low + golden * (high - low)
        if function(first) < function(second):
            low = first
        else:
            high = second
    return (low + high) / 2
