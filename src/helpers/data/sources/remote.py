"""Files that are not on this machine: object stores, Hadoop, the web. They are copied, then read like any file.

s3://bucket/sales/2024/*.parquet?region=eu-west-1     keys from AWS_ACCESS_KEY_ID …, or the machine's own
s3://bucket/sales.csv?endpoint_override=http://host:9000                  another store with the same protocol
gs://bucket/sales.csv   abfs://container@account.dfs.core.windows.net/sales.csv   https://host/sales.csv.gz
hdfs://host:8020/sales   webhdfs://host:9870/sales
"""

from __future__ import annotations

import datetime
import fnmatch
import re
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit
from urllib.request import Request, urlopen

from pyarrow import fs as arrow_fs

from helpers.data.sources.address import answered_by
from helpers.data.sources.files import READERS, is_table
from helpers.data.sources.source import Place, Source
from helpers.errors import BadInput, MissingExtra
from helpers.secrets import filled, without_secret

SECONDS = 10  # until a store that does not answer is given up


def opened(uri: str) -> Source:
    """Return the files that a URL names: one, those that a pattern with * matches, or all tables in a folder.

    BadInput when there is none, or the store does not answer or refuses.
    """
    shown = without_secret(uri)
    url, secrets = filled(uri)
    with answered_by(shown, secrets):
        places = _on_the_web(url) if url.startswith("http") else _in_store(url, shown)
    sizes = [place.size for place in places]
    size = None if None in sizes else sum(n or 0 for n in sizes)
    return Source(shown, f"{shown} ", "file", places, size=size)


def _in_store(url: str, shown: str) -> list[Place]:
    """Return the files in a store, named from the folder that the URL names on."""
    parts = urlsplit(url)
    system, root = STORES[parts.scheme](url, dict(parse_qsl(parts.query)))
    path = root.rstrip("/")
    pattern = re.search(r"[*\[]", path)
    base = path[: pattern.start()].rpartition("/")[0] if pattern else path
    info = system.get_file_info(base)
    if info.type == arrow_fs.FileType.File:
        return [_place(system, info, info.base_name)]
    if info.type == arrow_fs.FileType.NotFound:
        raise BadInput(f"there is no file {shown}; are bucket or host, and path, as they should be?")
    inside = system.get_file_info(arrow_fs.FileSelector(base, recursive=True))
    found = [
        i
        for i in inside
        if i.type == arrow_fs.FileType.File and _is_wanted(i.path, base, path if pattern else None)
    ]
    if not found:
        raise BadInput(f"{shown} names no file of a known kind; known are {', '.join(READERS)}")
    return [
        _place(system, i, i.path.removeprefix(base).lstrip("/")) for i in sorted(found, key=lambda i: i.path)
    ]


def _is_wanted(path: str, base: str, pattern: str | None) -> bool:
    if pattern is not None:
        return fnmatch.fnmatchcase(path, pattern)
    parts = PurePosixPath(path.removeprefix(base).lstrip("/")).parts
    return is_table(Path(path)) and not any(part.startswith((".", "_")) for part in parts)


def _place(system: Any, info: Any, name: str) -> Place:
    return Place(name, info.size, info.mtime, lambda: system.open_input_stream(info.path, compression=None))


def _on_the_web(url: str) -> list[Place]:
    def answer() -> Any:
        return urlopen(Request(url, headers={"User-Agent": "workbench"}), timeout=SECONDS)

    with answer() as response:
        length, changed = response.headers["Content-Length"], response.headers["Last-Modified"]
    name = unquote(PurePosixPath(urlsplit(url).path).name) or "table"
    modified = None
    if changed:
        modified = datetime.datetime.strptime(changed, "%a, %d %b %Y %H:%M:%S %Z").replace(
            tzinfo=datetime.UTC
        )
    return [Place(name, int(length) if length else None, modified, answer)]


def _s3(url: str, options: Mapping[str, str]) -> tuple[Any, str]:
    known = {"region", "scheme", "endpoint_override", "access_key", "secret_key", "session_token"}
    _refuse_unknown(options, known | {"anonymous"})
    given: dict[str, Any] = {k: v for k, v in options.items() if k in known}
    if options.get("anonymous") == "true":
        given["anonymous"] = True
    system = arrow_fs.S3FileSystem(
        **given,
        connect_timeout=SECONDS,
        request_timeout=6 * SECONDS,
        retry_strategy=arrow_fs.AwsStandardS3RetryStrategy(max_attempts=2),
    )
    return system, _path(url)


def _gs(url: str, options: Mapping[str, str]) -> tuple[Any, str]:
    _refuse_unknown(options, {"anonymous", "endpoint_override", "scheme"})
    given: dict[str, Any] = {k: v for k, v in options.items() if k in ("endpoint_override", "scheme")}
    limit = datetime.timedelta(seconds=SECONDS)
    system = arrow_fs.GcsFileSystem(
        anonymous=options.get("anonymous") == "true", retry_time_limit=limit, **given
    )
    return system, _path(url)


def _by_uri(url: str, options: Mapping[str, str]) -> tuple[Any, str]:
    return arrow_fs.FileSystem.from_uri(url)


def _hdfs(url: str, options: Mapping[str, str]) -> tuple[Any, str]:
    try:
        return arrow_fs.FileSystem.from_uri(url)
    except OSError as error:
        if "libhdfs" in str(error) or "libjvm" in str(error) or "Unable to load" in str(error):
            raise BadInput(
                f"{without_secret(url)}: Hadoop's library libhdfs and Java are not found (HADOOP_HOME, JAVA_HOME, "
                f"CLASSPATH); webhdfs:// wants neither"
            ) from None
        raise


def _webhdfs(url: str, options: Mapping[str, str]) -> tuple[Any, str]:
    try:
        from fsspec.implementations.webhdfs import WebHDFS
    except ImportError as error:
        raise MissingExtra(str(error.name or "fsspec"), "remote") from None
    _refuse_unknown(options, {"user", "kerberos", "use_https"})
    parts = urlsplit(url)
    flags = {k: options.get(k) == "true" for k in ("kerberos", "use_https")}
    system = WebHDFS(parts.hostname, parts.port or 9870, user=options.get("user") or parts.username, **flags)
    return arrow_fs.PyFileSystem(arrow_fs.FSSpecHandler(system)), unquote(parts.path)


def _refuse_unknown(options: Mapping[str, str], known: set[str]) -> None:
    odd = sorted(set(options) - known)
    if odd:
        raise BadInput(f"the URL has an unknown option {odd[0]!r}; known are {', '.join(sorted(known))}")


def _path(url: str) -> str:
    parts = urlsplit(url)
    return parts.netloc.rpartition("@")[2] + unquote(parts.path)


STORES: dict[str, Callable[[str, Mapping[str, str]], tuple[Any, str]]] = {
    "s3": _s3,
    "gs": _gs,
    "abfs": _by_uri,
    "abfss": _by_uri,
    "hdfs": _hdfs,
    "webhdfs": _webhdfs,
}
SCHEMES = (*STORES, "http", "https")
