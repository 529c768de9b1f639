"""Checks of texts: what stands for missing, one value in several spellings, characters that a broken export leaves."""

from __future__ import annotations

import pandas as pd

from helpers.data.checks.check import Check
from helpers.data.checks.library import rule
from helpers.data.checks.values import as_texts

PLACEHOLDERS = ("?", "-", "--", ".", "n/a", "na", "none", "null", "nan", "unknown", "missing", "#n/a", "tbd")
# Control characters, U+FFFD, and what UTF-8 looks like when read as Windows-1252: "Ã©" is "é".
BROKEN = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f�]|Ã[\u0080-¿€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|â€|Â[\u00a0-¿]"


@rule
def no_placeholders(column: str) -> Check:
    """No text stands for a missing value, such as "?" or "n/a"."""

    def wrong(rows: pd.DataFrame) -> pd.Series:
        return by_level(rows[column], lambda level: level.strip().lower() in PLACEHOLDERS)

    return _of(column, f"{column} placeholder", wrong, "stands for a missing value?", "row")


@rule
def one_spelling(column: str) -> Check:
    """No value differs from a more frequent one in case or blanks only."""

    def wrong(rows: pd.DataFrame) -> pd.Series:
        counts = as_texts(rows[column]).value_counts()
        plain = counts.index.to_series().str.split().str.join(" ").str.casefold()
        return as_texts(rows[column]).isin(plain.index[plain.duplicated()])

    said = "differs from a more frequent value in case or blanks only"
    return _of(column, f"{column} spelling", wrong, said, "whole")


@rule
def clean_text(column: str) -> Check:
    """No text begins or ends with a blank, or holds characters that a broken export leaves."""
    import re

    broken = re.compile(BROKEN)

    def wrong(rows: pd.DataFrame) -> pd.Series:
        return by_level(rows[column], lambda level: level != level.strip() or bool(broken.search(level)))

    said = "must have no blanks at its ends and no broken characters"
    return _of(column, f"{column} clean", wrong, said, "row")


def by_level(values: pd.Series, is_wrong) -> pd.Series:
    """Return where is_wrong(text) holds, asked once for each distinct value."""
    texts = as_texts(values)
    return texts.isin([level for level in texts.dropna().unique() if is_wrong(level)])


def _of(column: str, name: str, wrong, said: str, by: str) -> Check:
    return Check(name, wrong, said, column=column, needs=(column,), by=by)
