"""Canonical columns: the one form of a value that the training table and a single request share.

A table is a mapping of column name to array, all of one length:

    number    float64, NaN where missing       (integer, float; boolean as 0 and 1); what is infinite counts as missing
    category  object of str, None where missing (category, text, structured); "" counts as missing
    date      datetime64[us] in UTC, NaT where missing
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from helpers.errors import BadInput, nearest

if TYPE_CHECKING:
    import pandas as pd

Columns = dict[str, np.ndarray]
NOTHING: Any = None
DATE = np.dtype("datetime64[us]")
LARGEST = float(np.finfo(np.float32).max)  # models that compute in single precision end at anything beyond
MISSING = {"", "na", "n/a", "nan", "null", "none", "nat"}
PLACEHOLDERS = ("?", "-", "--", ".", "n/a", "na", "#n/a", "null", "nan", "tbd")  # that people write for it
GAPS = {*MISSING, *PLACEHOLDERS}
WORDS = {"true": 1.0, "yes": 1.0, "t": 1.0, "y": 1.0, "1": 1.0, "1.0": 1.0}
WORDS |= {"false": 0.0, "no": 0.0, "f": 0.0, "n": 0.0, "0": 0.0, "0.0": 0.0}


def kind_of(values: np.ndarray) -> str:
    """Return "number", "category" or "date" for a canonical array."""
    kinds = {"f": "number", "O": "category", "M": "date"}
    if values.dtype.kind not in kinds:
        raise BadInput(
            f"an array of {values.dtype} is not canonical; it must be float64, object or datetime64[us]"
        )
    return kinds[values.dtype.kind]


def from_frame(frame: pd.DataFrame) -> Columns:
    """Return the columns of a pandas frame in canonical form; the frame stays as it is."""
    import pandas as pd

    def canonical(values: pd.Series) -> np.ndarray:
        if values.dtype == np.float64:  # as nearly all are, of very many
            return _finite(values.to_numpy(copy=True))
        if pd.api.types.is_bool_dtype(values) or pd.api.types.is_numeric_dtype(values):
            return _finite(values.to_numpy(np.float64, na_value=np.nan, copy=True))
        if isinstance(values.dtype, pd.DatetimeTZDtype):
            values = values.dt.tz_convert("UTC").dt.tz_localize(None)
        if pd.api.types.is_datetime64_dtype(values):
            return values.to_numpy(DATE, copy=True)
        objects = values.astype(object).to_numpy(object, copy=True)
        objects[values.isna().to_numpy()] = None
        return _as_texts(objects)

    return {str(name): canonical(values) for name, values in frame.items()}


def to_frame(columns: Mapping[str, np.ndarray], index: Any = None) -> pd.DataFrame:
    """Return columns as a pandas frame; index (n,) gives the row numbers, named "row"."""
    import pandas as pd

    rows = len(next(iter(columns.values()))) if columns else 0
    index = pd.RangeIndex(rows) if index is None else pd.Index(index)
    return pd.DataFrame(dict(columns), index=index).rename_axis(index="row")


def with_columns(frame: pd.DataFrame, values: Mapping[str, Any]) -> pd.DataFrame:
    """Return a copy of a frame with these columns, whatever their names: `assign` takes none called "self"."""
    made = frame.copy()
    for name, of_column in values.items():
        made[name] = of_column
    return made


def texts(values: Sequence[str | None]) -> np.ndarray:
    """Return a canonical category array of texts and Nones."""
    array = np.empty(len(values), object)
    array[:] = values
    return array


class _Memory(dict):
    """Function values by argument, computed when first asked for."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        super().__init__()
        self.function = function

    def __missing__(self, key: Any) -> Any:
        made = self[key] = self.function(key)
        return made


def each(values: np.ndarray, function: Callable[..., Any], dtype: Any = object, *more: Any) -> np.ndarray:
    """Return function(value, *more) of every value (n,), computed once for each distinct one.

    >>> each(texts(["a", None, "a"]), lambda v: v and v.upper())
    array(['A', None, 'A'], dtype=object)
    """
    made = np.empty(len(values), dtype)
    made[:] = list(map(_Memory(lambda value: function(value, *more)).__getitem__, values.tolist()))
    return made


def is_missing(values: np.ndarray) -> np.ndarray:
    """Return the mask (n,) of the missing values of a canonical column."""
    if values.dtype == object:
        return np.equal(values, NOTHING).astype(bool)
    return np.isnat(values) if values.dtype.kind == "M" else np.isnan(values)


def lost(written: np.ndarray, read: np.ndarray) -> np.ndarray:
    """Return the mask (n,) of written texts that a reading left missing, but for what people write for a missing value.

    >>> lost(texts(["3", "cheap", "n/a", None]), np.array([3.0, np.nan, np.nan, np.nan]))
    array([False,  True, False, False])
    """
    gone = is_missing(read) & ~is_missing(written)
    gone[gone] = [text.strip().casefold() not in GAPS for text in written[gone]]
    return gone


def coerce(
    columns: Mapping[str, Sequence[Any]], inputs: Iterable[Mapping[str, str]], hint: str = ""
) -> Columns:
    """Return the columns that inputs name ({"name", "kind"}) in canonical form, whatever they hold now.

    What inputs do not name is left out; hint is added where a column lacks. BadInput when one does, or when a value
    (named with its column and row, counted from 0) cannot be read as its kind.

    >>> coerce({"age": ["41", None]}, [{"name": "age", "kind": "integer"}])
    {'age': array([41., nan])}
    """
    wanted = list(inputs)
    absent = [i["name"] for i in wanted if i["name"] not in columns]
    if absent:
        more = f" (and {len(absent) - 1} more)" if len(absent) > 1 else ""
        raise BadInput(f"the data has no column {absent[0]!r}{more}{hint or nearest(absent[0], columns)}")
    read = {i["name"]: _READERS[i["kind"]](columns[i["name"]], i["name"]) for i in wanted}
    if len({len(values) for values in read.values()}) > 1:
        raise BadInput("the columns of the data are not of one length")
    return read


def _numbers(values: Sequence[Any], name: str) -> np.ndarray:
    array = np.asarray(values) if not isinstance(values, list) else None
    if array is not None and array.dtype.kind in "fiub":
        numbers = array.astype(np.float64)
    elif array is None and set(map(type, values)) == {float}:
        numbers = np.array(values, np.float64)
    else:
        numbers = np.array([_number(v, name, row) for row, v in enumerate(values)], np.float64)
    return _finite(numbers)


def _finite(numbers: np.ndarray) -> np.ndarray:
    """Return numbers (n,), in place, with missing for infinity and for what single precision takes for it."""
    numbers[np.abs(numbers) > LARGEST] = np.nan
    return numbers


def _number(value: Any, name: str, row: int) -> float:
    if value is None or (isinstance(value, str) and value.strip().lower() in MISSING):
        return np.nan
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        if type(value).__name__ in ("NAType", "NaTType"):
            return np.nan
        raise _unreadable(value, "a number", name, row) from None


def _booleans(values: Sequence[Any], name: str) -> np.ndarray:
    def read(value: Any, row: int) -> float:
        if not isinstance(value, str):
            value = _number(value, name, row)
            if value in (0.0, 1.0) or value != value:
                return value
        elif value.strip().lower() in MISSING:
            return np.nan
        elif value.strip().lower() in WORDS:
            return WORDS[value.strip().lower()]
        raise _unreadable(value, "true or false", name, row)

    return np.array([read(v, row) for row, v in enumerate(values)], np.float64)


def _dates(values: Sequence[Any], name: str) -> np.ndarray:
    if isinstance(values, np.ndarray) and values.dtype.kind == "M":
        return values.astype(DATE)
    return np.array([_date(v, name, row) for row, v in enumerate(values)], DATE)


def _date(value: Any, name: str, row: int) -> np.datetime64:
    if value is None or type(value).__name__ in ("NAType", "NaTType") or value != value:
        return np.datetime64("NaT", "us")
    if isinstance(value, np.datetime64):
        return value.astype(DATE)
    if isinstance(value, str):
        if value.strip().lower() in MISSING:
            return np.datetime64("NaT", "us")
        try:
            value = datetime.datetime.fromisoformat(value.strip())
        except ValueError:
            raise _unreadable(value, "a date such as 2024-05-31", name, row) from None
    if isinstance(value, datetime.datetime) and value.tzinfo:
        value = value.astimezone(datetime.UTC).replace(tzinfo=None)
    if not isinstance(value, datetime.date):
        raise _unreadable(value, "a date such as 2024-05-31", name, row)
    return np.datetime64(value, "us")


def _categories(values: Sequence[Any], name: str) -> np.ndarray:
    return _as_texts(texts([v.item() if isinstance(v, np.generic) else v for v in values]))


def _as_texts(objects: np.ndarray) -> np.ndarray:
    if {str, type(None)}.issuperset(map(type, objects.tolist())):
        objects[np.equal(objects, "").astype(bool)] = None
        return objects
    for row, value in enumerate(objects):
        if value.__class__ is not str:
            objects[row] = _text(value)
        elif not value:
            objects[row] = None
    return objects


def _text(value: Any) -> str | None:
    """Return a value as the text of a level: 1.0 and 1 are the same level "1", dictionaries and lists are JSON."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return None
    if isinstance(value, float | np.floating):
        return (
            None if value != value else str(int(value)) if float(value).is_integer() else repr(float(value))
        )
    return as_json(value) if isinstance(value, dict | list) else str(value) or None


def as_json(value: dict | list) -> str:
    """Return a dictionary or a list as the text that tables and requests have for it alike."""
    return json.dumps(value, ensure_ascii=False, default=str, sort_keys=True)


def _unreadable(value: Any, kind: str, name: str, row: int) -> BadInput:
    shown = repr(value) if len(repr(value)) <= 60 else repr(value)[:57] + "..."
    return BadInput(f"column {name!r}, row {row}: {shown} cannot be read as {kind}")


_READERS: dict[str, Callable[[Sequence[Any], str], np.ndarray]] = {
    "number": _numbers,
    "integer": _numbers,
    "float": _numbers,
    "boolean": _booleans,
    "date": _dates,
    "category": _categories,
    "text": _categories,
    "structured": _categories,
}
