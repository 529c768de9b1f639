"""A table on its way through ingest: a temporary Parquet file, read batch by batch, whatever its length.

What changes a table row by row goes through `rewritten`; what needs all values of a column takes `table[name]`;
what works on files (DuckDB, say) takes `table.path` and comes back by `written`. Memory holds a batch or a column.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from helpers.data.parquet import batches, writer
from helpers.data.pieces import unified
from helpers.recipe.columns import with_columns

CELLS, MOST_ROWS = 4_000_000, 131_072  # of a batch
WHOLE = {pa.int64(): pd.Int64Dtype(), pa.uint64(): pd.UInt64Dtype(), pa.bool_(): pd.BooleanDtype()}
ROW, HIDDEN = (
    "row",
    "__index_level_0__",
)  # the place in the source, in the file; and where a column has that name


@dataclass(frozen=True)
class Table:
    """A table of named columns; its frames have an index `row`, the place in the source from 0.

    path      Parquet file with all columns of `inside` and one for the index
    columns   names in their order
    chosen    places (n,) in the file of the rows that are left; None for all
    given     columns that are no longer those of the file, as values (n,) in order of the rows
    """

    path: Path
    columns: list[str]
    length: int
    index: str = ROW
    chosen: np.ndarray | None = None
    given: Mapping[str, pd.Series] = field(default_factory=dict)
    _whole: list[pd.DataFrame] = field(init=False, default_factory=list, repr=False, compare=False)

    def __len__(self) -> int:
        return self.length if self.chosen is None else len(self.chosen)

    def __contains__(self, name: object) -> bool:
        return name in self.columns

    def __getitem__(self, name: str) -> pd.Series:
        """Return all values of one column."""
        return self.whole[name] if self.is_small else self._read([name])[name]

    @property
    def is_small(self) -> bool:
        """Whether the file is one batch, so that it may as well be in memory."""
        return self.length <= MOST_ROWS and self.length * len(self.columns) <= CELLS

    @property
    def whole(self) -> pd.DataFrame:
        """The frame of a small table, read once: of thousands of columns, each would else open the file."""
        if not self._whole:
            self._whole.append(self._read())
        return self._whole[0]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self), len(self.columns)

    def frame(self, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Return the whole table, or some columns of it, in memory."""
        if not self.is_small:
            return self._read(columns)
        return self.whole[self.columns if columns is None else list(columns)]

    def _read(self, columns: Sequence[str] | None = None) -> pd.DataFrame:
        frames = list(self.batches(columns))
        return frames[0] if len(frames) == 1 else pd.concat(frames)

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[pd.DataFrame]:
        """Return the rows batch by batch, all columns by default; one empty batch where no row is left."""
        wanted = self.columns if columns is None else list(columns)
        for batch, done in self._pieces(wanted):
            frame = frame_of(batch).set_index(self.index).rename_axis(index=ROW)
            own = {n: self.given[n].iloc[done : done + len(frame)] for n in wanted if n in self.given}
            if own:
                frame = with_columns(frame, {n: part.set_axis(frame.index) for n, part in own.items()})
            yield frame[wanted]

    def _pieces(self, wanted: Sequence[str]) -> Iterator[tuple[pa.RecordBatch, int]]:
        """Return what the file has of the wanted columns and the rows that are left, and how many rows came before."""
        inside = [name for name in wanted if name not in self.given]
        size = min(MOST_ROWS, max(1, CELLS // max(len(inside), 1)))
        start = done = 0
        for batch in batches(self.path, size, [*inside, self.index]):
            length = batch.num_rows
            if self.chosen is not None:
                low, high = np.searchsorted(self.chosen, [start, start + length])
                if high - low < length:
                    batch = batch.take(pa.array(self.chosen[low:high] - start))
            start += length
            if batch.num_rows or (start == self.length and not done):
                yield batch, done
            done += batch.num_rows

    def type_of(self, name: str) -> pa.DataType:
        """Return how the file stores a column."""
        return pq.read_schema(self.path).field(name).type

    def distinct(self, name: str) -> pa.Array:
        """Return the different values of a column of the file, missing ones left out."""
        found, start = pa.nulls(0, self.type_of(name)), 0
        waiting: list[pa.Array] = []
        for batch in batches(self.path, MOST_ROWS, [name]):
            column = batch.column(batch.schema.get_field_index(name))
            if self.chosen is not None:
                low, high = np.searchsorted(self.chosen, [start, start + len(column)])
                column = column.take(pa.array(self.chosen[low:high] - start))
            start += batch.num_rows
            waiting.append(pc.unique(column))
            if sum(map(len, waiting)) > max(len(found), CELLS):
                found, waiting = pc.unique(pa.chunked_array([found, *waiting])), []
        return pc.drop_null(pc.unique(pa.chunked_array([found, *waiting])))

    def without(self, names: Sequence[str]) -> Table:
        """Return the table without some columns; itself where it has none of them."""
        if not set(names) & set(self.columns):
            return self
        given = {n: v for n, v in self.given.items() if n not in names}
        return replace(self, columns=[c for c in self.columns if c not in names], given=given)

    def where(self, mask: np.ndarray) -> Table:
        """Return the rows for which a mask (n,) holds."""
        places = np.flatnonzero(mask) if self.chosen is None else self.chosen[mask]
        return replace(self, chosen=places, given={n: v[mask] for n, v in self.given.items()})

    def sample(self, count: int, seed: int = 0) -> Table:
        """Return so many rows, drawn at random and in their order; all where there are fewer."""
        if count >= len(self):
            return self
        mask = np.zeros(len(self), bool)
        mask[np.random.default_rng(seed).choice(len(self), count, replace=False)] = True
        return self.where(mask)

    def with_column(self, name: str, values: pd.Series) -> Table:
        """Return the table with values (n,) as a column, a new one at the end or in place of one."""
        columns = self.columns if name in self.columns else [*self.columns, name]
        return replace(self, columns=columns, given={**self.given, name: values})

    def rewritten(
        self, change: Callable[[pd.DataFrame], pd.DataFrame], types: Mapping[str, pa.DataType] | None = None
    ) -> Table:
        """Return the table after a change of each batch, in a new file; rows may go, columns come and go.

        types are those of all columns that the change returns, where they are known.
        """
        frames = (change(frame) for frame in self.batches())
        if types is None:
            made = unified(_batch(frame, self.index) for frame in frames)
        else:
            schema = pa.schema([*types.items(), (self.index, pa.int64())])
            made = pa.RecordBatchReader.from_batches(schema, (_batch(f, self.index, schema) for f in frames))
        return written(made, self.path.parent, self.index)

    def reader(self) -> pa.RecordBatchReader:
        """Return the rows as record batches that pandas reads back with their index and kinds of columns."""
        schema = self._schema()
        made = (self._record(batch, done, schema) for batch, done in self._pieces(self.columns))
        return pa.RecordBatchReader.from_batches(schema, made)

    def _record(self, batch: pa.RecordBatch, done: int, schema: pa.Schema) -> pa.RecordBatch:
        """Return a piece of the file with the columns that are no longer its own, in the order of the schema."""
        columns = []
        for name, kind in zip([*self.columns, self.index], schema.types, strict=True):
            if name in self.given:
                values = self.given[name].iloc[done : done + batch.num_rows]
                columns.append(pa.array(values, kind, from_pandas=True))
            else:
                columns.append(batch.column(batch.schema.get_field_index(name)).cast(kind))
        return pa.RecordBatch.from_arrays(columns, schema=schema)

    def _schema(self) -> pa.Schema:
        """Return the schema of the rows with what pandas wants to know, told from one made-up row."""
        with pq.ParquetFile(self.path) as file:
            inside, full = file.schema_arrow, _without_gaps(file.metadata)
        inner = [name for name in self.columns if name not in self.given]
        row = pa.table({name: _example(inside.field(name).type, name in full) for name in inner})
        example = frame_of(row).reindex(pd.Index([0], name=ROW))
        outer = {name: self.given[name].iloc[:1].set_axis(example.index) for name in self.given}
        return pa.Schema.from_pandas(with_columns(example, outer)[self.columns], preserve_index=True)


def written(reader: pa.RecordBatchReader, folder: Path, index: str | None = None) -> Table:
    """Return record reader as a table in a new file of a folder.

    index names the column that holds the place in the source; without one the rows are numbered from 0.
    """
    names = [n for n in reader.schema.names if n != index]
    own = index or (HIDDEN if ROW in names else ROW)
    schema = reader.schema if index else reader.schema.append(pa.field(own, pa.int64()))
    path, count = folder / f"{uuid.uuid4().hex}.parquet", 0
    try:
        with writer(path, schema.remove_metadata(), "lz4") as file:
            for table in row_groups(reader):
                if index is None:
                    places = pa.array(np.arange(count, count + table.num_rows))
                    table = table.append_column(own, places)
                file.write_table(table.replace_schema_metadata(None), row_group_size=MOST_ROWS)
                count += table.num_rows
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return Table(path, names, count, own)


def of_pieces(made: Iterator[pa.Table], folder: Path, index: str | None = None) -> Table:
    """Return Arrow tables of one schema, at least one, as a table in a new file of a folder; index as in `written`."""
    first = next(made)
    batches = (b for piece in itertools.chain([first], made) for b in piece.combine_chunks().to_batches())
    return written(pa.RecordBatchReader.from_batches(first.schema, batches), folder, index)


def of_frame(frame: pd.DataFrame, folder: Path) -> Table:
    """Return a frame as a table in a new file of a folder; its index stays the place in the source."""
    return written(unified([_batch(frame, HIDDEN)]), folder, HIDDEN)


def frame_of(batch: pa.RecordBatch | pa.Table) -> pd.DataFrame:
    """Return Arrow columns as pandas; whole numbers stay whole and booleans boolean where some are missing."""
    names = batch.schema.names
    numbered = batch.rename_columns([str(n) for n in range(len(names))])
    gappy = [str(n) for n, column in enumerate(batch.columns) if column.null_count and column.type in WHOLE]
    frame = numbered.drop_columns(gappy).to_pandas(ignore_metadata=True)
    if gappy:
        whole = numbered.select(gappy).to_pandas(types_mapper=WHOLE.get, ignore_metadata=True)
        frame = pd.concat([frame, whole], axis=1)[numbered.schema.names]
    for n, column in enumerate(batch.columns):
        if pa.types.is_nested(column.type):  # else whole numbers in it would be floats where some are missing
            frame[str(n)] = pd.Series(column.to_pylist(), dtype=object)
    return frame.set_axis(pd.Index(names, dtype=object), axis=1)


def _batch(frame: pd.DataFrame, index: str, schema: pa.Schema | None = None) -> pa.RecordBatch:
    columns = {
        str(name): pa.array(frame[name], schema.field(name).type if schema else None, from_pandas=True)
        for name in frame.columns
    }
    return pa.RecordBatch.from_pydict({**columns, index: pa.array(frame.index.to_numpy(np.int64))}, schema)


def row_groups(reader: pa.RecordBatchReader) -> Iterator[pa.Table]:
    """Return the batches joined to row groups that compress and read well."""
    waiting: list[pa.RecordBatch] = []
    count, most = 0, min(MOST_ROWS, max(1, CELLS // max(len(reader.schema), 1)))
    for batch in reader:
        waiting.append(batch)
        count += batch.num_rows
        if count >= most:
            yield pa.Table.from_batches(waiting)
            waiting, count = [], 0
    if waiting:
        yield pa.Table.from_batches(waiting)


def _without_gaps(metadata: pq.FileMetaData) -> set[str]:
    """Return the columns of a Parquet file in which no value is missing."""
    groups = [metadata.row_group(g) for g in range(metadata.num_row_groups)]
    return {
        metadata.schema.column(c).path
        for c in range(metadata.num_columns)
        if all(g.column(c).statistics and g.column(c).statistics.null_count == 0 for g in groups)
    }


def _example(kind: pa.DataType, full: bool) -> pa.Array:
    if full and (pa.types.is_integer(kind) or pa.types.is_boolean(kind)):
        return pa.array([0]).cast(kind)
    return pa.array([""]) if pa.types.is_string(kind) else pa.nulls(1, kind)
