"""From CSV, Parquet and PostgreSQL to Parquet: peak memory, and rows a second against pandas; the stage at scale."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv as arrow_csv
from table import Line, markdown

ROOT = Path(__file__).parents[1]
SERVER = "postgresql://root@127.0.0.1:5432/test"
# Each in a process of its own, which tells seconds and peak memory in kB.
OURS = """
import sys
from pathlib import Path
from helpers.data import ingest
from helpers.data.sources import open_source
folder = Path(sys.argv[2])
# timed
table, _ = ingest.original(open_source(sys.argv[1]), folder / "originals", folder)
"""
COPY = """
import sys
from pathlib import Path
from helpers.data.originals import snapshot
from helpers.data.sources import open_source
# timed
snapshot(open_source(sys.argv[1]), Path(sys.argv[2]) / "ours.parquet")
"""
PANDAS = """
import sys
import pandas, sqlalchemy
url, _, table = sys.argv[1].partition("?table=")
engine = sqlalchemy.create_engine(url.replace("postgresql", "postgresql+psycopg", 1))
# timed
pandas.read_sql(f"SELECT * FROM {table}", engine).to_parquet(sys.argv[2] + "/pandas.parquet")
"""
TIMED = """
{}
import time
begun = time.perf_counter()
{}
taken = time.perf_counter() - begun
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]
print(taken, peak)
"""


def rows(count: int, seed: int) -> pa.Table:
    """Return rows of eight columns: keys, numbers, moments, codes and texts."""
    draw = np.random.default_rng(seed)
    codes = pa.array([f"code{n}" for n in range(100)])
    return pa.table(
        {
            "id": np.arange(count) + seed * count,
            "large": draw.integers(0, 2**60, count),
            "x": draw.normal(size=count),
            "code": codes.take(pa.array(draw.integers(0, 100, count))),
            "at": pa.array(draw.integers(0, 2**50, count), pa.timestamp("us")),
            "flag": draw.random(count) < 0.5,
            "y": draw.normal(size=count).round(3),
            "text": pa.array(draw.integers(0, 2**60, count)).cast(pa.string()),
        }
    )


def timed(code: str, source: str) -> tuple[float, float]:
    """Return seconds and peak memory in GB of a piece of code on a source."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", TIMED.format(*code.split("# timed\n")), source, folder]
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(told[0]), float(told[1]) / 1e6


def filled(connection: psycopg.Connection, name: str, pieces: int, count: int) -> None:
    """Make a table of so many pieces in PostgreSQL."""
    connection.execute(
        f"CREATE UNLOGGED TABLE {name} (id bigint PRIMARY KEY, large bigint, x float8, code text, at timestamp, "
        "flag boolean, y float8, text text)"
    )
    for n in range(pieces):
        sink = pa.BufferOutputStream()
        arrow_csv.write_csv(rows(count, n), sink, arrow_csv.WriteOptions(include_header=False))
        with connection.cursor().copy(f"COPY {name} FROM STDIN (FORMAT csv)") as copy:
            copy.write(sink.getvalue().to_pybytes())
    connection.execute(f"ANALYZE {name}")


def files(pieces: int, count: int) -> list[Line]:
    """Return the peak memory of ingest from CSV and from Parquet, copy and proof included."""
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("csv", "parquet"):
            path, schema = Path(folder) / f"rows.{kind}", rows(1, 0).schema
            writer = arrow_csv.CSVWriter(path, schema) if kind == "csv" else pq.ParquetWriter(path, schema)
            with writer:
                for n in range(pieces):
                    writer.write_table(rows(count, n))
            seconds, peak = timed(OURS, str(path))
            what = f"{pieces * count:,} × 8 from {kind} to Parquet, proven"
            lines += [Line(f"{what}: peak memory", peak, "GB", 1), Line(f"{what}: time", seconds, "s", None)]
            path.unlink()
    return lines


def server(pieces: int, count: int, compared: int) -> list[Line]:
    """Return the peak memory from PostgreSQL, and the ratio of speed to pandas on a table of compared rows."""
    name = f"bench_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(SERVER, autocommit=True) as connection:
        try:
            filled(connection, name, pieces, count)
            filled(connection, f"{name}_small", 1, compared)
            seconds, peak = timed(COPY, f"{SERVER}?table={name}")
            ours, theirs = (
                statistics.median(timed(code, f"{SERVER}?table={name}_small")[0] for _ in range(3))
                for code in (COPY, PANDAS)
            )
        finally:
            connection.execute(f"DROP TABLE IF EXISTS {name}, {name}_small")
    return [
        Line(f"{pieces * count:,} × 8 from PostgreSQL to Parquet: peak memory", peak, "GB", 1),
        Line(f"{pieces * count:,} × 8 from PostgreSQL to Parquet: time", seconds, "s", None),
        Line(
            f"{compared:,} × 8 from PostgreSQL: rows a second over those of pandas",
            theirs / ours,
            "×",
            3,
            True,
        ),
    ]


def stage(times: int) -> tuple[float, float]:
    """Return seconds and peak memory in GB of the stage ingest on the flights so many times over, all rows."""
    flights = pq.read_table(ROOT / "data" / "nyc_flights.parquet")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "flights.parquet"
        with pq.ParquetWriter(path, flights.schema) as writer:
            for _ in range(times):
                writer.write_table(flights)
        places = {"WORKBENCH_WORKSPACE": f"{folder}/workspace", "WORKBENCH_REPORTS": f"{folder}/reports"}
        given = ["source=" + str(path), "rows_at_most=0"]
        command = [
            str(Path(sys.executable).with_name("workbench")),
            "run",
            "flights",
            "--only",
            "ingest",
            "--json",
        ]
        command += [part for one in given for part in ("-p", f"ingest.{one}")]
        begun = time.perf_counter()
        ended = subprocess.run(command, cwd=ROOT, env=os.environ | places, capture_output=True, text=True)
        taken = time.perf_counter() - begun
        if ended.returncode:
            raise SystemExit(ended.stderr)
        [told] = [s for s in json.loads(ended.stdout)["stages"] if s["name"] == "ingest"]
    return taken, told["memory"] / 1e9


def measure(times: int = 30) -> list[Line]:
    """Return peak memory and speed at ten million rows."""
    (few, _), (many, peak) = stage(times // 10), stage(times)
    return [
        *files(20, 500_000),
        *server(20, 500_000, 1_000_000),
        Line(f"ingest of the flights × {times}, all rows: peak memory", peak, "GB", 4),
        Line(f"ingest of the flights × {times}: time", many, "s", None),
        Line(f"ingest of the flights × {times} over × {times // 10}: time", many / few, "×", 10),
    ]


if __name__ == "__main__":
    print(markdown(measure()))
