"""Categories as numbers. The model's own pipeline encodes too, inside each fold; these are for choices of one's own.

Target encoding is not among them: only the model can fit it without showing a row its own target.
"""

from __future__ import annotations

import operator
import zlib
from collections import Counter
from typing import Annotated, Any

import numpy as np

from helpers.errors import BadInput
from helpers.recipe.columns import each
from helpers.recipe.parameters import Between
from helpers.recipe.registry import column_step
from helpers.recipe.steps.levels import frequent_levels


@column_step("category", fit=frequent_levels)
def one_hot(values: np.ndarray, state: dict[str, Any]) -> dict[str, np.ndarray]:
    """Replace a category by a column for each frequent level: 1 where a row has it, else 0."""
    return {level: each(values, operator.eq, float, level) for level in state["levels"]}


def level_order(values: np.ndarray, *, order: list[str] | None = None) -> dict[str, Any]:
    """Return {"levels": in the order given, or that of the alphabet}."""
    if order is not None and len(set(order)) < len(order):
        raise BadInput("order names a level twice")
    return {"levels": order or sorted({v for v in values.tolist() if v is not None})}


@column_step("category", fit=level_order)
def ordinal(values: np.ndarray, state: dict[str, Any]) -> np.ndarray:
    """Number the levels from 0 in the order given, or that of the alphabet; levels not among them are missing."""
    places = {level: float(place) for place, level in enumerate(state["levels"])}
    return each(values, lambda v: places.get(v, np.nan), float)


def level_shares(values: np.ndarray) -> dict[str, Any]:
    """Return {"shares": level -> part of the present values}."""
    counts = Counter(v for v in values.tolist() if v is not None)
    return {"shares": {level: count / counts.total() for level, count in sorted(counts.items())}}


@column_step("category", fit=level_shares)
def frequency(values: np.ndarray, state: dict[str, Any], *, keep: bool = False) -> Any:
    """Put the share of the training rows that have it in place of a level, 0 if none; keep leaves it beside."""
    shares = state["shares"]
    found = each(values, lambda v: np.nan if v is None else shares.get(v, 0.0), float)
    return {"": values, "frequency": found} if keep else found


@column_step("category")
def level_hash(values: np.ndarray, *, buckets: Annotated[int, Between(2, 1_000_000)] = 32) -> np.ndarray:
    """Put levels into buckets by a hash, for columns of very many levels: "0", "1" and so on."""
    return each(values, lambda v: v if v is None else str(zlib.crc32(v.encode("utf-8", "replace")) % buckets))


@column_step("category", fit=level_order)
def binary(values: np.ndarray, state: dict[str, Any]) -> dict[str, np.ndarray]:
    """Replace a category by the binary digits of its number from 1; all are 0 where it is missing or unknown."""
    places = {level: place for place, level in enumerate(state["levels"], 1)}
    codes = each(values, lambda v: places.get(v, 0), np.int64)
    return {f"bit{b}": (codes >> b & 1).astype(float) for b in range(len(places).bit_length())}
