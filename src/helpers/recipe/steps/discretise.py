"""Numbers cut into intervals: of equal width, of equally many rows, at given cuts, or where the target changes.

An interval holds its lower end and not its upper one. It is named, "3.5 to 7", or numbered from 0.
"""

from __future__ import annotations

import itertools
from typing import Annotated, Any

import numpy as np

from helpers.errors import BadInput
from helpers.recipe.columns import texts
from helpers.recipe.parameters import Between
from helpers.recipe.registry import column_step
from helpers.recipe.targets import indicators

Bins = Annotated[int, Between(2, 1000)]


def equal_widths(values: np.ndarray, *, bins: Bins = 10) -> dict[str, Any]:
    """Return {"cuts"} that divide the range of the present numbers evenly."""
    present = values[np.isfinite(values)]
    cuts = np.linspace(present.min(), present.max(), bins + 1)[1:-1] if len(present) else np.empty(0)
    return {"cuts": _distinct(cuts)}


def equal_counts(values: np.ndarray, *, bins: Bins = 10) -> dict[str, Any]:
    """Return {"cuts"} that divide the present numbers into parts of about as many rows."""
    present = values[np.isfinite(values)]
    cuts = np.quantile(present, np.linspace(0, 1, bins + 1)[1:-1]) if len(present) else np.empty(0)
    return {"cuts": _distinct(cuts[cuts > present.min()] if len(present) else cuts)}


def tree_cuts(
    values: np.ndarray,
    *,
    target: np.ndarray | None,
    bins: Bins = 5,
    least: Annotated[float, Between(0, 0.5)] = 0.05,
) -> dict[str, Any]:
    """Return {"cuts"} of a regression tree on the target: each cut lessens the squared error most.

    Classes count as indicators, for which the squared error is Gini's impurity (Breiman et al., CART, 1984).
    least is the share of the rows that an interval holds at the least.
    """
    if target is None:
        raise BadInput("it cuts where the target changes, and there is no target")
    present = np.isfinite(values)
    order = np.argsort(values[present], kind="stable")
    x, y = values[present][order], indicators(target[present])[order]
    fewest = max(1, round(least * len(x)))
    cuts: list[float] = []
    waiting = [_best_cut(x, y, 0, len(x), fewest)]
    while len(cuts) < bins - 1 and max(waiting)[0] > 1e-12:
        best = max(waiting)
        waiting.remove(best)
        _, place, start, end = best
        cuts.append((x[place - 1] + x[place]) / 2)
        waiting += [_best_cut(x, y, start, place, fewest), _best_cut(x, y, place, end, fewest)]
    return {"cuts": _distinct(np.array(cuts, float))}


@column_step("number", fit=equal_widths)
def bin_width(values: np.ndarray, state: dict[str, Any], *, numbered: bool = False) -> np.ndarray:
    """Cut numbers into intervals of equal width, told from the training rows."""
    return binned(values, state["cuts"], numbered)


@column_step("number", fit=equal_counts)
def bin_quantile(values: np.ndarray, state: dict[str, Any], *, numbered: bool = False) -> np.ndarray:
    """Cut numbers into intervals that hold about as many training rows each."""
    return binned(values, state["cuts"], numbered)


@column_step("number", fit=tree_cuts)
def bin_tree(values: np.ndarray, state: dict[str, Any], *, numbered: bool = False) -> np.ndarray:
    """Cut numbers where the target of the training rows changes most, as a tree of decisions would."""
    return binned(values, state["cuts"], numbered)


@column_step("number")
def bin_cuts(values: np.ndarray, *, cuts: list[float], numbered: bool = False) -> np.ndarray:
    """Cut numbers at the cuts given."""
    if not cuts or sorted(set(cuts)) != cuts:
        raise BadInput("cuts must be numbers in ascending order, one at least")
    return binned(values, cuts, numbered)


def binned(values: np.ndarray, cuts: list[float], numbered: bool) -> np.ndarray:
    """Return the interval (n,) of every number, a name or a number from 0; missing stays missing."""
    missing = np.isnan(values)
    place = np.searchsorted(np.array(cuts, float), values, side="right")
    if numbered:
        return np.where(missing, np.nan, place.astype(float))
    shown = [f"{c:g}" if float(f"{c:g}") == c else repr(float(c)) for c in cuts]
    between = [f"{a} to {b}" for a, b in itertools.pairwise(shown)]
    names = [f"below {shown[0]}", *between, f"{shown[-1]} and more"] if shown else ["any"]
    return texts([*names, None])[np.where(missing, len(names), place)]


def _best_cut(x: np.ndarray, y: np.ndarray, start: int, end: int, fewest: int) -> tuple[float, int, int, int]:
    """Return (how much squared error the best cut saves, its place, start, end); places are of sorted rows."""
    places = np.arange(start + fewest, end - fewest + 1)
    places = places[x[places - 1] < x[places]]
    if not len(places):
        return 0.0, start, start, end
    sums = np.cumsum(y[start:end], axis=0)
    left, right = places - start, end - places
    below = sums[left - 1]
    between = (below**2).sum(1) / left + ((sums[-1] - below) ** 2).sum(1) / right
    saved = between - (sums[-1] ** 2).sum() / (end - start)
    best = int(saved.argmax())
    return float(saved[best]), int(places[best]), start, end


def _distinct(cuts: np.ndarray) -> list[float]:
    return [float(c) for c in np.unique(cuts[np.isfinite(cuts)])]
