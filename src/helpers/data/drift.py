"""Whether later rows still look like earlier ones, column by column and all together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from helpers.data.explore import NUMBERS, Columns, as_number
from helpers.data.joint import told_together
from helpers.errors import within
from helpers.problem import Problem
from helpers.report.text import listed

SOME, MUCH = 0.1, 0.25  # of the population stability index, as banks read it (Siddiqi 2006)
RUNS = 0.9  # rank correlation with time from which a column is time itself
OTHERS = 0.75  # area under the curve from which later rows are called of another kind


@dataclass(frozen=True)
class Drift:
    """What changed between the earlier and the later rows.

    columns   one row a column, the most changed first: name, psi, chance, gap, verdict
    auc       how well all columns together tell later rows from earlier ones: 0.5 is not at all, 1 for certain
    earlier, later  number of rows
    late      which rows are later ones (n,)
    """

    columns: pd.DataFrame
    auc: float
    earlier: int
    later: int
    late: np.ndarray


def drift(columns: Columns, when: np.ndarray, share: float = 0.2, seed: int = 0) -> Drift:
    """Return the drift between the last `share` of the rows by time (n,) and those before; NaN is left out.

    psi     population stability index over ten groups of equal size among the earlier rows, or the levels
    chance  the index that equal distributions exceed once in a thousand times
    gap     largest difference of the distribution functions (Kolmogorov-Smirnov), or the total variation of levels
    verdict "runs with time", "much", "some" or "steady"; a column that runs with time is no part of the AUC
    """
    within("explore.later_share", share, 0, 1)
    known = np.isfinite(when)
    late = known & (when > np.quantile(when[known], 1 - share)) if known.any() else known
    early = known & ~late
    names = [n for n in columns.kinds if n in columns.numbers or n in columns.levels]
    facts = ["name", "psi", "chance", "gap", "verdict"]
    found = pd.DataFrame([_one(columns, name, when, early, late) for name in names], columns=facts)
    found = found.sort_values("psi", ascending=False, kind="stable", ignore_index=True)
    moving = found.loc[found["verdict"] != "runs with time", "name"]
    x = columns.table(list(moving))[known]
    auc = (1 + told_together(x, late[known].astype(int), True, seed=seed)) / 2
    return Drift(found, auc, int(early.sum()), int(late.sum()), late)


def moments(rows: pd.DataFrame, problem: Problem, by_row: bool = False) -> np.ndarray | None:
    """Return when each row happened (n,): its time, else its place where `by_row` says so; None without either."""
    if problem.time in rows:
        return as_number(rows[problem.time])
    return np.arange(len(rows), dtype=float) if by_row else None


def told(found: Drift | None) -> str:
    """Return the drift in words, as Markdown."""
    if found is None:
        return (
            "No column of time is named, so earlier and later cannot be told apart. Set `time` in ingest, or "
            "`drift_by_row` here when the rows stand in the order in which they happened."
        )
    by = {
        v: found.columns.loc[found.columns["verdict"] == v, "name"].tolist()
        for v in ("runs with time", "much", "some")
    }
    parts = [f"{found.later:,} later rows are compared with {found.earlier:,} earlier ones."]
    if by["much"] or by["some"]:
        parts.append(f"Changed: {listed(by['much'] + by['some'])}.")
    else:
        parts.append("No column has changed by 0.1 or more and beyond chance.")
    if by["runs with time"]:
        parts.append(
            f"{listed(by['runs with time'])} run{'s' * (len(by['runs with time']) == 1)} with time itself."
        )
    if np.isfinite(found.auc):
        parts.append(
            f"All others together tell later rows from earlier ones with an AUC of {found.auc:.2f} (0.5: not at all)."
        )
    if found.auc >= OTHERS:
        parts.append(
            "So the later rows are of another kind, of another season perhaps: what a random part of the rows promises "
            "of a model, the next ones may not keep. Judge it on the latest rows (`time` in ingest does)."
        )
    return " ".join(parts)


def _one(columns: Columns, name: str, when: np.ndarray, early: np.ndarray, late: np.ndarray) -> dict:
    x = columns.values(name)
    is_number = columns.kinds[name] in NUMBERS
    groups = _tenths(x, early) if is_number else x.astype(int) + 1
    before, after = (np.bincount(groups[part], minlength=groups.max() + 1) for part in (early, late))
    psi, chance = stability(before, after)
    gap = _gap(x[early], x[late]) if is_number else _variation(before, after)
    return {
        "name": name,
        "psi": psi,
        "chance": chance,
        "gap": gap,
        "verdict": _verdict(x, when, is_number, psi, chance),
    }


def stability(before: np.ndarray, after: np.ndarray) -> tuple[float, float]:
    """Return the population stability index of two counts (k,) and what chance alone exceeds once in a thousand.

    The sum of (a - b) ln(a / b) over shares; half a row is added to each count, so that empty ones stay finite.
    Of equal distributions, it follows (1/n + 1/m) times chi-square with k - 1 degrees (Yurdakul 2018).

    >>> stability(np.array([50, 50]), np.array([50, 50]))[0]
    0.0
    """
    some = before + after > 0
    n, m, k = before.sum(), after.sum(), int(some.sum())
    a, b = ((counts[some] + 0.5) / (counts.sum() + 0.5 * k) for counts in (after, before))
    chance = (1 / max(n, 1) + 1 / max(m, 1)) * stats.chi2.ppf(0.999, max(k - 1, 1))
    return float(((a - b) * np.log(a / b)).sum()), float(chance)


def _tenths(x: np.ndarray, early: np.ndarray) -> np.ndarray:
    """Return a group (n,) a value: tenths of the earlier rows, missing ones 0."""
    present = np.isfinite(x)
    known = x[early & present]
    edges = np.unique(np.quantile(known, np.linspace(0, 1, 11)[1:-1])) if len(known) else np.zeros(0)
    return np.where(present, 1 + np.searchsorted(edges, x, "left"), 0)


def _gap(before: np.ndarray, after: np.ndarray) -> float:
    before, after = before[np.isfinite(before)], after[np.isfinite(after)]
    return (
        float(stats.ks_2samp(before, after, method="asymp").statistic) if len(before) and len(after) else 0.0
    )


def _variation(before: np.ndarray, after: np.ndarray) -> float:
    return float(np.abs(before / max(before.sum(), 1) - after / max(after.sum(), 1)).sum() / 2)


def _verdict(x: np.ndarray, when: np.ndarray, is_number: bool, psi: float, chance: float) -> str:
    both = np.isfinite(x) & np.isfinite(when)
    if is_number and both.sum() > 2 and np.ptp(x[both]) > 0 and np.ptp(when[both]) > 0:
        with np.errstate(all="ignore"):
            if abs(stats.spearmanr(x[both], when[both]).statistic) >= RUNS:
                return "runs with time"
    if psi <= chance or psi < SOME:
        return "steady"
    return "much" if psi >= MUCH else "some"
