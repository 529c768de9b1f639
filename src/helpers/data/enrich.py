"""Join other tables to ours: when rows are ingested, and again when new rows are to be predicted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from helpers.data import ingest
from helpers.data.beside import Beside
from helpers.data.enrichment import Enrichment
from helpers.data.joins import Join, read_join
from helpers.data.kinds import typed_table
from helpers.data.table import MOST_ROWS, Table, frame_of, of_pieces
from helpers.errors import BadInput, Failed


def opened(
    lines: Sequence[str], root: Path, originals: Path, temporary: Path, how: str = "plain"
) -> list[Beside]:
    """Return the other tables that joins name, typed, each kept as an original: how is that of `originals.keep`."""
    known: dict[str, tuple[Path, dict[str, str], dict[str, Any]]] = {}
    joins = [read_join(line) for line in lines]
    for join in joins:
        if join.table not in known:
            known[join.table] = _read(join, root, originals, temporary, how)
    return [Beside(join, *known[join.table]) for join in joins]


def enriched(table: Table, beside: Sequence[Beside]) -> tuple[Table, list[dict[str, Any]]]:
    """Return a table with the columns that joins add, in a new file next to its own, and what came of each join."""
    if not beside:
        return table, []
    with pq.ParquetFile(table.path) as file, Enrichment(beside, file.schema_arrow) as joins:
        made = (joins(pa.Table.from_batches([batch])) for batch in file.iter_batches(MOST_ROWS))
        result = of_pieces(made, table.path.parent, table.index)
        report = joins.report()
    if len(result) != len(table):
        raise Failed("the joins changed the number of rows; nothing was joined")
    return result, report


def enriched_frame(frame: pd.DataFrame, beside: Sequence[Beside]) -> pd.DataFrame:
    """Return a frame with the columns that joins add."""
    rows = pa.Table.from_pandas(frame, preserve_index=False)
    with Enrichment(beside, rows.schema) as joins:
        made = joins(rows).select([new.name for added in joins.added for new in added])
    return pd.concat([frame, frame_of(made).set_axis(frame.index)], axis=1)


def as_record(beside: Sequence[Beside], report: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return what a model must know of the joins to have them done to new rows."""
    return [
        {"join": one.join.text, "sha256": one.record["sha256"], "columns": told["columns added"]}
        for one, told in zip(beside, report, strict=True)
    ]


def shown(report: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return what came of the joins as a table to look at."""
    return pd.DataFrame([{**r, "columns added": len(r["columns added"])} for r in report]).set_index("table")


def for_new_rows(
    joins: Sequence[Mapping[str, Any]], root: Path, temporary: Path
) -> Callable[[pa.Table], pa.Table]:
    """Return what does to new rows, as Arrow tables, what was done to those that a model learnt from.

    joins are those of its bundle. One whose columns are there already is left out; BadInput when a table is not at
    hand.
    """
    ready: list[Enrichment] = []

    def through(batch: pa.Table) -> pa.Table:
        if not ready:
            lacking = [j for j in joins if not set(j["columns"]) <= set(batch.column_names)]
            ready.append(Enrichment(_at_hand(lacking, root, temporary), batch.schema))
        return ready[0](batch)

    return through


def _read(
    join: Join, root: Path, originals: Path, temporary: Path, how: str
) -> tuple[Path, dict[str, str], dict[str, Any]]:
    try:
        table, record = ingest.original(ingest.found(join.table, None, root), originals, temporary, how)
        table, kinds = typed_table(table)
    except BadInput as error:
        raise BadInput(f"ingest.joins, {join.text!r}: {error}") from error
    return table.path, kinds, record


def _at_hand(joins: Sequence[Mapping[str, Any]], root: Path, temporary: Path) -> list[Beside]:
    found = []
    for one in joins:
        try:
            found += opened([one["join"]], root, temporary / "originals", temporary)
        except BadInput as error:
            columns = ", ".join(one["columns"][:3]) + (", ..." if len(one["columns"]) > 3 else "")
            raise BadInput(
                f"{error}; put that table there, or add its columns to yours: {columns}"
            ) from error
    return found
