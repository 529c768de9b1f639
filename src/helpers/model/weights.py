"""Weights of rows: how much each counts in fitting and in the measures, for families that can take them."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import TransformedTargetRegressor
from sklearn.pipeline import Pipeline

from helpers.model.families import Family
from helpers.problem import Problem


def sample_weight(problem: Problem, rows: pd.DataFrame) -> np.ndarray | None:
    """Return the weights (n,) of rows; None where the problem names no column of weights.

    Fractions that are below 1 on average, such as shares of a whole, are no numbers of rows: they are made 1 on
    average, since families whose penalties or smallest leaves go by the sum of weights would learn nothing from them.
    """
    if problem.weight is None:
        return None
    given = rows[problem.weight].to_numpy(float)
    shares = len(given) > 0 and 0 < given.mean() < 1 and bool((given % 1).any())
    return given / given.mean() if shares else given


def at(weight: np.ndarray | None, rows: np.ndarray) -> np.ndarray | None:
    """Return the weights of some rows; None of None."""
    return None if weight is None else weight[rows]


def quantile(values: np.ndarray, share: float, weight: np.ndarray | None = None) -> float:
    """Return the quantile of values (n,), by weight (n,) where there is one."""
    if weight is None:
        return float(np.quantile(values, share))
    return float(np.quantile(values, share, method="inverted_cdf", weights=weight))


def takes(model: Any) -> bool:
    """Whether an estimator can be fitted with weights; of a pipeline its last step, of a wrapper what it wraps."""
    if isinstance(model, Pipeline):
        return takes(model.steps[-1][1])
    if isinstance(model, TransformedTargetRegressor):
        return takes(model.regressor)
    fits = [vars(c)["fit"] for c in type(model).__mro__ if "fit" in vars(c)]
    return any("sample_weight" in inspect.signature(fit).parameters for fit in fits)


def fitted(model: Any, x: Any, y: np.ndarray, weight: np.ndarray | None = None) -> Any:
    """Return an estimator or pipeline, fitted with weights (n,) where there are any and it can take them."""
    if weight is None or not takes(model):
        return model.fit(x, y)
    last = f"{model.steps[-1][0]}__" if isinstance(model, Pipeline) else ""
    return model.fit(x, y, **{f"{last}sample_weight": weight})


def ignored(families: Mapping[str, Family], problem: Problem) -> list[str]:
    """Return the families in which all rows count alike although the problem weighs them."""
    return [] if problem.weight is None else [n for n, f in families.items() if not takes(f.make(0))]
