"""Files that are not on this machine: object stores, Hadoop, the web. They are copied, then read like any file.

s3://bucket/sales/2024/*.parquet?region=eu-west-1     keys from AWS_ACCESS_KEY_ID …, or the machine's own
s3://bucket/sales.csv?endpoint_override=http://host:9000                  another store with the same protocol
gs://bucket/sales.csv                                 keys as Google's own tools find them, or ?anonymous=true
abfs://container@account.dfs.core.windows.net/sales.csv?account_key=${NAME}   or sas_token, or as az login left them
https://host/sales.csv.gz
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

from pyarrow import ArrowException
from pyarrow import fs as arrow_fs

from helpers.data.sources.address import answered_by
from helpers.data.sources.files import READERS, is_table
from helpers.data.sources.source import Place, Source
from helpers.errors import BadInput, MissingExtra
from helpers.secrets import filled, without_secret

NO_KEY = {
    "OAuth2 access token": "log in with gcloud auth application-default login, set GOOGLE_APPLICATION_CREDENTIALS, "
    "or add ?anonymous=true for a public bucket",
    "AuthenticationException": "add ?account_key=${NAME} or ?sas_token=${NAME} and set NAME, or log in with az login",
}
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
    if not path.lstrip("/") or (path.startswith("/") and "hdfs" not in parts.scheme):
        raise BadInput(f"{shown} names no bucket; write {parts.scheme}://BUCKET/PATH")
    pattern = re.search(r"[*\[]", path)
    base = path[: pattern.start()].rpartition("/")[0] if pattern else path
    info = _asked(system, base, shown)
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


def _asked(system: Any, path: str, shown: str) -> Any:
    """Return what the store knows of a path; when no key was found anywhere, the line says how to give one."""
    try:
        return system.get_file_info(path)
    except (OSError, ArrowException) as error:
        for said, hint in NO_KEY.items():
            if said in str(error):
                raise BadInput(f"{shown}: no key for the store was found; {hint}") from None
        raise


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
    _refuse_unknown(options, {"anonymous", "endpoint_override"})
    given: dict[str, Any] = {}
    if "endpoint_override" in options:
        given["scheme"], given["endpoint_override"] = _endpoint(options["endpoint_override"])
    limit = datetime.timedelta(seconds=SECONDS)
    system = arrow_fs.GcsFileSystem(
        anonymous=options.get("anonymous") == "true", retry_time_limit=limit, **given
    )
    return system, _path(url)


def _abfs(url: str, options: Mapping[str, str]) -> tuple[Any, str]:
    """Return the store of abfs://container@account.dfs.core.windows.net/path, and container/path."""
    _refuse_unknown(options, {"account_key", "sas_token", "endpoint_override"})
    parts = urlsplit(url)
    container, _, host = parts.netloc.rpartition("@")
    account, _, domain = host.partition(".")
    if not container or not account:
        raise BadInput(
            f"{without_secret(url)} does not name both container and account; write "
            "abfs://CONTAINER@ACCOUNT.dfs.core.windows.net/PATH"
        )
    given: dict[str, Any] = {k: v for k, v in options.items() if k in ("account_key", "sas_token")}
    if "endpoint_override" in options:
        scheme, place = _endpoint(options["endpoint_override"])
        given |= {
            f"{kind}_storage_{what}": v
            for kind in ("blob", "dfs")
            for what, v in (("scheme", scheme), ("authority", place))
        }
    elif domain:
        cloud = re.sub(r"^(dfs|blob)\.", "", domain)
        given |= {"blob_storage_authority": f".blob.{cloud}", "dfs_storage_authority": f".dfs.{cloud}"}
    return arrow_fs.AzureFileSystem(account, **given), container + unquote(parts.path)


def _endpoint(given: str) -> tuple[str, str]:
    """Return the scheme and the host with its port of http://host:9000 or host:9000."""
    scheme, _, place = given.rpartition("://")
    return scheme or "https", place.rstrip("/")


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
    "abfs": _abfs,
    "abfss": _abfs,
    "hdfs": _hdfs,
    "webhdfs": _webhdfs,
}
SCHEMES = (*STORES, "http", "https")
