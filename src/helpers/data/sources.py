"""Read a table from a file or a database, its values as they are."""

from __future__ import annotations

import codecs
import contextlib
import csv
import datetime
import decimal
import io
import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import IO, Any
from urllib.parse import parse_qsl, unquote, unquote_plus, urlencode

import pandas as pd

from helpers.errors import BadInput, MissingExtra, nearest

TEXT_FILES = (".csv", ".tsv", ".txt", ".dat")
PACKED = (".gz", ".zip", ".bz2", ".xz", ".zst")
DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg", "mysql": "mysql+pymysql"}
DRIVERS |= {"mariadb": "mysql+pymysql"}
SECRET = re.compile(r"(?i)([?&](?:password|passwd|passphrase|pwd|sslpassword|token|secret)=)[^&#]*")
PRINTABLE = set(range(32, 256)) | {9, 10, 13, 12, 27}


def is_database(source: str) -> bool:
    """Whether a source is a database URL rather than a file."""
    return "://" in source


def without_secret(source: str) -> str:
    """Return a URL without its password.

    >>> without_secret("postgresql://ann:secret@host/db?table=t")
    'postgresql://ann@host/db?table=t'
    """
    if not is_database(source):
        return source
    scheme, _, rest = source.partition("://")
    place = re.split(r"[/?#]", rest, maxsplit=1)[0]
    if "@" in place:
        user, host = place.rpartition("@")[0].partition(":")[0], place.rpartition("@")[2] + rest[len(place) :]
    elif ":" in place and not re.fullmatch(r".*:\d+|\[.*", place) and "@" in rest:
        user, host = rest.partition(":")[0], rest.rpartition("@")[2]  # a password with a bare / or ? in it
    else:
        user, host = "", rest
    shown = SECRET.sub(r"\1***", host)
    return f"{scheme}://{user}{'@' * bool(user)}{shown}"


def read_file(path: Path) -> pd.DataFrame:
    """Return the table in a file; CSV values come as text (None where empty), others as they are stored.

    BadInput, in one line, for a file that is missing, empty, binary, ragged or of an unknown kind.
    """
    if path.is_dir():
        raise BadInput(f"{path.name} is a folder; name one file in it")
    if not path.is_file():
        raise BadInput(f"there is no file {path}")
    if path.stat().st_size == 0:
        raise BadInput(f"{path.name} is empty")
    suffixes = [s.lower() for s in path.suffixes]
    kind = next((s for s in reversed(suffixes) if s not in PACKED), "")
    if kind not in READERS:
        raise BadInput(
            f"{path.name}: {kind or 'no suffix'} is no known kind of table; known are {', '.join(READERS)}"
        )
    try:
        frame = READERS[kind](path)
    except (BadInput, MemoryError):
        raise
    except ImportError as error:
        raise MissingExtra(str(error.name or error), "formats") from None
    except Exception as error:
        raise BadInput(f"{path.name} cannot be read as {kind[1:]}: {_first_line(error)}") from error
    return _named(frame, path.name)


def read_database(url: str, query: str | None = None) -> pd.DataFrame:
    """Return a table (?table=name in the URL) or the result of a query, rows in order of the primary key.

    BadInput when the server does not answer, the table is not there or the query is wrong; no message holds a
    password.
    """
    bare, _, asked = url.partition("?")
    if re.split(r"[/?#]", url.partition("://")[2], maxsplit=1)[0].count("@") > 1:
        raise BadInput(f"{without_secret(url)}: the password holds an @; write it as %40")
    options = dict(parse_qsl(asked))
    table, query = options.pop("table", None), query or options.pop("query", None)
    if not table and not query:
        raise BadInput(f"{without_secret(url)} names no table; add ?table=NAME, or set ingest.query")
    bare += f"?{urlencode(options)}" if options else ""
    try:
        frame = (
            _from_duckdb(bare, table, query)
            if bare.startswith("duckdb://")
            else _from_server(bare, table, query)
        )
    except BadInput:
        raise
    except Exception as error:
        said = _first_line(error)
        for secret in _secrets(url):
            said = said.replace(secret, "***")
        raise BadInput(f"{without_secret(url)}: {said}") from None
    return _named(frame, table or "the query")


def _secrets(url: str) -> set[str]:
    """Return what no message may hold, as it is written in the URL and as it is meant."""
    rest = url.partition("://")[2]
    given = [
        rest.rpartition("@")[0].partition(":")[2],
        rest.partition("/")[0].rpartition("@")[0].partition(":")[2],
    ]
    given += [found[0].partition("=")[2] for found in SECRET.finditer(url)]
    return {text for one in given if one for text in (one, unquote(one), unquote_plus(one))}


def _from_server(url: str, table: str | None, query: str | None) -> pd.DataFrame:
    import sqlalchemy as sa

    scheme, _, rest = url.partition("://")
    file = rest.partition("?")[0].removeprefix("/")
    if scheme.partition("+")[0] == "sqlite" and not Path(file).is_file():  # else SQLite would make it
        raise BadInput(f"there is no SQLite file {file}")
    try:
        engine = sa.create_engine(f"{DRIVERS.get(scheme, scheme)}://{rest}")
    except sa.exc.NoSuchModuleError:
        raise BadInput(f"{scheme}:// is no known kind of database; install its SQLAlchemy dialect") from None
    with engine.connect() as connection:
        if query:  # as it is written: no sign in it stands for a parameter
            result = connection.execution_options(no_parameters=True).exec_driver_sql(query)
            return _of_rows(list(result.keys()), result.fetchall())
        inspector = sa.inspect(connection)

        def tables(schema: str | None) -> list[str]:
            return inspector.get_table_names(schema) + inspector.get_view_names(schema)

        schema, name = None, table or ""
        known = tables(None)
        if name not in known and "." in name:
            schema, _, name = name.rpartition(".")
            known = tables(schema) if schema in inspector.get_schema_names() else []
        if name not in known:
            raise BadInput(f"the database has no table {table!r}{nearest(name, known)}")
        reflected = sa.Table(name, sa.MetaData(), autoload_with=connection, schema=schema)
        for column in reflected.columns:
            if isinstance(column.type, sa.Float):
                column.type.asdecimal = False  # else a float of MySQL is cut to ten decimals
        result = connection.execute(sa.select(reflected).order_by(*reflected.primary_key.columns))
        return _of_rows(list(result.keys()), result.fetchall())


def _from_duckdb(url: str, table: str | None, query: str | None) -> pd.DataFrame:
    import duckdb

    path = url.removeprefix("duckdb:///")
    if not Path(path).is_file():
        raise BadInput(f"there is no DuckDB file {path}")
    with duckdb.connect(path, read_only=True) as connection:
        if query:
            return _of_arrow(connection.sql(query).to_arrow_table())
        quoted = '"' + (table or "").replace('"', '""') + '"'
        return _of_arrow(connection.sql(f"SELECT * FROM {quoted}").to_arrow_table())


def _of_rows(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> pd.DataFrame:
    """Return rows as a table whose columns hold every value exactly; what is no plain value becomes text."""
    columns = zip(*rows, strict=True) if rows else ([] for _ in names)
    frame = pd.DataFrame({n: _exact(_storable(list(c))) for n, c in enumerate(columns)})
    return frame.set_axis(list(names), axis=1)


def _storable(values: list) -> list:
    """Return values that Parquet can keep in one column: numbers, dates, booleans, bytes; others as text."""
    kinds = {type(v) for v in values} - {type(None)}
    plain = ({int, float}, {decimal.Decimal}, {bool}, {str}, {bytes}, {datetime.date}, {datetime.datetime})
    if kinds == {decimal.Decimal}:
        some = [v for v in values if v is not None]
        if not all(v.is_finite() for v in some):
            return [None if v is None else float(v) for v in values]
        before, after = max(v.adjusted() + 1 for v in some), max(-int(v.as_tuple().exponent) for v in some)
        return values if max(before, 1) + max(after, 0) <= 76 else [_as_text(v) for v in values]
    if kinds == {datetime.datetime} and len({v.tzinfo is None for v in values if v is not None}) > 1:
        return [None if v is None else str(v) for v in values]
    return values if any(kinds <= one for one in plain) else [_as_text(v) for v in values]


def _as_text(value: Any) -> str | None:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str, sort_keys=True)
    return None if value is None else str(value)


def _exact(values: Sequence[Any]) -> pd.Series:
    """Return values as integers or floats where all are, else as they are; missing whole numbers stay whole."""
    kinds = {type(v) for v in values if v is not None and v == v}
    if kinds == {int}:
        whole = [None if v is None or v != v else v for v in values]
        if all(v is None or -(2**63) <= v < 2**63 for v in whole):
            return pd.Series(whole, dtype="Int64" if None in whole else "int64")
        return pd.Series([None if v is None else str(v) for v in whole], dtype=object)
    if kinds and kinds <= {int, float} and all(_fits_float(v) for v in values):
        return pd.Series([math.nan if v is None else float(v) for v in values], dtype="float64")
    if kinds and kinds <= {int, float}:
        return pd.Series([None if v is None or v != v else str(v) for v in values], dtype=object)
    return pd.Series([None if isinstance(v, float) and v != v else v for v in values], dtype=object)


def _fits_float(value: Any) -> bool:
    return not isinstance(value, int) or abs(value) <= 2**53


def _of_arrow(table: Any) -> pd.DataFrame:
    """Return an Arrow table; whole numbers stay whole where some are missing."""
    import pyarrow as pa

    whole = {pa.int64(): pd.Int64Dtype(), pa.uint64(): pd.UInt64Dtype()}
    frame = table.to_pandas(types_mapper=whole.get)
    plain = {
        n: frame.dtypes.iloc[n].numpy_dtype
        for n in range(frame.shape[1])
        if isinstance(frame.dtypes.iloc[n], pd.Int64Dtype | pd.UInt64Dtype) and not frame.iloc[:, n].hasnans
    }
    names = frame.columns
    return frame.set_axis(range(len(names)), axis=1).astype(plain).set_axis(names, axis=1)


def _read_text(path: Path) -> pd.DataFrame:
    head = _head(path)
    if head.lstrip()[:1] == b"<" and b"<html" in head[:2000].lower():
        raise BadInput(f"{path.name} is a web page, not a table; download the file itself")
    wide = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if not wide and sum(b not in PRINTABLE for b in head) > len(head) * 0.01:
        raise BadInput(f"{path.name} holds binary data, not text")
    encoding = "utf-16" if wide else "utf-8-sig" if _is_utf8(head) else "cp1252"
    separator = _separator(head.decode(encoding, "replace"))
    try:
        frame = pd.read_csv(
            path,
            sep=separator,
            dtype=str,
            keep_default_na=False,
            na_values=[""],
            encoding=encoding,
            header=None,
        )
        if frame.shape[1] > 1 and frame.iloc[:, -1].hasnans:
            _no_short_line(path, encoding, separator, frame.shape[1])
        return _with_header(frame, path.name)
    except pd.errors.ParserError as error:
        told = re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", str(error))
        if told:
            raise BadInput(
                f"{path.name}, line {told[2]}: {told[3]} fields where {told[1]} are expected; quote values that "
                f"hold {separator!r}"
            ) from None
        raise
    except UnicodeDecodeError:
        taken = "UTF-16" if wide else "UTF-8"
        raise BadInput(f"{path.name} is not {taken} all through; save it as UTF-8") from None


def _no_short_line(path: Path, encoding: str, separator: str, fields: int) -> None:
    """Refuse a line with fewer fields than the first: pandas fills it up, and a file cut short looks whole."""
    lines = io.TextIOWrapper(io.BytesIO(_content(path)), encoding, newline="")
    reader = csv.reader(lines, delimiter=separator)
    with contextlib.suppress(csv.Error):  # what pandas reads and this reader does not is not judged
        for line in reader:
            if 0 < len(line) < fields and any(field.strip() for field in line):
                raise BadInput(
                    f"{path.name}, line {reader.line_num}: {len(line)} field{'s' * (len(line) > 1)} where {fields} "
                    f"are expected; add the missing {separator!r}, or is the file cut short?"
                )


def _with_header(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    if len(frame) < 2:
        raise BadInput(f"{name} has a header and no row")
    header = [f"column_{n}" if pd.isna(h) else str(h) for n, h in enumerate(frame.iloc[0], 1)]
    body = frame.iloc[1:].reset_index(drop=True)
    body.columns = pd.Index(header)
    return body.astype(object).where(body.notna(), None)


def _separator(text: str) -> str:
    """Return the separator that gives the same number of fields, above one, in most of the first lines."""
    lines = [line for line in text.splitlines()[:50] if line.strip()][:-1] or text.splitlines()[:1]

    def score(separator: str) -> tuple[float, int]:
        counts = [len(re.sub(r'"[^"]*"', "", line).split(separator)) for line in lines]
        usual, times = Counter(counts).most_common(1)[0]
        return (times / len(lines) if usual > 1 else 0.0, usual)

    best = max((",", ";", "\t", "|"), key=score)
    return best if score(best)[0] > 0 else ","


def _head(path: Path, size: int = 65536) -> bytes:
    return _content(path, size)


def _content(path: Path, size: int = -1) -> bytes:
    """Return the first bytes of a file, all by default, unpacked."""
    import bz2
    import gzip
    import lzma
    import zipfile

    openers: dict[str, Callable[..., IO[bytes]]] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}  # type: ignore[dict-item]
    suffix = path.suffix.lower()
    try:
        if suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                inside = archive.namelist()
                if len(inside) != 1:
                    raise BadInput(f"{path.name} holds {len(inside)} files; unpack it and name one of them")
                with archive.open(inside[0]) as file:
                    return file.read(size)
        if suffix == ".zst":
            raise BadInput(f"{path.name} is packed by Zstandard; unpack it: zstd -d {path.name}")
        with openers.get(suffix, open)(path, "rb") as file:
            return file.read(size)
    except (OSError, EOFError, lzma.LZMAError, zipfile.BadZipFile) as error:
        raise BadInput(f"{path.name} cannot be unpacked: {error}") from None


def _is_utf8(head: bytes) -> bool:
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start > len(head) - 4  # a character cut in two by the end of the head
    return True


def _read_json(path: Path) -> pd.DataFrame:
    """Return JSON lines, an array of records, or one record of columns."""
    text = _content(path).decode("utf-8-sig")
    try:
        found = json.loads(text)
    except ValueError:
        found = _json_lines(text, path.name)
    if isinstance(found, dict):
        of_columns = all(isinstance(v, list | dict) for v in found.values())
        return pd.DataFrame(found) if of_columns and path.suffix == ".json" else _of_records([found])
    if not isinstance(found, list) or not all(isinstance(r, dict) for r in found):
        raise BadInput(f'{path.name} must hold records, such as {{"column": 1}}, one a line or in a list')
    return _of_records(found)


def _json_lines(text: str, name: str) -> list:
    records = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                records.append(json.loads(line))
            except ValueError as error:
                said = getattr(error, "msg", error)
                raise BadInput(f"{name}, line {number} is no JSON: {said}") from None
    return records


def _of_records(records: list[dict]) -> pd.DataFrame:
    names: Iterable[str] = dict.fromkeys(name for record in records for name in record)
    return pd.DataFrame({n: _exact([record.get(n) for record in records]) for n in names})


def _read_parquet(path: Path) -> pd.DataFrame:
    import pyarrow.parquet as pq

    return _of_arrow(pq.read_table(path, partitioning=None))


def _read_feather(path: Path) -> pd.DataFrame:
    from pyarrow import feather

    return _of_arrow(feather.read_table(path))


def _read_excel(path: Path) -> pd.DataFrame:
    cells = pd.read_excel(path, header=None, dtype=object, keep_default_na=False, na_values=[""])
    return _with_header(cells, path.name)


READERS: dict[str, Callable[[Path], pd.DataFrame]] = {
    **dict.fromkeys(TEXT_FILES, _read_text),
    **dict.fromkeys((".jsonl", ".ndjson", ".json"), _read_json),
    **dict.fromkeys((".parquet", ".pq"), _read_parquet),
    **dict.fromkeys((".feather", ".arrow"), _read_feather),
    **dict.fromkeys((".xlsx", ".xlsm"), _read_excel),
}


def _named(frame: pd.DataFrame, where: str) -> pd.DataFrame:
    frame = frame.reset_index(drop=True)
    frame.columns = pd.Index([str(c) for c in frame.columns])
    if frame.shape[1] == 0 or len(frame) == 0:
        raise BadInput(f"{where} has no row")
    twice = frame.columns[frame.columns.duplicated()]
    if len(twice):
        raise BadInput(f"{where} has two columns named {twice[0]!r}; rename one")
    return frame.rename_axis(index="row")


def _first_line(error: Exception) -> str:
    original = getattr(error, "orig", None) or error
    return (str(original).strip() or type(original).__name__).splitlines()[0]
