"""Measure everything and print one table: `.venv/bin/python benchmarks/all.py`."""

import against_script
import overhead
import profile_rows
import start
from table import markdown

if __name__ == "__main__":
    print(
        markdown([*start.measure(), *overhead.measure(), *against_script.measure(), *profile_rows.measure()])
    )
