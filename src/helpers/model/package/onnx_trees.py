"""Exact graphs of trees and of what is made of trees, with TreeEnsemble (ai.onnx.ml 5) in double.

scikit-learn's trees compare a value rounded to single precision with a threshold. The double threshold that
decides every double value just so is computed for each split, so that nothing needs to be rounded when scoring.
Histogram boosting compares in double as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from onnx import numpy_helper
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from helpers.errors import Failed
from helpers.model.package.graph import CARRIED_ML_OPSET, Nodes, model

SUM = 1


@dataclass(frozen=True)
class Tree:
    """A tree in arrays over its nodes: feature (-1 at a leaf), threshold, left, right, missing to the left."""

    feature: np.ndarray
    threshold: np.ndarray
    left: np.ndarray
    right: np.ndarray
    missing_left: np.ndarray


def exact_threshold(threshold: np.ndarray) -> np.ndarray:
    """Return t (n,) in double with: x <= t exactly when float32(x) <= threshold, for every double x.

    The limit lies half way between the last single that passes and the next one; there, rounding goes to the
    single with the even last bit.
    """
    threshold = np.asarray(threshold, np.float64)
    single = threshold.astype(np.float32)
    single = np.where(single > threshold, np.nextafter(single, np.float32(-np.inf)), single).astype(
        np.float32
    )
    above = np.nextafter(single, np.float32(np.inf))
    middle = (single.astype(np.float64) + above.astype(np.float64)) / 2
    passes = middle.astype(np.float32) <= single
    return np.where(passes, middle, np.nextafter(middle, -np.inf))


def of_sklearn(tree: Any) -> Tree:
    """Return the arrays of a `tree_` of scikit-learn."""
    feature = np.where(tree.children_left < 0, -1, tree.feature)
    missing = np.asarray(tree.missing_go_to_left, bool)
    return Tree(feature, exact_threshold(tree.threshold), tree.children_left, tree.children_right, missing)


def of_histogram(predictor: Any) -> tuple[Tree, np.ndarray]:
    """Return the arrays of a tree of histogram boosting, and the value of each node."""
    n = predictor.nodes
    if n["is_categorical"].any():
        raise Failed("histogram boosting with native categories has no exact export; encode the categories")
    feature = np.where(n["is_leaf"] == 1, -1, n["feature_idx"].astype(int))
    left, right = n["left"].astype(int), n["right"].astype(int)
    return Tree(feature, n["num_threshold"], left, right, n["missing_go_to_left"].astype(bool)), n["value"]


def ensemble(
    nodes: Nodes,
    x: str,
    trees: Sequence[Tree],
    values: Sequence[np.ndarray],
    targets: Sequence[Any],
    outputs: int,
) -> str:
    """Return (n, outputs): the sum over trees of the value of the leaf that a row reaches.

    values are by node; targets tell for each tree the output it adds to (an integer, or one by node).
    """
    a: dict[str, list] = {
        k: [] for k in ("feature", "split", "yes", "no", "yes_leaf", "no_leaf", "missing", "roots")
    }
    leaf_targets: list[int] = []
    leaf_weights: list[float] = []

    def leaf(node: int, value: np.ndarray, target: Any) -> int:
        leaf_targets.append(int(target if np.ndim(target) == 0 else target[node]))
        leaf_weights.append(float(value[node]))
        return len(leaf_weights) - 1

    for tree, value, target in zip(trees, values, targets, strict=True):
        inner = np.flatnonzero(tree.feature >= 0)
        start = len(a["feature"])
        a["roots"].append(start)
        if not len(inner):  # a tree that is one leaf: both ways lead there
            only = leaf(0, value, target)
            _append(a, 0, 0.0, only, only, True, True, False)
            continue
        place = {int(n): start + i for i, n in enumerate(inner)}
        for n in inner:
            yes, no = int(tree.left[n]), int(tree.right[n])
            ends = [c not in place for c in (yes, no)]
            to = [leaf(c, value, target) if end else place[c] for c, end in zip((yes, no), ends, strict=True)]
            _append(a, tree.feature[n], tree.threshold[n], *to, *ends, tree.missing_left[n])
    return _tree_node(nodes, x, a, leaf_targets, leaf_weights, outputs)


def _append(a: dict[str, list], *row: Any) -> None:
    for key, value in zip(
        ("feature", "split", "yes", "no", "yes_leaf", "no_leaf", "missing"), row, strict=True
    ):
        a[key].append(float(value) if key == "split" else int(value))


def _tree_node(
    nodes: Nodes, x: str, a: dict[str, list], targets: list[int], weights: list[float], outputs: int
) -> str:
    def tensor(values: Any, dtype: Any) -> Any:
        return numpy_helper.from_array(np.array(values, dtype))

    return nodes.node(
        "TreeEnsemble", x, domain="ai.onnx.ml", version=CARRIED_ML_OPSET,
        aggregate_function=SUM, post_transform=0, n_targets=outputs,
        tree_roots=a["roots"], nodes_featureids=a["feature"], nodes_modes=tensor([0] * len(a["feature"]), np.uint8),
        nodes_splits=tensor(a["split"], np.float64), nodes_truenodeids=a["yes"], nodes_falsenodeids=a["no"],
        nodes_trueleafs=a["yes_leaf"], nodes_falseleafs=a["no_leaf"], nodes_missing_value_tracks_true=a["missing"],
        leaf_targetids=targets, leaf_weights=tensor(weights, np.float64),
    )  # fmt: skip


FORESTS = (DecisionTreeClassifier, DecisionTreeRegressor, RandomForestClassifier, RandomForestRegressor)


@model(*FORESTS, ExtraTreesClassifier, ExtraTreesRegressor)
def forest(nodes: Nodes, fitted: Any, x: str) -> str:
    """The mean over trees of the shares, or values, in the leaf that a row reaches."""
    inner = [e.tree_ for e in getattr(fitted, "estimators_", [fitted])]
    trees = [of_sklearn(t) for t in inner]
    if not hasattr(fitted, "classes_"):
        values = [t.value[:, 0, 0] / len(inner) for t in inner]
        return ensemble(nodes, x, trees, values, [0] * len(inner), 1)
    shares = [t.value[:, 0, :] / t.value[:, 0, :].sum(axis=1, keepdims=True) for t in inner]
    if len(fitted.classes_) == 2:
        return nodes.both(
            ensemble(nodes, x, trees, [s[:, 1] / len(inner) for s in shares], [0] * len(inner), 1)
        )
    return _mean_shares(nodes, x, trees, shares)


def _mean_shares(nodes: Nodes, x: str, trees: Sequence[Tree], shares: Sequence[np.ndarray]) -> str:
    """Return mean shares (n, k): each tree tells the number of its leaf, a table the shares of that leaf."""
    starts = np.cumsum([0, *(len(s) for s in shares)])
    numbers = [np.arange(a, b) for a, b in pairwise(starts)]
    reached = ensemble(nodes, x, trees, numbers, list(range(len(trees))), len(trees))
    looked_up = nodes.take(np.vstack(shares), nodes.node("Cast", reached, to=7))
    return nodes.node("ReduceMean", looked_up, nodes.constant([1], np.int64), keepdims=0)


@model(GradientBoostingClassifier, GradientBoostingRegressor)
def gradient_boosting(nodes: Nodes, fitted: Any, x: str) -> str:
    """The first guess plus the learning rate times the sum of the trees."""
    rounds = fitted.estimators_
    flat = [(e.tree_, k) for row in rounds for k, e in enumerate(row)]
    values = [t.value[:, 0, 0] * fitted.learning_rate for t, _ in flat]
    start = np.asarray(fitted._raw_predict_init(np.zeros((1, fitted.n_features_in_), np.float32)), float)
    raw = ensemble(nodes, x, [of_sklearn(t) for t, _ in flat], values, [k for _, k in flat], rounds.shape[1])
    return _linked(nodes, nodes.add(raw, start.reshape(1, -1)), fitted)


@model(HistGradientBoostingClassifier, HistGradientBoostingRegressor)
def histogram_boosting(nodes: Nodes, fitted: Any, x: str) -> str:
    """The first guess plus the sum of the trees."""
    flat = [(*of_histogram(p), k) for row in fitted._predictors for k, p in enumerate(row)]
    trees, values, targets = [f[0] for f in flat], [f[1] for f in flat], [f[2] for f in flat]
    raw = ensemble(nodes, x, trees, values, targets, fitted.n_trees_per_iteration_)
    return _linked(nodes, nodes.add(raw, np.reshape(fitted._baseline_prediction, (1, -1))), fitted)


def _linked(nodes: Nodes, raw: str, fitted: Any) -> str:
    if not hasattr(fitted, "classes_"):
        return raw
    if len(fitted.classes_) == 2:
        return nodes.both(nodes.node("Sigmoid", raw))
    return nodes.node("Softmax", raw, axis=1)


@model(AdaBoostClassifier)
def ada_classes(nodes: Nodes, fitted: AdaBoostClassifier, x: str) -> str:
    """SAMME: each tree votes with its weight for a class and a little against the others; then softmax."""
    k = len(fitted.classes_)
    weights = fitted.estimator_weights_[: len(fitted.estimators_)]
    inner = [e.tree_ for e in fitted.estimators_]
    votes = [np.full(t.node_count, w * k / (k - 1)) for t, w in zip(inner, weights, strict=True)]
    classes = [_class_of_node(e, fitted.classes_) for e in fitted.estimators_]
    total = ensemble(nodes, x, [of_sklearn(t) for t in inner], votes, classes, k)
    decision = nodes.times(nodes.add(total, [[-weights.sum() / (k - 1)]]), [[1.0 / weights.sum()]])
    if k == 2:  # scikit-learn halves the difference of both
        half = nodes.times(
            nodes.node("Sub", nodes.columns(decision, [1]), nodes.columns(decision, [0])), [[0.5]]
        )
        return nodes.node("Softmax", nodes.concat(nodes.node("Neg", half), half), axis=1)
    return nodes.node("Softmax", nodes.times(decision, [[1.0 / (k - 1)]]), axis=1)


def _class_of_node(estimator: Any, classes: np.ndarray) -> np.ndarray:
    own = estimator.classes_[estimator.tree_.value[:, 0, :].argmax(axis=1)]
    return np.searchsorted(classes, own)


@model(AdaBoostRegressor)
def ada_numbers(nodes: Nodes, fitted: AdaBoostRegressor, x: str) -> str:
    """The weighted median of the trees."""
    inner = [e.tree_ for e in fitted.estimators_]
    weights = fitted.estimator_weights_[: len(inner)]
    each = ensemble(
        nodes,
        x,
        [of_sklearn(t) for t in inner],
        [t.value[:, 0, 0] for t in inner],
        list(range(len(inner))),
        len(inner),
    )
    order = _sorting(nodes, each, len(inner))
    mass = nodes.node("CumSum", nodes.take(weights, order), nodes.constant(1, np.int64))
    enough = nodes.node("GreaterOrEqual", mass, nodes.constant([[0.5 * np.cumsum(weights)[-1]]]))
    first = nodes.node("ArgMax", nodes.node("Cast", enough, to=7), axis=1, keepdims=1)
    return nodes.node("GatherElements", each, nodes.node("GatherElements", order, first, axis=1), axis=1)


def _sorting(nodes: Nodes, each: str, count: int) -> str:
    """Return the positions (n, trees) that sort each row; TopK gives them as its second output."""
    return nodes.second("TopK", each, nodes.constant([count], np.int64), axis=1, largest=0, sorted=1)
