"""What a model looks at: permutation importance, partial dependence, and the Shapley values of single rows."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from helpers.model.scoring import predictions, score
from helpers.model.weights import at
from helpers.problem import Problem
from helpers.recipe.columns import with_columns

CELLS = 2_000_000


def importance(
    model: Any,
    x: pd.DataFrame,
    y: np.ndarray,
    problem: Problem,
    seed: int,
    repeats: int = 3,
    most: int = 2000,
    seconds: float | None = None,
    weight: np.ndarray | None = None,
) -> pd.Series:
    """Return what the measure loses when one column is shuffled (Breiman 2001), most first; mean of repeats.

    Rows count by their weights (n,), where there are any.

    When so many seconds are given, each is shuffled once: first the columns that tell most of the predictions. Those
    that the time does not reach are left out.
    """
    end = None if seconds is None else time.monotonic() + seconds
    rng = np.random.default_rng(seed)
    if len(x) > most:
        rows = np.sort(rng.choice(len(x), most, replace=False))
        x, y, weight = x.iloc[rows], y[rows], at(weight, rows)
    predicted = predictions(model, x, problem)
    whole = score(problem.measure, y, predicted, problem, weight)
    lost: dict[str, float] = {}
    for name in x.columns if end is None else _promising(x, predicted):
        if end is not None and lost and time.monotonic() > end:
            break
        values = []
        for _ in range(1 if end else repeats):
            shuffled = with_columns(x, {name: x[name].to_numpy()[rng.permutation(len(x))]})
            told = predictions(model, shuffled, problem)
            values.append(whole - score(problem.measure, y, told, problem, weight))
        lost[name] = float(np.mean(values))
    return pd.Series(lost).sort_values(ascending=False, kind="stable")


def _promising(x: pd.DataFrame, predicted: np.ndarray) -> list[Any]:
    """Return the columns of x (n, p) by how much their groups tell of the ranks of the predictions, most first.

    Groups are tenths of the different numbers or the levels of a category; the share of variance is adjusted for how
    many they are.
    """
    ranks = pd.DataFrame(predicted).rank().to_numpy()
    ranks = ranks - ranks.mean(axis=0)
    total = (ranks**2).sum() or 1.0
    left: dict[Any, float] = {}
    for name, values in x.items():
        groups = _groups(values)
        counts = np.bincount(groups)
        between = sum((np.bincount(groups, column) ** 2 / np.maximum(counts, 1)).sum() for column in ranks.T)
        free = len(x) - int((counts > 0).sum())
        left[name] = (total - between) / total / free if free else np.inf
    return sorted(left, key=lambda name: left[name])


def _groups(values: pd.Series, most: int = 10) -> np.ndarray:
    if not pd.api.types.is_numeric_dtype(values):
        return pd.factorize(values)[0] + 1
    levels, places = np.unique(values.to_numpy(float, na_value=np.nan), return_inverse=True)
    return places if len(levels) <= most else places * most // len(levels)


def explained(predicted: np.ndarray, problem: Problem) -> np.ndarray:
    """Return the one number a row (n,) that is explained, of predictions (n,) or (n, classes or labels).

    That is the probability of the positive class, of the first of several classes or labels, or the number itself.
    """
    return predicted if predicted.ndim == 1 else predicted[:, 1 if problem.task == "binary" else 0]


def partial_dependence(
    model: Any, x: pd.DataFrame, column: str, problem: Problem, points: int = 15, most: int = 300
) -> pd.Series:
    """Return the mean of what is `explained` if all rows had one value (Friedman 2001).

    The values are all that a number has or quantiles of it, or the most frequent levels of a category; where levels
    are left out, the name of the series says so.
    """
    some = x.iloc[np.linspace(0, len(x) - 1, min(most, len(x))).astype(int)]
    present, said = x[column].dropna(), None
    levels = present.value_counts()
    if not pd.api.types.is_numeric_dtype(present):
        grid: Sequence[Any] = sorted(levels.index[:points])
        said = f"{points} most frequent of {len(levels):,}" if len(levels) > points else None
    elif len(levels) <= points:
        grid = sorted(levels.index)
    else:
        grid = np.unique(np.quantile(present, np.linspace(0.02, 0.98, points))).tolist()
    told = _told(model, problem)
    every = pd.concat([with_columns(some, {column: value}) for value in grid])
    means = told(every).reshape(len(grid), len(some)).mean(axis=1)
    return pd.Series(means, index=pd.Index(grid, name=column), dtype=float, name=said)


def shapley(
    model: Any,
    x: pd.DataFrame,
    rows: Sequence[int],
    problem: Problem,
    seed: int,
    permutations: int = 8,
    background: int = 40,
) -> pd.DataFrame:
    """Return the Shapley values (rows, p) of single rows, with the columns `base` and `prediction` in front.

    They add up: base + values = prediction, which is what `explained` returns of the row. Each permutation of the
    columns, and its reverse, puts one value of the row after the other into a sample of the rows (Štrumbelj and
    Kononenko 2014; reversed as in Mitchell 2022).
    """
    rng, p = np.random.default_rng(seed), x.shape[1]
    fewer = max(
        5, min(background, len(x), CELLS // (p * p))
    )  # of wide tables the sample must fit into memory
    sample = x.iloc[np.sort(rng.choice(len(x), min(fewer, len(x)), replace=False))]
    orders = [
        order for _ in range(permutations) for one in [rng.permutation(p)] for order in (one, one[::-1])
    ]
    records, told = [], _told(model, problem)
    for row in rows:
        one = x.iloc[[row]]
        values = np.mean([_contributions(told, one, sample, order) for order in orders], axis=0)
        records.append([float(told(sample).mean()), float(told(one)[0]), *values])
    return pd.DataFrame(records, columns=["base", "prediction", *x.columns], index=x.index[list(rows)])


def _contributions(told: Callable, one: pd.DataFrame, sample: pd.DataFrame, order: np.ndarray) -> np.ndarray:
    """Return what every column (p,) adds to the mean of the sample when the row's values come in this order."""
    p, rows = len(order), len(sample)
    rank = np.empty(p, int)
    rank[order] = np.arange(p)
    block = np.repeat(
        np.arange(p + 1), rows
    )  # in block k the first k columns of the order are those of the row
    mixed = {
        name: np.where(rank[n] < block, one[name].iloc[0], np.tile(sample[name].to_numpy(), p + 1))
        for n, name in enumerate(sample.columns)
    }
    means = told(pd.DataFrame(mixed).astype(sample.dtypes)).reshape(p + 1, rows).mean(axis=1)
    added = np.empty(p)
    added[order] = np.diff(means)
    return added


def _told(model: Any, problem: Problem) -> Callable[[pd.DataFrame], np.ndarray]:
    """Return the model as one number (n,) of rows."""
    return lambda rows: explained(predictions(model, rows, problem), problem)
