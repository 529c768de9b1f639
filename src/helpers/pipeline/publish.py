"""What leaves the store when a run ends: versions of the model, and files for the reader of the report."""

from __future__ import annotations

import os
import shutil
import uuid
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from helpers.pipeline.graph import Graph
from helpers.pipeline.manifest import artifacts_of, left_by_failed
from helpers.pipeline.places import LATEST, versions_in
from helpers.pipeline.store import Entry, Store, answered, content_hash, discard, files_in, sync, write_text

EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip can hold; the same content gives the same archive


def publish(manifest: dict[str, Any], graph: Graph, store: Store) -> None:
    """Give every published artifact of the run its version in the workspace, and note it in the manifest.

    The same content keeps its version; another one gets the next number.
    """
    entries = artifacts_of(manifest)
    for artifact, folder in graph.publish.items():
        if artifact in entries:
            place = store.workspace / folder / manifest["name"]
            path = store.path(entries[artifact])
            with answered(store.workspace):
                version = _version_of(path, entries[artifact], place)
                write_text(place / LATEST, f"{version}\n")
            manifest[artifact] = {"name": manifest["name"], "version": version, "files": listing(path)}
            card = path / "model_card.md"
            if card.is_file():
                manifest["model_card"] = card.read_text(encoding="utf-8")


def listing(path: Path) -> list[dict[str, Any]]:
    """Return name, size in bytes and SHA-256 of the files at or below a path."""
    return [
        {"name": f.relative_to(path).as_posix(), "bytes": f.stat().st_size, "sha256": content_hash(f)}
        for f in files_in(path)
    ]


def downloads(manifest: dict[str, Any], graph: Graph, store: Store, folder: Path) -> None:
    """Put the artifacts that readers want into files/ of the run's folder, and note them in the manifest.

    What a stage wrote before it failed is among them: it may say what to mend.
    """
    entries = artifacts_of(manifest) | left_by_failed(manifest)
    manifest["downloads"] = []
    for artifact in graph.download:
        if artifact in entries:
            with answered(store.workspace):
                file = _downloadable(artifact, entries[artifact], store, folder / "files")
            about = {"file": f"files/{file.name}", "title": artifact.replace("_", " ")}
            manifest["downloads"].append(about | {"bytes": file.stat().st_size, "sha256": content_hash(file)})


def _version_of(path: Path, entry: Entry, place: Path) -> int:
    versions: Mapping[int, Path] = {int(p.name): p for p in versions_in(place)}
    for version in sorted(versions, reverse=True):
        if content_hash(versions[version]) == entry.hash:
            return version
    version = max(versions, default=0) + 1
    place.mkdir(parents=True, exist_ok=True)
    temporary = place / f".{uuid.uuid4().hex}"
    try:
        shutil.copytree(path, temporary)
        for file in files_in(temporary):
            sync(file)
        os.replace(temporary, place / str(version))
    finally:
        discard(temporary)
    return version


def _downloadable(artifact: str, entry: Entry, store: Store, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = store.path(entry)
    suffix = ".csv" if entry.kind == "table" else ".zip" if path.is_dir() else entry.suffix
    file, temporary = folder / f"{artifact}{suffix}", folder / f".{uuid.uuid4().hex}"
    try:
        if entry.kind == "table":
            _write_csv(path, temporary)
        elif path.is_dir():
            _write_zip(path, temporary)
        else:
            shutil.copyfile(path, temporary)
        os.replace(temporary, file)
    finally:
        discard(temporary)
    return file


def _write_csv(table: Path, file: Path) -> None:
    import pyarrow.csv
    import pyarrow.parquet

    with pyarrow.parquet.ParquetFile(table) as opened:  # read_table would import pandas
        read = opened.read()
    index = [c for c in (read.schema.pandas_metadata or {}).get("index_columns", []) if isinstance(c, str)]
    pyarrow.csv.write_csv(read.drop_columns(index), file)


def _write_zip(folder: Path, file: Path) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files_in(folder):
            name = zipfile.ZipInfo(path.relative_to(folder).as_posix(), EPOCH)
            archive.writestr(name, path.read_bytes(), zipfile.ZIP_DEFLATED)
