"""Few of many rows, to rank families by: some of each class are among them, however rare it is."""

from __future__ import annotations

import numpy as np

FLOOR = 20  # rows of each class, or that hold and lack each label, where there are so many
SHARE = 0.25  # of the rows, that this may add at most, but for one row of each class


def with_each_class(few: np.ndarray, order: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return few rows, sorted, and further ones of a class of which they hold fewer than its floor.

    few    positions of rows, some of order
    order  positions of all rows to draw from; further ones are its last of that class
    y      the target of all rows of the table: classes (n,), labels (n, labels), or numbers (n,), which have no floor

    >>> with_each_class(np.arange(8), np.arange(100), np.arange(100) // 98)
    array([ 0,  1,  2,  3,  4,  5,  6,  7, 99])
    """
    here = y[order]
    kinds = [] if y.dtype.kind == "f" else _kinds(here)
    floor = int(np.clip(SHARE * len(few) // max(1, len(kinds)), 1, FLOOR))
    chosen = np.isin(order, few)
    more = [order[kind][-floor:] for kind in kinds if (kind & chosen).sum() < floor]
    return np.unique(np.concatenate([few, *more]))


def _kinds(y: np.ndarray) -> list[np.ndarray]:
    """Return where each class is (n,), or where each label holds and where it doesn't."""
    if y.ndim == 2:
        return [label == value for label in y.T for value in (0, 1)]
    return [y == value for value in np.unique(y)]
