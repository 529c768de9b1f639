"""Two columns that hold the answer together though neither does alone: a target that is `a > b`, or one of two flags.

Any two columns are laid on a grid of groups, whose means of one half of the rows guess the other half: quick enough for
all of them. The most promising are judged by a small model, and named when they tell the target nearly for certain,
and more than either alone and than all other columns together.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import pandas as pd

from helpers.data.explore import NUMBERS, Columns
from helpers.data.joint import made_certain
from helpers.data.power import grouped, target_of

ROWS = 2_000  # that are laid on a grid
GROUPS = 8  # of a column on the grid; of a difference, their square
CLASSES = 8  # of the target on the grid, the most frequent ones
PROMISING = 0.5  # share of the variance explained on the grid, from which a pair is judged
JUDGED = 5  # pairs at most
NEARLY_CERTAIN = 0.97
ALIKE = 0.7  # strength from which a third column says nearly the same as one of the two


def telling_pairs(
    columns: Columns, strengths: pd.DataFrame, target: str, without: Sequence[str] = (), seed: int = 0
) -> pd.DataFrame:
    """Return pairs of columns that may hold the answer together: first, second, evidence.

    strengths as from `explore.matrix`, of the columns to look at; without are columns that are suspected alone.
    """
    y, is_class = target_of(columns, target)
    known = np.flatnonzero(y >= 0 if is_class else np.isfinite(y))
    names = [n for n in strengths.index if n != target and n not in without]
    some = np.random.default_rng(seed).permutation(known)[:ROWS]
    found = []
    for first, second in _promising(columns, names, some, y[some], is_class):
        alike = (strengths[[first, second]] >= ALIKE).any(axis=1)
        rest = [n for n in names if n not in (first, second) and not alike[n]]
        asked = (
            _with_their_difference(columns, first, second),
            *map(columns.table, ([first], [second], rest)),
        )
        told = (made_certain(x.iloc[known], y[known], is_class, seed=seed) for x in asked)
        both = next(told)
        if both >= NEARLY_CERTAIN:
            *alone, others = np.nan_to_num(list(told))
            if both > max(*alone, others) + 0.05:
                found.append((first, second, _evidence(both, max(alone), others, is_class)))
    return pd.DataFrame(found, columns=["first", "second", "evidence"], dtype=object)


def _promising(
    columns: Columns, names: Sequence[str], some: np.ndarray, y: np.ndarray, is_class: bool
) -> list[tuple[str, str]]:
    """Return the pairs that explain most on the grid, over some rows (m,) with their targets (m,)."""
    answers = np.eye(y.max(initial=0) + 1)[y][:, :CLASSES] if is_class else y[:, None]
    half = np.arange(len(some)) < len(some) // 2
    if not half.any():
        return []
    x = {n: columns.values(n)[some] for n in names}
    groups = {n: grouped(x[n], GROUPS) for n in names}
    explained = {}
    for a, b in itertools.combinations(names, 2):
        cells = [groups[a] * (GROUPS + 2) + groups[b]]
        if columns.kinds[a] in NUMBERS and columns.kinds[b] in NUMBERS:
            cells.append(grouped(x[a] - x[b], GROUPS**2))
        explained[a, b] = max(_explained(c, answers, half) for c in cells)
    best = sorted((p for p in explained if explained[p] >= PROMISING), key=lambda p: -explained[p])
    return best[:JUDGED]


def _explained(cells: np.ndarray, answers: np.ndarray, half: np.ndarray) -> float:
    """Return the share of the variance of answers (m, k) in one half that means of the other explain, cell by cell."""
    centred = answers - answers[half].mean(axis=0)
    size = np.bincount(cells[half], minlength=cells.max(initial=0) + 1)
    left, total = 0.0, 0.0
    for column in centred.T:
        means = np.bincount(cells[half], column[half], len(size)) / np.maximum(size, 1)
        left += float(np.sum((column[~half] - means[cells[~half]]) ** 2))
        total += float(np.sum(column[~half] ** 2))
    return 1 - left / total if total else 0.0


def _with_their_difference(columns: Columns, first: str, second: str) -> pd.DataFrame:
    x, y = columns.values(first), columns.values(second)
    if columns.kinds[first] in NUMBERS and columns.kinds[second] in NUMBERS:
        return pd.DataFrame(np.stack([x, y, x - y, x + y], axis=1))
    return pd.DataFrame(np.stack([x, y], axis=1))


def _evidence(both: float, alone: float, others: float, is_class: bool) -> str:
    what = "the share of wrong guesses that they avoid" if is_class else "R²"
    return f"{what} is {both:.3f} together, {alone:.3f} at most alone, and {others:.3f} of all other columns"
