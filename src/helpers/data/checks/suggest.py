"""A suite that the rows themselves suggest; it knows nothing of the field, and would rather miss than cry wolf.

Each check has its reason. What is learnt from one month is meant to hold for the next: bounds leave room (see
`bounds`), levels are only closed where each is frequent, distributions only kept where they do not drift already.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from helpers.data.checks import addresses
from helpers.data.checks.across import agree
from helpers.data.checks.bounds import plausible
from helpers.data.checks.check import Check
from helpers.data.checks.drift import compared, counted, reference, same_distribution
from helpers.data.checks.keys import determines, no_equal_rows, unique
from helpers.data.checks.rows import Rows
from helpers.data.checks.shapes import shape_of
from helpers.data.checks.texts import clean_text, no_placeholders, one_spelling
from helpers.data.checks.values import (
    as_numbers,
    finite,
    in_range,
    matches,
    not_code,
    of_kind,
    one_of,
    present,
)
from helpers.data.checks.whole import few_missing, has_columns, row_count, rows_per_class, varies
from helpers.errors import within
from helpers.problem import Problem
from helpers.report.text import share

CODES = (-99999, -9999, -999, -99, 9999, 99999, 999999)
ENOUGH = 100  # rows from which something is learnt
FREQUENT = 20  # rows that each level must have to close the list of levels
MOST_LEVELS = 50
MOST_PAIRED = 30


def suggest(
    table: pd.DataFrame | str | Path | Rows,
    attributes: pd.DataFrame,
    problem: Problem,
    most_missing: float = 0.5,
    relevant: Sequence[str] = (),
    most_columns: int | None = None,
) -> list[Check]:
    """Return checks for a table: a DataFrame, the Parquet file at a path, or `Rows`.

    attributes    what `profile` returns about it
    most_missing  a column with a larger share of missing values is told
    relevant      columns in which no value may be missing
    most_columns  columns, the first ones, that get checks of their own; None for all
    """
    within("validate.most_missing", most_missing, 0, 1)
    rows = table if isinstance(table, Rows) else Rows(table)
    about = attributes.set_index("name")
    kinds = {name: str(about.at[name, "kind"]) for name in rows.names}
    missing_ratios = about["missing_ratio"]
    checks = _of_table(rows, kinds, problem)
    checks += [present(c, reason="relevant") for c in relevant]
    for name in rows.names[:most_columns]:
        missing = float(missing_ratios[name])
        checks += _of_column(rows, name, kinds[name], missing, most_missing, problem)
    return [*checks, *_of_pairs(rows, kinds, problem)]


def _of_table(rows: Rows, kinds: dict[str, str], problem: Problem) -> list[Check]:
    names = [c for c in problem.identifiers if c in kinds and c != problem.group]
    seen = f"{rows.count:,} rows"
    checks = [
        has_columns(list(kinds), severity="stop"),
        row_count(max(1, rows.count // 10), severity="warning", reason=seen),
        *(unique(c, severity="stop", reason="names a row") for c in names),
        no_equal_rows(names, severity="note"),
    ]
    if problem.target is None:
        return checks
    checks.append(present(problem.target, severity="stop", reason="the target"))
    if problem.is_classification and problem.task != "multilabel":  # of sets some are rare, always
        counts = rows.frame((problem.target,))[problem.target].astype(str).value_counts()
        sure = counts.min() < 10 or counts.min() >= 40
        checks.append(rows_per_class(problem.target, severity="warning" if sure else "note", reason=seen))
    return checks


def _of_column(
    rows: Rows, name: str, kind: str, missing: float, most_missing: float, problem: Problem
) -> list[Check]:
    checks = _of_gaps(name, missing, rows.count, most_missing)
    values = rows.frame((name,))[name].dropna()
    if values.empty:
        return checks
    checks.append(varies(name, severity="note"))
    if kind in ("integer", "float", "boolean", "date"):
        checks.append(of_kind(name, kind, reason=f"{len(values):,} values are"))
    names_rows = name in problem.identifiers
    if kind in ("integer", "float") and not names_rows:
        checks += _of_numbers(name, values, kind)
    elif kind == "date":
        checks += _of_dates(name, values)
    elif kind in ("category", "text"):
        checks += _of_texts(name, values, kind)
    if kind in ("integer", "float", "boolean", "category") and not names_rows and name != problem.time:
        checks += _of_distribution(name, values, kind)
    return checks


def _of_gaps(name: str, missing: float, count: int, most_missing: float) -> list[Check]:
    """Return what may be missing: the share that was, with room for three standard deviations and ten rows."""
    checks = []
    if missing > most_missing:
        checks.append(
            few_missing(name, most_missing, severity="note", reason=f"{share(missing)} are missing")
        )
    room = missing + (3 * np.sqrt(missing * count) + 10) / max(count, 1)
    room = max(room, missing * 1.2)
    if room < 0.9:
        seen = "none was missing" if missing == 0 else f"{share(missing)} were missing"
        checks.append(few_missing(name, round(float(room), 4), reason=f"{seen} in {count:,} rows"))
    return checks


def _of_numbers(name: str, values: pd.Series, kind: str) -> list[Check]:
    x = as_numbers(values).to_numpy(float)
    checks = [] if np.issubdtype(values.dtype.type, np.integer) or kind == "integer" else [finite(name)]
    if not np.isfinite(x).all():
        checks = [finite(name)]
        x = x[np.isfinite(x)]
    for code in CODES:
        others = x[x != code]
        if len(others) < len(x) and _stands_apart(code, others):
            checks.append(not_code(name, code, reason=f"{len(x) - len(others):,} values are {code}"))
            x = others
    low, high = plausible(x, whole=kind == "integer")
    if low is None and high is None:
        return checks
    if _drifts(pd.Series(x)):
        reach = float(np.ptp(x))
        low, high = (None if low is None else low - reach), (None if high is None else high + reach)
        if low is not None and x.min() >= 0:
            low = max(0.0, low)  # what was never negative hardly becomes so
    seen = f"{x.min():.6g} to {x.max():.6g} in {len(x):,} values"
    if kind == "integer":
        low, high = (None if end is None else int(end) for end in (low, high))
        if set(np.unique(x)) == {0, 1}:
            low, high = 0, 1
    return [*checks, in_range(name, low, high, reason=seen)]


def _stands_apart(code: float, others: np.ndarray) -> bool:
    low, high = plausible(others)
    return (low is not None and code < low) or (high is not None and code > high)


def _of_dates(name: str, values: pd.Series) -> list[Check]:
    days = values.to_numpy("datetime64[s]").astype(float) / 86_400
    low, high = plausible(days)
    if low is None or high is None:
        return []
    room = (high - low) + 365
    ends = [str(np.datetime64(round(d), "D")) for d in (low - room, high + room)]
    return [in_range(name, *ends, reason=f"{values.min():%Y-%m-%d} to {values.max():%Y-%m-%d}")]


def _of_texts(name: str, values: pd.Series, kind: str) -> list[Check]:
    checks = [no_placeholders(name, severity="note"), clean_text(name, severity="note")]
    if kind == "category":
        checks.append(one_spelling(name))
        checks += _of_levels(name, values)
    shape = shape_of(values)
    if shape:
        checks.append(matches(name, shape, reason=f"{values.nunique():,} different values have this form"))
    return checks


def _of_levels(name: str, values: pd.Series) -> list[Check]:
    """Return a closed list of levels: surely where each is frequent, as a note where each is repeated."""
    counts = values.value_counts()
    rarest = int(counts.min())
    if not 1 < len(counts) <= MOST_LEVELS or len(values) < ENOUGH or rarest < 2:
        return []
    severity = "warning" if rarest >= FREQUENT else "note"
    levels = sorted(map(str, counts.index))
    return [one_of(name, levels, severity=severity, reason=f"each in {rarest:,} rows or more")]


def _of_distribution(name: str, values: pd.Series, kind: str) -> list[Check]:
    if len(values) < ENOUGH or values.nunique() < 2 or _drifts(values):
        return []
    made = reference(values)
    if made.get("levels") and (len(made["levels"]) >= MOST_LEVELS or sum(made["levels"].values()) < 0.9):
        return []
    return [same_distribution(name, **made, reason="did not drift within the rows")]


def _drifts(values: pd.Series) -> bool:
    """Whether the second half of the values is distributed unlike the first."""
    half = len(values) // 2
    if half < ENOUGH // 2:
        return False
    saved = {"levels": None, "edges": None, "shares": None, **reference(values.iloc[:half])}
    size, chance = compared(counted(values.iloc[half:], saved), saved, "psi")
    return size > 0.1 and chance < 1e-4


def _of_pairs(rows: Rows, kinds: dict[str, str], problem: Problem) -> list[Check]:
    """Return pairs of columns that never cross, though they could, values that always go together, and addresses."""
    if rows.count < ENOUGH:
        return []
    aside = {*problem.identifiers, problem.target}
    names = [n for n in kinds if n not in aside]
    dates = [n for n in names if kinds[n] == "date"][:MOST_PAIRED]
    numbers = [n for n in names if kinds[n] in ("integer", "float")][:MOST_PAIRED]
    sampled = _sample(rows, [*dates, *numbers])
    found = []
    for several, severity in ((dates, "warning"), (numbers, "note")):
        for left, right in itertools.permutations(several, 2):
            if _never_above(sampled[left], sampled[right]):
                one = agree(left, "<=", right, severity=severity, reason=f"in all of {len(sampled):,} rows")
                found.append(one)
    levels = [n for n in names if kinds[n] == "category"][:12]
    sampled = _sample(rows, levels)
    found += _together(sampled, levels)
    lands = addresses.countries(sampled)
    if lands:
        codes = [n for n in names if kinds[n] in ("text", "integer")][:MOST_PAIRED]
        found += addresses.found(_sample(rows, [*levels, *codes], 2000), lands, levels)
    return found


def _sample(rows: Rows, names: list[str], most: int = 100_000) -> pd.DataFrame:
    """Return every k-th row of some columns as dates, numbers or texts; about `most` rows."""
    every = max(1, rows.count // most)
    parts = [piece.iloc[::every] for piece in rows.pieces(names)] if names else [pd.DataFrame()]
    return pd.concat(parts, ignore_index=True)


def _never_above(left: pd.Series, right: pd.Series) -> bool:
    """Whether left <= right in every row, many rows come close to equality, and either could be the larger."""
    x, y = _numbers(left), _numbers(right)
    known = np.isfinite(x) & np.isfinite(y)
    x, y = x[known], y[known]
    if len(x) < 2 * ENOUGH or (x > y).any():
        return False
    if len(np.unique(x)) <= 10 or len(np.unique(y)) <= 10 or not np.any(x < y):
        return False
    gaps, overlap = y - x, np.mean(x > np.quantile(y, 0.05))
    near = np.count_nonzero(gaps <= 0.02 * np.quantile(y, 0.95) - 0.02 * np.quantile(y, 0.05))
    return bool(overlap >= 0.05 and near >= max(30, 0.02 * len(x)))


def _numbers(values: pd.Series) -> np.ndarray:
    if pd.api.types.is_datetime64_any_dtype(values):
        return np.where(values.isna(), np.nan, values.to_numpy("datetime64[s]").astype(float))
    return as_numbers(values).to_numpy(float, na_value=np.nan)


def _together(sampled: pd.DataFrame, names: list[str]) -> Iterator[Check]:
    codes = {n: pd.factorize(sampled[n])[0] for n in names}
    for left, right in itertools.permutations(names, 2):
        known = (codes[left] >= 0) & (codes[right] >= 0)
        a, b = codes[left][known], codes[right][known]
        groups = len(np.unique(a))
        if len(a) < 5 * ENOUGH or groups < 10 or len(a) < 5 * groups or len(np.unique(b)) < 3:
            continue
        chance = np.sum((np.bincount(b) / len(b)) ** 2)
        if chance < 0.8 and len(np.unique(a * (b.max() + 1) + b)) == groups:
            said = f"{groups:,} values each go with one only"
            yield determines(left, right, severity="note", reason=said)
