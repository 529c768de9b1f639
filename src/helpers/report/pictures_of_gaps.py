"""Pictures of what is missing: where in the table, and which columns together."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure

from helpers.report.text import short
from helpers.report.theme import ACCENT, GRID, MUTED


def missing_pattern(rows: pd.DataFrame, most: int = 30) -> Figure | None:
    """Draw where values are missing: a row a column with any, from the first row of the table to the last.

    Rows are taken together in 100 stretches; dark means all missing. None when nothing is missing.
    """
    gone = rows.isna()
    share = gone.mean()
    names = list(share[share > 0].sort_values(ascending=False, kind="stable").index[:most])
    if not names:
        return None
    stretch = np.arange(len(rows)) * min(100, len(rows)) // len(rows)
    parts = gone[names].groupby(stretch).mean().T.to_numpy(float)
    figure, axis = plt.subplots(figsize=(7.2, 1.1 + 0.24 * len(names)))
    scale = PowerNorm(0.4, 0, 1)  # a single missing value is still seen
    sns.heatmap(
        parts, norm=scale, cmap="Blues", ax=axis, xticklabels=False, cbar_kws={"label": "share missing"}
    )
    labels = [f"{short(n)}  {100 * share[n]:.1f} %" for n in names]
    axis.set_yticks(np.arange(len(names)) + 0.5, labels, rotation=0)
    axis.set(title="Where values are missing", xlabel="rows, from the first to the last")
    return figure


def missing_patterns(patterns: pd.DataFrame) -> Figure | None:
    """Draw which columns are missing in the same rows: a line a combination, dark where missing; and its share.

    patterns has a boolean column a name and `share`; None when one column at most has missing values.
    """
    names = [n for n in patterns.columns if n != "share"]
    if len(names) < 2:
        return None
    size = (min(2.6 + 0.34 * len(names), 9.2), 1.9 + 0.24 * len(patterns))
    figure, (left, right) = plt.subplots(
        1, 2, figsize=size, sharey=True, width_ratios=[len(names), max(3.0, len(names) / 3)]
    )
    for place, line in enumerate(patterns[names].to_numpy(bool)):
        colours = [ACCENT if gone else GRID for gone in line]
        left.scatter(range(len(names)), [place] * len(names), c=colours, s=46, linewidths=0)
    left.set_xticks(
        range(len(names)), [short(n, 20) for n in names], rotation=60, ha="right", rotation_mode="anchor"
    )
    left.set_yticks([])
    left.set_xlim(-0.6, len(names) - 0.4)
    left.spines[:].set_visible(False)
    left.tick_params(length=0)
    left.set_title("What is missing together")
    shares = 100 * patterns["share"].to_numpy(float)
    right.barh(range(len(patterns)), shares, color=MUTED, height=0.66)
    for place, share in enumerate(shares):
        right.text(share, place, f" {share:.1f} %" if share >= 0.05 else " < 0.1 %", va="center", fontsize=8)
    right.set(xticks=[], xlim=(0, 1.5 * shares.max()))
    right.spines[:].set_visible(False)
    right.set_xlabel("of the rows")
    right.invert_yaxis()
    return figure
