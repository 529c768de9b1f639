"""Who owns a source and who may read it, as the file system or the URL of a database tells."""

from __future__ import annotations

import stat
from pathlib import Path
from urllib.parse import unquote, urlsplit

from helpers.data.sources.source import Source


def rights_of(source: Source) -> dict[str, str]:
    """Return owner and rights of a source, as far as they are known: those of its first file, or the user who reads."""
    path = next((file.path for file in source.files if file.path), None)
    if path is not None:
        return {"owner": owner_of(path), "rights": stat.filemode(path.stat().st_mode)}
    user = urlsplit(source.shown).username if "://" in source.shown else None
    return {"rights": f"read as {unquote(user)}"} if user else {}


def owner_of(path: Path) -> str:
    """Return the owner of a file and its group, by number where they have no name."""
    try:
        return f"{path.owner()}:{path.group()}"
    except (KeyError, NotImplementedError):
        state = path.stat()
        return f"{state.st_uid}:{state.st_gid}"
