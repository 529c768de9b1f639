"""Take dates apart."""

from __future__ import annotations

import datetime
from typing import Literal

import numpy as np

from helpers.errors import BadInput
from helpers.recipe.columns import DATE
from helpers.recipe.registry import column_step, table_step

Part = Literal[
    "year", "quarter", "month", "day", "weekday", "weekend", "day_of_year", "hour", "minute", "days"
]
Cycle = Literal["month", "weekday", "day_of_year", "hour", "minute"]
CYCLES = {"month": (1, 12), "weekday": (0, 7), "day_of_year": (1, 365.25), "hour": (0, 24), "minute": (0, 60)}
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


@column_step("date")
def date_cycle(values: np.ndarray, *, parts: list[Cycle] | None = None) -> dict[str, np.ndarray]:
    """Replace a date by points on circles, so that December lies beside January: sine and cosine of each part."""
    made: dict[str, np.ndarray] = {}
    for part in parts or ["month", "weekday", "hour"]:
        start, length = CYCLES[part]
        numbers = date_parts(values, parts=[part])[part]
        angle = 2 * np.pi * (numbers - start) / length
        made |= {f"{part}_sin": np.sin(angle), f"{part}_cos": np.cos(angle)}
    return made


@column_step("date")
def days_since(values: np.ndarray, *, date: str) -> np.ndarray:
    """Put the days since a given date (such as 2020-01-31) in place of a date; earlier ones are negative."""
    return np.where(np.isnat(values), np.nan, (values - _date(date)) / DAY)


@column_step("date")
def on_days(values: np.ndarray, *, days: list[str], name: str = "listed") -> dict[str, np.ndarray]:
    """Add 1 where a date is among days such as 2024-05-31, or 12-25 for every year, else 0; the date stays."""
    yearly = {d for d in days if len(d) == 5}
    once = np.array([_date(d) for d in days if d not in yearly], "datetime64[D]")
    for day in yearly:
        _date(f"2000-{day}")  # refuses what is no day of a year
    found = np.isin(values.astype("datetime64[D]"), once)
    if yearly:
        written = np.datetime_as_string(values.astype("datetime64[D]")).tolist()
        found |= np.isin([text[-5:] for text in written], sorted(yearly))
    return {"": values, name: np.where(np.isnat(values), np.nan, found.astype(float))}


@column_step("number")
def clock_minutes(values: np.ndarray) -> np.ndarray:
    """Read numbers as clock times, 1259 as 12:59, and put the minutes since midnight; missing where it is none."""
    hours, minutes = np.divmod(values, 100)
    return np.where((values >= 0) & (values <= 2400) & (minutes < 60), 60 * hours + minutes, np.nan)


@table_step("date")
def days_between(columns: dict[str, np.ndarray], *, name: str) -> dict[str, np.ndarray]:
    """Add a column with the days from the first date to the second; both dates stay."""
    if len(columns) != 2:
        raise BadInput(f"it takes two dates, and {len(columns)} are named")
    first, second = columns.values()
    days = np.where(np.isnat(first) | np.isnat(second), np.nan, (second - first) / DAY)
    return {**columns, name: days}


def _date(text: str) -> np.datetime64:
    try:
        return np.datetime64(datetime.date.fromisoformat(text)).astype(DATE)
    except ValueError:
        raise BadInput(f"{text!r} is no date such as 2024-05-31") from None


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
