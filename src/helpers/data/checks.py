"""Error detection over the rows: checks of your own in a file, ready-made ones, and a suite suggested by the data.

A check of your own is a function of the table that says which rows are wrong:

    from helpers.data.checks import check

    @check(severity="stop", column="monthly_charges")
    def charges_are_above_zero(rows):
        "A customer pays something every month."
        return rows["monthly_charges"] <= 0

It returns True for a wrong row: a boolean Series, or one bool for the table as a whole; or a sentence, empty when
all is well; or a list of the labels of the wrong rows. Ready-made checks stand in a list called CHECKS in that file:

    CHECKS = [in_range("tenure", 0, 1200), unique("customer_id"), agree("total", ">=", "monthly")]

Severity: "note" and "warning" are told; "stop" ends the run.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from helpers.errors import BadInput, Failed, nearest

SEVERITIES = ("note", "warning", "stop")
FINDINGS = ["check", "severity", "column", "row", "value", "message"]
_COMPARISONS = {
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    ">": operator.gt,
}
Wrong = pd.Series | np.ndarray | bool | str | list | None


@dataclass(frozen=True)
class Check:
    """A named check: run(rows) says what is wrong; column is the one to look at, when it is one; message says why."""

    name: str
    run: Callable[[pd.DataFrame], Wrong]
    message: str
    severity: str = "warning"
    column: str | None = None
    needs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.severity not in SEVERITIES:
            raise BadInput(
                f"check {self.name!r}: severity {self.severity!r} is none of {', '.join(SEVERITIES)}"
                f"{nearest(str(self.severity), SEVERITIES)}"
            )

    def at(self, severity: str) -> Check:
        """Return the same check with another severity."""
        return replace(self, severity=severity)


def check(severity: str | Callable = "warning", column: str | None = None) -> Any:
    """Turn a function of the table into a check; its name is the check's, its docstring's first line the message."""
    if callable(severity):
        return check()(severity)  # written without brackets

    def make(run: Callable[[pd.DataFrame], Wrong]) -> Check:
        said = (run.__doc__ or "").strip().partition("\n")[0]
        return Check(run.__name__, run, said or run.__name__.replace("_", " "), severity, column)

    return make


def load(path: str | Path) -> list[Check]:
    """Return the checks of a Python file in their order; the file is run, so give only your own."""
    from importlib.util import module_from_spec, spec_from_file_location

    path = Path(path)
    if not path.is_file():
        raise BadInput(f"there is no file of checks {str(path)!r}")
    spec = spec_from_file_location(f"checks_{abs(hash(path))}", path)
    if spec is None or spec.loader is None:
        raise BadInput(f"{str(path)!r} is no Python file; checks stand in a file that ends in .py")
    module = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except SyntaxError as error:
        raise BadInput(f"{path.name}, line {error.lineno}: {error.msg}") from None
    except (Exception, SystemExit) as error:
        raise BadInput(f"{path.name} cannot be run: {_told(error, path)}") from error
    found = [v for v in vars(module).values() if isinstance(v, Check)]
    listed = getattr(module, "CHECKS", [])
    if not isinstance(listed, list | tuple) or not all(isinstance(one, Check) for one in listed):
        raise BadInput(f"{path.name}: CHECKS must be a list of checks, such as [unique('key')]")
    found += listed
    if not found:
        raise BadInput(f"{path.name} has no check: put @check above a function, or list some in CHECKS")
    return found


def findings(rows: pd.DataFrame, checks: Iterable[Check], most: int = 1000) -> pd.DataFrame:
    """Return what the checks find, a line a wrong row: check, severity, column, row, value, message.

    row is the row's label in the table, missing when the finding is about the table as a whole. A check's rows
    beyond `most` are left out; its last line then says how many there are.
    """
    parts = [_found(rows, one, most) for one in checks]
    table = pd.DataFrame([line for part in parts for line in part], columns=FINDINGS)
    return table.astype(dict.fromkeys(FINDINGS, "object") | {"row": "Int64"})


def stop_if_any(found: pd.DataFrame) -> None:
    """Raise `Failed` with the first rows to look at if a finding is of severity "stop"."""
    grave = found[found["severity"] == "stop"]
    if grave.empty:
        return
    told = []
    for name, part in grave.groupby("check", sort=False):
        labels = [str(r) for r in part["row"].dropna()]
        where = (
            f" (row{'s' * (len(labels) > 1)} {', '.join(labels[:5])}{', ...' * (len(labels) > 5)})"
            if labels
            else ""
        )
        told.append(f"{name}: {part['message'].iloc[0]}{where}")
    raise Failed(f"validation stops the run: {'; '.join(told)}; mend the data or lower the check's severity")


def in_range(
    column: str, low: float | None = None, high: float | None = None, severity: str = "warning"
) -> Check:
    """Numbers or dates lie between low and high, both included; missing values are not judged."""

    def run(rows: pd.DataFrame) -> pd.Series:
        x, wrong = rows[column], pd.Series(False, rows.index)
        if low is not None:
            wrong |= (x < low).fillna(False).astype(bool)
        return wrong | (x > high).fillna(False).astype(bool) if high is not None else wrong

    span = (
        f"from {low} to {high}"
        if None not in (low, high)
        else f"at least {low}"
        if high is None
        else f"at most {high}"
    )
    return Check(f"range of {column}", run, f"must be {span}", severity, column, (column,))


def one_of(column: str, levels: Sequence[Any], severity: str = "warning") -> Check:
    """Every present value is one of the levels."""
    shown = ", ".join(map(str, levels[:6])) + (", ..." if len(levels) > 6 else "")
    return Check(
        f"levels of {column}",
        lambda rows: rows[column].notna() & ~rows[column].isin(list(levels)),
        f"must be one of {shown}",
        severity,
        column,
        (column,),
    )


def present(column: str, severity: str = "warning") -> Check:
    """No value is missing."""
    return Check(
        f"{column} present",
        lambda rows: rows[column].isna(),
        "must not be missing",
        severity,
        column,
        (column,),
    )


def unique(*columns: str, severity: str = "warning") -> Check:
    """No two rows share the values of the columns; the first of equals is right."""
    return Check(
        f"{' + '.join(columns)} unique",
        lambda rows: rows.duplicated(list(columns)) & rows[list(columns)].notna().all(axis=1),
        "must be unique, and an earlier row has the same",
        severity,
        columns[0] if len(columns) == 1 else None,
        columns,
    )


def matches(column: str, pattern: str, severity: str = "warning") -> Check:
    """Every present value matches the regular expression from its beginning to its end."""
    compiled = re.compile(pattern)

    def run(rows: pd.DataFrame) -> pd.Series:
        return rows[column].map(lambda v: compiled.fullmatch(str(v)) is None, na_action="ignore").eq(True)

    return Check(f"form of {column}", run, f"must have the form {pattern}", severity, column, (column,))


def of_kind(column: str, kind: str, severity: str = "warning") -> Check:
    """Every present value can be read as a kind: integer, float, boolean or date."""
    readers: dict[str, Callable[[pd.Series], pd.Series]] = {
        "integer": lambda v: pd.to_numeric(v, errors="coerce").mod(1).eq(0),
        "float": lambda v: pd.to_numeric(v, errors="coerce").notna(),
        "boolean": lambda v: v.astype(str).str.lower().isin(["true", "false", "yes", "no", "0", "1"]),
        "date": lambda v: pd.to_datetime(v, errors="coerce", format="mixed").notna(),
    }
    if kind not in readers:
        raise BadInput(
            f"a check of kind {kind!r} is not known{nearest(kind, readers)} ({', '.join(readers)})"
        )
    read = readers[kind]
    return Check(
        f"kind of {column}", lambda rows: rows[column].notna() & ~read(rows[column]), f"must be of kind {kind}",
        severity, column, (column,),
    )  # fmt: skip


def agree(left: str, comparison: str, right: str, severity: str = "warning") -> Check:
    """Two columns of one row agree: `agree("start", "<=", "end")`; rows where one is missing are not judged."""
    if comparison not in _COMPARISONS:
        raise BadInput(f"columns cannot be compared by {comparison!r} ({' '.join(_COMPARISONS)})")
    holds = _COMPARISONS[comparison]

    def run(rows: pd.DataFrame) -> pd.Series:
        known = rows[left].notna() & rows[right].notna()
        return known & ~holds(rows[left], rows[right]).fillna(False).astype(bool)

    return Check(
        f"{left} {comparison} {right}", run, f"must be {comparison} {right}", severity, left, (left, right)
    )


def determines(left: str, right: str, severity: str = "warning") -> Check:
    """One value of left goes with one value of right (a postal code with its town); rarer ones are wrong."""

    def run(rows: pd.DataFrame) -> pd.Series:
        known = rows[rows[left].notna() & rows[right].notna()]
        usual = known.groupby(left)[right].agg(lambda v: v.value_counts().index[0])
        return known[right].ne(known[left].map(usual)).reindex(rows.index, fill_value=False)

    return Check(
        f"{left} determines {right}", run, f"must go with one {right} only, and most rows have another", severity,
        right, (left, right),
    )  # fmt: skip


def _found(rows: pd.DataFrame, one: Check, most: int) -> list[tuple]:
    missing = [c for c in one.needs if c not in rows]
    if missing:
        known = nearest(missing[0], map(str, rows.columns))
        raise BadInput(f"check {one.name!r} needs a column {missing[0]!r}, which the rows lack{known}")
    try:
        wrong = one.run(rows)
    except Exception as error:
        written = Path(getattr(getattr(one.run, "__code__", None), "co_filename", __file__))
        told = _told(error, None if written == Path(__file__) else written)
        raise BadInput(f"check {one.name!r} ended with {told}") from error
    if isinstance(wrong, str) or wrong is None:
        return [(one.name, one.severity, one.column, None, None, wrong)] if wrong else []
    if isinstance(wrong, bool | np.bool_):
        return [(one.name, one.severity, one.column, None, None, one.message)] if wrong else []
    return _by_row(rows, one, _positions(rows, one, wrong), most)


def _positions(rows: pd.DataFrame, one: Check, wrong: Any) -> np.ndarray:
    """Return where in the table the wrong rows stand (m,)."""
    if isinstance(wrong, pd.Series) and wrong.index.is_unique and rows.index.is_unique:
        wrong = wrong.reindex(rows.index)
    mask = pd.Series(wrong)
    if len(mask) == len(rows) and (pd.api.types.is_bool_dtype(mask) or set(mask.dropna()) <= {True, False}):
        return np.flatnonzero(mask.fillna(False).astype(bool).to_numpy())
    labels = isinstance(wrong, list | pd.Index) and not any(isinstance(v, bool | np.bool_) for v in wrong)
    if labels and pd.Index(wrong).isin(rows.index).all():
        return np.flatnonzero(rows.index.isin(wrong))
    raise BadInput(
        f"check {one.name!r} returned {type(wrong).__name__} of length {len(mask)} for {len(rows)} rows; "
        "it must return True or False a row, one bool, a sentence, or row labels"
    )


def _by_row(rows: pd.DataFrame, one: Check, at: np.ndarray, most: int) -> list[tuple]:
    column = one.column if one.column in rows else None
    values = rows[column].iloc[at[:most]] if column is not None else [None] * len(at[:most])
    labels = rows.index[at[:most]]
    shown = [None if v is None or pd.isna(v) else str(v)[:120] for v in values]
    said = [one.message] * len(shown)
    if len(at) > most:
        said[-1] = f"{one.message} ({len(at):,} rows in all)"
    return [
        (one.name, one.severity, column, *line) for line in zip(map(_label, labels), shown, said, strict=True)
    ]


def _label(label: Any) -> int | None:
    return int(label) if isinstance(label, int | np.integer) else None


def _told(error: BaseException, path: Path | None = None) -> str:
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    where = next((f for f in reversed(frames) if path is None or Path(f.filename) == path), None)
    line = f" in line {where.lineno} of {Path(where.filename).name}" if where else ""
    return f"{type(error).__name__}: {error}{line}"
