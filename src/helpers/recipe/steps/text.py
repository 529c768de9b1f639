"""Text: tidied up, or reduced to simple numbers."""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Callable
from typing import Annotated, Literal

import numpy as np

from helpers.errors import BadInput
from helpers.recipe.columns import each, texts
from helpers.recipe.parameters import Between
from helpers.recipe.registry import column_step, table_step

Measure = Literal["characters", "words", "digits", "capitals", "punctuation"]
WORD = re.compile(r"\w+")
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
        name: each(values, _told, float, _COUNT[name]) for name in counts or ["characters", "words"]
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
    expression = _compiled(pattern)

    def found(text: str) -> str | None:
        match = expression.search(text)
        return match[1 if expression.groups else 0] if match else None

    made = {name: _each(values, found)}
    return {"": values, **made} if keep else made


@column_step("category")
def replace_text(values: np.ndarray, *, pattern: str, into: str = "") -> np.ndarray:
    """Replace what a regular expression finds; text of which nothing is left is missing."""
    expression = _compiled(pattern)
    return _each(values, lambda text: expression.sub(lambda _: into, text))


@column_step("category")
def split_text(
    values: np.ndarray, *, between: str = " ", parts: Annotated[int, Between(2, 100)] = 2
) -> dict[str, np.ndarray]:
    """Replace text by its parts between separators; the last holds the rest, parts that are not there are missing."""
    if not between:
        raise BadInput("between is empty; name the text that separates the parts")

    def part(text: str | None, place: int) -> str | None:
        found = (text or "").split(between, parts - 1)
        return found[place].strip() or None if place < len(found) else None

    return {f"part{n + 1}": each(values, part, object, n) for n in range(parts)}


@column_step("category")
def contains(values: np.ndarray, *, words: list[str], keep: bool = True) -> dict[str, np.ndarray]:
    """Add a column for each word: 1 where the text holds it (in any case, within words too), else 0."""
    if not words or not all(words):
        raise BadInput("words is empty; name one at least")
    made = {word: each(values, _holds, float, word.lower()) for word in words}
    return {"": values, **made} if keep else made


@column_step("category")
def token_hash(
    values: np.ndarray, *, buckets: Annotated[int, Between(2, 4096)] = 32
) -> dict[str, np.ndarray]:
    """Replace text by how many of its words fall into each bucket of a hash; words in any case, missing is none."""

    def counted(text: str | None) -> list[int]:
        words = WORD.findall((text or "").lower())
        return np.bincount(
            [zlib.crc32(w.encode("utf-8", "replace")) % buckets for w in words], minlength=buckets
        ).tolist()

    counts = np.array([counted(v) for v in values], float).reshape(len(values), buckets)
    return {f"h{bucket}": counts[:, bucket].copy() for bucket in range(buckets)}


@table_step("category")
def join_text(columns: dict[str, np.ndarray], *, name: str, between: str = " ") -> dict[str, np.ndarray]:
    """Add a column that joins the texts of a row, missing ones left out; the texts stay."""
    joined = [
        between.join(v for v in row if v is not None) or None for row in zip(*columns.values(), strict=True)
    ]
    return {**columns, name: texts(joined)}


def _each(values: np.ndarray, change: Callable[[str], str | None]) -> np.ndarray:
    return each(values, lambda v: None if v is None else change(v) or None)


def _told(text: str | None, of: Callable[[str], float]) -> float:
    return math.nan if text is None else of(text)


def _holds(text: str | None, word: str) -> float:
    return math.nan if text is None else word in text.lower()


def _compiled(pattern: str) -> re.Pattern:
    try:
        return re.compile(pattern)
    except re.error as error:
        raise BadInput(f"the pattern {pattern!r} is no regular expression: {error}") from error
