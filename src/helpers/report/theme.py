"""One look for every picture and table in the notebooks: `theme.apply()` in the first code cell."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
import pandas as pd
import seaborn as sns
from IPython.display import HTML, Markdown, display

from helpers.report.text import cut, number

# Neighbours stay apart for the three kinds of colour blindness (a test simulates them); most telling first.
PALETTE = ["#2f6db3", "#e08a3c", "#46b5a3", "#9c2f58", "#a594dd", "#a38a1e", "#59606a", "#86c9ee"]
ACCENT = PALETTE[0]
MUTED = "#c6cbd2"  # what is there for comparison only
SEQUENTIAL = "crest"
DIVERGING = "vlag"

INK, QUIET, GRID = "#22262b", "#5a626c", "#e4e7eb"

_RC: Any = {  # matplotlib's stubs know each key by name
    "figure.figsize": (7.2, 3.8),
    "figure.dpi": 96,
    "figure.constrained_layout.use": True,
    "figure.facecolor": "#ffffff",  # a card of its own: readable on dark pages too
    "savefig.facecolor": "#ffffff",
    "axes.facecolor": "#ffffff",
    "axes.edgecolor": "#aab1ba",
    "axes.labelcolor": QUIET,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlepad": 10,
    "axes.labelsize": 9.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.formatter.use_mathtext": False,
    "axes.unicode_minus": True,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "text.color": INK,
    "text.parse_math": False,  # a column called "$x" is text, not a formula
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "legend.title_fontsize": 9,
    "lines.linewidth": 1.8,
    "patch.edgecolor": "#ffffff",
    "font.family": ["DejaVu Sans"],  # ships with matplotlib: the same picture on every machine
    "svg.hashsalt": "workbench",
}


def apply() -> None:
    """Set the style of seaborn, matplotlib and of pandas' tables; in a kernel, pictures stand in the page.

    The same figure gives the same bytes on every run: no date, no version and no font of the machine.
    """
    sns.set_theme(context="notebook", style="ticks", palette=PALETTE, rc=_RC)
    mpl.rcParams["image.cmap"] = SEQUENTIAL
    pd.set_option("display.float_format", number)
    pd.set_option("display.max_rows", 15)
    pd.set_option("display.min_rows", 15)
    pd.set_option("display.max_columns", 15)
    pd.set_option("display.max_colwidth", 60)
    pd.set_option("display.html.border", 0)
    pd.set_option("display.html.use_mathjax", False)
    _inline()


def _inline() -> None:
    """Show figures in the notebook, sharp on dense screens, without the traces that differ by machine."""
    from IPython.core.getipython import get_ipython
    from matplotlib_inline.backend_inline import set_matplotlib_formats

    shell = get_ipython()
    if shell is None or not hasattr(shell, "kernel"):
        return
    shell.run_line_magic("matplotlib", "inline")
    mpl.rcParams.update(_RC)  # the magic sets some of them back
    set_matplotlib_formats("retina", bbox_inches="tight", metadata={"Software": None})


def whole(table: pd.DataFrame) -> HTML:
    """Return a table to display whose cells are never cut, as lists of names must not be: long ones wrap."""
    with pd.option_context("display.max_colwidth", None):
        return HTML(table.to_html())


def first(table: pd.DataFrame, file: str, most: int = 100) -> None:
    """Show the first rows of a table, and name the file of the report that has them all where these are not all."""
    with pd.option_context("display.max_rows", most):
        display(table.head(most))
    if len(table) > most:
        display(Markdown(cut(len(table), most, file)))


def table(columns: dict[str, dict[str, float]]) -> pd.DataFrame:
    """Return measures as a table, one column a key: what is to be compared stands side by side."""
    return pd.DataFrame(columns).rename_axis("measure").astype(float)
