"""What several columns together tell of another one: the cross-validated score of one quick model."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

MOST_ROWS = 5_000
# One thread: the same sums on every machine, and no waiting for cores that others use.
STEADY: dict[str, Any] = {"n_jobs": 1, "deterministic": True, "force_row_wise": True, "verbose": -1}


def told_together(
    features: pd.DataFrame, y: np.ndarray, is_class: bool, folds: int = 3, seed: int = 0
) -> float:
    """Return how well numbers (n, p) tell y (n,): 2 · AUC - 1 of classes 0 to k - 1, or R²; at least 0.

    NaN in the numbers is missing. The model is 50 small boosted trees, learnt from at most 5,000 rows. NaN when
    there is nothing to learn from: no column, or fewer rows than folds in all classes but one.
    """
    guessed, known = _guessed(features, y, is_class, folds, seed)
    return score(guessed, known, is_class) if len(known) else float("nan")


def made_certain(
    features: pd.DataFrame, y: np.ndarray, is_class: bool, folds: int = 3, seed: int = 0
) -> float:
    """Return the share of the commonest class's wrong guesses that numbers (n, p) avoid, or R²; at least 0.

    As `told_together`, but a class counts only when it is guessed right.
    """
    guessed, known = _guessed(features, y, is_class, folds, seed)
    if not is_class or not len(known):
        return score(guessed, known, is_class) if len(known) else float("nan")
    return certainty(guessed.argmax(axis=1), known)


def made_certain_by(x: np.ndarray, y: np.ndarray, folds: int = 3, seed: int = 0) -> float:
    """Return the share of wrong guesses of y (n,), several classes, that one column (n,) avoids by a tree of its own.

    Of many classes any two may be told apart nearly always, and the right one hardly ever be guessed. NaN when fewer
    than two classes have as many rows as there are folds.
    """
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from sklearn.tree import DecisionTreeClassifier

    # A tree sees no more than ranks, and overflows at no number of them.
    ranks = np.unique(x, return_inverse=True)[1].astype(float)
    some, y = _frequent(np.where(np.isfinite(x), ranks, np.nan)[:, None], y, folds)
    if len(np.unique(y)) < 2:
        return float("nan")
    leaf = max(1, min(5, int(np.bincount(y).min()) // 4))
    tree = DecisionTreeClassifier(min_samples_leaf=leaf, random_state=seed)
    splitter = StratifiedKFold(folds, shuffle=True, random_state=seed)
    return certainty(cross_val_predict(tree, some, y, cv=splitter), y)


def _guessed(
    features: pd.DataFrame, y: np.ndarray, is_class: bool, folds: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return what a model guesses of rows left out (m, k), and their y (m,); none when there is nothing to learn."""
    from lightgbm import LGBMClassifier, LGBMRegressor
    from sklearn.model_selection import KFold, StratifiedKFold, cross_val_predict

    x, y = _some(features.to_numpy(float), y, seed)
    if is_class:
        x, y = _frequent(x, y, folds)
    if not x.size or len(np.unique(y)) < 2 or len(y) < 4 * folds:
        return np.empty((0, 1)), y[:0]
    make = LGBMClassifier if is_class else LGBMRegressor
    splitter = (StratifiedKFold if is_class else KFold)(folds, shuffle=True, random_state=seed)
    model = make(num_leaves=15, learning_rate=0.15, n_estimators=50, random_state=seed, **STEADY)
    method = "predict_proba" if is_class else "predict"
    return cross_val_predict(model, x, y, cv=splitter, method=method), y


def score(guessed: np.ndarray, y: np.ndarray, is_class: bool) -> float:
    """Return 2 · AUC - 1 of probabilities (n, k), or R² of guesses (n,) or (n, 1), at least 0."""
    from sklearn.metrics import r2_score, roc_auc_score

    if not is_class:
        return max(0.0, float(r2_score(y, guessed.reshape(len(y)))))
    if guessed.shape[1] == 2:
        return max(0.0, float(2 * roc_auc_score(y, guessed[:, 1]) - 1))
    return max(0.0, 2 * pairwise_auc(guessed / guessed.sum(axis=1, keepdims=True), y) - 1)


def pairwise_auc(guessed: np.ndarray, y: np.ndarray) -> float:
    """Return the mean area under the curve of any two of several classes (Hand and Till 2001).

    guessed are probabilities (n, k), y classes (n,) from 0 to k - 1, each with a row. It is scikit-learn's
    `roc_auc_score(multi_class="ovo")`, in time that grows with the classes and not with their square.
    """
    counts, parts = np.bincount(y), []
    for one in range(guessed.shape[1]):
        own, all_of_them = np.sort(guessed[y == one, one]), guessed[:, one]
        below = np.searchsorted(own, all_of_them, "left") + np.searchsorted(own, all_of_them, "right")
        means = np.bincount(y, 1 - below / (2 * len(own)), len(counts)) / counts
        parts.append(np.delete(means, one).mean())
    return float(np.mean(parts))


def certainty(guessed: np.ndarray, y: np.ndarray) -> float:
    """Return the share of the commonest class's wrong guesses that guesses (n,) of y (n,) avoid; at least 0."""
    wrong, usual = np.mean(guessed != y), np.bincount(y).max() / len(y)
    return max(0.0, float(1 - wrong / (1 - usual)))


def _some(x: np.ndarray, y: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    if len(y) <= MOST_ROWS:
        return x, y
    kept = np.sort(np.random.default_rng(seed).choice(len(y), MOST_ROWS, replace=False))
    return x[kept], y[kept]


def _frequent(x: np.ndarray, y: np.ndarray, folds: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of classes that every fold can have, the classes counted from 0."""
    kept = np.isin(y, np.flatnonzero(np.bincount(y) >= folds))
    return x[kept], np.unique(y[kept], return_inverse=True)[1]
