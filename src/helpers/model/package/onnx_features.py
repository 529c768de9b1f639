"""Exact graphs of the transformers that `features.py` uses."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import (
    KBinsDiscretizer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PowerTransformer,
    RobustScaler,
    StandardScaler,
    TargetEncoder,
)

from helpers.model.feature_steps import ByLabel, Products, SignedLog, SignedRoot, Words
from helpers.model.package.graph import Nodes, converts


def _told(imputer: SimpleImputer) -> Any:
    return imputer.indicator_.features_ if imputer.add_indicator else np.array([], int)


@converts(SimpleImputer)
def impute(nodes: Nodes, imputer: SimpleImputer, x: str) -> str:
    """Where(IsNaN(x), statistic, x), and the indicators behind it."""
    missing = nodes.node("IsNaN", x)
    filled = nodes.node("Where", missing, nodes.constant(np.nan_to_num(imputer.statistics_)[None, :]), x)
    if not len(_told(imputer)):
        return filled
    return nodes.concat(filled, nodes.double(nodes.columns(missing, _told(imputer))))


@converts(SignedLog)
def signed_log(nodes: Nodes, _: SignedLog, x: str) -> str:
    """sign(x) log(1 + |x|)."""
    grown = nodes.node("Log", nodes.add(nodes.node("Abs", x), [[1.0]]))
    return nodes.node("Mul", nodes.node("Sign", x), grown)


@converts(SignedRoot)
def signed_root(nodes: Nodes, _: SignedRoot, x: str) -> str:
    """sign(x) √|x|."""
    return nodes.node("Mul", nodes.node("Sign", x), nodes.node("Sqrt", nodes.node("Abs", x)))


@converts(PowerTransformer)
def power(nodes: Nodes, transformer: PowerTransformer, x: str) -> str:
    """((1 + x)^p - 1) / p from zero on, -((1 - x)^(2 - p) - 1) / (2 - p) below; the logarithm where a power is 0."""
    below = nodes.node("Less", x, nodes.constant([[0.0]]))
    grown = nodes.node("Log", nodes.add(nodes.node("Abs", x), [[1.0]]))
    right = _power_of(nodes, grown, transformer.lambdas_)
    left = nodes.node("Neg", _power_of(nodes, grown, 2.0 - np.asarray(transformer.lambdas_)))
    return standardise(nodes, transformer._scaler, nodes.node("Where", below, left, right))


def _power_of(nodes: Nodes, grown: str, powers: Any) -> str:
    """Return (e^(p g) - 1) / p, exact for small p g too: e^z - 1 = 2 tanh(z/2) / (1 - tanh(z/2))."""
    powers = np.asarray(powers, float)[None, :]
    zero = np.abs(powers) < np.finfo(float).eps
    z = nodes.times(grown, powers)
    half = nodes.node("Tanh", nodes.times(z, [[0.5]]))
    near = nodes.node("Div", nodes.times(half, [[2.0]]), nodes.node("Sub", nodes.constant([[1.0]]), half))
    far = nodes.add(nodes.node("Exp", z), [[-1.0]])
    small = nodes.node("Less", nodes.node("Abs", z), nodes.constant([[0.5]]))
    risen = nodes.node(
        "Div", nodes.node("Where", small, near, far), nodes.constant(np.where(zero, 1.0, powers))
    )
    return nodes.node("Where", nodes.constant(zero, bool), grown, risen)


@converts(KBinsDiscretizer)
def bins(nodes: Nodes, discretiser: KBinsDiscretizer, x: str) -> str:
    """One column a bin: 1 where so many inner edges lie at or below the number."""
    parts = []
    for n, edges in enumerate(discretiser.bin_edges_):
        reached = nodes.node("GreaterOrEqual", nodes.columns(x, [n]), nodes.constant(edges[None, 1:-1]))
        number = nodes.sum_rows(nodes.double(reached))
        places = nodes.constant([np.arange(discretiser.n_bins_[n])])
        parts.append(nodes.double(nodes.node("Equal", number, places)))
    return nodes.concat(*parts)


@converts(Products)
def products(nodes: Nodes, transformer: Products, x: str) -> str:
    """The columns, and those beside them that are products of two."""
    if not len(transformer.left_):
        return x
    left, right = nodes.columns(x, transformer.left_), nodes.columns(x, transformer.right_)
    return nodes.concat(x, nodes.node("Mul", left, right))


@converts(Words)
def words(nodes: Nodes, transformer: Words, x: str) -> str:
    """The words of a text counted by their place in the vocabulary, weighed, brought to length one."""
    parts = []
    for n, (known, weights) in enumerate(zip(transformer.words_, transformer.weights_, strict=True)):
        text = nodes.node("Squeeze", nodes.columns(x, [n]), nodes.constant([1], np.int64))
        split, _ = nodes.two("StringSplit", text, delimiter=" ")
        place = nodes.labels(split, known, range(len(known)), len(known))
        ones = nodes.double(nodes.node("GreaterOrEqual", place, nodes.constant(0, np.int64)))
        rows = nodes.node("Shape", text)
        shape = nodes.node("Concat", rows, nodes.constant([len(known) + 1], np.int64), axis=0)
        nothing = nodes.node("Expand", nodes.constant([[0.0]]), shape)
        counts = nodes.node("ScatterElements", nothing, place, ones, axis=1, reduction="add")
        weighed = nodes.times(nodes.columns(counts, range(len(known))), weights[None, :])
        length = nodes.node("Sqrt", nodes.sum_rows(nodes.node("Mul", weighed, weighed)))
        none = nodes.node("Equal", length, nodes.constant([[0.0]]))
        parts.append(nodes.node("Div", weighed, nodes.where(none, [[1.0]], length)))
    return nodes.concat(*parts)


@converts(MinMaxScaler)
def scale_to_unit(nodes: Nodes, scaler: MinMaxScaler, x: str) -> str:
    """x · scale + least, cut off at 0 and 1; missing stays missing."""
    moved = nodes.add(nodes.times(x, scaler.scale_[None, :]), scaler.min_[None, :])
    return nodes.node("Max", nodes.node("Min", moved, nodes.constant([[1.0]])), nodes.constant([[0.0]]))


@converts(StandardScaler)
def standardise(nodes: Nodes, scaler: StandardScaler, x: str) -> str:
    """(x - mean) / scale."""
    centred = nodes.node("Sub", x, nodes.constant(scaler.mean_[None, :]))
    return nodes.node("Div", centred, nodes.constant(scaler.scale_[None, :]))


@converts(RobustScaler)
def scale_robustly(nodes: Nodes, scaler: RobustScaler, x: str) -> str:
    """(x - median) / interquartile range."""
    centred = nodes.node("Sub", x, nodes.constant(scaler.center_[None, :]))
    return nodes.node("Div", centred, nodes.constant(scaler.scale_[None, :]))


def _levels(encoder: OneHotEncoder) -> list[tuple[list[str], dict[str, int], int, int]]:
    """Return for each column its known levels, their positions, how many columns they give, and the unknown's."""
    rare = getattr(encoder, "infrequent_categories_", None) or [None] * len(encoder.categories_)
    found = []
    for levels, few in zip(encoder.categories_, rare, strict=True):
        together = set() if few is None else set(few)
        frequent = [c for c in levels if c not in together]
        position = {c: n for n, c in enumerate(frequent)} | dict.fromkeys(together, len(frequent))
        width = len(frequent) + bool(together)
        found.append((list(levels), position, width, len(frequent) if together else -1))
    return found


@converts(OneHotEncoder)
def one_hot(nodes: Nodes, encoder: OneHotEncoder, x: str) -> str:
    """One column a frequent level, one for the rare ones together; unknown ones count as rare."""
    parts = []
    for n, (levels, position, width, unknown) in enumerate(_levels(encoder)):
        number = nodes.labels(nodes.columns(x, [n]), levels, [position[c] for c in levels], unknown)
        parts.append(nodes.double(nodes.node("Equal", number, nodes.constant([np.arange(width)], np.int64))))
    return nodes.concat(*parts)


@converts(OrdinalEncoder)
def ordinal(nodes: Nodes, encoder: OrdinalEncoder, x: str) -> str:
    """The position of a level; -1 for unknown ones."""
    parts = [
        nodes.labels(nodes.columns(x, [n]), levels, range(len(levels)), encoder.unknown_value)
        for n, levels in enumerate(encoder.categories_)
    ]
    return nodes.double(nodes.concat(*parts))


@converts(TargetEncoder)
def target_mean(nodes: Nodes, encoder: TargetEncoder, x: str) -> str:
    """The mean target of a level (by class in multiclass problems); the overall mean for unknown ones."""
    outputs = len(encoder.encodings_) // len(encoder.categories_)
    overall = np.broadcast_to(encoder.target_mean_, outputs)
    parts = []
    for n, levels in enumerate(encoder.categories_):
        number = nodes.labels(nodes.columns(x, [n]), levels, range(len(levels)), len(levels))
        means = np.column_stack(encoder.encodings_[n * outputs : (n + 1) * outputs])
        table = np.vstack([means, overall])
        flat = nodes.node("Squeeze", number, nodes.constant([1], np.int64))
        parts.append(nodes.take(table, flat))
    return nodes.concat(*parts)


@converts(ByLabel)
def by_label(nodes: Nodes, outer: ByLabel, x: str) -> str:
    """What the encoder of each label gives, side by side."""
    return nodes.concat(*(nodes.emit(encoder, x) for encoder in outer.encoders_))
