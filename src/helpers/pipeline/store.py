"""Artifacts by the hash of their content; nothing is ever overwritten and nothing is half there.

    workspace/store/objects/ab/abcd….parquet    table, JSON, pickled model, file or folder, read-only
    workspace/store/sealed/…                    the same for what only one stage may open
    workspace/store/stages/<stage>/<fingerprint>.json    what a stage wrote when it ran so

Everything is written under a temporary name, synced and renamed.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import pickle
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from helpers import repeatable_pickle
from helpers.errors import BadInput, Failed

VERSION = 3


@dataclass(frozen=True)
class Entry:
    """An artifact in the store: hash of its content, kind, suffix of its file (none for a folder), size.

    kind is "table", "json", "model" or "files"; rows and columns are those of a table.
    """

    hash: str
    kind: str
    suffix: str
    bytes: int
    rows: int | None = None
    columns: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the entry as JSON carries it; `Entry(**record)` reads it."""
        return {k: v for k, v in asdict(self).items() if v is not None}


class Store:
    """The store of a workspace; every method may be called by several processes at once."""

    def __init__(self, workspace: Path) -> None:
        self.workspace = workspace
        self.folder, self.temporary = workspace / "store", workspace / "tmp"

    def open(self) -> None:
        """Make the folders of the store; Failed when the workspace cannot be written, BadInput when newer."""
        with answered(self.workspace):
            for folder in ("objects", "sealed", "stages"):
                (self.folder / folder).mkdir(parents=True, exist_ok=True)
            (self.workspace / "tmp").mkdir(exist_ok=True)
            mark = self.folder / "version"
            if not mark.exists():
                write_text(mark, f"{VERSION}\n")
        if mark.read_text().strip() != str(VERSION):
            raise BadInput(
                f"the workspace {self.workspace} was made by another version; name another --workspace"
            )

    def put(self, value: Any, sealed: bool = False) -> Entry:
        """Keep a value and return its entry; the same content is kept once."""
        with answered(self.workspace):
            temporary = self.temporary / uuid.uuid4().hex
            try:
                kind, suffix, shape = _serialise(value, temporary)
                digest = content_hash(temporary)
                size = sum(f.stat().st_size for f in files_in(temporary))
                entry = Entry(digest, kind, suffix, size, *shape)
                self._keep(temporary, self.path(entry, sealed))
            finally:
                discard(temporary)
        return entry

    def get(self, entry: Entry, sealed: bool = False) -> Any:
        """Return the value of an entry; Failed when its file is gone or was changed."""
        return _deserialise(self.whole(entry, sealed), entry.kind)

    def whole(self, entry: Entry, sealed: bool = False) -> Path:
        """Return the path of an entry's content; Failed when it is gone or was changed."""
        path = self.path(entry, sealed)
        if not path.exists():
            raise Failed(f"{path.name} is no longer in the store of {self.workspace}; run the pipeline again")
        if content_hash(path) != entry.hash:
            raise Failed(f"{path} was changed since it was written; remove it and run the pipeline again")
        return path

    def has(self, entry: Entry, sealed: bool = False) -> bool:
        """Whether the content of an entry is there."""
        return self.path(entry, sealed).exists()

    def path(self, entry: Entry, sealed: bool = False) -> Path:
        """Return where the content of an entry stands."""
        place = self.folder / "sealed" if sealed else self.folder / "objects" / entry.hash[:2]
        return place / f"{entry.hash}{entry.suffix}"

    def record(self, stage: str, fingerprint: str) -> dict[str, Any] | None:
        """Return what the stage left when it ran with this fingerprint; None when it never did."""
        return read_json(self.folder / "stages" / stage / f"{fingerprint}.json")

    def keep_record(self, stage: str, fingerprint: str, record: dict[str, Any]) -> None:
        """Note what the stage left when it ran with this fingerprint."""
        write_json(self.folder / "stages" / stage / f"{fingerprint}.json", record)

    def _keep(self, temporary: Path, place: Path) -> None:
        if place.exists():
            return
        place.parent.mkdir(parents=True, exist_ok=True)
        for file in files_in(temporary):
            sync(file)
            file.chmod(0o444)
        try:
            os.replace(temporary, place)
        except OSError:
            if not place.exists():  # else another process was first with the same folder
                raise


@contextmanager
def answered(workspace: Path, option: str = "--workspace") -> Iterator[None]:
    """Turn the errors of a full disk or a read-only folder into one line that says what to do."""
    try:
        yield
    except OSError as error:
        raise Failed(disk_trouble(error, workspace, option)) from error


def disk_trouble(error: OSError, workspace: Path, option: str = "--workspace") -> str:
    """Return one line for an error of the file system; the option names another place."""
    where = error.filename or workspace
    reason = (error.strerror or str(error)).lower()
    todo = "free some space, or name another place" if error.errno == errno.ENOSPC else "name another place"
    return f"cannot write {where}: {reason}; {todo} with {option}"


def write_text(path: Path, text: str) -> None:
    """Write a file at once: a reader sees the old text or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    try:
        temporary.write_text(text, encoding="utf-8")
        sync(temporary)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_json(path: Path, record: Any) -> None:
    """Write a JSON file at once."""
    write_text(path, json.dumps(record, indent=1, ensure_ascii=False) + "\n")


def read_json(path: Path) -> Any:
    """Return the content of a JSON file; None when there is no such file, or none that can be read."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None


def content_hash(path: Path) -> str:
    """Return the SHA-256 of a file, or of the names and contents in a folder."""
    if path.is_file():
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    listing = [f"{f.relative_to(path).as_posix()} {content_hash(f)}\n" for f in files_in(path)]
    return hashlib.sha256("".join(listing).encode()).hexdigest()


def files_in(path: Path) -> list[Path]:
    """Return the files at or below a path in a fixed order."""
    return [path] if path.is_file() else sorted(f for f in path.rglob("*") if f.is_file())


def sync(file: Path) -> None:
    """Have the content of a file on the disk before its name is."""
    with file.open("rb") as opened:
        os.fsync(opened.fileno())


def discard(path: Path) -> None:
    """Remove a file or a folder, whether it is there or not."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _serialise(value: Any, path: Path) -> tuple[str, str, tuple[int | None, int | None]]:
    if isinstance(value, Path):
        if not value.exists():
            raise BadInput(f"there is no file {value} to keep as an artifact")
        if value.is_dir():
            shutil.copytree(value, path)
            return "files", "", (None, None)
        shutil.copyfile(value, path)
        return "files", value.suffix, (None, None)
    if type(value).__module__.startswith("pandas.") and hasattr(value, "to_parquet"):
        _write_table(value, path)
        return "table", ".parquet", value.shape
    if type(value).__module__.startswith("pyarrow.") and hasattr(value, "read_next_batch"):
        return "table", ".parquet", _write_batches(value, path)
    if isinstance(value, dict | list | str | int | float | bool | None):
        try:
            _only_text_keys(value)
            data = json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False).encode()
        except (TypeError, ValueError, RecursionError) as error:
            raise BadInput(f"an artifact of dictionaries and lists must be plain JSON: {error}") from None
        path.write_bytes(data)
        return "json", ".json", (None, None)
    import pyarrow as pa

    with pa.output_stream(path, compression="zstd") as file:
        file.write(repeatable_pickle.dumps(value))
    return "model", ".pickle.zst", (None, None)


def _only_text_keys(value: Any) -> None:
    """Refuse keys that JSON would turn into text without a word."""
    odd = [key for key in value if not isinstance(key, str)] if isinstance(value, dict) else []
    if odd:
        raise TypeError(f"the key {odd[0]!r} is no text")
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _only_text_keys(one)


def _write_table(frame: Any, path: Path) -> None:
    import pyarrow as pa

    try:
        frame.to_parquet(path, index=True, compression="zstd")
    except (pa.ArrowInvalid, pa.ArrowTypeError, ValueError) as error:
        raise BadInput(f"the table cannot be kept as Parquet: {str(error).splitlines()[0]}") from error


def _write_batches(batches: Any, path: Path) -> tuple[int, int]:
    """Write a pyarrow.RecordBatchReader batch by batch; return its rows and columns (an index is no column)."""
    import pyarrow.parquet as pq

    rows = 0
    with pq.ParquetWriter(path, batches.schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch)
            rows += batch.num_rows
    index = (batches.schema.pandas_metadata or {}).get("index_columns", [])
    return rows, len(batches.schema.names) - sum(isinstance(name, str) for name in index)


def _deserialise(path: Path, kind: str) -> Any:
    if kind == "files":
        return path
    if kind == "json":
        return json.loads(path.read_text(encoding="utf-8"))
    if kind == "table":
        import pyarrow.parquet as pq

        return pq.read_table(path, partitioning=None).to_pandas(integer_object_nulls=True)
    import pyarrow as pa

    with pa.input_stream(path, compression="zstd") as file:
        return pickle.loads(file.read())
