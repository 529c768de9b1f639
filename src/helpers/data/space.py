"""Whether a source will fit: bytes on disk, bytes in memory, and what is free, before anything is copied."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from helpers.data.sources import Source, packed
from helpers.errors import Failed

# Bytes of Parquet, and of a pandas table in memory, for a byte of the file; measured on the tables that ship.
PARQUET = {".csv": 1.0, ".parquet": 1.6, ".feather": 1.0, ".xlsx": 4.0}
MEMORY = {".parquet": 12, ".feather": 4, ".xlsx": 12}
UNPACKED = 6


@dataclass(frozen=True)
class Room:
    """Bytes of the source, of what ingest writes for it, free on the disk, expected in memory, free there.

    What is not known is None.
    """

    source: int | None
    needed: int | None
    free: int
    memory: int | None
    free_memory: int | None

    def table(self) -> pd.DataFrame:
        """Return one row a figure, as text for people."""
        from helpers.report.text import size

        told = {
            "size of the source": self.source,
            "needed on the disk, copies included": self.needed,
            "free on the disk": self.free,
            "expected in memory, if held whole": self.memory,
            "free in memory": self.free_memory,
        }
        shown = {what: "not known before it is read" if n is None else size(n) for what, n in told.items()}
        return pd.DataFrame({"": shown})


def room_for(source: Source, workspace: Path) -> Room:
    """Return whether there is room; Failed when there is not, before anything was written.

    Kept are the original, and for a while the table as Parquet twice, as read and in its kinds; then the rows.
    """
    workspace.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(workspace).free
    if source.size is None:
        return Room(None, None, free, None, _free_memory())
    parquet = sum(_bytes(f.path, f.name, f.size or 0, PARQUET) for f in source.files) or 2 * source.size
    memory = sum(_bytes(f.path, f.name, f.size or 0, MEMORY, 6) for f in source.files) or 6 * source.size
    needed = int(source.size + 2 * parquet)
    if free < needed:
        raise Failed(
            f"{source.shown} has {source.size:,} bytes and needs about {needed:,} in {workspace}, where {free:,} are "
            f"free; free some (workbench clean), or name another place with --workspace"
        )
    return Room(source.size, needed, free, int(memory), _free_memory())


def _bytes(
    path: Path | None, name: str, size: int, factors: Mapping[str, float], usual: float = 1.0
) -> float:
    file = Path(name)
    factor = factors.get(packed.suffix_of(file), usual)
    return size * factor * (UNPACKED if packed.is_packed(file) else 1)


def _free_memory() -> int | None:
    """Return the free memory in bytes, None where the system does not tell."""
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, AttributeError):
        return None
