"""Draw columns one after the other, each from the leaf of a tree that its predecessors lead to.

Sequential synthesis by classification and regression trees: Reiter, Journal of Official Statistics 21 (2005) 441;
Nowok, Raab and Dibben, synthpop, Journal of Statistical Software 74 (2016) 11. A value is drawn from the real ones
of the same leaf; one of many different numbers is drawn between its neighbours, so that it is hardly ever a real one.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

LEAF, FEW_LEVELS, MOST_CLASSES, MOST_PREDICTORS, MOST_ROWS = 5, 10, 30, 60, 50_000
LARGEST = 1e37  # trees compare in single precision
CONTINUOUS = 0.05  # share of different values from which a number is drawn between its neighbours


@dataclass
class Drawn:
    """Columns drawn so far: for trees, as numbers of the real rows (n, f) and of the new ones (m, f)."""

    count: int
    rng: np.random.Generator
    guide: np.ndarray
    real: list[np.ndarray] = field(default_factory=list)
    new: list[np.ndarray] = field(default_factory=list)

    def number(self, values: np.ndarray) -> np.ndarray:
        """Return new numbers (m,) for real ones (n,), missing where the pattern of the predecessors says so."""
        missing = np.isnan(values)
        new = np.full(self.count, np.nan)
        gone = self._draw(missing.astype(float), missing.astype(int)) > 0 if missing.any() else new != new * 0
        if not missing.any():
            gone = np.zeros(self.count, bool)
        present = ~missing
        ranks = pd.Series(values[present]).rank().to_numpy()
        smooth = len(np.unique(values[present])) > CONTINUOUS * present.sum()
        new[~gone] = self._draw(values[present], None, ranks, rows=present, of=~gone, smooth=smooth)
        self._keep(values, new)
        return new

    def level(self, values: np.ndarray) -> np.ndarray:
        """Return new levels (m,) for real ones (n,) of text or truth; missing is a level as well."""
        codes, names = pd.factorize(values, use_na_sentinel=False)
        order = self._ordered(codes, len(names))
        new = self._draw(codes.astype(float), order[codes] if len(names) > MOST_CLASSES else codes,
                         order[codes].astype(float) if len(names) > MOST_CLASSES else None).astype(int)  # fmt: skip
        if len(names) <= FEW_LEVELS:
            for code in range(len(names) - (len(names) == 2)):
                self._keep((codes == code).astype(float), (new == code).astype(float))
        else:
            self._keep(order[codes].astype(float), order[new].astype(float))
        objects = np.array([None if pd.isna(n) else n for n in names], dtype=object)
        return objects[new]

    def _ordered(self, codes: np.ndarray, count: int) -> np.ndarray:
        """Return the place of each level when they are sorted by the mean of the guide."""
        sizes = np.bincount(codes, minlength=count)
        means = np.bincount(codes, self.guide, minlength=count) / np.maximum(sizes, 1)
        return np.argsort(np.argsort(means, kind="stable"), kind="stable")

    def _keep(self, real: np.ndarray, new: np.ndarray) -> None:
        for kept, values in ((self.real, real), (self.new, new)):
            kept.append(np.clip(values, -LARGEST, LARGEST))

    def _draw(
        self,
        values: np.ndarray,
        classes: np.ndarray | None,
        ranks: np.ndarray | None = None,
        rows: np.ndarray | None = None,
        of: np.ndarray | None = None,
        smooth: bool = False,
    ) -> np.ndarray:
        """Return values for the new rows `of` drawn from the real values of `rows`, leaf by leaf."""
        here = self.rng.random(self.count if of is None else int(of.sum()))
        leaves, new_leaves = self._leaves(values, classes, ranks, rows, of)
        order = np.lexsort((values, leaves))
        ids, starts, sizes = np.unique(leaves[order], return_index=True, return_counts=True)
        at = np.searchsorted(ids, new_leaves)
        if not smooth:
            return values[order[starts[at] + (here * sizes[at]).astype(int)]]
        place = here * (sizes[at] - 1)
        low = np.floor(place).astype(int)
        left, right = values[order[starts[at] + low]], values[order[starts[at] + np.ceil(place).astype(int)]]
        return left + (place - low) * (right - left)

    def _leaves(
        self,
        values: np.ndarray,
        classes: np.ndarray | None,
        ranks: np.ndarray | None,
        rows: np.ndarray | None,
        of: np.ndarray | None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the leaf of each real value and of each new row, in a tree grown on the predecessors."""
        if not self.real:
            count = self.count if of is None else int(of.sum())
            return np.zeros(len(values), int), np.zeros(count, int)
        from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

        real, new = np.column_stack(self.real), np.column_stack(self.new)
        real, new = real if rows is None else real[rows], new if of is None else new[of]
        aim = ranks if ranks is not None else classes
        chosen = _telling(real, np.asarray(aim, float))
        seed = int(self.rng.integers(2**31))
        grower = DecisionTreeRegressor if ranks is not None else DecisionTreeClassifier
        some = self.rng.permutation(len(values))[:MOST_ROWS]
        tree = grower(min_samples_leaf=LEAF, random_state=seed).fit(
            real[some][:, chosen], np.asarray(aim)[some]
        )
        if not len(new):
            return tree.apply(real[:, chosen]), np.zeros(0, int)
        return tree.apply(real[:, chosen]), tree.apply(new[:, chosen])


def _telling(real: np.ndarray, aim: np.ndarray) -> np.ndarray:
    """Return the predecessors that a tree sees: all, or the most correlated ones where there are very many."""
    if real.shape[1] <= MOST_PREDICTORS:
        return np.arange(real.shape[1])
    filled = np.where(np.isnan(real), np.nanmean(real, axis=0), real)
    centred, aim = filled - filled.mean(axis=0), aim - aim.mean()
    spread = np.sqrt((centred**2).sum(axis=0) * (aim**2).sum())
    strength = np.abs(centred.T @ aim) / np.where(spread > 0, spread, np.inf)
    return np.sort(np.argsort(-strength, kind="stable")[:MOST_PREDICTORS])
