"""How a person writes a join, on one line:

data/weather.csv on origin before time_hour within 6h take temp and visib prefix w_

on         key columns of both tables, `ours = theirs` where the names differ, several with `and`
as of      columns of time: the latest row of theirs at that moment or earlier; `before`: earlier only
within     how old that row may be: 90s, 30min, 6h, 2d, 1w
take       the columns to add; default: all but the keys
prefix     put before the names of all added columns
aggregate  count, mean, sum, min or max of the rows that share a key, instead of refusing them

A name with spaces, or one that is such a word, stands in double quotes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from helpers.errors import BadInput, nearest

CLAUSES = ("on", "as of", "before", "within", "take", "prefix", "aggregate")
FUNCTIONS = ("count", "mean", "sum", "min", "max")
UNITS = {"s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
WORD = re.compile(r'\s*("(?:[^"]|"")*"|=|as\s+of(?=\s)|[^\s="]+)', re.IGNORECASE)
Pair = tuple[str, str]


@dataclass(frozen=True)
class Join:
    """One join: the other table and how its rows are found.

    text       as it was written
    table      file or database URL of the other table
    keys       (ours, theirs) columns that must be equal
    at         (ours, theirs) columns of time, when the latest row up to then is wanted; strictly: before then
    within     seconds that such a row may be old; None without a limit
    take       columns of theirs to add, all but keys when empty; prefix goes before their names
    aggregate  functions over the rows that share a key; empty when there must be one row a key
    """

    text: str
    table: str
    keys: tuple[Pair, ...] = ()
    at: Pair | None = None
    strictly: bool = False
    within: float | None = None
    take: tuple[str, ...] = ()
    prefix: str = ""
    aggregate: tuple[str, ...] = ()

    @property
    def columns(self) -> list[Pair]:
        """All (ours, theirs) columns that are compared, that of time last."""
        return [*self.keys, *([self.at] if self.at else [])]

    @property
    def stem(self) -> str:
        """The name of the other table without folder and suffixes."""
        asked = re.search(r"[?&](?:table|sheet)=([^&#]+)", self.table)
        name = asked[1] if asked else re.split(r"[/\\]", self.table.partition("?")[0])[-1]
        return re.sub(r"\W+", "_", name.partition(".")[0]).strip("_") or "other"


def read_join(text: str) -> Join:
    """Return the join that a line says; BadInput tells what is wrong with it.

    >>> read_join("planes.csv on tailnum = tail prefix plane_").keys
    (('tailnum', 'tail'),)
    """
    opening = re.match(r'\s*(?:"([^"]+)"|(\S+))', text)
    if not opening:
        raise BadInput("a join must name a table, such as planes.csv on tailnum; this one is empty")
    clauses = _clauses(text, text[opening.end() :])
    for clause, words in clauses.items():
        if not words:
            raise _wrong(text, f"nothing follows {clause!r}")
    keys = tuple(_pairs(text, clauses.get("on", [])))
    moment = "before" if "before" in clauses else "as of"
    at = _pairs(text, clauses.get(moment, []))
    if not keys and not at:
        raise _wrong(text, "it must say by which columns: on COLUMN, as of COLUMN, or both")
    if len(at) > 1 or {"before", "as of"} <= set(clauses):
        raise _wrong(text, "only one column of time can be followed")
    if "within" in clauses and not at:
        raise _wrong(text, "within needs a column of time: as of COLUMN, or before COLUMN")
    return Join(
        text.strip(), opening[1] or opening[2], keys, at[0] if at else None, moment == "before" and bool(at),
        _seconds(text, clauses["within"]) if "within" in clauses else None,
        tuple(_names(text, "take", clauses.get("take", []))),
        "".join(_names(text, "prefix", clauses.get("prefix", []), most=1)),
        tuple(_functions(text, clauses.get("aggregate", []))),
    )  # fmt: skip


def written(name: str) -> str:
    """Return a column's or table's name as a join spells it.

    >>> written("time_hour"), written("air time"), written("on")
    ('time_hour', '"air time"', '"on"')
    """
    plain = re.fullmatch(r'[^\s="]+', name) and name.lower() not in (*CLAUSES, "and", "as", "of")
    return name if plain else '"' + name.replace('"', '""') + '"'


def _clauses(text: str, rest: str) -> dict[str, list[str]]:
    """Return clause -> its words, those in quotes still quoted."""
    clauses: dict[str, list[str]] = {}
    words: list[str] | None = None
    at = 0
    while rest[at:].strip():
        found = WORD.match(rest, at)
        if not found:
            raise _wrong(text, 'a double quote (") has no partner')
        at, word = found.end(), found[1]
        name = re.sub(r"\s+", " ", word.lower())
        if name in CLAUSES:
            if name in clauses:
                raise _wrong(text, f"{name!r} stands there twice; put a column of that name in double quotes")
            words = clauses[name] = []
        elif words is None:
            raise _wrong(
                text, f"{word!r} is no word of a join{nearest(word, CLAUSES)} ({', '.join(CLAUSES)})"
            )
        else:
            words.append(word)
    return clauses


def _pairs(text: str, words: list[str]) -> list[Pair]:
    """Return (ours, theirs) of `a`, `a = b`, `a and b = c`."""
    pairs = []
    for part in _parts(words):
        if len(part) == 3 and part[1] == "=" and "=" not in (part[0], part[2]):
            pairs.append((_bare(part[0]), _bare(part[2])))
        elif len(part) == 1 and part[0] != "=":
            pairs.append((_bare(part[0]), _bare(part[0])))
        else:
            shown = " ".join(part)
            raise _wrong(text, f"{shown!r} must be COLUMN or OURS = THEIRS; several are joined by `and`")
    return pairs


def _names(text: str, clause: str, words: list[str], most: int | None = None) -> list[str]:
    parts = _parts(words)
    if any(len(p) != 1 or p[0] == "=" for p in parts) or (most and len(parts) > most):
        raise _wrong(
            text, f"{clause} must be followed by one name" + (" or several with `and`" * (most is None))
        )
    return [_bare(p[0]) for p in parts]


def _functions(text: str, words: list[str]) -> list[str]:
    names = _names(text, "aggregate", words)
    for name in names:
        if name not in FUNCTIONS:
            raise _wrong(text, f"{name!r} is no function{nearest(name, FUNCTIONS)} ({', '.join(FUNCTIONS)})")
    return names


def _seconds(text: str, words: list[str]) -> float:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([a-z]+)", "".join(words).lower())
    if not found or found[2] not in UNITS or not float(found[1]):
        shown = " ".join(words)
        raise _wrong(
            text, f"within must be followed by a time such as 90s, 30min, 6h, 2d or 1w, not {shown!r}"
        )
    return float(found[1]) * UNITS[found[2]]


def _parts(words: list[str]) -> list[list[str]]:
    """Return words cut at `and`."""
    parts: list[list[str]] = [[]]
    for word in words:
        if word.lower() == "and":
            parts.append([])
        else:
            parts[-1].append(word)
    return parts if words else []


def _bare(word: str) -> str:
    return word[1:-1].replace('""', '"') if word.startswith('"') else word


def _wrong(text: str, what: str) -> BadInput:
    return BadInput(f"ingest.joins, {text.strip()!r}: {what}")
