"""Which other tables can be joined, told by values: names of columns don't count.

A column of ours refers to a key of another table when its values are among that key's values more often than
chance would have it. Chance is the share of all values such a key could have that it does have: small numbers are
found in any list of small numbers, and say nothing; airport codes are not.

The evidence is n · KL(c ‖ d) in bits (Sanov's bound on the probability of the coincidence): n different values of
ours, the share c of them found, the share d that chance would find.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb

from helpers.data.joins import written
from helpers.errors import within

COMPARED = {"integer": "BIGINT", "date": "TIMESTAMP", "category": "VARCHAR", "text": "VARCHAR"}
SAMPLE = 200_000  # rows of ours whose values are looked up
SURE, LIKELY = 20.0, 8.0  # bits for a new key, and for a second column that refers to a key already found
FEWEST, MANY = 3, 20  # different values that must be shared; texts that show a form
MOST_PARTS = 12  # columns of another table that may be part of a key of two


@dataclass(frozen=True)
class Candidate:
    """A way to join another table.

    keys      (ours, theirs) columns
    coverage  share of our rows that find a row
    unique    whether every key is in one row of the other table
    evidence  in bits, against a coincidence
    """

    table: str
    keys: tuple[tuple[str, str], ...]
    coverage: float
    unique: bool
    evidence: float
    prefix: str = ""

    @property
    def entry(self) -> str:
        """The join as `ingest.joins` takes it."""
        on = " and ".join(written(a) if a == b else f"{written(a)} = {written(b)}" for a, b in self.keys)
        prefix = f" prefix {written(self.prefix)}" if self.prefix else ""
        return f"{written(self.table)} on {on}{prefix}" + ("" if self.unique else " aggregate count and mean")


@dataclass(frozen=True)
class _Column:
    """What is known of a column: its kind, different values, all values, and the range of numbers and moments."""

    name: str
    kind: str
    distinct: int
    rows: int
    low: int | None
    high: int | None

    @property
    def is_unique(self) -> bool:
        return self.distinct == self.rows >= FEWEST


class Finder:
    """Our rows, ready for other tables to be compared with.

    path   Parquet file of the rows; kinds of the columns that may refer to other tables
    """

    def __init__(self, path: Path, kinds: Mapping[str, str], least_coverage: float = 0.3) -> None:
        within("related.least_coverage", least_coverage, 0, 1)
        self._duckdb = duckdb.connect(config={"memory_limit": "1GB"})
        self._duckdb.execute("SET TimeZone = 'UTC'")
        self.least_coverage = least_coverage
        names = [n for n, kind in kinds.items() if kind in COMPARED]
        self._names = {name: f"o{n}" for n, name in enumerate(names)}
        columns = ", ".join(f"{_quoted(n)}::{COMPARED[kinds[n]]} AS {o}" for n, o in self._names.items())
        rows = self._duckdb.read_parquet(str(path))
        rows.create_view("source")
        self._duckdb.execute(
            f"CREATE TABLE ours AS SELECT {columns or '1 AS none'} FROM source "
            f"USING SAMPLE reservoir({SAMPLE} ROWS) REPEATABLE (0)"
        )
        self.ours = [self._column("ours", o, n, kinds[n]) for n, o in self._names.items()]
        self._rows = self._number("SELECT count(*) FROM ours")
        for kind in set(COMPARED.values()):
            self._values(kind)

    def candidates(self, name: str, content: Path, kinds: Mapping[str, str]) -> list[Candidate]:
        """Return the ways to join a table, those with most evidence first; none when it is unrelated.

        content is a Parquet file of typed columns; kinds are those of all its columns, in their order.
        """
        compared = {c: k for c, k in kinds.items() if k in COMPARED}
        if not compared:
            return []
        places = {c: f"x{n}" for n, c in enumerate(kinds)}
        read = ", ".join(f"{places[c]}::{COMPARED[k]} AS {places[c]}" for c, k in compared.items())
        self._duckdb.read_parquet(str(content)).create_view("file", replace=True)
        self._duckdb.execute(
            f"CREATE OR REPLACE TABLE theirs AS SELECT {read} FROM file AS t({', '.join(places.values())})"
        )
        rows = self._number("SELECT count(*) FROM theirs")
        theirs = [self._column("theirs", places[c], c, k) for c, k in compared.items()]
        found = {t.name: list(self._referring(t, places[t.name])) for t in theirs}
        made = [
            Candidate(name, ((ours.name, t.name),), coverage, True, bits)
            for t in theirs if t.is_unique
            for ours, coverage, bits in found[t.name]
        ]  # fmt: skip
        made += self._pairs(name, theirs, found, places, rows)
        made += self._many(name, theirs, places)
        return _prefixed(_credible(made, self.least_coverage))

    def _referring(self, theirs: _Column, place: str) -> Iterator[tuple[_Column, float, float]]:
        """Return the columns of ours whose values are found in a column of theirs: coverage and evidence."""
        kind = COMPARED[theirs.kind]
        found = self._duckdb.execute(
            f"SELECT c, count(*), sum(n) FROM values_{kind} AS v "
            f"SEMI JOIN (SELECT DISTINCT {place} AS x FROM theirs) AS t ON v.value = t.x GROUP BY c ORDER BY c"
        ).fetchall()
        for number, hits, rows in found:
            ours = self.ours[number]
            if hits >= FEWEST and rows / self._rows >= self.least_coverage:
                chance = self._chance(theirs, place, ours)
                yield (
                    ours,
                    rows / self._rows,
                    max(evidence(ours.distinct, hits, chance), _same_range(ours, theirs)),
                )

    def _chance(self, theirs: _Column, place: str, ours: _Column) -> float:
        """Return the share of possible values that a column of theirs has, where ours has values."""
        if COMPARED[theirs.kind] == "VARCHAR":
            return min(theirs.distinct / self._possible(place), 1 - 1e-9)
        assert None not in (theirs.low, theirs.high, ours.low, ours.high)
        unit = self._unit(place, ours) if theirs.kind == "date" else 1
        whole = (theirs.high - theirs.low) // unit + 1  # type: ignore[operator]
        there = (ours.high - ours.low) // unit + 1  # type: ignore[operator]
        value = place if theirs.kind == "integer" else f"epoch({place})::BIGINT"
        near = self._number(
            f"SELECT count(DISTINCT {place}) FROM theirs WHERE {value} BETWEEN {ours.low} AND {ours.high}"
        )
        return min(max(theirs.distinct / whole, near / there), 1 - 1e-9)

    def _possible(self, place: str) -> float:
        """Return how many texts there are like those of a column: at every place a character of the same kinds.

        A character that stands there in all of many texts is part of their form and tells nothing apart.
        """
        places = self._duckdb.execute(
            f"SELECT count(*), count(DISTINCT c), bool_or(c BETWEEN 'a' AND 'z'), bool_or(c BETWEEN 'A' AND 'Z'), "
            f"bool_or(c BETWEEN '0' AND '9'), bool_or(NOT regexp_matches(c, '[a-zA-Z0-9]')) "
            f"FROM (SELECT x, unnest(range(1, 13)) AS p, substr(x, p, 1) AS c FROM "
            f"(SELECT DISTINCT {place} AS x FROM theirs WHERE {place} <> '')) "
            f"WHERE p <= length(x) GROUP BY p ORDER BY p"
        ).fetchall()
        bits = 0.0
        for count, different, *kinds in places:
            size = sum(size for size, there in zip((26, 26, 10, 10), kinds, strict=True) if there)
            form = different == 1 and count >= MANY
            bits += 0.0 if form else count / places[0][0] * math.log2(size)
        return 2.0**bits

    def _unit(self, place: str, ours: _Column) -> int:
        """Return the largest of day, hour, minute and second in which both columns count, in seconds."""
        mine = self._names[ours.name]
        for seconds in (86_400, 3_600, 60):
            odd = self._number(
                f"SELECT count(*) FROM (SELECT {place} AS x FROM theirs UNION ALL SELECT {mine} FROM ours) "
                f"WHERE epoch(x)::BIGINT % {seconds} <> 0"
            )
            if not odd:
                return seconds
        return 1

    def _pairs(
        self,
        name: str,
        theirs: Sequence[_Column],
        found: Mapping[str, list],
        places: Mapping[str, str],
        rows: int,
    ) -> Iterator[Candidate]:
        """Return the keys of two columns, neither of which is one alone."""
        parts = [t for t in theirs if found[t.name] and not t.is_unique and t.distinct > 1]
        parts = sorted(parts, key=lambda t: -max(bits for _, _, bits in found[t.name]))[:MOST_PARTS]
        for n, one in enumerate(parts):
            for two in parts[n + 1 :]:
                if one.distinct * two.distinct < rows or not self._is_key(
                    [places[one.name], places[two.name]]
                ):
                    continue
                for a, _, first in found[one.name][:3]:
                    for b, _, second in found[two.name][:3]:
                        if a.name != b.name:
                            keys = ((a.name, one.name), (b.name, two.name))
                            yield Candidate(name, keys, self._covered(keys, places), True, first + second)

    def _is_key(self, columns: Sequence[str]) -> bool:
        listed, whole = ", ".join(columns), " AND ".join(f"{c} IS NOT NULL" for c in columns)
        several = f"SELECT 1 FROM theirs WHERE {whole} GROUP BY {listed} HAVING count(*) > 1 LIMIT 1"
        return not self._duckdb.execute(several).fetchall()

    def _covered(self, keys: Sequence[tuple[str, str]], places: Mapping[str, str]) -> float:
        equal = " AND ".join(f"ours.{self._names[a]} = theirs.{places[b]}" for a, b in keys)
        return self._number(f"SELECT count(*) FROM ours SEMI JOIN theirs ON {equal}") / self._rows

    def _many(self, name: str, theirs: Sequence[_Column], places: Mapping[str, str]) -> Iterator[Candidate]:
        """Return the columns of theirs that refer to a key of ours from several rows, such as a client's orders."""
        for ours in (o for o in self.ours if o.is_unique):
            mine, kind = self._names[ours.name], COMPARED[ours.kind]
            for t in theirs:
                if t.is_unique or COMPARED[t.kind] != kind or kind == "TIMESTAMP":
                    continue
                hits = self._number(
                    f"SELECT count(*) FROM (SELECT DISTINCT {places[t.name]} AS x FROM theirs) AS t "
                    f"SEMI JOIN ours ON ours.{mine} = t.x"
                )
                if hits >= FEWEST:
                    if kind == "VARCHAR":
                        bits = evidence(t.distinct, hits, self._share(ours, places[t.name]))
                    else:
                        bits = max(evidence(t.distinct, hits, self._dense(ours, t)), _same_range(t, ours))
                    yield Candidate(name, ((ours.name, t.name),), hits / self._rows, False, bits)

    def _share(self, ours: _Column, place: str) -> float:
        """Return the share of texts like those of a column of theirs that a key of ours has."""
        return min(ours.distinct / self._possible(place), 1 - 1e-9)

    def _dense(self, ours: _Column, theirs: _Column) -> float:
        """Return the share of the whole numbers where a column of theirs has values that a key of ours has."""
        assert None not in (ours.low, ours.high, theirs.low, theirs.high)
        near = self._number(
            f"SELECT count(*) FROM ours WHERE {self._names[ours.name]} BETWEEN {theirs.low} AND {theirs.high}"
        )
        whole, there = ours.high - ours.low + 1, theirs.high - theirs.low + 1  # type: ignore[operator]
        return min(max(ours.distinct / whole, near / there), 1 - 1e-9)

    def _column(self, table: str, place: str, name: str, kind: str) -> _Column:
        value = {"integer": place, "date": f"epoch({place})::BIGINT"}.get(kind, "NULL::BIGINT")
        about = f"SELECT count(DISTINCT {place}), count({place}), min({value}), max({value}) FROM {table}"
        return _Column(name, kind, *self._duckdb.execute(about).fetchall()[0])

    def _values(self, kind: str) -> None:
        parts = [
            f"SELECT {n} AS c, {self._names[o.name]} AS value, count(*) AS n FROM ours "
            f"WHERE {self._names[o.name]} IS NOT NULL GROUP BY ALL"
            for n, o in enumerate(self.ours) if COMPARED[o.kind] == kind
        ]  # fmt: skip
        none = f"SELECT 0 AS c, NULL::{kind} AS value, 0 AS n LIMIT 0"
        self._duckdb.execute(f"CREATE TABLE values_{kind} AS {' UNION ALL '.join(parts) or none}")

    def _number(self, sql: str) -> Any:
        return self._duckdb.execute(sql).fetchall()[0][0]


def evidence(n: int, hits: int, chance: float) -> float:
    """Return the bits against a coincidence when hits of n values are found and chance would find a share.

    >>> evidence(10, 10, 0.5), evidence(10, 5, 0.5), evidence(100, 100, 1 - 1e-9) < 1e-3
    (10.0, 0.0, True)
    """
    share = min(hits / n, 1.0)
    if share <= chance:
        return 0.0
    rest = (1 - share) * math.log2((1 - share) / (1 - chance)) if share < 1 else 0.0
    return n * (share * math.log2(share / chance) + rest)


def _same_range(ours: _Column, theirs: _Column) -> float:
    """Return the bits that lie in two long counts having the same beginning and end; both begin at 0 or 1 anyway."""
    if (
        ours.low is None
        or (ours.low, ours.high) != (theirs.low, theirs.high)
        or ours.distinct < 0.9 * theirs.distinct
    ):
        return 0.0
    return math.log2(max(theirs.distinct, 1)) * (1 if ours.low in (0, 1) else 2)


def _credible(found: Sequence[Candidate], least_coverage: float) -> list[Candidate]:
    """Return what is no coincidence: for every key of theirs a sure column of ours, and others that are likely."""
    ranked = sorted(found, key=lambda c: (-c.evidence, -c.coverage, c.keys))
    covered = [c for c in ranked if c.coverage >= least_coverage]
    sure = {tuple(t for _, t in c.keys) for c in covered if c.evidence >= SURE}
    kept: list[Candidate] = []
    for one in covered:
        key = tuple(t for _, t in one.keys)
        double = any({a for a, _ in one.keys} == {a for a, _ in k.keys} for k in kept)
        if key in sure and one.evidence >= LIKELY and not double:
            kept.append(one)
    return kept


def _prefixed(found: list[Candidate]) -> list[Candidate]:
    """Return candidates with a prefix where one table is joined several times."""
    if len(found) < 2:
        return found
    return [replace(c, prefix=f"{c.keys[0][0]}_") for c in found]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
