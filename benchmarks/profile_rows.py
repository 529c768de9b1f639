"""The attribute profile over all rows, against the profiler's minimal mode; and its memory on a large file."""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from table import Line, markdown

COLUMNS = 20


def rows(count: int, seed: int, texts: bool = False) -> pd.DataFrame:
    """Return a table of numbers, whole numbers, categories and dates, five columns each; or four, and four of texts."""
    draw = np.random.default_rng(seed)
    made: dict[str, object] = {}
    for n in range(COLUMNS // 5 if texts else COLUMNS // 4):
        made[f"number_{n}"] = draw.normal(n, 1 + n, count)
        made[f"whole_{n}"] = draw.integers(0, 10 ** (n + 1), count)
        made[f"level_{n}"] = pd.Categorical.from_codes(
            draw.integers(0, 5 + n, count), [f"level {k}" for k in range(5 + n)]
        ).astype(object)
        made[f"day_{n}"] = pd.Timestamp("2020-01-01") + pd.to_timedelta(draw.integers(0, 2000, count), "D")
        if texts:
            made[f"name_{n}"] = np.array([f"customer {k}" for k in draw.integers(0, 10**6, count)], object)
    return pd.DataFrame(made)


def ratio(texts: bool, count: int = 1_000_000) -> tuple[float, float]:
    """Return the seconds of our profile (median of 3) and of the profiler's minimal mode on the same table."""
    from data_profiling import ProfileReport

    from helpers.data.profile import profile

    table, taken = rows(count, 0, texts), []
    for _ in range(3):
        begun = time.perf_counter()
        profile(table)
        taken.append(time.perf_counter() - begun)
    begun = time.perf_counter()
    ProfileReport(table, minimal=True, progress_bar=False).get_description()
    return sorted(taken)[1], time.perf_counter() - begun


def peak(path: Path) -> float:
    """Return the peak memory, in GB, of a process that profiles a Parquet file."""
    code = f"from helpers.data.profile import profile; profile({str(path)!r})"
    subprocess.run(
        [sys.executable, "-c", code], check=True
    )  # the largest child so far: measure small ones first
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6


def large(folder: Path, pieces: int = 20, count: int = 500_000) -> Path:
    """Write ten million rows, piece by piece."""
    path = folder / "large.parquet"
    first = pa.Table.from_pandas(rows(count, 0))
    with pq.ParquetWriter(path, first.schema) as writer:
        for n in range(pieces):
            writer.write_table(pa.Table.from_pandas(rows(count, n)))
    return path


def wide(folder: Path, pieces: int = 10, count: int = 100_000, times: int = 5) -> Path:
    """Write a million rows of 100 columns, piece by piece."""
    path, writer = folder / "wide.parquet", None
    for n in range(pieces):
        parts = [rows(count, n * times + k).add_suffix(f"_{k}") for k in range(times)]
        table = pa.Table.from_pandas(pd.concat(parts, axis=1))
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    assert writer is not None
    writer.close()
    return path


def measure() -> list[Line]:
    """Return the ratio to the profiler at a million rows, and the memory at ten million and at 100 columns."""
    with tempfile.TemporaryDirectory() as folder:
        broad = peak(wide(Path(folder)))
        memory = peak(large(Path(folder)))
    mixed, plain = ratio(texts=True), ratio(texts=False)
    what = f"profile of 1,000,000 × {COLUMNS}"
    return [
        Line(
            f"{what}, four of them texts: minimal mode's time over ours", mixed[1] / mixed[0], "×", 20, True
        ),
        Line(f"{what}, none of them texts: the same", plain[1] / plain[0], "×", 20, True),
        Line("profile of 1,000,000 × 100 from Parquet: peak memory", broad, "GB", 1),
        Line(f"profile of 10,000,000 × {COLUMNS} from Parquet: peak memory", memory, "GB", 1),
    ]


if __name__ == "__main__":
    print(markdown(measure()))
