"""Files on this machine: one, those that a glob matches, or all tables in a folder."""

from __future__ import annotations

import datetime
import glob
import os
from pathlib import Path

from helpers.data.sources.files import READERS, is_table
from helpers.data.sources.source import Place, Source
from helpers.errors import BadInput


def opened(name: str, root: Path) -> Source:
    """Return the source of a file, a glob or a folder; BadInput when there is none."""
    whole = (root / Path(name).expanduser()).resolve()
    base, found = _found(name, whole)
    places = [_place(path, path.relative_to(base).as_posix()) for path in found]
    return Source(name, str(whole), "file", places, size=sum(p.size or 0 for p in places))


def _found(name: str, whole: Path) -> tuple[Path, list[Path]]:
    """Return the folder from which names count, and the files in a fixed order."""
    if whole.is_file():
        return whole.parent, [whole]
    if whole.is_dir():
        inside = sorted(p for p in whole.rglob("*") if p.is_file() and not _is_hidden(p.relative_to(whole)))
        tables = [p for p in inside if is_table(p)]
        if not tables:
            raise BadInput(f"the folder {name} holds no table; known are {', '.join(READERS)}")
        return whole, tables
    if not glob.has_magic(name):
        special = whole.exists()
        raise BadInput(
            f"{name} is no ordinary file; copy it to one" if special else f"there is no file {name}"
        )
    matches = sorted(Path(p) for p in glob.glob(str(whole), recursive=True) if os.path.isfile(p))
    if not matches:
        raise BadInput(f"{name} matches no file")
    return Path(os.path.commonpath([m.parent for m in matches])), matches


def _is_hidden(path: Path) -> bool:
    return any(part.startswith((".", "_")) for part in path.parts)


def _place(path: Path, name: str) -> Place:
    state = path.stat()
    modified = datetime.datetime.fromtimestamp(state.st_mtime, datetime.UTC)
    return Place(name, state.st_size, modified, lambda: path.open("rb"), path)
