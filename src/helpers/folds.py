"""What folds of models, and of what a join is worth, have in common."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.model_selection import TimeSeriesSplit

from helpers.problem import Problem

Fold = tuple[np.ndarray, np.ndarray]


def most_by_class(strata: np.ndarray, problem: Problem) -> int:
    """Return how many folds of stratified rows (n,) are possible.

    Of two classes each fold must judge both; of several, or of labels, a rare one may be in some folds only.
    """
    sizes = np.unique(strata, return_counts=True)[1]
    return int(sizes.min() if problem.task == "binary" else sizes.max())


def by_time(rows: pd.DataFrame, problem: Problem, count: int) -> list[Fold]:
    """Return folds that learn from earlier rows than they judge, as positions, the oldest first.

    As in the split, no moment is torn apart, rows without a time teach, and rows of groups that teach are not judged.
    There may be fewer than count: none without rows to judge, or that lost more than half of those to learn from.
    """
    moment = rows[problem.time].rank(method="dense", na_option="top").to_numpy()
    order, parts = np.argsort(moment, kind="stable"), []
    for earlier, later in TimeSeriesSplit(count).split(order):
        learn, judge = order[earlier], order[later]
        learn = learn[moment[learn] < moment[judge[0]]]
        if problem.group:
            groups = rows[problem.group]
            judge = judge[~groups.iloc[judge].isin(groups.iloc[learn].dropna()).to_numpy(bool)]
        if 2 * len(learn) >= len(earlier) and len(judge):
            parts.append((learn, judge))
    return parts
