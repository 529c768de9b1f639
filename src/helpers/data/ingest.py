"""The steps of the ingest notebook: from a source to typed rows with a target."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from helpers import labels
from helpers.data.label import MOST_CLASSES, above_label, asks_for_numbers, target_as_text
from helpers.data.label_sets import Target, named
from helpers.data.messy import reading
from helpers.data.originals import keep, pinned
from helpers.data.roundtrip import prove
from helpers.data.sources import Source, key_of, open_source
from helpers.data.sources.files import read as read_files
from helpers.data.space import room_for
from helpers.data.table import Table, written
from helpers.errors import BadInput, nearest
from helpers.problem import Problem
from helpers.recipe import Recipe
from helpers.recipe.columns import from_frame, lost
from helpers.recipe.steps.parse import parse_date
from helpers.report.text import listed
from helpers.secrets import without_secret
from helpers.sheets import file_and_sheet

CELLS_A_SECOND, LEAST_ROWS = 120_000, 2_000  # that a budget allows
START = 6.0  # seconds that a run takes however few its rows are


def found(source: str, query: str | None, root: Path) -> Source:
    """Return what a source is; in a repeated run also one that is gone, since its original is read."""
    try:
        return open_source(source, query, root)
    except BadInput:
        if not pinned():
            raise
        file, sheet = file_and_sheet(source)
        return Source(without_secret(file), key_of(source, query, root), "file", sheet=sheet)


def original(
    source: Source, originals: Path, temporary: Path, how: str = "plain"
) -> tuple[Table, dict[str, Any]]:
    """Return the table of a source, read from the copy that is kept, and the record of that copy.

    The table is Parquet in the temporary folder, and proven to hold every value of the copy. Failed, before anything
    is copied, when the disk has no room for both.
    """
    room_for(source, originals.parent)
    with _temporary_files_in(temporary):
        kept = keep(source, originals, temporary, how)
        table = written(read_files(kept.folder, kept.names, source.sheet), temporary)
        if len(table) == 0:
            raise BadInput(f"{source.shown} has no row")
        prove(read_files(kept.folder, kept.names, source.sheet), table)
        if kept.folder.is_relative_to(temporary):
            shutil.rmtree(kept.folder)
    return table, kept.record


@contextmanager
def _temporary_files_in(folder: Path) -> Iterator[None]:
    """Have what readers put aside for a while where the run cleans up, since it holds values of the table."""
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = before


def without(
    table: Table, drop: Sequence[str], rows_at_most: int | None, target: Target = None
) -> tuple[Table, list[str]]:
    """Return the table without some columns and, when it is too long, some rows; and what to say about it.

    rows_at_most None or 0 takes all rows.
    """
    for name in drop:
        if name not in table:
            raise BadInput(f"ingest.drop names {name!r}, no such column{nearest(name, table.columns)}")
        if name in named(target):
            raise BadInput(
                f"ingest.drop names {name!r}, which is the target; keep it, or name another --target"
            )
    notes = []
    if drop:
        notes.append(f"Left out, as `drop` says: {listed(list(drop))}.")
    if rows_at_most and rows_at_most < 10:
        raise BadInput(f"ingest.rows_at_most must be 10 at least, or 0 for all rows, not {rows_at_most}")
    if rows_at_most and len(table) > rows_at_most:
        notes.append(
            f"{len(table):,} rows are more than `rows_at_most` or the budget allows; "
            f"{rows_at_most:,} were drawn at random."
        )
        table = table.sample(rows_at_most)
    return table.without(drop), notes


def rows_worth(rows_at_most: int | None, budget: float | None, columns: int) -> int | None:
    """Return how many rows to take: in a budget (seconds), no more than there is time to look at; 0 or None for all.

    >>> rows_worth(1_000_000, None, 20), rows_worth(1_000_000, 60.0, 20), rows_worth(0, 60.0, 20)
    (1000000, 324000, 0)
    """
    if budget is None or not rows_at_most:
        return rows_at_most
    return min(rows_at_most, max(LEAST_ROWS, int(CELLS_A_SECOND * (budget - START) / columns)))


def as_kinds(types: Sequence[str]) -> dict[str, str]:
    """Return column -> kind of a list of "column=kind"."""
    kinds = {}
    for text in types:
        name, equals, kind = text.rpartition("=")
        if not equals:
            raise BadInput(f"ingest.types: {text!r} must have the form column=kind, such as zip=category")
        kinds[name] = kind
    return kinds


def kinds_table(kinds: Mapping[str, str]) -> pd.DataFrame:
    """Return one row a kind: how many columns have it and which."""
    from helpers.report.text import names

    columns = pd.Series(dict(kinds)).rename_axis("column").reset_index(name="kind")
    grouped = columns.groupby("kind")["column"]
    return pd.DataFrame(
        {"columns": grouped.size(), "names": grouped.agg(lambda of: names(list(of), "attributes.csv"))}
    )


def with_target(
    rows: Table, kinds: dict[str, str], target: str | None, above: float | None
) -> tuple[Table, str | None]:
    """Return the rows with the target to predict, derived when `above` is set, and its name; kinds follow."""
    if target is None or target == "":
        return rows, None
    if target not in rows:
        raise BadInput(
            f"the table has no column {target!r}{nearest(target, rows.columns)}, which is the target"
        )
    if kinds[target] in ("date", "structured"):
        raise BadInput(f"the target {target!r} is a {kinds[target]}; a target is a class or a number")
    if above is None:
        return rows, target
    label, name = above_label(rows, target, above)
    rows = rows.without([target]).with_column(name, label)
    del kinds[target]
    kinds[name] = "category"
    return rows, name


def numbers_written(
    rows: Table,
    kinds: dict[str, str],
    target: str | None,
    task: str | None,
    measure: str | None = None,
    quantile: float | None = None,
) -> tuple[Table, dict[str, str]]:
    """Return the rows with a target of numbers written as text, such as "231,4" or "1.234,50 EUR", as numbers; kinds
    follow. And what to say about it: nothing where the target is no such column, or its texts may be classes.

    measure and quantile may say that numbers are meant.
    """
    if not task and asks_for_numbers(measure, quantile):
        task = "regression"
    is_text = kinds.get(target or "") in ("category", "text")
    if target is None or not is_text or task not in (None, "", "regression"):
        return rows, {}
    texts = rows[target]
    if not task and texts.nunique() <= MOST_CLASSES:
        return rows, {}
    step = reading(target, texts)
    if step is None or step.step != "parse_amount":
        return rows, {}
    frame = texts.to_frame()
    numbers = Recipe([step]).fit(from_frame(frame)).apply_frame(frame)[target]
    lost = int(numbers.isna().sum() - texts.isna().sum())
    kinds[target] = "float"
    odd = f"; {lost:,} that cannot be read count as missing" if lost else ""
    return rows.with_column(target, numbers), {f"numbers of {target}": f"{step.reason}{odd}"}


def dates_written(
    rows: Table, kinds: dict[str, str], time: str | None, steps: Sequence[Any] = ()
) -> tuple[Table, list[dict[str, Any]], dict[str, str]]:
    """Return the rows with a time such as 31.01.2024 or 1/31/2024 as dates; kinds follow. And the step of a recipe
    that reads new rows alike, and what to say about it: nothing where the time is no such column, or where rows went
    through table steps: these took it for text.
    """
    if time is None or steps or kinds.get(time) not in ("category", "text"):
        return rows, [], {}
    step = reading(time, rows[time])
    if step is None or step.step != "parse_date":
        return rows, [], {}
    formats = list(dict.fromkeys([*step.parameters["formats"], "iso"]))
    texts = rows[time]
    written = from_frame(texts.to_frame())[time]
    read = pd.Series(parse_date(written, formats=formats), texts.index)
    unread = texts[lost(written, read.to_numpy())]
    if len(unread):
        example = texts[read.notna().to_numpy()].iloc[0]
        raise BadInput(
            f"ingest.time: {len(unread):,} of the {len(texts):,} values of {time!r} are no dates such as {example!r} "
            f"(the first is {unread.iloc[0]!r}, row {unread.index[0]}); mend them, or leave these rows out"
        )
    kinds[time] = "date"
    record = {"step": "parse_date", "columns": [time], "parameters": {"formats": formats}}
    return rows.with_column(time, read), [record], {f"dates of {time}": step.reason}


def labelled(rows: Table, problem: Problem) -> Table:
    """Return the rows that have a target, classes as text."""
    if problem.target is None:
        return rows
    values = rows[problem.target]
    present = values.notna().to_numpy(bool)
    values = values[present]
    if problem.is_classification:
        values = target_as_text(values)
    else:  # whole numbers stay whole: so the same rows are sealed as before a target was named
        values = values.astype("int64" if pd.api.types.is_integer_dtype(values) else "float64")
    return rows.where(present).with_column(problem.target, values)


JUDGES = {
    "roc_auc": "the share of pairs, a row of it and another, that are ranked right; 0.5 is guessing, 1 is perfect",
    "neg_log_loss": "the mean logarithm of the probability that the true class was given; 0 is perfect",
    "neg_root_mean_squared_error": "minus the root of the mean squared error, in units of the target; 0 is perfect",
}
NUMBERS = {
    "mean": "a number",
    "counts": "a count",
    "quantile": "the value that a share of {:g} of the rows stay at or below",
}


def told(problem: Problem) -> str:
    """Return the problem in a sentence of Markdown."""
    from helpers.report.text import code, listed, md

    if problem.target is None:
        return "No target is named, so nothing can be predicted yet."
    about = {
        "binary": f"the probability of **{md(problem.positive)}**",
        "multiclass": f"one of {len(problem.classes)} classes ({listed(problem.classes, 'or')})",
        "multilabel": f"which of {len(problem.classes)} labels hold ({listed(problem.classes, 'and')})",
        "regression": NUMBERS[problem.fitted_to].format(problem.quantile),
    }[problem.task]
    ids = f" Rows are named by {listed(problem.identifiers)}." if problem.identifiers else ""
    weighed = f" Rows count as much as {code(problem.weight)} says." if problem.weight else ""
    judge = JUDGES.get(problem.measure)
    judged = code(problem.measure) + (f" ({judge})" if judge else "")
    return f"To predict **{md(problem.target)}**: {about}, judged by {judged}.{weighed}{ids}"


def target_summary(rows: Table, problem: Problem) -> pd.DataFrame:
    """Return the share of each class or label, or the quantiles of a number."""
    if problem.target is None:
        return pd.DataFrame({"rows": [len(rows)]})
    if problem.task == "multilabel":
        held = labels.held(rows[problem.target].to_numpy(object), problem.classes)
        counts = pd.Series(held.sum(axis=0), index=pd.Index(problem.classes, name="label"))
        return pd.DataFrame({"rows": counts, "share": counts / len(rows)})
    if problem.is_classification:
        counts = rows[problem.target].value_counts()
        return pd.DataFrame({"rows": counts, "share": counts / counts.sum()}).rename_axis(problem.target)
    return rows[problem.target].to_frame().describe().T


def provenance(
    name: str,
    source: str,
    query: str | None,
    kept: Mapping[str, Any],
    table: Table,
    dropped: Sequence[str],
    **more: Any,
) -> dict[str, Any]:
    """Return where the data came from, without any secret."""
    return {
        "name": name,
        "source": without_secret(source),
        "kind": kept.get("kind", "file"),
        "query": query,
        **{k: kept[k] for k in ("sha256", "bytes", "retrieved", "modified")},
        "rows_read": len(table),
        "columns": list(table.columns),
        "dropped": list(dropped),
        **more,
    }
