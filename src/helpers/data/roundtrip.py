"""The proof that a conversion kept every value: the original is read again and compared cell by cell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa

from helpers.data.parquet import batches
from helpers.data.table import MOST_ROWS, Table
from helpers.errors import Failed

BITS = {pa.float16(): pa.int16(), pa.float32(): pa.int32(), pa.float64(): pa.int64()}


def prove(again: pa.RecordBatchReader, table: Table) -> None:
    """Compare the original, read again, with the table made of it; Failed names the first cell that differs.

    Floats are compared by their bits: NaN equals NaN, and is neither missing nor an empty text; -0.0 is not 0.0.
    """
    row = 0
    kept = (batch.select(table.columns) for batch in batches(table.path, MOST_ROWS))
    for one, other in _aligned(again, kept):
        if one is None or other is None:
            raise Failed(
                f"the original and the converted table differ in length, from row {row} on; run again"
            )
        for name in table.columns:
            if not _same(one.column(name), other.column(name)):
                at = row + _first(one.column(name), other.column(name))
                raise Failed(
                    f"column {name!r}, row {at}, was not the same after conversion; please report this"
                )
        row += one.num_rows


def _same(one: pa.Array, other: pa.Array) -> bool:
    if one.type in BITS and other.type == one.type:
        one, other = one.view(BITS[one.type]), other.view(BITS[one.type])
    return one.equals(other) or (
        pa.types.is_nested(one.type) and repr(one.to_pylist()) == repr(other.to_pylist())
    )


def _first(one: pa.Array, other: pa.Array) -> int:
    """Return the place of the first cell that differs."""
    return next((n for n in range(len(one)) if not _same(one.slice(n, 1), other.slice(n, 1))), 0)


def _aligned(
    one: Iterable[pa.RecordBatch], other: Iterable[pa.RecordBatch]
) -> Iterator[tuple[pa.RecordBatch | None, pa.RecordBatch | None]]:
    """Return both cut to pieces of the same lengths; None stands for the one that ends first."""
    left, right = (filter(len, side) for side in (one, other))
    a, b = next(left, None), next(right, None)
    while a is not None and b is not None:
        size = min(len(a), len(b))
        yield a.slice(0, size), b.slice(0, size)
        a = a.slice(size) if len(a) > size else next(left, None)
        b = b.slice(size) if len(b) > size else next(right, None)
    if a is not None or b is not None:
        yield a, b
