"""How long fits take, told from earlier ones, and what follows: the rows, folds, rates and trees that a time allows.

What is known of a fit of a family is a mapping: {"rows", "seconds", "rounds", "bytes", "cut", "rate"}, as `speed_of`
tells.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np

from helpers.model.fits import Candidate, Fit
from helpers.model.portfolio import FORESTS, RACED, RATES, STOPPING, learning_rate

Speed = Mapping[str, float]
Timings = Mapping[str, Speed]  # by family
FOREST_BYTES = 40_000_000  # of the forests of all folds of a candidate
TREES = (12, 100)  # of a forest of one fold, at least and at most
UNFINISHED = (
    8.0  # rounds times rate that boosting needs at least, when nothing is known but that its time was over
)
GROWTH = 0.8  # a round takes rows ** GROWTH


def speed_of(rows: int, fits: Collection[Fit]) -> dict[str, float]:
    """Return the means of fits of so many rows: seconds in all, rounds, bytes, and the share of them that was cut."""
    return {
        "rows": rows,
        "seconds": float(np.mean([sum(f.seconds) for f in fits])),
        "rounds": float(np.mean([f.rounds or 0 for f in fits])),
        "bytes": float(np.mean([f.bytes for f in fits])),
        "cut": float(np.mean([f.cut for f in fits])),
    }


def rows_worth(timings: Timings, rows: int, seconds: float, jobs: int) -> int:
    """Return how many rows there is time to learn from, in one fold at least."""
    share = 0.5 * seconds * jobs / max(_needed(timings, rows), 1e-9)
    return rows if share >= 1 else max(min(rows, 2000), int(rows * share))


def folds_worth(timings: Timings, rows: int, most: int, seconds: float, jobs: int) -> int:
    """Return how many folds there is time for: of each, the first boosted models must have rounds enough."""
    return int(np.clip(0.6 * seconds * jobs / max(_needed(timings, rows), 1e-9), 1, most))


def _needed(timings: Timings, rows: int) -> float:
    """Return the seconds that the first boosted models need for a fold of so many rows, at their fastest rate.

    A mean over more folds gains more than a slower rate does.
    """
    needed = 0.0
    for family, (_, fastest) in RATES.items():
        speed = timings.get(family, {})
        if speed.get("rounds"):
            each, learnt = _round(speed, max(rows, int(speed["rows"])))
            needed += each * (learnt + STOPPING) / fastest
    return needed


def expected(family: str, speed: Speed, rows: int) -> float:
    """Return the seconds that a fit of so many rows takes, 0 when unknown; boosting can stop at any time."""
    if not speed.get("seconds"):
        return 0.0
    seconds = speed["seconds"] * rows / speed["rows"]
    return seconds * 0.3 if family in RATES else seconds


def timed(candidate: Candidate, speed: Speed, rows: int, folds: int, seconds: float) -> Candidate:
    """Return the candidate with the learning rate that the time of a fit allows, unless it has one; or so many trees.

    rows and folds are those of the fits; where nothing is known of its speed, it learns as fast as in the race.
    """
    if candidate.family in FORESTS and speed.get("rounds"):
        return replace(
            candidate, parameters={**candidate.parameters, "n_estimators": _trees(speed, rows, folds)}
        )
    if candidate.family not in RATES or "learning_rate" in candidate.parameters:
        return candidate
    rate = RACED
    if speed.get("rounds"):
        rate = learning_rate(candidate.family, seconds, *_round(speed, rows))
    return replace(candidate, parameters={**candidate.parameters, "learning_rate": float(f"{rate:.3g}")})


def _trees(speed: Speed, rows: int, folds: int) -> int:
    """Return so many trees that those of all folds are not too large; together they are many."""
    each = speed["bytes"] / speed["rounds"] * rows / speed["rows"]
    return int(np.clip(FOREST_BYTES / (each * folds), *TREES))


def _round(speed: Speed, rows: int) -> tuple[float, float]:
    """Return the seconds of a round of boosting on so many rows, and rounds times rate that it needs.

    Where the time ended the rounds hardly more than the best of them were grown, and more may be needed.
    """
    rate = speed.get("rate", RACED)
    learnt, grown = speed["rounds"] * rate, speed["rounds"] + STOPPING / rate
    if speed.get("cut", 0.0) > 0.5:
        learnt, grown = max(UNFINISHED, 1.5 * learnt), speed["rounds"]
    return speed["seconds"] / grown * (rows / speed["rows"]) ** GROWTH, learnt
