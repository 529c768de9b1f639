"""Table steps: to another granularity, or with a look at other rows, by DuckDB, in bounded memory.

They stand in the section `table` of a recipe and run when rows are ingested, before any is sealed: so the sealed rows
are of the granularity that the model is for, and no group is half secret. A request of one row cannot go through
them; a new table with its history can (`for_new_rows`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from helpers.data.kinds import typed_table
from helpers.data.reshaping import STEPS, TableStep, quoted
from helpers.data.scan import connect
from helpers.data.table import HIDDEN, ROW, Table, written
from helpers.errors import BadInput, nearest
from helpers.recipe.parameters import checked
from helpers.report.text import md

READ = "read_as"  # the record of how the raw columns were read, put before the steps that a model keeps
FIELDS = ("step", "parameters", "reason")
MEMORY, BATCH = "1GB", 131_072


@dataclass(frozen=True)
class Reshaped:
    """A table after its table steps.

    types    the kind of each column
    steps    the steps as a model must keep them: how the raw columns were read, and every level that was told
    notes    one sentence a step: rows and columns after it
    """

    table: Table
    types: dict[str, str]
    steps: list[dict[str, Any]]
    notes: list[str]


def reshaped(table: Table, types: Mapping[str, str], steps: Sequence[Any]) -> Reshaped:
    """Return a table after table steps, each a mapping of step, parameters and reason; BadInput names the step."""
    planned = [_checked(step, number) for number, step in enumerate(steps, 1)]
    if not planned:
        return Reshaped(table, dict(types), [], [])
    source = _in_a_file(table)
    connection = connect(MEMORY, str(source.path.parent))
    done: list[dict[str, Any]] = [{"step": READ, "parameters": {"types": dict(types)}}]
    notes, query = [], f"SELECT * FROM read_parquet('{str(source.path).replace(chr(39), chr(39) * 2)}')"
    for number, (step, parameters, reason) in enumerate(planned, 1):
        where = f"table step {number} ({step.name})"
        with _Answered(where):
            columns = _columns(connection, query)
            for name in step.columns(parameters):
                if name not in columns or name == source.index:
                    raise BadInput(f"there is no column {name!r}{nearest(name, columns)}")
            parameters = step.settled(parameters, lambda q: connection.execute(q).fetchall(), query)
            query = step.query(query, columns, source.index, **parameters)
            after = [c for c in _columns(connection, query) if c != source.index]
            rows = connection.execute(f"SELECT count(*) FROM ({query})").fetchall()[0][0]
        done.append({"step": step.name, "parameters": parameters} | ({"reason": reason} if reason else {}))
        notes.append(f"{step.name}: {rows:,} rows, {len(after)} columns")
        if not rows:
            raise BadInput(f"{where}: it leaves no row")
    with _Answered(f"table step {len(planned)} ({planned[-1][0].name})"):
        found = connection.sql(f"SELECT * FROM ({query}) ORDER BY {quoted(source.index)}")
        made = written(found.to_arrow_reader(BATCH), source.path.parent, source.index)
    again, kinds = typed_table(made, {n: k for n, k in types.items() if n in made.columns})
    return Reshaped(again, kinds, done, notes)


def told(notes: Sequence[str]) -> str:
    """Return Markdown that says what table steps did, or which ones there are where none was asked for."""
    if notes:
        return "\n".join(f"- {md(note)}" for note in notes)
    steps = "\n".join(
        f"- `{s.name}` ({', '.join(s.parameters) or 'no parameter'}): {s.summary}" for s in STEPS.values()
    )
    return (
        f"Rows stay as they are. A file of these steps, named by `table_steps`, would change that:\n\n{steps}"
    )


def steps_of(file: str | None, root: Path, is_sample: bool = False) -> list[Any]:
    """Return the table steps of a recipe file, or of a file of table steps alone; none when no file is named.

    is_sample says that rows were left out at random before, which would falsify what steps tell of other rows.
    """
    if file is None:
        return []
    import yaml

    if is_sample:
        raise BadInput(
            "table steps need all rows, and some were left out at random: set ingest.rows_at_most=0"
        )
    try:
        record = yaml.safe_load((root / file).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"the recipe {file} cannot be read: {getattr(error, 'strerror', error)}") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f"line {mark.line + 1}: " if mark else ""
        raise BadInput(f"{file} is no YAML: {line}{getattr(error, 'problem', error)}") from None
    steps = record.get("table") if isinstance(record, Mapping) else None
    if not isinstance(steps, list) or not steps:
        raise BadInput(f"{file} has no table steps: a list of step and parameters below table")
    return steps


def same_steps(steps: Sequence[Any], done: Sequence[Any]) -> bool:
    """Whether table steps, as a person writes them, are those that ran, as `Reshaped.steps` records them."""
    written = [_checked(step, number)[:2] for number, step in enumerate(steps, 1)]
    ran = [_checked(step, number)[:2] for number, step in enumerate(done, 1)]
    return len(written) == len(ran) and all(
        step == other
        and parameters in (told, told | {"levels": None})  # a pivot finds its levels when it runs
        for (step, parameters), (other, told) in zip(written, ran, strict=True)
    )


def must_suit(steps: Sequence[Mapping[str, Any]], time: str | None, group: str | None) -> None:
    """Raise BadInput when steps look back at other rows, and rows are not split so that this shows no secret.

    A row may tell of earlier rows when all that judges is later (ingest.time), or in the same part (ingest.group).
    """
    for step in steps:
        known = STEPS.get(step["step"])
        if known is None or not known.looks_back:
            continue
        parameters = step["parameters"]
        within = parameters["by"] or []
        if time != parameters["order"] and group not in within:
            or_group = f", or ingest.group to one of {', '.join(within)}" if within else ""
            raise BadInput(
                f"the table step {known.name} looks back at other rows, so rows must be split by their time"
                f"{' or group' if within else ''}: set ingest.time={parameters['order']}{or_group}"
            )


def for_new_rows(steps: Sequence[Mapping[str, Any]], batches: Iterable[pa.Table], folder: Path) -> Path:
    """Return a Parquet file of raw rows after the table steps of a model; their history must be among them."""
    types = steps[0]["parameters"]["types"]
    pieces = (b for table in batches for b in table.combine_chunks().to_batches())
    first = next(pieces, None)
    if first is None:
        raise BadInput("there is no row to score")
    reader = pa.RecordBatchReader.from_batches(first.schema, (b for part in ([first], pieces) for b in part))
    table = written(reader, folder)
    raw, kinds = typed_table(table, {n: k for n, k in types.items() if n in table.columns})
    return reshaped(raw, kinds, steps[1:]).table.path


def _checked(entry: Any, number: int) -> tuple[TableStep, dict[str, Any], str]:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("step"), str):
        raise BadInput(f"table step {number} of the recipe must be a mapping that names its step")
    name, where = entry["step"], f"table step {number} ({entry['step']})"
    if name not in STEPS:
        raise BadInput(f"there is no table step {name!r}{nearest(name, STEPS)} ({', '.join(STEPS)})")
    for field in entry:
        if field not in FIELDS:
            raise BadInput(f"{where} has no field {field!r}{nearest(str(field), FIELDS)}")
    given = entry.get("parameters") or {}
    if not isinstance(given, Mapping):
        raise BadInput(f"{where}: parameters must be a mapping of name to value")
    return STEPS[name], checked(given, STEPS[name].parameters, where), str(entry.get("reason") or "")


def _in_a_file(table: Table) -> Table:
    """Return the table as it stands in one file, with nothing chosen from it or given beside it."""
    if table.chosen is None and not table.given:
        return table
    return written(table.reader(), table.path.parent, HIDDEN if ROW in table.columns else ROW)


def _columns(connection: duckdb.DuckDBPyConnection, query: str) -> dict[str, str]:
    return {name: kind for name, kind, *_ in connection.execute(f"DESCRIBE {query}").fetchall()}


class _Answered:
    """Turns what DuckDB says into one line that names the step."""

    def __init__(self, where: str) -> None:
        self.where = where

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, BadInput | duckdb.Error):
            raise BadInput(f"{self.where}: {str(error).splitlines()[0]}") from error
