"""CSV, TSV and their like: encoding and separator told from the bytes, every value as the text that it is."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
from pyarrow import csv as arrow_csv

from helpers.data.sources import packed
from helpers.errors import BadInput

SUFFIXES = (".csv", ".tsv", ".txt", ".dat")
PRINTABLE = set(range(32, 256)) | {9, 10, 13, 12, 27}
BLOCK, LARGEST = 1 << 22, 1 << 30
END = "\x00the end\x00"


@dataclass(frozen=True)
class _Layout:
    path: Path
    encoding: str
    separator: str
    names: list[str]


def read(path: Path) -> pa.RecordBatchReader:
    """Return the values as text, missing where a field is empty; a quoted empty field is an empty text.

    BadInput for what is no table of text, with the line where it goes wrong.
    """
    layout = _layout(path)
    batches = _batches(layout)
    first = next(batches, None)
    if first is None:
        raise BadInput(f"{path.name} has a header and no row")
    named = pa.schema([(name, pa.string()) for name in layout.names])
    renamed = (pa.RecordBatch.from_arrays(b.columns, schema=named) for b in itertools.chain([first], batches))
    return pa.RecordBatchReader.from_batches(named, renamed)


def _layout(path: Path) -> _Layout:
    head = packed.head(path)
    if head.lstrip()[:1] == b"<" and b"<html" in head[:2000].lower():
        raise BadInput(f"{path.name} is a web page, not a table; download the file itself")
    wide = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if not wide and sum(b not in PRINTABLE for b in head) > len(head) * 0.01:
        raise BadInput(f"{path.name} holds binary data, not text")
    encoding = "utf-16" if wide else "utf-8-sig" if _is_utf8(head) else "cp1252"
    text = head.decode(encoding, "replace")
    if re.match(r'"?sep=.?"?[\r\n]', text, re.IGNORECASE):
        raise BadInput(
            f"{path.name}: its first line tells Excel the separator and is no header; delete that line"
        )
    separator = _separator(text)
    try:
        header = next((row for _, row in _rows(path, encoding, separator)), None)
    except UnicodeDecodeError:
        raise _wrong_encoding(path, encoding) from None
    if header in (None, [END]):
        raise BadInput(f"{path.name} has no row; it is no csv table")
    names = [name or f"column_{n}" for n, name in enumerate(header, 1)]
    return _Layout(path, encoding, separator, names)


def _batches(layout: _Layout) -> Iterator[pa.RecordBatch]:
    """Return the rows behind the header; a field larger than a block is read again with larger ones."""
    block, done = BLOCK, 1
    while True:
        seen = 0
        try:
            with packed.opened(layout.path) as file:
                counted = _Counted(file)
                for batch in _parsed(counted, layout, block):
                    seen += batch.num_rows
                    new = batch.slice(max(batch.num_rows - (seen - done), 0)) if seen > done else None
                    if new is not None and new.num_rows:
                        done = seen
                        yield new
            if counted.quotes % 2 or layout.encoding == "utf-16":
                _refuse_open_quote(layout)
            return
        except pa.ArrowInvalid as error:
            if "straddling" not in str(error) or block >= LARGEST:
                raise _explained(error, layout) from None
            block *= 16
        except UnicodeDecodeError:
            raise _wrong_encoding(layout.path, layout.encoding) from None


def _parsed(file: Any, layout: _Layout, block: int) -> Iterator[pa.RecordBatch]:
    width = len(layout.names)
    yield from arrow_csv.open_csv(
        pa.PythonFile(file, "r"),
        read_options=arrow_csv.ReadOptions(
            autogenerate_column_names=True,
            block_size=block,
            encoding="utf8" if layout.encoding == "utf-8-sig" else layout.encoding,
        ),
        parse_options=arrow_csv.ParseOptions(
            delimiter=layout.separator,
            newlines_in_values=True,
            invalid_row_handler=lambda row: "error" if row.text.strip() else "skip",
        ),
        convert_options=arrow_csv.ConvertOptions(
            column_types={f"f{n}": pa.string() for n in range(width)},
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            null_values=[""],
        ),
    )


class _Counted(io.RawIOBase):
    """A file that counts the quotes that were read from it."""

    def __init__(self, file: IO[bytes]) -> None:
        self.quotes, self._file = 0, file

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self.quotes += data.count(b'"')
        return data


def _rows(path: Path, encoding: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Return the rows as the standard library reads them, each with the line on which it begins.

    The last one is END alone, unless a quote is never closed.
    """
    csv.field_size_limit(2**31 - 1)
    with packed.opened(path) as file, io.TextIOWrapper(file, encoding, newline="") as lines:
        reader = csv.reader(itertools.chain(lines, ["\n", END]), delimiter=separator)
        begins = 1
        for row in reader:
            if row and not (len(row) == 1 and not row[0].strip()):
                yield begins, row
            begins = reader.line_num + 1


def _explained(error: pa.ArrowInvalid, layout: _Layout) -> BadInput:
    """Return what is wrong with a file, with the line where it is."""
    said, name = str(error).splitlines()[0], layout.path.name
    if "UTF8" in said:
        return _wrong_encoding(layout.path, layout.encoding)
    fields = len(layout.names)
    try:
        for line, row in _rows(layout.path, layout.encoding, layout.separator):
            if len(row) != fields and row != [END]:
                return BadInput(f"{name}, line {line}: {_fields(len(row), fields, layout.separator)}")
    except (UnicodeDecodeError, csv.Error):
        return _wrong_encoding(layout.path, layout.encoding)
    return BadInput(f"{name} cannot be read as csv: {said}")


def _fields(found: int, expected: int, separator: str) -> str:
    told = f"{found} field{'s' * (found > 1)} where {expected} {'are' if expected > 1 else 'is'} expected"
    if found > expected:
        return f"{told}; quote values that hold {separator!r}"
    return f"{told}; add the missing {separator!r}, or is the file cut short, or a quote never closed?"


def _refuse_open_quote(layout: _Layout) -> None:
    line, row = 1, [END]
    for line, row in _rows(layout.path, layout.encoding, layout.separator):  # noqa: B007
        pass
    if row != [END]:
        raise BadInput(f"{layout.path.name}, line {line}: a quote is opened and never closed")


def _wrong_encoding(path: Path, encoding: str) -> BadInput:
    taken = {"utf-16": "UTF-16", "cp1252": "Windows-1252"}.get(encoding, "UTF-8")
    return BadInput(f"{path.name} is not {taken} all through; save it as UTF-8")


def _is_utf8(head: bytes) -> bool:
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start > len(head) - 4  # a character cut in two by the end of the head
    return True


def _separator(text: str) -> str:
    """Return the separator that gives the same number of fields, above one, in most of the first lines."""
    lines = [line for line in text.splitlines()[:50] if line.strip()][:-1] or text.splitlines()[:1]

    def score(separator: str) -> tuple[float, int]:
        counts = [len(re.sub(r'"[^"]*"', "", line).split(separator)) for line in lines]
        usual, times = Counter(counts).most_common(1)[0]
        return (times / len(lines) if usual > 1 else 0.0, usual)

    best = max((",", ";", "\t", "|"), key=score)
    return best if score(best)[0] > 0 else ","
