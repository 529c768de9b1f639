"""Excel sheets: the one that is named or the only one with values, its first row the header, cells as they are."""

from __future__ import annotations

import shlex
from pathlib import Path

import pandas as pd
import pyarrow as pa

from helpers.data.sources import packed
from helpers.data.sources.records import batches_of
from helpers.errors import BadInput, nearest

SUFFIXES = (".xlsx", ".xlsm")


def read(path: Path, sheet: str | None = None) -> pa.RecordBatchReader:
    """Return the cells of a sheet; a column of several kinds comes as text.

    BadInput when there is no sheet of that name, or none is named and several have values.
    """
    with packed.plain(path) as plain, pd.ExcelFile(plain, engine="openpyxl") as book:
        chosen = _chosen(book, sheet, path.name)
        cells = book.parse(chosen, header=None, dtype=object, keep_default_na=False, na_values=[""])
    if len(cells) < 2:
        raise BadInput(f"{path.name} has a header and no row")
    names = [f"column_{n}" if pd.isna(h) else str(h) for n, h in enumerate(cells.iloc[0], 1)]
    body = cells.iloc[1:].astype(object)
    rows = body.where(body.notna(), None).itertuples(index=False, name=None)
    return batches_of(names, ([_plain(v) for v in row] for row in rows))


def _chosen(book: pd.ExcelFile, sheet: str | None, file: str) -> str:
    names = [str(name) for name in book.sheet_names]
    if sheet is not None and sheet not in names:
        raise BadInput(f"{file} has no sheet {sheet!r}{nearest(sheet, names)} (sheets: {', '.join(names)})")
    if sheet is not None or len(names) == 1:
        return sheet or names[0]
    filled = [name for name in names if _has_values(book, name)]
    if len(filled) > 1:
        told, one = ", ".join(map(repr, filled)), shlex.quote(f"{file}?sheet={filled[0]}")
        raise BadInput(f"{file} has {len(filled)} sheets with values ({told}); name one, as in {one}")
    return (filled or names)[0]


def _has_values(book: pd.ExcelFile, name: str) -> bool:
    return any(cell is not None for row in book.book[name].iter_rows(values_only=True) for cell in row)


def _plain(value: object) -> object:
    return value.to_pydatetime() if isinstance(value, pd.Timestamp) else value
