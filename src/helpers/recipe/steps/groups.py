"""What the training rows say of a group: numbers told or filled by the categories beside them.

The categories among the columns of a step form the groups, its numbers are what is told of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np

from helpers.recipe.columns import each, texts
from helpers.recipe.registry import table_step

Columns = dict[str, np.ndarray]
Statistic = Literal["mean", "median", "std", "min", "max", "count"]
_TELL: dict[str, Callable[[np.ndarray], float]] = {
    "mean": np.mean,
    "median": np.median,
    "std": np.std,
    "min": np.min,
    "max": np.max,
    "count": len,
}


def medians_by_group(columns: Columns) -> dict[str, Any]:
    """Return {"groups": group -> median of each number, "all": those of all rows}."""
    return _told(columns, ["median"])


@table_step("number", "category", fit=medians_by_group)
def impute_by_group(columns: Columns, state: dict[str, Any]) -> Columns:
    """Put the median of the row's group in the training rows where a number is missing; the categories are the groups.

    Where a group is unknown, or had no number, the median of all training rows serves.
    """
    found = _of_rows(columns, state, ["median"])
    return {n: np.where(np.isnan(v), found[n][0], v) if n in found else v for n, v in columns.items()}


def statistics_by_group(columns: Columns, *, statistics: list[Statistic] | None = None) -> dict[str, Any]:
    """Return {"groups": group -> figures of each number in turn, "all": those of all rows}."""
    return _told(columns, statistics or ["mean"])


@table_step("number", "category", fit=statistics_by_group)
def group_statistics(
    columns: Columns, state: dict[str, Any], *, statistics: list[Statistic] | None = None
) -> Columns:
    """Add what the training rows say of the row's group: the mean (or others) of each number by the categories.

    The columns are named number_mean_by_category. Where a group is unknown, the figure of all training rows serves;
    its count is 0. All stay.
    """
    wanted = list(statistics or ["mean"])
    by = "_".join(n for n, v in columns.items() if v.dtype == object)
    found = _of_rows(columns, state, wanted)
    made = {
        f"{n}_{statistic}_by_{by}" if by else f"{n}_{statistic}": figures[place]
        for n, figures in found.items()
        for place, statistic in enumerate(wanted)
    }
    return {**columns, **made}


def _told(columns: Columns, statistics: Sequence[str]) -> dict[str, Any]:
    keys = _groups(columns)
    levels, codes = np.unique(keys.astype(str), return_inverse=True) if len(keys) else (keys, keys)
    order = np.argsort(codes, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(codes[order])) + 1) if len(keys) else []
    numbers = [v for v in columns.values() if v.dtype != object]
    figures = {
        str(level): _figures(numbers, rows, statistics) for level, rows in zip(levels, parts, strict=True)
    }
    return {"groups": figures, "all": _figures(numbers, slice(None), statistics, "count")}


def _figures(
    numbers: list[np.ndarray], rows: Any, statistics: Sequence[str], none: str = ""
) -> list[list[float | None]]:
    """Return the statistics of each number over some rows; None where it has no present value there."""
    found = []
    for values in numbers:
        present = values[rows]
        present = present[np.isfinite(present)]
        told = [0.0 if s == none else float(_TELL[s](present)) if len(present) else None for s in statistics]
        found.append([t if t is None or np.isfinite(t) else None for t in told])
    return found


def _of_rows(
    columns: Columns, state: dict[str, Any], statistics: Sequence[str]
) -> dict[str, list[np.ndarray]]:
    """Return, for each number, the statistics (n,) of the group of every row."""
    keys, groups = _groups(columns), state["groups"]

    def told(key: str, number: int, statistic: int) -> float:
        figures = groups.get(key, state["all"])[number]
        value = state["all"][number][statistic] if figures[statistic] is None else figures[statistic]
        return np.nan if value is None else value

    names = [n for n, v in columns.items() if v.dtype != object]
    return {
        name: [each(keys, told, float, number, s) for s in range(len(statistics))]
        for number, name in enumerate(names)
    }


def _groups(columns: Columns) -> np.ndarray:
    """Return the name (n,) of each row's group: its level, or the JSON list of its levels where there are several."""
    categories = [v for v in columns.values() if v.dtype == object]
    if len(categories) == 1:
        return each(categories[0], lambda v: v or "")
    rows = list(zip(*(v.tolist() for v in categories), strict=True)) if categories else []
    count = len(next(iter(columns.values())))
    return texts([json.dumps(row, ensure_ascii=False) for row in rows] if categories else [""] * count)
