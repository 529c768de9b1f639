"""Pictures of a table: its columns alone and against the target, what hangs together, what changed.

Each function draws one figure and returns it. Names and values from the data are shown as plain text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure

from helpers.recipe.columns import with_columns
from helpers.report.text import short
from helpers.report.theme import ACCENT, MUTED, PALETTE, QUIET

ACROSS = 4
MOST_BARS = 8
OTHER = "(other)"
_NUMBERS = ("integer", "float", "date")


def alone(rows: pd.DataFrame, names: Sequence[str], kinds: Mapping[str, str]) -> Figure:
    """Draw how the values of each column are spread: a histogram of numbers and dates, bars of levels."""

    def draw(axis: Axes, name: str) -> None:
        if kinds.get(name) in _NUMBERS:
            _histogram(axis, _drawable(rows[name]))
        else:
            counts = 100 * _levels(rows[name]).value_counts(normalize=True)
            rest = counts.pop(OTHER) if OTHER in counts and len(counts) > MOST_BARS else 0.0
            _bars(axis, counts.iloc[::-1], "% of the rows" + (f"; all others {rest:.0f} %" if rest else ""))

    return _placed(_panels(names, draw))


def lengths(rows: pd.DataFrame, names: Sequence[str]) -> Figure:
    """Draw how many characters the values of each column have as text, for columns that no other picture suits."""

    def draw(axis: Axes, name: str) -> None:
        _histogram(axis, rows[name].dropna().astype(str).str.len())
        axis.set_xlabel(", ".join(filter(None, ["characters", axis.get_xlabel()])))

    return _placed(_panels(names, draw))


def against_classes(
    rows: pd.DataFrame, names: Sequence[str], kinds: Mapping[str, str], target: str, classes: Sequence[str]
) -> Figure:
    """Draw each column by class: the density of numbers in each class; the share of the classes in each level.

    With two classes only the share of the last, the positive one, is shown; the line is its share in all rows.
    """
    y, shown = rows[target].astype(str), list(classes)[: len(PALETTE)]

    def draw(axis: Axes, name: str) -> None:
        if kinds.get(name) in _NUMBERS and rows[name].nunique() > MOST_BARS:
            _densities(axis, _drawable(rows[name]), y, shown)
        elif len(classes) == 2:
            shares = (y == classes[-1]).groupby(_levels(rows[name]), sort=False).mean().sort_values() * 100
            _bars(axis, shares, f"% {short(classes[-1], 18)}")
            axis.axvline(100 * (y == classes[-1]).mean(), color="#22262b", linewidth=0.9)
        else:
            _stacked(
                axis, pd.crosstab(_levels(rows[name]), y, normalize="index").reindex(columns=shown) * 100
            )

    figure = _panels(names, draw)
    colours = [MUTED, ACCENT] if len(classes) == 2 else PALETTE
    handles = [plt.Rectangle((0, 0), 1, 1, color=c) for c, _ in zip(colours, shown, strict=False)]
    figure.legend(handles, [short(c, 30) for c in shown], loc="outside upper left", ncols=min(len(shown), 6))
    return _placed(figure)


def against_number(
    rows: pd.DataFrame, names: Sequence[str], kinds: Mapping[str, str], target: str, most: int = 1000
) -> Figure:
    """Draw each column against a numeric target: points (at most `most` rows) with the medians of ten groups; boxes."""
    some = rows.iloc[np.linspace(0, len(rows) - 1, min(most, len(rows))).astype(int)]

    def draw(axis: Axes, name: str) -> None:
        if kinds.get(name) in _NUMBERS:
            axis.plot(_drawable(some[name]), some[target], ".", color=MUTED, markersize=2, rasterized=True)
            _medians(axis, _drawable(rows[name]), rows[target])
        else:
            _boxes(axis, _levels(rows[name]), rows[target])

    return _placed(_panels(names, draw))


def spreads(attributes: pd.DataFrame, most: int = 30) -> Figure | None:
    """Draw where the values of each number lie, in standard deviations from its mean; None without numbers.

    A thin line from the 5 % to the 95 % quantile, a thick one between the quartiles, a mark at the median.
    """
    shown = attributes[(attributes["std"] > 0) & attributes["kind"].isin(_NUMBERS[:2])].iloc[:most]
    if shown.empty:
        return None
    scaled = (
        shown[["q05", "q25", "median", "q75", "q95"]].sub(shown["mean"], axis=0).div(shown["std"], axis=0)
    )
    figure, axis = plt.subplots(figsize=(7.2, 1.1 + 0.24 * len(shown)))
    places = np.arange(len(shown))
    axis.hlines(places, scaled["q05"], scaled["q95"], color=MUTED, linewidth=2)
    axis.hlines(places, scaled["q25"], scaled["q75"], color=ACCENT, linewidth=6)
    axis.plot(scaled["median"], places, "|", color="#ffffff", markersize=7, markeredgewidth=2)
    axis.axvline(0, color="#aab1ba", linewidth=0.8, zorder=0)
    axis.set_yticks(places, [short(n) for n in shown["name"]])
    axis.set_ylim(len(shown) - 0.5, -0.5)
    axis.set(title="Where the values lie", xlabel="standard deviations from the mean")
    return figure


def with_curves(
    rows: pd.DataFrame, curves: Mapping[str, tuple[str, np.ndarray, np.ndarray]]
) -> Figure | None:
    """Draw histograms of columns with the density of the law that fits them: name -> (kind, x (k,), density (k,))."""

    def draw(axis: Axes, name: str) -> None:
        kind, x, density = curves[name]
        values = as_float(rows[name])
        inside = values[(values >= x[0]) & (values <= x[-1])]
        weights = np.full(len(inside), 1 / max(len(values), 1))
        heights, edges = np.histogram(inside, bins=_bins(pd.Series(inside)), weights=weights)
        axis.bar(edges[:-1], heights / np.diff(edges), np.diff(edges), align="edge", color=MUTED, linewidth=0)
        axis.plot(x, density, color=ACCENT, linewidth=1.6)
        axis.set(yticks=[], xlabel=kind)
        axis.spines["left"].set_visible(False)
        top = max((heights / np.diff(edges)).max(initial=0), np.quantile(density, 0.95))
        axis.set_ylim(0, 1.15 * top or 1)
        _few_ticks(axis)

    return _placed(_panels(list(curves), draw)) if curves else None


def as_float(values: pd.Series) -> np.ndarray:
    """Return finite values as float64 (m,), those of dates in days since 1970."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return values.dropna().to_numpy("datetime64[s]").astype(float) / 86_400
    x = values.dropna().astype(float).to_numpy()
    return x[np.isfinite(x)]


def told_alone(power: pd.DataFrame, most: int = 20) -> Figure:
    """Draw what each column alone tells of the target, the most telling on top."""
    known = power.dropna(subset="power")
    shown, part = known.iloc[:most], f" ({most} of {len(known):,})" if len(known) > most else ""
    figure, axis = plt.subplots(figsize=(7.2, 1.0 + 0.24 * max(len(shown), 1)))
    axis.barh(range(len(shown)), shown["power"], color=ACCENT)
    axis.set_yticks(range(len(shown)), [short(n) for n in shown["name"]])
    axis.invert_yaxis()
    title, told = f"What each column alone tells of the target{part}", power["of"].iloc[0]
    axis.set(title=title, xlabel=f"{told}, cross-validated")
    return figure


def drifted(columns: pd.DataFrame, most: int = 20) -> Figure:
    """Draw how much each column changed between earlier and later rows, the most on top.

    columns as from `drift`: name, psi, verdict. Pale bars run with time itself, or have not changed beyond chance.
    """
    shown = columns.iloc[:most]
    figure, axis = plt.subplots(figsize=(7.2, 1.1 + 0.24 * max(len(shown), 1)))
    colours = [ACCENT if v in ("some", "much") else MUTED for v in shown["verdict"]]
    top = 1.0
    axis.barh(range(len(shown)), shown["psi"].clip(upper=top), color=colours)
    for place, (psi, verdict) in enumerate(zip(shown["psi"], shown["verdict"], strict=True)):
        told = f" {psi:.2f}" + (f", {verdict}" if verdict == "runs with time" else "")
        axis.text(min(psi, top), place, told, va="center", fontsize=8)
    axis.set_yticks(range(len(shown)), [short(n) for n in shown["name"]])
    for limit, word in ((0.1, "some"), (0.25, "much")):
        axis.axvline(limit, color="#aab1ba", linewidth=0.9, linestyle="--", zorder=0)
        axis.text(limit, -0.75, word, fontsize=8, color=QUIET, ha="center")
    axis.set_xlim(0, max(0.3, 1.25 * min(top, float(shown["psi"].max() if len(shown) else 0))))
    axis.invert_yaxis()
    axis.set_title("What changed from earlier to later rows", pad=16)
    axis.set_xlabel("population stability index")
    return figure


def earlier_and_later(
    rows: pd.DataFrame, names: Sequence[str], kinds: Mapping[str, str], late: np.ndarray
) -> Figure:
    """Draw each column in the earlier and in the later rows (n,); of levels, the share of rows that are later."""
    period = "earlier or later"
    while period in rows:
        period += "?"
    shown = with_columns(rows[list(names)], {period: np.where(late, "later", "earlier")})
    return against_classes(shown, names, kinds, period, ["earlier", "later"])


def association_matrix(strengths: pd.DataFrame, target: str | None = None, most: int = 40) -> Figure:
    """Draw the strengths (p, p) between 0 and 1, columns that hang together side by side.

    Of more than `most` columns, those are shown that have the strongest link with another one, and the target.
    """
    kept = _strongest(strengths, target, most)
    order = _clustered(strengths.loc[kept, kept])
    table = strengths.loc[order, order]
    side = 1.6 + 0.2 * max(len(order), 8)
    figure, axis = plt.subplots(figsize=(min(side + 0.9, 8.5), min(side, 7.8)))
    sns.heatmap(
        table.to_numpy(), vmin=0, vmax=1, cmap="Blues", ax=axis, square=True, cbar_kws={"shrink": 0.6}
    )
    places = np.arange(len(order)) + 0.5
    axis.set_yticks(places, [short(n) for n in order], rotation=0, fontsize=7)
    axis.set_xticks(places, [short(n) for n in order], rotation=90, fontsize=7)
    for label in [*axis.get_xticklabels(), *axis.get_yticklabels()]:
        if target is not None and label.get_text() == short(target):
            label.set(color=PALETTE[3], fontweight="bold")
    axis.set_title("Strength of association")
    return figure


def _panels(names: Sequence[str], draw: Callable[[Axes, str], None]) -> Figure:
    """Return a figure with one small panel a name, each drawn by draw(axis, name)."""
    down = max(1, -(-len(names) // ACROSS))
    figure, axes = plt.subplots(down, ACROSS, figsize=(9.6, 1.95 * down + 0.2), squeeze=False)
    for axis, name in zip(axes.ravel(), names, strict=False):
        draw(axis, name)
        axis.set_title(short(name), fontsize=9, pad=4)
        axis.tick_params(labelsize=7, length=2)
        axis.xaxis.label.set_size(7)
    for axis in axes.ravel()[len(names) :]:
        axis.set_visible(False)
    return figure


def _placed(figure: Figure) -> Figure:
    """Return a figure whose panels keep their places: else each drawing finds them anew, which takes longest."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    return figure


def _histogram(axis: Axes, values: pd.Series) -> None:
    shown, note = _middle(values)
    axis.hist(shown, bins=_bins(shown), color=ACCENT, linewidth=0)
    axis.set_yticks([])
    axis.spines["left"].set_visible(False)
    axis.set_xlabel(note)
    _few_ticks(axis)


def _densities(axis: Axes, values: pd.Series, y: pd.Series, classes: Sequence[str]) -> None:
    shown, note = _middle(values)
    edges = _bins(shown)
    colours = [MUTED, ACCENT] if len(classes) == 2 else PALETTE
    for colour, one in zip(colours, classes, strict=False):
        part = shown[(y == one).reindex(shown.index)]
        if len(part):
            filled: dict[str, Any] = (
                {"histtype": "stepfilled", "alpha": 0.75, "linewidth": 0}
                if len(classes) == 2
                else {"histtype": "step", "linewidth": 1.4}
            )
            axis.hist(part, bins=edges, density=True, color=colour, **filled)
    axis.set_yticks([])
    axis.spines["left"].set_visible(False)
    axis.set_xlabel(note)
    _few_ticks(axis)


def _drawable(values: pd.Series) -> pd.Series:
    """Return values as an axis can show them: dates near the ends of the calendar as years."""
    if not pd.api.types.is_datetime64_any_dtype(values):
        return values
    years = values.dt.year.astype(float)
    return years if years.min() < 1000 or years.max() > 9000 else values


def _middle(values: pd.Series) -> tuple[pd.Series, str]:
    """Return the finite values as a histogram can show them: without the outer 2 % where those would flatten it."""
    present = values.dropna()
    if pd.api.types.is_datetime64_any_dtype(present):
        return present, ""
    present = present.astype(float)
    present = present[np.isfinite(present)]
    if len(present) < 2:
        return present, ""
    low, high = present.quantile([0.01, 0.99])
    if present.max() - present.min() > 3 * (high - low) > 0:
        return present[present.between(low, high)], "middle 98 %"
    return present, ""


def _bins(shown: pd.Series) -> int | list[float]:
    """Return edges of at most 30 bars; whole numbers with few values get a bar each."""
    if pd.api.types.is_datetime64_any_dtype(shown) or not len(shown):
        return 30
    low, high = float(shown.min()), float(shown.max())
    if high - low <= 30 and (shown == shown.round()).all():
        return np.arange(low - 0.5, high + 1).tolist()
    return np.linspace(low, high, 31).tolist()


def _few_ticks(axis: Axes) -> None:
    locator = axis.xaxis.get_major_locator()
    if isinstance(locator, AutoDateLocator):
        locator.maxticks = dict.fromkeys(locator.maxticks, 4)
        axis.xaxis.set_major_formatter(ConciseDateFormatter(locator, show_offset=False))
    else:
        axis.locator_params(axis="x", nbins=4)


def _levels(values: pd.Series) -> pd.Series:
    """Return levels as text, all but the most frequent taken together, missing ones named."""
    texts = values.astype(object).where(values.notna(), "(missing)").map(lambda v: short(v, 16))
    kept = texts.value_counts().index[:MOST_BARS]
    return texts.where(texts.isin(kept), OTHER)


def _bars(axis: Axes, shares: pd.Series, xlabel: str) -> None:
    axis.barh(range(len(shares)), shares.to_numpy(float), color=ACCENT, height=0.72)
    axis.set_yticks(range(len(shares)), list(shares.index))
    axis.set_xlabel(xlabel)


def _stacked(axis: Axes, shares: pd.DataFrame) -> None:
    start = np.zeros(len(shares))
    for colour, (_, part) in zip(PALETTE, shares.items(), strict=False):
        axis.barh(range(len(shares)), part.fillna(0), left=start, color=colour, height=0.72)
        start = start + part.fillna(0).to_numpy()
    axis.set_yticks(range(len(shares)), list(shares.index))
    axis.set_xlabel("% of the level")


def _medians(axis: Axes, x: pd.Series, y: pd.Series) -> None:
    groups = pd.qcut(x.rank(method="average"), 10, duplicates="drop") if x.nunique() > 10 else x
    places = x.groupby(groups, observed=True).median()
    axis.plot(
        places, y.groupby(groups, observed=True).median(), "o-", color=ACCENT, markersize=3, linewidth=1.2
    )
    _few_ticks(axis)


def _boxes(axis: Axes, levels: pd.Series, y: pd.Series) -> None:
    order = y.groupby(levels).median().sort_values().index
    parts = [y[levels == level].dropna().to_numpy(float) for level in order]
    box = axis.boxplot(parts, orientation="horizontal", showfliers=False, patch_artist=True, widths=0.65)
    plt.setp(box["boxes"], facecolor=MUTED, edgecolor=MUTED)
    plt.setp(box["medians"], color=ACCENT, linewidth=1.6)
    plt.setp([*box["whiskers"], *box["caps"]], color="#aab1ba")
    axis.set_yticks(range(1, len(order) + 1), list(order))
    axis.locator_params(axis="x", nbins=3)


def _strongest(strengths: pd.DataFrame, target: str | None, most: int) -> list[str]:
    names = list(strengths.index)
    if len(names) <= most:
        return names
    table = strengths.fillna(0).to_numpy(copy=True)
    np.fill_diagonal(table, 0)
    kept = {names[i] for i in np.argsort(-table.max(axis=1), kind="stable")[: most - 1]} | {target}
    return [n for n in names if n in kept]


def _clustered(strengths: pd.DataFrame) -> list[str]:
    """Return the names in the order of a tree of average linkage, so that alike columns are neighbours."""
    from scipy.cluster.hierarchy import leaves_list, linkage
    from scipy.spatial.distance import squareform

    if len(strengths) < 3:
        return list(strengths.index)
    apart = 1 - strengths.fillna(0).clip(0, 1).to_numpy()
    tree = linkage(squareform(apart, checks=False), "average", optimal_ordering=True)
    return [strengths.index[i] for i in leaves_list(tree)]
