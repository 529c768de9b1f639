"""What a join is expected to be worth: a small model on a sample, with the joined columns and without."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.metrics import get_scorer, make_scorer, mean_pinball_loss, roc_auc_score
from sklearn.model_selection import GroupKFold, KFold, StratifiedKFold
from sklearn.multiclass import OneVsRestClassifier
from threadpoolctl import threadpool_limits

from helpers.data.beside import Beside
from helpers.data.enrich import enriched_frame
from helpers.errors import BadInput, within
from helpers.folds import Fold, by_time, most_by_class
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
    """Return for each join how much better it makes the measure: mean over the folds, and its standard error.

    Folds are the same with and without; by time, later rows judge what was learnt on earlier ones. Those in which the
    measure cannot be told are left out; BadInput where less than two are left. NaN without a target.
    """
    within("related.folds", folds, 2)
    within("related.most_rows", most_rows, 10)
    if problem.target is None or not others:
        return [(np.nan, np.nan)] * len(others)
    some = rows.sample(min(most_rows, len(rows)), random_state=seed).sort_index()
    parts = _parts(some, problem, folds, seed)
    features, y = problem.split(some)
    without = _scores(features, y, problem, parts, seed)
    if np.isfinite(without).sum() < 2:
        raise BadInput(
            f"what a join is worth needs 2 folds at least in which {problem.measure} can be told; {len(some):,} rows "
            f"have {np.isfinite(without).sum()}; set a larger related.most_rows, or leave related.tables out"
        )
    found = []
    for one in others:
        more = enriched_frame(some, [one]).drop(columns=[c for c in some if c not in features])
        better = _scores(more, y, problem, parts, seed) - without
        better = better[np.isfinite(better)]
        found.append((float(better.mean()), float(better.std(ddof=1) / np.sqrt(len(better)))))
    return found


def _parts(rows: pd.DataFrame, problem: Problem, folds: int, seed: int) -> list[Fold]:
    """Return the folds as models are compared on: fewer where groups or classes are few, none that teach one class."""
    y = pd.factorize(rows[problem.target].astype(str))[0]
    if len(rows) < 2 * folds:
        return []
    if problem.time:
        parts = by_time(rows, problem, folds)
    elif problem.group:
        groups = rows[problem.group].astype(str)
        most = min(folds, groups.nunique())
        parts = list(GroupKFold(most).split(rows, groups=groups)) if most > 1 else []
    else:
        parts = _dealt(rows, problem, folds, seed)
    return [(learn, judge) for learn, judge in parts if not problem.is_classification or np.ptp(y[learn])]


def _dealt(rows: pd.DataFrame, problem: Problem, folds: int, seed: int) -> list[Fold]:
    if problem.is_classification:
        strata = problem.strata(rows[problem.target].astype(str).to_numpy(object))
        if (most := most_by_class(strata, problem)) > 1:
            some = StratifiedKFold(min(folds, most), shuffle=True, random_state=seed)
            return list(some.split(rows, strata))
    return list(KFold(folds, shuffle=True, random_state=seed).split(rows))


def _scores(
    features: pd.DataFrame, y: np.ndarray, problem: Problem, parts: Sequence[Fold], seed: int
) -> np.ndarray:
    """Return the measure (folds,) of gradient-boosted trees on numbers and counted levels; NaN where it has none.

    Of several labels it is the mean area under their ROC curves, whatever the problem's measure is.
    """
    several = problem.task == "multilabel"
    x, score = _numbers(features), _mean_area if several else _measure(problem)
    make: Any = HistGradientBoostingClassifier if problem.is_classification else HistGradientBoostingRegressor
    if problem.quantile is not None:
        make = partial(make, loss="quantile", quantile=problem.quantile)
    elif problem.fitted_to == "counts":  # else it would say numbers below zero, of which there is no deviance
        make = partial(make, loss="poisson")
    target = held(y, problem.classes) if several else y == problem.positive if problem.task == "binary" else y
    scores = np.full(len(parts), np.nan)
    with threadpool_limits(1):  # on so few rows threads wait for each other more than they work
        for n, (train, test) in enumerate(parts):
            model = make(max_iter=60, early_stopping=False, random_state=seed)
            model = (OneVsRestClassifier(model) if several else model).fit(x[train], target[train])
            with suppress(ValueError):  # the rows judged have no such measure
                scores[n] = score(model, x[test], target[test])
    return scores


def _measure(problem: Problem) -> Any:
    if problem.quantile is not None:
        return make_scorer(mean_pinball_loss, alpha=problem.quantile, greater_is_better=False)
    return _log_likelihood if problem.measure == "neg_log_loss" else get_scorer(problem.measure)


def _log_likelihood(model: Any, x: np.ndarray, y: np.ndarray) -> float:
    """Return the mean logarithm of the probability of the true classes (n,), zero of those that were not learnt."""
    places = pd.Index(model.classes_).get_indexer(y)
    of_true = np.where(places < 0, 0.0, model.predict_proba(x)[np.arange(len(y)), places])
    return float(np.log(of_true.clip(np.finfo(float).eps)).mean())


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
