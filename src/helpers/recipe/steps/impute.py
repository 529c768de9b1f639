"""Fill missing values with what the training rows say.

By default the model's own pipeline does this, inside each fold of the cross-validation.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from helpers.errors import BadInput
from helpers.recipe.columns import is_missing
from helpers.recipe.registry import column_step


def mean_of(values: np.ndarray) -> dict[str, Any]:
    """Return {"value": mean of the present numbers}, None when there is none."""
    present = values[~np.isnan(values)]
    return {"value": float(present.mean()) if len(present) else None}


def median_of(values: np.ndarray) -> dict[str, Any]:
    """Return {"value": median of the present numbers}, None when there is none."""
    present = values[~np.isnan(values)]
    return {"value": float(np.median(present)) if len(present) else None}


def most_frequent_of(values: np.ndarray) -> dict[str, Any]:
    """Return {"value": the most frequent present value}; of several, the least one."""
    counts = Counter(v for v in values.tolist() if v is not None and v == v)
    return {"value": min(counts, key=lambda v: (-counts[v], v)) if counts else None}


@column_step("number")
def impute_zero(values: np.ndarray) -> np.ndarray:
    """Put 0 where a number is missing."""
    return _filled(values, 0.0)


@column_step("number", fit=mean_of)
def impute_mean(values: np.ndarray, state: dict[str, Any]) -> np.ndarray:
    """Put the mean of the training rows where a number is missing."""
    return _filled(values, state["value"])


@column_step("number", fit=median_of)
def impute_median(values: np.ndarray, state: dict[str, Any]) -> np.ndarray:
    """Put the median of the training rows where a number is missing."""
    return _filled(values, state["value"])


@column_step("number", "category", fit=most_frequent_of)
def impute_most_frequent(values: np.ndarray, state: dict[str, Any]) -> np.ndarray:
    """Put the most frequent value of the training rows where one is missing."""
    return _filled(values, state["value"])


@column_step("number", "category")
def impute_constant(values: np.ndarray, *, value: float | str) -> np.ndarray:
    """Put a value of your choice where one is missing: a number in numbers, text in categories."""
    if isinstance(value, str) != (values.dtype == object):
        raise BadInput(f"the value {value!r} is not of the kind of the column")
    return _filled(values, value)


@column_step()
def missing_indicator(values: np.ndarray) -> dict[str, np.ndarray]:
    """Add a column with the suffix _missing: 1 where the value is missing, else 0."""
    return {"": values, "missing": is_missing(values).astype(np.float64)}


def _filled(values: np.ndarray, value: float | str | None) -> np.ndarray:
    missing = is_missing(values)
    if value is None or not missing.any():
        return values
    filled = values.copy()
    filled[missing] = value
    return filled
