"""Pictures that hold candidates side by side, one small picture or one line each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from sklearn.metrics import confusion_matrix

from helpers.report.pictures import MARKS, few_ticks
from helpers.report.text import count, short
from helpers.report.theme import ACCENT, MUTED, SEQUENTIAL

MOST = 12  # classes in a small picture, the most frequent of many
READABLE = 6  # classes up to which counts are written into the cells
POINTS = 2000


def learning_curves(curves: pd.DataFrame, measure: str) -> None:
    """Draw mean and standard deviation of the score over the folds by number of training rows, a line a family."""
    _, axis = plt.subplots(figsize=(7.2, 3.4))
    by_point = curves.groupby(["family", "size"])["score"]
    middle, spread = by_point.mean(), by_point.std().fillna(0.0).median()
    for (form, colour), (family, part) in zip(MARKS, curves.groupby("family", sort=False), strict=False):
        by_size = part.groupby("size", sort=True)
        rows, mean, std = by_size["rows"].mean(), by_size["score"].mean(), by_size["score"].std().fillna(0.0)
        axis.plot(rows, mean, f"{form}-", color=colour, label=short(family), markersize=4)
        axis.fill_between(rows, mean - std, mean + std, color=colour, alpha=0.1, linewidth=0)
    if spread > 0:  # a family that varies wildly squeezes no other
        axis.set_ylim(middle.min() - 1.5 * spread, middle.max() + 1.5 * spread)
    axis.set(title="Score by number of rows", xlabel="training rows", ylabel=measure, xscale="log")
    ticks = sorted(curves.groupby("size")["rows"].mean().round().astype(int))
    axis.set_xticks(ticks, [f"{n:,}" for n in ticks])
    axis.minorticks_off()
    axis.legend(loc="upper left", bbox_to_anchor=(1, 1))


def confusions(y: np.ndarray, predicted: Mapping[str, np.ndarray], classes: Sequence[str]) -> None:
    """Draw for each candidate which class was taken for which: colours are shares of the true class."""
    counts = np.bincount(y, minlength=len(classes))
    shown = np.sort(np.argsort(-counts, kind="stable")[:MOST])
    names = [short(classes[n], 14) for n in shown]
    side = 1.2 + 0.5 * min(max(len(names), 4), 8)
    for axis, (family, said) in zip(_grid(len(predicted), side), predicted.items(), strict=False):
        matrix = confusion_matrix(y, said, labels=shown)
        shares = matrix / np.maximum(counts[shown][:, None], 1)
        notes = [[f"{n:,}\n{100 * s:.0f} %" for n, s in zip(*both, strict=True)]
                 for both in zip(matrix, shares, strict=True)]  # fmt: skip
        readable = len(names) <= READABLE
        sns.heatmap(shares, annot=np.array(notes) if readable else None, fmt="", cmap=SEQUENTIAL, vmin=0, vmax=1,
                    cbar=False, xticklabels=names, yticklabels=names, ax=axis, annot_kws={"size": 8})  # fmt: skip
        axis.set(title=short(family), xlabel="predicted", ylabel="true")


def wrong_labels(y: np.ndarray, predicted: Mapping[str, np.ndarray], labels: Sequence[str]) -> None:
    """Draw the share of rows (n, labels) for which each candidate is wrong about a label, a row a label."""
    shown = np.sort(np.argsort(-y.mean(axis=0), kind="stable")[: 2 * MOST])
    wrong = np.column_stack([(said != y).mean(axis=0)[shown] for said in predicted.values()])
    _, axis = plt.subplots(figsize=(2.6 + 1.1 * len(predicted), 1.4 + 0.34 * len(shown)))
    sns.heatmap(100 * wrong, annot=True, fmt=".1f", cmap=SEQUENTIAL, vmin=0, cbar=False, ax=axis,
                annot_kws={"size": 8}, xticklabels=[short(f) for f in predicted],
                yticklabels=[short(labels[n], 24) for n in shown])  # fmt: skip
    axis.tick_params(axis="y", rotation=0)
    axis.set(title="% of the rows with a label wrong")


def residuals(y: np.ndarray, predicted: Mapping[str, np.ndarray]) -> None:
    """Draw for each candidate how far truth lies above the prediction, by prediction; rows off the axis are counted."""
    shown = np.random.default_rng(0).permutation(len(y))[:POINTS]
    axes = _grid(len(predicted), 2.8)
    widest = max(np.quantile(np.abs(y - said), 0.995) for said in predicted.values()) or 1.0
    for axis, (family, said) in zip(axes, predicted.items(), strict=False):
        axis.axhline(0, color=MUTED, linestyle="--")
        axis.plot(said[shown], (y - said)[shown], ".", color=ACCENT, markersize=3, alpha=0.4)
        beyond = int((np.abs(y - said) > widest).sum())
        title = f"{short(family)} ({count(beyond, 'row')} off the axis)" if beyond else short(family)
        axis.set(title=title, xlabel="predicted", ylabel="true - predicted", ylim=(-widest, widest))
        few_ticks(axis.xaxis, 4)
        few_ticks(axis.yaxis)


def _grid(count: int, height: float) -> list[Axes]:
    """Return so many axes, two a row."""
    lines = (count + 1) // 2
    _, axes = plt.subplots(lines, 2, figsize=(7.2, height * lines), squeeze=False)
    for spare in axes.flat[count:]:
        spare.set_axis_off()
    return list(axes.flat[:count])
