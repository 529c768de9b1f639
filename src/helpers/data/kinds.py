"""The kind of every column, told from all of its values, and the column in that kind."""

from __future__ import annotations

import contextlib
import datetime
import decimal
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from helpers.data.pieces import as_text
from helpers.data.table import Table
from helpers.errors import BadInput, nearest
from helpers.recipe.columns import MISSING

KINDS = ("integer", "float", "boolean", "category", "text", "date", "structured")
INTEGER = r"[+-]?(?:0|[1-9]\d*)"
FLOAT = r"[+-]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"
ISO_DATE = r"\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
ZONED = re.compile(r"\d[T ].*(?:Z|[+-]\d{2}:?(?:\d{2})?)\s*$", re.IGNORECASE)
_PATTERNS = {
    INTEGER: "integer",
    FLOAT: "float",
    ISO_DATE: "date",
    "[Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]": "boolean",
}
_STRUCTURED = r"(?s:\{.*\}|\[.*\])"
_MISSING = pa.array(sorted(MISSING))
ARROW = {"integer": pa.int64(), "float": pa.float64(), "boolean": pa.bool_(), "date": pa.timestamp("us")}
SLICE = 200_000  # distinct texts that are looked at together
LONG, MANY = 40, 0.5  # texts longer than a phrase, or mostly different from row to row, are no categories


def typed(frame: pd.DataFrame, given: Mapping[str, str] | None = None) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return the columns of a frame in their kinds, and the kind of each; `given` kinds win over what values say."""
    _check(given or {}, list(frame.columns))
    kinds = {name: (given or {}).get(name) or kind_of(_plain(frame[name])) for name in frame.columns}
    return in_kinds(frame, kinds), kinds


def typed_table(table: Table, given: Mapping[str, str] | None = None) -> tuple[Table, dict[str, str]]:
    """Return a table with its columns in their kinds, and the kind of each, told from all values of a column."""
    _check(given or {}, table.columns)
    kinds = {name: (given or {}).get(name) or kind_in(table, name) for name in table.columns}
    types = {name: ARROW.get(kind, pa.string()) for name, kind in kinds.items()}
    return table.rewritten(lambda frame: in_kinds(frame, kinds), types), kinds


def in_kinds(frame: pd.DataFrame, kinds: Mapping[str, str]) -> pd.DataFrame:
    """Return the columns in the kinds that are known.

    integer as int64 (Int64 with missing values), float as float64, boolean as bool (boolean), date as
    datetime64[us] in UTC, the others as text with None for missing. Leading zeros keep a column text.
    """
    columns = {name: _as(_plain(frame[name]), kinds[name], name) for name in frame.columns}
    return pd.DataFrame(columns, index=frame.index)


def kind_of(values: pd.Series) -> str:
    """Return the kind that all values of a column share."""
    if pd.api.types.is_bool_dtype(values):
        return "boolean"
    if pd.api.types.is_integer_dtype(values):
        return "integer"
    if pd.api.types.is_float_dtype(values):
        return "integer" if values.notna().any() and _whole(values) else "float"
    if pd.api.types.is_datetime64_any_dtype(values):
        return "date"
    return _kind_of_texts([pc.unique(pa.array(values, pa.string(), from_pandas=True))], len(values))


def _check(given: Mapping[str, str], columns: Sequence[str]) -> None:
    for name, kind in given.items():
        if name not in columns:
            raise BadInput(f"types names a column {name!r}, which is not there{nearest(name, columns)}")
        if kind not in KINDS:
            raise BadInput(
                f"column {name!r} cannot be of kind {kind!r}{nearest(kind, KINDS)} ({', '.join(KINDS)})"
            )


def kind_in(table: Table, name: str) -> str:
    """Return the kind that all values of a column of a table share."""
    if table.is_small:
        return kind_of(_plain(table[name]))
    stored = table.type_of(name)
    if pa.types.is_string(stored) or pa.types.is_large_string(stored):
        distinct = table.distinct(name)
        return _kind_of_texts([distinct.slice(n, SLICE) for n in range(0, len(distinct), SLICE)], len(table))
    if pa.types.is_floating(stored) or pa.types.is_decimal(stored):
        parts = [_plain(frame[name]) for frame in table.batches([name])]
        known = any(part.notna().any() for part in parts)
        return "integer" if known and all(map(_whole, parts)) else "float"
    return kind_of(_plain(table[name]))


def _kind_of_texts(distinct: Sequence[pa.Array], rows: int) -> str:
    """Return the kind of texts, of which the distinct ones are given in several parts."""
    parts = [part for part in map(_known, distinct) if len(part)]
    if not parts:
        return "float"
    for pattern, kind in _PATTERNS.items():
        if not _all(parts, pattern) or (kind == "date" and not all(map(_are_dates, parts))):
            continue
        if kind == "float" and not all(map(_are_finite, parts)):
            break  # beyond what a float holds
        if kind != "integer" or all(map(_fit_in_64_bits, parts)):
            return kind
        if not all(len(t) < 400 and float(t) == int(t) for part in parts for t in part.to_pylist()):
            break  # a key of many digits, which no number holds
    if _all(parts, _STRUCTURED):
        return "structured"
    count = sum(map(len, parts))
    length = sum(pc.sum(pc.utf8_length(part)).as_py() for part in parts) / count
    spaced = sum(pc.sum(pc.match_substring(part, " ")).as_py() for part in parts) / count
    return "text" if length > LONG or (count > max(MANY * rows, 20) and spaced > 0.5) else "category"


def _known(texts: pa.Array) -> pa.Array:
    """Return the texts without spaces around them; those that say that a value is missing are left out."""
    trimmed = pc.utf8_trim_whitespace(pc.drop_null(texts).cast(pa.large_string()))  # a small one ends at 2 GB
    return trimmed.filter(pc.invert(pc.is_in(pc.utf8_lower(trimmed), _MISSING)))


def _all(parts: Sequence[pa.Array], pattern: str) -> bool:
    """Whether a pattern fits all texts, from their first to their last character."""
    return all(pc.all(pc.match_substring_regex(part, rf"\A(?:{pattern})\z")).as_py() for part in parts)


def _are_finite(texts: pa.Array) -> bool:
    return bool(pc.all(pc.is_finite(texts.cast(pa.float64()))).as_py())


def _fit_in_64_bits(texts: pa.Array) -> bool:
    try:
        pc.utf8_ltrim(texts, "+").cast(pa.int64())
        return True
    except pa.ArrowInvalid:
        return False


def _plain(values: pd.Series) -> pd.Series:
    """Return a column whose values are of one NumPy type, or text with None for missing."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(values.cat.categories.dtype)
    if values.dtype != object and not pd.api.types.is_string_dtype(values):
        return _signed(values)
    if values.dtype == object and set(map(type, values.to_numpy())) <= {str, type(None)}:
        return values
    objects = values.astype(object)
    present = objects.dropna()
    kinds = set(map(type, present.to_numpy()))
    if kinds == {int} and all(map(_in_64_bits, present)):
        return objects.where(objects.notna(), None).astype("Int64")
    if kinds and kinds <= {int, float, decimal.Decimal, np.int64, np.float64} and not kinds <= {str}:
        return _signed(
            pd.to_numeric(
                objects.map(lambda v: v if v is None else float(v) if not isinstance(v, int) else v)
            )
        )
    if kinds == {bool}:
        return objects.astype("boolean")
    if kinds and all(issubclass(k, datetime.date) for k in kinds):
        return pd.Series(objects.map(_moment).to_numpy("datetime64[us]"), objects.index)
    if kinds <= {str}:
        return objects.where(objects.notna(), None)
    return objects.map(_text).where(objects.notna(), None)


def _signed(values: pd.Series) -> pd.Series:
    """Return whole numbers as texts where 64 bits with a sign would hold one as another, below zero."""
    if not pd.api.types.is_unsigned_integer_dtype(values) or not (values >= 2**63).any():
        return values
    return values.astype(object).map(_text, na_action="ignore").where(values.notna(), None)


def moments(values: pd.Series, errors: Any = "raise") -> pd.Series:
    """Return moments, or texts in ISO 8601, with UTC as their zone.

    Texts with a zone and those without are read apart: pandas takes one without for in the zone of that before it.
    """
    if values.dtype != object:
        return pd.to_datetime(values, utc=True, errors=errors)
    zoned = values.map(lambda v: isinstance(v, str) and bool(ZONED.search(v))).astype(bool)
    with_zone, without = (
        pd.to_datetime(values.where(some), utc=True, format="ISO8601", errors=errors)
        for some in (zoned, ~zoned)
    )
    return with_zone.fillna(without)


def _moment(value: Any) -> np.datetime64:
    """Return a date or moment in UTC; those outside of the years that nanoseconds reach stay what they are."""
    if not isinstance(value, datetime.date) or pd.isna(value):
        return np.datetime64("NaT", "us")
    if isinstance(value, datetime.datetime) and value.tzinfo is not None:
        value = value.astimezone(datetime.UTC).replace(tzinfo=None)
    return np.datetime64(value, "us")


def _in_64_bits(value: Any) -> bool:
    return -(2**63) <= int(value) < 2**63


def _text(value: object) -> str | None:
    return None if value != value else as_text(value)


def _whole(values: pd.Series) -> bool:
    present = values.dropna()
    return bool(np.isfinite(present).all() and (present % 1 == 0).all() and (present.abs() < 2**53).all())


def _are_dates(texts: pa.Array) -> bool:
    try:
        pd.to_datetime(pd.Series(texts.to_pylist(), dtype=object), utc=True, format="ISO8601")
    except ValueError:
        return False
    return True


def _as(values: pd.Series, kind: str, name: str) -> pd.Series:
    try:
        return CONVERT[kind](values)
    except (ValueError, TypeError, OverflowError) as error:
        reason = str(error).splitlines()[0].partition(". You might")[0]
        raise BadInput(f"column {name!r} cannot be read as {kind}: {reason}") from None


def _without_words(values: pd.Series) -> pd.Series:
    if values.dtype != object:
        return values
    kept = [None if str(value).strip().lower() in MISSING else value for value in values]
    return pd.Series(kept, values.index, dtype=object)


def _integers(values: pd.Series) -> pd.Series:
    if values.dtype == object:
        whole = [None if v is None else int(str(v).strip()) for v in _without_words(values)]
        values = pd.Series(whole, values.index, dtype="Int64")
    return values.astype("int64" if not values.isna().any() else "Int64")


def _floats(values: pd.Series) -> pd.Series:
    if values.dtype == object:  # each text as the nearest float, which pd.to_numeric misses by a last digit
        # Arrow is as exact, and quick; it refuses blanks and the words for what is missing.
        with contextlib.suppress(pa.ArrowInvalid, pa.ArrowTypeError):
            numbers = pa.array(values, pa.string(), from_pandas=True).cast(pa.float64())
            return pd.Series(numbers.to_numpy(zero_copy_only=False), values.index)
        numbers = [np.nan if v is None else float(v) for v in _without_words(values)]
        return pd.Series(numbers, values.index, dtype="float64")
    return values.astype("float64")


def _booleans(values: pd.Series) -> pd.Series:
    if values.dtype == object:
        words = {"true": True, "false": False}
        texts = _without_words(values).map(lambda v: None if v is None else str(v).strip().lower())
        odd = texts.dropna()[~texts.dropna().isin(words)]
        if len(odd):
            raise ValueError(f"{odd.iloc[0]!r} is neither true nor false")
        values = texts.map(words)
    values = values.astype("boolean")
    return values if values.isna().any() else values.astype("bool")


def _dates(values: pd.Series) -> pd.Series:
    return moments(_without_words(values)).dt.tz_localize(None).astype("datetime64[us]")


def _texts(values: pd.Series) -> pd.Series:
    if values.dtype == object:  # an empty text says nothing, to a model as to a reader
        return values.where(values != "", None)
    return values.astype(object).map(_text).where(values.notna(), None).astype(object)


CONVERT = {"integer": _integers, "float": _floats, "boolean": _booleans, "date": _dates}
CONVERT |= dict.fromkeys(("category", "text", "structured"), _texts)
