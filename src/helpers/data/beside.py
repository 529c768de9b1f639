"""Another table that is joined: which of its columns are added and what they are called then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from helpers.data.joins import Join
from helpers.errors import BadInput, nearest

NUMBERS = ("integer", "float", "boolean")
FITS = {"mean": NUMBERS, "sum": NUMBERS, "min": (*NUMBERS, "date"), "max": (*NUMBERS, "date")}


@dataclass(frozen=True)
class Beside:
    """Another table and how it is joined.

    join     as it was written
    content  its typed rows: an Arrow table, or a Parquet file
    kinds    all columns in their order -> integer, float, boolean, date; all else is text
    record   where it came from, such as its sha256
    """

    join: Join
    content: pa.Table | Path
    kinds: Mapping[str, str]
    record: Mapping[str, Any] = field(default_factory=dict)

    def kind(self, column: str) -> str:
        """Return how a column is compared: integer, float, boolean, date or text."""
        return self.kinds[column] if self.kinds[column] in (*NUMBERS, "date") else "text"

    def wrong(self, what: str) -> BadInput:
        """Return an error about this join."""
        return BadInput(f"ingest.joins, {self.join.text!r}: {what}")


@dataclass(frozen=True)
class Added:
    """A new column: its name, and the column of the other table and the function that make it."""

    name: str
    source: str | None
    function: str | None = None


def check(one: Beside, ours: Iterable[str]) -> None:
    """Raise BadInput when a column that the join names is not there, or its column of time is none."""
    join, here, there = one.join, list(ours), list(one.kinds)
    for mine, theirs in join.columns:
        if mine not in here:
            raise one.wrong(f"our table has no column {mine!r}{nearest(mine, here)}")
        if theirs not in there:
            raise one.wrong(f"{join.stem} has no column {theirs!r}{nearest(theirs, there)}")
    for name in join.take:
        if name not in there:
            raise one.wrong(f"{join.stem} has no column {name!r} to take{nearest(name, there)}")
    if join.at and one.kind(join.at[1]) != "date":
        raise one.wrong(f"{join.at[1]!r} of {join.stem} is {one.kinds[join.at[1]]}, and a time is needed")


def added(one: Beside, ours: Iterable[str]) -> list[Added]:
    """Return the columns that the join adds, none of them named as one of ours.

    Without a prefix, a name that is taken gets that of the other table before it.
    """
    join, taken, found = one.join, set(ours), []
    for new in _wanted(one):
        name = f"{join.prefix}{new.name}"
        if name in taken and not join.prefix:
            name = f"{join.stem}_{name}"
        if name in taken:
            raise one.wrong(f"there are two columns {name!r} then; add: prefix {join.stem}_")
        taken.add(name)
        found.append(Added(name, new.source, new.function))
    if not found:
        raise one.wrong(f"{join.stem} has no column that it could add")
    return found


def _wanted(one: Beside) -> Sequence[Added]:
    join = one.join
    keys = {theirs for _, theirs in join.columns}
    names = join.take or [c for c in one.kinds if c not in keys]
    if not join.aggregate:
        return [Added(name, name) for name in names]
    made = []
    for name in names:
        for function in (f for f in join.aggregate if f != "count"):
            if one.kind(name) in FITS[function]:
                made.append(Added(f"{name}_{function}", name, function))
            elif join.take:
                raise one.wrong(f"{name!r} of {join.stem} is {one.kinds[name]}, and has no {function}")
    counted = [Added(f"{'' if join.prefix else join.stem + '_'}count", None, "count")]
    return made + counted * ("count" in join.aggregate)
