"""The tables at hand in a folder, behind a glob or in a database: their names, and each of them typed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

from helpers.data import ingest
from helpers.data.kinds import typed_table
from helpers.data.originals import sha256
from helpers.data.sources import open_source
from helpers.data.sources.address import Address, address_of, answered_by
from helpers.errors import BadInput
from helpers.secrets import is_url
from helpers.sheets import file_and_sheet

DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
DRIVERS |= {"mysql": "mysql+pymysql", "mariadb": "mysql+pymysql"}


def tables_at(place: str | None, root: Path, but: str = "") -> list[str]:
    """Return the names of the tables at a place, as sources; that whose content has the hash `but` is left out."""
    if not place:
        return []
    if is_url(place):
        if re.search(r"[?&](table|query)=", place):
            return [place]
        joint = "&" if "?" in place else "?"
        return [f"{place}{joint}table={quote(name)}" for name in _in_database(place)]
    file, sheet = file_and_sheet(place)
    if sheet is not None:
        return [f"{name}?sheet={quote(sheet)}" for name in tables_at(file, root)]
    found = [file.path for file in open_source(place, None, root).files if file.path]
    near = [path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path) for path in found]
    return [name for name, path in zip(near, found, strict=True) if not but or sha256(path) != but]


def read_table(name: str, root: Path, temporary: Path) -> tuple[Path, dict[str, str]]:
    """Return a table typed, as a Parquet file in the temporary folder, and the kinds of its columns."""
    source = ingest.found(name, None, root)
    table, kinds = typed_table(ingest.original(source, temporary / "originals", temporary)[0])
    return table.path, kinds


def _in_database(url: str) -> list[str]:
    address = address_of(f"{url}{'&' if '?' in url else '?'}table=any")
    with answered_by(address.shown, address.secrets):
        found = _of_duckdb(address) if address.scheme == "duckdb" else _of_server(address)
    if not found:
        raise BadInput(f"{address.shown} holds no table")
    return sorted(found)


def _of_duckdb(address: Address) -> list[str]:
    import duckdb

    with duckdb.connect(address.url.removeprefix("duckdb:///"), read_only=True) as connection:
        return [row[0] for row in connection.execute("SHOW TABLES").fetchall()]


def _of_server(address: Address) -> list[Any]:
    import sqlalchemy as sa

    scheme, _, rest = address.url.partition("://")
    file = rest.partition("?")[0].removeprefix("/")
    if scheme.partition("+")[0] == "sqlite" and not Path(file).is_file():  # else SQLite would make it
        raise BadInput(f"there is no SQLite file {file}")
    engine = sa.create_engine(f"{DRIVERS.get(scheme, scheme)}://{rest}", poolclass=sa.pool.NullPool)
    inspector = sa.inspect(engine)
    return [*inspector.get_table_names(), *inspector.get_view_names()]
