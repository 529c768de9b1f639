"""Measure everything and print one table: `.venv/bin/python benchmarks/all.py`."""

import against_script
import automl
import checks
import cluster
import enrich
import ingest
import kinds_of_distribution
import label_ranking
import overhead
import privacy
import profile_rows
import scale
import start
import synthetic
from table import markdown

MEASURED = (
    start,
    overhead,
    against_script,
    automl,
    profile_rows,
    ingest,
    checks,
    cluster,
    enrich,
    scale,
    kinds_of_distribution,
    label_ranking,
    privacy,
    synthetic,
)

if __name__ == "__main__":
    print(markdown([line for module in MEASURED for line in module.measure()]))
