"""Run checks over a table, and say what they found: a line a wrong row, a line a check, worst first."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from helpers.data.checks.answers import Answer, read
from helpers.data.checks.check import SEVERITIES, Check
from helpers.data.checks.own import told
from helpers.data.checks.rows import Rows
from helpers.data.checks.values import as_dates, as_numbers
from helpers.errors import Answerable, BadInput, Failed, nearest, within
from helpers.report.text import count

FINDINGS = ["check", "severity", "column", "row", "value", "message"]
SUMMARY = ["check", "severity", "column", "wrong", "share", "expected", "seconds", "file"]
NOT_JUDGED = "not judged: its column is not there"
Kinds = Mapping[str | None, str]
READS = {"integer": as_numbers, "float": as_numbers, "date": as_dates}


@dataclass(frozen=True)
class Judged:
    """What checks found.

    findings  a line a wrong row: check, severity, column, row (its label; missing when it is about the table),
              value as text, message; the worst severity first
    summary   a line a check: check, severity, column, wrong (rows; 1 for the table), share of all rows,
              expected, seconds, file (a person's own that it stands in)
    """

    findings: pd.DataFrame
    summary: pd.DataFrame

    def raised(self) -> pd.DataFrame:
        """Return the lines of the summary that found something."""
        return self.summary[self.summary["wrong"] > 0]

    def worst_rows(self, most: int = 10) -> pd.DataFrame:
        """Return the rows with the gravest and then most findings: row, worst, findings, and what is wrong."""
        found = self.findings.dropna(subset="row")
        found = found.assign(gravity=found["severity"].map(SEVERITIES.index), wrong=_wrong(found))
        table = found.groupby("row").agg(
            worst=("gravity", "max"), findings=("check", "size"), wrong=("wrong", "; ".join)
        )
        table = table.sort_values(["worst", "findings"], ascending=False, kind="stable").head(most)
        return table.assign(worst=table["worst"].map(lambda g: SEVERITIES[int(g)]))

    def told(self, line: Mapping[Any, Any]) -> str:
        """Return a line of the summary that found something in words, with the first rows to look at."""
        same = (self.findings["check"] == line["check"]) & (self.findings["severity"] == line["severity"])
        part = self.findings[same]
        labels = [str(r) for r in part["row"].dropna()]
        shown = f"{', '.join(labels[:5])}{', ...' * (line['wrong'] > 5)}"
        where = f", {count(line['wrong'], 'row')} ({shown})" if labels else ""
        return f"{line['check']}{where}: {part['message'].iloc[0].rstrip('.')}"


@dataclass(frozen=True)
class _Absent:
    """Columns that a check expects and that are not there, and the ids of the checks that need them."""

    columns: set[str]
    checks: set[int] = field(default_factory=set)

    def explains(self, error: BaseException) -> bool:
        """Whether an error in a person's function says that one of these columns is not there."""
        return isinstance(error, KeyError | AttributeError) and any(
            repr(c) in str(error) for c in self.columns
        )


def judge(
    table: pd.DataFrame | str | Path | Rows,
    checks: Sequence[Check],
    most: int = 1000,
    references: Path | None = None,
    seconds: float = 60,
) -> Judged:
    """Run checks over a DataFrame or the Parquet file at a path.

    most        rows that are listed for a check; the summary counts all
    references  folder, or file, of the tables that checks refer to
    seconds     a person's own check may take at most
    """
    within("validate.most_findings", most, 1)
    within("validate.most_seconds", seconds, 0.001)
    rows = table if isinstance(table, Rows) else Rows(table, references)
    left, absent = _possible(rows, checks)
    kinds = {c.column: c.given["kind"] for c in checks if c.rule == "of_kind"}
    answers = {id(c): Answer(c, most) for c in checks}
    for one in left:
        if one.by != "row":
            with _told(one, seconds, answers[id(one)], absent):
                _answer_at_once(rows, one, answers[id(one)], kinds)
    needed = list(dict.fromkeys(name for c in left if c.by == "row" for name in c.needs or rows.names))
    for piece in rows.pieces(needed) if any(c.by == "row" for c in left) else []:
        for one in left:
            if one.by == "row":
                with _told(one, seconds, answers[id(one)], absent):
                    _answer_a_piece(piece, one, answers[id(one)], kinds)
    return _judged(rows, [answers[id(c)] for c in checks], absent.checks)


def stop_if_any(judged: Judged, suite_file: str | None = None) -> None:
    """Raise `Failed` when a check of severity "stop" found something: the first rows to look at, and what to do.

    suite_file  where the suite stands; among the files of the report when it was suggested
    """
    grave = judged.raised()
    grave = grave[grave["severity"] == "stop"]
    if grave.empty:
        return
    said = [judged.told(line) for line in grave.to_dict("records")]
    suite = (
        suite_file or "suite.yaml, which is among the files of the report, and name it by validate.suite_file"
    )
    ways = [
        f"of {', '.join(dict.fromkeys(grave.loc[grave['file'] == file, 'check']))} in {file or suite}"
        for file in grave["file"].unique()
    ]
    raise Failed(
        f"validation stops the run: {'; '.join(said)}; mend the data or, where a rule is wrong, change the severity "
        f"{' and '.join(ways)}"
    )


def _possible(rows: Rows, checks: Sequence[Check]) -> tuple[list[Check], _Absent]:
    """Return the checks whose columns are there, and those whose absence another check tells."""
    expected = {c for one in checks if one.rule == "has_columns" for c in one.given["columns"]}
    left, absent = [], _Absent(expected.difference(rows.names))
    for one in checks:
        missing = [c for c in one.needs if c not in rows.names]
        if not missing:
            left.append(one)
        elif missing[0] in expected:
            absent.checks.add(id(one))
        else:
            raise BadInput(
                f"check {one.name!r}{one.place} needs a column {missing[0]!r}, which the rows lack"
                f"{nearest(missing[0], rows.names)}"
            )
    return left, absent


def _answer_at_once(rows: Rows, one: Check, answer: Answer, kinds: Kinds) -> None:
    frame = rows.frame(one.needs) if one.by == "whole" else None
    result = one.run(rows if frame is None else _for_own(frame, one, kinds))
    answer.take(read(one, result, frame, rows.count), frame)
    answer.place(rows)


def _answer_a_piece(piece: pd.DataFrame, one: Check, answer: Answer, kinds: Kinds) -> None:
    frame = piece[list(one.needs)] if one.needs else piece
    answer.take(read(one, one.run(_for_own(frame, one, kinds)), frame, len(piece)), frame)


def _for_own(frame: pd.DataFrame, one: Check, kinds: Kinds) -> pd.DataFrame:
    """Return the rows as a person's function may change them: numbers stay numbers though one cell is none."""
    if not one.written:
        return frame
    mine = frame.copy()
    for name in mine.columns:
        reads = READS.get(kinds.get(name, ""))
        if reads and pd.api.types.infer_dtype(mine[name]) == "string":  # of_kind tells the odd cell
            mine[name] = reads(mine[name])
    return mine


@contextlib.contextmanager
def _told(one: Check, seconds: float, answer: Answer, absent: _Absent) -> Iterator[None]:
    """Count the time of a check, and end in one line what it raises or takes too long for.

    One that misses a column whose absence is told anyway is not judged.
    """
    begun = time.perf_counter()
    try:
        with _limited(seconds - answer.seconds if one.written else None):
            yield
    except TimeoutError:
        raise BadInput(
            f"check {one.name!r}{one.place} took longer than {seconds:g} s; make it quicker, or raise most_seconds"
        ) from None
    except Answerable:
        raise
    except (Exception, SystemExit) as error:
        if absent.explains(error):
            absent.checks.add(id(one))
            return
        code = getattr(one.run, "__code__", None)
        path = Path(code.co_filename) if one.written and code else None
        raise BadInput(f"check {one.name!r} ended with {told(error, path)}") from error
    finally:
        answer.seconds += time.perf_counter() - begun


@contextlib.contextmanager
def _limited(seconds: float | None) -> Iterator[None]:
    """Raise TimeoutError in what takes longer; only where signals reach the main thread, elsewhere not at all."""
    possible = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    if seconds is None or not possible:
        yield
        return

    def ring(*_: Any) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, max(seconds, 0.001))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _judged(rows: Rows, answers: Iterable[Answer], absent: set[int]) -> Judged:
    ordered = sorted(answers, key=lambda a: (-SEVERITIES.index(a.check.severity), -a.wrong))
    found = pd.DataFrame([line for a in ordered for line in a.lines()], columns=FINDINGS)
    found = found.astype(dict.fromkeys(FINDINGS, "object") | {"row": "Int64"})
    summary = [
        (
            a.check.name,
            a.check.severity,
            a.check.column,
            a.wrong,
            a.wrong / max(rows.count, 1),
            NOT_JUDGED if id(a.check) in absent else a.check.message,
            round(a.seconds, 3),
            a.check.file,
        )
        for a in ordered
    ]
    return Judged(found, pd.DataFrame(summary, columns=SUMMARY))


def _wrong(found: pd.DataFrame) -> list[str]:
    """Return what is wrong with each value in words."""
    lines = zip(found["check"], found["column"], found["value"], found["message"], strict=True)
    return [
        f"{check}: {said}"
        if column is None
        else f"{column} {'is missing' if value is None else value}: {said}"
        for check, column, value, said in lines
    ]
