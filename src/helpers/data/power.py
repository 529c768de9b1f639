"""What one column alone can tell of the target, and which columns tell too much of it.

The predictive power of a column is a cross-validated score: its values are cut into at most 64 groups (missing
ones apart), and the rows left out are guessed by the mean of their group in the other rows. On its scale 0 is a
guess that looks at no column and 1 is certainty.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from helpers.data.explore import NUMBERS, Columns

TOO_GOOD = 0.95


def predictive_power(columns: Columns, target: str, folds: int = 4, seed: int = 0) -> pd.DataFrame:
    """Return what each column alone tells of the target, most telling first: name, power (0 to 1), of.

    Classes: 2 · AUC - 1 (several classes: one against each other, averaged); numbers: R², at least 0.
    """
    y, is_class = _target(columns, target)
    known = np.isfinite(y) if not is_class else y >= 0
    names = [n for n in columns.kinds if n != target]
    powers = [_power(_feature(columns, n)[known], y[known], is_class, folds, seed) for n in names]
    of = "2 AUC − 1" if is_class else "R²"
    found = pd.DataFrame({"name": pd.Series(names, dtype=object), "power": np.array(powers, float), "of": of})
    return found.sort_values("power", ascending=False, kind="stable", ignore_index=True)


def leakage_suspects(
    columns: Columns, power: pd.DataFrame, strengths: pd.DataFrame, target: str, too_good: float = TOO_GOOD
) -> pd.DataFrame:
    """Return columns that may hold the answer: name, evidence. To be looked at, not to be dropped unseen.

    power as from `predictive_power`, strengths as from `explore.matrix`. Suspected are columns which alone tell
    the target nearly for certain, near-copies of it, and columns that are missing just where it has a certain value.
    """
    found = []
    for name, alone in zip(power["name"], power["power"].astype(float).tolist(), strict=True):
        link = float(strengths.loc[[name], target].iloc[0]) if name in strengths.index else np.nan
        hidden = _missing_tells(columns, name, target)
        if alone >= too_good:
            found.append((name, f"alone it predicts the target with power {alone:.3f} of 1"))
        elif link >= too_good:
            found.append((name, f"nearly a copy of the target: strength {link:.3f} of 1"))
        elif hidden >= 0.8:
            found.append((name, f"where it is missing, the target is known: strength {hidden:.3f} of 1"))
    return pd.DataFrame(found, columns=["name", "evidence"], dtype=object)


def _target(columns: Columns, target: str) -> tuple[np.ndarray, bool]:
    if target in columns.levels:
        return columns.levels[target].to_numpy(int), True
    return columns.numbers[target].to_numpy(float), False


def _feature(columns: Columns, name: str) -> np.ndarray:
    if columns.kinds[name] in NUMBERS:
        return columns.numbers[name].to_numpy(float)
    return columns.levels[name].to_numpy(float)


def _power(x: np.ndarray, y: np.ndarray, is_class: bool, folds: int, seed: int) -> float:
    """Return the power of one column (n,); classes with fewer rows than folds are left aside."""
    from sklearn.model_selection import KFold, StratifiedKFold

    splitter = (StratifiedKFold if is_class else KFold)(folds, shuffle=True, random_state=seed)
    if len(y) < 2 * folds or (is_class and np.bincount(y).min() < folds):
        kept = np.isin(y, np.flatnonzero(np.bincount(y) >= folds)) if is_class else np.zeros(len(y), bool)
        if len(np.unique(y[kept])) < 2:
            return float("nan")
        x, y = x[kept], np.unique(y[kept], return_inverse=True)[1]
    groups = _groups(x)
    guessed = np.full((len(y), y.max() + 1 if is_class else 1), np.nan)
    for train, test in splitter.split(x, y if is_class else None):
        means = _group_means(groups[train], _answers(y, is_class)[train], groups.max() + 1)
        guessed[test] = means[groups[test]]
    return _scored(guessed, y, is_class)


def _answers(y: np.ndarray, is_class: bool) -> np.ndarray:
    return np.eye(y.max() + 1)[y] if is_class else y[:, None]


def _groups(x: np.ndarray, most: int = 64) -> np.ndarray:
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


def _scored(guessed: np.ndarray, y: np.ndarray, is_class: bool) -> float:
    from sklearn.metrics import r2_score, roc_auc_score

    if not is_class:
        return max(0.0, float(r2_score(y, guessed[:, 0])))
    if guessed.shape[1] == 2:
        return max(0.0, float(2 * roc_auc_score(y, guessed[:, 1]) - 1))
    guessed = guessed / guessed.sum(axis=1, keepdims=True)
    return max(0.0, float(2 * roc_auc_score(y, guessed, multi_class="ovo") - 1))


def _missing_tells(columns: Columns, name: str, target: str) -> float:
    """Return how strongly the target is linked with whether a column is missing, 0 to 1."""
    from helpers.data.explore import correlation_ratio, cramers_v

    y, is_class = _target(columns, target)
    x = _feature(columns, name)
    gone = ~np.isfinite(x) if columns.kinds[name] in NUMBERS else x < 0
    if not 0.01 <= gone.mean() <= 0.99:
        return 0.0
    if is_class:
        counts = np.stack([np.bincount(y[part & (y >= 0)], minlength=y.max() + 1) for part in (gone, ~gone)])
        return float(np.nan_to_num(cramers_v(counts.astype(float))))
    parts = [y[part & np.isfinite(y)] - np.nanmean(y) for part in (gone, ~gone)]
    stacked = [np.array([f(p) for p in parts], float) for f in (len, np.sum, lambda p: (p**2).sum())]
    return float(np.nan_to_num(correlation_ratio(*stacked)))
