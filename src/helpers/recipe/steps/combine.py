"""New numbers out of several columns of a row."""

from __future__ import annotations

import numpy as np

from helpers.errors import BadInput
from helpers.recipe.registry import table_step

Columns = dict[str, np.ndarray]


@table_step("number")
def ratio(columns: Columns, *, name: str) -> Columns:
    """Add the first number divided by the second; missing where the second is 0. Both stay."""
    first, second = _two(columns)
    with np.errstate(all="ignore"):
        quotient = np.divide(first, second)
    return {**columns, name: np.where(np.isfinite(quotient), quotient, np.nan)}


@table_step("number")
def difference(columns: Columns, *, name: str) -> Columns:
    """Add the first number minus the second. Both stay."""
    first, second = _two(columns)
    return {**columns, name: first - second}


@table_step("number")
def total(columns: Columns, *, name: str) -> Columns:
    """Add the sum of the numbers of a row; missing where one of them is. All stay."""
    sums = np.zeros(len(next(iter(columns.values()))))
    for values in columns.values():
        sums = sums + values
    return {**columns, name: sums}


def _two(columns: Columns) -> list[np.ndarray]:
    if len(columns) != 2:
        raise BadInput(f"it takes two columns, and {len(columns)} are named")
    return list(columns.values())
