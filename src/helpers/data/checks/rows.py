"""The rows to be checked: a DataFrame, or a Parquet file of any length, of which only what is needed is read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from helpers.errors import BadInput

PIECE = 250_000  # rows at once
SMALL = 20_000_000  # cells of a file that is read whole, once


class Rows:
    """A table to be read by column or by piece; `names` and `count` are known without reading it.

    references  folder, or file, of the tables that checks refer to
    piece       rows of a large file that are read at once
    small       cells up to which a file is read whole
    """

    def __init__(
        self,
        table: pd.DataFrame | str | Path,
        references: Path | None = None,
        piece: int = PIECE,
        small: int = SMALL,
    ) -> None:
        if references is not None and not Path(references).exists():
            raise BadInput(f"validate.references: there is no folder or file {references}")
        self.references, self.piece = references, piece
        self._file: Any = None
        self._kept: tuple[tuple[str, ...], pd.DataFrame] | None = None
        if isinstance(table, pd.DataFrame):
            self._frame: pd.DataFrame | None = table
            self.names, self.count = [str(c) for c in table.columns], len(table)
            return
        self._open(Path(table))
        self._frame = None
        if self.count * len(self.names) <= small:
            self._frame = self.frame()

    def frame(self, columns: Sequence[str] = ()) -> pd.DataFrame:
        """Return these columns of every row; all when none is named."""
        if self._frame is not None:
            return self._frame[list(columns)] if columns else self._frame
        wanted = tuple(columns) or tuple(self.names)
        if self._kept is None or self._kept[0] != wanted:  # the next check is often about the same column
            self._kept = None
            self._kept = wanted, _pandas(self._file.read([*wanted, *self._index]))
        return self._kept[1]

    def pieces(self, columns: Sequence[str]) -> Iterator[pd.DataFrame]:
        """Return these columns piece by piece, in the order of the rows."""
        import pyarrow as pa

        if self._frame is not None:
            yield self._frame[list(columns)]
            return
        self._kept = None
        for batch in self._file.iter_batches(self.piece, columns=[*columns, *self._index]):
            yield _pandas(pa.Table.from_batches([batch]))

    def labels(self, positions: np.ndarray) -> pd.Index:
        """Return the labels of the rows at some positions (m,)."""
        if self._frame is not None:
            return self._frame.index[positions]
        if not self._index:
            return pd.Index(positions)
        column = self._file.read(self._index, use_pandas_metadata=False).column(0)
        return pd.Index(column.take(positions).to_pandas())

    def values(self, column: str, positions: np.ndarray) -> list[Any]:
        """Return the values of a column at some positions (m,)."""
        import pyarrow as pa

        if self._frame is not None:
            return list(self._frame[column].iloc[positions])
        values = self._file.read([column], use_pandas_metadata=False).column(0)
        return list(_pandas(pa.table({column: values.take(positions)}))[column])

    def _open(self, path: Path) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        if not path.is_file():
            raise BadInput(f"there is no table {path}")
        try:
            self._file = pq.ParquetFile(path)
        except pa.ArrowInvalid as error:
            raise BadInput(f"{path.name} cannot be read as Parquet: {str(error).splitlines()[0]}") from None
        schema = self._file.schema_arrow
        index = (schema.pandas_metadata or {}).get("index_columns", [])
        self._index = [name for name in index if isinstance(name, str)]
        self.names = [name for name in schema.names if name not in self._index]
        self.count = self._file.metadata.num_rows


def _pandas(table: Any) -> pd.DataFrame:
    return table.to_pandas(integer_object_nulls=True)
