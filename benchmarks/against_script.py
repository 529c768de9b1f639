"""The pipeline on churn against one plain script: the same cells one after the other in one process, nothing shown."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
import yaml
from overhead import run
from table import Line, markdown

from helpers.pipeline.graph import read_graph
from helpers.pipeline.parameters import is_parameters_cell

ROOT = Path(__file__).parents[1]
HEAD = "import matplotlib\nmatplotlib.use('agg')\nimport matplotlib.pyplot as plt\n"
QUIET = "def display(*_): pass\n"


def script(name: str) -> str:
    """Return the code of all notebooks in order, with the parameters of a config; a stage closes its pictures."""
    config = yaml.safe_load((ROOT / "configs" / f"{name}.yaml").read_text())
    lines = [HEAD]
    for stage in read_graph(ROOT).stages.values():
        for cell in nbformat.read(ROOT / stage.notebook, 4).cells:
            if cell.cell_type != "code":
                continue
            lines += [cell.source.replace("import Markdown, display", "import Markdown"), QUIET]
            if is_parameters_cell(cell):
                given = {"run": name} | config.get(stage.name, {})
                lines += [f"{k} = {v!r}" for k, v in given.items()]
        lines.append("plt.close('all')")
    return "\n".join(lines)


def seconds_of_script(name: str) -> float:
    """Return the wall time of the script in a workspace of its own."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "script.py"
        file.write_text(script(name))
        places = {"WORKBENCH_WORKSPACE": f"{folder}/workspace", "WORKBENCH_REPORTS": f"{folder}/reports"}
        begun = time.perf_counter()
        subprocess.run(
            [sys.executable, file], cwd=ROOT, env={**os.environ, **places}, check=True, capture_output=True
        )
        return time.perf_counter() - begun


def seconds_of_run(name: str, jobs: int) -> float:
    """Return the wall time of a first run in a workspace of its own."""
    with tempfile.TemporaryDirectory() as folder:
        places = {"WORKBENCH_WORKSPACE": f"{folder}/workspace", "WORKBENCH_REPORTS": f"{folder}/reports"}
        return run(name, "--jobs", str(jobs), **places)[0]


def measure(name: str = "churn", rounds: int = 3) -> list[Line]:
    """Return the time of a run with one and with two jobs over that of the script; medians of rounds."""
    taken = [
        (seconds_of_script(name), seconds_of_run(name, 1), seconds_of_run(name, 2)) for _ in range(rounds)
    ]
    plain, one, two = (statistics.median(times) for times in zip(*taken, strict=True))
    return [
        Line(f"{name}: a first run, two jobs", two, "s", 90),
        Line(f"{name}: one job over a plain script of the same calls", one / plain, "×", 1.15),
        Line(f"{name}: two jobs over that script", two / plain, "×", 1),
    ]


if __name__ == "__main__":
    print(markdown(measure(rounds=int(sys.argv[1]) if sys.argv[1:] else 3)))
