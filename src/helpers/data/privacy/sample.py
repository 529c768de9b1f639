"""A bounded look at one column, and what a detector says about it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.recipe.columns import MISSING

FRACTIONS = 100  # values that are looked at to tell a column of fractions
_NUMBER = re.compile(r"[+-]?\d*\.?\d+(?:[eE][+-]?\d+)?")


@dataclass(frozen=True)
class Sample:
    """Different values of a column, as texts without spaces around them.

    name      name of the column
    values    a bounded number of different values, in the order of the rows
    distinct  how many different values all sampled rows have
    present   how many sampled rows have a value
    kind      "number", "date" (the type is one) or "text"
    """

    name: str
    values: list[str]
    distinct: int
    present: int
    kind: str

    def share(self, holds: Callable[[str], object]) -> float:
        """Return the share of the values for which a test holds; 0 when there is no value."""
        return sum(bool(holds(v)) for v in self.values) / len(self.values) if self.values else 0.0


@dataclass(frozen=True)
class Opinion:
    """What one detector thinks: kind, share of the values, how sure it is (0 to 1), and why, without any value."""

    kind: str
    share: float
    confidence: float
    why: str


def sampled(values: pd.Series, most: int) -> Sample:
    """Return the sample of a column: at most `most` different values out of ten times as many rows, spread evenly."""
    if len(values) > 10 * most:
        values = values.iloc[np.linspace(0, len(values) - 1, 10 * most).astype(int)]
    present = values.dropna()
    if pd.api.types.is_datetime64_any_dtype(present):
        return Sample(str(values.name), _dates(present)[:most], present.nunique(), len(present), "date")
    if pd.api.types.is_bool_dtype(present):
        return Sample(str(values.name), [], 2, len(present), "number")
    if _are_fractions(present):
        return Sample(str(values.name), [], 0, len(present), "number")
    known = [text for text in dict.fromkeys(map(_text, present.tolist())) if text.lower() not in MISSING]
    kind = "number" if known and all(_NUMBER.fullmatch(t) for t in known[:most]) else "text"
    if kind == "number" and sum("." in t for t in known[:most]) > 0.2 * len(known[:most]):
        known = []  # fractions name nobody
    return Sample(str(values.name), known[:most], len(known), len(present), kind)


def _are_fractions(values: pd.Series) -> bool:
    """Whether so many values, spread evenly, are numbers with a fraction, which name nobody: no need to read on."""
    some = values.iloc[np.linspace(0, len(values) - 1, FRACTIONS).astype(int)] if len(values) else values
    texts = list(map(_text, some.tolist()))
    return bool(texts) and all("." in t and _NUMBER.fullmatch(t) for t in texts)


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _dates(values: pd.Series) -> list[str]:
    midnight = bool((values.dt.normalize() == values).all())
    return list(pd.unique(values.dt.strftime("%Y-%m-%d" if midnight else "%Y-%m-%d %H:%M:%S")))
