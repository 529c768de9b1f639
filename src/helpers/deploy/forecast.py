"""Score a table in batches with a bundle alone: bounded memory, rows in their order, identifiers carried along."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from helpers.bundle import Bundle
from helpers.errors import BadInput, nearest

BATCH = 8192
SEPARATORS = {".csv": ",", ".tsv": "\t", ".txt": ","}


def predict_file(
    bundle: Path | Bundle,
    table: Path,
    out: Path,
    through: Callable[[Iterator[Any]], Iterator[Any]] | None = None,
    note: Callable[[str], None] | None = None,
    intervals: bool = False,
) -> int:
    """Write the predictions for the rows of a table (CSV, TSV, JSON lines, Parquet; packed or not); return how many.

    through, if given, is what the raw rows, as Arrow tables, go through first, such as joins. note, if given, is told
    in a line of each column of which some texts could not be read as numbers, dates or whatever the others are.
    out ends in .csv or .parquet and is written at once, or not at all. It holds the identifiers that the table
    has, `prediction` and, for classes, `probability_<class>`; with intervals also what `Bundle.sure` gives.
    """
    import pyarrow.csv
    import pyarrow.parquet

    opened = bundle if isinstance(bundle, Bundle) else Bundle(bundle)
    if out.suffix not in (".csv", ".parquet"):
        raise BadInput(
            f"the predictions cannot be written as {out.suffix or out.name!r}; name a .csv or .parquet file"
        )
    temporary, writer, rows = out.with_name(f".{out.name}.{uuid.uuid4().hex[:8]}"), None, 0
    unread: dict[str, tuple[int, str]] = {}
    make = pyarrow.csv.CSVWriter if out.suffix == ".csv" else pyarrow.parquet.ParquetWriter
    try:
        for batch in through(batches(table)) if through else batches(table):
            scored = predicted(opened, batch, unread, intervals)
            rows += scored.num_rows
            writer = writer or make(str(temporary), scored.schema)
            writer.write_table(scored.cast(writer.schema) if out.suffix == ".parquet" else scored)
        if writer is None:
            raise BadInput(f"{table} has no row to score")
        writer.close()
        os.replace(temporary, out)
    except FileNotFoundError:
        raise BadInput(f"there is no folder {out.parent} to write {out.name} into") from None
    finally:
        temporary.unlink(missing_ok=True)
    if note:
        for name, (count, first) in unread.items():
            note(
                f"column {name!r}: {count:,} of {rows:,} values cannot be read as what the others of it are, and count "
                f"as missing (the first is {first!r})"
            )
    return rows


def predicted(
    bundle: Bundle, batch: Any, unread: dict[str, tuple[int, str]] | None = None, intervals: bool = False
) -> Any:
    """Return an Arrow table of identifiers and predictions for an Arrow table of raw rows.

    unread, if given, gets how many texts of each column could not be read, and the first of them. intervals asks for
    what `Bundle.sure` gives as well.
    """
    import pyarrow as pa

    names = {i["name"] for i in bundle.recipe.inputs}
    absent = sorted(names - set(batch.column_names))
    if absent:
        more = f" (and {len(absent) - 1} more)" if len(absent) > 1 else ""
        joins = bundle.signature.get("joins", [])
        came = next(
            (f"; it came from the join {j['join']!r}" for j in joins if absent[0] in j["columns"]), ""
        )
        near = bundle.recipe.hint or nearest(absent[0], batch.column_names)
        raise BadInput(f"the table has no column {absent[0]!r}{more}{came or near}")
    for name in sorted({*names, *bundle.signature["identifiers"]}):
        if batch.column_names.count(name) > 1:
            raise BadInput(f"the table has several columns {name!r}; leave one of them, or rename the others")
    raw = bundle.raw({n: _values(batch.column(n)) for n in names})
    if unread is not None:
        for name, texts in bundle.recipe.unread(raw).items():
            count, first = unread.get(name, (0, texts[0]))
            unread[name] = count + len(texts), first
    answers = bundle.answered(raw, intervals)
    carried = _carried(bundle, batch)
    return pa.table(carried | {n: pa.array(v.tolist()) for n, v in answers.items()})


def _carried(bundle: Bundle, batch: Any) -> dict[str, Any]:
    """Return the identifiers of the rows as Arrow columns; what bundle.carried changed comes as texts."""
    import pyarrow as pa

    names = [n for n in bundle.signature["identifiers"] if n in batch.column_names]
    personal = {s["columns"][0] for s in bundle.signature.get("personal", [])}
    treated = bundle.carried({n: _values(batch.column(n)) for n in names if n in personal})
    return {n: pa.array(list(treated[n])) if n in treated else batch.column(n) for n in names}


def batches(table: Path, rows: int = BATCH) -> Iterator[Any]:
    """Return the table in pieces as Arrow tables; text files give every value as text, so nothing is guessed."""
    import pyarrow as pa

    if not table.is_file():
        raise BadInput(f"there is no file {table}")
    kind = next((s.lower() for s in reversed(table.suffixes) if s.lower() not in (".gz", ".bz2", ".zst")), "")
    if kind not in READERS:
        raise BadInput(
            f"{table.name}: {kind or 'no suffix'} cannot be scored; known are {', '.join(READERS)}"
        )
    try:
        yield from READERS[kind](table, rows)
    except (pa.ArrowInvalid, pa.ArrowKeyError, UnicodeDecodeError, OSError) as error:
        raise BadInput(f"{table.name} cannot be read as {kind[1:]}: {str(error).splitlines()[0]}") from None


def _csv(table: Path, rows: int) -> Iterator[Any]:
    import pyarrow as pa
    import pyarrow.csv as csv

    with pa.input_stream(str(table)) as stream:
        header = stream.read(1 << 16).decode("utf-8", "replace").partition("\n")[0]
    if not header.strip():
        raise BadInput(f"{table.name} is empty")
    separator = max((SEPARATORS.get(table.suffix, ","), ";", "\t", "|"), key=lambda s: header.count(s))
    parse = csv.ParseOptions(delimiter=separator, newlines_in_values=True)
    with pa.input_stream(str(table)) as stream:
        names = csv.open_csv(stream, parse_options=parse).schema.names
    types = csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True, null_values=[""]
    )
    with pa.input_stream(str(table)) as stream:
        for batch in csv.open_csv(stream, parse_options=parse, convert_options=types):
            for start in range(0, batch.num_rows, rows):
                yield pa.table(batch.slice(start, rows))


def _parquet(table: Path, rows: int) -> Iterator[Any]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    for batch in pq.ParquetFile(table).iter_batches(rows):
        yield pa.table(batch)


def _json_lines(table: Path, rows: int) -> Iterator[Any]:
    import pyarrow as pa
    import pyarrow.json as pj

    with pa.input_stream(str(table)) as stream:
        whole = pj.read_json(stream)
    for start in range(0, whole.num_rows, rows):
        yield whole.slice(start, rows)


READERS = {
    **dict.fromkeys((".csv", ".tsv", ".txt"), _csv),
    **dict.fromkeys((".jsonl", ".ndjson", ".json"), _json_lines),
    **dict.fromkeys((".parquet", ".pq"), _parquet),
}


def _values(column: Any) -> Any:
    """Return an Arrow column as NumPy numbers or dates where that loses nothing, else as a list of Python values."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_floating(kind) or (pa.types.is_integer(kind) and column.null_count == 0):
        return column.to_numpy()
    return column.to_pylist()
