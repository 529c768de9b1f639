"""The target as numbers, for steps that look at it while they learn."""

from __future__ import annotations

import numpy as np


def indicators(target: np.ndarray) -> np.ndarray:
    """Return the target (n, k): a number as one column in standard units, classes as a column of 0 and 1 each."""
    if target.dtype.kind in "fiub":
        numbers = target.astype(float)
        spread = numbers.std() if len(numbers) else 0.0
        return ((numbers - numbers.mean()) / spread if spread else np.zeros(len(numbers)))[:, None]
    levels = sorted(set(target.tolist()), key=str)
    return np.array([target == level for level in levels], float).reshape(len(levels), len(target)).T
