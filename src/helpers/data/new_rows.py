"""New rows on their way to a model: joined to the tables that it learnt with, and of its granularity."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from helpers.data import enrich, reshape

BATCH = 8192


def prepared(
    raw: Iterable[pa.Table],
    joins: Sequence[Mapping[str, Any]],
    steps: Sequence[Mapping[str, Any]],
    root: Path,
    temporary: Path,
) -> Iterator[pa.Table]:
    """Return raw rows, piece by piece, after the joins and the table steps that stand in a bundle.

    Table steps see all rows at once, so what they look back at must be among them; a file in the temporary folder
    holds the rows meanwhile. BadInput when a table to join is not at hand, or a column that a step needs.
    """
    if joins:
        raw = map(enrich.for_new_rows(joins, root, temporary), raw)
    if not steps:
        yield from raw
        return
    with pq.ParquetFile(reshape.for_new_rows(steps, raw, temporary)) as made:
        for batch in made.iter_batches(BATCH):
            yield pa.Table.from_batches([batch])
