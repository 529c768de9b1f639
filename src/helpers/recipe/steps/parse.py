"""Read text as numbers, dates, yes or no; and numbers as categories."""

from __future__ import annotations

import datetime
import math

import numpy as np

from helpers.recipe.columns import DATE, texts
from helpers.recipe.columns import WORDS as TRUTH
from helpers.recipe.registry import column_step


@column_step("category")
def parse_number(values: np.ndarray, *, decimal: str = ".", thousands: str = "") -> np.ndarray:
    """Read text as numbers; percent, currency signs and spaces are ignored, what is no number is missing."""

    def read(text: str | None) -> float:
        plain = (text or "").strip("%$€£¥ \t\u00a0")
        plain = plain.replace(thousands, "") if thousands else plain
        try:
            number = float(plain.replace(decimal, "."))
        except ValueError:
            return math.nan
        return number if math.isfinite(number) else math.nan

    return np.array([read(v) for v in values], np.float64)


@column_step("category")
def parse_date(values: np.ndarray, *, formats: list[str] | None = None) -> np.ndarray:
    """Read text as dates: ISO 8601, or the first of the strptime formats that fits; all else is missing."""

    def read(text: str | None) -> datetime.datetime | None:
        for layout in formats or ["iso"]:
            try:
                plain = (text or "").strip()
                moment = (
                    datetime.datetime.fromisoformat(plain)
                    if layout == "iso"
                    else datetime.datetime.strptime(plain, layout)
                )
                return moment.astimezone(datetime.UTC).replace(tzinfo=None) if moment.tzinfo else moment
            except (ValueError, OverflowError):
                continue
        return None

    return np.array([read(v) for v in values], DATE)


@column_step("category")
def parse_boolean(values: np.ndarray, *, true: str = "", false: str = "") -> np.ndarray:
    """Read yes and no (true, false, y, n, t, f, 1, 0; or the two words given) as 1 and 0; else missing."""
    truth = {true.lower(): 1.0, false.lower(): 0.0} if true and false else TRUTH
    return np.array([truth.get((v or "").strip().lower(), math.nan) for v in values], np.float64)


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
