"""Excel sheets: the first one, its first row the header, cells as they are."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa

from helpers.data.sources import packed
from helpers.data.sources.records import batches_of
from helpers.errors import BadInput

SUFFIXES = (".xlsx", ".xlsm")


def read(path: Path) -> pa.RecordBatchReader:
    """Return the cells; a column of several kinds comes as text."""
    with packed.plain(path) as plain:
        cells = pd.read_excel(plain, header=None, dtype=object, keep_default_na=False, na_values=[""])
    if len(cells) < 2:
        raise BadInput(f"{path.name} has a header and no row")
    names = [f"column_{n}" if pd.isna(h) else str(h) for n, h in enumerate(cells.iloc[0], 1)]
    body = cells.iloc[1:].astype(object)
    rows = body.where(body.notna(), None).itertuples(index=False, name=None)
    return batches_of(names, ([_plain(v) for v in row] for row in rows))


def _plain(value: object) -> object:
    return value.to_pydatetime() if isinstance(value, pd.Timestamp) else value
