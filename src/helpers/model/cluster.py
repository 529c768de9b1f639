"""Groups of like rows, and rows like no other; groupings are judged by how apart and how stable their groups are."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_rand_score, silhouette_score
from sklearn.neighbors import KNeighborsClassifier

from helpers.errors import BadInput
from helpers.model.families import Family, families
from helpers.model.features import transformer
from helpers.problem import Problem
from helpers.report.text import share

STABLE = 0.6  # least agreement at which groups are called stable (Hennig 2007)
LEAST_ROWS = 30
AT_ONCE = 20_000  # rows that are held as numbers in one piece


def matrix(rows: pd.DataFrame, problem: Problem, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the features (n, p) of the rows, and as numbers of one spread (n, q); the target is none of them."""
    x = rows[problem.features(list(rows.columns))]
    if len(x) < LEAST_ROWS:
        raise BadInput(f"{len(x)} rows are too few to look for groups; {LEAST_ROWS} are needed")
    made = _numbers(x, seed).fit_transform(x)
    if not np.ptp(made, axis=0).any():
        raise BadInput("all rows are alike, so there is no group to find")
    return x, made


def compared(
    made: np.ndarray, candidates: Mapping[str, Family], counts: Sequence[int], seed: int, draws: int = 4
) -> pd.DataFrame:
    """Return one row a family and number of groups, best silhouette first.

    silhouette  how much nearer rows are to their own group than to the next, -1 to 1 (Rousseeuw 1987)
    stability   agreement of groups found in two random four fifths of the rows, on the rows in both: the adjusted
                Rand index, 1 for the same groups, 0 for chance
    in none     share of rows that belong to no group
    """
    if odd := [n for n in counts if not 2 <= n < len(made)]:
        raise BadInput(f"cluster.counts must lie between 2 and {len(made) - 1} groups, not {odd[0]}")
    records = []
    for family in candidates.values():
        asked: Sequence[int | None] = counts if "n_clusters" in family.space(_Asked()) else [None]  # type: ignore[arg-type]
        for count in asked:
            given = {} if count is None else {"n_clusters": count}
            labels = labelled(family, made, seed, given)
            groups = len(set(labels) - {-1})
            records.append(
                {
                    "family": family.name,
                    "groups": groups,
                    "silhouette": _silhouette(made, labels, seed),
                    "stability": _stability(family, made, given, seed, draws) if groups > 1 else np.nan,
                    "in none": float((labels == -1).mean()),
                    "asked": count,
                }
            )
    return pd.DataFrame(records).sort_values("silhouette", ascending=False, kind="stable", ignore_index=True)


def best(board: pd.DataFrame) -> pd.Series | None:
    """Return the line of the highest silhouette among stable groupings that leave few rows out; None without one."""
    able = board[(board["stability"] >= STABLE) & (board["silhouette"] > 0) & (board["in none"] <= 0.5)]
    return None if able.empty else able.iloc[0]


def labelled(family: Family, made: np.ndarray, seed: int, given: Mapping[str, Any]) -> np.ndarray:
    """Return the group of every row (n,), numbered by size from 0; -1 for rows in none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = np.asarray(family.make(seed, **given).fit_predict(made), int)
    names, sizes = np.unique(found[found >= 0], return_counts=True)
    place = {int(name): n for n, name in enumerate(names[np.argsort(-sizes, kind="stable")])}
    return np.array([place.get(int(one), -1) for one in found])


def of_all(
    everything: pd.DataFrame,
    x: pd.DataFrame,
    labels: np.ndarray,
    strange: np.ndarray,
    problem: Problem,
    seed: int,
) -> pd.DataFrame:
    """Return for all rows their place in the source (`row`), identifiers, `group` and, if they were judged, `unusual`.

    x (n, p), labels (n,) and strange (n,) are of the rows that were grouped; each of the others gets the group of the
    one of them that is nearest to it.
    """
    names = [c for c in problem.identifiers if c in everything]
    result = everything[names].assign(row=everything.index, group=-1, unusual=np.nan)
    result.loc[x.index, ["group", "unusual"]] = np.column_stack([labels, strange])
    others = everything.index.difference(x.index)
    if len(others):
        numbers = _numbers(x, seed).fit(x)
        known = KNeighborsClassifier(1).fit(numbers.transform(x), labels)
        for part in np.array_split(others, -(-len(others) // AT_ONCE)):
            result.loc[part, "group"] = known.predict(numbers.transform(everything.loc[part, x.columns]))
    return result.astype({"group": int})


def described(x: pd.DataFrame, labels: np.ndarray, most: int = 3) -> pd.DataFrame:
    """Return for each group its rows and what sets it apart: the columns furthest from the whole, in words."""
    records = []
    for group in sorted(set(labels) - {-1}):
        inside = x[labels == group]
        told = sorted((_told(x[name], inside[name]) for name in x.columns), reverse=True)[:most]
        records.append(
            {"group": group, "rows": len(inside), "what sets it apart": "; ".join(t for _, t in told)}
        )
    return pd.DataFrame(records, columns=["group", "rows", "what sets it apart"])


def unusual(made: np.ndarray, seed: int) -> np.ndarray:
    """Return how unusual each row is (n,), 0 to 1; about 0.5 and less is usual."""
    (family,) = families("unusual rows").values()
    return -family.make(seed).fit(made).score_samples(made)


def plane(made: np.ndarray) -> np.ndarray:
    """Return the rows (n, 2) on the two directions in which they differ most (principal components)."""
    centred = made - made.mean(axis=0)
    _, _, directions = np.linalg.svd(centred, full_matrices=False)
    flat = centred @ directions[:2].T
    flat = flat * np.sign(directions[:2, np.abs(directions[:2]).argmax(axis=1)].diagonal())
    return np.column_stack([flat, np.zeros(len(flat))])[:, :2]


def _numbers(x: pd.DataFrame, seed: int) -> Any:
    """Return what makes numbers of one spread of rows like x (n, p), not fitted yet."""
    return transformer(x, "regression", seed, scale="standard", encode="one-hot", log=True)


class _Asked:
    """A trial that answers with the least of a range; it tells which hyperparameters a family has."""

    def suggest_int(self, name: str, low: int, high: int, **_: Any) -> int:
        return low


def _silhouette(made: np.ndarray, labels: np.ndarray, seed: int) -> float:
    inside = labels >= 0
    if len(set(labels[inside])) < 2 or inside.sum() < 3:
        return float("nan")
    rows = np.flatnonzero(inside)
    rows = np.sort(np.random.default_rng(seed).permutation(rows)[:2000])
    if not 1 < len(set(labels[rows])) < len(rows):
        return float("nan")
    return float(silhouette_score(made[rows], labels[rows]))


def _stability(family: Family, made: np.ndarray, given: Mapping[str, Any], seed: int, draws: int) -> float:
    draw, agreed = np.random.default_rng(seed), []
    for _ in range(draws):
        parts = [np.sort(draw.permutation(len(made))[: int(0.8 * len(made))]) for _ in range(2)]
        both = np.intersect1d(parts[0], parts[1])
        said = [labelled(family, made[p], seed, given)[np.searchsorted(p, both)] for p in parts]
        agreed.append(adjusted_rand_score(*said))
    return float(np.mean(agreed))


def _told(whole: pd.Series, inside: pd.Series) -> tuple[float, str]:
    """Return how far a group lies from all rows in one column, in standard deviations, and in words."""
    if pd.api.types.is_numeric_dtype(whole):
        spread = float(whole.std()) or 1.0
        own, usual = float(inside.mean()), float(whole.mean())
        away = (own - usual) / spread
        if not np.isfinite(away):
            return 0.0, f"{whole.name} is missing"
        return abs(away), f"{whole.name} {'high' if away > 0 else 'low'} ({own:.3g}, of all {usual:.3g})"
    shares, owns = whole.value_counts(normalize=True), inside.value_counts(normalize=True)
    spreads = ((shares * (1 - shares)) ** 0.5).clip(lower=0.1)
    away_by = owns.sub(shares, fill_value=0.0) / spreads
    level = str(away_by.idxmax())
    told = f"{whole.name} {level or '(missing)'} ({share(owns[level])}, of all {share(shares[level])})"
    return float(away_by[level]), told
