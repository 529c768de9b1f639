"""Columns that may hold the answer, each with its evidence: to be looked at by a person, never dropped unseen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from helpers.data.explore import NUMBERS, Columns, as_number, both_ways, correlation_ratio, cramers_v
from helpers.data.joint import made_certain_by, told_together
from helpers.data.power import group_power, target_of
from helpers.errors import within
from helpers.problem import Problem

TOO_GOOD = 0.95
STRIKING = 0.7  # power from which a column is compared with all others
HIDDEN = 0.6  # strength with which a missing value tells the target
SORTED = 0.5  # power that the order of rows or of an identifier has, where it should have none


def leakage_suspects(
    columns: Columns, power: pd.DataFrame, strengths: pd.DataFrame, target: str, too_good: float = TOO_GOOD
) -> pd.DataFrame:
    """Return columns that may hold the answer: name, evidence.

    power as from `predictive_power`, strengths as from `explore.matrix`. Suspected are columns which alone tell
    the target nearly for certain, near-copies of it, columns that stand out (more telling than all others
    together, or twice as telling as the next), and those that are missing just where it has a certain value.
    """
    within("explore.suspicious_at", too_good, 0, 1)
    copied = _copied(columns, strengths, target)
    found = {}
    for name, alone in zip(power["name"], power["power"].astype(float).tolist(), strict=True):
        hidden = _missing_tells(columns, name, target)
        said = _certain(columns, name, target, alone, too_good) if alone >= too_good else ""
        if said:
            found[name] = said
        elif copied.get(name, 0.0) >= too_good:
            found[name] = f"nearly a copy of the target: strength {copied[name]:.3f} of 1"
        elif hidden >= HIDDEN:
            found[name] = f"where it is missing, the target is known: strength {hidden:.3f} of 1"
    for name in power.loc[power["power"] >= STRIKING, "name"]:
        if name not in found:  # and those that are would hide it
            said = _standing_out(columns, power, strengths, target, name, list(found))
            found |= {name: said} if said else {}
    ordered = [(name, found[name]) for name in power["name"] if name in found]
    return pd.DataFrame(ordered, columns=["name", "evidence"], dtype=object)


def told_by_order(rows: pd.DataFrame, columns: Columns, problem: Problem, seed: int = 0) -> pd.DataFrame:
    """Return what tells the target by order alone, where nothing should: name, power, evidence.

    Looked at are the identifiers, sorted by number or alphabet, and the place of the rows in the source (their
    index); rows are those of the columns.
    """
    if problem.target not in columns.kinds:
        return pd.DataFrame(columns=["name", "power", "evidence"])
    y, is_class = target_of(columns, problem.target)
    known = y >= 0 if is_class else np.isfinite(y)
    found = []
    for name in [n for n in problem.identifiers if n in rows]:
        alone = group_power(_ranks(rows[name])[known], y[known], is_class, seed=seed)
        if alone >= SORTED:
            found.append((name, alone, f"sorted by it, the rows tell the target with power {alone:.3f} of 1"))
    alone = group_power(np.arange(len(rows), dtype=float)[known], y[known], is_class, seed=seed)
    if alone >= SORTED:
        said = f"where a row stands in the table tells the target with power {alone:.3f} of 1: it came sorted"
        found.append(("(order of the rows)", alone, said))
    return pd.DataFrame(found, columns=["name", "power", "evidence"])


def together(columns: Columns, target: str, without: Sequence[str] = (), seed: int = 0) -> float:
    """Return what all columns but these tell of the target together, on the scale of `predictive_power`."""
    y, is_class = target_of(columns, target)
    known = y >= 0 if is_class else np.isfinite(y)
    names = [n for n in columns.kinds if n != target and n not in without]
    return told_together(columns.table(names)[known], y[known], is_class, seed=seed)


def _certain(columns: Columns, name: str, target: str, alone: float, too_good: float) -> str:
    """Return how a column of such power makes the target certain; of several classes, only where it does."""
    y, is_class = target_of(columns, target)
    if not is_class or y.max(initial=0) < 2:
        return f"alone it predicts the target with power {alone:.3f} of 1"
    avoided = made_certain_by(columns.values(name)[y >= 0], y[y >= 0])
    return f"alone it avoids {avoided:.3f} of the wrong guesses" if avoided >= too_good else ""


def _copied(columns: Columns, strengths: pd.DataFrame, target: str) -> dict[str, float]:
    """Return the strength of the link with the target of each column that may be a copy of it.

    Both are numbers, or both levels and about as many: an order of many classes is no copy of them, nor is a trait
    that several of them have.
    """
    if target not in strengths.index:
        return {}
    links = both_ways(strengths, columns)[target].to_dict()
    is_number = columns.kinds[target] in NUMBERS
    return {str(n): float(s) for n, s in links.items() if (columns.kinds[str(n)] in NUMBERS) == is_number}


def _standing_out(
    columns: Columns, power: pd.DataFrame, strengths: pd.DataFrame, target: str, name: str, known: list[str]
) -> str:
    """Return how a column stands out among those that are no suspects and don't say nearly the same, if it does."""
    alike = strengths.index[strengths[name] >= STRIKING].tolist() if name in strengths.index else []
    aside = {name, *alike, *known}
    alone = float(power.loc[power["name"] == name, "power"].iloc[0])
    second = (
        float(power.loc[~power["name"].isin(aside), "power"].fillna(0).max())
        if len(power) > len(aside)
        else 0.0
    )
    twice = alone >= 2 * np.nan_to_num(second)
    if not twice and alone <= second + 0.05:
        return ""  # all others together hardly tell less than the best of them; so their model is spared
    rest = float(np.nan_to_num(together(columns, target, sorted(aside))))
    if not twice and alone <= rest + 0.05:
        return ""
    beside = f"the next column {np.nan_to_num(second):.3f}, all others together {rest:.3f}"
    return f"alone it has power {alone:.3f} of 1, {beside}"


def _ranks(values: pd.Series) -> np.ndarray:
    """Return the places (n,) of values in their order: numbers by size, texts by alphabet; missing ones NaN."""
    if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_datetime64_any_dtype(values):
        return as_number(values)
    return values.astype(object).where(values.notna(), None).rank().to_numpy(float)


def _missing_tells(columns: Columns, name: str, target: str) -> float:
    """Return how strongly the target is linked with whether a column is missing, 0 to 1."""
    y, is_class = target_of(columns, target)
    x = columns.values(name)
    gone = ~np.isfinite(x) if columns.kinds[name] in NUMBERS else x < 0
    if not 0.01 <= gone.mean() <= 0.99:
        return 0.0
    if is_class:
        counts = np.stack([np.bincount(y[part & (y >= 0)], minlength=y.max() + 1) for part in (gone, ~gone)])
        return float(np.nan_to_num(cramers_v(counts.astype(float))))
    parts = [y[part & np.isfinite(y)] - np.nanmean(y) for part in (gone, ~gone)]
    stacked = [np.array([f(p) for p in parts], float) for f in (len, np.sum, lambda p: (p**2).sum())]
    return float(np.nan_to_num(correlation_ratio(*stacked)))


def named(
    alone: Sequence[Mapping[str, str]],
    couples: Sequence[Mapping[str, str]],
    ordered: Sequence[Mapping[str, str]],
) -> list[dict[str, str]]:
    """Return all that may hold the answer, each {"name", "evidence"}: columns alone, two together, order of rows."""
    both = [{"name": f"{c['first']} and {c['second']}", "evidence": c["evidence"]} for c in couples]
    return [{"name": s["name"], "evidence": s["evidence"]} for s in [*alone, *both, *ordered]]
