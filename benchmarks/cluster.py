"""A search on a Dask cluster of two workers against one, each with one thread; the machine should be idle."""

import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from table import Line, markdown

from helpers.model import scale_out, train, tune
from helpers.model.families import families
from helpers.model.trial import Ground
from helpers.problem import Problem

ROWS, TRIALS = 4_000, 8


def measure() -> list[Line]:
    one, two = _seconds(1), _seconds(2)
    return [
        Line(f"{TRIALS} trials on a cluster of one worker", one, "s", None),
        Line(f"{TRIALS} trials on a cluster of two workers", two, "s", None),
        Line("two workers against one: times faster", one / two, "x", 1.7, is_least=True),
    ]


def _seconds(workers: int) -> float:
    ground = _ground()
    plan = tune.Plan(sampler="random", trials=TRIALS, prune=False)
    with tempfile.TemporaryDirectory() as folder, scale_out.spread("local", ground, workers, 600.0) as spread:
        tune.search(ground, Path(folder) / "warm", "key", tune.Plan(trials=1), spread)  # imports, rows
        began = time.perf_counter()
        tune.search(ground, Path(folder) / "timed", "key", plan, spread)
        return time.perf_counter() - began


def _ground() -> Ground:
    draw = np.random.default_rng(0)
    x = pd.DataFrame(draw.normal(0, 1, (ROWS, 20)), columns=[f"c{n}" for n in range(20)])
    y = np.where(x["c0"] * x["c1"] + x["c2"] + draw.normal(0, 1, ROWS) > 0, "yes", "no")
    problem = Problem("made", "y", "binary", "roc_auc", ["no", "yes"], "yes")
    rows = x.assign(y=y)
    shortlist = {"gradient boosting": families("binary")["gradient boosting"]}
    return Ground(shortlist, rows, problem, train.folds(rows, problem, 4, 0))


if __name__ == "__main__":
    print(markdown(measure()))
