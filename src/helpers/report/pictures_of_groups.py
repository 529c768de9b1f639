"""Pictures of groups: each function draws one."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from helpers.report.theme import ACCENT, MUTED, PALETTE


def groupings(board: pd.DataFrame) -> None:
    """Draw silhouette and stability of every grouping: the best lie at the top right."""
    _, axis = plt.subplots()
    for colour, (family, part) in zip(PALETTE, board.groupby("family", sort=True), strict=False):
        axis.plot(part["stability"], part["silhouette"], "o", color=colour, label=family)
        for _, row in part.dropna(subset=["stability", "silhouette"]).iterrows():
            at = (row["stability"], row["silhouette"])
            axis.annotate(str(row["groups"]), at, xytext=(4, 3), textcoords="offset points", fontsize=7)
    axis.set(title="Groupings (the number is that of the groups)", xlabel="stability", ylabel="silhouette")
    axis.legend(fontsize=8)


def plane(flat: np.ndarray, labels: np.ndarray) -> None:
    """Draw the rows on a plane, coloured by group; rows in none are grey."""
    _, axis = plt.subplots()
    axis.plot(*flat[labels < 0].T, ".", color=MUTED, markersize=3, alpha=0.5)
    for colour, group in zip(PALETTE * 3, sorted(set(labels) - {-1}), strict=False):
        axis.plot(*flat[labels == group].T, ".", color=colour, markersize=4, alpha=0.7, label=f"{group}")
    axis.set(
        title="The rows, seen from their widest side", xlabel="first direction", ylabel="second direction"
    )
    axis.legend(fontsize=8, title="group", markerscale=2)


def unusual(values: np.ndarray) -> None:
    """Draw how unusual the rows are."""
    _, axis = plt.subplots(figsize=(7.2, 2.6))
    axis.hist(values, bins=50, color=ACCENT)
    axis.set(title="How unusual the rows are", xlabel="0.5: usual, 1: alone", ylabel="rows")
