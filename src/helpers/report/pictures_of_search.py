"""Pictures of a search: how the score depends on each hyperparameter."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from helpers.report.text import share, short
from helpers.report.theme import ACCENT

MOST = 4
WIDE = 20.0  # from this ratio of largest to smallest on, an axis is logarithmic


def slices(trials: pd.DataFrame, importance: pd.Series, measure: str) -> None:
    """Draw the score of trials (column "score") against the most important hyperparameters, a small picture each."""
    names = list(importance.index[:MOST])
    rows, columns = (len(names) + 1) // 2, min(2, len(names))
    _, axes = plt.subplots(rows, columns, figsize=(7.2, 0.3 + 2.3 * rows), sharey=True, squeeze=False)
    for axis, name in zip(axes.flat, names, strict=False):
        _slice(axis, trials[name], trials["score"])
        axis.set_title(f"{short(name, 30)} ({share(importance[name])})")
    for axis in axes[:, 0]:
        axis.set_ylabel(measure)
    for axis in axes.flat[len(names) :]:
        axis.set_visible(False)


def _slice(axis: plt.Axes, values: pd.Series, score: pd.Series) -> None:
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        axis.plot(values, score, "o", color=ACCENT, alpha=0.7, markersize=5)
        if values.min() > 0 and values.max() / values.min() > WIDE:
            axis.set_xscale("log")
        return
    texts = values.astype(str)
    levels = sorted(texts.unique())
    places = np.array([levels.index(v) for v in texts])
    aside = np.linspace(-0.12, 0.12, len(places))  # points of one level stay apart
    axis.plot(places + aside, score, "o", color=ACCENT, alpha=0.7, markersize=5)
    axis.set(
        xticks=range(len(levels)), xticklabels=[short(v, 14) for v in levels], xlim=(-0.5, len(levels) - 0.5)
    )
