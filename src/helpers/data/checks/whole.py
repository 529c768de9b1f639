"""Checks of the table, or of a column, as a whole; each answers with a sentence, empty when all is well."""

from __future__ import annotations

import datetime
from typing import Annotated, Any

import pandas as pd

from helpers.data.checks.check import Check
from helpers.data.checks.library import rule
from helpers.data.checks.values import as_dates
from helpers.errors import BadInput
from helpers.recipe.parameters import Between
from helpers.report.text import share

EXPECTED = {
    "fresh": "must hold recent dates",
    "missing": "must have few values missing",
    "mostly missing": "must have few values missing",
    "constant": "must vary",
    "rare classes": "must have enough rows a class",
}


@rule
def has_columns(columns: list[str]) -> Check:
    """The table has these columns; checks of one that is not there are then left out."""

    def said(rows: Any) -> str:
        absent = [c for c in columns if c not in rows.names]
        more = f" and {len(absent) - 5} more" if len(absent) > 5 else ""
        return f"columns are not there: {', '.join(absent[:5])}{more}" if absent else ""

    return Check("columns", said, "must have the columns", by="table")


@rule
def row_count(low: int = 1, high: int | None = None) -> Check:
    """The table has so many rows."""

    def said(rows: Any) -> str:
        if rows.count < low:
            return f"{rows.count:,} rows, fewer than {low:,}"
        return f"{rows.count:,} rows, more than {high:,}" if high is not None and rows.count > high else ""

    return Check("row count", said, "must have so many rows", by="table")


@rule
def fresh(column: str, days: Annotated[float, Between(0)], on: str | None = None) -> Check:
    """The newest date is at most so many days older than the day `on`, today (UTC) when none is named."""
    try:
        now = pd.Timestamp(on) if on else None
    except ValueError:
        raise BadInput(f"fresh: {on!r} is no date such as 2024-12-31") from None

    def said(rows: pd.DataFrame) -> str:
        newest = as_dates(rows[column]).max()
        if newest is pd.NaT:
            return "has no date, so it is not fresh"
        today = now or pd.Timestamp(datetime.datetime.now(datetime.UTC).replace(tzinfo=None))
        age = (today - newest).days
        told = f"the newest date, {newest:%Y-%m-%d}, is {age:,} days old; at most {days:g} are allowed"
        return told if age > days else ""

    return _of(column, f"{column} fresh", said)


@rule
def few_missing(column: str, most: Annotated[float, Between(0, 1)]) -> Check:
    """At most this share of the values is missing."""

    def said(rows: pd.DataFrame) -> str:
        missing = float(rows[column].isna().mean()) if len(rows) else 0.0
        if missing <= most:
            return ""
        told = f"{share(missing)} of the values are missing; at most {share(most)} are expected"
        return "every value is missing" if missing == 1 else told

    return _of(column, f"{column} mostly missing" if most >= 0.5 else f"{column} missing", said)


@rule
def varies(column: str) -> Check:
    """The column has more than one value."""

    def said(rows: pd.DataFrame) -> str:
        return "one value only, so it tells nothing" if rows[column].nunique() == 1 else ""

    return _of(column, f"{column} constant", said)


@rule
def rows_per_class(column: str, least: int = 10) -> Check:
    """Every class has so many rows at least."""

    def said(rows: pd.DataFrame) -> str:
        counts = rows[column].dropna().astype(str).value_counts()
        rare = [f"{level} ({n})" for level, n in counts.items() if n < least]
        more = f" and {len(rare) - 5} more" if len(rare) > 5 else ""
        return f"classes with fewer than {least} rows: {', '.join(rare[:5])}{more}" if rare else ""

    return _of(column, "rare classes", said)


def _of(column: str, name: str, said: Any) -> Check:
    return Check(name, said, EXPECTED[name.removeprefix(f"{column} ")], column=column, needs=(column,))
