"""Judge the model by what it is for: cost and threshold, calibration, baseline, slices."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from sklearn.tree import DecisionTreeRegressor

from helpers.errors import BadInput
from helpers.model.scoring import interval, measures, predictions, score
from helpers.problem import Problem


def cost(y: np.ndarray, probability: np.ndarray, threshold: float, missed: float, wasted: float) -> float:
    """Return the mean cost a row of acting on every row at or above the threshold.

    A positive that is not acted on costs `missed`, an action on a negative `wasted`.
    """
    acted = probability >= threshold
    return float((missed * (~acted & (y == 1)) + wasted * (acted & (y == 0))).mean())


def cost_curve(y: np.ndarray, probability: np.ndarray, missed: float, wasted: float) -> pd.DataFrame:
    """Return the mean cost for 199 thresholds between 0 and 1, and the share of rows acted on."""
    if missed <= 0 or wasted <= 0:
        raise BadInput("evaluate.cost_missed and evaluate.cost_wasted must be above 0")
    thresholds = np.linspace(0.005, 0.995, 199)
    costs = [cost(y, probability, t, missed, wasted) for t in thresholds]
    acted = [(probability >= t).mean() for t in thresholds]
    return pd.DataFrame({"threshold": thresholds, "cost": costs, "acted": acted})


def best_threshold(curve: pd.DataFrame) -> float:
    """Return the threshold of least cost; of equal ones, the middle one."""
    least = curve.loc[np.isclose(curve["cost"], curve["cost"].min(), rtol=1e-12), "threshold"]
    return float(least.iloc[len(least) // 2])


def threshold_interval(
    y: np.ndarray, probability: np.ndarray, missed: float, wasted: float, seed: int, draws: int = 100
) -> tuple[float, float]:
    """Return the bootstrap interval (95 %) of the best threshold."""
    return interval(
        y, probability, lambda a, p: best_threshold(cost_curve(a, p, missed, wasted)), seed, draws
    )


def calibration(y: np.ndarray, probability: np.ndarray, bins: int = 10) -> pd.DataFrame:
    """Return predicted and observed share in bins of equally many rows."""
    groups = pd.qcut(pd.Series(probability), bins, duplicates="drop", labels=False)
    table = pd.DataFrame({"predicted": probability, "observed": y}).groupby(groups.to_numpy()).mean()
    return table.assign(rows=groups.value_counts().sort_index().to_numpy())


def slices(x: pd.DataFrame, errors: np.ndarray, problem: Problem, least: float = 0.03) -> pd.DataFrame:
    """Return the slices with the largest mean error: leaves of shallow trees over every single feature.

    errors (n,) are 1 - probability of the true class, or absolute errors. A slice holds `least` of the rows.
    """
    records = []
    smallest = max(int(least * len(x)), 10)
    for name in x.columns:
        values = x[name]
        if pd.api.types.is_numeric_dtype(values):
            groups = _intervals(values, errors, smallest)
        else:
            groups = values.where(values != "", "(missing)")
        table = (
            pd.DataFrame({"slice": groups, "error": errors}).groupby("slice")["error"].agg(["mean", "size"])
        )
        for label, row in table[table["size"] >= smallest].iterrows():
            records.append(
                {
                    "slice": f"{name} {'' if str(label)[0] in '<>(' else '= '}{label}",
                    "rows": int(row["size"]),
                    "error": row["mean"],
                }
            )
    board = pd.DataFrame(records, columns=["slice", "rows", "error"])
    return board.sort_values("error", ascending=False, kind="stable", ignore_index=True).head(10)


def importance(
    model: Any,
    x: pd.DataFrame,
    y: np.ndarray,
    problem: Problem,
    seed: int,
    repeats: int = 3,
    most: int = 2000,
) -> pd.Series:
    """Return what the measure loses when one column is shuffled (Breiman 2001), most first; mean of repeats."""
    rng = np.random.default_rng(seed)
    if len(x) > most:
        rows = np.sort(rng.choice(len(x), most, replace=False))
        x, y = x.iloc[rows], y[rows]
    whole = score(problem.measure, y, predictions(model, x, problem), problem)
    lost = {}
    for name in x.columns:
        values = []
        for _ in range(repeats):
            shuffled = x.assign(**{name: x[name].to_numpy()[rng.permutation(len(x))]})
            values.append(whole - score(problem.measure, y, predictions(model, shuffled, problem), problem))
        lost[name] = float(np.mean(values))
    return pd.Series(lost).sort_values(ascending=False, kind="stable")


def errors_of(y: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Return the error of every row (n,): 1 - probability of the true class, or the absolute error."""
    return np.abs(y - predicted) if predicted.ndim == 1 else 1.0 - predicted[np.arange(len(y)), y]


def baseline(y_train: np.ndarray, rows: int, problem: Problem) -> np.ndarray:
    """Return the dummy's predictions for so many rows: the share of each class in training, or the mean."""
    if not problem.is_classification:
        return np.full(rows, y_train.mean())
    shares = np.bincount(y_train, minlength=len(problem.classes)) / len(y_train)
    return np.tile(shares, (rows, 1))


def evaluation(
    y: np.ndarray,
    predicted: np.ndarray,
    dummy: np.ndarray,
    problem: Problem,
    objective: Mapping[str, Any],
    require: float | None,
    seed: int,
) -> dict[str, Any]:
    """Return what later stages and the report must know of this evaluation, as plain JSON."""
    low, high = interval(y, predicted, lambda a, p: score(problem.measure, a, p, problem), seed)
    return {
        "task": problem.task,
        "measure": problem.measure,
        "value": score(problem.measure, y, predicted, problem),
        "interval": {"low": low, "high": high, "level": 0.95},
        "measures": plain(measures(y, predicted, problem)),
        "baseline": plain(measures(y, dummy, problem)),
        "threshold": objective.get("threshold", 0.5) if problem.task == "binary" else None,
        "objective": dict(objective),
        "requirement": require,
        "rows": len(y),
    }


def plain(values: Mapping[str, float]) -> dict[str, float | None]:
    """Return the values with None for what could not be computed."""
    return {k: float(v) if np.isfinite(v) else None for k, v in values.items()}


def _intervals(values: pd.Series, errors: np.ndarray, smallest: int) -> pd.Series:
    """Return for each row the interval of its value, as a tree that predicts the error would cut it."""
    known = values.notna()
    labels = pd.Series("(missing)", index=values.index, dtype=object)
    if known.sum() < 2 * smallest:
        return labels.where(~known, "(any)")
    tree = DecisionTreeRegressor(max_leaf_nodes=4, min_samples_leaf=smallest, random_state=0)
    tree.fit(values[known].to_numpy()[:, None], errors[known.to_numpy()])
    cuts = np.sort(tree.tree_.threshold[tree.tree_.feature >= 0])
    if not len(cuts):
        return labels.where(~known, "(any)")
    names = [
        f"<= {cuts[0]:.4g}",
        *(f"({a:.4g}, {b:.4g}]" for a, b in pairwise(cuts)),
        f"> {cuts[-1]:.4g}",
    ]
    labels[known] = np.array(names, object)[np.searchsorted(cuts, values[known].to_numpy(), side="left")]
    return labels
