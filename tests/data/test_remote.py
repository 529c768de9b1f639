"""Files far away are copied as they are: from servers that speak as S3, Google, Azure and Hadoop do, and the web."""

import contextlib
import functools
import gzip
import http.server
import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import fs

from helpers.data import ingest
from helpers.data.sources import open_source
from helpers.errors import BadInput, MissingExtra

ROWS = b"id,zip\n1,00501\n2,02134\n"


AZURITE = (
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="  # known to all
)


@contextlib.contextmanager
def s3():
    server = pytest.importorskip("moto.server").ThreadedMotoServer(
        ip_address="127.0.0.1", port=0, verbose=False
    )
    server.start()
    place = f"http://127.0.0.1:{server.get_host_and_port()[1]}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing-secret")
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        system = fs.S3FileSystem(endpoint_override=place, region="us-east-1", allow_bucket_creation=True)
        yield system, lambda path: f"s3://{path}?endpoint_override={place}&region=us-east-1"
    server.stop()


@contextlib.contextmanager
def gs():
    create = pytest.importorskip("gcp_storage_emulator.server").create_server
    port = free_port()
    server = create("127.0.0.1", port, in_memory=True)
    server.start()
    system = fs.GcsFileSystem(
        anonymous=True, scheme="http", endpoint_override=f"127.0.0.1:{port}", project_id="p"
    )
    yield system, lambda path: f"gs://{path}?endpoint_override=http://127.0.0.1:{port}&anonymous=true"
    server.stop()


@contextlib.contextmanager
def abfs():
    if not (program := shutil.which("azurite-blob")):
        pytest.skip("Azurite is not on this machine (npm install --global azurite)")
    port = free_port()
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        given = ["--silent", "--disableTelemetry", "--skipApiVersionCheck", "--location", folder]
        server = subprocess.Popen([program, *given, "--blobHost", "127.0.0.1", "--blobPort", str(port)])
        wait_for(port)
        patch.setenv("STORE_KEY", AZURITE)
        place = {f"{kind}_storage_authority": f"127.0.0.1:{port}" for kind in ("blob", "dfs")}
        plain = {f"{kind}_storage_scheme": "http" for kind in ("blob", "dfs")}
        options = f"account_key=${{STORE_KEY}}&endpoint_override=http://127.0.0.1:{port}"
        yield (
            fs.AzureFileSystem("devstoreaccount1", account_key=AZURITE, **place, **plain),
            lambda path: "abfs://" + path.replace("/", "@devstoreaccount1/", 1) + "?" + options,
        )
        server.terminate()
        server.wait()


class NameNode(http.server.BaseHTTPRequestHandler):
    """A folder as Hadoop's REST interface tells it (WebHDFS: GETFILESTATUS, LISTSTATUS, OPEN with its redirection)."""

    def do_GET(self):
        asked = urlsplit(self.path)
        options = {k.lower(): v for k, v in parse_qsl(asked.query)}
        path = self.server.folder / unquote(asked.path).removeprefix("/webhdfs/v1").strip("/")
        if not path.exists():
            missing = {"exception": "FileNotFoundException", "message": "File does not exist"}
            return self.answer(404, json.dumps({"RemoteException": missing}).encode())
        if options["op"] == "GETFILESTATUS":
            return self.answer(200, json.dumps({"FileStatus": status(path, "")}).encode())
        if options["op"] == "LISTSTATUS":
            listed = [status(p, p.name) for p in path.iterdir()] if path.is_dir() else [status(path, "")]
            return self.answer(200, json.dumps({"FileStatuses": {"FileStatus": listed}}).encode())
        if "of" not in options:
            where = f"http://{self.headers['Host']}{self.path}&of=datanode"
            return self.answer(307, b"", {"Location": where})
        start = int(options.get("offset", 0))
        end = start + int(options["length"]) if "length" in options else None
        return self.answer(200, path.read_bytes()[start:end])

    def answer(self, code, body, headers=None):
        self.send_response(code)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def status(path, name):
    about, kind = path.stat(), "DIRECTORY" if path.is_dir() else "FILE"
    size = about.st_size if kind == "FILE" else 0
    return {"type": kind, "length": size, "pathSuffix": name, "modificationTime": int(about.st_mtime * 1000)}


@contextlib.contextmanager
def webhdfs():
    with tempfile.TemporaryDirectory() as folder:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), NameNode)
        server.folder = Path(folder)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        system = fs.SubTreeFileSystem(folder, fs.LocalFileSystem())
        system.create_dir("shop/2024")
        system.create_dir("shop/packed")
        yield system, lambda path: f"webhdfs://127.0.0.1:{server.server_port}/{path}?user=me"
        server.shutdown()


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def wait_for(port):
    for _ in range(300):
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError(port)


# In CI a skip fails, and Azurite wants npm, which nothing else does: what it would prove is proven by hand.
KINDS = [s3, gs, webhdfs]
KINDS += [abfs] if shutil.which("azurite-blob") or os.environ.get("CI") != "true" else []


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: kind.__name__)
def store(request):
    """The URL of a path, in a server of each kind of store with a bucket `shop`."""
    with request.param() as (system, url):
        system.create_dir("shop")
        for name, content in {
            "2024/a.csv": ROWS,
            "2024/b.csv": b"zip,id\n90210,3\n",
            "2024/_SUCCESS": b"",
            "packed/with space.csv.gz": gzip.compress(ROWS),
            "notes.md": b"nothing",
        }.items():
            with system.open_output_stream(f"shop/{name}", compression=None) as file:
                file.write(content)
        pq.write_table(pa.table({"n": [2**53 + 1, None]}), "shop/table.parquet", filesystem=system)
        yield url


@pytest.fixture(scope="module")
def web(tmp_path_factory):
    """The address of a web server."""
    folder = tmp_path_factory.mktemp("web")
    (folder / "table.csv").write_bytes(ROWS)
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=folder)
    handler.log_message = lambda *_: None
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def read(url, folder):
    (folder / "temporary").mkdir(exist_ok=True)
    return ingest.original(open_source(url), folder / "originals", folder / "temporary")


def told(url, query=None):
    with pytest.raises(BadInput) as error:
        open_source(url, query)
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize(
    ("path", "rows"),
    [
        ("shop/2024/a.csv", [["1", "00501"], ["2", "02134"]]),
        ("shop/2024", [["1", "00501"], ["2", "02134"], ["3", "90210"]]),
        ("shop/2024/*.csv", [["1", "00501"], ["2", "02134"], ["3", "90210"]]),
        ("shop/packed/with%20space.csv.gz", [["1", "00501"], ["2", "02134"]]),
        ("shop/table.parquet", [[2**53 + 1], [None]]),
    ],
)
def test_objects_of_a_bucket_are_a_table_one_by_one_and_together(store, tmp_path, path, rows):
    source = open_source(store(path))
    table, record = read(store(path), tmp_path)
    objects = table.frame().astype(object)
    assert objects.where(objects.notna(), None).to_numpy().tolist() == rows
    assert source.size == record["bytes"]
    assert record["kind"] == "file"


@pytest.mark.parametrize(
    ("path", "more", "word"),
    [
        ("wrong/a.csv", "", "no file"),
        ("shop/absent.csv", "", "no file"),
        ("shop/2025/*.csv", "", "no file"),
        ("shop/2024/*.xml", "", "known are"),
        ("shop/2024/a.csv", "&regoin=x", "unknown option 'regoin'"),
        ("shop/2024/a.csv", "&secret_key=abc", "must not hold"),
        ("shop/2024/a.csv", "&secret_key=${NOT_SET_ANYWHERE}", "NOT_SET_ANYWHERE is not set"),
    ],
)
def test_what_is_not_in_the_store_is_told_in_one_line(store, path, more, word):
    assert word in told(store(path) + more)


if abfs in KINDS:  # the other servers take any key

    @pytest.mark.parametrize("store", [abfs], indirect=True, ids=["abfs"])
    def test_a_key_that_the_store_refuses_is_told_and_not_shown(store, monkeypatch):
        monkeypatch.setenv("STORE_KEY", AZURITE.swapcase())
        line = told(store("shop/2024/a.csv"))
        assert "403" in line
        assert AZURITE.swapcase() not in line


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("s3://shop/a.csv?endpoint_override=http://127.0.0.1:9&region=x", "connect"),
        ("gs://shop/a.csv?endpoint_override=http://127.0.0.1:9&anonymous=true", "connect"),
        ("abfs://shop@one/a.csv?endpoint_override=http://127.0.0.1:9&sas_token=${SAS}", "connect"),
        ("abfs://shop@one/a.csv?endpoint_override=http://127.0.0.1:9", "add ?account_key=${NAME}"),
        ("abfs://shop/a.csv", "write abfs://CONTAINER@ACCOUNT"),
        ("webhdfs://127.0.0.1:9/a.csv", "127.0.0.1"),
        ("http://127.0.0.1:9/a.csv", "refused"),
        ("oss://bucket/a.csv?table=t", "no known kind of source"),
    ],
)
def test_a_store_that_does_not_answer_is_told_in_one_line(monkeypatch, url, word):
    monkeypatch.setenv("SAS", "sv=1&sig=abc")
    assert word in (told(url) if "table" not in url else _read(url))


def _read(url):
    with pytest.raises(BadInput) as error:
        open_source(url).read()
    return str(error.value)


@pytest.mark.skipif(fs.__dict__.get("HadoopFileSystem") is None, reason="this Arrow knows no Hadoop")
def test_without_hadoop_the_line_says_what_it_wants_and_what_to_use_instead(monkeypatch):
    for name in ("HADOOP_HOME", "ARROW_LIBHDFS_DIR"):
        monkeypatch.delenv(name, raising=False)
    line = told("hdfs://127.0.0.1:9/a.csv")
    assert "libhdfs" in line
    assert "webhdfs" in line


def test_without_fsspec_the_line_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "fsspec.implementations.webhdfs", None)
    with pytest.raises(MissingExtra, match="remote"):
        open_source("webhdfs://127.0.0.1:9/a.csv")


def test_a_file_of_the_web_is_a_table_and_a_missing_one_is_told(web, tmp_path):
    table, record = read(f"{web}/table.csv", tmp_path)
    assert table["zip"].tolist() == ["00501", "02134"]
    assert record["bytes"] == len(ROWS)
    assert "404" in told(f"{web}/absent.csv")


def test_a_query_over_files_is_refused(web):
    assert "unset ingest.query" in told(f"{web}/table.csv", "SELECT 1")
