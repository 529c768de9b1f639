"""Training rows left out; these steps never run on new data."""

from __future__ import annotations

import hashlib
import operator
from typing import Annotated, Any, Literal

import numpy as np

from helpers.errors import BadInput
from helpers.recipe.columns import each, is_missing
from helpers.recipe.parameters import Between
from helpers.recipe.registry import training_step
from helpers.recipe.steps.outliers import Method, inside, limits

Columns = dict[str, np.ndarray]
Comparison = Literal["==", "!=", "<", "<=", ">", ">="]
_COMPARE = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@training_step()
def drop_duplicates(columns: Columns, *, memory: dict[bytes, None]) -> np.ndarray:
    """Leave out training rows that equal an earlier one in the columns named."""
    keep = np.ones(_rows(columns), bool)
    for row, values in enumerate(zip(*(_hashable(v) for v in columns.values()), strict=True)):
        mark = hashlib.blake2b(repr(values).encode("utf-8", "replace"), digest_size=16).digest()
        keep[row] = mark not in memory
        memory[mark] = None
    return keep


@training_step()
def drop_missing_rows(columns: Columns) -> np.ndarray:
    """Leave out training rows that miss a value in one of the columns named."""
    keep = np.ones(_rows(columns), bool)
    for values in columns.values():
        keep &= ~is_missing(values)
    return keep


@training_step()
def drop_rows_with_gaps(columns: Columns, *, share: Annotated[float, Between(0, 1)] = 0.5) -> np.ndarray:
    """Leave out training rows of which more than this share of the columns named is missing."""
    missing = np.zeros(_rows(columns))
    for values in columns.values():
        missing += is_missing(values)
    return missing <= share * len(columns)


@training_step()
def filter_rows(columns: Columns, *, compare: Comparison, value: float | str) -> np.ndarray:
    """Keep the training rows in which every column named compares so with value; a missing one does not."""
    keep = np.ones(_rows(columns), bool)
    for values in columns.values():
        keep &= _compared(values, _COMPARE[compare], value)
    return keep


def all_limits(
    columns: Columns,
    *,
    method: Method = "iqr",
    factor: Annotated[float, Between(0)] = 3.0,
    quantile: Annotated[float, Between(0, 0.5)] = 0.01,
) -> dict[str, Any]:
    """Return the limits of every column, by its name."""
    return {n: limits(v, method=method, factor=factor, quantile=quantile) for n, v in columns.items()}


@training_step("number", fit=all_limits)
def drop_outlier_rows(columns: Columns, state: dict[str, Any]) -> np.ndarray:
    """Leave out training rows in which one of the columns named is beyond its limits."""
    keep = np.ones(_rows(columns), bool)
    for name, values in columns.items():
        keep &= inside(values, state[name])
    return keep


def _rows(columns: Columns) -> int:
    return len(next(iter(columns.values()))) if columns else 0


def _hashable(values: np.ndarray) -> list:
    """Return values that equal each other where both are missing."""
    return [None if v != v else v for v in values.tolist()]


def _compared(values: np.ndarray, compare: Any, value: float | str) -> np.ndarray:
    if values.dtype.kind == "M":
        try:
            value = np.datetime64(str(value)).astype(values.dtype)
        except ValueError:
            raise BadInput(f"the value {value!r} is no date such as 2024-05-31") from None
    elif isinstance(value, str) != (values.dtype == object):
        raise BadInput(f"the value {value!r} is not of the kind of the column")
    if values.dtype == object:
        return each(values, lambda v: v is not None and compare(v, value), bool)
    return ~is_missing(values) & compare(values, value)
