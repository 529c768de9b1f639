"""Where tables come from: files (also packed, many, or far away), databases, warehouses, Spark.

`open_source` says what a name means and reads nothing yet; `Source.files` are copied as they are, and what has none
is read by `Source.read` as record batches. One module a kind. A sheet of an Excel file is named behind it, as
book.xlsx?sheet=Prices.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from helpers.data.sources import address, duckdb_file, local, postgres, relational, remote, spark
from helpers.data.sources.source import Place, Source
from helpers.errors import BadInput
from helpers.secrets import is_url, refuse_secret, without_secret
from helpers.sheets import file_and_sheet

__all__ = ["Place", "Source", "key_of", "open_source"]

NEVER = {
    "file": "name a file of this machine by its path alone",
    "ftp": "download the file, or name it by https://",
    "sftp": "download the file, or name it by https://",
}
READERS = {"postgresql": postgres.read, "postgres": postgres.read, "duckdb": duckdb_file.read}
READERS |= {"spark": spark.read, "sc": spark.read}


def open_source(uri: str, query: str | None = None, root: Path | None = None) -> Source:
    """Return what a file, a glob, a folder or a URL names; relative paths count from root.

    BadInput when it names nothing, holds a secret, or is of a kind that is not known.
    """
    if not uri:
        raise BadInput("ingest.source is empty; name a file or a database URL")
    if not is_url(uri):
        if query:
            raise BadInput(
                f"{uri} is a file, and a query wants a database; unset ingest.query, or name a URL"
            )
        file, sheet = file_and_sheet(uri)
        return replace(local.opened(file, root or Path()), sheet=sheet)
    refuse_secret(uri)
    scheme = _scheme(uri)
    if scheme in remote.SCHEMES:
        if query:
            raise BadInput(f"{scheme}:// names files, and a query wants a database; unset ingest.query")
        file, sheet = file_and_sheet(uri)
        return replace(remote.opened(file), sheet=sheet)
    if scheme in NEVER:
        raise BadInput(f"{scheme}:// is no known kind of source; {NEVER[scheme]}")
    return address.opened(uri, query, READERS.get(scheme, relational.read))


def key_of(uri: str, query: str | None, root: Path) -> str:
    """Return the name under which a repeated run finds what a source had, whether the source is still there or not."""
    if not is_url(uri):
        return str((root / Path(file_and_sheet(uri)[0]).expanduser()).resolve())
    uri = file_and_sheet(uri)[0] if _scheme(uri) in remote.SCHEMES else uri
    return f"{without_secret(uri)} {query or ''}"


def _scheme(uri: str) -> str:
    return re.split(r"[+:]", uri, maxsplit=1)[0].lower()
