"""Drop, name, copy and order columns by hand."""

from __future__ import annotations

import numpy as np

from helpers.errors import BadInput
from helpers.recipe.registry import column_step, table_step

Columns = dict[str, np.ndarray]


@table_step()
def drop(columns: Columns) -> Columns:
    """Leave the columns out; a request need not hold them any more."""
    return {}


@table_step()
def rename(columns: Columns, *, names: dict[str, str]) -> Columns:
    """Give columns new names (old: new)."""
    absent = [old for old in names if old not in columns]
    if absent:
        raise BadInput(f"{absent[0]!r} is to be renamed and is not among the columns of the step")
    return {names.get(name, name): values for name, values in columns.items()}


@table_step()
def reorder(columns: Columns) -> Columns:
    """Put the columns beside each other, in the order in which the step names them."""
    return columns


@column_step()
def copy(values: np.ndarray, *, name: str) -> dict[str, np.ndarray]:
    """Add the column once more, with the suffix name, so that one can be changed and the other kept."""
    return {"": values, name: values}
