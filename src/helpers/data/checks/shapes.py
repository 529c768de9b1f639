"""The form that all texts of a column share, as a regular expression: runs of digits, of letters, and signs."""

from __future__ import annotations

import re

import pandas as pd

FEWEST = 50  # different texts from which a form is told
LONGEST = 40
_RUNS = re.compile(r"[0-9]+|[A-Z]+|[a-z]+|.", re.S)
_CLASSES = (("[0-9]", "0", "9"), ("[A-Z]", "A", "Z"), ("[a-z]", "a", "z"))


def shape_of(values: pd.Series) -> str:
    r"""Return the regular expression of a column's texts (n,); empty when they share no form, or only that of words.

    >>> shape_of(pd.Series([f"A-{n}" for n in range(100, 200)]))
    'A\\-[0-9]{3}'
    >>> shape_of(pd.Series([f"{'a' * n}" for n in range(1, 99)]))
    ''
    """
    texts = values.dropna().astype(str).unique()
    if len(texts) < FEWEST or max(map(len, texts)) > LONGEST:
        return ""
    runs = [_RUNS.findall(text) for text in texts[:100_000]]
    if len({len(r) for r in runs}) != 1:
        return ""
    parts = [_part(column) for column in zip(*runs, strict=True)]
    if None in parts or not any("[0-9]" in str(part) for part in parts):
        return ""
    return "".join(map(str, parts))


def _part(texts: tuple[str, ...]) -> str | None:
    if len(set(texts)) == 1:
        return re.escape(texts[0])
    for name, low, high in _CLASSES:
        if all(low <= t[0] <= high for t in texts):
            lengths = {len(t) for t in texts}
            span = f"{{{min(lengths)}}}" if len(lengths) == 1 else "+"
            return name + (span if span != "{1}" else "")
    return None
