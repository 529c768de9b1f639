"""One line a measurement, and the machine that it was taken on."""

import datetime
import os
import platform
from collections.abc import Iterable
from typing import NamedTuple


class Line(NamedTuple):
    """What was measured, the figure with its unit, and the limit that it should keep."""

    what: str
    measured: float
    unit: str
    limit: float | None  # None: told, not limited
    is_least: bool = False  # whether the limit is a least one, not a most one

    @property
    def kept(self) -> bool:
        """Whether the figure keeps its limit, if it has one."""
        if self.limit is None:
            return True
        return self.measured >= self.limit if self.is_least else self.measured <= self.limit


def markdown(lines: Iterable[Line]) -> str:
    """Return the lines as a Markdown table under the machine and the date."""
    head = (
        f"{datetime.date.today()}, {os.cpu_count()} cores {platform.machine()}, {platform.system()}, "
        f"Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}\n\n"
        "| what | measured | limit | kept |\n|---|---|---|---|\n"
    )
    rows = (f"| {m.what} | {m.measured:.3g} {m.unit} | {_limit(m)} | {_kept(m)} |\n" for m in lines)
    return head + "".join(rows)


def _kept(line: Line) -> str:
    return "" if line.limit is None else "yes" if line.kept else "NO"


def _limit(line: Line) -> str:
    return "" if line.limit is None else f"{'≥' if line.is_least else '≤'} {line.limit:g} {line.unit}"
