"""Pictures of models: each function draws one and returns its axes; data and column names are shown as plain text."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from sklearn.metrics import confusion_matrix, precision_recall_curve, roc_curve

from helpers.report.text import short
from helpers.report.theme import ACCENT, DIVERGING, MUTED, PALETTE, QUIET, SEQUENTIAL

MOST = 20


def fold_scores(board: pd.DataFrame, measure: str) -> None:
    """Draw the score of every fold and the mean, one line a family, best on top."""
    folds = board.filter(regex=r"^fold \d+$").set_axis(board["family"], axis=0)
    _, axis = plt.subplots(figsize=(7.2, 0.8 + 0.28 * len(board)))
    for place, (_, scores) in enumerate(folds.iterrows()):
        axis.plot(scores, [place] * len(scores), "o", color=MUTED, markersize=4)
    axis.plot(board["mean"], range(len(board)), "|", color=ACCENT, markersize=13, markeredgewidth=2.5)
    axis.set(
        yticks=range(len(board)), yticklabels=board["family"], xlabel=f"{measure} (dots: folds, bar: mean)"
    )
    axis.set_xlim(left=_floor(board["mean"], folds.to_numpy().max()))
    axis.invert_yaxis()
    axis.set_title("Cross-validated score")


def bars(values: pd.Series, title: str, xlabel: str, most: int = 15) -> None:
    """Draw one bar a value, the first on top."""
    shown = values.iloc[:most][::-1]
    _, axis = plt.subplots(figsize=(7.2, 0.8 + 0.28 * len(shown)))
    axis.barh([short(n, 40) for n in shown.index], shown.to_numpy(), color=ACCENT)
    axis.set(title=title, xlabel=xlabel)


def error_correlation(errors: pd.DataFrame) -> None:
    """Draw how alike the errors of every two families are."""
    _, axis = plt.subplots(figsize=(7.2, 1.2 + 0.36 * len(errors)))
    sns.heatmap(errors, vmin=-1, vmax=1, cmap=DIVERGING, annot=len(errors) <= 16, fmt=".2f", ax=axis, cbar=False,
                annot_kws={"size": 7})  # fmt: skip
    axis.set(title="Correlation of errors")


def search_history(trials: pd.DataFrame, measure: str) -> None:
    """Draw the score of each trial by family, the best so far, and below them the trials that were pruned."""
    done = trials.dropna(subset=["score"])
    _, axis = plt.subplots()
    for colour, (family, part) in zip(PALETTE, done.groupby("family", sort=True), strict=False):
        axis.plot(part["trial"], part["score"], "o", color=colour, label=family)
    axis.step(
        done["trial"], done["score"].cummax(), where="post", color="#6f7782", linewidth=1, label="best so far"
    )
    pruned = trials.loc[trials["state"].astype(str).str.startswith("pruned"), "trial"]
    if len(pruned):
        places = axis.get_xaxis_transform()  # heights are shares of the axis
        axis.plot(
            pruned, [0.03] * len(pruned), "x", color=QUIET, markersize=5, label="pruned", transform=places
        )
    axis.set(title="The search", xlabel="trial", ylabel=measure)
    axis.set_ylim(bottom=_floor(done["score"], done["score"].max()))
    axis.legend(fontsize=8)


def roc_and_precision(y: np.ndarray, probability: np.ndarray) -> None:
    """Draw the ROC curve and the precision-recall curve of a binary model."""
    _, (left, right) = plt.subplots(1, 2, figsize=(7.2, 3.4))
    false, true, _ = roc_curve(y, probability)
    left.plot(false, true, color=ACCENT)
    left.plot([0, 1], [0, 1], "--", color=MUTED)
    left.set(title="ROC", xlabel="false positives", ylabel="true positives")
    precision, recall, _ = precision_recall_curve(y, probability)
    right.plot(recall, precision, color=ACCENT)
    right.axhline(y.mean(), linestyle="--", color=MUTED)
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
        ylim=(0, None),
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


def _floor(means: pd.Series, top: float) -> float:
    """Return a lower limit that keeps hopeless scores from squeezing the others together."""
    middle = float(means.median())
    low = min(middle, top - 3 * (top - middle)) if top > middle else float(means.min())
    spread = top - low
    return max(float(means.min()), low) - 0.08 * (spread or abs(top) or 1)
