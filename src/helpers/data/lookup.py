"""The SQL of a join: how another table is kept in DuckDB, and how the rows of ours find theirs in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from helpers.data.beside import Added, Beside

INTEGER = r"[+-]?(?:0|[1-9]\d{0,18})"
FLOAT = r"[+-]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"
# How text of ours is read as the kind that theirs has; what cannot be read is NULL and finds no row.
READ = {
    "integer": f"CASE WHEN regexp_full_match(trim($), '{INTEGER}') THEN TRY_CAST(trim($) AS BIGINT) END",
    "float": f"CASE WHEN regexp_full_match(trim($), '{FLOAT}') THEN TRY_CAST(trim($) AS DOUBLE) END",
    "boolean": "CASE lower(trim($)) WHEN 'true' THEN true WHEN 'false' THEN false END",
    "date": "TRY_CAST($ AS TIMESTAMPTZ) AT TIME ZONE 'UTC'",
    "text": "$",
}
SQL_TYPES = {
    "integer": "BIGINT",
    "float": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "TIMESTAMP",
    "text": "VARCHAR",
}


def prepare(connection: Any, number: int, one: Beside, new: Sequence[Added]) -> None:
    """Keep the other table as t<number>: keys k0 …, time a, values v0 …; BadInput when a key has several rows."""
    join = one.join
    place = {name: f"x{n}" for n, name in enumerate(one.kinds)}  # by place: DuckDB takes A and a for one name
    keys = [*(f"k{n}" for n in range(len(join.keys))), *(["a"] if join.at else [])]
    columns = [
        f"{place[theirs]}::{SQL_TYPES[one.kind(theirs)]} AS {key}"
        for key, (_, theirs) in zip(keys, join.columns, strict=True)
    ]
    at_once = (
        bool(join.aggregate) and not join.at
    )  # else what is put together depends on the moment of our row
    for n, column in enumerate(new):
        source = place[column.source] if column.source else "1"
        columns.append(f"{_made(one, column, source) if at_once else source} AS v{n}")
    present = " AND ".join(f"{place[theirs]} IS NOT NULL" for _, theirs in join.columns)
    distinct = "" if join.aggregate else "DISTINCT"  # rows that are equal in all that is taken are one
    grouped = f"GROUP BY {', '.join(keys)}" if at_once else ""
    if isinstance(one.content, pa.Table):
        connection.register("theirs", one.content)
    else:
        connection.read_parquet(str(one.content)).create_view("theirs")
    connection.execute(
        f"CREATE TABLE t{number} AS SELECT {distinct} {', '.join(columns)} "
        f"FROM theirs AS t({', '.join(place.values())}) WHERE {present} {grouped}"
    )
    connection.execute("DROP VIEW theirs")
    _refuse(connection, number, one, keys)


def lookup(number: int, one: Beside, new: Sequence[Added], known: Mapping[str, str]) -> str:
    """Return the SQL that finds for every row p of `ours` (columns o0 …), in order, the values g0 ….

    hit tells whether a row was found, lacking whether the key is missing; mark is a hash of the key without its
    time. known says the kinds of our columns.
    """
    join = one.join
    read = [_read(n, known[ours], one.kind(theirs)) for n, (ours, theirs) in enumerate(join.columns)]
    keys = [*(f"k{n}" for n in range(len(join.keys))), *(["a"] if join.at else [])]
    ours = ", ".join(f"{sql} AS {key}" for sql, key in zip(read, keys, strict=True))
    lacking = " OR ".join(f"o.{key} IS NULL" for key in keys)
    mark = f"hash({', '.join(f'o.{key}' for key in keys if key != 'a') or '0'})"
    equal = [f"o.{key} = t.{key}" for key in keys if key != "a"]
    start = f"FROM (SELECT p, {ours} FROM ours) AS o"
    if not join.at:
        values = [f"coalesce(t.v{n}, 0)" if c.function == "count" else f"t.v{n}" for n, c in enumerate(new)]
        found = f"{start} LEFT JOIN t{number} AS t ON {' AND '.join(equal)} ORDER BY o.p"
        return f"SELECT t.k0 IS NOT NULL AS hit, {_told(mark, lacking, values)} {found}"
    near = f"t.a >= o.a - to_microseconds({int(join.within * 1e6)})" if join.within else "t.a IS NOT NULL"
    condition = " AND ".join([*equal, f"o.a {'>' if join.strictly else '>='} t.a"])
    if join.aggregate:
        values = [_made(one, c, f"t.v{n}", "t.a") for n, c in enumerate(new)]
        found = f"{start} LEFT JOIN t{number} AS t ON {condition} AND {near} GROUP BY o.p, mark, lacking ORDER BY o.p"
        return f"SELECT count(t.a) > 0 AS hit, {_told(mark, lacking, values)} {found}"
    values = [f"CASE WHEN {near} THEN t.v{n} END" for n in range(len(new))]
    found = f"{start} ASOF LEFT JOIN t{number} AS t ON {condition} ORDER BY o.p"
    return f"SELECT coalesce({near}, false) AS hit, {_told(mark, lacking, values)} {found}"


def kind_of(kind: pa.DataType) -> str:
    """Return how values of an Arrow type are compared: integer, float, boolean, date or text."""
    if pa.types.is_boolean(kind):
        return "boolean"
    if pa.types.is_integer(kind):
        return "integer"
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return "float"
    return "date" if pa.types.is_timestamp(kind) or pa.types.is_date(kind) else "text"


def _refuse(connection: Any, number: int, one: Beside, keys: Sequence[str]) -> None:
    """Raise BadInput when no row has a key, or when a key has several rows, which would multiply ours."""
    join = one.join
    rows = connection.execute(f"SELECT count(*) FROM t{number}").fetchall()
    if not rows[0][0]:
        raise one.wrong(f"no row of {join.stem} has a value in every key")
    if join.aggregate:
        return
    found = connection.execute(
        f"SELECT count(*), max(n) FROM (SELECT count(*) AS n FROM t{number} GROUP BY {', '.join(keys)}) WHERE n > 1"
    ).fetchall()
    several, most = found[0]
    if several:
        shown = " + ".join(theirs for _, theirs in join.columns)
        raise one.wrong(
            f"{several:,} value{'s' * (several > 1)} of {shown} in several rows of {join.stem}, {most:,} at most, "
            f"would multiply our rows; name one more key, or add: aggregate mean"
        )


def _read(n: int, ours: str, theirs: str) -> str:
    """Return the SQL of our n-th column in the kind of theirs."""
    if ours == "text":
        return READ[theirs].replace("$", f"o{n}::VARCHAR")
    return f"o{n}::VARCHAR" if theirs == "text" else f"o{n}::TIMESTAMP" if theirs == "date" else f"o{n}"


def _made(one: Beside, column: Added, source: str, row: str = "*") -> str:
    """Return the SQL of a value over several rows."""
    if column.function == "count":
        return f"count({row})"
    assert column.source is not None
    kind = one.kind(column.source)
    if column.function == "mean":
        return f"avg({source}::DOUBLE)"
    if column.function == "sum":
        return f"sum({source}::DOUBLE)" if kind == "float" else f"sum({source}::BIGINT)::BIGINT"
    return f"{column.function}({source})"


def _told(mark: str, lacking: str, values: Sequence[str]) -> str:
    named = ", ".join(f"{value} AS g{n}" for n, value in enumerate(values))
    return f"{mark} AS mark, ({lacking}) AS lacking, {named}"
