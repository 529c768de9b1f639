"""What a join is expected to be worth: a small model on a sample, with the joined columns and without."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.metrics import get_scorer, roc_auc_score
from sklearn.model_selection import GroupKFold, KFold, StratifiedKFold, TimeSeriesSplit
from sklearn.multiclass import OneVsRestClassifier
from threadpoolctl import threadpool_limits

from helpers.data.beside import Beside
from helpers.data.enrich import enriched_frame
from helpers.errors import within
from helpers.labels import held
from helpers.problem import Problem

LEVELS = 255  # the most frequent levels of a category are told apart


def gains(
    rows: pd.DataFrame,
    problem: Problem,
    others: Sequence[Beside],
    folds: int = 5,
    most_rows: int = 4000,
    seed: int = 0,
) -> list[tuple[float, float]]:
    """Return for each join how much better it makes the measure: mean and standard deviation over the folds.

    Folds are the same with and without; by time, later rows judge what was learnt on earlier ones. NaN without a
    target.
    """
    within("related.folds", folds, 2)
    within("related.most_rows", most_rows, 10)
    if problem.target is None or not others:
        return [(np.nan, np.nan)] * len(others)
    some = rows.sample(min(most_rows, len(rows)), random_state=seed)
    some = some.sort_values(problem.time) if problem.time else some.sort_index()
    parts = list(_parts(some, problem, folds, seed))
    features, y = problem.split(some)
    without = _scores(features, y, problem, parts, seed)
    found = []
    for one in others:
        more = enriched_frame(some, [one]).drop(columns=[c for c in some if c not in features])
        better = _scores(more, y, problem, parts, seed) - without
        found.append((float(better.mean()), float(better.std(ddof=1))))
    return found


def _parts(rows: pd.DataFrame, problem: Problem, folds: int, seed: int) -> Any:
    if problem.time:
        return TimeSeriesSplit(folds).split(rows)
    if problem.group:
        return GroupKFold(folds).split(rows, groups=rows[problem.group].astype(str))
    if problem.is_classification:
        groups = problem.strata(rows[problem.target].astype(str).to_numpy(object))
        return StratifiedKFold(folds, shuffle=True, random_state=seed).split(rows, groups)
    return KFold(folds, shuffle=True, random_state=seed).split(rows)


def _scores(
    features: pd.DataFrame, y: np.ndarray, problem: Problem, parts: Sequence, seed: int
) -> np.ndarray:
    """Return the measure (folds,) of gradient-boosted trees on numbers and counted levels.

    Of several labels it is the mean area under their ROC curves, whatever the problem's measure is.
    """
    several = problem.task == "multilabel"
    x, score = _numbers(features), _mean_area if several else get_scorer(problem.measure)
    make = HistGradientBoostingClassifier if problem.is_classification else HistGradientBoostingRegressor
    target = held(y, problem.classes) if several else y == problem.positive if problem.task == "binary" else y
    scores = []
    with threadpool_limits(1):  # on so few rows threads wait for each other more than they work
        for train, test in parts:
            model = make(max_iter=60, early_stopping=False, random_state=seed)
            model = (OneVsRestClassifier(model) if several else model).fit(x[train], target[train])
            scores.append(score(model, x[test], target[test]))
    return np.array(scores)


def _mean_area(model: Any, x: np.ndarray, y: np.ndarray) -> float:
    both = [(t, p) for t, p in zip(y.T, model.predict_proba(x).T, strict=True) if 0 < t.mean() < 1]
    return float(np.mean([roc_auc_score(t, p) for t, p in both])) if both else float("nan")


def _numbers(features: pd.DataFrame) -> np.ndarray:
    """Return columns as floats (n, p): moments in days, levels by how frequent they are, rare ones as one."""
    columns = []
    for name in features:
        values = features[name]
        if pd.api.types.is_datetime64_any_dtype(values):
            columns.append(values.astype("int64").where(values.notna()).to_numpy(float) / 86_400e6)
        elif pd.api.types.is_numeric_dtype(values):
            columns.append(values.to_numpy(float, na_value=np.nan))
        else:
            levels = values.astype(object).value_counts().index[:LEVELS]
            codes = pd.Categorical(values.astype(object), categories=levels).codes.astype(float)
            columns.append(np.where(values.isna(), np.nan, codes))
    return np.column_stack(columns) if columns else np.zeros((len(features), 1))
