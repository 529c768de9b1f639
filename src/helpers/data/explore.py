"""How the columns of a table hang together: any two of them, and each with the target.

Every measure lies between 0 (nothing) and 1 (one column tells the other), correlations between -1 and 1:

    two numbers              Spearman's rank correlation (and Pearson's, beside it)
    two categories           Cramér's V with Bergsma's bias correction (2013)
    a number and a category  the correlation ratio eta = sqrt(between-group / total sum of squares), bias-corrected
                             (Kelley's epsilon, 1935), so that many small groups do not look like a link

Booleans and dates count as numbers where a number is asked for. Beyond `most_rows` rows a sample is used.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from helpers.errors import within
from helpers.problem import Problem
from helpers.recipe.columns import with_columns

MOST_LEVELS = 50  # rarer levels of a category are taken together
ALIKE = 0.8  # fewest different values of one column for one of another that it can tell
OTHER = "(other)"
NUMBERS, LEVELS = ("integer", "float", "date"), ("category", "boolean")
SAME = ("one value only", "every value is missing")
LONG_FORM = ["left", "right", "measure", "value"]


@dataclass(frozen=True)
class Columns:
    """The columns of a table made ready: numbers (n, p) float64 with NaN, levels as codes (n, q) with -1 missing.

    kinds says which kind each kept column is of; left_out names those that cannot be compared, with the reason.
    """

    numbers: pd.DataFrame
    levels: pd.DataFrame
    kinds: dict[str, str]
    left_out: dict[str, str]
    rows: int

    def values(self, name: str) -> np.ndarray:
        """Return a column as numbers (n,): missing numbers NaN, levels as their codes, missing ones -1."""
        return (self.numbers if name in self.numbers else self.levels)[name].to_numpy(float)

    def table(self, names: Sequence[str]) -> pd.DataFrame:
        """Return these columns as numbers (n, k)."""
        return pd.DataFrame({n: self.values(n) for n in names}, self.numbers.index)


def prepared(rows: pd.DataFrame, problem: Problem, most_rows: int = 20_000, seed: int = 0) -> Columns:
    """Return the columns ready to be compared, a sample of the rows when there are more than `most_rows`.

    Identifiers, texts, structured, constant and all-missing columns are left out; the target stays.
    """
    if len(rows) > most_rows:
        rows = rows.iloc[np.sort(np.random.default_rng(seed).choice(len(rows), most_rows, replace=False))]
    numbers, levels, left_out = {}, {}, {}
    for name in rows.columns:
        kind = _kind(rows[name], name, problem)
        reason = _unfit(rows[name], name, kind, problem)
        if reason:
            left_out[name] = reason
        elif kind in NUMBERS:
            numbers[name] = as_number(rows[name])
        else:
            levels[name] = as_codes(rows[name])
    kinds = {c: _kind(rows[c], c, problem) for c in rows.columns if c not in left_out}
    of_numbers, of_levels = (pd.DataFrame(part, index=rows.index) for part in (numbers, levels))
    return Columns(of_numbers, of_levels, kinds, left_out, len(rows))


def narrowed(columns: Columns, names: list[str]) -> Columns:
    """Return the columns of these names only: every two are compared, so a wide table takes long."""
    left_out = {n: "less telling than the others" for n in columns.kinds if n not in names}
    return Columns(
        columns.numbers[[n for n in columns.numbers if n in names]],
        columns.levels[[n for n in columns.levels if n in names]],
        {n: k for n, k in columns.kinds.items() if n in names},
        columns.left_out | left_out,
        columns.rows,
    )


def associations(columns: Columns) -> pd.DataFrame:
    """Return every pair of columns once per measure, long form: left, right, measure, value.

    measure is spearman, pearson, cramers_v or correlation_ratio; pairs without common rows have no value.
    """
    found = pd.concat(
        [_two_numbers(columns), _two_levels(columns), _number_and_level(columns)], ignore_index=True
    )
    return found.dropna(subset="value").reset_index(drop=True)


def with_power(found: pd.DataFrame, power: pd.DataFrame | None, target: str | None) -> pd.DataFrame:
    """Return associations and, as measure predictive_power, what each column (left) alone tells of the target."""
    if power is None:
        return found
    lines = power.rename(columns={"name": "left", "power": "value"}).assign(
        right=target, measure="predictive_power"
    )
    return pd.concat([found, lines[LONG_FORM].dropna(subset="value")], ignore_index=True)


def matrix(found: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Return associations as a symmetric matrix (p, p) of strengths 0 to 1; Pearson's measure is left aside."""
    strengths = found[found["measure"] != "pearson"]
    wide = strengths.assign(value=strengths["value"].abs()).pivot(
        index="left", columns="right", values="value"
    )
    table = wide.reindex(index=names, columns=names).to_numpy(float)
    both = np.fmax(table, table.T)
    np.fill_diagonal(both, 1.0)
    return pd.DataFrame(both, names, names)


def both_ways(strengths: pd.DataFrame, columns: Columns) -> pd.DataFrame:
    """Return strengths (p, p) with 0 where one column may tell the other, and cannot be told by it.

    Cramér's V and the correlation ratio are also high where the one with more different values tells the other.
    """
    names, numbers = strengths.index, strengths.index.isin(columns.numbers.columns)
    distinct = pd.concat([columns.numbers.nunique(), columns.levels.nunique()])[names].to_numpy(float)
    alike = np.minimum.outer(distinct, distinct) >= ALIKE * np.maximum.outer(distinct, distinct)
    return strengths.where(alike | np.logical_and.outer(numbers, numbers), 0.0)


def redundant(strengths: pd.DataFrame, target: str | None = None, at_least: float = 0.9) -> list[list[str]]:
    """Return groups of columns that say nearly the same: every two of a group are as strongly linked as `at_least`.

    strengths is what `matrix` returns; groups come from complete-linkage clustering, largest first.
    """
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    within("explore.redundant_at", at_least, 0, 1)
    names = [n for n in strengths.index if n != target]
    if len(names) < 2:
        return []
    apart = 1 - strengths.loc[names, names].fillna(0).clip(0, 1).to_numpy()
    labels = fcluster(linkage(squareform(apart, checks=False), "complete"), 1 - at_least, "distance")
    groups = [[n for n, at in zip(names, labels, strict=True) if at == label] for label in np.unique(labels)]
    return sorted((g for g in groups if len(g) > 1), key=lambda g: (-len(g), g))


def as_number(values: pd.Series) -> np.ndarray:
    """Return values as float64 (n,), missing and infinite ones NaN; dates in days."""
    if pd.api.types.is_datetime64_any_dtype(values):
        days = values.to_numpy("datetime64[us]").astype(float) / 86_400e6
        return np.where(values.isna(), np.nan, days)
    x = pd.to_numeric(values, errors="coerce").astype("Float64").to_numpy(float, na_value=np.nan)
    return np.where(np.isfinite(x), x, np.nan)


def as_codes(values: pd.Series, most: int = MOST_LEVELS) -> np.ndarray:
    """Return levels as whole numbers (n,), the most frequent first, -1 where missing; rare ones share the last."""
    codes, _ = pd.factorize(values.astype(object).where(values.notna(), None))
    counts = np.bincount(codes[codes >= 0])
    rank = np.empty(len(counts), int)
    rank[np.argsort(-counts, kind="stable")] = np.arange(len(counts))
    return np.where(codes < 0, -1, np.minimum(rank, most - 1)[codes]) if len(counts) else codes


def comparable(rows: pd.DataFrame, problem: Problem, most: int | None = None) -> pd.DataFrame:
    """Return the rows with a target that can be compared: of sets of labels, those of few rows go by a rare label.

    most  columns that are kept, the first ones and those that the problem needs; None keeps all
    """
    if most is not None:
        needed = {problem.target, problem.time, problem.group}
        rows = rows[[c for n, c in enumerate(rows.columns) if n < most or c in needed]]
    if problem.task != "multilabel":
        return rows
    return with_columns(rows, {str(problem.target): problem.strata(rows[problem.target].to_numpy(object))})


def classes_of(rows: pd.DataFrame, problem: Problem) -> list[str]:
    """Return the classes that pictures tell apart; of several labels the sets that hold, the most frequent first."""
    if problem.task != "multilabel":
        return problem.classes
    return [str(held) for held in rows[problem.target].value_counts().index]


def _kind(values: pd.Series, name: str, problem: Problem) -> str:
    if name == problem.target:
        return "category" if problem.is_classification else "float"
    if problem.types.get(name):
        return problem.types[name]
    if pd.api.types.is_bool_dtype(values):
        return "boolean"
    if pd.api.types.is_datetime64_any_dtype(values):
        return "date"
    return "float" if pd.api.types.is_numeric_dtype(values) else "category"


def of_any_length(columns: Columns) -> list[str]:
    """Return the columns that are compared with nothing and whose values differ, by whose length more can be seen."""
    return [name for name, reason in columns.left_out.items() if reason not in SAME]


def _unfit(values: pd.Series, name: str, kind: str, problem: Problem) -> str:
    """Return why a column cannot be compared with others, or the empty string."""
    if name in problem.identifiers:
        return "names the row"
    if kind in ("text", "structured"):
        return kind
    distinct = values.nunique()
    if distinct < 2:
        return SAME[0] if distinct else SAME[1]
    if kind == "category" and distinct > 50 and distinct > 0.5 * values.notna().sum():
        return "nearly every value differs"
    return ""


def _two_numbers(columns: Columns) -> pd.DataFrame:
    names, frames = list(columns.numbers), []
    for measure in ("spearman", "pearson"):
        with np.errstate(all="ignore"):
            table = columns.numbers.corr(measure, min_periods=3).to_numpy()
        left, right = np.triu_indices(len(names), 1)
        frames.append(_long(names, names, left, right, measure, table[left, right]))
    return pd.concat(frames, ignore_index=True)


def _two_levels(columns: Columns) -> pd.DataFrame:
    """Count every pair of levels of every two columns in one product of indicator matrices."""
    names = list(columns.levels)
    ones, starts = _indicators(columns.levels)
    counts = (ones.T @ ones).toarray()
    left, right = np.triu_indices(len(names), 1)
    values = [
        cramers_v(counts[starts[i] : starts[i + 1], starts[j] : starts[j + 1]])
        for i, j in zip(left, right, strict=True)
    ]
    return _long(names, names, left, right, "cramers_v", values)


def _number_and_level(columns: Columns) -> pd.DataFrame:
    """Sum every number over every level of every category in three products of matrices."""
    numbers, levels = list(columns.numbers), list(columns.levels)
    ones, starts = _indicators(columns.levels)
    x = columns.numbers.to_numpy(float)
    x = x - np.nanmean(x, axis=0) if x.size else x
    present = np.isfinite(x).astype(float)
    x = np.where(present > 0, x, 0.0)
    counts, sums, squares = ones.T @ present, ones.T @ x, ones.T @ x**2
    left, right = (a.ravel() for a in np.meshgrid(range(len(numbers)), range(len(levels)), indexing="ij"))
    values = [
        correlation_ratio(*(part[starts[j] : starts[j + 1], i] for part in (counts, sums, squares)))
        for i, j in zip(left, right, strict=True)
    ]
    return _long(numbers, levels, left, right, "correlation_ratio", values)


def cramers_v(counts: np.ndarray) -> float:
    """Return Cramér's V of a contingency table (r, k) with the bias correction of Bergsma (2013).

    phi² - (r-1)(k-1)/(n-1), at least 0, over min(r', k') - 1, where r' = r - (r-1)²/(n-1); NaN for one row or column.

    >>> cramers_v(np.array([[10, 0], [0, 10]]))
    1.0
    """
    counts = counts[counts.sum(1) > 0][:, counts.sum(0) > 0]
    n, (r, k) = counts.sum(), counts.shape
    if min(r, k) < 2 or n < 2:
        return float("nan")
    expected = np.outer(counts.sum(1), counts.sum(0)) / n
    phi2 = ((counts - expected) ** 2 / expected).sum() / n
    phi2 = max(0.0, phi2 - (r - 1) * (k - 1) / (n - 1))
    smaller = min(r - (r - 1) ** 2 / (n - 1), k - (k - 1) ** 2 / (n - 1)) - 1
    return float(min(1.0, np.sqrt(phi2 / smaller))) if smaller > 0 else float("nan")


def correlation_ratio(counts: np.ndarray, sums: np.ndarray, squares: np.ndarray) -> float:
    """Return the bias-corrected correlation ratio from counts, sums and sums of squares (k,) of the groups.

    epsilon² = 1 - (within / (n - k)) / (total / (n - 1)) (Kelley 1935), its root, at least 0; NaN without spread.

    >>> correlation_ratio(np.array([2.0, 2.0]), np.array([0.0, 2.0]), np.array([0.0, 2.0]))
    1.0
    """
    some = counts > 0
    counts, sums, squares = counts[some], sums[some], squares[some]
    n, k = counts.sum(), len(counts)
    total = squares.sum() - sums.sum() ** 2 / n if n else 0.0
    if k < 2 or n <= k or total <= 1e-12 * squares.sum():
        return float("nan")
    within = max(0.0, squares.sum() - (sums**2 / counts).sum())
    return float(np.sqrt(max(0.0, 1 - within / (n - k) * (n - 1) / total)))


def _indicators(levels: pd.DataFrame) -> tuple[sparse.csr_array, np.ndarray]:
    """Return which level each row has, a column a level (n, total), and where each column's levels start."""
    codes = levels.to_numpy(int)
    sizes = codes.max(axis=0) + 1 if codes.size else np.zeros(0, int)
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(int)
    row, column = np.nonzero(codes >= 0)
    place = starts[column] + codes[row, column]
    return sparse.csr_array((np.ones(len(row)), (row, place)), shape=(len(codes), starts[-1])), starts


def _long(
    lefts: Sequence[Hashable],
    rights: Sequence[Hashable],
    left: np.ndarray,
    right: np.ndarray,
    measure: str,
    values,
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "left": pd.Series([lefts[i] for i in left], dtype=object),
            "right": pd.Series([rights[j] for j in right], dtype=object),
            "measure": pd.Series([measure] * len(left), dtype=object),
            "value": np.asarray(values, float),
        }
    )
