"""A new table as a suite expects it: what should be a number stays one for all checks though one cell holds a word."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from helpers.data import ingest, parquet
from helpers.data.checks.check import Check
from helpers.data.checks.whole import has_columns
from helpers.data.kinds import ARROW, in_kinds, kind_in
from helpers.data.label import target_as_text
from helpers.data.sources import open_source
from helpers.data.table import MOST_ROWS, Table, of_pieces
from helpers.recipe.columns import MISSING

OF_TEXTS = ("matches", "has_length", "no_placeholders", "clean_text", "one_spelling", "postal_code_matches")
WORDS = {"true": "True", "false": "False"}  # as a column of booleans shows its values


def read_as_expected(
    source: str,
    checks: Sequence[Check],
    temporary: Path,
    through: Callable[[Iterable[pa.Table]], Iterator[pa.Table]] | None = None,
) -> Path:
    """Return the table that a source names, as a Parquet file in the temporary folder, its columns as checks expect.

    through  what is done to its raw rows before: joins, and table steps
    Memory holds a batch or a column. Rows are numbered from 0 in their order.
    """
    table, _ = ingest.original(open_source(source), temporary / "originals", temporary)
    if through is not None:
        table = _changed(table, through, temporary)
    table = _typed(table, expected_kinds(checks))
    path, reader = temporary / "as_expected.parquet", table.reader()
    with parquet.writer(path, reader.schema, "lz4") as file:
        for batch in reader:
            file.write_batch(batch)
    return path


def expected_kinds(checks: Sequence[Check]) -> dict[str, str]:
    """Return column -> kind as checks speak of it: what of_kind says, "text" where texts are compared."""
    kinds = {one.column: "text" for one in checks if one.column and _compares_texts(one)}
    return kinds | {one.column: one.given["kind"] for one in checks if one.column and one.rule == "of_kind"}


def with_columns(checks: Sequence[Check], names: Sequence[str]) -> list[Check]:
    """Return checks and, where none tells of a column that others need and the table lacks, one more that does."""
    told = {name for one in checks if one.rule == "has_columns" for name in one.given["columns"]}
    untold = sorted({name for one in checks for name in one.needs}.difference(told, names))
    more = [replace(has_columns(untold, severity="stop"), name="columns of the checks")] if untold else []
    return [*checks, *more]


def without_derived(checks: Sequence[Check], problem: Mapping[str, Any] | None) -> list[Check]:
    """Return the checks without those of a target that a run made of other columns, which no raw table has."""
    if problem is None or not (problem["above"] is not None or problem["task"] == "multilabel"):
        return list(checks)
    made, kept = problem["target"], []
    for one in checks:
        if one.rule == "has_columns":
            kept.append(has_columns([c for c in one.given["columns"] if c != made], severity=one.severity))
        elif made != one.column and made not in one.needs:
            kept.append(one)
    return kept


def _changed(
    table: Table, through: Callable[[Iterable[pa.Table]], Iterator[pa.Table]], folder: Path
) -> Table:
    """Return a table after joins and table steps, in a new file of the folder."""
    raw = (pa.Table.from_batches([b]) for b in parquet.batches(table.path, MOST_ROWS, table.columns))
    return of_pieces(through(raw), folder)


def _compares_texts(one: Check) -> bool:
    levels = one.given.get("levels") or []
    return one.rule in OF_TEXTS or (
        one.rule in ("one_of", "same_distribution")
        and bool(levels)
        and all(isinstance(v, str) for v in levels)
    )


def _typed(table: Table, expected: Mapping[str, str]) -> Table:
    """Return a table with its columns in the kinds that are expected, else in those that the values have.

    A column that is not what was expected becomes text, in which the words for missing are missing.
    """
    kinds = {name: kind_in(table, name) for name in table.columns}
    texts = [name for name in kinds if expected.get(name) == "text"]
    odd = [name for name in kinds if name not in texts and not _fits(kinds[name], expected.get(name))]
    for name in texts:
        if pa.types.is_string(table.type_of(name)) and kinds[name] != "boolean":
            kinds[name] = "category"  # 007 and 1.50 as they are written

    def change(frame: pd.DataFrame) -> pd.DataFrame:
        typed = in_kinds(frame, kinds | dict.fromkeys(odd, "category"))
        for name in texts:
            typed[name] = target_as_text(typed[name])
        for name in odd:
            typed[name] = typed[name].map(lambda v, kind=expected[name]: _cell(v, kind)).astype(object)
        return typed

    types = {
        n: pa.string() if n in texts or n in odd else ARROW.get(k, pa.string()) for n, k in kinds.items()
    }
    return table.rewritten(change, types)


def _fits(kind: str, expected: str | None) -> bool:
    return (
        expected in (None, kind)
        or {kind, expected} == {"integer", "float"}
        or (kind, expected) == ("integer", "boolean")
    )


def _cell(value: str | None, kind: str) -> str | None:
    if value is None or value.strip().lower() in MISSING:
        return None
    return WORDS.get(value.strip().lower(), value) if kind == "boolean" else value
