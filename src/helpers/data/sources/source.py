"""What a name of data means, before anything is read."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import pyarrow as pa


@dataclass(frozen=True)
class Place:
    """A file of a source: its name in the copy, size in bytes, time of the last change, and how to read it.

    path is where it is on this machine, if it is.
    """

    name: str
    size: int | None
    modified: datetime.datetime | None
    open: Callable[[], IO[bytes]]
    path: Path | None = None


@dataclass(frozen=True)
class Source:
    """A source: what to show of it (no secret), a key that names it, and its files or how to read it.

    size is in bytes, of what will be read, where that is known without reading it. sheet is that of Excel files.
    """

    shown: str
    key: str
    kind: str
    files: Sequence[Place] = ()
    read: Callable[[], pa.RecordBatchReader] | None = None
    size: int | None = None
    notes: dict[str, str] = field(default_factory=dict)
    sheet: str | None = None
