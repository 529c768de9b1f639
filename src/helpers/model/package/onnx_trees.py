"""Exact graphs of trees and of what is made of trees, with TreeEnsemble (ai.onnx.ml 5) in double.

scikit-learn's trees compare a value rounded to single precision with a threshold. The double threshold that
decides every double value just so is computed for each split, so that nothing needs to be rounded when scoring.
Histogram boosting compares in double as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
from helpers.model.package.graph import Nodes, converts

SUM = 1
AT_MOST, MEMBER = 0, 6  # modes of a node: x <= threshold, or x in a set


@dataclass(frozen=True)
class Tree:
    """A tree in arrays over its nodes: feature (-1 at a leaf), threshold, left, right, missing to the left.

    members holds the sets of those that send to the left what is in a set of whole numbers, by node in rising order.
    """

    feature: np.ndarray
    threshold: np.ndarray
    left: np.ndarray
    right: np.ndarray
    missing_left: np.ndarray
    members: Mapping[int, np.ndarray] = field(default_factory=dict)


def exact_threshold(threshold: np.ndarray) -> np.ndarray:
    """Return t (n,) in double with: x <= t exactly when float32(x) <= threshold, for every double x.

    The limit lies half way between the last single that passes and the next one; there, rounding goes to the
    single with the even last bit.
    """
    threshold = np.asarray(threshold, np.float64)
    single = threshold.astype(np.float32)
    with np.errstate(over="ignore"):  # below the lowest single lies -inf, which is right here
        below = np.nextafter(single, np.float32(-np.inf))
    single = np.where(single > threshold, below, single).astype(np.float32)
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
    """Return (n, outputs): the sum over trees of the value of the leaf that a row reaches, in one node.

    values are by node; targets tell for each tree the output it adds to (an integer, or one by node).
    """
    whole = [_grown(tree) for tree in trees]
    inner = np.cumsum([0, *(len(tree.feature) - (tree.feature < 0).sum() for tree in whole)])
    leaves = np.cumsum([0, *((tree.feature < 0).sum() for tree in whole)])
    names = ("feature", "split", "mode", "yes", "no", "yes_leaf", "no_leaf", "missing")
    a: dict[str, list] = {name: [] for name in names}
    leaf_targets, leaf_weights = [], []
    members: list[np.ndarray] = []
    for n, (tree, value, target) in enumerate(zip(whole, values, targets, strict=True)):
        split, leaf = np.flatnonzero(tree.feature >= 0), np.flatnonzero(tree.feature < 0)
        place = np.empty(len(tree.feature), np.int64)
        place[split], place[leaf] = inner[n] + np.arange(len(split)), leaves[n] + np.arange(len(leaf))
        a["feature"].append(tree.feature[split])
        a["split"].append(tree.threshold[split])
        a["mode"].append(np.where(np.isin(split, list(tree.members)), MEMBER, AT_MOST))
        members += tree.members.values()
        a["missing"].append(tree.missing_left[split])
        for side, ways in (("yes", tree.left), ("no", tree.right)):
            to = ways[split]
            a[side].append(place[to])
            a[f"{side}_leaf"].append(tree.feature[to] < 0)
        at = leaf if len(tree.feature) == len(value) else np.zeros(len(leaf), int)
        leaf_targets.append(np.broadcast_to(target, len(value))[at])
        leaf_weights.append(value[at])
    roots = inner[:-1].tolist()
    leaves_to, weights = np.concatenate(leaf_targets), np.concatenate(leaf_weights)
    return _tree_node(nodes, x, a, members, roots, leaves_to, weights, outputs)


def _grown(tree: Tree) -> Tree:
    """Return the tree; one that is a single leaf gets a split whose both ways lead to that leaf's value."""
    if tree.feature[0] >= 0:
        return tree
    return Tree(
        np.array([0, -1, -1]),
        np.zeros(3),
        np.array([1, -1, -1]),
        np.array([2, -1, -1]),
        np.ones(3, bool),
    )


def _tree_node(
    nodes: Nodes, x: str, a: dict[str, list], members: list[np.ndarray], roots: list[int], targets: Any,
    weights: Any, outputs: int,
) -> str:  # fmt: skip
    whole = {key: np.concatenate(parts) for key, parts in a.items()}
    integers = {key: part.astype(np.int64).tolist() for key, part in whole.items() if key != "split"}
    sets = {}
    if members:  # one after the other, each ended by NaN
        ended = np.concatenate([part for one in members for part in (one, [np.nan])])
        sets["membership_values"] = numpy_helper.from_array(ended.astype(np.float64))
    return nodes.node(
        "TreeEnsemble", x, domain="ai.onnx.ml", aggregate_function=SUM, post_transform=0, n_targets=outputs,
        tree_roots=roots, nodes_featureids=integers["feature"],
        nodes_modes=numpy_helper.from_array(whole["mode"].astype(np.uint8)),
        nodes_splits=numpy_helper.from_array(whole["split"].astype(np.float64)),
        nodes_truenodeids=integers["yes"], nodes_falsenodeids=integers["no"],
        nodes_trueleafs=integers["yes_leaf"], nodes_falseleafs=integers["no_leaf"],
        nodes_missing_value_tracks_true=integers["missing"], leaf_targetids=targets.astype(np.int64).tolist(),
        leaf_weights=numpy_helper.from_array(weights.astype(np.float64)), **sets,
    )  # fmt: skip


FORESTS = (DecisionTreeClassifier, DecisionTreeRegressor, RandomForestClassifier, RandomForestRegressor)


@converts(*FORESTS, ExtraTreesClassifier, ExtraTreesRegressor)
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
    looked_up = nodes.take(np.vstack(shares), nodes.whole(reached))
    return nodes.node("ReduceMean", looked_up, nodes.constant([1], np.int64), keepdims=0)


@converts(GradientBoostingClassifier, GradientBoostingRegressor)
def gradient_boosting(nodes: Nodes, fitted: Any, x: str) -> str:
    """The first guess plus the learning rate times the sum of the trees, through the link."""
    return linked(nodes, raw_gradient_boosting(nodes, fitted, x), fitted)


def raw_gradient_boosting(nodes: Nodes, fitted: Any, x: str) -> str:
    """Return its decision: (n, 1) of two classes or numbers, else (n, k)."""
    rounds = fitted.estimators_
    flat = [(e.tree_, k) for row in rounds for k, e in enumerate(row)]
    values = [t.value[:, 0, 0] * fitted.learning_rate for t, _ in flat]
    start = np.asarray(fitted._raw_predict_init(np.zeros((1, fitted.n_features_in_), np.float32)), float)
    raw = ensemble(nodes, x, [of_sklearn(t) for t, _ in flat], values, [k for _, k in flat], rounds.shape[1])
    return nodes.add(raw, start.reshape(1, -1))


@converts(HistGradientBoostingClassifier, HistGradientBoostingRegressor)
def histogram_boosting(nodes: Nodes, fitted: Any, x: str) -> str:
    """The first guess plus the sum of the trees, through the link of the loss."""
    raw = raw_histogram_boosting(nodes, fitted, x)
    if not hasattr(fitted, "classes_") and fitted.loss in ("poisson", "gamma"):
        return nodes.node("Exp", raw)
    return linked(nodes, raw, fitted)


def raw_histogram_boosting(nodes: Nodes, fitted: Any, x: str) -> str:
    """Return its decision: (n, 1) of two classes or numbers, else (n, k)."""
    flat = [(*of_histogram(p), k) for row in fitted._predictors for k, p in enumerate(row)]
    trees, values, targets = [f[0] for f in flat], [f[1] for f in flat], [f[2] for f in flat]
    raw = ensemble(nodes, x, trees, values, targets, fitted.n_trees_per_iteration_)
    return nodes.add(raw, np.reshape(fitted._baseline_prediction, (1, -1)))


def linked(nodes: Nodes, raw: str, fitted: Any) -> str:
    """Return numbers as they are, probabilities of classes by sigmoid or softmax."""
    if not hasattr(fitted, "classes_"):
        return raw
    if len(fitted.classes_) == 2:
        return nodes.both(nodes.node("Sigmoid", raw))
    return nodes.node("Softmax", raw, axis=1)


@converts(AdaBoostClassifier)
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


@converts(AdaBoostRegressor)
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
    first = nodes.node("ArgMax", nodes.whole(enough), axis=1, keepdims=1)
    return nodes.node("GatherElements", each, nodes.node("GatherElements", order, first, axis=1), axis=1)


def _sorting(nodes: Nodes, each: str, count: int) -> str:
    """Return the positions (n, trees) that sort each row; TopK gives them as its second output."""
    return nodes.two("TopK", each, nodes.constant([count], np.int64), axis=1, largest=0, sorted=1)[1]
