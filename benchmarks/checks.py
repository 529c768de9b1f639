"""Twenty checks over a million rows, beside Great Expectations in processor time; and memory on ten million rows.

Great Expectations wants an environment of its own:

    python -m venv /tmp/ge && /tmp/ge/bin/pip install great_expectations pyarrow
    .venv/bin/python benchmarks/checks.py /tmp/ge/bin/python
"""

import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from profile_rows import rows as of_kinds
from table import Line, markdown

ROWS, LARGE, PIECE = 1_000_000, 10_000_000, 500_000

OURS = """
import json, sys, time
import pandas as pd
from helpers.data import checks as c
from helpers.data.checks import judge
rows = pd.read_parquet(sys.argv[1])
suite = [
    *(c.in_range(f"number_{n}", -50, 50) for n in range(5)), *(c.present(f"whole_{n}") for n in range(4)),
    *(c.one_of(f"level_{n}", [f"level {k}" for k in range(9)]) for n in range(4)),
    *(c.matches(f"code_{n}", "[A-Z][0-9]{6}") for n in range(3)), c.has_length("code_3", 7, 7), c.unique("key"),
    c.agree("start", "<=", "end"), c.row_count(1, 10**7),
]
taken = []
for _ in range(3):
    begun = time.process_time()
    judged = judge(rows, suite)
    taken.append(time.process_time() - begun)
print(json.dumps({"seconds": taken, "wrong": int(judged.summary["wrong"].sum()), "checks": len(suite)}))
"""

THEIRS = """
import json, os, sys, time
os.environ["GX_ANALYTICS_ENABLED"] = "false"
import great_expectations as gx, great_expectations.expectations as e
import pandas as pd
rows = pd.read_parquet(sys.argv[1])
context = gx.get_context(mode="ephemeral")
context.variables.progress_bars = {"globally": False}
asset = context.data_sources.add_pandas("source").add_dataframe_asset("rows")
batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": rows})
suite = gx.ExpectationSuite(name="suite", expectations=[
    *(e.ExpectColumnValuesToBeBetween(column=f"number_{n}", min_value=-50, max_value=50) for n in range(5)),
    *(e.ExpectColumnValuesToNotBeNull(column=f"whole_{n}") for n in range(4)),
    *(e.ExpectColumnValuesToBeInSet(column=f"level_{n}", value_set=[f"level {k}" for k in range(9)]) for n in range(4)),
    *(e.ExpectColumnValuesToMatchRegex(column=f"code_{n}", regex="^[A-Z][0-9]{6}$") for n in range(3)),
    e.ExpectColumnValueLengthsToEqual(column="code_3", value=7), e.ExpectColumnValuesToBeUnique(column="key"),
    e.ExpectColumnPairValuesAToBeGreaterThanB(column_A="end", column_B="start", or_equal=True),
    e.ExpectTableRowCountToBeBetween(min_value=1, max_value=10**7),
])
taken = []
for _ in range(3):
    begun = time.process_time()
    result = batch.validate(suite)
    taken.append(time.process_time() - begun)
wrong = sum(r.result.get("unexpected_count", 0) for r in result.results)
print(json.dumps({"seconds": taken, "wrong": wrong, "checks": len(result.results)}))
"""

WHOLE = """
import sys
from helpers.data.checks import Rows, judge
from helpers.data.checks.suggest import suggest
from helpers.data.profile import profile
from helpers.problem import Problem
rows = Rows(sys.argv[1])
suite = suggest(rows, profile(sys.argv[1]), Problem("test", "level_0", "multiclass", "accuracy"))
print(len(judge(rows, suite).summary))
"""


def table(count: int = ROWS) -> pd.DataFrame:
    """Return a table of 20 columns with an error in every ten-thousandth row of most."""
    draw, made = np.random.default_rng(0), {}
    for n in range(5):
        made[f"number_{n}"] = np.where(draw.random(count) < 1e-4, 999.0, draw.normal(n, 1 + n, count))
    for n in range(4):
        made[f"whole_{n}"] = np.where(draw.random(count) < 1e-4, np.nan, draw.integers(0, 10**6, count))
        made[f"level_{n}"] = np.array([f"level {k}" for k in range(9)], object)[draw.integers(0, 9, count)]
        made[f"code_{n}"] = [f"K{k:06d}" for k in draw.integers(0, 1_000_100, count)]
    made["key"] = draw.integers(0, 10**10, count)
    made["start"] = pd.Timestamp("2020-01-01") + pd.to_timedelta(draw.integers(0, 2000, count), "D")
    made["end"] = made["start"] + pd.to_timedelta(draw.integers(0, 30, count), "D")
    return pd.DataFrame(made)


def timed(python: str, code: str, path: Path) -> dict:
    """Return the median seconds, wrong rows and checks of a program that reads the table."""
    done = subprocess.run([python, "-c", code, str(path)], capture_output=True, text=True, timeout=3000)
    if done.returncode:
        raise SystemExit(f"{python} failed: {(done.stderr.strip() or 'without a word').splitlines()[-1]}")
    told = json.loads(done.stdout.strip().splitlines()[-1])
    return told | {"seconds": sorted(told["seconds"])[1]}


def beside(other: str) -> Line:
    """Return how many times longer Great Expectations takes, in the Python at a path, for the same wrong rows."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.parquet"
        table().to_parquet(path)
        ours, theirs = timed(sys.executable, OURS, path), timed(other, THEIRS, path)
    assert ours["checks"] == theirs["checks"] == 20, (ours, theirs)
    return Line(
        f"20 checks of 1,000,000 × 20: Great Expectations' processor time ({theirs['seconds']:.1f} s) over ours",
        theirs["seconds"] / ours["seconds"], "×", 1, True,
    )  # fmt: skip


def memory() -> Line:
    """Return the peak memory, in GB, of profile, suggested suite and checks over ten million rows of a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.parquet"
        first = pa.Table.from_pandas(of_kinds(PIECE, 0, texts=True))
        with pq.ParquetWriter(path, first.schema) as writer:
            for n in range(LARGE // PIECE):
                writer.write_table(pa.Table.from_pandas(of_kinds(PIECE, n, texts=True)))
        del first
        subprocess.run([sys.executable, "-c", WHOLE, str(path)], check=True, stdout=subprocess.DEVNULL)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6
    return Line("suggested suite learnt from and run over 10,000,000 × 20: peak memory", peak, "GB", 4)


def measure(other: str | None = None) -> list[Line]:
    """Return the memory at ten million rows and, where its Python is named, the ratio to Great Expectations."""
    if other is None:
        print(
            "Great Expectations is not measured: name the Python that has it as an argument", file=sys.stderr
        )
    return [*([beside(other)] if other else []), memory()]


if __name__ == "__main__":
    print(markdown(measure(*sys.argv[1:2])))
