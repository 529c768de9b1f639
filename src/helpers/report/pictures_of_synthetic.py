"""Pictures that hold synthetic rows against real ones; each function draws one figure and returns it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers.report.text import short
from helpers.report.theme import ACCENT, MUTED

ACROSS, MOST_BARS = 4, 8


def margins(real: pd.DataFrame, made: pd.DataFrame, names: Sequence[str], roles: Mapping[str, str]) -> Figure:
    """Draw each column twice: how the real values are spread (filled) and the synthetic ones (line or second bar)."""
    down = max(1, -(-len(names) // ACROSS))
    figure, axes = plt.subplots(down, ACROSS, figsize=(9.6, 1.95 * down + 0.5), squeeze=False)
    for axis, name in zip(axes.ravel(), names, strict=False):
        draw = _numbers if roles[name] == "number" else _levels
        draw(axis, real[name], made[name])
        axis.set_title(short(name, 24), fontsize=9, pad=4)
        axis.tick_params(labelsize=7, length=2)
    for axis in axes.ravel()[len(names) :]:
        axis.set_visible(False)
    handles = [plt.Rectangle((0, 0), 1, 1, color=c) for c in (MUTED, ACCENT)]
    figure.legend(handles, ["real", "synthetic"], loc="outside upper left", ncols=2)
    return figure


def matrices(one: pd.DataFrame, two: pd.DataFrame) -> Figure:
    """Draw the association matrices (p, p) of real and of synthetic rows in one scale."""
    figure, axes = plt.subplots(1, 2, figsize=(9.6, 4.6), sharey=True)
    for axis, table, title in zip(axes, (one, two), ("real", "synthetic"), strict=True):
        bar = axis is axes[1]
        sns.heatmap(table.to_numpy(), vmin=0, vmax=1, cmap="Blues", ax=axis, square=True, cbar=bar,
                    cbar_kws={"shrink": 0.6})  # fmt: skip
        places = np.arange(len(table)) + 0.5
        axis.set_xticks(places, [short(n, 18) for n in table.columns], rotation=90, fontsize=6)
        axis.set_yticks(places, [short(n, 18) for n in table.index], rotation=0, fontsize=6)
        axis.set_title(f"Strength of association, {title}", fontsize=10)
    return figure


def distances(made: np.ndarray, held_out: np.ndarray) -> Figure:
    """Draw the distances to the nearest real row that was learnt from: of synthetic rows, and of real ones held out."""
    figure, axis = plt.subplots(figsize=(7.2, 3.2))
    top = float(np.quantile(np.concatenate([made, held_out]), 0.99)) or 1.0
    edges = np.linspace(0, top, 41).tolist()
    axis.hist(np.minimum(held_out, top), edges, density=True, color=MUTED, label="held-out real rows")
    axis.hist(np.minimum(made, top), edges, density=True, histtype="step", color=ACCENT, linewidth=1.8,
              label="synthetic rows")  # fmt: skip
    axis.set(
        title="Distance to the nearest real row", xlabel="mean difference of the columns, 0 to 1", yticks=[]
    )
    axis.legend()
    return figure


def _numbers(axis: Axes, real: pd.Series, made: pd.Series) -> None:
    one, two = _as_float(real), _as_float(made)
    known = one[~np.isnan(one)]
    low, high = np.quantile(known, [0.005, 0.995]) if len(known) else (0.0, 1.0)
    edges = np.linspace(low, high if high > low else low + 1, 26).tolist()
    axis.hist(np.clip(known, edges[0], edges[-1]), edges, density=True, color=MUTED)
    axis.hist(
        np.clip(two[~np.isnan(two)], edges[0], edges[-1]), edges, density=True, histtype="step", color=ACCENT
    )
    axis.set_yticks([])
    axis.locator_params(axis="x", nbins=4)
    if pd.api.types.is_datetime64_any_dtype(real):
        axis.set_xticks([])


def _levels(axis: Axes, real: pd.Series, made: pd.Series) -> None:
    shares = [
        s.astype(object).where(s.notna(), "–").astype(str).value_counts(normalize=True) for s in (real, made)
    ]
    table = pd.concat(shares, axis=1, keys=["real", "made"]).fillna(0)
    table = table.sort_values("real", ascending=False).head(MOST_BARS)[::-1] * 100
    places = np.arange(len(table))
    axis.barh(places + 0.2, table["real"], 0.4, color=MUTED)
    axis.barh(places - 0.2, table["made"], 0.4, color=ACCENT)
    axis.set_yticks(places, [short(n, 14) for n in table.index])
    axis.set_xlabel("% of the rows", fontsize=7)


def _as_float(values: pd.Series) -> np.ndarray:
    if pd.api.types.is_datetime64_any_dtype(values):
        return np.where(
            values.isna(), np.nan, values.to_numpy("datetime64[us]").astype("int64").astype(float)
        )
    return values.astype("Float64").to_numpy(float, na_value=np.nan)
