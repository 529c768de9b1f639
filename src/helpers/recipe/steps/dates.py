"""Take dates apart."""

from __future__ import annotations

from typing import Literal

import numpy as np

from helpers.errors import BadInput
from helpers.recipe.columns import DATE
from helpers.recipe.registry import column_step, table_step

Part = Literal[
    "year", "quarter", "month", "day", "weekday", "weekend", "day_of_year", "hour", "minute", "days"
]
DAY = np.timedelta64(1, "D")


@column_step("date")
def date_parts(values: np.ndarray, *, parts: list[Part]) -> dict[str, np.ndarray]:
    """Replace a date by a number for each part.

    weekday counts from Monday = 0, weekend is 1 on Saturday and Sunday, days counts from 1970-01-01
    with the time of day as a fraction.
    """
    if not parts:
        raise BadInput("parts is empty; name one at least, such as year")
    missing = np.isnat(values)
    known = np.where(missing, np.datetime64(0, "us"), values)
    made = {part: _part(known, part) for part in parts}
    return {part: np.where(missing, np.nan, numbers) for part, numbers in made.items()}


@table_step("date")
def days_between(columns: dict[str, np.ndarray], *, name: str) -> dict[str, np.ndarray]:
    """Add a column with the days from the first date to the second; both dates stay."""
    if len(columns) != 2:
        raise BadInput(f"it takes two dates, and {len(columns)} are named")
    first, second = columns.values()
    days = np.where(np.isnat(first) | np.isnat(second), np.nan, (second - first) / DAY)
    return {**columns, name: days}


def _part(dates: np.ndarray, part: str) -> np.ndarray:
    months = dates.astype("datetime64[M]")
    days = dates.astype("datetime64[D]")
    weekday = (days.astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday
    within_year = months.astype(np.int64) % 12
    numbers = {
        "year": lambda: dates.astype("datetime64[Y]").astype(np.int64) + 1970,
        "quarter": lambda: within_year // 3 + 1,
        "month": lambda: within_year + 1,
        "day": lambda: (days - months.astype(days.dtype)) / DAY + 1,
        "weekday": lambda: weekday,
        "weekend": lambda: weekday >= 5,
        "day_of_year": lambda: (days - dates.astype("datetime64[Y]").astype(days.dtype)) / DAY + 1,
        "hour": lambda: (dates - days) // np.timedelta64(1, "h"),
        "minute": lambda: (dates - days) // np.timedelta64(1, "m") % 60,
        "days": lambda: (dates - np.datetime64(0, "us").astype(DATE)) / DAY,
    }[part]()
    return numbers.astype(np.float64)
