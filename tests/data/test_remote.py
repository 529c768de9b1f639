"""Files far away are copied as they are: from an S3 server of this machine, and from the web."""

import functools
import gzip
import http.server
import threading

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import fs

from helpers.data import ingest
from helpers.data.sources import open_source
from helpers.errors import BadInput, MissingExtra

ROWS = b"id,zip\n1,00501\n2,02134\n"


@pytest.fixture(scope="module")
def store():
    """The address of an S3 server with a bucket `shop`."""
    server = pytest.importorskip("moto.server").ThreadedMotoServer(
        ip_address="127.0.0.1", port=0, verbose=False
    )
    server.start()
    port = server.get_host_and_port()[1]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing-secret")
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        s3 = fs.S3FileSystem(
            endpoint_override=f"http://127.0.0.1:{port}", region="us-east-1", allow_bucket_creation=True
        )
        s3.create_dir("shop")
        for name, content in {
            "2024/a.csv": ROWS,
            "2024/b.csv": b"zip,id\n90210,3\n",
            "2024/_SUCCESS": b"",
            "packed/with space.csv.gz": gzip.compress(ROWS),
            "notes.md": b"nothing",
        }.items():
            with s3.open_output_stream(f"shop/{name}", compression=None) as file:
                file.write(content)
        pq.write_table(pa.table({"n": [2**53 + 1, None]}), "shop/table.parquet", filesystem=s3)
        yield f"endpoint_override=http://127.0.0.1:{port}&region=us-east-1"
    server.stop()


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
    source = open_source(f"s3://{path}?{store}")
    table, record = read(f"s3://{path}?{store}", tmp_path)
    objects = table.frame().astype(object)
    assert objects.where(objects.notna(), None).to_numpy().tolist() == rows
    assert source.size == record["bytes"]
    assert record["kind"] == "file"


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("s3://wrong/a.csv?{}", "no file"),
        ("s3://shop/absent.csv?{}", "no file"),
        ("s3://shop/2025/*.csv?{}", "no file"),
        ("s3://shop/2024/*.xml?{}", "known are"),
        ("s3://shop/2024/a.csv?regoin=x&{}", "unknown option 'regoin'"),
        ("s3://shop/2024/a.csv?secret_key=abc&{}", "must not hold"),
        ("s3://shop/2024/a.csv?secret_key=${{NOT_SET_ANYWHERE}}&{}", "NOT_SET_ANYWHERE is not set"),
    ],
)
def test_what_is_not_in_the_store_is_told_in_one_line(store, url, word):
    assert word in told(url.format(store))


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("s3://shop/a.csv?endpoint_override=http://127.0.0.1:9&region=x", "connect"),
        ("webhdfs://127.0.0.1:9/a.csv", "127.0.0.1"),
        ("http://127.0.0.1:9/a.csv", "refused"),
        ("oss://bucket/a.csv?table=t", "no known kind of source"),
    ],
)
def test_a_store_that_does_not_answer_is_told_in_one_line(url, word):
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
