"""Joins out of core: the flights thirty times over with weather (before), planes, airports twice and airlines.

The same joins in pandas, on as many rows as it takes once, tell the ratio.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from table import Line, markdown

DATA = Path(__file__).parents[1] / "data"
TIMES = 30
JOINS = [
    "nyc_weather.csv.gz on origin before time_hour within 6h",
    "nyc_planes.csv.gz on tailnum",
    "nyc_airports.csv.gz on dest = faa prefix dest_",
    "nyc_airports.csv.gz on origin = faa prefix origin_",
    "nyc_airlines.csv.gz on carrier prefix airline_",
]
JOINED = """
import json, resource, sys, tempfile, time
from pathlib import Path
from helpers.data import enrich
from helpers.data.table import Table
import pyarrow.parquet as pq
path, data, folder, *joins = sys.argv[1:]
file = pq.ParquetFile(path)
table = Table(Path(path), file.schema_arrow.names[:-1], file.metadata.num_rows)
beside = enrich.opened(joins, Path(data), Path(folder) / "originals", Path(folder))
begun = time.perf_counter()
made, report = enrich.enriched(table, beside)
seconds = time.perf_counter() - begun
print(json.dumps([seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, made.shape]))
"""


def repeated(folder: Path, times: int) -> Path:
    """Write the flights so many times over, numbered from 0."""
    flights = pd.read_parquet(DATA / "nyc_flights.parquet")
    path, writer = folder / f"flights_{times}.parquet", None
    for n in range(times):
        part = flights.set_axis(flights.index + n * len(flights)).rename_axis("row").reset_index()
        part = part[[*flights.columns, "row"]]
        table = pa.Table.from_pandas(part, preserve_index=False)
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    assert writer is not None
    writer.close()
    return path


def ours(path: Path, folder: Path) -> tuple[float, float, list[int]]:
    """Return seconds, peak memory in GB, and rows and columns of the joins in a process of their own."""
    command = [sys.executable, "-c", JOINED, str(path), str(DATA), str(folder), *JOINS]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def in_pandas() -> float:
    """Return the seconds that pandas takes for the same joins of the flights, once, from file to file."""
    weather, planes, airports, airlines = (
        pd.read_csv(DATA / f"nyc_{name}.csv.gz") for name in ("weather", "planes", "airports", "airlines")
    )
    begun = time.perf_counter()
    rows = pd.read_parquet(DATA / "nyc_flights.parquet")
    rows["at"], weather["at"] = pd.to_datetime(rows["time_hour"]), pd.to_datetime(weather["time_hour"])
    rows = pd.merge_asof(
        rows.reset_index().sort_values("at"), weather.drop(columns="time_hour").sort_values("at"), on="at",
        by="origin", allow_exact_matches=False, tolerance=pd.Timedelta("6h"), suffixes=("", "_weather"),
    )  # fmt: skip
    rows = rows.merge(planes, on="tailnum", how="left", suffixes=("", "_planes"))
    rows = rows.merge(airports.add_prefix("dest_"), left_on="dest", right_on="dest_faa", how="left")
    rows = rows.merge(airports.add_prefix("origin_"), left_on="origin", right_on="origin_faa", how="left")
    rows = rows.merge(
        airlines.add_prefix("airline_"), left_on="carrier", right_on="airline_carrier", how="left"
    )
    with tempfile.TemporaryDirectory() as folder:
        rows.set_index("index").sort_index().to_parquet(f"{folder}/joined.parquet", compression="lz4")
    return time.perf_counter() - begun


def measure() -> list[Line]:
    """Measure."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        once = sorted(ours(repeated(folder, 1), folder)[0] for _ in range(3))[1]
        seconds, memory, shape = ours(repeated(folder, TIMES), folder)
        pandas = sorted(in_pandas() for _ in range(3))[1]
    return [
        Line(
            f"five joins of {shape[0]:,} flights, {shape[1]} columns then",
            shape[0] / seconds / 1e3,
            "thousand rows/s",
            None,
        ),
        Line(f"peak memory of the five joins of {shape[0]:,} flights", memory, "GB", 4),
        Line(f"growth of the joins' time over that of the rows, × {TIMES}", seconds / once / TIMES, "", 1.5),
        Line("five joins of the flights against pandas, file to file", once / pandas, "× its time", 2),
    ]


if __name__ == "__main__":
    print(markdown(measure()))
