"""The attribute profile: what every column of a table is like, over every row.

Columns are profiled side by side, those of small tables in memory, the others each by a DuckDB with one thread: the
same table gives the same figures to the last digit. Counts, means, extremes and missing values are always exact.
Distinct values are estimated (HyperLogLog) where a large table has very many of them, quantiles (t-digest) only in
tables beyond 10 million rows; the column `approximate` names what was estimated.
"""

from __future__ import annotations

import json
import os
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from helpers.data import held
from helpers.data.distributions import NONE, NOT_LOOKED_AT, Distribution, kind_of
from helpers.data.scan import Scan, connect, sample, scan
from helpers.report.text import share

FIGURES = ["min", "max", "mean", "median", "std", "q05", "q25", "q75", "q95"]
_TEXTS = ["name", "kind", "approximate", "top", "distribution", "evidence", "example"]
_COUNTS = ["records", "missing", "distinct", "infinite"]
_LENGTHS = ["shortest", "longest"]
_DATES = ["earliest", "middle", "latest"]
COLUMNS = [
    *("name", "kind", "records", "missing", "missing_ratio", "distinct", "approximate", "infinite"),
    *FIGURES,
    *_DATES,
    *_LENGTHS,
    *("top", "top_share", "distribution", "evidence", "example"),
]
_PARTS = [0.05, 0.25, 0.5, 0.75, 0.95]
_QUANTILES = str(_PARTS)
_MANY_LEVELS = 100_000
_SAMPLED = 4_000


@dataclass(frozen=True)
class _Plan:
    """What a column's profile needs to know besides the column."""

    source: Scan
    types: Mapping[str, str]
    count_exactly: bool
    sort_exactly: bool
    seed: int
    laws: int | None
    in_memory: bool
    memory: str
    folder: str
    own: threading.local = field(default_factory=threading.local)

    def connection(self) -> duckdb.DuckDBPyConnection:
        if not hasattr(self.own, "connection"):
            self.own.connection = connect(self.memory, self.folder)
        return self.own.connection


def profile(
    table: pd.DataFrame | pa.Table | str | Path,
    types: Mapping[str, str] | None = None,
    exact_distinct: int = 500_000,
    exact_quantiles: int = 10_000_000,
    seed: int = 0,
    laws: int | None = None,
    in_memory: int = 100_000,
    memory: int = 800,
    cores: int | None = None,
) -> pd.DataFrame:
    """Return the profile of a DataFrame, an Arrow table or the Parquet file at a path: one row a column.

    types            kind of a column by name where it is known (as in `Problem.types`); else told from the values
    exact_distinct   tables of at most so many rows have their distinct values counted; in larger ones columns of
                     more than 100,000 distinct values are estimated, and their most frequent value is sought
                     among those of a sample, its share then counted over every row
    exact_quantiles  tables of at most so many rows have exact quantiles
    laws             columns, the first ones, whose kind of distribution is told; None for all
    in_memory        tables of at most so many rows have their columns looked at in memory
    memory           limit of all DuckDB work together, MB

    Columns: min to q95 as float64 for numbers and booleans (finite values only; `infinite` counts the others),
    std with n - 1, quantiles interpolated linearly; earliest, middle, latest as datetime64[us] for dates;
    shortest and longest are lengths of texts in characters; top_share is the part of the present values.
    """
    source, cores = scan(table, in_memory), cores or os.cpu_count() or 1
    with tempfile.TemporaryDirectory(prefix="profile-") as folder:
        exact = source.rows <= exact_distinct, source.rows <= exact_quantiles
        held_there = source.table is not None and source.rows <= in_memory
        plan = _Plan(source, types or {}, *exact, seed, laws, held_there, f"{memory // cores}MB", folder)
        with ThreadPoolExecutor(cores) as pool:
            described = list(pool.map(lambda i: _column(plan, i), range(len(source.names))))
    return _frame(described)


def _frame(described: list[dict[str, Any]]) -> pd.DataFrame:
    """Return the rows with fixed types, whatever is missing: any two profiles can be concatenated."""
    frame = pd.DataFrame(described, columns=COLUMNS)
    types = (
        dict.fromkeys(_TEXTS, "object") | dict.fromkeys(_COUNTS, "int64") | dict.fromkeys(_LENGTHS, "Int64")
    )
    types |= dict.fromkeys(_DATES, "datetime64[us]")
    return frame.astype(types | dict.fromkeys([*FIGURES, "missing_ratio", "top_share"], "float64"))


class _Facts(NamedTuple):
    """What was counted of a column.

    values  at most 4,000 of its present ones, in their order or drawn
    told    the figures of its storage, by their column of the profile
    """

    stored: str
    present: int
    distinct: int
    top: Any
    top_count: int
    values: np.ndarray
    told: dict[str, Any]
    estimated: list[str]


def _column(plan: _Plan, position: int) -> dict[str, Any]:
    name, records = plan.source.names[position], plan.source.rows
    facts = _in_memory(plan, position) or _by_duckdb(plan, position)
    present, values = facts.present, facts.values
    found = {
        "name": name,
        "kind": plan.types.get(name) or _kind(facts.stored, values, facts.distinct, present),
        "records": records,
        "missing": records - present,
        "missing_ratio": (records - present) / records if records else 0.0,
        "distinct": facts.distinct,
        "infinite": 0,
        "top": _shown(facts.top),
        "top_share": facts.top_count / present if facts.top_count else None,
        "example": _shown(values[0]) if len(values) else None,
        **facts.told,
    }
    law = Distribution(NOT_LOOKED_AT, "left out")
    if plan.laws is None or position < plan.laws:
        law = _distribution(found, facts.stored, values, present, plan.seed)
    return found | {
        "distribution": law.kind,
        "evidence": law.evidence,
        "approximate": ", ".join(facts.estimated),
    }


def _in_memory(plan: _Plan, position: int) -> _Facts | None:
    """Return the facts of a plain column of a small table; None for any other."""
    found = held.present(plan.source.column(position)) if plan.in_memory else None
    if found is None:
        return None
    stored, values = found
    told = _HELD[stored](values) if len(values) else {}
    return _Facts(
        stored, len(values), *held.counted(values), held.drawn(values, _SAMPLED, plan.seed), told, []
    )


def _by_duckdb(plan: _Plan, position: int) -> _Facts:
    connection = plan.connection()
    stored = plan.source.show(connection, position)
    present, distinct = _one(connection, "SELECT count(v), approx_count_distinct(v) FROM one")
    values = sample(connection, _SAMPLED, plan.seed)
    exact = plan.count_exactly or distinct <= _MANY_LEVELS
    counted = (_counted if exact else _estimated)(connection, values, distinct, present)
    estimated, told = [] if exact else ["distinct", "top"], {}
    if stored in _SUMMARIES and present:
        told = _SUMMARIES[stored](connection, plan.sort_exactly)
        estimated += [] if plan.sort_exactly or stored in ("text", "structured") else ["quantiles"]
    return _Facts(stored, present, *counted, values, told, estimated)


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> tuple:
    return next(iter(connection.execute(query).fetchall()), ())


def _counted(
    connection: duckdb.DuckDBPyConnection, values: np.ndarray, distinct: int, present: int
) -> tuple[int, Any, int]:
    """Return the number of distinct values, the most frequent one (the first of equals) and its count."""
    groups = "SELECT count(*) OVER (), v, count(*) n FROM one WHERE v IS NOT NULL GROUP BY v"
    query = f"{groups} ORDER BY n DESC, v LIMIT 1"
    return _one(connection, query) or (0, None, 0)


def _estimated(
    connection: duckdb.DuckDBPyConnection, values: np.ndarray, distinct: int, present: int
) -> tuple[int, Any, int]:
    """Return the estimated number of distinct values, and of the sample's most frequent value the exact count."""
    (candidate, seen), *_ = Counter(values.tolist()).most_common(1)
    if seen == 1:
        return min(distinct, present), None, 0
    [(n,)] = connection.execute("SELECT count(*) FROM one WHERE v = ?", [candidate]).fetchall()
    return min(distinct, present), candidate, n


def _numbers(connection: duckdb.DuckDBPyConnection, exact: bool) -> dict[str, Any]:
    if exact:
        present = connection.execute("SELECT v::DOUBLE f FROM one WHERE v IS NOT NULL").fetchnumpy()
        return _of_numbers(np.ma.getdata(present["f"]))
    finite = "SELECT v::DOUBLE f FROM one WHERE isfinite(v)"
    [(infinite,)] = connection.execute("SELECT count(*) FROM one WHERE NOT isfinite(v)").fetchall()
    query = (
        f"SELECT min(f), max(f), favg(f), stddev_samp(f), approx_quantile(f, {_QUANTILES}) FROM ({finite})"
    )
    *figures, five = _one(connection, query)
    return {"infinite": infinite} | _named(figures, five)


def _of_numbers(x: np.ndarray) -> dict[str, Any]:
    finite = np.isfinite(x)
    infinite = len(x) - int(finite.sum())
    return {"infinite": infinite} | _figures(x[finite] if infinite else x)


def _figures(x: np.ndarray) -> dict[str, Any]:
    """Return the figures of finite numbers (n,), whose order is lost by it: the array is not copied."""
    if not len(x):
        return {}
    with np.errstate(over="ignore", invalid="ignore"):  # squares beyond 1e308: the deviation is then unknown
        std = x.std(ddof=1) if len(x) > 1 else np.nan
        figures = [x.min(), x.max(), x.mean(), std if np.isfinite(std) else np.nan]
    return _named(figures, np.quantile(x, _PARTS, overwrite_input=True))


def _named(four: Sequence[float], five: Sequence[float] | None) -> dict[str, Any]:
    quantiles = dict(
        zip(["q05", "q25", "median", "q75", "q95"], five if five is not None else [None] * 5, strict=True)
    )
    return dict(zip(["min", "max", "mean", "std"], four, strict=True)) | quantiles


def _booleans(connection: duckdb.DuckDBPyConnection, exact: bool) -> dict[str, Any]:
    return _of_booleans(*_one(connection, "SELECT count(*) FILTER (NOT v), count(*) FILTER (v) FROM one"))


def _of_booleans(no: int, yes: int) -> dict[str, Any]:
    n, share = no + yes, yes / (no + yes)
    std = np.sqrt(share * (1 - share) * n / (n - 1)) if n > 1 else np.nan
    places = np.array(_PARTS) * (n - 1) - (no - 1)  # how far past the last "no", where 0 to 1 is in between
    return _named([float(no == 0), float(yes > 0), share, std], np.clip(places, 0.0, 1.0))


def _dates(connection: duckdb.DuckDBPyConnection, exact: bool) -> dict[str, Any]:
    middle = "quantile_disc(v, 0.5)" if exact else "make_timestamp(approx_quantile(epoch_us(v), 0.5))"
    query = f"SELECT min(v), {middle}, max(v) FROM one WHERE isfinite(v)"
    return dict(zip(_DATES, _one(connection, query), strict=True))


def _texts(connection: duckdb.DuckDBPyConnection, exact: bool) -> dict[str, Any]:
    return dict(
        zip(_LENGTHS, _one(connection, "SELECT min(length(v)), max(length(v)) FROM one"), strict=True)
    )


_SUMMARIES = {
    "integer": _numbers,
    "float": _numbers,
    "boolean": _booleans,
    "date": _dates,
    "text": _texts,
    "structured": _texts,
}


_HELD: dict[str, Callable[[np.ndarray], dict[str, Any]]] = {
    "integer": lambda values: _of_numbers(values.astype(float)),
    "float": lambda values: _of_numbers(values.copy()),
    "boolean": lambda values: _of_booleans(int((~values).sum()), int(values.sum())),
    "date": lambda values: dict(
        zip(_DATES, np.quantile(values, [0, 0.5, 1], method="inverted_cdf"), strict=True)
    ),
    "text": lambda values: {"shortest": len(min(values, key=len)), "longest": len(max(values, key=len))},
}


def _kind(stored: str, values: np.ndarray, distinct: int, present: int) -> str:
    """Return the kind of a column from how it is stored and, for texts, from a sample (m,) of its values."""
    if stored != "text" or not len(values):
        return "category" if stored == "text" else stored
    if all(map(_is_structured, values[:100])):
        return "structured"
    long = np.mean([len(v) for v in values[:1000]]) > 50
    return "text" if long or distinct > max(50, present / 2) else "category"


def _is_structured(value: str) -> bool:
    if not value.lstrip().startswith(("{", "[")):
        return False
    try:
        return isinstance(json.loads(value), dict | list)
    except ValueError:
        return False


def _distribution(found: dict, stored: str, values: np.ndarray, present: int, seed: int) -> Distribution:
    if not present:
        return Distribution("no values", "every value is missing")
    part, distinct, top = found["top_share"], found["distinct"], found["top"]
    if distinct == 1:
        return Distribution("constant", f"every value is {top}")
    if stored in ("integer", "float", "date") and found["kind"] not in ("category", "text"):
        numbers = values.astype("datetime64[s]").astype(float) / 86_400 if stored == "date" else values
        law = kind_of(numbers.astype(float), seed)
        return law if law.kind != "constant" else Distribution(NONE, f"{share(part)} of the values are {top}")
    if distinct == present:
        return Distribution("discrete", f"{distinct:,} values, each once")
    common = f", the most frequent in {share(part)}" if part else ""
    return Distribution("discrete", f"{distinct:,} values{common}")


def _shown(value: Any) -> str | None:
    """Return a value as text, at most 120 characters."""
    if value is None:
        return None
    if isinstance(value, np.datetime64):
        value = value.astype("datetime64[us]").item()
    text = str(value.item() if isinstance(value, np.generic) else value)
    return text if len(text) <= 120 else text[:119] + "…"
