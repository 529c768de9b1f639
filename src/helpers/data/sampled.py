"""Some rows of a Parquet file, with what is missing in all of them: one pass in bounded memory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from helpers.errors import within

BATCH = 65_536


@dataclass(frozen=True)
class Sample:
    """Rows of a table in their order, the number of all its rows, and the share missing in these by column."""

    rows: pd.DataFrame
    total: int
    missing: pd.Series

    @property
    def is_part(self) -> bool:
        """Whether the table has more rows than these."""
        return len(self.rows) < self.total


def sampled(path: Path, most_rows: int, seed: int = 0) -> Sample:
    """Return at most so many rows of the Parquet file at a path, the same ones for the same seed."""
    within("the number of rows to look at (most_rows, page_rows)", most_rows, 1)
    with pq.ParquetFile(path) as file:
        total = file.metadata.num_rows
        wanted = np.arange(total)
        if total > most_rows:
            wanted = np.sort(np.random.default_rng(seed).choice(total, most_rows, replace=False))
        gone, parts, start = np.zeros(len(file.schema_arrow.names)), [], 0
        for batch in file.iter_batches(BATCH):
            gone += [_missing(column) for column in batch.columns]
            places = wanted[slice(*np.searchsorted(wanted, [start, start + len(batch)]))]
            parts.append(batch.take(pa.array(places - start)) if len(places) < len(batch) else batch)
            start += len(batch)
        rows = pa.Table.from_batches(parts, file.schema_arrow).to_pandas(integer_object_nulls=True)
        by_name = pd.Series(gone / max(total, 1), file.schema_arrow.names)
    return Sample(rows, total, by_name[list(rows.columns)])


def _missing(column: pa.Array) -> int:
    nan = pc.sum(pc.is_nan(column)).as_py() if pa.types.is_floating(column.type) else 0
    return column.null_count + (nan or 0)
