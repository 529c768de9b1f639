"""Exact graphs of the transformers that `features.py` uses."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, RobustScaler, StandardScaler, TargetEncoder

from helpers.model.features import SignedLog
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
