"""Make anew what must not be drawn from real rows: identifiers, and the words of texts."""

from __future__ import annotations

import string
from collections import Counter

import numpy as np
import pandas as pd

IN_ROWS = 5  # a word may be used that stands in so many texts at least: a rarer one may name someone


def identifiers(real: pd.Series, count: int, rng: np.random.Generator) -> pd.Series:
    """Return new names of rows, all different and none of them real, of the shape that real ones have."""
    if pd.api.types.is_integer_dtype(real):
        start = int(real.max()) + 1
        if start + count < 2**62:
            return pd.Series(np.arange(start, start + count)).astype(real.dtype)
    known = set(real.dropna().astype(str))
    shapes = sorted(known)
    made: list[str] = []
    seen = set(known)
    longer = 0
    while len(made) < count:
        shape = shapes[rng.integers(len(shapes))] + "0" * (longer // (10 * count + 1000))
        new = "".join(_like(c, rng) for c in shape)
        longer += 1
        if new not in seen:
            seen.add(new)
            made.append(new)
    return pd.Series(made, dtype=object)


def word_counts(real: pd.Series) -> np.ndarray:
    """Return how many words each text has (n,), NaN where it is missing."""
    return np.array([np.nan if pd.isna(v) else len(str(v).split()) for v in real], float)


def texts(real: pd.Series, words: np.ndarray, rng: np.random.Generator) -> pd.Series:
    """Return texts of so many words each, drawn by how often words occur; None where the number is missing.

    Only words that stand in five texts or more are used, none with a digit or an @.
    """
    present = [set(str(v).split()) for v in real.dropna()]
    held = Counter(word for text in present for word in text)
    vocabulary = sorted(w for w, n in held.items() if n >= IN_ROWS and w.isalpha()) or ["text"]
    weights = np.array([held[w] for w in vocabulary], float)
    chances = weights / weights.sum()
    made = [
        None if np.isnan(n) else " ".join(rng.choice(vocabulary, int(n), p=chances)) or None for n in words
    ]
    return pd.Series(made, dtype=object)


def _like(character: str, rng: np.random.Generator) -> str:
    for alphabet in (string.digits, string.ascii_lowercase, string.ascii_uppercase):
        if character in alphabet:
            return alphabet[rng.integers(len(alphabet))]
    return character if not character.isalnum() else string.ascii_lowercase[rng.integers(26)]
