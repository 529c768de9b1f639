"""Add columns of other tables to the rows of one: every row stays, once, in its place.

DuckDB holds the other tables, on the disk where memory ends, and ours goes through it batch by batch. A join by
time looks back only: what came after a row cannot be known when the row is predicted.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from helpers.data.beside import Added, Beside, added, check
from helpers.data.lookup import kind_of, lookup, prepare
from helpers.errors import Failed

MEMORY = "1GB"  # that DuckDB may take before it goes to the disk


@dataclass
class Count:
    """What came of one join so far: rows, those that found one, those without a key, hashes of keys that found none."""

    rows: int = 0
    matched: int = 0
    without_key: int = 0
    keys: np.ndarray = field(default_factory=lambda: np.empty(0, np.uint64))


class Enrichment:
    """Joins that are ready: call it with an Arrow table of our rows to get the table with all columns.

    schema  of our table before; what it says of kinds decides how keys are compared
    added   for every join, the columns that it adds
    """

    def __init__(self, beside: Sequence[Beside], schema: pa.Schema) -> None:
        self.beside, self.counts = list(beside), [Count() for _ in beside]
        self._folder = tempfile.TemporaryDirectory(prefix="joins-")
        self._duckdb = duckdb.connect(config={"memory_limit": MEMORY, "temp_directory": self._folder.name})
        self._duckdb.execute("SET TimeZone = 'UTC'")
        self.added: list[list[Added]] = []
        self._sql: list[str] = []
        known = {f.name: kind_of(f.type) for f in schema}
        for number, one in enumerate(self.beside):
            check(one, known)
            self._same_kinds(one, known)
            self.added.append(added(one, known))
            prepare(self._duckdb, number, one, self.added[-1])
            self._sql.append(lookup(number, one, self.added[-1], known))
            known |= {new.name: one.kind(new.source) if new.source else "integer" for new in self.added[-1]}

    def __enter__(self) -> Enrichment:
        return self

    def __exit__(self, *_: object) -> None:
        self._duckdb.close()
        self._folder.cleanup()

    def __call__(self, batch: pa.Table) -> pa.Table:
        """Return the rows (n) with the columns that all joins add."""
        for number, one in enumerate(self.beside):
            columns = {f"o{n}": batch.column(ours) for n, (ours, _) in enumerate(one.join.columns)}
            self._duckdb.register("ours", pa.table({"p": np.arange(batch.num_rows), **columns}))
            found = self._duckdb.sql(self._sql[number]).to_arrow_table()
            self._duckdb.unregister("ours")
            if found.num_rows != batch.num_rows:
                raise Failed(
                    f"ingest.joins, {one.join.text!r} changed the number of rows; nothing was joined"
                )
            self._note(self.counts[number], found)
            for n, new in enumerate(self.added[number]):
                batch = batch.append_column(new.name, found.column(f"g{n}"))
        return batch

    def report(self) -> list[dict[str, Any]]:
        """Return what each join did; BadInput for one that found nothing at all."""
        for one, count in zip(self.beside, self.counts, strict=True):
            if count.rows and not count.matched:
                shown = " + ".join(ours for ours, _ in one.join.columns)
                why = f"; {count.without_key:,} have none that could be compared" if count.without_key else ""
                raise one.wrong(f"none of {count.rows:,} rows finds its {shown} in {one.join.stem}{why}")
        return [
            {
                "table": one.join.stem,
                "rows before": count.rows,
                "rows after": count.rows,
                "matched": count.matched / max(count.rows, 1),
                "rows without a match": count.rows - count.matched,
                "of these without a key": count.without_key,
                "keys without a match": len(count.keys),
                "columns added": [column.name for column in new],
            }
            for one, count, new in zip(self.beside, self.counts, self.added, strict=True)
        ]

    def _note(self, count: Count, found: pa.Table) -> None:
        hit, lacking, mark = (found.column(n).to_numpy() for n in ("hit", "lacking", "mark"))
        count.rows += len(hit)
        count.matched += int(hit.sum())
        count.without_key += int(lacking.sum())
        count.keys = np.union1d(count.keys, mark[~hit & ~lacking])

    def _same_kinds(self, one: Beside, known: dict[str, str]) -> None:
        for ours, theirs in one.join.columns:
            mine, other = known[ours], one.kind(theirs)
            numbers = {"integer", "float"}
            if mine != other and "text" not in (mine, other) and not {mine, other} <= numbers:
                raise one.wrong(
                    f"{ours!r} is {mine} and {theirs!r} of {one.join.stem} is {other}; they never agree"
                )
