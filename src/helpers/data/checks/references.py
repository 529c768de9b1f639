"""A column of another table, a file in the folder of references that checks are run with."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from helpers.errors import BadInput, nearest


def column_of(references: Path | None, table: str, column: str) -> pd.Series:
    """Return a column of the table in a file; a file without types (CSV) gives texts."""
    from helpers.data.sources.files import read_one

    if references is None:
        raise BadInput(f"a check refers to {table}: name the folder it stands in (parameter references)")
    path = references if references.is_file() else references / table
    if not path.is_file():
        raise BadInput(f"a check refers to {table}, and there is no such file in {references}")
    read = read_one(path).read_all()
    if column not in read.column_names:
        raise BadInput(f"{table} has no column {column!r}{nearest(column, read.column_names)}")
    return read.column(column).to_pandas(integer_object_nulls=True)
