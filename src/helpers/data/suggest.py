"""The steps of the notebook about related tables: look at each, judge the joins, say how to write them."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from helpers.data.at_hand import read_table
from helpers.data.beside import Beside
from helpers.data.gain import gains
from helpers.data.joins import read_join
from helpers.data.related import Candidate, Finder
from helpers.errors import BadInput, Failed
from helpers.problem import Problem

COLUMNS = ("table", "ours", "theirs", "coverage", "unique", "evidence", "gain", "error", "join")


@dataclass(frozen=True)
class Found:
    """A way to join a table, and that table, typed."""

    candidate: Candidate
    content: Path
    kinds: dict[str, str]


def related(
    rows: Path, problem: Problem, names: Sequence[str], root: Path, temporary: Path, least_coverage: float
) -> tuple[list[Found], dict[str, str]]:
    """Return the ways to join the named tables, and for each table that cannot be read the reason.

    What is joined already is left out, and no way gives a column a name that is taken.
    """
    joined = {(j.table, j.keys) for j in (read_join(one["join"]) for one in problem.joins)}
    kinds = {c: k for c, k in problem.types.items() if c != problem.target}
    finder = Finder(rows, kinds, least_coverage)
    found: list[Found] = []
    unread: dict[str, str] = {}
    for name in names:
        try:
            content, theirs = read_table(name, root, temporary)
        except (BadInput, Failed) as error:
            unread[name] = str(error)
            continue
        ways = [one for one in finder.candidates(name, content, theirs) if (name, one.keys) not in joined]
        found += [Found(_free(one, theirs, problem.types), content, theirs) for one in ways]
    return found, unread


def _free(way: Candidate, theirs: Iterable[str], ours: Container[str]) -> Candidate:
    """Return a way to join with a longer prefix where its own would give a column a name that is taken."""
    while way.prefix and any(f"{way.prefix}{name}" in ours for name in theirs):
        way = replace(way, prefix=f"{read_join(way.entry).stem}_{way.prefix}")
    return way


def judged(
    rows: pd.DataFrame, problem: Problem, found: Sequence[Found], folds: int, most_rows: int, seed: int
) -> pd.DataFrame:
    """Return a row a way to join: table, keys, coverage, whether unique, evidence in bits, gain and its error."""
    beside = [Beside(read_join(f.candidate.entry), f.content, f.kinds) for f in found]
    worth = gains(rows, problem, beside, folds, most_rows, seed)
    lines: list[dict[str, Any]] = []
    for one, (gain, error) in zip(found, worth, strict=True):
        candidate = one.candidate
        lines.append({
            **{k: v for k, v in asdict(candidate).items() if k in COLUMNS},
            "ours": " + ".join(a for a, _ in candidate.keys), "theirs": " + ".join(b for _, b in candidate.keys),
            "gain": gain, "error": error, "join": candidate.entry,
        })  # fmt: skip
    table = pd.DataFrame(lines, columns=list(COLUMNS)).astype({"unique": bool, "gain": float, "error": float})
    return table.sort_values("gain", ascending=False, ignore_index=True).rename_axis("row")


def worthwhile(judged: pd.DataFrame) -> pd.DataFrame:
    """Return the ways to join that gained more than twice their standard error; all without a target."""
    if judged["gain"].isna().all():
        return judged
    return judged[judged["gain"] > 2 * judged["error"]]


def to_paste(joins: Sequence[str]) -> str:
    """Return joins as the lines of a config."""
    return yaml.safe_dump(
        {"ingest": {"joins": list(joins)}}, allow_unicode=True, width=10_000, sort_keys=False
    )
