"""How long it takes until the package is imported and the command line answers."""

import statistics
import subprocess
import sys
import time
from pathlib import Path

from table import Line, markdown

WORKBENCH = Path(sys.executable).with_name("workbench")


def seconds(command: list[str], times: int = 11) -> float:
    """Return the median time of a command."""
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


def measure() -> list[Line]:
    """Return the time of `import helpers` over that of bare Python, and of `workbench --help`."""
    bare = seconds([sys.executable, "-c", ""])
    package = seconds([sys.executable, "-c", "import helpers"])
    return [
        Line("`import helpers`, over bare Python", 1000 * (package - bare), "ms", 50),
        Line("`workbench --help`", seconds([str(WORKBENCH), "--help"]), "s", 0.3),
    ]


if __name__ == "__main__":
    print(markdown(measure()))
