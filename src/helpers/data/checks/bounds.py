"""How far values may go beyond those that were seen, before they are told as implausible.

The tail of what was seen is drawn on: what lies beyond the 95th percentile is carried on k times over, evenly where
the tail is light, by factors where it is heavy. For exponential tails and power laws alike, another n values of the
same kind then go beyond with a chance of about (20 / n)^k; k is chosen so that this is 1 in 10,000. A few values that
stand apart from all others by this measure are not trusted themselves, so that an error does not hide itself.
"""

from __future__ import annotations

import math

import numpy as np

HEAVY = 4.0  # the tail is so many times as long as the way from the median to the 95th percentile
CHANCE = 1e-4
FEWEST, FEWEST_IN_TAIL = 20, 100


def plausible(values: np.ndarray, whole: bool = False) -> tuple[float | None, float | None]:
    """Return the least and greatest plausible number, given finite ones (n,); None for a side that can't be told.

    whole  the values are whole numbers, and so are the bounds

    >>> plausible(np.arange(1000.0) % 100, whole=True)
    (0.0, 109.0)
    """
    if len(values) < FEWEST or values.min() == values.max() or np.isinf(np.ptp(values)):
        return None, None
    x = np.sort(values)
    low, high = _above(-x[::-1]), _above(x)
    step = 1.0 if whole else 10.0 ** (math.floor(math.log10(np.ptp(x))) - 2)
    low, high = (None if end is None or np.isinf(end) else end for end in (low, high))
    return (
        None if low is None else round(-math.ceil(low / step) * step, 12) + 0.0,
        None if high is None else round(math.ceil(high / step) * step, 12) + 0.0,
    )


def _above(x: np.ndarray) -> float | None:
    """Return the upper bound of sorted numbers (n,)."""
    middle, outer = x[len(x) // 2], x[int(0.95 * len(x))]
    if middle == outer < x[-1]:  # one value in nearly every row: the others alone have a tail
        beyond = x[x > middle]
        return _above(beyond) if len(beyond) >= FEWEST_IN_TAIL else None
    spread = outer - middle or np.ptp(x)
    times = min(6.0, max(1.0, math.log(CHANCE) / math.log(FEWEST / (len(x) + 1))))
    trusted = _trusted(x, outer, spread, times)
    return 0.0 if _is_wall(trusted, outer, spread) else _carried_on(trusted, outer, spread, times, x[0])


def _trusted(x: np.ndarray, outer: float, spread: float, times: float) -> float:
    """Return the greatest of sorted numbers (n,) that does not stand apart with a few others."""
    few = max(len(x) // 100, min(5, len(x) // 10))
    start = len(x) - few
    trusted = x[start - 1]
    for position, value in enumerate(x[start:], start):
        apart = value > _carried_on(trusted, outer, spread, times, x[0])
        if apart and len(x) - position < max(10, 0.0005 * len(x)):
            break
        trusted = value
    return trusted


def _carried_on(trusted: float, outer: float, spread: float, times: float, least: float) -> float:
    """Return where the tail that was seen from outer up to trusted ends when it is drawn on so many times."""
    tail = trusted - outer
    even = trusted + max(times * tail or spread, 0.1 * (trusted - least))
    heavy = outer > 0 and tail > HEAVY * spread
    return float(max(even, trusted * (trusted / outer) ** times if heavy else even))


def _is_wall(trusted: float, outer: float, spread: float) -> bool:
    """Whether the values end at zero as at a wall: they come close to it, in number, and never pass."""
    return -0.1 * spread <= trusted <= 0 and trusted - outer <= 0.25 * spread
