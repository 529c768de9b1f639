"""JSON: one record a line (read as it streams), a list of records, or one record of columns."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from helpers.data.pieces import unified
from helpers.data.sources import packed
from helpers.data.sources.records import ROWS, array_of
from helpers.errors import BadInput

SUFFIXES = (".jsonl", ".ndjson", ".json")


def read(path: Path) -> pa.RecordBatchReader:
    """Return the records; numbers and texts as they are, nested values as JSON text.

    BadInput names the line that is no JSON.
    """
    records = _records(path)
    first = next(records, None)
    if first is None:
        raise BadInput(f"{path.name} has no row")
    return unified(_pieces(chain([first], records)))


def _records(path: Path) -> Iterator[dict]:
    with packed.opened(path) as file, io.TextIOWrapper(file, "utf-8-sig", newline="\n") as lines:
        try:
            beginning = next((line for line in lines if line.strip()), "")
            yield from _told(path, beginning, lines)
        except UnicodeDecodeError:
            raise BadInput(f"{path.name} is not UTF-8 all through; save it as UTF-8") from None


def _told(path: Path, beginning: str, lines: io.TextIOWrapper) -> Iterator[dict]:
    """Return the records of lines when the first line is one itself, else of the whole text."""
    try:
        first = json.loads(beginning)
    except ValueError:
        first = None
    if isinstance(first, dict):
        second = next((line for line in lines if line.strip()), None)
        if second is None and path.suffix != ".jsonl":
            yield from _whole(path, first)
        else:
            yield first
            yield from _lines(path)
        return
    try:
        found = json.loads(beginning + lines.read())
    except ValueError:
        yield from chain(_lines(path, skip=0))
        return
    yield from _whole(path, found)


def _whole(path: Path, found: Any) -> Iterator[dict]:
    if isinstance(found, dict):
        if not found or not all(isinstance(v, list) for v in found.values()):
            yield found
            return
        lengths = {len(v) for v in found.values()}
        if len(lengths) > 1:
            raise BadInput(f"{path.name} holds lists of different lengths; they are no columns of one table")
        found = [dict(zip(found, row, strict=True)) for row in zip(*found.values(), strict=True)]
    if not isinstance(found, list) or not all(isinstance(r, dict) for r in found):
        raise BadInput(f'{path.name} must hold records, such as {{"column": 1}}, one a line or in a list')
    yield from found


def _lines(path: Path, skip: int = 1) -> Iterator[dict]:
    """Return the records of the lines, but for the first ones."""
    with packed.opened(path) as file, io.TextIOWrapper(file, "utf-8-sig", newline="\n") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
            except ValueError as error:
                said = getattr(error, "msg", error)
                raise BadInput(f"{path.name}, line {number} is no JSON: {said}") from None
            if not isinstance(record, dict):
                raise BadInput(f'{path.name}, line {number} must hold a record, such as {{"column": 1}}')
            if skip:
                skip -= 1
            else:
                yield record


def _pieces(records: Iterable[dict]) -> Iterator[pa.RecordBatch]:
    records = iter(records)
    while some := list(islice(records, ROWS)):
        names = list(dict.fromkeys(name for record in some for name in record))
        arrays = [array_of([record.get(name) for record in some]) for name in names]
        yield pa.RecordBatch.from_arrays(arrays, names)
