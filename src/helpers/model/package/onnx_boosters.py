"""Exact graphs of LightGBM, CatBoost and XGBoost, from each library's own description of its trees.

LightGBM compares in double. CatBoost and XGBoost round a value to single precision before they compare it; the
thresholds are moved so that a double decides as its rounded single would (see onnx_trees).
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from helpers.errors import Failed
from helpers.model.package.graph import Nodes, converts
from helpers.model.package.onnx_trees import Tree, ensemble, exact_threshold

ZERO = float(np.float32(1e-35))  # what LightGBM takes for zero


@converts("lightgbm.LGBMClassifier", "lightgbm.LGBMRegressor")
def lightgbm(nodes: Nodes, fitted: Any, x: str) -> str:
    """The sum of the trees, or their mean in a forest, through the link of the objective."""
    about, trees = _lightgbm_text(fitted)
    return _lightgbm_link(nodes, _lightgbm_sum(nodes, about, trees, x), about["objective"].split())


def lightgbm_raw(nodes: Nodes, fitted: Any, x: str) -> str:
    """Return its decision: (n, 1) of two classes or numbers, else (n, k)."""
    return _lightgbm_sum(nodes, *_lightgbm_text(fitted), x)


Lines = dict[str, str]  # what stands before and behind the "=" of the lines of a LightGBM model


def _lightgbm_text(fitted: Any) -> tuple[Lines, list[Lines]]:
    """Return what the model file says of the whole, and of each tree, which is read much faster than its JSON."""
    whole = fitted.booster_.model_to_string().partition("\nend of trees")[0]
    about, *trees = (
        dict(line.partition("=")[::2] for line in part.splitlines()) for part in whole.split("\nTree=")
    )
    return about, trees


def _lightgbm_sum(nodes: Nodes, about: Lines, trees: list[Lines], x: str) -> str:
    described = [_lightgbm_tree(lines) for lines in trees]
    outputs = int(about["num_tree_per_iteration"])
    zeros = sorted(set().union(*(zero for _, _, zero in described)))
    share = outputs / len(described) if "average_output" in about else 1.0
    return ensemble(
        nodes,
        _zero_as_missing(nodes, x, zeros, int(about["max_feature_idx"]) + 1) if zeros else x,
        [tree for tree, _, _ in described],
        [values * share for _, values, _ in described],
        [n % outputs for n in range(len(described))],
        outputs,
    )


def _lightgbm_tree(lines: Lines) -> tuple[Tree, np.ndarray, set[int]]:
    """Return the arrays of a tree, its values, and the features whose zeros count as missing.

    Splits come first, leaves after them; a child below zero is a leaf, ~child its number. The bits of decision_type:
    1 categorical, 2 missing goes left, 4 and 8 what is missing (0: nothing, 1: zero, 2: NaN). A categorical split sends
    to the left what is in its set; its threshold is the number of the set.
    """
    if lines.get("is_linear") == "1":
        raise Failed("LightGBM with linear trees has no exact export; set linear_tree to False")
    value = _numbers(lines["leaf_value"])
    if len(value) == 1:
        end = np.array([-1])
        return Tree(end, np.zeros(1), end, end, np.ones(1, bool)), value, set()
    feature, kind = _integers(lines["split_feature"]), _integers(lines["decision_type"])
    cut, of_levels = _numbers(lines["threshold"]), (kind & 1) > 0
    missing = np.where(of_levels, -1, kind >> 2)
    # Without a way of its own, a missing value counts as zero; a level is never missing.
    default = np.where(missing == 0, cut >= 0, (kind & 2) > 0) & ~of_levels
    sets = _sets(lines) if of_levels.any() else []
    members = {node: sets[int(cut[node])] for node in np.flatnonzero(of_levels).tolist()}
    cut[of_levels] = 0.0
    children = [_integers(lines[f"{side}_child"]) for side in ("left", "right")]
    left, right = (np.where(c < 0, len(feature) + ~c, c) for c in children)
    end = np.full(len(value), -1)
    tree = Tree(
        np.concatenate([feature, end]),
        np.concatenate([cut, np.zeros(len(value))]),
        np.concatenate([left, end]),
        np.concatenate([right, end]),
        np.concatenate([default, np.ones(len(value), bool)]),
        members,
    )
    return tree, np.concatenate([np.zeros(len(feature)), value]), set(feature[missing == 1].tolist())


def _sets(lines: Lines) -> list[np.ndarray]:
    """Return the sets of the categorical splits of a tree, which stand there as words of 32 bits each."""
    bounds, words = _integers(lines["cat_boundaries"]), _integers(lines["cat_threshold"]).astype("<u4")
    parts = (words[start:end].view(np.uint8) for start, end in pairwise(bounds.tolist()))
    return [np.flatnonzero(np.unpackbits(part, bitorder="little")) for part in parts]


def _numbers(text: str) -> np.ndarray:
    return np.fromstring(text, sep=" ")


def _integers(text: str) -> np.ndarray:
    return np.fromstring(text, np.int64, sep=" ")


def _zero_as_missing(nodes: Nodes, x: str, columns: list[int], count: int) -> str:
    concerned = np.isin(np.arange(count), columns)[None, :]
    above = nodes.node("Greater", x, nodes.constant([[-ZERO]]))
    within = nodes.node("And", above, nodes.node("LessOrEqual", x, nodes.constant([[ZERO]])))
    return nodes.where(nodes.node("And", within, nodes.constant(concerned, bool)), [[np.nan]], x)


def _lightgbm_link(nodes: Nodes, raw: str, objective: list[str]) -> str:
    name, options = objective[0], dict(o.split(":") for o in objective[1:] if ":" in o)
    if name == "binary":
        return nodes.both(nodes.node("Sigmoid", nodes.times(raw, [[float(options["sigmoid"])]])))
    if name == "multiclass":
        return nodes.node("Softmax", raw, axis=1)
    if name == "multiclassova":
        return nodes.node("Sigmoid", nodes.times(raw, [[float(options["sigmoid"])]]))
    if name in ("poisson", "gamma", "tweedie"):
        return nodes.node("Exp", raw)
    if (
        name in ("regression", "regression_l1", "huber", "fair", "quantile", "mape")
        and "sqrt" not in objective
    ):
        return raw
    raise Failed(f"LightGBM's objective {' '.join(objective)!r} has no exact export; choose another one")


@converts("catboost.CatBoostClassifier", "helpers.CatBoostClasses")
def catboost_classes(nodes: Nodes, fitted: Any, x: str) -> str:
    """Sigmoid or softmax of the sum of the trees."""
    loss = fitted.get_all_params()["loss_function"]
    if loss not in ("Logloss", "CrossEntropy", "MultiClass"):
        raise Failed(f"CatBoost's loss {loss!r} has no exact export; use Logloss or MultiClass")
    raw = _catboost_raw(nodes, fitted, x)
    return (
        nodes.node("Softmax", raw, axis=1) if loss == "MultiClass" else nodes.both(nodes.node("Sigmoid", raw))
    )


@converts("catboost.CatBoostRegressor", "helpers.CatBoostNumbers")
def catboost_numbers(nodes: Nodes, fitted: Any, x: str) -> str:
    """The sum of the trees; its exponential where the loss is on the logarithm."""
    loss = fitted.get_all_params()["loss_function"].split(":")[0]
    if loss not in ("RMSE", "MAE", "Quantile", "Huber", "Expectile", "MAPE", "Poisson", "Tweedie"):
        raise Failed(f"CatBoost's loss {loss!r} has no exact export; use RMSE, MAE, Quantile or Poisson")
    raw = _catboost_raw(nodes, fitted, x)
    return nodes.node("Exp", raw) if loss in ("Poisson", "Tweedie") else raw


def _catboost_raw(nodes: Nodes, fitted: Any, x: str) -> str:
    """Return the sum of the trees, scaled and shifted, (n, outputs)."""
    whole = _catboost_json(fitted)
    scale, bias = whole["scale_and_bias"]
    found, bias = whole["oblivious_trees"], np.atleast_1d(np.asarray(bias, float))
    splits = [tree["splits"] or [] for tree in found]  # none where no split was worth it
    if any(s["split_type"] != "FloatFeature" for of_tree in splits for s in of_tree):
        raise Failed("CatBoost with native categories has no exact export; encode the categories")
    features = {f["feature_index"]: f for f in whole["features_info"]["float_features"]}
    trees = [_symmetric(of_tree, features) for of_tree in splits]
    leaves = [np.reshape(tree["leaf_values"], (-1, len(bias))) * scale for tree in found]
    if len(bias) == 1:
        values = [_at_leaves(tree, value[:, 0]) for tree, value in zip(trees, leaves, strict=True)]
        return nodes.add(ensemble(nodes, x, trees, values, [0] * len(trees), 1), bias[None, :])
    starts = np.cumsum([0, *(len(v) for v in leaves)])
    numbers = [
        _at_leaves(tree, np.arange(a, b)) for tree, a, b in zip(trees, starts, starts[1:], strict=False)
    ]
    reached = ensemble(nodes, x, trees, numbers, list(range(len(trees))), len(trees))
    looked_up = nodes.take(np.vstack(leaves), nodes.whole(reached))
    return nodes.add(
        nodes.node("ReduceSum", looked_up, nodes.constant([1], np.int64), keepdims=0), bias[None, :]
    )


def _symmetric(splits: list[dict[str, Any]], features: dict[int, dict[str, Any]]) -> Tree:
    """Return a tree that asks the same on each level: the answers, the first one lowest, are the bits of the leaf.

    Level after level, a node stands at the number that the answers so far make; the leaves come last, in order.
    """
    depth = len(splits)
    levels = np.repeat(np.arange(depth), 2 ** np.arange(depth))
    starts = 2 ** np.arange(depth + 1) - 1
    left = starts[levels + 1] + np.arange(len(levels)) - starts[levels]
    end = np.full(2**depth, -1)
    about = [features[s["float_feature_index"]] for s in splits]
    cuts = exact_threshold(np.array([s["border"] for s in splits], np.float32))
    to_left = np.array([f["nan_value_treatment"] != "AsTrue" for f in about], bool)
    return Tree(
        np.concatenate([np.array([f["flat_feature_index"] for f in about], int)[levels], end]),
        np.concatenate([cuts[levels], np.zeros(2**depth)]),
        np.concatenate([left, end]),
        np.concatenate([left + 2**levels, end]),
        np.concatenate([to_left[levels], np.ones(2**depth, bool)]),
    )


def _at_leaves(tree: Tree, values: np.ndarray) -> np.ndarray:
    return np.concatenate([np.zeros(len(tree.feature) - len(values)), values])


def _catboost_json(fitted: Any) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.json"
        fitted.save_model(str(file), format="json")
        whole = json.loads(file.read_text(encoding="utf-8"))
    if not whole.get("oblivious_trees"):
        raise Failed("CatBoost without symmetric trees has no exact export; set grow_policy to SymmetricTree")
    return whole


@converts("xgboost.XGBClassifier", "xgboost.XGBRegressor")
def xgboost(nodes: Nodes, fitted: Any, x: str) -> str:
    """The sum of the trees and of the first guess, through the link of the objective."""
    learner = json.loads(bytes(fitted.get_booster().save_raw("json")))["learner"]
    name, booster = learner["objective"]["name"], learner["gradient_booster"]
    if booster["name"] != "gbtree":
        raise Failed(f"XGBoost's booster {booster['name']!r} has no exact export; use gbtree")
    described = list(_xgboost_trees(booster["model"]["trees"]))
    outputs = max(1, int(learner["learner_model_param"]["num_class"]))
    raw = ensemble(
        nodes, x, [t for t, _ in described], [v for _, v in described], booster["model"]["tree_info"], outputs
    )
    guess = np.atleast_1d(np.array(json.loads(learner["learner_model_param"]["base_score"]), np.float32))
    return _xgboost_link(nodes, raw, guess.astype(float), name)


def _xgboost_trees(trees: list[dict[str, Any]]) -> Iterator[tuple[Tree, np.ndarray]]:
    for t in trees:
        if any(t["split_type"]):
            raise Failed("XGBoost with native categories has no exact export; encode the categories")
        left, right = np.array(t["left_children"]), np.array(t["right_children"])
        feature = np.where(left < 0, -1, np.array(t["split_indices"]))
        cut = np.array(t["split_conditions"], np.float32)  # the value of a leaf, or the threshold of a split
        below = np.nextafter(cut, np.float32(-np.inf))  # x < cut is x <= the single before it
        yield (
            Tree(feature, exact_threshold(below), left, right, np.array(t["default_left"], bool)),
            cut.astype(float),
        )


def _xgboost_link(nodes: Nodes, raw: str, guess: np.ndarray, name: str) -> str:
    if name == "binary:logistic":
        return nodes.both(nodes.node("Sigmoid", nodes.add(raw, np.log(guess / (1 - guess))[None, :])))
    if name == "multi:softprob":
        return nodes.node("Softmax", nodes.add(raw, guess[None, :]), axis=1)
    if name in ("count:poisson", "reg:gamma", "reg:tweedie"):
        return nodes.node("Exp", nodes.add(raw, np.log(guess)[None, :]))
    if name in ("reg:squarederror", "reg:absoluteerror", "reg:quantileerror", "reg:pseudohubererror"):
        return nodes.add(raw, guess[None, :])
    raise Failed(f"XGBoost's objective {name!r} has no exact export; choose another one")
