"""Exact graphs of what is made of other estimators: pipelines, column transformers, calibration, ensembles."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from helpers.errors import Failed
from helpers.model.calibration import LEAST, Recalibrated
from helpers.model.ensemble import HardVote, Stack, WeightedEnsemble
from helpers.model.package.graph import Nodes, converts
from helpers.model.package.onnx_boosters import lightgbm_raw
from helpers.model.package.onnx_linear import svm_margins, weighed
from helpers.model.package.onnx_trees import raw_gradient_boosting, raw_histogram_boosting

_DECISIONS = {
    "LinearSVC": weighed,
    "LogisticRegression": weighed,
    "LinearDiscriminantAnalysis": weighed,
    "SVC": svm_margins,
    "GradientBoostingClassifier": raw_gradient_boosting,
    "HistGradientBoostingClassifier": raw_histogram_boosting,
    "LGBMClassifier": lightgbm_raw,
}


@converts(Pipeline)
def pipeline(nodes: Nodes, whole: Pipeline, x: Any) -> str:
    """One step after the other."""
    for _, step in whole.steps:
        x = x if step is None or step == "passthrough" else nodes.emit(step, x)
    return x


@converts(ColumnTransformer)
def column_transformer(nodes: Nodes, whole: ColumnTransformer, x: dict[str, str]) -> str:
    """Every transformer on its own columns, side by side."""
    parts = []
    for _, transformer, columns in whole.transformers_:
        if len(columns) and not (isinstance(transformer, str) and transformer == "drop"):
            side = nodes.concat(*(x[c] for c in columns))
            parts.append(side if isinstance(transformer, str) else nodes.emit(transformer, side))
    return nodes.concat(*parts)


@converts(FunctionTransformer)
def unchanged(nodes: Nodes, transformer: FunctionTransformer, x: str) -> str:
    """What scikit-learn puts for "passthrough"."""
    if transformer.func is not None:
        raise Failed("a function in the pipeline has no export to ONNX; write it as a step of the recipe")
    return x


@converts(TransformedTargetRegressor)
def scaled_target(nodes: Nodes, outer: TransformedTargetRegressor, x: str) -> str:
    """The inner model's answer, brought back to the units of the target."""
    scaler = outer.transformer_
    inner = nodes.emit(outer.regressor_, x)
    return nodes.add(nodes.times(inner, scaler.scale_[None, :]), scaler.mean_[None, :])


@converts(CalibratedClassifierCV)
def calibrated(nodes: Nodes, outer: CalibratedClassifierCV, x: str) -> str:
    """Each margin through its own curve, the classes then brought to a sum of one; the mean of several such models."""
    each = [_calibrated_one(nodes, inner, x) for inner in outer.calibrated_classifiers_]
    return each[0] if len(each) == 1 else nodes.times(nodes.node("Sum", *each), [[1.0 / len(each)]])


def _calibrated_one(nodes: Nodes, inner: Any, x: str) -> str:
    """A sigmoid (Platt) or a rising line of pieces (isotonic) of the decision, class by class."""
    k = len(inner.classes)
    decision = _decision(nodes, inner.estimator, x)
    curves = [
        _curve(nodes, c, decision if len(inner.calibrators) == 1 else nodes.columns(decision, [n]))
        for n, c in enumerate(inner.calibrators)
    ]
    each = nodes.concat(*curves)
    if k == 2:
        return nodes.both(each)
    total = nodes.sum_rows(each)
    nothing = nodes.node("Equal", total, nodes.constant([[0.0]]))
    shares = nodes.node("Div", each, nodes.where(nothing, [[1.0]], total))
    return nodes.where(nothing, np.full((1, k), 1.0 / k), shares)


def _decision(nodes: Nodes, estimator: Any, x: Any) -> str:
    """Return what is calibrated: the decision function, else the probabilities (of two classes, the second's)."""
    if isinstance(estimator, FrozenEstimator):
        return _decision(nodes, estimator.estimator, x)
    if isinstance(estimator, Pipeline):
        return _decision(nodes, estimator.steps[-1][1], nodes.emit(estimator[:-1], x))
    if type(estimator).__name__ in _DECISIONS:
        return _DECISIONS[type(estimator).__name__](nodes, estimator, x)
    if hasattr(estimator, "decision_function"):
        raise Failed(f"{type(estimator).__name__} inside a calibration has no exact export to ONNX")
    said = nodes.emit(estimator, x)
    return nodes.columns(said, [1]) if len(estimator.classes_) == 2 else said


def _curve(nodes: Nodes, curve: Any, decision: str) -> str:
    if hasattr(curve, "a_"):
        bent = nodes.add(nodes.times(decision, [[curve.a_]]), [[curve.b_]])
        return nodes.node("Sigmoid", nodes.node("Neg", bent))
    return _pieces(nodes, curve.X_thresholds_, curve.y_thresholds_, decision)


def _pieces(nodes: Nodes, xs: np.ndarray, ys: np.ndarray, at: str) -> str:
    """Linear interpolation between points, level outside of them: the sum of what each piece adds."""
    if len(xs) == 1:
        return nodes.add(nodes.times(at, [[0.0]]), [[ys[0]]])
    width = np.diff(xs)[None, :]
    share = nodes.node("Div", nodes.add(at, -xs[None, :-1]), nodes.constant(width))
    share = nodes.node("Clip", share, nodes.scalar(0.0), nodes.scalar(1.0))
    return nodes.add(nodes.sum_rows(nodes.times(share, np.diff(ys)[None, :])), [[ys[0]]])


@converts(Recalibrated)
def recalibrated(nodes: Nodes, outer: Recalibrated, x: Any) -> str:
    """The model's log-probabilities, scaled and shifted, brought to a sum of one again."""
    least = nodes.node("Max", nodes.emit(outer.model, x), nodes.constant([[LEAST]]))
    logs = nodes.times(nodes.node("Log", least), [[outer.scale]])
    return nodes.node("Softmax", nodes.add(logs, np.asarray(outer.shift)[None, :]), axis=1)


@converts(OneVsRestClassifier)
def label_by_label(nodes: Nodes, outer: OneVsRestClassifier, x: str) -> str:
    """The probability of each label by a model of its own."""
    return nodes.concat(*(nodes.columns(nodes.emit(one, x), [1]) for one in outer.estimators_))


@converts(WeightedEnsemble)
def weighted(nodes: Nodes, whole: WeightedEnsemble, x: Any) -> str:
    """The weighted mean of what the members say."""
    parts = [
        nodes.times(aligned(nodes, m, _classes(whole), x), [[w]])
        for m, w in zip(whole.members, whole.weights, strict=True)
    ]
    return parts[0] if len(parts) == 1 else nodes.node("Sum", *parts)


@converts(HardVote)
def voted(nodes: Nodes, whole: HardVote, x: Any) -> str:
    """For each class, the share of the members that find it most probable."""
    each = np.eye(len(whole.classes_)) / len(whole.members)
    answers = (aligned(nodes, m, _classes(whole), x) for m in whole.members)
    votes = [nodes.take(each, nodes.node("ArgMax", a, axis=1, keepdims=0)) for a in answers]
    return nodes.node("Sum", *votes)


@converts(Stack)
def stacked(nodes: Nodes, whole: Stack, x: Any) -> str:
    """What the members say, side by side, into the final model."""
    return nodes.emit(
        whole.final, nodes.concat(*(aligned(nodes, m, _classes(whole), x) for m in whole.members))
    )


def aligned(nodes: Nodes, model: Any, classes: np.ndarray | None, x: Any) -> str:
    """Return a model's answer with a column for each of the classes, zero for those it never saw; None for numbers."""
    said = nodes.emit(model, x)
    if classes is None or np.array_equal(model.classes_, classes):
        return said
    return nodes.matmul(said, (np.asarray(model.classes_)[:, None] == classes[None, :]).astype(float))


def _classes(whole: Any) -> np.ndarray | None:
    return None if whole.classes is None else whole.classes_
