"""Spark tables and SQL: a session of this machine, a cluster, or Spark Connect.

spark://local?table=sales             a session in this process; also SQL over files, such as parquet.`/data/sales`
spark://host:7077?table=shop.sales    the cluster with that master
sc://host:15002?table=sales           Spark Connect
"""

from __future__ import annotations

import itertools
import logging
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa

from helpers.data.pieces import as_text
from helpers.data.sources.address import Address
from helpers.errors import BadInput, MissingExtra, nearest

ROWS = 20_000  # of a batch
SECONDS = 10  # until a server that does not answer is given up


def read(address: Address) -> pa.RecordBatchReader:
    """Return a table or the result of a query, one partition at a time; nested values as JSON, moments in UTC."""
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise MissingExtra(str(error.name or "pyspark"), "spark") from None
    logging.getLogger("SQLQueryContextLogger").setLevel(
        logging.CRITICAL + 1
    )  # what it tells, the line below tells
    session = _session(SparkSession, address)
    try:
        frame = _utc(
            session.table(_name(session, address.table)) if address.table else session.sql(address.query)
        )
        schema = _arrow(frame.schema)
    except Exception as error:
        raise BadInput(f"{address.shown}: {_told(error)}") from None
    return pa.RecordBatchReader.from_batches(schema, _batches(frame, schema))


def _session(builder: Any, address: Address) -> Any:
    place = address.url.partition("://")[2].strip("/")
    make = builder.builder.appName("workbench").config("spark.sql.session.timeZone", "UTC")
    if address.scheme == "sc":
        _refuse_silent(address)
        make = make.remote(address.url)
    elif place == "local":
        for option in ("spark.driver.host", "spark.driver.bindAddress"):
            make = make.config(option, "127.0.0.1")
        make = make.master("local[*]").config("spark.ui.enabled", "false").config("spark.log.level", "OFF")
    else:
        make = make.master(f"spark://{place}")
    try:
        return make.getOrCreate()
    except Exception as error:
        if "JAVA_GATEWAY" in str(error) or isinstance(error, FileNotFoundError):
            raise BadInput(
                f"{address.shown}: Spark wants Java 17 or later; install it, or set JAVA_HOME to where it is"
            ) from None
        raise BadInput(f"{address.shown}: {_told(error)}") from None


def _refuse_silent(address: Address) -> None:
    """Refuse a server that does not answer: Spark itself would try for many minutes."""
    server = urlsplit(address.url)
    try:
        socket.create_connection((server.hostname or "", server.port or 15002), SECONDS).close()
    except (OSError, ValueError) as error:
        raise BadInput(f"{address.shown}: no Spark Connect server answers there: {error}") from None


def _name(session: Any, table: str) -> str:
    if not session.catalog.tableExists(table):
        known = [t.name for t in session.catalog.listTables()]
        raise BadInput(f"Spark has no table {table!r}{nearest(table, known)}")
    return table


def _utc(frame: Any) -> Any:
    """Return the frame with moments as clock times in UTC: Python would turn them into those of this machine."""
    from pyspark.sql import functions as f
    from pyspark.sql import types as t

    zoned = {c.name for c in frame.schema.fields if isinstance(c.dataType, t.TimestampType)}
    if not zoned or len(set(frame.columns)) < len(frame.columns):
        return frame
    quoted = {name: f.col(f"`{name.replace('`', '``')}`") for name in frame.columns}
    return frame.select([c.cast("timestamp_ntz").alias(n) if n in zoned else c for n, c in quoted.items()])


def _arrow(schema: Any) -> pa.Schema:
    from pyspark.sql.pandas.types import to_arrow_type

    fields = []
    for column in schema.fields:
        nested = column.dataType.typeName() in ("struct", "array", "map", "variant", "interval")
        fields.append((column.name, pa.string() if nested else to_arrow_type(column.dataType)))
    return pa.schema(fields)


def _batches(frame: Any, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    rows = iter(frame.toLocalIterator(prefetchPartitions=True))
    while some := list(itertools.islice(rows, ROWS)):
        columns = zip(*some, strict=True)
        arrays = [_array(list(values), kind) for values, kind in zip(columns, schema.types, strict=True)]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _array(values: list[Any], kind: pa.DataType) -> pa.Array:
    if pa.types.is_string(kind):
        return pa.array([as_text(_plain(v)) for v in values], kind)
    return pa.array(values, kind)


def _plain(value: Any) -> Any:
    """Return rows of rows as dictionaries of dictionaries."""
    if hasattr(value, "asDict"):
        return value.asDict(recursive=True)
    if isinstance(value, list):
        return [_plain(v) for v in value]
    return {str(k): _plain(v) for k, v in value.items()} if isinstance(value, dict) else value


def _told(error: Exception) -> str:
    """Return the first line of what Spark says, without the class that it names."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]
