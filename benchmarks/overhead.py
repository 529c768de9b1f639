"""What the pipeline costs beside the work in the cells, and what a run costs when nothing changed."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from table import Line, markdown

WORKBENCH = Path(sys.executable).with_name("workbench")


def run(*arguments: str, **places: str) -> tuple[float, dict]:
    """Return the wall time of a `workbench run … --json` and its manifest."""
    begun = time.perf_counter()
    done = subprocess.run(
        [WORKBENCH, "run", *arguments, "--json"],
        env={**os.environ, **places}, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return time.perf_counter() - begun, json.loads(done.stdout)


def cold(notebook: str, **places: str) -> float:
    """Return the seconds that plain Papermill takes for a notebook beside its cells."""
    with tempfile.TemporaryDirectory() as folder:
        out, begun = Path(folder) / "out.ipynb", time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "papermill", notebook, out, "-p", "run", "penguins"],
            env={**os.environ, **places}, cwd=Path(__file__).parents[1], check=True, capture_output=True,
        )  # fmt: skip
        wall = time.perf_counter() - begun
        cells = [c for c in nbformat.read(out, 4).cells if c.cell_type == "code"]
        return wall - sum(c.metadata.papermill.duration or 0 for c in cells)


def measure(name: str = "penguins") -> list[Line]:
    """Return the overhead a stage (median) of a whole run with one job, and the time of an unchanged run."""
    with tempfile.TemporaryDirectory() as folder:
        places = {"WORKBENCH_WORKSPACE": f"{folder}/workspace", "WORKBENCH_REPORTS": f"{folder}/reports"}
        wall, manifest = run(name, "--jobs", "1", **places)
        times = [s["times"] for s in manifest["stages"]]
        stages = statistics.median(t["wall"] - t["cells"] for t in times)
        whole = (wall - sum(t["cells"] for t in times)) / len(times)
        plain = statistics.median(cold("notebooks/deploy/12_forecast.ipynb", **places) for _ in range(3))
        unchanged = statistics.median(run(name, **places)[0] for _ in range(5))
        anew = run(name, **places)[1]["new"]
    return [
        Line(f"{name}: overhead a stage on warm kernels, median of 12", stages, "s", 0.8),
        Line(f"{name}: the same for plain Papermill, cold", plain, "s", None),
        Line(f"{name}: the whole run beside its cells, start and pages included, a stage", whole, "s", None),
        Line(f"{name}: a run with nothing changed", unchanged, "s", 1),
        Line(f"{name}: new runs when nothing changed", float(anew), "", 0),
    ]


if __name__ == "__main__":
    print(markdown(measure()))
