"""What one column alone can tell of the target.

The predictive power of a column is a cross-validated score: its values are cut into at most 64 groups (missing
ones apart), and the rows left out are guessed by the mean of their group in the other rows. On its scale 0 is a
guess that looks at no column and 1 is certainty.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from helpers.data.explore import Columns
from helpers.data.joint import score


def predictive_power(columns: Columns, target: str, folds: int = 4, seed: int = 0) -> pd.DataFrame:
    """Return what each column alone tells of the target, most telling first: name, power (0 to 1), of.

    Classes: 2 · AUC - 1 (several classes: one against each other, averaged); numbers: R², at least 0.
    """
    y, is_class = target_of(columns, target)
    known = np.isfinite(y) if not is_class else y >= 0
    names = [n for n in columns.kinds if n != target]
    powers = [group_power(columns.values(n)[known], y[known], is_class, folds, seed) for n in names]
    of = "2 AUC − 1" if is_class else "R²"
    found = pd.DataFrame({"name": pd.Series(names, dtype=object), "power": np.array(powers, float), "of": of})
    return found.sort_values("power", ascending=False, kind="stable", ignore_index=True)


def target_of(columns: Columns, target: str) -> tuple[np.ndarray, bool]:
    """Return the target (n,) as codes of classes, missing ones -1, or as numbers, missing ones NaN; and which."""
    if target in columns.levels:
        return columns.levels[target].to_numpy(int), True
    return columns.numbers[target].to_numpy(float), False


def group_power(x: np.ndarray, y: np.ndarray, is_class: bool, folds: int = 4, seed: int = 0) -> float:
    """Return the power of one column (n,); classes with fewer rows than folds are left aside."""
    from sklearn.model_selection import KFold, StratifiedKFold

    splitter = (StratifiedKFold if is_class else KFold)(folds, shuffle=True, random_state=seed)
    if len(y) < 2 * folds or (is_class and np.bincount(y).min() < folds):
        kept = np.isin(y, np.flatnonzero(np.bincount(y) >= folds)) if is_class else np.zeros(len(y), bool)
        if len(np.unique(y[kept])) < 2:
            return float("nan")
        x, y = x[kept], np.unique(y[kept], return_inverse=True)[1]
    groups = grouped(x)
    guessed = np.full((len(y), y.max() + 1 if is_class else 1), np.nan)
    for train, test in splitter.split(x, y if is_class else None):
        means = _group_means(groups[train], _answers(y, is_class)[train], groups.max() + 1)
        guessed[test] = means[groups[test]]
    return score(guessed, y, is_class)


def _answers(y: np.ndarray, is_class: bool) -> np.ndarray:
    return np.eye(y.max() + 1)[y] if is_class else y[:, None]


def grouped(x: np.ndarray, most: int = 64) -> np.ndarray:
    """Return a group number (n,) for each value: equal-sized groups of numbers, missing values apart."""
    present = np.isfinite(x)
    levels = np.unique(x[present])
    if len(levels) > most:
        levels = np.unique(np.quantile(x[present], np.linspace(0, 1, most + 1)[:-1]))
    return np.where(present, np.searchsorted(levels, x, "right"), 0)


def _group_means(groups: np.ndarray, answers: np.ndarray, count: int) -> np.ndarray:
    """Return the mean answer of each group (count, k), drawn towards the mean of all as by five rows of it."""
    overall = answers.mean(axis=0)
    sums = np.stack([np.bincount(groups, answers[:, k], count) for k in range(answers.shape[1])], axis=1)
    return (sums + 5 * overall) / (np.bincount(groups, minlength=count)[:, None] + 5)
