"""A table of the store, read and changed batch by batch: memory holds a batch, whatever the table's length."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from helpers.errors import within

CELLS, MOST_ROWS = 4_000_000, 131_072  # of a batch


@dataclass(frozen=True)
class Rows:
    """The table in a Parquet file as `here.path(name)` gives it; its frames keep the index `row`."""

    path: Path

    def __len__(self) -> int:
        return pq.read_metadata(self.path).num_rows

    @property
    def columns(self) -> list[str]:
        """The names of the columns, without the index."""
        return [str(name) for name in self.empty().columns]

    def empty(self) -> pd.DataFrame:
        """Return the table without its rows: names and types alone."""
        return pq.read_schema(self.path).empty_table().to_pandas(integer_object_nulls=True)

    def frame(self, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Return all rows, all columns by default, in memory."""
        return pd.concat(list(self.batches(columns)))

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[pd.DataFrame]:
        """Return the rows in order, batch by batch; one empty batch where there is none."""
        wanted = None if columns is None else [*columns, *self._index()]
        with pq.ParquetFile(self.path) as file:
            width = len(file.schema_arrow) if wanted is None else len(wanted)
            size = min(MOST_ROWS, max(1, CELLS // max(width, 1)))
            if not file.metadata.num_rows:
                yield self.empty() if columns is None else self.empty()[list(columns)]
            for batch in file.iter_batches(size, columns=wanted):
                frame = pa.Table.from_batches([batch]).to_pandas(integer_object_nulls=True)
                yield frame if columns is None else frame[list(columns)]

    def parts(self, places: np.ndarray) -> Iterator[pd.DataFrame]:
        """Return the rows at ascending places (n,), batch by batch; one empty batch where there is none."""
        start, found = 0, False
        for frame in self.batches():
            low, high = np.searchsorted(places, [start, start + len(frame)])
            here, start = places[low:high] - start, start + len(frame)
            if len(here) or (start >= len(self) and not found):
                found = True
                yield frame if len(here) == len(frame) else frame.iloc[here]

    def sample(self, most: int, among: np.ndarray | None = None, seed: int = 0) -> pd.DataFrame:
        """Return so many rows, drawn at random (from ascending places, if given) and in their order; all if fewer."""
        within("the number of rows to look at (look_at_most, learn_from_at_most)", most, 1)
        places = np.arange(len(self)) if among is None else among
        if len(places) > most:
            places = np.sort(np.random.default_rng(seed).choice(places, most, replace=False))
        return pd.concat(list(self.parts(places)))

    def changed(
        self, change: Callable[[pd.DataFrame], pd.DataFrame], places: np.ndarray | None = None
    ) -> pa.RecordBatchReader:
        """Return the rows (at ascending places, if given) after a change of each batch, for `here.write`."""
        schema = _schema(change(self.empty()))
        frames = self.batches() if places is None else self.parts(places)
        made = (pa.RecordBatch.from_pandas(change(f), schema, preserve_index=True) for f in frames)
        return pa.RecordBatchReader.from_batches(schema, made)

    def _index(self) -> list[str]:
        metadata = pq.read_schema(self.path).pandas_metadata or {}
        return [name for name in metadata.get("index_columns", []) if isinstance(name, str)]


def _schema(empty: pd.DataFrame) -> pa.Schema:
    """Return the schema of frames like this one, objects being text, told from one made-up row."""
    of = {kind: _example(kind) for kind in set(empty.dtypes)}
    row = {name: of[kind] for name, kind in empty.dtypes.items()}
    example = pd.DataFrame(row, index=pd.Index([0], name=empty.index.name))
    return pa.Schema.from_pandas(example, preserve_index=True)


def _example(kind: Any) -> pd.Series:
    if pd.api.types.is_object_dtype(kind):
        return pd.Series([""], dtype=object)
    return pd.Series([0]).astype(kind)
