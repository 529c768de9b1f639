"""The ledger of the seal: one line for every opening of sealed rows, only ever appended."""

from __future__ import annotations

import datetime
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from helpers.pipeline.store import Entry, Store, answered

NAME = "ledger.jsonl"
KEEPER = (
    "WORKBENCH_LEDGER"  # workspace whose ledger it is, where a run is repeated in another one for a while
)


def note_opening(workspace: Path, seal: str, model: str, **about: Any) -> None:
    """Append one opening: seal is the hash of the sealed rows, model that of the model judged by them."""
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    line = json.dumps({"at": now, "seal": seal, "model": model, **about}) + "\n"
    with answered(workspace):
        handle = os.open(workspace / NAME, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            if _cut_short(workspace / NAME):
                line = f"\n{line}"  # or this opening would be lost with the one that a crash cut short
            os.write(handle, line.encode())
            os.fsync(handle)
        finally:
            os.close(handle)


def rows_of(store: Store, sealed: Entry, provenance: Mapping[str, Any] | None) -> str | None:
    """Return what sealed rows are called whatever columns they have, by their places in which original.

    None where nothing tells their places: then the hash of all that was sealed must do.
    """
    if not provenance or "sha256" not in provenance or sealed.kind != "table":
        return None
    import pyarrow.parquet as pq

    file = store.path(sealed, sealed=True)
    index = (pq.read_schema(file).pandas_metadata or {}).get("index_columns", [])
    if not index or not all(isinstance(name, str) for name in index):
        return None
    digest = hashlib.sha256(provenance["sha256"].encode())
    for places in pq.read_table(file, columns=index, partitioning=None).columns:
        for chunk in places.chunks:
            digest.update("".join(f"{place!r}\n" for place in chunk.to_pylist()).encode())
    return digest.hexdigest()


def openings(workspace: Path, seal: str) -> list[dict[str, Any]]:
    """Return the openings of one seal and of the same rows in another one, such as with fewer columns, oldest first.

    A line cut short by a crash is left out.
    """
    try:
        lines = (workspace / NAME).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    records = []
    for line in lines:
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict):
            records.append(record)
    rows = [r["rows"] for r in records if r.get("seal") == seal and r.get("rows")]
    return [r for r in records if r.get("seal") == seal or r.get("rows") in rows]


def _cut_short(ledger: Path) -> bool:
    with ledger.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(size - 1, 0))
        return file.read(1) not in (b"", b"\n")
