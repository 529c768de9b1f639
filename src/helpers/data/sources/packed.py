"""Files as their bytes, unpacked on the way."""

from __future__ import annotations

import bz2
import gzip
import lzma
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pyarrow as pa

from helpers.errors import BadInput

PACKED = (".gz", ".zip", ".bz2", ".xz", ".zst")
BROKEN = (OSError, EOFError, lzma.LZMAError, zipfile.BadZipFile, zlib.error, pa.ArrowInvalid)


def suffix_of(path: Path) -> str:
    """Return the suffix that tells the kind of table, lower case, without those of packers; empty for none."""
    return next((s for s in reversed([s.lower() for s in path.suffixes]) if s not in PACKED), "")


def is_packed(path: Path) -> bool:
    """Whether the last suffix is a packer's."""
    return path.suffix.lower() in PACKED


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for reading, unpacked; BadInput when it cannot be unpacked, wherever in it that shows."""
    if not is_packed(path):
        with path.open("rb") as plain:
            yield plain
        return
    try:
        with _unpacked(path) as file:
            yield file
    except BROKEN as error:
        raise BadInput(f"{path.name} cannot be unpacked: {str(error).splitlines()[0]}") from None


@contextmanager
def plain(path: Path) -> Iterator[Path]:
    """Give the path of an unpacked file: the file itself, or a temporary one."""
    if not is_packed(path):
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="unpacked-") as folder:
        target = Path(folder) / path.stem
        with opened(path) as file, target.open("wb") as out:
            shutil.copyfileobj(file, out)
        yield target


def head(path: Path, size: int = 65536) -> bytes:
    """Return the first bytes of a file, unpacked."""
    with opened(path) as file:
        return file.read(size)


def _unpacked(path: Path) -> IO[bytes]:
    suffix = path.suffix.lower()
    if suffix == ".zip":
        return _of_archive(path)
    if suffix == ".zst":
        return pa.CompressedInputStream(pa.OSFile(str(path)), "zstd")
    openers: dict[str, Callable[..., IO[bytes]]] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}  # type: ignore[dict-item]
    return openers[suffix](path, "rb")


def _of_archive(path: Path) -> IO[bytes]:
    archive = zipfile.ZipFile(path)
    inside = [n for n in archive.namelist() if not n.endswith("/")]
    if len(inside) != 1:
        raise BadInput(f"{path.name} holds {len(inside)} files; unpack it and name one of them")
    try:
        return archive.open(inside[0])
    except RuntimeError as error:  # an archive with a password
        raise BadInput(f"{path.name} cannot be unpacked: {error}") from None
