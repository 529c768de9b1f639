"""A candidate under way in a search: what its fits gave so far, and what it would cost to use it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from helpers.model.fits import Candidate, Fit
from helpers.model.portfolio import FORESTS

MOST_BYTES = 150_000_000  # of the models of all folds on disk; larger ones take too long to export
BYTES_A_SECOND = 5_000_000  # of boosted models, that evaluation, acceptance and export get through
FOREST_BYTES_A_SECOND = 40_000_000  # of forests, whose trees are larger and fewer


@dataclass
class Tried:
    """A candidate under way: its fits by fold, and why it ended before its last fold, if it did."""

    candidate: Candidate
    seconds: float
    origin: str = "portfolio"
    fits: dict[int, Fit] = field(default_factory=dict)
    trouble: str = ""
    trial: Any = None
    late: bool = (
        False  # whether its model would take longer after the search than there is time, or others are better
    )

    @property
    def score(self) -> float:
        """The mean over the folds that are done; NaN before the first."""
        known = [f.score for f in self.fits.values() if np.isfinite(f.score)]
        return float(np.mean(known)) if known else float("nan")

    @property
    def usable(self) -> bool:
        """Whether a model may be made of it."""
        return self.bytes <= MOST_BYTES and not self.late

    @property
    def bytes(self) -> int:
        """What the models of its folds take on disk."""
        return sum(f.bytes for f in self.fits.values())

    def let_go(self) -> None:
        """Free what it takes in memory and on disk, since no mixture will want it."""
        self.late = True
        for fold, fit in self.fits.items():
            Path(fit.files[1]).unlink(missing_ok=True)
            self.fits[fold] = replace(fit, predicted=np.empty(0), files=("", ""))

    @property
    def seconds_after(self) -> float:
        """What its size costs after the search."""
        return self.bytes / (FOREST_BYTES_A_SECOND if self.candidate.family in FORESTS else BYTES_A_SECOND)
