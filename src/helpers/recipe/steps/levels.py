"""The levels of a category: grouped and replaced."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any

import numpy as np

from helpers.recipe.columns import each
from helpers.recipe.parameters import Between
from helpers.recipe.registry import column_step


def frequent_levels(
    values: np.ndarray, *, min_share: Annotated[float, Between(0, 1)] = 0.01, most: int | None = None
) -> dict[str, Any]:
    """Return {"levels": those with at least min_share of the present values, the most frequent first}."""
    counts = Counter(v for v in values.tolist() if v is not None)
    enough = [v for v, count in counts.items() if count >= min_share * counts.total()]
    return {"levels": sorted(enough, key=lambda v: (-counts[v], v))[:most]}


@column_step("category", fit=frequent_levels)
def group_rare(values: np.ndarray, state: dict[str, Any], *, into: str = "(other)") -> np.ndarray:
    """Put rare levels, and those that training never saw, into one; missing stays missing."""
    levels = set(state["levels"])
    return each(values, lambda v: v if v is None or v in levels else into)


@column_step("category")
def replace_levels(values: np.ndarray, *, levels: dict[str, str]) -> np.ndarray:
    """Replace levels by others (old: new), such as misspellings; an empty new one means missing."""
    return each(values, lambda v: v if v is None else levels.get(v, v) or None)


@column_step("number", "category")
def to_missing(values: np.ndarray, *, codes: list[float | str]) -> np.ndarray:
    """Treat codes such as -999 or "unknown" as missing; in text, case and blanks around do not matter."""
    if values.dtype != object:
        numbers = [c for c in codes if not isinstance(c, str)]
        return np.where(np.isin(values, np.array(numbers, float)), np.nan, values)
    words = {_plain(c if isinstance(c, str) else f"{c:g}") for c in codes}
    return each(values, lambda v: None if v is None or _plain(v) in words else v)


def _plain(text: str) -> str:
    return text.strip().casefold()
