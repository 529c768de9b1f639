"""Parquet and Feather (Arrow), read batch by batch as they are stored."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import feather

from helpers.data.parquet import batches
from helpers.data.sources import packed

PARQUET = (".parquet", ".pq")
FEATHER = (".feather", ".arrow")
A_SECOND = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}
CELLS = 4_000_000  # of a batch


def read_parquet(path: Path) -> pa.RecordBatchReader:
    """Return the columns of a Parquet file; a numbering that pandas added is left out."""
    with packed.plain(path) as plain:
        with pq.ParquetFile(plain) as file:
            schema = file.schema_arrow
        if plain != path:
            return _streamed(schema, iter(pq.read_table(plain, partitioning=None).to_batches()))
    return _streamed(schema, batches(path, min(131_072, max(1, CELLS // max(len(schema), 1)))))


def read_feather(path: Path) -> pa.RecordBatchReader:
    """Return the columns of a Feather file, or of Arrow's own two formats."""
    with packed.plain(path) as plain:
        if plain != path:
            table = feather.read_table(plain, memory_map=False)
            return _streamed(table.schema, iter(table.to_batches()))
    try:
        file = pa.ipc.open_file(pa.memory_map(str(path)))
        return _streamed(file.schema, (file.get_batch(n) for n in range(file.num_record_batches)))
    except pa.ArrowInvalid:  # the first version of Feather, or Arrow's stream
        pass
    try:
        stream = pa.ipc.open_stream(pa.memory_map(str(path)))
        return _streamed(stream.schema, iter(stream))
    except pa.ArrowInvalid:
        table = feather.read_table(path)
        return _streamed(table.schema, iter(table.to_batches()))


def _streamed(schema: pa.Schema, parts: Iterator[pa.RecordBatch]) -> pa.RecordBatchReader:
    """Return batches without pandas' numbering, dictionaries as the values they stand for, durations in seconds."""
    kept = [n for n, name in enumerate(schema.names) if not re.fullmatch(r"__index_level_\d+__", name)]
    types = [_plain(schema.types[n]) for n in kept]
    plain = pa.schema(list(zip([schema.names[n] for n in kept], types, strict=True)))

    def read() -> Iterator[pa.RecordBatch]:
        for batch in parts:
            columns = [_values(batch.column(n)).cast(t) for n, t in zip(kept, types, strict=True)]
            yield pa.RecordBatch.from_arrays(columns, schema=plain)

    return pa.RecordBatchReader.from_batches(plain, read())


def _plain(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return pa.float64() if pa.types.is_duration(kind) else kind


def _values(column: pa.Array) -> pa.Array:
    if not pa.types.is_duration(column.type):
        return column
    return pc.divide(column.cast(pa.int64()).cast(pa.float64(), safe=False), A_SECOND[column.type.unit])
