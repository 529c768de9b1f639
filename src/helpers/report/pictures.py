"""Pictures of models: each function draws one and returns its axes; data and column names are shown as plain text."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axis import Axis
from matplotlib.ticker import MaxNLocator
from sklearn.metrics import confusion_matrix, precision_recall_curve, roc_curve

from helpers.report.text import count, number, short
from helpers.report.theme import ACCENT, DIVERGING, MUTED, PALETTE, QUIET, SEQUENTIAL

MOST = 20
MARKS = list(product("osD^", PALETTE))  # a form and a colour for every family, however many
UNITS = ((1e9, 1e9, "bn"), (1e6, 1e6, "M"), (1e4, 1e3, "k"))  # from where on, how much one is, its name


def fold_scores(board: pd.DataFrame, measure: str) -> None:
    """Draw the score of every fold and the mean, one line a family, best on top; what lies off the axis is told."""
    folds = board.filter(regex=r"^fold \d+$").set_axis(board["family"], axis=0)
    _, axis = plt.subplots(figsize=(7.2, 0.8 + 0.28 * len(board)))
    for place, (_, scores) in enumerate(folds.iterrows()):
        axis.plot(scores, [place] * len(scores), "o", color=MUTED, markersize=4)
    axis.plot(board["mean"], range(len(board)), "|", color=ACCENT, markersize=13, markeredgewidth=2.5)
    low, high = _limits(board["mean"], np.nanmax(folds))
    edge = axis.get_yaxis_transform()  # places along the line are shares of the axis
    for place in np.flatnonzero(folds.min(axis=1) < low).tolist():
        axis.plot([0.012], [place], "<", color=MUTED, markersize=6, transform=edge)
    for place in np.flatnonzero(board["mean"] < low).tolist():
        axis.plot([0.012], [place], "<", color=ACCENT, markersize=6, transform=edge)
        axis.text(0.03, place, number(board["mean"][place]), color=ACCENT, fontsize=8, va="center", transform=edge,
                  bbox={"facecolor": "white", "edgecolor": "none", "pad": 1})  # fmt: skip
    told = "dots: folds, bar: mean" + (", arrow: off the axis" if np.nanmin(folds) < low else "")
    axis.set(yticks=range(len(board)), yticklabels=board["family"], xlabel=f"{measure} ({told})")
    axis.set_xlim(low, high)
    axis.invert_yaxis()
    axis.set_title("Cross-validated score")


def bars(values: pd.Series, title: str, xlabel: str, most: int = 15) -> None:
    """Draw one bar a value, the first on top."""
    shown = values.iloc[:most][::-1]
    _, axis = plt.subplots(figsize=(7.2, 0.8 + 0.28 * len(shown)))
    axis.barh(range(len(shown)), shown.to_numpy(), color=ACCENT)  # by place: names cut short may be alike
    axis.set_yticks(range(len(shown)), [short(n, 40) for n in shown.index])
    axis.set(title=title, xlabel=xlabel)


def error_correlation(errors: pd.DataFrame) -> None:
    """Draw how alike the errors of every two families are."""
    _, axis = plt.subplots(figsize=(7.2, 1.2 + 0.36 * len(errors)))
    told = len(errors) <= 16  # as numbers; else by a bar of colours
    all_alike = bool((errors.to_numpy(float) >= 0).all())
    scale = {"vmin": 0, "cmap": SEQUENTIAL} if all_alike else {"vmin": -1, "cmap": DIVERGING}
    sns.heatmap(errors, vmax=1, annot=told, fmt=".2f", ax=axis, cbar=not told, annot_kws={"size": 7}, **scale)
    axis.set(title="Correlation of errors")


def search_history(trials: pd.DataFrame, measure: str) -> None:
    """Draw the score of each trial by family, the best so far, and below them the trials that were pruned.

    Trials whose scores lie below the axis are marked at its edge.
    """
    done = trials.dropna(subset=["score"])
    low, high = _limits(done["score"], done["score"].max())
    _, axis = plt.subplots()
    for (form, colour), (family, part) in zip(MARKS, done.groupby("family", sort=True), strict=False):
        axis.plot(part["trial"], part["score"], form, color=colour, label=family)
        under = part.loc[part["score"] < low, "trial"]
        axis.plot(under, [0.02] * len(under), "v", color=colour, transform=axis.get_xaxis_transform())
    axis.step(
        done["trial"], done["score"].cummax(), where="post", color="#6f7782", linewidth=1, label="best so far"
    )
    below = int((done["score"] < low).sum())
    if below:
        axis.plot([], [], "v", color=QUIET, label=f"{count(below, 'trial')} below the axis")
    pruned = trials.loc[trials["state"].astype(str).str.startswith("pruned"), "trial"]
    if len(pruned):
        places = axis.get_xaxis_transform()  # heights are shares of the axis
        axis.plot(
            pruned, [0.06] * len(pruned), "x", color=QUIET, markersize=5, label="pruned", transform=places
        )
    axis.set(title="The search", xlabel="trial", ylabel=measure)
    axis.set_ylim(low, high)
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    axis.legend(fontsize=8, loc="upper left", bbox_to_anchor=(1, 1))


def roc_and_precision(y: np.ndarray, probability: np.ndarray, weight: np.ndarray | None = None) -> None:
    """Draw the ROC curve and the precision-recall curve of a binary model; rows count by their weights (n,)."""
    _, (left, right) = plt.subplots(1, 2, figsize=(7.2, 3.4))
    false, true, _ = roc_curve(y, probability, sample_weight=weight)
    left.plot(false, true, color=ACCENT)
    left.plot([0, 1], [0, 1], "--", color=MUTED)
    left.set(title="ROC", xlabel="false positives", ylabel="true positives")
    precision, recall, _ = precision_recall_curve(y, probability, sample_weight=weight)
    right.plot(recall, precision, color=ACCENT)
    right.axhline(np.average(y, weights=weight), linestyle="--", color=MUTED)
    right.set(title="Precision and recall", xlabel="recall", ylabel="precision", ylim=(0, 1.02))


def cost_curve(curve: pd.DataFrame, threshold: float, interval: tuple[float, float] | None) -> None:
    """Draw the mean cost a row by threshold, the best one and its interval."""
    _, axis = plt.subplots()
    axis.plot(curve["threshold"], curve["cost"], color=ACCENT)
    axis.axvline(threshold, color=PALETTE[1])
    if interval is not None:
        axis.axvspan(*interval, color=PALETTE[1], alpha=0.15)
    axis.set(
        title="What a threshold costs",
        xlabel="act from this probability on",
        ylabel="mean cost a row",
        ylim=(0 if curve["cost"].min() >= 0 else None, None),  # gains are costs below 0
    )


def confusion(y: np.ndarray, predicted: np.ndarray, classes: Sequence[str]) -> None:
    """Draw which class was taken for which, as shares of each true class; the most frequent ones of many."""
    counts = confusion_matrix(y, predicted, labels=range(len(classes)))
    shown = np.sort(np.argsort(-counts.sum(axis=1), kind="stable")[:MOST])
    shares = (counts / np.maximum(counts.sum(axis=1, keepdims=True), 1))[np.ix_(shown, shown)]
    names = [short(classes[n], 40) for n in shown]
    size = 2.2 + 0.42 * len(names)
    _, axis = plt.subplots(figsize=(size + 1, size))
    sns.heatmap(shares, annot=len(names) <= 12, fmt=".2f", cmap=SEQUENTIAL, xticklabels=names, yticklabels=names,
                cbar=False, vmin=0, vmax=1, ax=axis)  # fmt: skip
    axis.set(title="Confusion", xlabel="predicted", ylabel="true")


def residuals(y: np.ndarray, predicted: np.ndarray) -> None:
    """Draw predicted against true values, and the distribution of the errors."""
    _, (left, right) = plt.subplots(1, 2, figsize=(7.2, 3.4))
    shown = np.random.default_rng(0).permutation(len(y))[:3000]
    ends = [min(y.min(), predicted.min()), max(y.max(), predicted.max())]
    left.plot(ends, ends, "--", color=MUTED)
    left.plot(predicted[shown], y[shown], ".", color=ACCENT, markersize=3, alpha=0.5)
    left.set(title="Prediction and truth", xlabel="predicted", ylabel="true")
    right.hist(y - predicted, bins=40, color=ACCENT)
    right.set(title="Errors", xlabel="true - predicted", yticks=[])
    for axis in (left.xaxis, left.yaxis, right.xaxis):
        few_ticks(axis)


def interval(value: float, low: float, high: float, marks: dict[str, float], measure: str) -> None:
    """Draw a measure with its interval, and other values to compare with."""
    _, axis = plt.subplots(figsize=(7.2, 1.6))
    axis.plot([low, high], [0, 0], color=ACCENT, linewidth=3, alpha=0.4)
    axis.plot([value], [0], "o", color=ACCENT, markersize=9)
    for colour, (name, mark) in zip(PALETTE[1:], marks.items(), strict=False):
        axis.axvline(mark, color=colour, linestyle="--", label=name)
    axis.set(yticks=[], xlabel=measure, title="On the sealed rows")
    axis.legend(loc="upper left", bbox_to_anchor=(1, 1))


def predictions(values: pd.Series, is_class: bool) -> None:
    """Draw how predictions are distributed."""
    if is_class:
        return bars(values.astype(str).value_counts(), "Predictions", "rows")
    _, axis = plt.subplots()
    axis.hist(values, bins=40, color=ACCENT)
    axis.set(title="Predictions", xlabel=short(str(values.name), 40), ylabel="rows")
    few_ticks(axis.xaxis)


def few_ticks(axis: Axis, most: int = 5) -> None:
    """Give an axis so many steps at the most, large numbers in thousands (k), millions (M) or billions (bn)."""

    def told(value: float, _: float) -> str:
        largest = np.abs(axis.get_view_interval()).max()
        one, unit = next(((one, unit) for least, one, unit in UNITS if largest >= least), (1.0, ""))
        return f"{value / one:,.6g}{unit}" if value else "0"

    axis.set_major_locator(MaxNLocator(most))
    axis.set_major_formatter(told)


def _limits(means: pd.Series, top: float) -> tuple[float, float]:
    """Return limits that keep hopeless scores from squeezing the others together, and leave little room above."""
    means = means[np.isfinite(means)]
    middle, least = float(means.median()), float(means.min())
    low = max(least, top - 3 * (top - middle)) if top > middle else least
    spread = (top - low) or abs(top) or 1.0
    return low - 0.08 * spread, top + 0.05 * spread
