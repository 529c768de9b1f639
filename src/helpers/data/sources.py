"""Read a table from a file or a database, its values as they are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import pandas as pd

from helpers.errors import BadInput, MissingExtra, nearest

TEXT_FILES = (".csv", ".tsv", ".txt", ".dat")
PACKED = (".gz", ".zip", ".bz2", ".xz", ".zst")
DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg", "mysql": "mysql+pymysql"}
DRIVERS |= {"mariadb": "mysql+pymysql"}
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
    parts = urlsplit(source)
    user = f"{parts.username}@" if parts.username else ""
    port = f":{parts.port}" if parts.port else ""
    return urlunsplit(parts._replace(netloc=f"{user}{parts.hostname or ''}{port}"))


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
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    table, query = options.pop("table", None), query or options.pop("query", None)
    if not table and not query:
        raise BadInput(f"{without_secret(url)} names no table; add ?table=NAME, or set ingest.query")
    bare = urlunsplit(parts._replace(query=urlencode(options)))
    try:
        frame = (
            _from_duckdb(bare, table, query) if parts.scheme == "duckdb" else _from_server(bare, table, query)
        )
    except BadInput:
        raise
    except Exception as error:
        secret = parts.password or "\0"
        raise BadInput(f"{without_secret(url)}: {_first_line(error).replace(secret, '***')}") from None
    return _named(frame, table or "the query")


def _from_server(url: str, table: str | None, query: str | None) -> pd.DataFrame:
    import sqlalchemy as sa

    scheme, _, rest = url.partition("://")
    try:
        engine = sa.create_engine(f"{DRIVERS.get(scheme, scheme)}://{rest}")
    except sa.exc.NoSuchModuleError:
        raise BadInput(f"{scheme}:// is no known kind of database; install its SQLAlchemy dialect") from None
    with engine.connect() as connection:
        if query:
            return pd.read_sql(sa.text(query), connection)
        schema, _, name = (table or "").rpartition(".")
        inspector = sa.inspect(connection)
        known = inspector.get_table_names(schema or None) + inspector.get_view_names(schema or None)
        if name not in known:
            raise BadInput(f"the database has no table {table!r}{nearest(name, known)}")
        reflected = sa.Table(name, sa.MetaData(), autoload_with=connection, schema=schema or None)
        return pd.read_sql(sa.select(reflected).order_by(*reflected.primary_key.columns), connection)


def _from_duckdb(url: str, table: str | None, query: str | None) -> pd.DataFrame:
    import duckdb

    path = url.removeprefix("duckdb:///")
    if not Path(path).is_file():
        raise BadInput(f"there is no DuckDB file {path}")
    with duckdb.connect(path, read_only=True) as connection:
        if query:
            return connection.sql(query).df()
        quoted = '"' + (table or "").replace('"', '""') + '"'
        return connection.sql(f"SELECT * FROM {quoted}").df()


def _read_text(path: Path) -> pd.DataFrame:
    head = _head(path)
    if head.lstrip()[:1] == b"<" and b"<html" in head[:2000].lower():
        raise BadInput(f"{path.name} is a web page, not a table; download the file itself")
    if sum(b not in PRINTABLE for b in head) > len(head) * 0.01:
        raise BadInput(f"{path.name} holds binary data, not text")
    encoding = "utf-8-sig" if _is_utf8(head) else "cp1252"
    separator = _separator(head.decode(encoding, "replace"))
    try:
        return pd.read_csv(
            path,
            sep=separator,
            dtype=str,
            keep_default_na=False,
            na_values=[""],
            encoding=encoding,
            header=None,
        ).pipe(_with_header, path.name)
    except pd.errors.ParserError as error:
        told = re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", str(error))
        if told:
            raise BadInput(
                f"{path.name}, line {told[2]}: {told[3]} fields where {told[1]} are expected; quote values that "
                f"hold {separator!r}"
            ) from None
        raise
    except UnicodeDecodeError:
        raise BadInput(f"{path.name} is not UTF-8 all through; save it as UTF-8") from None


def _with_header(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    if len(frame) < 2:
        raise BadInput(f"{name} has a header and no row")
    header = [str(h) if isinstance(h, str) else f"column_{n}" for n, h in enumerate(frame.iloc[0], 1)]
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
    import bz2
    import gzip
    import lzma
    import zipfile

    openers = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
    try:
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                inside = archive.namelist()
                if len(inside) != 1:
                    raise BadInput(f"{path.name} holds {len(inside)} files; unpack it and name one of them")
                return archive.read(inside[0])[:size]
        with openers.get(path.suffix, open)(path, "rb") as file:  # type: ignore[operator]
            return file.read(size)
    except (OSError, EOFError, lzma.LZMAError, zipfile.BadZipFile) as error:
        raise BadInput(f"{path.name} cannot be unpacked: {error}") from None


def _is_utf8(head: bytes) -> bool:
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start > len(head) - 4  # a character cut in two by the end of the head
    return True


def _read_json_lines(path: Path) -> pd.DataFrame:
    try:
        return pd.read_json(path, lines=True, dtype=False, convert_dates=False)
    except ValueError:
        return pd.read_json(path, dtype=False, convert_dates=False)


def _read_excel(path: Path) -> pd.DataFrame:
    return pd.read_excel(path, keep_default_na=False, na_values=[""])


READERS: dict[str, Callable[[Path], pd.DataFrame]] = {
    **dict.fromkeys(TEXT_FILES, _read_text),
    **dict.fromkeys((".jsonl", ".ndjson", ".json"), _read_json_lines),
    **dict.fromkeys((".parquet", ".pq"), pd.read_parquet),
    **dict.fromkeys((".feather", ".arrow"), pd.read_feather),
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
