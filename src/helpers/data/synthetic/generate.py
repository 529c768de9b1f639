"""Synthetic rows of a table: columns drawn by trees, identifiers and texts made anew, copies of real rows left out."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from helpers.data.synthetic import anew
from helpers.data.synthetic.roles import (
    CONSTANT,
    EMPTY,
    IDENTIFIER,
    LEVEL,
    NUMBER,
    TEXT,
    as_float,
    as_levels,
    by_role,
    in_kind_of,
    roles,
)
from helpers.data.synthetic.trees import Drawn
from helpers.errors import BadInput
from helpers.problem import Problem

ROUNDS = 8


@dataclass(frozen=True)
class Synthetic:
    """Synthetic rows (m, p) with the columns and types of the real ones.

    roles   what each column is: number, level, identifier, text, empty or constant
    copies  rows that were drawn, equal a real row in all that was drawn, and were left out
    notes   what a reader should know, one sentence each
    """

    rows: pd.DataFrame
    roles: dict[str, str]
    copies: int
    notes: list[str] = field(default_factory=list)


def synthetic(real: pd.DataFrame, problem: Problem, count: int, seed: int = 0) -> Synthetic:
    """Return count rows that resemble the real ones (n, p); fewer when nearly all that is drawn is a real row.

    The same rows and seed give the same synthetic rows.
    """
    if count < 1:
        raise BadInput(f"synthetic.count must be 1 at least, not {count}")
    if len(real) < 20:
        raise BadInput(
            f"the table has {len(real)} rows, and 20 at least are needed to make others that resemble them"
        )
    found = roles(real, problem)
    if not found:
        raise BadInput("the table has no column, so there is nothing to resemble")
    rng = np.random.default_rng(seed)
    parts: list[pd.DataFrame] = []
    copies = made = 0
    compared = by_role(found, NUMBER, LEVEL)
    for _ in range(ROUNDS):
        drawn = _drawn(real, found, problem, max(count - made, 10), rng)
        copied = is_copy(drawn, real, compared)
        copies += int(copied.sum())
        parts.append(drawn[~copied])
        made += len(parts[-1])
        if made >= count:
            break
    rows = pd.concat(parts, ignore_index=True).iloc[:count]
    for name in by_role(found, IDENTIFIER):
        rows[name] = anew.identifiers(real[name], len(rows), rng).astype(real[name].dtype)
    rows = rows[list(real.columns)].rename_axis(index="row")
    return Synthetic(rows, found, copies, _notes(found, count, len(rows)))


def parted(path: Path, most: int, held_out: float, seed: int = 0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return rows to learn from and rows held out, of at most `most` rows of a Parquet file drawn at random.

    The file is read batch by batch, so that memory holds the drawn rows only.
    """
    import pyarrow.parquet as pq

    if not 0 < held_out < 1:
        raise BadInput(f"synthetic.held_out must be above 0 and below 1, not {held_out:g}")
    if most < 50:
        raise BadInput(f"synthetic.most_rows must be 50 at least, not {most}")
    rng = np.random.default_rng(seed)
    with pq.ParquetFile(path) as file:
        count = file.metadata.num_rows
        drawn = np.sort(rng.choice(count, min(most, count), replace=False))
        parts, start = [], 0
        for batch in file.iter_batches():
            low, high = np.searchsorted(drawn, [start, start + batch.num_rows])
            parts.append(batch.take(drawn[low:high] - start))
            start += batch.num_rows
        rows = pa.Table.from_batches(parts, file.schema_arrow).to_pandas(integer_object_nulls=True)
    held = rng.permutation(len(rows)) < round(held_out * len(rows))
    return rows[~held], rows[held]


def is_copy(rows: pd.DataFrame, real: pd.DataFrame, compared: list[str]) -> np.ndarray:
    """Return a mask (m,) of the rows that equal a real row in all compared columns."""
    if not compared:
        return np.zeros(len(rows), bool)
    return np.isin(_hashes(rows[compared]), _hashes(real[compared]))


def copied(made: Synthetic, real: pd.DataFrame) -> int:
    """Return how many synthetic rows equal a real one in all columns that were drawn."""
    return int(is_copy(made.rows, real, by_role(made.roles, NUMBER, LEVEL)).sum())


def _hashes(frame: pd.DataFrame) -> np.ndarray:
    plain = {
        name: as_levels(values).astype(str)
        if values.dtype == object or pd.api.types.is_bool_dtype(values)
        else as_float(values)
        for name, values in frame.items()
    }
    return pd.util.hash_pandas_object(pd.DataFrame(plain), index=False).to_numpy()


def _drawn(
    real: pd.DataFrame, found: dict[str, str], problem: Problem, count: int, rng: np.random.Generator
) -> pd.DataFrame:
    drawn = Drawn(count, rng, _guide(real, problem))
    columns: dict[str, pd.Series] = {}
    for name in _order(found, problem):
        values = real[name]
        if found[name] == LEVEL:
            columns[name] = in_kind_of(drawn.level(as_levels(values)), values)
        elif found[name] == NUMBER:
            columns[name] = in_kind_of(drawn.number(as_float(values)), values)
        else:
            columns[name] = anew.texts(values, drawn.number(anew.word_counts(values)), rng)
    for name in by_role(found, EMPTY, CONSTANT):
        columns[name] = pd.Series([real[name].iloc[0]] * count).astype(real[name].dtype)
    return pd.DataFrame(columns, index=range(count))


def _order(found: dict[str, str], problem: Problem) -> list[str]:
    """Return the columns to draw, the target first: what all others hang on is then drawn from its true shares."""
    names = by_role(found, NUMBER, LEVEL, TEXT)
    return sorted(names, key=lambda n: n != problem.target)


def _guide(real: pd.DataFrame, problem: Problem) -> np.ndarray:
    """Return numbers (n,) by whose means the levels of a category are sorted: the target's, else the place."""
    if problem.target is None or problem.target not in real:
        return np.arange(len(real), dtype=float)
    values = real[problem.target]
    if problem.is_classification:
        last = problem.positive or (problem.classes[-1] if problem.classes else None)
        return (values.astype(str) == last).to_numpy(float)
    numbers = as_float(values)
    return np.where(np.isnan(numbers), np.nanmean(numbers), numbers)


def _notes(found: dict[str, str], wanted: int, made: int) -> list[str]:
    notes = []
    if made < wanted:
        notes.append(
            f"Only {made:,} of {wanted:,} rows were made: nearly all that could be drawn are real rows."
        )
    if by_role(found, TEXT):
        notes.append("Texts are words in no order, taken from those that stand in five rows or more.")
    return notes
