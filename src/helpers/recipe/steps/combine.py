"""New numbers out of several columns of a row."""

from __future__ import annotations

import functools
import itertools
from typing import Annotated, Literal

import numpy as np

from helpers.errors import BadInput
from helpers.recipe.parameters import Between
from helpers.recipe.registry import column_step, table_step
from helpers.recipe.steps.scale import finite

Columns = dict[str, np.ndarray]
Statistic = Literal["mean", "min", "max", "range", "missing"]


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


@table_step("number")
def product(columns: Columns, *, name: str) -> Columns:
    """Add the product of the numbers of a row; missing where one of them is. All stay."""
    made = np.ones(len(next(iter(columns.values()))))
    with np.errstate(over="ignore", invalid="ignore"):
        for values in columns.values():
            made = finite(made * values)
    return {**columns, name: made}


@table_step("number")
def row_statistics(
    columns: Columns, *, name: str, statistics: list[Statistic] | None = None
) -> dict[str, np.ndarray]:
    """Add figures over the present numbers of a row (mean when none is named), as name_mean and so on. All stay."""
    present = {n: ~np.isnan(v) for n, v in columns.items()}
    none = np.zeros(len(next(iter(columns.values()))))
    count = sum((p.astype(float) for p in present.values()), none)
    sums = sum((np.where(present[n], v, 0.0) for n, v in columns.items()), none)
    with np.errstate(all="ignore"):
        made = {
            "mean": lambda: finite(np.divide(sums, count)),
            "min": lambda: functools.reduce(np.fmin, columns.values()),
            "max": lambda: functools.reduce(np.fmax, columns.values()),
            "range": lambda: finite(
                functools.reduce(np.fmax, columns.values()) - functools.reduce(np.fmin, columns.values())
            ),
            "missing": lambda: float(len(columns)) - count,
        }
        return {**columns, **{f"{name}_{s}": made[s]() for s in statistics or ["mean"]}}


@table_step("number")
def interactions(columns: Columns) -> Columns:
    """Add the product of every two of the numbers, as first_x_second. All stay."""
    made = {}
    with np.errstate(over="ignore", invalid="ignore"):
        for (one, a), (other, b) in itertools.combinations(columns.items(), 2):
            made[f"{one}_x_{other}"] = finite(a * b)
    return {**columns, **made}


@column_step("number")
def polynomial(values: np.ndarray, *, degree: Annotated[int, Between(2, 5)] = 2) -> dict[str, np.ndarray]:
    """Add the powers of a number up to the degree, with the suffixes pow2, pow3 and so on. It stays."""
    made, power = {"": values}, values
    with np.errstate(over="ignore", invalid="ignore"):
        for exponent in range(2, degree + 1):
            power = finite(power * values)
            made[f"pow{exponent}"] = power
    return made


def _two(columns: Columns) -> list[np.ndarray]:
    if len(columns) != 2:
        raise BadInput(f"it takes two columns, and {len(columns)} are named")
    return list(columns.values())
