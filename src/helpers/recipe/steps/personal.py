"""Personal values covered, made coarser or hashed: a value that was treated stays as it is when treated again.

So stored rows, which were treated when they came in, and raw rows of a request come out of a recipe the same.
"""

from __future__ import annotations

import datetime
import re
from typing import Annotated, Literal

import numpy as np

from helpers.recipe.columns import texts
from helpers.recipe.parameters import Between
from helpers.recipe.personal.keys import HASHED, hashed, same_key
from helpers.recipe.personal.text import covered
from helpers.recipe.registry import column_step

UNREADABLE = "[masked]"


@column_step("category")
def personal_mask(values: np.ndarray, *, by: str = "[masked]") -> np.ndarray:
    """Put one word in the place of every value; missing stays missing."""
    return texts([None if v is None else by for v in values])


@column_step("category")
def personal_text(values: np.ndarray) -> np.ndarray:
    """Cover the personal values that stand in free text by their kind, such as [mail]."""
    known = {v: covered(v) or None for v in set(values.tolist()) if v is not None}
    return texts([known.get(v) for v in values])


@column_step("category")
def personal_prefix(values: np.ndarray, *, length: Annotated[int, Between(1)]) -> np.ndarray:
    """Keep the first characters of texts, such as the region of a postal code."""
    return texts([None if v is None else v[:length].rstrip() or None for v in values])


@column_step("number")
def personal_band(values: np.ndarray, *, width: Annotated[float, Between(1e-12)]) -> np.ndarray:
    """Put the lower end of its band in the place of a number: with a width of 10, 37 becomes 30."""
    bands = np.floor(values / width)
    again = (bands + 1) * width <= values  # 0.3 / 0.1 is just below 3
    return (bands + again) * width + 0.0


@column_step("date")
def personal_date(values: np.ndarray, *, part: Literal["month", "year"]) -> np.ndarray:
    """Put the first day of its month or year in the place of a date."""
    return values.astype(f"datetime64[{part[0].upper()}]").astype("datetime64[us]")


@column_step("category")
def personal_hash(values: np.ndarray, *, key: str) -> np.ndarray:
    """Put its keyed hash in the place of a value; key is the fingerprint of the key, which the environment holds."""
    different = {v for v in values.tolist() if v is not None}
    if all(HASHED.fullmatch(v) for v in different):
        return values
    secret = same_key(key)
    known = {v: hashed(v, secret) for v in different}
    return texts([None if v is None else known[v] for v in values])


@column_step("category")
def personal_date_text(values: np.ndarray, *, part: Literal["month", "year"], layout: str) -> np.ndarray:
    """Put "1975-03" or "1975" in the place of a date that is written otherwise; what is none is covered."""
    written, kept = ("%Y-%m", r"\d{4}-\d\d") if part == "month" else ("%Y", r"\d{4}")

    def read(text: str) -> str:
        if text == UNREADABLE or re.fullmatch(kept, text):
            return text
        try:
            return datetime.datetime.strptime(text.strip(), layout).strftime(written)
        except ValueError:
            return UNREADABLE

    return texts([None if v is None else read(v) for v in values])
