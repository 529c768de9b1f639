"""A table one column at a time, as a DuckDB view: DataFrames, Arrow tables and Parquet files look alike from here.

Only one column is converted at a time, and of a Parquet file only one is read, so a wide table costs no more
memory than a narrow one. A small file is read once as a whole, since whoever opens a file reads what it says of all
columns. Columns are found by position: DuckDB takes "a" and "A" for the same name.
"""

from __future__ import annotations

import contextlib
import glob
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from helpers.errors import BadInput

HELD = 256_000_000  # bytes, without compression

_KINDS = {
    "integer": tuple(
        u + n for u in ("", "U") for n in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
    ),
    "float": ("FLOAT", "DOUBLE", "DECIMAL"),
    "boolean": ("BOOLEAN",),
    "date": (
        "DATE",
        "TIMESTAMP",
        *(f"TIMESTAMP{s}" for s in ("_S", "_MS", "_NS", " WITH TIME ZONE", "TZ", "TZ_NS")),
    ),
    "text": ("VARCHAR", "BLOB", "UUID", "TIME", "TIME_NS", "INTERVAL", "ENUM", '"NULL"', "BIT"),
}
_AS = {
    "integer": "v",
    "float": "CASE WHEN isnan(v::DOUBLE) THEN NULL WHEN v = 0 THEN 0.0::DOUBLE ELSE v::DOUBLE END",
    "boolean": "v",
    "date": "make_timestamp(epoch_us(v))",  # a time zone is turned into UTC, without DuckDB's calendar extension
    "text": "v::VARCHAR",
    "structured": "v::VARCHAR",
}


@dataclass(frozen=True)
class Scan:
    """A table to be read by column: its column names, its number of rows, and where the values are."""

    names: list[str]
    rows: int
    table: pd.DataFrame | pa.Table | None
    source: str  # what DuckDB reads from when there is no table
    inside: list[str]  # the names that DuckDB gives to the columns of the file

    def column(self, position: int) -> pa.ChunkedArray:
        """Return a column of a table that is held; what Arrow has no type for as text."""
        assert self.table is not None
        return pa.table({"v": _arrow(self.table, position)}).column("v")

    def show(self, connection: duckdb.DuckDBPyConnection, position: int) -> str:
        """Make the view `one` with the column at a position as `v`; return how its values are stored.

        That is integer, float, boolean, date, text or structured. NaN becomes missing, -0 the same as 0, floats of any
        width and decimals doubles, moments timestamps in UTC, and all that is not a number, boolean or moment text.
        """
        if self.table is None:
            raw = f"SELECT {quoted(self.inside[position])} v FROM {self.source}"
        else:
            connection.register("arrow_column", pa.table({"v": self.column(position)}))
            raw = "SELECT v FROM arrow_column"
        [(found,)] = connection.execute(f"SELECT column_type FROM (DESCRIBE {raw})").fetchall()
        kind = _stored(found)
        if found == "TIMESTAMPTZ_NS":  # which DuckDB stores but can't compute with
            raw = f"SELECT v::TIMESTAMPTZ v FROM ({raw})"
        connection.execute(f"CREATE OR REPLACE TEMP VIEW one AS SELECT {_AS[kind]} v FROM ({raw})")
        return kind


def connect(memory: str, folder: str) -> duckdb.DuckDBPyConnection:
    """Return a DuckDB of its own with one thread, so that sums and samples are the same on every run.

    memory is its limit, as "400MB"; what is beyond goes to the folder.
    """
    connection = duckdb.connect()
    connection.execute("SET threads = 1")
    with contextlib.suppress(duckdb.InvalidInputException):  # Jupyter without ipywidgets has no bar to set
        connection.execute("SET enable_progress_bar = false")
    connection.execute("SET memory_limit = ?", [memory])
    connection.execute("SET temp_directory = ?", [folder])
    return connection


def sample(connection: duckdb.DuckDBPyConnection, size: int, seed: int) -> np.ndarray:
    """Return at most `size` present values (m,) of the column shown, the same ones for the same seed."""
    present = "SELECT v FROM one WHERE v IS NOT NULL"
    drawn = f"SELECT v FROM ({present}) USING SAMPLE reservoir({size} ROWS) REPEATABLE ({seed})"
    return np.ma.getdata(connection.execute(drawn).fetchnumpy()["v"])


def scan(table: pd.DataFrame | pa.Table | str | Path, few: int = 100_000) -> Scan:
    """Return a table, or the Parquet file at a path, ready to be read by column; one of few rows is held."""
    if isinstance(table, pd.DataFrame):
        return Scan([str(c) for c in table.columns], len(table), table, "", [])
    if isinstance(table, pa.Table):
        return Scan(table.column_names, table.num_rows, table, "", [])
    path = Path(table)
    if not path.is_file():
        raise BadInput(f"there is no Parquet file {str(path)!r}")
    return _parquet(path, few)


def quoted(name: str) -> str:
    """Return a name as an SQL identifier, whatever characters it has.

    >>> print(quoted('a "b" c'))
    "a ""b"" c"
    """
    return '"' + name.replace('"', '""') + '"'


def _parquet(path: Path, few: int) -> Scan:
    import pyarrow.parquet as pq

    try:
        about, schema = pq.read_metadata(path), pq.read_schema(path)
    except pa.ArrowInvalid as error:
        raise BadInput(f"{str(path)!r} cannot be read as Parquet: {error}") from None
    names, index = schema.names, (schema.pandas_metadata or {}).get("index_columns", [])
    kept = [i for i, name in enumerate(names) if name not in index]
    size = sum(about.row_group(n).total_byte_size for n in range(about.num_row_groups))
    if about.num_rows <= few and size <= HELD:
        return scan(pq.read_table(path).select(kept))
    source = "read_parquet('" + glob.escape(str(path)).replace("'", "''") + "')"
    with duckdb.connect() as connection:
        inside = [row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()]
    return Scan([names[i] for i in kept], about.num_rows, None, source, [inside[i] for i in kept])


def _stored(column_type: str) -> str:
    if column_type.endswith("]"):
        return "structured"
    bare = column_type.partition("(")[0]
    return next((kind for kind, types in _KINDS.items() if bare in types), "structured")


def _arrow(table: pd.DataFrame | pa.Table, position: int) -> pa.Array | pa.ChunkedArray:
    if isinstance(table, pa.Table):
        values = table.column(position)
    else:
        series = table.iloc[:, position]
        try:
            values = pa.array(series, from_pandas=True)
        except (pa.ArrowException, TypeError, ValueError, OverflowError):  # values of several types
            values = pa.array(
                [None if pd.api.types.is_scalar(x) and pd.isna(x) else str(x) for x in series], pa.string()
            )
    if pa.types.is_float16(values.type):
        return values.cast(pa.float64())
    return values.cast(pa.string()) if isinstance(values.type, pa.BaseExtensionType) else values
