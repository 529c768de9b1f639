"""The address of a database: what to show, what to open, and what no message may hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode

import pyarrow as pa

from helpers.data.sources.files import first_line, refuse_twice
from helpers.data.sources.source import Source
from helpers.errors import BadInput, MissingExtra
from helpers.secrets import filled, scrubbed, without_secret


@dataclass(frozen=True)
class Address:
    """A database, and the table or the query that is wanted.

    shown    the URL without secrets
    url      the URL to open, secrets in it
    secrets  what no message may hold
    """

    shown: str
    url: str = field(repr=False)
    secrets: set[str] = field(repr=False)
    table: str | None
    query: str | None

    @property
    def scheme(self) -> str:
        """The part before ://."""
        return self.url.partition("://")[0]


@contextmanager
def answered_by(shown: str, secrets: set[str]) -> Iterator[None]:
    """Turn what a driver raises into one line without a secret."""
    try:
        yield
    except MissingExtra:
        raise
    except BadInput as error:
        raise BadInput(scrubbed(str(error), secrets)) from None
    except MemoryError:
        raise
    except Exception as error:
        raise BadInput(f"{shown}: {scrubbed(first_line(error), secrets)}") from None


def opened(uri: str, query: str | None, reader: Callable[[Address], pa.RecordBatchReader]) -> Source:
    """Return the source of a table (?table=name) or a query; nothing is asked of the database yet."""
    address = address_of(uri, query)

    def read() -> pa.RecordBatchReader:
        with answered_by(address.shown, address.secrets):
            found = reader(address)
            refuse_twice(found.schema.names, address.table or "the query")

        def batches() -> Iterator[pa.RecordBatch]:
            rows = 0
            with answered_by(address.shown, address.secrets):
                for batch in found:
                    rows += len(batch)
                    yield batch
            if not rows:
                raise BadInput(f"{address.shown}: {address.table or 'the query'} has no row")

        return pa.RecordBatchReader.from_batches(found.schema, batches())

    return Source(address.shown, f"{address.shown} {query or ''}", "database", read=read)


def address_of(uri: str, query: str | None = None) -> Address:
    """Return the address of a URL; BadInput when it names no table, or a secret that is not there."""
    shown = without_secret(uri)
    bare, _, options = uri.partition("?")
    given = dict(parse_qsl(options))
    table, query = given.pop("table", None), query or given.pop("query", None)
    if not table and not (query or "").strip():
        raise BadInput(f"{shown} names no table; add ?table=NAME, or set ingest.query")
    url, secrets = filled(bare + (f"?{urlencode(given, safe='${}:/')}" if given else ""))
    return Address(shown, url, secrets, table, (query or "").strip().rstrip(";").rstrip() or None)
