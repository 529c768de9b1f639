"""The ledger of the seal: one line for every opening of sealed rows, only ever appended."""

from __future__ import annotations

import datetime
import json
import os
from pathlib import Path
from typing import Any

from helpers.pipeline.store import answered

NAME = "ledger.jsonl"
KEEPER = "WORKBENCH_LEDGER"  # workspace whose ledger it is, where a run is repeated in another one for a while


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


def openings(workspace: Path, seal: str) -> list[dict[str, Any]]:
    """Return the openings of one seal, oldest first; a line cut short by a crash is left out."""
    try:
        lines = (workspace / NAME).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    found = []
    for line in lines:
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict) and record.get("seal") == seal:
            found.append(record)
    return found


def _cut_short(ledger: Path) -> bool:
    with ledger.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(size - 1, 0))
        return file.read(1) not in (b"", b"\n")
