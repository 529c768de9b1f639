"""The figures of a column that memory holds: what the profile else asks DuckDB for, in a tenth of the time.

Plain numbers, booleans, moments and texts only; what is stored otherwise is left to DuckDB.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def present(values: pa.ChunkedArray) -> tuple[str, np.ndarray] | None:
    """Return how a column is stored (integer, float, boolean, date or text) and its present values (m,).

    NaN is missing, and -0 the same 0. None when it is stored in a way that is not plain.
    """
    kind = next((kind for kind, holds in _PLAIN.items() if holds(values.type)), None)
    if kind is None:
        return None
    kept = values.drop_null().to_numpy()
    return kind, kept[~np.isnan(kept)] + 0.0 if kind == "float" else kept


def counted(values: np.ndarray) -> tuple[int, Any, int]:
    """Return the number of distinct values (m,), the most frequent one (the least of equals) and its count."""
    if not len(values):
        return 0, None, 0
    if values.dtype == object:
        found = pc.value_counts(pa.array(values, pa.string()))
        levels, counts = found.field("values"), found.field("counts").to_numpy()
        often = levels.filter(pa.array(counts == counts.max()))
        return len(levels), min(often.to_pylist()), int(counts.max())
    levels, counts = np.unique(values, return_counts=True)
    most = int(counts.argmax())
    return len(levels), levels[most], int(counts[most])


def drawn(values: np.ndarray, size: int, seed: int) -> np.ndarray:
    """Return at most `size` of the values (m,), the same ones for the same seed, in their order."""
    if len(values) <= size:
        return values
    return values[np.sort(np.random.default_rng(seed).choice(len(values), size, replace=False))]


_PLAIN: dict[str, Callable[[pa.DataType], bool]] = {
    "integer": lambda t: t == pa.int64(),
    "float": lambda t: t == pa.float64(),
    "boolean": pa.types.is_boolean,
    "date": lambda t: t == pa.timestamp("us"),
    "text": lambda t: pa.types.is_string(t) or pa.types.is_large_string(t),
}
