"""A small suite of checks that the attributes and the problem suggest; none of them knows the field of the data."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from helpers.data.checks import Check, present, unique
from helpers.problem import Problem

PLACEHOLDERS = ("?", "-", "--", ".", "n/a", "na", "none", "null", "nan", "unknown", "missing", "#n/a", "tbd")
CODES = (-99999, -9999, -999, -99, 9999, 99999, 999999)


def suggested(
    attributes: pd.DataFrame, problem: Problem, most_missing: float = 0.5, relevant: Sequence[str] = ()
) -> list[Check]:
    """Return checks for the columns of a table.

    attributes    what `profile` returns
    most_missing  a column with a larger share of missing values is told
    relevant      columns in which no value may be missing
    """
    about = attributes.set_index("name")
    checks = [
        unique(c, severity="stop") for c in problem.identifiers if c in about.index and c != problem.group
    ]
    checks += [present(c) for c in relevant]
    checks.append(
        Check("equal rows", _equal_rows(problem), "an earlier row is the same in every column", "note")
    )
    if problem.target is not None:
        checks.append(present(problem.target, severity="stop"))
        checks += [_rare_classes(problem)] if problem.is_classification else []
    for name, row in about.iterrows():
        checks += _of_column(str(name), row, most_missing)
    return checks


def _of_column(name: str, about: pd.Series, most_missing: float) -> list[Check]:
    empty = about["missing"] == about["records"]
    found = []
    if about["missing_ratio"] > most_missing:
        said = (
            "every value is missing" if empty else f"{about['missing_ratio']:.0%} of the values are missing"
        )
        found.append(_whole(f"{name} mostly missing", said, name))
    if about["distinct"] == 1:
        found.append(_whole(f"{name} constant", "one value only, so it tells nothing", name, "note"))
    if empty:
        return found
    if about["kind"] in ("integer", "float"):
        return found + _of_numbers(name, about)
    if about["kind"] == "category":
        return [*found, _placeholders(name), _variants(name)]
    return found


def _of_numbers(name: str, about: pd.Series) -> list[Check]:
    found = []
    if about["infinite"]:
        found.append(
            Check(
                f"{name} finite",
                lambda rows: _infinite(rows[name]),
                "must be finite",
                "warning",
                name,
                (name,),
            )
        )
    spread = about["q95"] - about["q05"]
    if spread > 0:
        low, high = about["q05"] - 10 * spread, about["q95"] + 10 * spread
        said = f"far from the others: beyond {low:.4g} or {high:.4g}"
        found.append(
            Check(
                f"{name} plausible",
                lambda rows: _outside(rows[name], low, high),
                said,
                "warning",
                name,
                (name,),
            )
        )
    code = next((c for c in CODES if c in (about["min"], about["max"])), None)
    if code is not None and spread > 0 and not about["q05"] - spread <= code <= about["q95"] + spread:
        said = f"{code} stands apart from all other values: a code for missing?"
        found.append(
            Check(
                f"{name} code", lambda rows: rows[name].eq(code).fillna(False), said, "warning", name, (name,)
            )
        )
    return found


def _whole(name: str, said: str, column: str, severity: str = "warning") -> Check:
    return Check(name, lambda rows: said, said, severity, column)


def _infinite(values: pd.Series) -> pd.Series:
    return pd.Series(np.isinf(values.astype("Float64").to_numpy(float, na_value=np.nan)), values.index)


def _outside(values: pd.Series, low: float, high: float) -> pd.Series:
    return ((values < low) | (values > high)).fillna(False).astype(bool) & ~_infinite(values)


def _placeholders(name: str) -> Check:
    def run(rows: pd.DataFrame) -> pd.Series:
        return rows[name].map(lambda v: str(v).strip().lower() in PLACEHOLDERS, na_action="ignore").eq(True)

    return Check(f"{name} placeholder", run, "stands for a missing value?", "note", name, (name,))


def _variants(name: str) -> Check:
    """Find values that differ from a more frequent one in case or blanks only."""

    def run(rows: pd.DataFrame) -> pd.Series:
        counts = rows[name].value_counts()
        levels = pd.Series(counts.index.astype(str), index=counts.index)
        plain = levels.str.split().str.join(" ").str.casefold()
        return rows[name].isin(plain.index[plain.duplicated()])

    said = "differs from a more frequent value in case or blanks only"
    return Check(f"{name} spelling", run, said, "warning", name, (name,))


def _equal_rows(problem: Problem):
    def run(rows: pd.DataFrame) -> pd.Series:
        compared = rows[[c for c in rows.columns if c not in problem.identifiers]]
        if not len(compared.columns):
            return pd.Series(False, rows.index)
        return (
            pd.util.hash_pandas_object(compared.astype(object), index=False).set_axis(rows.index).duplicated()
        )

    return run


def _rare_classes(problem: Problem, fewest: int = 10) -> Check:
    def run(rows: pd.DataFrame) -> str:
        counts = rows[problem.target].astype(str).value_counts()
        rare = [f"{c} ({counts.get(c, 0)})" for c in problem.classes if counts.get(c, 0) < fewest]
        return f"classes with fewer than {fewest} rows: {', '.join(rare)}" if rare else ""

    return Check("rare classes", run, "classes with few rows", "warning", problem.target)
