"""The steps of the ingest notebook: from a source to typed rows with a target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from helpers.data.label import above_label, target_as_text
from helpers.data.originals import keep_file, keep_table, pinned, room_for, snapshot
from helpers.data.sources import is_database, read_database, read_file, without_secret
from helpers.errors import BadInput, nearest
from helpers.problem import Problem


def original(
    source: str, query: str | None, root: Path, originals: Path
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return the table of a source, read from its read-only copy, and the record of that copy."""
    if not source:
        raise BadInput("ingest.source is empty; name a file or a database URL")
    if is_database(source):
        key = f"{without_secret(source)} {query or ''}"
        path, record = snapshot(key, originals) or keep_table(read_database(source, query), key, originals)
    else:
        file = (root / Path(source).expanduser()).resolve()
        if not pinned():
            if not file.is_file():
                raise BadInput(f"there is no file {source}")
            room_for(file, originals)
        path, record = keep_file(file, originals)
    return read_file(path), record


def without(table: pd.DataFrame, drop: Sequence[str], rows_at_most: int) -> tuple[pd.DataFrame, list[str]]:
    """Return the table without some columns and, when it is too long, some rows; and what to say about it."""
    for name in drop:
        if name not in table:
            raise BadInput(f"ingest.drop names {name!r}, no such column{nearest(name, list(table.columns))}")
    notes = []
    if drop:
        notes.append(f"{len(drop)} column(s) were left out as `drop` says.")
    if rows_at_most < 10:
        raise BadInput(f"ingest.rows_at_most must be 10 at least, not {rows_at_most}")
    if len(table) > rows_at_most:
        notes.append(
            f"{len(table):,} rows are more than `rows_at_most`; {rows_at_most:,} were drawn at random."
        )
        table = table.sample(rows_at_most, random_state=0).sort_index()
    return table.drop(columns=list(drop)), notes


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
    names = pd.Series(dict(kinds)).rename_axis("column").reset_index(name="kind")
    grouped = names.groupby("kind")["column"]
    return pd.DataFrame({"columns": grouped.size(), "names": grouped.agg(", ".join)})


def with_target(
    rows: pd.DataFrame, kinds: dict[str, str], target: str | None, above: float | None
) -> tuple[pd.DataFrame, str | None]:
    """Return the rows with the target to predict, derived when `above` is set, and its name; kinds follow."""
    if target is None or target == "":
        return rows, None
    if target not in rows:
        raise BadInput(
            f"the table has no column {target!r}{nearest(target, list(rows.columns))}, which is the target"
        )
    if kinds[target] in ("date", "structured"):
        raise BadInput(f"the target {target!r} is a {kinds[target]}; a target is a class or a number")
    if above is None:
        return rows, target
    label, name = above_label(rows, target, above)
    rows = rows.drop(columns=target).assign(**{name: label})
    del kinds[target]
    kinds[name] = "category"
    return rows, name


def labelled(rows: pd.DataFrame, problem: Problem) -> pd.DataFrame:
    """Return the rows that have a target, classes as text."""
    if problem.target is None:
        return rows
    present = rows[rows[problem.target].notna()]
    if not problem.is_classification:
        return present.assign(**{problem.target: present[problem.target].astype("float64")})
    return present.assign(**{problem.target: target_as_text(present[problem.target])})


def told(problem: Problem) -> str:
    """Return the problem in a sentence of Markdown."""
    from helpers.report.text import code, listed, md

    if problem.target is None:
        return "No target is named, so nothing can be predicted yet."
    about = {
        "binary": f"the probability of **{md(problem.positive)}**",
        "multiclass": f"one of {len(problem.classes)} classes ({listed(problem.classes, 'or')})",
        "regression": "a number",
    }[problem.task]
    ids = f" Rows are named by {listed(problem.identifiers)}." if problem.identifiers else ""
    return f"To predict **{md(problem.target)}**: {about}, judged by {code(problem.measure)}.{ids}"


def target_summary(rows: pd.DataFrame, problem: Problem) -> pd.DataFrame:
    """Return the share of each class, or the quantiles of a number."""
    if problem.target is None:
        return pd.DataFrame({"rows": [len(rows)]})
    if problem.is_classification:
        counts = rows[problem.target].value_counts()
        return pd.DataFrame({"rows": counts, "share": counts / counts.sum()}).rename_axis(problem.target)
    return rows[[problem.target]].describe().T


def provenance(
    name: str,
    source: str,
    query: str | None,
    kept: Mapping[str, Any],
    table: pd.DataFrame,
    dropped: Sequence[str],
    **more: Any,
) -> dict[str, Any]:
    """Return where the data came from, without any secret."""
    return {
        "name": name,
        "source": without_secret(source),
        "kind": "database" if is_database(source) else "file",
        "query": query,
        **{k: kept[k] for k in ("sha256", "bytes", "retrieved", "modified")},
        "rows_read": len(table),
        "columns": list(table.columns),
        "dropped": list(dropped),
        **more,
    }
