"""One run at a time in a workspace, one search at a time in a folder: the system takes the lock of a dead one back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
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


def is_held(folder: Path) -> bool:
    """Whether something that lives is at work in a folder."""
    import filelock

    file = folder / "lock"
    if not file.exists():
        return False
    try:
        with filelock.FileLock(file, blocking=False):
            return False
    except filelock.Timeout:
        return True


@contextmanager
def alone_in(folder: Path, what: str, who: str) -> Iterator[None]:
    """Hold a folder while something is at work there; BadInput says who else is.

    what  names the work, and who the one that does it, for those that come meanwhile
    """
    import filelock

    held, note = filelock.FileLock(folder / "lock", blocking=False), folder / "at_work.txt"
    with answered(folder):
        try:
            held.acquire()
        except filelock.Timeout:
            other = note.read_text(encoding="utf-8") if note.exists() else "another process"
            raise BadInput(f"{what} is at work already, in {other}; wait for its end, or stop it") from None
        note.write_text(who, encoding="utf-8")
    try:
        yield
    finally:
        held.release()
