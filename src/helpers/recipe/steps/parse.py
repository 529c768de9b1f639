"""Read text as numbers, amounts, durations, dates, yes or no, or fields of JSON; and numbers as categories."""

from __future__ import annotations

import datetime
import json
import math
import re
from typing import Any, Literal

import numpy as np

from helpers.errors import BadInput
from helpers.recipe.columns import DATE, each, texts
from helpers.recipe.columns import WORDS as TRUTH
from helpers.recipe.registry import column_step

AMOUNT = re.compile(
    r"(?P<open>\(?)\s*(?P<sign>[+\-\u2212]?)\s*(?P<before>[^\d\s().,+\-\u2212]*)\s*(?P<minus>[\-\u2212]?)"
    r"(?P<number>[\d.,'\u2019 \u00a0\u202f]*\d[.,]?(?:[eE][+-]?\d+)?)\s*(?P<after>[^\d\s().,+\-][^\d()]*?)?\s*\)?"
)
SECONDS = {"seconds": 1.0, "minutes": 60.0, "hours": 3600.0, "days": 86400.0}
CLOCK = re.compile(
    r"(?:(?P<days>\d+)[.:])??(?P<hours>\d+):(?P<minutes>[0-5]?\d)(?::(?P<seconds>[0-5]?\d(?:\.\d+)?))?"
)
SPOKEN = re.compile(
    r"P?(?:(?P<days>\d+(?:\.\d+)?)d(?:ays?)?)?t?(?:(?P<hours>\d+(?:\.\d+)?)h(?:(?:ou)?rs?)?)?"
    r"(?:(?P<minutes>\d+(?:\.\d+)?)m(?:in(?:ute)?s?)?)?(?:(?P<seconds>\d+(?:\.\d+)?)s(?:ec(?:ond)?s?)?)?",
    re.IGNORECASE,
)


@column_step("category")
def parse_number(values: np.ndarray, *, decimal: str = ".", thousands: str = "") -> np.ndarray:
    """Read text as numbers; percent, currency signs and spaces are ignored, what is no number is missing."""

    def read(text: str | None) -> float:
        plain = (text or "").strip("%$€£¥ \t\u00a0")
        plain = plain.replace(thousands, "") if thousands else plain
        return _float(plain.replace(decimal, "."))

    return each(values, read, float)


@column_step("category")
def parse_amount(
    values: np.ndarray, *, decimal: str = ".", thousands: str = "", units: dict[str, float] | None = None
) -> np.ndarray:
    """Read numbers with what stands around them: signs such as € or %, brackets for negative, units by factor.

    A word beside the number must be among units ({"kg": 1, "g": 0.001}), since 3 kg and 3 g are no equal numbers;
    what cannot be read is missing.
    """
    if decimal == thousands:
        raise BadInput(f"decimal and thousands are both {decimal!r}")
    factors = {unit.casefold(): factor for unit, factor in (units or {}).items()} | (units or {})

    def read(text: str | None) -> float:
        found = AMOUNT.fullmatch((text or "").strip())
        if not found:
            return math.nan
        number = found["number"].replace(thousands, "") if thousands else found["number"]
        size = _float(number.replace(decimal, ".") if decimal != "." else number)
        for word in (found["before"], found["after"]):
            size *= _factor((word or "").strip(), factors)
        negative = bool(found["open"]) or found["sign"].replace("+", "") + found["minus"] != ""
        return -size if negative else size

    return each(values, read, float)


@column_step("category")
def parse_duration(
    values: np.ndarray, *, unit: Literal["seconds", "minutes", "hours", "days"] = "seconds"
) -> np.ndarray:
    """Read durations such as 1:30:05, 2 h 5 min, 90s or PT2H as numbers of a unit; all else is missing."""

    def read(text: str | None) -> float:
        plain = "".join((text or "").split())
        found = CLOCK.fullmatch(plain) or SPOKEN.fullmatch(plain)
        parts = {name: float(part) for name, part in found.groupdict().items() if part} if found else {}
        return sum(n * SECONDS[p] for p, n in parts.items()) / SECONDS[unit] if parts else math.nan

    return each(values, read, float)


@column_step("category", "date")
def parse_date(values: np.ndarray, *, formats: list[str] | None = None) -> np.ndarray:
    """Read text as dates: ISO 8601, or the first of the strptime formats that fits; all else is missing."""
    if values.dtype.kind == "M":  # they are read already
        return values

    def read(text: str | None) -> np.datetime64:
        for layout in formats or ["iso"]:
            try:
                plain = (text or "").strip()
                moment = (
                    datetime.datetime.fromisoformat(plain)
                    if layout == "iso"
                    else datetime.datetime.strptime(plain, layout)
                )
                moment = moment.astimezone(datetime.UTC).replace(tzinfo=None) if moment.tzinfo else moment
                return np.datetime64(moment, "us")
            except (ValueError, OverflowError):
                continue
        return np.datetime64("NaT", "us")

    return each(values, read, DATE)


@column_step("category")
def parse_boolean(values: np.ndarray, *, true: str = "", false: str = "") -> np.ndarray:
    """Read yes and no (true, false, y, n, t, f, 1, 0; or the two words given) as 1 and 0; else missing."""
    truth = {true.lower(): 1.0, false.lower(): 0.0} if true and false else TRUTH
    return each(values, lambda v: truth.get((v or "").strip().lower(), math.nan), float)


@column_step("category")
def parse_json(values: np.ndarray, *, fields: dict[str, str]) -> dict[str, np.ndarray]:
    """Replace JSON by its fields (name: path such as address.city or tags.0), as text; what is not there is missing."""
    if not fields:
        raise BadInput("fields is empty; name one at least, such as city: address.city")

    def read(text: str | None) -> Any:
        try:
            return json.loads(text or "null")
        except (ValueError, RecursionError):
            return None

    read_once = {text: read(text) for text in set(values.tolist())}
    return {n: each(values, lambda v, p: _at(read_once[v], p), object, path) for n, path in fields.items()}


@column_step("number", "date")
def as_category(values: np.ndarray) -> np.ndarray:
    """Treat numbers as names, for codes that have no order: 3.0 becomes "3"; dates become ISO text."""
    if values.dtype.kind == "M":
        missing = np.isnat(values)
        return texts(
            [None if m else t for m, t in zip(missing, np.datetime_as_string(values).tolist(), strict=True)]
        )

    def written(number: float) -> str | None:
        return None if math.isnan(number) else str(int(number)) if number.is_integer() else repr(number)

    return texts([written(v) for v in values.tolist()])


def _float(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        return math.nan
    return number if math.isfinite(number) else math.nan


def _factor(word: str, factors: dict[str, float]) -> float:
    """Return the factor of a unit; 1 for none and for signs such as €, unless they are given as units."""
    found = factors.get(word, factors.get(word.casefold()))
    if found is not None:
        return found
    return 1.0 if not any(c.isalpha() for c in word) else math.nan


def _at(value: Any, path: str) -> str | None:
    for key in path.split("."):
        if isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
        else:
            value = value.get(key) if isinstance(value, dict) else None
    if value is None or isinstance(value, str):
        return value or None
    return json.dumps(value, ensure_ascii=False)
