"""Record batches whose types were told one by one, brought to one schema without losing a value."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from helpers.recipe.columns import as_json

EXACT = 2**53  # whole numbers up to this are floats, too


def as_text(value: Any) -> str | None:
    """Return any value as text: dictionaries and lists as JSON, None as it is."""
    if isinstance(value, dict | list):
        return as_json(value)
    return None if value is None else str(value)


def unified(pieces: Iterable[pa.RecordBatch]) -> pa.RecordBatchReader:
    """Return record batches with one type a column; a column that a batch has not is missing there.

    A column keeps its type where all pieces agree; whole numbers and floats become floats where that is exact,
    decimals of different widths the widest, and all else text. Several pieces wait in a temporary file meanwhile.
    """
    pieces = iter(pieces)
    first = next(pieces)
    second = next(pieces, None)
    if second is None:
        schema = pa.schema([(f.name, _common({f.type}, True)) for f in first.schema])
        return pa.RecordBatchReader.from_batches(schema, iter([_cast(first, schema)]))
    return _spooled(itertools.chain([first, second], pieces))


def _spooled(pieces: Iterator[pa.RecordBatch]) -> pa.RecordBatchReader:
    folder = tempfile.TemporaryDirectory(prefix="pieces-")
    types: dict[str, set[pa.DataType]] = {}
    exact: dict[str, bool] = {}
    count = 0
    for piece in pieces:
        for name, column in zip(piece.schema.names, piece.columns, strict=True):
            types.setdefault(name, set()).add(column.type)
            exact[name] = exact.get(name, True) and _fits_float(column)
        with pa.ipc.new_file(f"{folder.name}/{count}", piece.schema) as writer:
            writer.write_batch(piece)
        count += 1
    schema = pa.schema([(name, _common(known, exact[name])) for name, known in types.items()])

    def read() -> Iterator[pa.RecordBatch]:
        with folder:
            for n in range(count):
                path = Path(folder.name) / str(n)
                with pa.OSFile(str(path)) as file, pa.ipc.open_file(file) as opened:
                    yield _cast(opened.get_batch(0), schema)
                path.unlink()

    return pa.RecordBatchReader.from_batches(schema, read())


def _common(types: set[pa.DataType], exact: bool) -> pa.DataType:
    known = {t for t in types if not pa.types.is_null(t)}
    if len(known) <= 1:
        return next(iter(known), pa.string())
    if all(map(pa.types.is_integer, known)):
        return pa.int64() if pa.uint64() not in known else pa.string()
    if all(pa.types.is_integer(t) or pa.types.is_floating(t) for t in known):
        return pa.float64() if exact else pa.string()
    if all(map(pa.types.is_decimal, known)):
        before, after = max(t.precision - t.scale for t in known), max(t.scale for t in known)
        return pa.decimal256(before + after, after) if before + after <= 76 else pa.string()
    return pa.string()


def _fits_float(column: pa.Array) -> bool:
    if not pa.types.is_integer(column.type) or len(column) == column.null_count:
        return True
    ends = pc.min_max(column).as_py()
    return bool(ends["min"] >= -EXACT and ends["max"] <= EXACT)


def _cast(piece: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    columns = []
    for name, kind in zip(schema.names, schema.types, strict=True):
        place = piece.schema.get_field_index(name)
        if place < 0:
            columns.append(pa.nulls(len(piece), kind))
            continue
        column = piece.column(place)
        if pa.types.is_string(kind) and not pa.types.is_null(column.type) and column.type != kind:
            column = pa.array([as_text(v) for v in column.to_pylist()], pa.string())
        columns.append(column if column.type == kind else column.cast(kind))
    return pa.RecordBatch.from_arrays(columns, schema=schema)
