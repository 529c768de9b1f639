"""Rows that are easily set apart from all others, by an isolation forest (Liu, Ting and Zhou, 2008).

A tree divides a sample of 256 rows at random; a row that is alone after few divisions is unlike the others.
"""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np

from helpers.recipe.parameters import Between
from helpers.recipe.registry import training_step

Columns = dict[str, np.ndarray]
SAMPLE, DEPTH, TREES = 256, 8, 100


def isolation_forest(
    columns: Columns,
    *,
    share: Annotated[float, Between(0, 0.5)] = 0.01,
    seed: Annotated[int, Between(0)] = 0,
) -> dict[str, Any]:
    """Return {"medians", "trees", "limit"}: the score above which the share of the most isolated rows lies."""
    medians = [_median(v) for v in columns.values()]
    table, draw = _filled(columns, medians), np.random.default_rng(seed)
    sizes = min(SAMPLE, len(table))
    count = TREES if sizes > 1 else 0
    trees = [_grown(table[draw.choice(len(table), sizes, replace=False)], draw) for _ in range(count)]
    forest = {"medians": medians, "trees": trees, "limit": 1.0}
    scored = scores(columns, forest)
    return forest | {"limit": float(np.quantile(scored, 1 - share)) if len(scored) else 1.0}


@training_step("number", fit=isolation_forest)
def drop_isolated_rows(columns: Columns, state: dict[str, Any]) -> np.ndarray:
    """Leave out the share of the training rows that an isolation forest sets apart most easily."""
    return scores(columns, state) <= state["limit"]


def scores(columns: Columns, forest: dict[str, Any]) -> np.ndarray:
    """Return the anomaly score (n,) of every row, from 0 to 1; about 0.5 and less is usual."""
    table = _filled(columns, forest["medians"])
    if not forest["trees"]:
        return np.zeros(len(table))
    depth = np.zeros(len(table))
    for tree in forest["trees"]:
        depth += _depths(table, tree)
    size = forest["trees"][0]["size"]
    return 2.0 ** (-depth / len(forest["trees"]) / _usual(size))


def _grown(rows: np.ndarray, draw: np.random.Generator) -> dict[str, Any]:
    """Return a tree as lists by node: column (-1 at a leaf), cut, left, right, depth that a row there counts."""
    tree: dict[str, Any] = {"size": len(rows), "column": [], "cut": [], "left": [], "right": [], "depth": []}
    waiting = [(rows, 0, -1, "left")]
    while waiting:
        part, depth, parent, side = waiting.pop()
        node = len(tree["column"])
        if parent >= 0:
            tree[side][parent] = node
        low, high = part.min(axis=0), part.max(axis=0)
        varying = np.flatnonzero(low < high)
        leaf = depth == DEPTH or len(part) < 2 or not len(varying)
        column = -1 if leaf else int(draw.choice(varying))
        cut = 0.0 if leaf else _between(low[column], high[column], draw)
        counted = depth + _usual(len(part)) if leaf else 0.0
        for key, value in zip(
            ("column", "cut", "left", "right", "depth"), (column, cut, node, node, counted), strict=True
        ):
            tree[key].append(value)
        if not leaf:
            below = part[:, column] <= cut
            waiting += [(part[below], depth + 1, node, "left"), (part[~below], depth + 1, node, "right")]
    return tree


def _between(low: float, high: float, draw: np.random.Generator) -> float:
    """Return a cut with a value on either side of it, also between neighbouring floats."""
    return float(min(draw.uniform(low, high), np.nextafter(high, low)))


def _depths(table: np.ndarray, tree: dict[str, Any]) -> np.ndarray:
    column, cut, left, right, depth = (np.array(tree[k]) for k in ("column", "cut", "left", "right", "depth"))
    node, rows = np.zeros(len(table), int), np.arange(len(table))
    for _ in range(DEPTH):
        below = table[rows, column[node]] <= cut[node]
        node = np.where(below, left[node], right[node])  # a leaf leads to itself
    return depth[node]


def _usual(size: int) -> float:
    """Return the mean depth of an unsuccessful search among size rows, equation 1 of the source."""
    return 2 * (np.log(size - 1) + np.euler_gamma) - 2 * (size - 1) / size if size > 2 else float(size == 2)


def _filled(columns: Columns, medians: list[float]) -> np.ndarray:
    filled = [np.where(np.isnan(v), m, v) for v, m in zip(columns.values(), medians, strict=True)]
    return np.stack(filled, axis=1)


def _median(values: np.ndarray) -> float:
    present = values[np.isfinite(values)]
    return float(np.median(present)) if len(present) else 0.0
