"""Text: tidied up, or reduced to simple numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Literal

import numpy as np

from helpers.errors import BadInput
from helpers.recipe.columns import texts
from helpers.recipe.registry import column_step, table_step

Measure = Literal["characters", "words", "digits", "capitals", "punctuation"]
_COUNT: dict[str, Callable[[str], int]] = {
    "characters": len,
    "words": lambda text: len(text.split()),
    "digits": lambda text: sum(c.isdigit() for c in text),
    "capitals": lambda text: sum(c.isupper() for c in text),
    "punctuation": lambda text: sum(not c.isalnum() and not c.isspace() for c in text),
}


@column_step("category")
def text_counts(
    values: np.ndarray, *, counts: list[Measure] | None = None, keep: bool = False
) -> dict[str, np.ndarray]:
    """Replace text by counts: characters and words when none is named; keep leaves the text beside them."""
    made: dict[str, np.ndarray] = {
        name: np.array([math.nan if v is None else _COUNT[name](v) for v in values], np.float64)
        for name in counts or ["characters", "words"]
    }
    return {"": values, **made} if keep else made


@column_step("category")
def tidy_text(values: np.ndarray, *, case: Literal["lower", "upper", "keep"] = "lower") -> np.ndarray:
    """Bring text to one case, with single spaces between words and none around them."""
    change: Callable[[str], str] = {"lower": str.lower, "upper": str.upper}.get(case, str)
    return _each(values, lambda text: change(" ".join(text.split())))


@column_step("category")
def extract(values: np.ndarray, *, pattern: str, name: str, keep: bool = True) -> dict[str, np.ndarray]:
    """Add what a regular expression finds (its first group, else all) as a column with the suffix name."""
    try:
        expression = re.compile(pattern)
    except re.error as error:
        raise BadInput(f"the pattern {pattern!r} is no regular expression: {error}") from error

    def found(text: str) -> str | None:
        match = expression.search(text)
        return match[1 if expression.groups else 0] if match else None

    made = {name: _each(values, found)}
    return {"": values, **made} if keep else made


@table_step("category")
def join_text(columns: dict[str, np.ndarray], *, name: str, between: str = " ") -> dict[str, np.ndarray]:
    """Add a column that joins the texts of a row, missing ones left out; the texts stay."""
    joined = [
        between.join(v for v in row if v is not None) or None for row in zip(*columns.values(), strict=True)
    ]
    return {**columns, name: texts(joined)}


def _each(values: np.ndarray, change: Callable[[str], str | None]) -> np.ndarray:
    return texts([None if v is None else change(v) or None for v in values])
