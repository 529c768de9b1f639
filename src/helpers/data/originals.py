"""Originals: copied once, hashed, read-only, and from then on the only thing that is read."""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import shutil
import uuid
from pathlib import Path
from typing import Any

import pandas as pd

from helpers.errors import BadInput, Failed

PINNED = "WORKBENCH_PINNED"
MEMORY_FACTOR = {".parquet": 12, ".gz": 40, ".zip": 40, ".bz2": 50, ".xz": 60, ".feather": 4}


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def room_for(path: Path, originals: Path) -> dict[str, int]:
    """Return size, expected memory and free disk space in bytes; Failed when the copy would not fit.

    Rows are kept about three times (original, rows, wrangled rows), so that much must be free.
    """
    size = path.stat().st_size
    originals.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(originals).free
    if free < 3 * size:
        raise Failed(
            f"{path.name} has {size:,} bytes and needs {3 * size:,} in {originals}, where {free:,} are free; "
            f"free some, or name another place with --workspace"
        )
    return {"bytes": size, "expected_memory": size * MEMORY_FACTOR.get(path.suffix, 6), "free": free}


def keep_file(path: Path, originals: Path) -> tuple[Path, dict[str, Any]]:
    """Return the read-only copy of a file and its record: sha256, bytes, retrieved, modified."""
    if pinned():
        kept = _pinned_copy(str(path), originals)
        if kept is not None:
            return kept
    digest = sha256(path)
    place = originals / digest
    modified = datetime.datetime.fromtimestamp(path.stat().st_mtime, datetime.UTC)
    if not (place / "origin.json").is_file():
        record = {
            "sha256": digest,
            "bytes": path.stat().st_size,
            "retrieved": _now(),
            "modified": modified.isoformat(timespec="seconds"),
            "file": path.name if path.name != "origin.json" else "table.json",
        }
        _copy(path, place, record)
    _point(str(path), digest, originals)
    return _opened(place)


def keep_table(frame: pd.DataFrame, source: str, originals: Path) -> tuple[Path, dict[str, Any]]:
    """Return the read-only snapshot of what a database gave, and its record."""
    originals.mkdir(parents=True, exist_ok=True)
    temporary = originals / f".{uuid.uuid4().hex}.parquet"
    try:
        frame.to_parquet(temporary, compression="zstd")
        digest = sha256(temporary)
        place = originals / digest
        if not (place / "origin.json").is_file():
            size, now = temporary.stat().st_size, _now()
            record = {
                "sha256": digest,
                "bytes": size,
                "retrieved": now,
                "modified": now,
                "file": "snapshot.parquet",
            }
            _copy(temporary, place, record)
    finally:
        temporary.unlink(missing_ok=True)
    _point(source, digest, originals)
    return _opened(place)


def snapshot(source: str, originals: Path) -> tuple[Path, dict[str, Any]] | None:
    """Return the snapshot of a database that a repeated run must read; None when it may ask the database."""
    return _pinned_copy(source, originals) if pinned() else None


def pinned() -> bool:
    """Whether sources must be read as they were kept, since a run is being repeated."""
    return os.environ.get(PINNED) == "1"


def _pinned_copy(source: str, originals: Path) -> tuple[Path, dict[str, Any]] | None:
    pointer = _pointer(source, originals)
    return _opened(originals / pointer.read_text().strip()) if pointer.is_file() else None


def _opened(place: Path) -> tuple[Path, dict[str, Any]]:
    record = json.loads((place / "origin.json").read_text(encoding="utf-8"))
    path = place / record["file"]
    if sha256(path) != record["sha256"]:
        raise BadInput(f"the original {path} was changed since it was kept; remove that folder and run again")
    return path, record


def _copy(path: Path, place: Path, record: dict[str, Any]) -> None:
    temporary = place.with_name(f".{uuid.uuid4().hex}")
    try:
        temporary.mkdir(parents=True)
        copy = temporary / record["file"]
        shutil.copyfile(path, copy)
        with copy.open("rb") as file:
            os.fsync(file.fileno())
        copy.chmod(0o444)
        (temporary / "origin.json").write_text(json.dumps(record, indent=1), encoding="utf-8")
        if sha256(copy) != record["sha256"]:
            raise Failed(f"{path.name} changed while it was copied; run again")
        try:
            os.replace(temporary, place)
        except OSError:
            if not (place / "origin.json").is_file():  # else another process was first with the same content
                raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _point(source: str, digest: str, originals: Path) -> None:
    """Note which content a source had last, so that a repeated run finds it."""
    pointer = _pointer(source, originals)
    temporary = pointer.with_name(f".{uuid.uuid4().hex}")
    temporary.write_text(digest)
    os.replace(temporary, pointer)


def _pointer(source: str, originals: Path) -> Path:
    return originals / f"{hashlib.sha256(source.encode()).hexdigest()[:16]}.source"


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
