"""Pictures of where a model is weak and what it looks at; column names and values are shown as plain text."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from sklearn.metrics import roc_auc_score

from helpers.report.pictures import few_ticks
from helpers.report.text import count, number, short
from helpers.report.theme import ACCENT, MUTED, PALETTE


def slices(board: pd.DataFrame, most: int = 10) -> None:
    """Draw the mean error of the first slices with its interval, and that of all other rows."""
    shown = board.head(most)[::-1]
    _, axis = plt.subplots(figsize=(7.2, 0.9 + 0.38 * len(shown)))
    places = range(len(shown))
    axis.hlines(places, shown["low"], shown["high"], color=ACCENT, alpha=0.35, linewidth=4)
    axis.plot(shown["error"], places, "o", color=ACCENT, label="in the slice")
    axis.plot(
        shown["elsewhere"], places, "|", color=MUTED, markersize=12, markeredgewidth=2, label="elsewhere"
    )
    names = [f"{_two_lines(s)} ({n:,})" for s, n in zip(shown["slice"], shown["rows"], strict=True)]
    axis.set_yticks(places, names, fontsize=8)
    axis.set(xlabel="mean error", title="Where it is worst")
    few_ticks(axis.xaxis)
    axis.legend(loc="upper left", bbox_to_anchor=(1, 1))


def before_and_after(before: pd.DataFrame, after: pd.DataFrame | None) -> None:
    """Draw observed against predicted shares; a calibrated model lies on the diagonal."""
    _, axis = plt.subplots(figsize=(4.6, 4.2))
    axis.plot([0, 1], [0, 1], "--", color=MUTED)
    axis.plot(before["predicted"], before["observed"], "o-", color=ACCENT, label="as it is")
    if after is not None:
        axis.plot(after["predicted"], after["observed"], "s-", color=PALETTE[1], label="recalibrated")
        axis.legend(loc="upper left")
    axis.set(title="Calibration", xlabel="predicted", ylabel="observed", xlim=(0, 1), ylim=(0, 1))


def areas(y: np.ndarray, predicted: np.ndarray, labels: Sequence[str], most: int = 24) -> None:
    """Draw the area under the ROC curve of each label, the most frequent ones of many."""
    able = [n for n in np.argsort(-y.mean(axis=0), kind="stable")[:most] if 0 < y[:, n].mean() < 1][::-1]
    _, axis = plt.subplots(figsize=(7.2, 0.9 + 0.3 * len(able)))
    names = [f"{short(labels[n], 30)} ({y[:, n].sum():,})" for n in able]
    axis.barh(names, [roc_auc_score(y[:, n], predicted[:, n]) for n in able], color=ACCENT)
    axis.axvline(0.5, color=MUTED, linestyle="--")
    axis.set(title="How well each label is told (rows that have it)", xlabel="ROC AUC", xlim=(0, 1))


def dependence(curves: Sequence[pd.Series], ylabel: str) -> None:
    """Draw the mean prediction by the value of a column, one small picture a column; its name says what is shown."""
    wide, lines = min(len(curves), 2), (len(curves) + 1) // 2
    figure, axes = plt.subplots(lines, wide, figsize=(7.2, 2.8 * lines), sharey=True, squeeze=False)
    for spare in axes.flat[len(curves) :]:
        spare.set_axis_off()
    for axis, curve in zip(axes.flat, curves, strict=False):
        if pd.api.types.is_numeric_dtype(curve.index) and len(curve) > 2:
            axis.plot(curve.index, curve.to_numpy(), color=ACCENT)
            few_ticks(axis.xaxis)
        else:  # two numbers, as yes and no, are points as well
            axis.plot(range(len(curve)), curve.to_numpy(), "o", color=ACCENT)
            names = [_value(v, 14) for v in curve.index]
            axis.set_xticks(range(len(curve)), names, fontsize=7)
            axis.tick_params(axis="x", rotation=90 if len(names) * max(map(len, names)) > 48 else 0)
            axis.margins(x=0.5 / len(curve))
        axis.set_title(short(curve.index.name, 34), fontsize=9)
        axis.set_xlabel(curve.name or "", fontsize=8)
        few_ticks(axis.yaxis)
    for axis in axes[:, 0]:
        axis.set_ylabel(short(ylabel, 34))
    _headed(figure, "Partial dependence")


def shapley(values: pd.DataFrame, rows: pd.DataFrame, about: str, most: int = 6) -> None:
    """Draw what moved each row's prediction away from the mean: the columns that did most, and all others together.

    `about` says what is predicted, as "probability of yes".
    """
    figure, axes = plt.subplots(len(values), 1, figsize=(7.2, 2.1 * len(values)), squeeze=False)
    for axis, (row, record) in zip(axes[:, 0], values.iterrows(), strict=True):
        (base, prediction), parts = record.iloc[:2], record.iloc[2:]
        parts = parts.sort_values(key=np.abs, ascending=False, kind="stable")
        sizes, others = parts.tolist()[:most], len(parts) - most
        names = [f"{short(n, 24)} = {_value(rows.at[row, n])}" for n in parts.index[:most]]
        if others > 0:
            sizes, names = [*sizes, parts[most:].sum()], [*names, count(others, "other column")]
        axis.barh(range(len(sizes)), sizes, color=[PALETTE[1] if size > 0 else ACCENT for size in sizes])
        axis.set_yticks(range(len(sizes)), names)
        axis.invert_yaxis()
        axis.axvline(0, color=MUTED, linewidth=0.8)
        few_ticks(axis.xaxis)
        title = f"row {row}: from {number(base)} on average to {number(prediction)}"
        axis.set_title(title, fontsize=9, loc="left")
    axes[-1, 0].set_xlabel("moved by")
    _headed(figure, f"What moves the {short(about, 60)}")


def selection(board: pd.DataFrame, measure: str, chosen: int) -> None:
    """Draw the score by number of columns, a line a method, and the number that is enough."""
    _, axis = plt.subplots()
    for colour, (method, curve) in zip(PALETTE, board.groupby("method", sort=True), strict=False):
        axis.errorbar(
            curve["columns"], curve["mean"], curve["std"], color=colour, label=method, capsize=2, alpha=0.85
        )
    axis.axvline(chosen, color=MUTED, linestyle="--")
    axis.set(title="How many columns are enough?", xlabel="columns", ylabel=measure, xscale="log")
    axis.set_xticks(sorted(board["columns"].unique()), sorted(board["columns"].unique()), minor=False)
    axis.minorticks_off()
    axis.legend()


def _headed(figure: Figure, title: str) -> None:
    """Write a title over several axes as the theme writes that of one."""
    figure.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold")


def _two_lines(text: str, width: int = 54) -> str:
    """Return the name of a slice on two lines at the most; a sign stays with its value."""
    whole = short(text, 10 * width).replace("= ", "=\u00a0").replace("> ", ">\u00a0")
    return "\n".join(wrap(whole, width, max_lines=2, placeholder=" …")).replace("\u00a0", " ")


def _value(value: Any, most: int = 18) -> str:
    if pd.isna(value):
        return "(missing)"
    return number(value) if isinstance(value, float | np.floating) else short(value, most) or "(missing)"
