"""When a trial may be left before its last fold: it can hardly become the best any more."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

LEAST_FOLDS, LEAST_TRIALS = 2, 3
ERRORS = 3.0  # standard errors


def hopeless(scores: Sequence[float], complete: Sequence[Sequence[float]]) -> bool:
    """Whether a trial with these scores of its first folds would need luck that folds do not give.

    complete holds the scores of trials that went through all folds. The trial is compared with the best of them on the
    same folds. How much such a difference varies by fold is told by the better half of the complete trials, the one
    that varies most: s. The mean of k of K folds lies s · sqrt(1/k - 1/K) around that of all (sampling without
    replacement); a trial that is behind by more than three times that is left.
    """
    known = [s for s in complete if np.isfinite(s).all()]
    k, folds = len(scores), len(known[0]) if known else 0
    if not LEAST_FOLDS <= k < folds or len(known) < LEAST_TRIALS:
        return False
    others = np.array(sorted(known, key=lambda s: -float(np.mean(s))))
    best, near = others[0], others[1 : 1 + max(2, len(others) // 2)]
    spread = float((best - near).std(axis=1, ddof=1).max())
    behind = float(np.mean(best[:k] - np.array(scores)))
    return bool(spread > 0 and behind > ERRORS * spread * np.sqrt(1 / k - 1 / folds))
