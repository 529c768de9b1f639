"""Spark, a real one: tables and SQL of a session in this process, and of a Spark Connect server."""

import datetime
import decimal
import json
import os
import shutil
import socket
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from helpers.data.sources import open_source
from helpers.errors import BadInput, MissingExtra

NEW_YORK = datetime.datetime(
    2021, 11, 7, 5, 30, tzinfo=datetime.UTC
)  # and an hour later: one clock time there
ROWS = pa.table(
    {
        "n": [2**53 + 1, None],
        "s": ["007", "é"],
        "day": [datetime.date(2020, 2, 29), None],
        "at": pa.array([NEW_YORK, NEW_YORK + datetime.timedelta(hours=1)], pa.timestamp("us", tz="UTC")),
        "list": [[1, 2], None],
        "inner": [{"a": 1}, {"a": 2}],
        "exact": pa.array([decimal.Decimal("1.10"), None], pa.decimal128(30, 2)),
    }
)
# In processes of their own: a session of this process and one of a server cannot stand side by side.
READ = """
import sys, json
from helpers.data.sources import open_source
from helpers.errors import BadInput
for url, query in json.loads(sys.argv[1]):
    try:
        print(json.dumps(open_source(url, query).read().read_all().to_pylist(), default=str))
    except BadInput as error:
        print(json.dumps(str(error)))
"""
SERVE = """
import sys
from pyspark.sql import SparkSession
make = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
make = make.config("spark.plugins", "org.apache.spark.sql.connect.SparkConnectPlugin")
make = make.config("spark.driver.bindAddress", "127.0.0.1").config("spark.driver.host", "127.0.0.1")
make = make.config("spark.connect.grpc.binding.address", "127.0.0.1")
session = make.config("spark.connect.grpc.binding.port", sys.argv[1]).getOrCreate()
print("ready", flush=True)
input()
"""


@pytest.fixture(scope="module", autouse=True)
def spark():
    pytest.importorskip("pyspark")
    if not shutil.which("java") and not os.environ.get("JAVA_HOME"):
        pytest.skip("Spark wants Java, and there is none")


def ask(*questions):
    told = subprocess.run(
        [sys.executable, "-c", READ, json.dumps(questions)],
        env=os.environ | {"TZ": "America/New_York"}, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr[-2000:]
    return [json.loads(line) for line in told.stdout.splitlines() if line.startswith(("[", '"'))]


def expected():
    rows = ROWS.to_pylist()
    for row in rows:
        row["at"] = str(row["at"].replace(tzinfo=None))
        row["day"], row["exact"] = (None if row[k] is None else str(row[k]) for k in ("day", "exact"))
        row["list"] = None if row["list"] is None else str(row["list"])
        row["inner"] = f'{{"a": {row["inner"]["a"]}}}'
    return rows


def test_sql_of_a_session_keeps_every_value_and_what_is_wrong_is_told_in_one_line(tmp_path):
    pq.write_table(ROWS, tmp_path / "t.parquet")
    found, absent, syntax, several, nothing = ask(
        ("spark://local", f"SELECT * FROM parquet.`{tmp_path}/t.parquet`"),
        ("spark://local?table=nowhere", None),
        ("spark://local", "SELEC 1"),
        ("spark://local", "SELECT 1 AS a; SELECT 2 AS b"),
        ("spark://local", "SELECT 1 AS a WHERE 1 = 0"),
    )
    assert found == expected()
    assert "no table 'nowhere'" in absent
    assert "Syntax error" in syntax
    assert "Syntax error" in several
    assert "no row" in nothing


def test_a_server_of_spark_connect_gives_the_same(tmp_path):
    pq.write_table(ROWS, tmp_path / "t.parquet")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen([sys.executable, "-c", SERVE, str(port)], text=True, **pipes)
    try:
        assert server.stdout.readline().strip() == "ready"
        query = f"SELECT * FROM parquet.`{tmp_path}/t.parquet`"
        [found, absent] = ask(
            (f"sc://127.0.0.1:{port}", query), (f"sc://127.0.0.1:{port}?table=nowhere", None)
        )
    finally:
        server.communicate("\n", timeout=60)
    assert found == expected()
    assert "no table 'nowhere'" in absent


def test_a_server_that_does_not_answer_is_told_at_once():
    with pytest.raises(BadInput, match="no Spark Connect server answers"):
        open_source("sc://127.0.0.1:9?table=t").read()


def test_without_java_the_line_says_what_to_install(tmp_path):
    code = "from helpers.data.sources import open_source\nopen_source('spark://local?table=t').read()"
    bare = {"PATH": str(tmp_path), "HOME": str(tmp_path)}
    told = subprocess.run([sys.executable, "-c", code], env=bare, capture_output=True, text=True, timeout=120)
    assert "Java 17" in told.stderr.splitlines()[-1]


def test_without_pyspark_the_line_says_what_to_install(monkeypatch):
    for name in [m for m in sys.modules if m.partition(".")[0] == "pyspark"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(MissingExtra, match="spark"):
        open_source("spark://local?table=t").read()
