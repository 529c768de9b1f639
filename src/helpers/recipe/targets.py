"""The target as numbers, for steps that look at it while they learn."""

from __future__ import annotations

from collections import Counter

import numpy as np

MOST = 200


def indicators(target: np.ndarray) -> np.ndarray:
    """Return the target (n, k): a number as one column in standard units, classes as a column of 0 and 1 each.

    Of more than MOST classes (sets of labels, say) the most frequent have a column.
    """
    if target.dtype.kind in "fiub":
        numbers = target.astype(float)
        spread = numbers.std() if len(numbers) else 0.0
        return ((numbers - numbers.mean()) / spread if spread else np.zeros(len(numbers)))[:, None]
    levels = sorted((level for level, _ in Counter(target.tolist()).most_common(MOST)), key=str)
    return np.array([target == level for level in levels], float).reshape(len(levels), len(target)).T
