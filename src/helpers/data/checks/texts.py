"""Checks of texts: what stands for missing, one value in several spellings, characters that a broken export leaves.

Arrow judges them, so that a column in which every text differs costs no more than another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from helpers.data.checks.check import Check
from helpers.data.checks.library import rule
from helpers.data.checks.values import as_texts, lacks

PLACEHOLDERS = ("?", "-", "--", ".", "n/a", "na", "none", "null", "nan", "unknown", "missing", "#n/a", "tbd")
# Control characters, U+FFFD, and what UTF-8 looks like when read as Windows-1252: "Ã©" is "é". An expression of RE2.
BROKEN = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f�]|Ã[\x{80}-¿€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|â€|Â[\x{a0}-¿]"
AT_ONCE = 100_000  # texts that are Python's for a moment


@rule
def no_placeholders(column: str) -> Check:
    """No text stands for a missing value, such as "?" or "n/a"."""

    def right(pc: Any, texts: pa.Array) -> pa.Array:
        return pc.invert(pc.is_in(pc.utf8_lower(pc.utf8_trim_whitespace(texts)), pa.array(PLACEHOLDERS)))

    return _by_row(column, f"{column} placeholder", right, "stands for a missing value?")


@rule
def clean_text(column: str) -> Check:
    """No text begins or ends with a blank, or holds characters that a broken export leaves."""

    def right(pc: Any, texts: pa.Array) -> pa.Array:
        broken = pc.match_substring_regex(texts, BROKEN)
        return pc.and_not(pc.equal(texts, pc.utf8_trim_whitespace(texts)), broken)

    said = "must have no blanks at its ends and no broken characters"
    return _by_row(column, f"{column} clean", right, said)


@rule
def one_spelling(column: str) -> Check:
    """No value differs from a more frequent one in case or blanks only."""

    def wrong(rows: Any) -> np.ndarray:
        rarer = _rarer_spellings(as_texts(piece[column]) for piece in rows.pieces((column,)))
        if not rarer:
            return np.zeros(rows.count, bool)
        return np.concatenate([as_texts(piece[column]).isin(rarer) for piece in rows.pieces((column,))])

    said = "differs from a more frequent value in case or blanks only"
    return Check(f"{column} spelling", wrong, said, column=column, needs=(column,), by="table")


def _by_row(column: str, name: str, right: Callable[[Any, pa.Array], pa.Array], said: str) -> Check:
    return Check(
        name, lambda rows: lacks(rows[column], right), said, column=column, needs=(column,), by="row"
    )


def _rarer_spellings(pieces: Iterable[pd.Series]) -> list[str]:
    """Return the texts of a column, which comes in pieces, that differ from a more frequent one in case or blanks."""
    counted = []
    for piece in pieces:
        found = pc.value_counts(pa.array(piece, pa.string(), from_pandas=True).drop_null())
        counted.append(pa.table([found.field("values"), found.field("counts")], ["text", "count"]))
    counts = pa.concat_tables(counted).group_by("text", use_threads=False).aggregate([("count", "sum")])
    counts = counts.append_column("plain", _plain(counts["text"]))
    alike = counts.group_by("plain", use_threads=False).aggregate([("text", "count")])
    several = alike.filter(pc.greater(alike["text_count"], 1))["plain"]
    few = counts.filter(pc.is_in(counts["plain"], several.combine_chunks())).to_pandas()
    few = few.sort_values("count_sum", ascending=False, kind="stable")
    return few.loc[few["plain"].duplicated(), "text"].tolist()


def _plain(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return texts without differences in case or blanks."""
    parts = (texts.slice(start, AT_ONCE) for start in range(0, len(texts), AT_ONCE))
    made = [pa.array([" ".join(t.split()).casefold() for t in p.to_pylist()], pa.string()) for p in parts]
    return pa.chunked_array(made, pa.string())
