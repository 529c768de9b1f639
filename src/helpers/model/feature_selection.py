"""How many columns a model needs, and which: rankings by four methods, judged on folds that no ranking has seen.

Choosing columns on all rows and validating afterwards finds skill in pure noise (Ambroise and McLachlan 2002), so
every ranking here is learnt anew from the training part of each fold.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor
from sklearn.feature_selection import RFE, mutual_info_classif, mutual_info_regression
from sklearn.linear_model import Lasso, LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline

from helpers.errors import BadInput, nearest
from helpers.folds import Fold
from helpers.model.explain import importance
from helpers.model.families import Family
from helpers.model.features import model_pipeline, transformer
from helpers.model.scoring import predictions, score
from helpers.model.train import can_be_halved
from helpers.model.weights import at, fitted
from helpers.problem import Problem

Weight = np.ndarray | None  # how much each row counts (n,)
Ranking = Callable[[pd.DataFrame, np.ndarray, Problem, Family, int, Weight], pd.Series]
ALL = "taking all"  # beside the methods: no column is left out


def by_permutation(
    x: pd.DataFrame, y: np.ndarray, problem: Problem, family: Family, seed: int, weight: Weight = None
) -> pd.Series:
    """Return what shuffling each column costs a model on rows held out of x (Breiman 2001)."""
    learn, judge = _halved(y, problem, seed)
    model = _fitted(x.iloc[learn], y[learn], problem, family, seed, at(weight, learn))
    return importance(model, x.iloc[judge], y[judge], problem, seed, weight=at(weight, judge))


def by_information(
    x: pd.DataFrame, y: np.ndarray, problem: Problem, family: Family, seed: int, weight: Weight = None
) -> pd.Series:
    """Return the mutual information of each column with the target (Kraskov 2004; Ross 2014); rows count alike."""
    coded, discrete = _coded(x)
    measure = mutual_info_classif if problem.is_classification else mutual_info_regression
    told = [measure(coded, one, discrete_features=discrete, random_state=seed) for one in _each(y)]
    return pd.Series(np.mean(told, axis=0), index=x.columns)


def by_lasso(
    x: pd.DataFrame, y: np.ndarray, problem: Problem, family: Family, seed: int, weight: Weight = None
) -> pd.Series:
    """Return the size of each column's coefficients under an L1 penalty (Tibshirani 1996), scaled input."""
    blocks = [
        transformer(x[[c]], problem.task, seed, scale="standard").fit_transform(x[[c]], y) for c in x.columns
    ]
    owners = np.repeat(np.arange(len(blocks)), [block.shape[1] for block in blocks])
    if problem.is_classification:
        linear: Any = LogisticRegression(
            C=0.1, l1_ratio=1.0, solver="saga", max_iter=200, tol=1e-2, random_state=seed
        )
    else:
        y = (y - y.mean()) / (y.std() or 1.0)
        linear = Lasso(alpha=0.01, max_iter=2000)
    whole = np.hstack(blocks)
    coefficients = [np.atleast_2d(linear.fit(whole, one, sample_weight=weight).coef_) for one in _each(y)]
    sizes = np.abs(np.vstack(coefficients)).max(axis=0)
    return pd.Series([sizes[owners == n].max(initial=0.0) for n in range(len(blocks))], index=x.columns)


def by_elimination(
    x: pd.DataFrame, y: np.ndarray, problem: Problem, family: Family, seed: int, weight: Weight = None
) -> pd.Series:
    """Return the rounds that each column is in when the weakest fifth is left out again and again (Guyon 2002)."""
    trees = ExtraTreesClassifier if problem.is_classification else ExtraTreesRegressor
    forest = trees(n_estimators=50, min_samples_leaf=3, random_state=seed)
    search = RFE(forest, n_features_to_select=1, step=0.2).fit(_coded(x)[0], y, sample_weight=weight)
    return pd.Series(1.0 + search.ranking_.max() - search.ranking_, index=x.columns)


METHODS: dict[str, Ranking] = {
    "permutation": by_permutation,
    "mutual information": by_information,
    "L1": by_lasso,
    "recursive": by_elimination,
}


def measured(
    x: pd.DataFrame,
    y: np.ndarray,
    problem: Problem,
    family: Family,
    parts: Sequence[Fold],
    methods: Sequence[str],
    seed: int,
    jobs: int = 2,
    weight: Weight = None,
) -> pd.DataFrame:
    """Return method, columns, mean and std of the measure over the folds, for so many best columns by each method.

    A method goes as far as it gives worth to so many columns in every fold: of those without any it says nothing.
    All columns, whatever their worth, are the line of ALL.
    """
    if not methods:
        raise BadInput(f"select.methods names none; name one at least ({', '.join(METHODS)})")
    for name in methods:
        if name not in METHODS:
            raise BadInput(
                f"select.methods: there is no method {name!r}{nearest(name, METHODS)} ({', '.join(METHODS)})"
            )
    ways = {**dict.fromkeys(methods, sizes_of(x.shape[1])), ALL: [x.shape[1]]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        done = Parallel(n_jobs=jobs, backend="threading")(
            delayed(_curve)(x, y, problem, family, fold, name, sizes, seed, weight)
            for name, sizes in ways.items()
            for fold in parts
        )
        records = []
        for n, (name, sizes) in enumerate(ways.items()):
            curves = done[n * len(parts) : (n + 1) * len(parts)]
            for size, *scores in zip(sizes, *curves, strict=False):  # as far as the shortest goes
                mean, std = np.nanmean(scores), np.nanstd(scores, ddof=1)
                records.append({"method": name, "columns": size, "mean": mean, "std": std})
    return pd.DataFrame(records)


def sizes_of(columns: int) -> list[int]:
    """Return the numbers of columns to try, less than all: each a third or a half more than the one before.

    >>> sizes_of(19)
    [1, 2, 3, 4, 6, 8, 12, 16]
    """
    sizes = {lead * 2**n for lead in (1, 3) for n in range(columns.bit_length())}
    return sorted(size for size in sizes if size < columns)


def simplest(board: pd.DataFrame, folds: int) -> pd.Series:
    """Return the line of fewest columns whose mean lies within one standard error of the best (Breiman 1984)."""
    best = board.sort_values("mean", ascending=False, kind="stable").iloc[0]
    enough = board[board["mean"] >= best["mean"] - best["std"] / np.sqrt(folds)]
    return enough.sort_values(["columns", "mean"], ascending=[True, False], kind="stable").iloc[0]


def ranked(
    x: pd.DataFrame, y: np.ndarray, problem: Problem, family: Family, method: str, seed: int, weight: Weight = None
) -> pd.Series:  # fmt: skip
    """Return the worth of every column by one method, best first; none has any that is not above 0."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _ranked(x, y, problem, family, method, seed, weight)


def _ranked(
    x: pd.DataFrame, y: np.ndarray, problem: Problem, family: Family, method: str, seed: int, weight: Weight
) -> pd.Series:
    if method == ALL:
        return pd.Series(1.0, index=x.columns)
    worth = METHODS[method](x, y, problem, family, seed, weight)
    return worth.sort_values(ascending=False, kind="stable")


def best(ranking: pd.Series, count: int) -> list[str]:
    """Return so many names of a ranking from its head, and none that has no worth.

    >>> best(pd.Series({"a": 0.4, "b": 0.1, "c": 0.0, "d": -0.1}), 3)
    ['a', 'b']
    """
    return list(ranking.index[ranking > 0][:count])


def _curve(
    x: pd.DataFrame, y: np.ndarray, problem: Problem, family: Family, fold: Fold, method: str,
    sizes: Sequence[int], seed: int, weight: Weight,
) -> list[float]:  # fmt: skip
    train, judge = fold
    order = best(
        ranked(x.iloc[train], y[train], problem, family, method, seed, at(weight, train)), x.shape[1]
    )
    scores = []
    for size in sizes:
        if size > len(order):
            break
        some = x[order[:size]]
        model = _fitted(some.iloc[train], y[train], problem, family, seed, at(weight, train))
        predicted = predictions(model, some.iloc[judge], problem)
        scores.append(score(problem.measure, y[judge], predicted, problem, at(weight, judge)))
    return scores


def _fitted(
    x: pd.DataFrame, y: np.ndarray, problem: Problem, family: Family, seed: int, weight: Weight
) -> Pipeline:
    return fitted(model_pipeline(x, family.make(seed), problem.task, seed, **family.features), x, y, weight)


def _halved(y: np.ndarray, problem: Problem, seed: int) -> tuple[np.ndarray, np.ndarray]:
    one_class, count = problem.is_classification and y.ndim == 1, int(np.ceil(0.3 * len(y)))
    stratify = y if one_class and can_be_halved(y, count) else None
    learn, judge = train_test_split(np.arange(len(y)), test_size=count, stratify=stratify, random_state=seed)
    return learn, judge


def _each(y: np.ndarray) -> list[np.ndarray]:
    """Return the target (n,), or each of several labels that some rows have and others lack."""
    return [y] if y.ndim == 1 else [label for label in y.T if label.min() != label.max()]


def _coded(x: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return the columns as numbers (n, p), gaps filled by the median, and which of them are codes of levels (p,)."""
    discrete = np.array([not pd.api.types.is_numeric_dtype(x[name]) for name in x.columns])
    columns = []
    for name, is_code in zip(x.columns, discrete, strict=True):
        values = pd.factorize(x[name], sort=True)[0].astype(float) if is_code else x[name].to_numpy(float)
        known = values[~np.isnan(values)]
        columns.append(np.where(np.isnan(values), np.median(known) if len(known) else 0.0, values))
    return np.column_stack(columns), discrete
