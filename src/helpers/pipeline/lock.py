"""One run at a time in a workspace: the system takes the lock back when the process that holds it dies."""

from __future__ import annotations

from pathlib import Path

from helpers.errors import BadInput
from helpers.pipeline.store import answered


class lock:
    """The lock of a workspace: one run at a time; BadInput tells who has it."""

    def __init__(self, workspace: Path) -> None:
        import filelock

        self._file = workspace / "lock"
        self._lock = filelock.FileLock(self._file, blocking=False)

    def __enter__(self) -> None:
        import filelock

        with answered(self._file.parent):
            try:
                self._lock.acquire()
            except filelock.Timeout:
                raise BadInput(
                    f"another run is at work in {self._file.parent}; wait for its end, or name another --workspace"
                ) from None

    def __exit__(self, *_: object) -> None:
        self._lock.release()
