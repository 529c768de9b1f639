"""Checks of keys: uniqueness, references to another table, one value that goes with another, equal rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from helpers.data.checks.check import Check
from helpers.data.checks.library import rule
from helpers.data.checks.references import column_of
from helpers.data.checks.values import as_texts
from helpers.errors import BadInput


@rule
def unique(*columns: str) -> Check:
    """No two rows share the values of the columns; the first of equals is right, a missing value equals none."""
    if not columns:
        raise BadInput("unique needs a column at least")

    def wrong(rows: pd.DataFrame) -> pd.Series:
        return rows.duplicated(list(columns)) & rows[list(columns)].notna().all(axis=1)

    said = "must be unique, and an earlier row has the same"
    column = columns[0] if len(columns) == 1 else None
    return Check(f"{' + '.join(columns)} unique", wrong, said, column=column, needs=columns)


@rule
def refers(column: str, table: str, key: str) -> Check:
    """Every present value is a value of the column key in another table, a file of its own.

    table is looked for in the folder of references that the checks are run with. Numbers are compared as numbers
    are written: 7, 7.0 and "7" are the same key.
    """

    def wrong(rows: Any) -> np.ndarray:
        known = _key_texts(column_of(rows.references, table, key)).dropna().unique()
        parts = (piece[column] for piece in rows.pieces((column,)))
        return np.concatenate([part.notna() & ~_key_texts(part).isin(known) for part in parts])

    said = f"must be a {key} of {Path(table).name}"
    return Check(f"{column} refers to {key}", wrong, said, column=column, needs=(column,), by="table")


@rule
def determines(left: str, right: str) -> Check:
    """One value of left goes with one value of right (a postal code with its town); rarer ones are wrong."""

    def wrong(rows: pd.DataFrame) -> np.ndarray:
        known = (rows[left].notna() & rows[right].notna()).to_numpy()
        a, b = pd.factorize(rows[left])[0], pd.factorize(rows[right])[0]
        pairs = pd.Series(np.flatnonzero(known)).groupby([a[known], b[known]], sort=False)
        sizes = pairs.agg(["size", "first"]).reset_index(names=["a", "b"])
        usual = sizes.sort_values(["size", "first"], ascending=[False, True]).drop_duplicates("a")
        expected = np.full(a.max(initial=-1) + 2, -1)
        expected[usual["a"]] = usual["b"]
        return known & (expected[a] != b)

    said = f"must go with one {right} only, and most rows have another"
    return Check(f"{left} determines {right}", wrong, said, column=right, needs=(left, right))


@rule
def no_equal_rows(but: list[str] = []) -> Check:  # noqa: B006
    """No row equals an earlier one in every column, those of `but` left out; told by hashes of 64 bits."""

    def wrong(rows: Any) -> np.ndarray:
        compared = tuple(c for c in rows.names if c not in but)
        if not compared:
            return np.zeros(rows.count, bool)
        hashes = [
            pd.util.hash_pandas_object(_hashable(piece), index=False) for piece in rows.pieces(compared)
        ]
        return pd.concat(hashes, ignore_index=True).duplicated().to_numpy()

    return Check("equal rows", wrong, "an earlier row is the same in every column", by="table")


def _hashable(piece: pd.DataFrame) -> pd.DataFrame:
    """Return a piece whose values hash alike in every piece, however many of them are missing."""
    whole = {c: "float64" for c in piece if pd.api.types.is_bool_dtype(piece[c])}
    return piece.astype(whole) if whole else piece


def _key_texts(values: pd.Series) -> pd.Series:
    """Return keys as texts; whole numbers lose a ".0"."""
    if pd.api.types.is_float_dtype(values):
        return values.map(lambda v: str(int(v)) if v % 1 == 0 else str(v), na_action="ignore").astype(object)
    return as_texts(values)
