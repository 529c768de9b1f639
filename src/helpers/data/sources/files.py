"""Files of tables: which reader a suffix means, and several files of the same columns as one table."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from urllib.parse import unquote

import pyarrow as pa

from helpers.data.pieces import unified
from helpers.data.sources import columnar, excel, lines_of_json, packed, text
from helpers.errors import BadInput, MissingExtra, one_line

READERS: dict[str, Callable[[Path], pa.RecordBatchReader]] = {
    **dict.fromkeys(text.SUFFIXES, text.read),
    **dict.fromkeys(lines_of_json.SUFFIXES, lines_of_json.read),
    **dict.fromkeys(columnar.PARQUET, columnar.read_parquet),
    **dict.fromkeys(columnar.FEATHER, columnar.read_feather),
    **dict.fromkeys(excel.SUFFIXES, excel.read),
}


def is_table(path: Path) -> bool:
    """Whether the suffix of a file, packed or not, is that of a table."""
    return packed.suffix_of(path) in READERS


def read(root: Path, names: Sequence[str], sheet: str | None = None) -> pa.RecordBatchReader:
    """Return the table in the files of these names under a folder, one after another in their order.

    Of Excel files the sheet of that name is read; None is for those in which one alone has values.
    All have the same columns, in any order; folders named key=value add a column. CSV values come as text, missing
    where nothing stands, others as they are stored. BadInput, in one line, for a file that cannot be read or differs.
    """
    batches = _one_after_another(root, names, sheet)
    first = next(batches)
    if len(names) == 1 or all(packed.suffix_of(Path(n)) in text.SUFFIXES for n in names):
        return pa.RecordBatchReader.from_batches(first.schema, itertools.chain([first], batches))
    return unified(itertools.chain([first], batches))


def _one_after_another(root: Path, names: Sequence[str], sheet: str | None) -> Iterator[pa.RecordBatch]:
    """Return the batches of all files, columns in the order of the first one."""
    expected: list[str] = []
    for name in names:
        reader = read_one(root / name, sheet)
        more = dict(re.findall(r"([^/=]+)=([^/]*)/", name))
        found = [*reader.schema.names, *(key for key in more if key not in reader.schema.names)]
        if not expected:
            expected = found
        elif set(found) != set(expected):
            raise BadInput(f"{name} has other columns than {names[0]}: {_difference(expected, found)}")
        none = True
        for batch in reader:
            columns = dict(zip(reader.schema.names, batch.columns, strict=True))
            columns |= {
                key: pa.repeat(pa.scalar(unquote(v)), len(batch))
                for key, v in more.items()
                if key not in columns
            }
            made = pa.RecordBatch.from_arrays([columns[c] for c in expected], expected)
            none = False
            yield made
        if none and name == names[0]:
            yield pa.RecordBatch.from_pydict({c: pa.nulls(0, pa.string()) for c in expected})


def _difference(expected: Sequence[str], found: Sequence[str]) -> str:
    missing, new = [c for c in expected if c not in found], [c for c in found if c not in expected]
    told = [f"it has no {missing[0]!r}"] if missing else []
    return " and ".join([*told, *([f"it has {new[0]!r}"] if new else [])])


def read_one(path: Path, sheet: str | None = None) -> pa.RecordBatchReader:
    """Return the table in one file; BadInput for one that is missing, empty, binary, ragged or of no known kind."""
    if path.is_dir():
        raise BadInput(f"{path.name} is a folder; name one file in it")
    if not path.is_file():
        raise BadInput(f"there is no file {path}")
    if path.stat().st_size == 0:
        raise BadInput(f"{path.name} is empty")
    kind = packed.suffix_of(path)
    if kind not in READERS:
        raise BadInput(
            f"{path.name}: {kind or 'no suffix'} is no known kind of table; known are {', '.join(READERS)}"
        )
    if sheet is not None and kind not in excel.SUFFIXES:
        raise BadInput(f"{path.name} is no Excel file, so it has no sheet {sheet!r}; name it without ?sheet=")
    with answered(path.name, f"cannot be read as {kind[1:]}"):
        reader = READERS[kind](path) if sheet is None else excel.read(path, sheet)
    refuse_twice(reader.schema.names, path.name)

    def read() -> Iterator[pa.RecordBatch]:
        with answered(path.name, f"cannot be read as {kind[1:]}"):
            yield from reader

    return pa.RecordBatchReader.from_batches(reader.schema, read())


class answered:
    """Turn what a reader raises into one line that names the file or the database."""

    def __init__(self, name: str, what: str) -> None:
        self.name, self.what = name, what

    def __enter__(self) -> None:
        """Do nothing yet."""

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if error is None or isinstance(error, BadInput | MemoryError) or not isinstance(error, Exception):
            return
        if isinstance(error, ImportError):
            raise MissingExtra(str(error.name or error), "formats") from None
        raise BadInput(f"{self.name} {self.what}: {first_line(error)}") from None


def first_line(error: Exception) -> str:
    """Return what an error says, in one line."""
    original = getattr(error, "orig", None) or error
    return one_line((str(original).strip() or type(original).__name__).splitlines()[0])


def refuse_twice(names: Sequence[str], where: str) -> None:
    """Refuse a table without a column, or with two of one name."""
    if not names:
        raise BadInput(f"{where} has no row")
    twice = next((name for name, count in Counter(names).items() if count > 1), None)
    if twice is not None:
        raise BadInput(f"{where} has two columns named {twice!r}; rename one")
