"""Rows of Python values (of a driver, of JSON, of a sheet) as record batches that hold every value exactly."""

from __future__ import annotations

import datetime
import decimal
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pyarrow as pa

from helpers.data.pieces import EXACT, as_text, unified

ROWS = 20_000  # of a batch
PLAIN = {
    bool: pa.bool_(),
    str: pa.string(),
    bytes: pa.binary(),
    datetime.date: pa.date32(),
    float: pa.float64(),
}


def batches_of(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> pa.RecordBatchReader:
    """Return rows as record batches, each column in one type; what is no plain value becomes text."""
    return unified(_pieces(names, iter(rows)))


def array_of(values: Sequence[Any]) -> pa.Array:
    """Return values as an array: numbers, dates, booleans, bytes as what they are, others and mixtures as text."""
    kinds = {type(v) for v in values} - {type(None)}
    if not kinds:
        return pa.nulls(len(values))
    kind = next(iter(kinds)) if len(kinds) == 1 else None
    made = None
    if kind in PLAIN:
        made = pa.array(values, PLAIN[kind])
    elif kind is int and all(v is None or -(2**63) <= v < 2**63 for v in values):
        made = pa.array(values, pa.int64())
    elif kinds == {int, float} and all(not isinstance(v, int) or abs(v) <= EXACT for v in values):
        made = pa.array([None if v is None else float(v) for v in values], pa.float64())
    elif kind is decimal.Decimal:
        made = _decimals(values)
    elif kind is datetime.datetime:
        made = _moments(values)
    return pa.array([as_text(v) for v in values], pa.string()) if made is None else made


def _pieces(names: Sequence[str], rows: Iterator[Sequence[Any]]) -> Iterator[pa.RecordBatch]:
    first = True
    while (some := list(itertools.islice(rows, ROWS))) or first:
        columns = list(zip(*some, strict=True)) if some else [()] * len(names)
        yield pa.RecordBatch.from_arrays([array_of(c) for c in columns], list(names))
        first = False


def _decimals(values: Sequence[Any]) -> pa.Array | None:
    some = [v for v in values if v is not None]
    if not all(v.is_finite() for v in some):
        return None
    before, after = max(v.adjusted() + 1 for v in some), max(-int(v.as_tuple().exponent) for v in some)
    width = max(before, 1) + max(after, 0)
    return pa.array(values, pa.decimal256(width, max(after, 0))) if width <= 76 else None


def _moments(values: Sequence[Any]) -> pa.Array | None:
    zoned = {v.tzinfo is not None for v in values if v is not None}
    return (
        pa.array(values, pa.timestamp("us", tz="UTC" if True in zoned else None)) if len(zoned) == 1 else None
    )
