"""Relational databases by URL: anything that has a SQLAlchemy dialect."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa

from helpers.data.sources.address import Address
from helpers.data.sources.records import ROWS, batches_of
from helpers.errors import BadInput, nearest

DRIVERS = {"mysql": "mysql+pymysql", "mariadb": "mysql+pymysql"}
READ_ONLY = {"sqlite": "PRAGMA query_only = ON"}
READ_ONLY |= dict.fromkeys(DRIVERS, "SET SESSION TRANSACTION READ ONLY")
COMMENT = r"--[^\n]*(?:\n|\Z)|/\*(?!M?!).*?\*/"  # what MySQL runs in /*! */ is none
SELECT = re.compile(rf"(?is)(?:\s|\(|{COMMENT})*(?:SELECT|WITH|VALUES|TABLE)\b")
INTO_A_FILE = re.compile(r"(?is)INTO\W.*(?:OUT|DUMP)FILE\b")  # MySQL does so in sessions that only read


def read(address: Address) -> pa.RecordBatchReader:
    """Return a table in order of its primary key, or the result of a query as it is written.

    The rows are fetched some at a time. A query cannot write where the database knows sessions that only read;
    these a procedure or a setting could end, so a query must be a SELECT.
    """
    if address.query and not SELECT.match(address.query):
        raise BadInput(f"{address.shown}: the query gives no table; it must be one SELECT")
    engine = _engine(address)
    if address.query and engine.dialect.name in DRIVERS and INTO_A_FILE.search(address.query):
        raise BadInput(f"{address.shown}: the query would write a file on the server; leave that out")
    with engine.connect() as connection:  # what is wrong shows here, and not in the midst of the rows
        statement = address.query or _table(connection, address.table or "")
    connection = engine.connect().execution_options(stream_results=True, max_row_buffer=ROWS)
    try:
        return batches_of(*_answer(connection, statement, address))
    except BaseException:
        connection.close()  # else the session and its locks would wait for the garbage collector
        raise


def _answer(connection: Any, statement: Any, address: Address) -> tuple[list[str], Iterator[Sequence[Any]]]:
    """Return the names of the columns and the rows of a query, in a session that only reads where it can."""
    import sqlalchemy as sa

    if connection.dialect.name in READ_ONLY:
        connection.exec_driver_sql(READ_ONLY[connection.dialect.name])
        with suppress(sa.exc.SQLAlchemyError):
            connection.commit()
    if isinstance(statement, str):  # no sign in it stands for a parameter
        result = connection.execution_options(no_parameters=True).exec_driver_sql(statement)
    else:
        result = connection.execute(statement)
    if not result.returns_rows:
        raise BadInput(f"{address.shown}: the query gives no table; it must be one SELECT")
    return list(result.keys()), _rows(connection, result)


def _engine(address: Address) -> Any:
    import sqlalchemy as sa

    scheme, _, rest = address.url.partition("://")
    file = rest.partition("?")[0].removeprefix("/")
    if scheme.partition("+")[0] == "sqlite" and not Path(file).is_file():  # else SQLite would make it
        raise BadInput(f"there is no SQLite file {file}")
    try:
        return sa.create_engine(f"{DRIVERS.get(scheme, scheme)}://{rest}", poolclass=sa.pool.NullPool)
    except sa.exc.NoSuchModuleError:
        raise BadInput(
            f"{scheme}:// is no known kind of source; install its SQLAlchemy dialect, or correct the URL"
        ) from None
    except ModuleNotFoundError as error:
        raise BadInput(
            f"{scheme}:// wants the package {error.name}; install it: pip install {error.name}"
        ) from None


def _table(connection: Any, table: str) -> Any:
    import sqlalchemy as sa

    inspector = sa.inspect(connection)

    def tables(schema: str | None) -> list[str]:
        return inspector.get_table_names(schema) + inspector.get_view_names(schema)

    schema, name, known = None, table, tables(None)
    if name not in known and "." in name:
        schema, _, name = name.rpartition(".")
        known = tables(schema) if schema in inspector.get_schema_names() else []
    if name not in known:
        raise BadInput(f"the database has no table {table!r}{nearest(name, known)}")
    reflected = sa.Table(name, sa.MetaData(), autoload_with=connection, schema=schema)
    for column in reflected.columns:
        if isinstance(column.type, sa.Float):
            column.type.asdecimal = False  # else a float of MySQL is cut to ten decimals
    return sa.select(reflected).order_by(*reflected.primary_key.columns)


def _rows(connection: Any, result: Any) -> Iterator[Sequence[Any]]:
    with connection:
        yield from result
