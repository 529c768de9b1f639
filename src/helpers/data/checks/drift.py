"""A column's distribution against a saved one: told only where the change is both large and beyond chance.

Sizes: the population stability index over the bins (Siddiqi 2006: 0.1 some change, 0.25 a large one); the largest
difference of the two distribution functions at the edges (Kolmogorov and Smirnov); Cramér's V of the table of rows by
bin (chi-square). Chance: the chi-square test of homogeneity, or the Kolmogorov-Smirnov test, at 1 in 10,000.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd

from helpers.data.checks.check import Check
from helpers.data.checks.library import rule
from helpers.data.checks.references import column_of
from helpers.data.checks.values import as_numbers, as_texts
from helpers.errors import BadInput
from helpers.recipe.parameters import Between

LIMITS = {"psi": 0.25, "ks": 0.1, "chi_square": 0.1}
CHANCE = 1e-4
BINS, MOST_LEVELS = 10, 50
OTHER = "(other)"


@rule
def same_distribution(
    column: str,
    rows: int | None = None,
    edges: list[float] | None = None,
    shares: list[float] | None = None,
    levels: dict[str, float] | None = None,
    table: str | None = None,
    measure: Literal["psi", "ks", "chi_square"] = "psi",
    limit: Annotated[float, Between(0)] | None = None,
) -> Check:
    """The present values are distributed as saved ones were.

    numbers  shares of the saved `rows` up to each of the edges, and beyond the last one
    levels   share of the saved `rows` by level; what is none of them counts as other
    table    or a file with the saved rows in the folder of references
    """
    _complete(column, rows, edges, shares, levels, table)
    most = LIMITS[measure] if limit is None else limit

    def said(given: Any) -> str:
        saved = {"rows": rows, "edges": edges, "shares": shares, "levels": levels}
        if table is not None:
            saved = _of_table(given.references, table, column)
        seen = given.frame((column,))[column]
        size, chance = compared(counted(seen, saved), saved, measure)
        if size <= most or chance >= CHANCE:
            return ""
        return f"is distributed unlike before: {measure} {size:.2f}, beyond {most:g}"

    return Check(
        f"{column} distribution",
        said,
        "must be distributed as before",
        column=column,
        needs=(column,),
        by="table",
    )


def reference(values: pd.Series, bins: int = BINS) -> dict[str, Any]:
    """Return how a column (n,) is distributed: rows, edges and shares of numbers, or rows and levels."""
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        x = _finite(values)
        steps = np.quantile(x, np.linspace(0, 1, bins + 1)[1:-1], method="inverted_cdf") if len(x) else []
        edges = [float(e) for e in np.unique(steps)]
        if len(edges) > 1 and edges[-1] == x.max():
            edges = edges[:-1]
        counts = _binned(x, edges)
        return {"rows": len(x), "edges": edges, "shares": _shares(counts)}
    levels = as_texts(values).value_counts().sort_index(kind="stable")
    levels = levels.sort_values(ascending=False, kind="stable")
    shares = _shares(levels.to_numpy())[:MOST_LEVELS]
    return {"rows": int(levels.sum()), "levels": dict(zip(levels.index[:MOST_LEVELS], shares, strict=True))}


def counted(values: pd.Series, saved: Mapping[str, Any]) -> np.ndarray:
    """Return the counts of a column's present values in the bins (k,) or levels and other (k + 1,) of a reference."""
    if saved["levels"] is None:
        return _binned(_finite(as_numbers(values)), saved["edges"])
    counts = as_texts(values).value_counts()
    known = counts.reindex(list(saved["levels"]), fill_value=0).to_numpy()
    return np.append(known, counts.sum() - known.sum())


def compared(counts: np.ndarray, saved: Mapping[str, Any], measure: str) -> tuple[float, float]:
    """Return how much counts (k,) differ from a reference by a measure, and the chance of that much."""
    shares = saved["shares"] if saved["levels"] is None else [*saved["levels"].values()]
    if saved["levels"] is not None:
        shares = [*shares, max(0.0, 1 - sum(shares))]
    before = np.round(np.array(shares) * saved["rows"])
    both = np.array([before, counts])
    both = both[:, both.sum(axis=0) > 0]
    if both.shape[1] < 2 or not both.sum(axis=1).all():
        return 0.0, 1.0
    return MEASURES[measure](both)


def _psi(both: np.ndarray) -> tuple[float, float]:
    totals = both.sum(axis=1, keepdims=True)
    p, q = np.maximum(both, 0.5) / totals
    return float(np.sum((q - p) * np.log(q / p))), _homogeneous(both)[1]


def _chi_square(both: np.ndarray) -> tuple[float, float]:
    statistic, chance = _homogeneous(both)
    return float(np.sqrt(statistic / both.sum())), chance


def _ks(both: np.ndarray) -> tuple[float, float]:
    from scipy.stats import kstwobign

    n, m = both.sum(axis=1)
    p, q = np.cumsum(both, axis=1) / both.sum(axis=1, keepdims=True)
    size = float(np.abs(p - q).max())
    return size, float(kstwobign.sf(size * np.sqrt(n * m / (n + m))))


MEASURES: dict[str, Callable[[np.ndarray], tuple[float, float]]] = {
    "psi": _psi,
    "ks": _ks,
    "chi_square": _chi_square,
}


def _homogeneous(both: np.ndarray) -> tuple[float, float]:
    from scipy.stats import chi2_contingency

    result = chi2_contingency(both, correction=False)
    return float(result.statistic), float(result.pvalue)


def _finite(values: pd.Series) -> np.ndarray:
    x = values.to_numpy(float, na_value=np.nan)
    return x[np.isfinite(x)]


def _binned(x: np.ndarray, edges: list[float]) -> np.ndarray:
    return np.bincount(np.searchsorted(edges, x, side="left"), minlength=len(edges) + 1)


def _shares(counts: np.ndarray) -> list[float]:
    total = max(int(counts.sum()), 1)
    return [round(float(c / total), 6) for c in counts]


def _of_table(references: Any, table: str, column: str) -> dict[str, Any]:
    from helpers.data.kinds import typed

    saved = column_of(references, table, column).to_frame(column)
    made = reference(typed(saved)[0][column])
    return {"levels": None, "edges": None, "shares": None, **made}


def _complete(column: str, rows: Any, edges: Any, shares: Any, levels: Any, table: Any) -> None:
    where = f"same_distribution of {column!r}"
    ways = [table is not None, levels is not None, edges is not None]
    if sum(ways) != 1:
        raise BadInput(f"{where} needs either edges (with shares and rows), levels (with rows) or table")
    if table is None and not rows:
        raise BadInput(f"{where} needs rows, the number of values that were saved")
    if edges is not None and (
        shares is None or len(shares) != len(edges) + 1 or sorted(edges) != list(edges)
    ):
        raise BadInput(f"{where}: edges must rise, and shares be one more than they are")
