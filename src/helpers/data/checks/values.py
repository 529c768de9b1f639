"""Checks of one column, value by value; missing values are judged by `present` alone.

pandera judges numbers and dates; Arrow judges texts, without a loop over them in Python.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from helpers.data.checks.check import Check
from helpers.data.checks.library import rule
from helpers.data.kinds import moments
from helpers.errors import BadInput, nearest

Bound = int | float | str | None


@rule
def in_range(column: str, low: Bound = None, high: Bound = None) -> Check:
    """Numbers, or dates, lie between low and high, both included; what cannot be read as one is not judged."""
    dates = isinstance(low, str) or isinstance(high, str)
    bounds = [_bound(b, dates, f"in_range of {column}") for b in (low, high)]
    if low is None and high is None:
        raise BadInput(f"in_range of {column!r} needs low or high")
    if None not in bounds and bounds[0] > bounds[1]:
        raise BadInput(f"in_range of {column!r}: low is {low} and above high, which is {high}")

    def wrong(rows: pd.DataFrame) -> np.ndarray:
        x = as_dates(rows[column]) if dates else as_numbers(rows[column])
        return fails(x, lambda pa: _between(pa, *bounds))

    shown = [f"{b:g}" if isinstance(b, int | float) else str(b) for b in (low, high)]
    span = f"from {shown[0]} to {shown[1]}"
    span = (
        span if None not in (low, high) else f"at least {shown[0]}" if high is None else f"at most {shown[1]}"
    )
    return Check(f"range of {column}", wrong, f"must be {span}", column=column, needs=(column,), by="row")


@rule
def one_of(column: str, levels: list[str | int | float | bool]) -> Check:
    """Every present value is one of the levels."""
    if not levels:
        raise BadInput(f"one_of of {column!r} needs at least one level")
    shown = ", ".join(map(str, levels[:6])) + (", ..." if len(levels) > 6 else "")
    import pyarrow as pa

    words = all(isinstance(level, str) for level in levels)

    def wrong(rows: pd.DataFrame) -> np.ndarray:
        if words and rows[column].dtype == object:
            return lacks(rows[column], lambda pc, texts: pc.is_in(texts, pa.array(levels)))
        return fails(rows[column], lambda pa: pa.Check.isin(levels))

    return Check(
        f"levels of {column}",
        wrong,
        f"must be one of {shown}",
        column=column,
        needs=(column,),
        by="row",
    )


@rule
def present(column: str) -> Check:
    """No value is missing."""
    return Check(
        f"{column} present",
        lambda rows: rows[column].isna(),
        "must not be missing",
        column=column,
        needs=(column,),
        by="row",
    )


@rule
def matches(column: str, pattern: str) -> Check:
    r"""Every present value matches a regular expression (RE2) from its beginning to its end.

    RE2 takes time in proportion to the text, whatever the expression; it has no look-around and no back references.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    whole = rf"\A(?:{pattern})\z"
    try:
        pc.match_substring_regex(pa.array([""]), whole)
    except pa.ArrowInvalid as error:
        raise BadInput(f"matches: {pattern!r} is no regular expression of RE2: {_reason(error)}") from None

    def wrong(rows: pd.DataFrame) -> np.ndarray:
        return lacks(rows[column], lambda pc, texts: pc.match_substring_regex(texts, whole))

    return Check(
        f"form of {column}", wrong, f"must have the form {pattern}", column=column, needs=(column,), by="row"
    )


@rule
def has_length(column: str, low: int = 0, high: int | None = None) -> Check:
    """Every present value, as text, has so many characters."""
    span = f"from {low} to {high}" if high is not None else f"at least {low}"
    top = 2**31 - 1 if high is None else high

    def wrong(rows: pd.DataFrame) -> np.ndarray:
        return lacks(rows[column], lambda pc, texts: _within(pc, pc.utf8_length(texts), low, top))

    return Check(
        f"length of {column}",
        wrong,
        f"must have {span} characters",
        column=column,
        needs=(column,),
        by="row",
    )


@rule
def of_kind(column: str, kind: str) -> Check:
    """Every present value can be read as a kind: integer, float, boolean or date."""
    if kind not in READERS:
        raise BadInput(f"of_kind: {kind!r} is no known kind{nearest(kind, READERS)} ({', '.join(READERS)})")
    reads = READERS[kind]
    return Check(
        f"kind of {column}",
        lambda rows: rows[column].notna().to_numpy() & ~np.asarray(reads(rows[column]), bool),
        f"must be of kind {kind}",
        column=column,
        needs=(column,),
        by="row",
    )


@rule
def finite(column: str) -> Check:
    """No number is infinite."""
    return Check(
        f"{column} finite",
        lambda rows: np.isinf(as_numbers(rows[column]).to_numpy(float, na_value=np.nan)),
        "must be finite",
        column=column,
        needs=(column,),
        by="row",
    )


@rule
def not_code(column: str, code: float) -> Check:
    """No number is a code that stands for a missing value, such as -999."""
    return Check(
        f"{column} code",
        lambda rows: fails(as_numbers(rows[column]), lambda pa: pa.Check.not_equal_to(code)),
        f"{code:g} stands apart from all other values: a code for missing?",
        column=column,
        needs=(column,),
        by="row",
    )


def fails(values: pd.Series, make: Callable[[Any], Any]) -> np.ndarray:
    """Return where the present values of a column (n,) fail a check of pandera, which make builds."""
    import pandera.pandas as pa  # late: it takes half a second to import

    present = values.notna().to_numpy()
    wrong = np.zeros(len(values), bool)
    if present.any():
        judged = values if present.all() else values[present]
        wrong[present] = ~np.asarray(make(pa)(judged).check_output, bool)
    return wrong


def lacks(values: pd.Series, right: Callable[[Any, Any], Any]) -> np.ndarray:
    """Return where the present values of a column (n,), as Arrow texts, lack what right says, without a Python loop."""
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        texts = pa.array(values, pa.string(), from_pandas=True)
    except (pa.ArrowTypeError, pa.ArrowInvalid):  # other values among the texts
        texts = pa.array(as_texts(values), pa.string(), from_pandas=True)
    fits = pc.or_kleene(right(pc, texts), pc.is_null(texts))
    return ~fits.to_numpy(zero_copy_only=False)


def as_numbers(values: pd.Series) -> pd.Series:
    """Return a column as numbers; what cannot be read as one is missing."""
    if pd.api.types.is_bool_dtype(values):
        return values.astype("Float64")
    return values if pd.api.types.is_numeric_dtype(values) else pd.to_numeric(values, errors="coerce")


def as_dates(values: pd.Series) -> pd.Series:
    """Return a column as moments in UTC without a zone; what cannot be read as one is missing."""
    if not pd.api.types.is_datetime64_any_dtype(values):
        if pd.api.types.is_float_dtype(values):  # 20240131.0 is a day, too
            values = values.where((values % 1 == 0) & (values.abs() < 2**53)).astype("Int64")
        values = moments(values.astype(object), "coerce")
    return values.dt.tz_convert(None) if values.dt.tz is not None else values


def as_texts(values: pd.Series) -> pd.Series:
    """Return a column as texts; missing ones stay so."""
    if pd.api.types.infer_dtype(values, skipna=True) in ("string", "empty"):
        return values
    return values.map(str, na_action="ignore").astype(object)


def _between(pa: Any, low: Any, high: Any) -> Any:
    if low is None or high is None:
        return pa.Check.le(high) if low is None else pa.Check.ge(low)
    return pa.Check.in_range(low, high)


def _bound(bound: Bound, dates: bool, where: str) -> Any:
    if bound is None or not dates:
        return bound
    try:
        moment = pd.Timestamp(bound)
    except (ValueError, TypeError):
        raise BadInput(f"{where}: {bound!r} is neither a number nor a date such as 2024-12-31") from None
    return moment.tz_convert(None) if moment.tzinfo else moment


def _within(pc: Any, lengths: Any, low: int, high: int) -> Any:
    return pc.and_(pc.greater_equal(lengths, low), pc.less_equal(lengths, high))


def _reason(error: Exception) -> str:
    return re.sub(r"^.*?: ", "", str(error).splitlines()[0], count=1)


def _whole(values: pd.Series) -> np.ndarray:
    x = as_numbers(values).to_numpy(float, na_value=np.nan)
    return np.isfinite(x) & (np.floor(x) == x)


def _booleans(values: pd.Series) -> pd.Series:
    texts = as_texts(values)
    levels = [v for v in texts.dropna().unique() if v.lower() in ("true", "false", "yes", "no", "0", "1")]
    return texts.isin(levels)


READERS: dict[str, Callable[[pd.Series], Any]] = {
    "integer": _whole,
    "float": lambda values: as_numbers(values).notna(),
    "boolean": lambda values: pd.api.types.is_bool_dtype(values) or _booleans(values),
    "date": lambda values: as_dates(values).notna(),
}
