"""Checks across the columns of one row; rows where one of them is missing are not judged."""

from __future__ import annotations

import operator
from typing import Annotated

import numpy as np
import pandas as pd

from helpers.data.checks.check import Check
from helpers.data.checks.library import rule
from helpers.data.checks.values import as_dates, as_numbers, as_texts
from helpers.errors import BadInput
from helpers.recipe.parameters import Between

COMPARISONS = {
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    ">": operator.gt,
}


@rule
def agree(left: str, comparison: str, right: str) -> Check:
    """Two columns of one row agree: `agree("start", "<=", "end")`."""
    if comparison not in COMPARISONS:
        raise BadInput(f"agree: columns cannot be compared by {comparison!r} ({' '.join(COMPARISONS)})")
    holds = COMPARISONS[comparison]

    def wrong(rows: pd.DataFrame) -> np.ndarray:
        x, y = _alike(rows[left], rows[right])
        known = (x.notna() & y.notna()).to_numpy()
        result = np.zeros(len(rows), bool)
        result[known] = ~np.asarray(holds(x[known], y[known]), bool)
        return result

    return Check(
        f"{left} {comparison} {right}",
        wrong,
        f"must be {comparison} {right}",
        column=left,
        needs=(left, right),
        by="row",
    )


@rule
def adds_up(total: str, parts: list[str], within: Annotated[float, Between(0)] = 1e-9) -> Check:
    """A column is the sum of others, within a share of the sum of their sizes."""
    if not parts:
        raise BadInput(f"adds_up of {total!r} needs parts")

    def wrong(rows: pd.DataFrame) -> np.ndarray:
        x = np.array([as_numbers(rows[c]).to_numpy(float, na_value=np.nan) for c in (total, *parts)])
        off = np.abs(x[0] - x[1:].sum(axis=0))
        return off > within * np.abs(x).sum(axis=0)  # never where one is missing

    said = f"must be {' + '.join(parts)}"
    return Check(f"{total} adds up", wrong, said, column=total, needs=(total, *parts), by="row")


@rule
def present_when(column: str, when: str, levels: list[str | int | float | bool]) -> Check:
    """The column has a value wherever another one has one of the levels."""
    shown = " or ".join(map(str, levels[:4]))
    return Check(
        f"{column} present when {when}",
        lambda rows: rows[column].isna() & rows[when].isin(levels),
        f"must not be missing where {when} is {shown}",
        column=column,
        needs=(column, when),
        by="row",
    )


def _alike(x: pd.Series, y: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Return two columns as dates or numbers when either is; what cannot be read as one is then missing."""
    for is_so, reads in ((pd.api.types.is_datetime64_any_dtype, as_dates), (_is_number, as_numbers)):
        if is_so(x) or is_so(y):
            return reads(x), reads(y)
    return as_texts(x), as_texts(y)


def _is_number(values: pd.Series) -> bool:
    return bool(pd.api.types.is_numeric_dtype(values))
