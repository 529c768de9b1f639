"""Pictures of what the checks found: how many rows each, and where in the table they stand."""

from __future__ import annotations

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from helpers.errors import one_line
from helpers.report.theme import MUTED, PALETTE

COLOURS = {"stop": PALETTE[3], "warning": PALETTE[1], "note": MUTED}
MOST = 20


def found(summary: pd.DataFrame, findings: pd.DataFrame, rows: int) -> Figure | None:
    """Draw, for the checks that found something, the number of wrong rows, and where in the table they are.

    summary, findings  of `Judged`; the worst come first, and only the first 20 checks are drawn
    rows               of the table
    """
    shown = summary[summary["wrong"] > 0].head(MOST)
    if shown.empty:
        return None
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(9, 1.2 + 0.3 * len(shown)), sharey=True, width_ratios=[3, 2]
    )
    colours = [COLOURS[s] for s in shown["severity"]]
    left.barh(range(len(shown)), shown["wrong"], color=colours, height=0.7)
    left.set(title="Findings", xlabel="rows", xscale="log" if shown["wrong"].max() > 100 else "linear")
    left.xaxis.set_major_formatter(
        "{x:,.0f}"
    )  # a logarithmic axis would write powers as formulas, which are off
    left.xaxis.set_minor_formatter("")
    if left.get_xscale() == "linear":
        left.xaxis.set_major_locator(plt.MaxNLocator(integer=True))  # one half of a row would be written as 0
    left.set_yticks(range(len(shown)), [one_line(name, 40) for name in shown["check"]])
    left.invert_yaxis()
    for place, wrong in enumerate(shown["wrong"]):
        left.annotate(f" {wrong:,}", (wrong, place), va="center", fontsize=8.5)
    left.margins(x=0.15)
    _places(right, shown, findings, rows)
    keys = [Line2D([], [], marker="s", ls="", color=COLOURS[s], label=s) for s in shown["severity"].unique()]
    right.legend(handles=keys, loc="lower left", bbox_to_anchor=(0, 1), ncols=3)
    return figure


def _places(axis: Axes, shown: pd.DataFrame, findings: pd.DataFrame, rows: int) -> None:
    for place, line in enumerate(shown.to_dict("records")):
        mine = findings[(findings["check"] == line["check"]) & (findings["severity"] == line["severity"])]
        at = mine["row"].dropna().astype(float)
        if at.empty:
            axis.annotate("the table as a whole", (0, place), va="center", fontsize=8.5, color="#5a626c")
        axis.plot(at, [place] * len(at), "|", color=COLOURS[line["severity"]], ms=9, alpha=0.7)
        if 0 < len(at) < line["wrong"]:
            said = f" the first {len(at):,}"
            axis.annotate(said, (at.max(), place), va="center", fontsize=8.5, color="#5a626c")
    last = findings["row"].dropna().max() if findings["row"].notna().any() else 0
    axis.set(xlabel="row in the source", xlim=(0, max(rows, last)))
    axis.xaxis.set_major_locator(plt.MaxNLocator(4))
    axis.tick_params(axis="y", length=0)
