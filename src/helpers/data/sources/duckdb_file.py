"""DuckDB files, opened read-only and read batch by batch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from helpers.data.sources.address import Address
from helpers.errors import BadInput, nearest

ROWS = 100_000  # fetched at once


def read(address: Address) -> pa.RecordBatchReader:
    """Return a table or the result of one query; sums of whole numbers stay whole."""
    import duckdb

    path = address.url.removeprefix("duckdb:///")
    if not Path(path).is_file():
        raise BadInput(f"there is no DuckDB file {path}")
    with open(path, "rb") as file:
        if file.read(12)[8:] != b"DUCK":
            raise BadInput(f"{path} is no DuckDB file; other files are named by their path alone")
    connection = duckdb.connect(path, read_only=True)
    query = address.query or _whole(connection, address.table or "")
    statements = connection.extract_statements(query)
    if len(statements) != 1:
        raise BadInput(f"{address.shown}: the query holds several statements; it must be one SELECT")
    if statements[0].type in (duckdb.StatementType.COPY, duckdb.StatementType.EXPORT):
        raise BadInput(f"{address.shown}: the query writes files; it must be one SELECT")
    relation = connection.sql(query)
    if relation is None:
        raise BadInput(f"{address.shown}: the query gives no table; it must be one SELECT")
    wide = [
        c for c, t in zip(relation.columns, relation.types, strict=True) if str(t) in ("HUGEINT", "UHUGEINT")
    ]
    if wide and len(set(relation.columns)) == len(relation.columns):
        chosen = ", ".join(
            f"{_quoted(c)}::DECIMAL(38, 0) AS {_quoted(c)}" if c in wide else _quoted(c)
            for c in relation.columns
        )
        relation = relation.project(chosen)
    reader = relation.to_arrow_reader(ROWS)

    def batches() -> Iterator[pa.RecordBatch]:
        with connection:
            yield from reader

    return pa.RecordBatchReader.from_batches(reader.schema, batches())


def _whole(connection: Any, table: str) -> str:
    known = [
        row[0] for row in connection.execute("SELECT table_name FROM information_schema.tables").fetchall()
    ]
    schema, _, name = table.rpartition(".") if table not in known else ("", "", table)
    if name not in known:
        raise BadInput(f"the database has no table {table!r}{nearest(name, known)}")
    return f"SELECT * FROM {_quoted(schema) + '.' if schema else ''}{_quoted(name)}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
