"""PostgreSQL by COPY, the way that its own tools take rows out: fast, and every value exact."""

from __future__ import annotations

import io
import selectors
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from typing import Any

import pyarrow as pa
from pyarrow import csv as arrow_csv

from helpers.data.sources.address import Address
from helpers.errors import BadInput, nearest

SETTINGS = """
    SET default_transaction_read_only = on; SET client_encoding = 'UTF8'; SET datestyle = 'ISO, YMD';
    SET extra_float_digits = 1; SET bytea_output = 'hex'
"""
TYPES = {16: pa.bool_(), 20: pa.int64(), 21: pa.int64(), 23: pa.int64(), 26: pa.int64(), 700: pa.float64()}
TYPES |= {701: pa.float64(), 1082: pa.date32(), 1114: pa.timestamp("us"), 1184: pa.timestamp("us")}
NUMERIC, BYTES, ZONED = 1700, 17, 1184
CHUNK = 1 << 22
TABLES = """
    SELECT n.nspname, c.relname, pg_table_is_visible(c.oid), i.indrelid IS NOT NULL, (
        SELECT array_agg(a.attname ORDER BY k.place) FROM unnest(i.indkey) WITH ORDINALITY k(number, place)
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number
    ) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
    WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f')
"""


def read(address: Address) -> pa.RecordBatchReader:
    """Return a table in order of its primary key, or the result of a query.

    Numbers, dates, moments (in UTC), booleans and bytes keep their kinds; numeric without a precision, and what
    Arrow has no kind for, comes as text, arrays as JSON. The transaction can only read.
    """
    import psycopg

    url = f"postgresql://{address.url.partition('://')[2]}"
    connection = psycopg.connect(url, autocommit=True)  # else the settings would end with their transaction
    try:
        connection.execute(SETTINGS)
        query = address.query or _whole(connection, address.table or "")
        columns = _described(connection, query)
    except BaseException:
        connection.close()
        raise
    names = [column.name for column in columns]
    types = [_type(column) for column in columns]
    inner = ", ".join(f"c{n}" for n in range(len(names)))
    chosen = ", ".join(_expression(f"c{n}", column) for n, column in enumerate(columns))
    copy = f"COPY (SELECT {chosen} FROM ({query}\n) AS q({inner})) TO STDOUT (FORMAT csv)"
    schema = pa.schema(list(zip(names, map(_kept_as, columns, types), strict=True)))
    return pa.RecordBatchReader.from_batches(schema, _batches(connection, copy, types, schema))


def _whole(connection: Any, table: str) -> str:
    found = connection.execute(TABLES).fetchall()
    known = {name: (schema, key) for schema, name, visible, _, key in found if visible}
    known |= {
        f"{schema}.{name}": (schema, key)
        for schema, name, _, _, key in found
        if f"{schema}.{name}" not in known
    }
    if table not in known:
        of_people = [
            n for n, (schema, _) in known.items() if schema not in ("pg_catalog", "information_schema")
        ]
        raise BadInput(f"the database has no table {table!r}{nearest(table, of_people)}")
    schema, key = known[table]
    name = table if table in {n for s, n, v, _, _ in found if v} else table.removeprefix(f"{schema}.")
    order = f" ORDER BY {', '.join(map(_quoted, key))}" if key else ""
    return f"SELECT * FROM {_quoted(schema)}.{_quoted(name)}{order}"


def _described(connection: Any, query: str) -> Sequence[Any]:
    """Return name, type and precision of the columns of a query, which must be one SELECT: no more is prepared."""
    return connection.execute(f"SELECT * FROM ({query}\n) AS q LIMIT 0", prepare=True).description


def _type(column: Any) -> pa.DataType:
    if (
        column.type_code == NUMERIC
        and column.precision
        and 0 <= (column.scale or 0) <= column.precision <= 38
    ):
        return pa.decimal128(column.precision, column.scale or 0)
    return TYPES.get(column.type_code, pa.string())


def _kept_as(column: Any, parsed: pa.DataType) -> pa.DataType:
    return {ZONED: pa.timestamp("us", tz="UTC"), BYTES: pa.binary()}.get(column.type_code, parsed)


def _expression(name: str, column: Any) -> str:
    if column.type_code == ZONED:
        return f"{name} AT TIME ZONE 'UTC'"
    return f"to_json({name})" if column.type_display.endswith("[]") else name


def _batches(
    connection: Any, copy: str, types: Sequence[pa.DataType], schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    """Return the rows; one chunk comes in while one is parsed and one written by whoever reads."""
    options = arrow_csv.ConvertOptions(
        column_types={f"f{n}": t for n, t in enumerate(types)},
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
        true_values=["t"],
        false_values=["f"],
    )
    with closing(connection), ThreadPoolExecutor(2) as pool:
        try:
            chunks = _chunks(connection.pgconn, copy)
            coming, made = pool.submit(next, chunks, None), None
            while (chunk := coming.result()) is not None:
                coming = pool.submit(next, chunks, None)
                before, made = made, pool.submit(_parsed, chunk, options, schema)
                yield from before.result() if before else ()
            yield from made.result() if made else ()
        except BaseException:
            with suppress(Exception):  # what went wrong is told, not that the server is gone as well
                connection.cancel_safe()  # else the chunk that is coming would be waited for
            raise


def _chunks(link: Any, copy: str) -> Iterator[bytes]:
    """Return the bytes of whole rows, some megabytes at a time.

    They come from libpq itself: psycopg's own loop takes twice the processor time a row.
    """
    with selectors.DefaultSelector() as selector:
        selector.register(link.socket, selectors.EVENT_READ)
        link.nonblocking = 0  # else a long query would be sent in part
        link.send_query(copy.encode())
        while link.is_busy():
            selector.select()
            link.consume_input()
        _must_be_well(link.get_result())
        buffer = io.BytesIO()
        while (got := link.get_copy_data(1))[0] >= 0:
            if got[0]:
                buffer.write(got[1])
                continue
            if buffer.tell() >= CHUNK:
                yield buffer.getvalue()
                buffer = io.BytesIO()
            selector.select()
            link.consume_input()
        while result := link.get_result():
            _must_be_well(result)
    if buffer.tell():
        yield buffer.getvalue()


def _must_be_well(result: Any) -> None:
    """Raise what the server says when it did not do what it was asked to."""
    import psycopg

    if result.status == psycopg.pq.ExecStatus.FATAL_ERROR:
        raise psycopg.errors.error_from_result(result)


def _parsed(chunk: bytes, options: arrow_csv.ConvertOptions, schema: pa.Schema) -> list[pa.RecordBatch]:
    table = arrow_csv.read_csv(
        io.BytesIO(chunk),
        arrow_csv.ReadOptions(autogenerate_column_names=True, block_size=len(chunk) + 1, use_threads=False),
        arrow_csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
        options,
    )
    columns = [
        pa.array(map(_bytes, column.to_pylist()), kind) if pa.types.is_binary(kind) else column.cast(kind)
        for column, kind in zip(table.columns, schema.types, strict=True)
    ]
    return pa.Table.from_arrays(columns, schema=schema).to_batches()


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else bytes.fromhex(text.removeprefix("\\x"))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
