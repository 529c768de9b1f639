"""The original: copied once, hashed, read-only, never written to again; plain, encrypted, or not at all.

workspace/originals/<sha256>/origin.json    what it is, where it came from and when
workspace/originals/<sha256>/<file> …       the files as they were, or <file>.encrypted
workspace/originals/<sha256>.csv.gz/…       the same content, once more as a file of another kind
workspace/originals/<hash>.source           which content a source had last
"""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helpers.data import vault
from helpers.data.rights import rights_of
from helpers.data.sources import Place, Source
from helpers.data.sources.files import READERS
from helpers.data.sources.packed import PACKED
from helpers.errors import BadInput, Failed, nearest

PINNED = "WORKBENCH_PINNED"  # source -> the content that it had in the run that is repeated, as JSON
WAYS = ("plain", "encrypted", "none")
RECORD, SNAPSHOT = "origin.json", "snapshot.parquet"


@dataclass(frozen=True)
class Kept:
    """An original: the folder and the names of its files, which can be read now, and its record."""

    folder: Path
    names: list[str]
    record: dict[str, Any]


def keep(source: Source, originals: Path, temporary: Path, how: str = "plain") -> Kept:
    """Copy a source to where nothing writes to it again, and return the copy.

    how is "plain"; "encrypted", with the key that vault.key finds, or "none": then its hash alone is kept. In these
    two the copy that can be read stands in the temporary folder, and one that was kept plain before is removed.
    """
    if how not in WAYS:
        raise BadInput(
            f"ingest.keep_original must be one of {', '.join(WAYS)}, not {how!r}{nearest(how, WAYS)}"
        )
    if how == "encrypted":
        vault.key()
    originals.mkdir(parents=True, exist_ok=True)
    return _pinned(source, originals, temporary) or _kept(source, originals, temporary, how)


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def pinned() -> bool:
    """Whether sources must be read as they were kept, since a run is being repeated."""
    return PINNED in os.environ


def _kept(source: Source, originals: Path, temporary: Path, how: str) -> Kept:
    known = _known(source, originals, how)
    if known is not None:
        _remove_plain(known, how)
        _point(source.key, known.name, originals)
        return _opened(known, temporary)
    staged = (originals if how == "plain" else temporary) / f".{uuid.uuid4().hex}"
    try:
        files = _copied(source, staged)
        digest = _digest(files)
        place = _place(originals, files)
        if _as_wanted(place, how):
            if how != "none":  # there, what was just read is all there is
                shutil.rmtree(staged)
        else:
            record = _record(source, files, digest, how)
            _put_away(staged, place, record, temporary)
    except BaseException:
        shutil.rmtree(staged, ignore_errors=True)
        raise
    _remove_plain(place, how)
    _point(source.key, place.name, originals)
    if how == "plain":
        return _opened(place, temporary)
    record = json.loads((place / RECORD).read_text(encoding="utf-8"))
    return Kept(staged, [f["name"] for f in files], record) if staged.exists() else _opened(place, temporary)


def _known(source: Source, originals: Path, how: str) -> Path | None:
    """Return the place of files on this machine whose content is kept already, as it is wanted."""
    if how == "none" or not source.files or any(f.path is None for f in source.files):
        return None
    files = [{"name": _safe(f.name), "sha256": sha256(f.path)} for f in source.files if f.path]
    place = _place(originals, files)
    return place if _as_wanted(place, how) else None


def _place(originals: Path, files: Sequence[dict[str, Any]]) -> Path:
    """Return the folder of a content; another one where it was kept as a file of another kind, by its suffixes.

    Its name tells the reader: a table.csv that was renamed to table.csv.gz must be read as that.
    """
    place = originals / _digest(files)
    if len(files) > 1 or not (place / RECORD).is_file():
        return place
    record = json.loads((place / RECORD).read_text(encoding="utf-8"))
    before = record["files"][0]["name"] if "files" in record else record["file"]
    suffixes, known = (_suffixes(name) for name in (files[0]["name"], before))
    return place if suffixes == known else place.with_name(f"{place.name}{suffixes}")


def _suffixes(name: str) -> str:
    """Return the suffixes that tell how a file is read."""
    return "".join(s for s in map(str.lower, Path(name).suffixes) if s in READERS or s in PACKED)


def _remove_plain(place: Path, how: str) -> None:
    """Remove plain copies of a content, as files of whatever kind, where none shall be kept plain."""
    for record in place.parent.glob(f"{place.name.partition('.')[0]}*/{RECORD}") if how != "plain" else ():
        if _as_wanted(record.parent, "plain"):
            for path in record.parent.rglob("*"):
                path.chmod(0o755)  # Windows removes no file that can only be read
            shutil.rmtree(record.parent)


def _as_wanted(place: Path, how: str) -> bool:
    if not (place / RECORD).is_file():
        return False
    return json.loads((place / RECORD).read_text(encoding="utf-8")).get("kept", "plain") == how


def _copied(source: Source, folder: Path) -> list[dict[str, Any]]:
    """Copy files, or write what a database gives, into a folder; return name, bytes and SHA-256 of each."""
    folder.mkdir(parents=True)
    if source.read is not None:
        snapshot(source, folder / SNAPSHOT)
        names = [SNAPSHOT]
    else:
        names = [_copy(file, folder) for file in source.files]
    made = [(name, folder / name) for name in names]
    return [{"name": n, "bytes": p.stat().st_size, "sha256": sha256(p)} for n, p in made]


def _copy(file: Place, folder: Path) -> str:
    name = _safe(file.name)
    copy = folder / name
    copy.parent.mkdir(parents=True, exist_ok=True)
    taken = hashlib.sha256()
    with file.open() as stream, copy.open("wb") as out:
        while data := stream.read(1 << 20):
            taken.update(data)
            out.write(data)
        out.flush()
        os.fsync(out.fileno())
    if sha256(copy) != taken.hexdigest() or (file.path and sha256(file.path) != taken.hexdigest()):
        raise Failed(f"{file.name} changed while it was copied; run again")
    return name


def _safe(name: str) -> str:
    return "table.json" if name == RECORD else name


def snapshot(source: Source, path: Path) -> None:
    """Write what a database gives to a Parquet file, batch by batch."""
    from helpers.data import parquet
    from helpers.data.table import row_groups

    assert source.read is not None
    reader, rows = source.read(), 0
    with parquet.writer(path, reader.schema, "zstd") as writer:
        for table in row_groups(reader):
            writer.write_table(table)
            rows += table.num_rows
    if rows == 0:
        raise BadInput(f"{source.shown} has no row")


def _digest(files: Sequence[dict[str, Any]]) -> str:
    """Return the hash of one file, or of the names and hashes of several."""
    if len(files) == 1:
        return files[0]["sha256"]
    listing = "".join(f"{f['name']} {f['sha256']}\n" for f in files)
    return hashlib.sha256(listing.encode()).hexdigest()


def _record(source: Source, files: list[dict[str, Any]], digest: str, how: str) -> dict[str, Any]:
    times = [f.modified for f in source.files if f.modified]
    now = datetime.datetime.now(datetime.UTC)
    return {
        "source": source.shown,
        "kind": source.kind,
        "sha256": digest,
        "bytes": sum(f["bytes"] for f in files),
        "retrieved": now.isoformat(timespec="seconds"),
        "modified": max(times, default=now).isoformat(timespec="seconds"),
        "files": files,
        "kept": how,
        **rights_of(source),
    }


def _put_away(staged: Path, place: Path, record: dict[str, Any], temporary: Path) -> None:
    """Give what was copied its place at once: as it is, encrypted, or its record alone."""
    made = staged
    if record["kept"] != "plain":
        made = place.with_name(f".{uuid.uuid4().hex}")
        made.mkdir()
    try:
        for file in record["files"] if record["kept"] == "encrypted" else []:
            target = made / f"{file['name']}{vault.SUFFIX}"
            target.parent.mkdir(parents=True, exist_ok=True)
            vault.encrypt(staged / file["name"], target)
        (made / RECORD).write_text(json.dumps(record, indent=1), encoding="utf-8")
        for path in made.rglob("*"):
            if path.is_file() and path.name != RECORD:
                path.chmod(0o444)
        _replace(made, place, record["kept"])
    finally:
        if made != staged:
            shutil.rmtree(made, ignore_errors=True)


def _replace(made: Path, place: Path, how: str) -> None:
    if place.exists() and not _as_wanted(place, how):
        shutil.rmtree(place)
    try:
        os.replace(made, place)
    except OSError:
        if not _as_wanted(place, how):  # else another process was first with the same content
            raise
        shutil.rmtree(made, ignore_errors=True)


def _pinned(source: Source, originals: Path, temporary: Path) -> Kept | None:
    """Return what a repeated run must read; None when it may read the source."""
    if not pinned():
        return None
    pointer, content = _pointer(source.key, originals), json.loads(os.environ[PINNED]).get(source.shown)
    name = pointer.read_text().strip() if pointer.is_file() else ""  # none where the project was moved
    if content and content != name.partition(".")[0] and (originals / content).is_dir():
        name = content
    if not name:
        return None
    place = originals / name
    if place.is_dir() and not _as_wanted(place, "none"):
        return _opened(place, temporary)
    staged = temporary / f".{uuid.uuid4().hex}"
    if not source.files and source.read is None:
        raise Failed(f"{source.shown} is gone, and no copy of it was kept")
    files = _copied(source, staged)
    if _digest(files) != place.name.partition(".")[0]:
        raise Failed(f"{source.shown} has changed since it was read, and no copy of it was kept")
    record = (
        json.loads((place / RECORD).read_text(encoding="utf-8"))
        if place.is_dir()
        else _record(source, files, _digest(files), "none")
    )
    return Kept(staged, [f["name"] for f in files], record)


def _opened(place: Path, temporary: Path) -> Kept:
    record = json.loads((place / RECORD).read_text(encoding="utf-8"))
    if "files" not in record:  # written before originals could be several files
        record["files"] = [{k: record[k] for k in ("bytes", "sha256")} | {"name": record["file"]}]
    folder = place
    if record.get("kept") == "encrypted":
        folder = temporary / f".{uuid.uuid4().hex}"
        for file in record["files"]:
            target = folder / file["name"]
            target.parent.mkdir(parents=True, exist_ok=True)
            vault.decrypt(place / f"{file['name']}{vault.SUFFIX}", target)
    for file in record["files"]:
        if sha256(folder / file["name"]) != file["sha256"]:
            raise BadInput(
                f"the original {place} was changed since it was kept; remove that folder and run again"
            )
    return Kept(folder, [f["name"] for f in record["files"]], record)


def _point(key: str, digest: str, originals: Path) -> None:
    """Note which content a source had last, so that a repeated run finds it."""
    pointer = _pointer(key, originals)
    temporary = pointer.with_name(f".{uuid.uuid4().hex}")
    temporary.write_text(digest)
    os.replace(temporary, pointer)


def _pointer(key: str, originals: Path) -> Path:
    return originals / f"{hashlib.sha256(key.encode()).hexdigest()[:16]}.source"
