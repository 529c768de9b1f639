"""Parquet row group by row group: read at once, Arrow keeps the file's pages in memory until its end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

DICTIONARY = 1 << 17  # bytes after which a column of many values goes without one: half the time, fewer bytes


def batches(path: Path, size: int, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
    """Return record batches of at most so many rows, in memory that the length of the file does not change."""
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            yield from file.iter_batches(size, row_groups=[group], columns=columns)


def writer(path: Path, schema: pa.Schema, compression: str) -> pq.ParquetWriter:
    """Return a writer of row groups."""
    return pq.ParquetWriter(path, schema, compression=compression, dictionary_pagesize_limit=DICTIONARY)
