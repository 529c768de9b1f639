"""Seconds and peak memory of wrangle and split on the flights repeated up to ten million rows.

Each stage runs in a process of its own, on the real store. Memory must stay below 4 GB; cost must grow no faster
than rows. `python benchmarks/scale.py 1 3` measures one and three million rows alone.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd
import pyarrow as pa
from table import Line, markdown

ROOT = Path(__file__).parents[1]
MILLIONS = (0.3, 1, 3, 10)
LEFT_OUT = ["dep_time", "dep_delay", "arr_time", "air_time", "arr_delay"]


def measure(millions: tuple[float, ...] = MILLIONS) -> list[Line]:
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        seconds: dict[tuple[str, float], float] = {}
        for size in millions:
            _run("write", folder, size)
            for stage in ("wrangle", "split"):
                told = _run(stage, folder, size)
                seconds[stage, size] = told["processor"]
                lines.append(Line(f"{stage}, {size:g} million rows: time", told["seconds"], "s", None))
                lines.append(Line(f"{stage}, {size:g} million rows: peak memory", told["gigabytes"], "GB", 4))
        for stage in ("wrangle", "split"):
            few, many = min(s for s in millions if s >= 1), max(millions)
            growth = seconds[stage, many] / seconds[stage, few] / (many / few)
            lines.append(
                Line(
                    f"{stage}: processor time a row, {many:g} million rows against {few:g}", growth, "x", 1.2
                )
            )
    return lines


def write(folder: Path, size: float) -> None:
    """Write the flights, each copy later than the one before, as the artifact `rows`."""
    from helpers.data import kinds
    from helpers.data.profile import profile
    from helpers.pipeline.store import Store

    flights, types = kinds.typed(pd.read_parquet(ROOT / "data" / "nyc_flights.parquet"))
    late = (flights.pop("arr_delay").fillna(0) > 15).map({True: "yes", False: "no"})
    flights = flights.drop(columns=[c for c in LEFT_OUT if c in flights]).assign(late=late)
    wanted = round(size * 1e6)
    example = pa.Table.from_pandas(flights.rename_axis(index="row").iloc[:1], preserve_index=True)

    def copies():
        for start in range(0, wanted, len(flights)):
            part = flights.iloc[: wanted - start].assign(
                time_hour=lambda t, s=start: t["time_hour"] + pd.Timedelta(days=s // len(flights) * 366)
            )
            part.index = pd.RangeIndex(start, start + len(part), name="row").to_numpy()
            part.index.name = "row"
            yield from pa.Table.from_pandas(part, example.schema, preserve_index=True).to_batches()

    store = Store(folder)
    store.open()
    attributes = profile(flights, types)
    problem = {
        "name": "flights",
        "target": "late",
        "task": "binary",
        "measure": "roc_auc",
        "time": "time_hour",
    }
    problem |= {
        "classes": ["no", "yes"],
        "positive": "yes",
        "types": {n: types[n] for n in types if n in flights},
    }
    entry = store.put(pa.RecordBatchReader.from_batches(example.schema, copies()))
    kept = {"rows": str(store.whole(entry)), "attributes": str(store.whole(store.put(attributes)))}
    (folder / "state.json").write_text(json.dumps(kept | {"problem": problem}))


def wrangle(folder: Path, size: float) -> None:
    """Do what the notebook 05_wrangle does."""
    from helpers.data import outliers, suggestions
    from helpers.data import wrangle as stage
    from helpers.data.rows import Rows

    state, problem, store = _state(folder)
    table, attributes = Rows(Path(state["rows"])), pd.read_parquet(state["attributes"])
    rows = table.sample(200_000)
    features = rows[stage.raw_features(rows, problem)]
    outliers.outliers(features), outliers.isolated(features)
    recipe = suggestions.suggest(rows, attributes, problem, table)
    first = stage.fitted(recipe.unfitted(), rows, problem, unfinished=True)
    wrangled = store.whole(store.put(stage.applied(first, table, problem)))
    more = {"wrangled": str(wrangled), "recipe": recipe.to_dict(), "first": first.to_dict()}
    (folder / "state.json").write_text(json.dumps(state | more))


def split(folder: Path, size: float) -> None:
    """Do what the notebook 06_split does."""
    from helpers.data import split as stage
    from helpers.data import wrangle
    from helpers.data.rows import Rows
    from helpers.recipe import Recipe, load

    state, problem, store = _state(folder)
    table = Rows(Path(state["wrangled"]))
    looked = stage.keys(table, problem)
    parts = stage.split(looked, problem, 0.1111)
    stage.in_both(looked, problem, parts)
    lessons = table.sample(1_000_000, among=parts.train)
    recipe = Recipe.from_dict(state["recipe"])
    second = wrangle.learnt(recipe, load(state["first"]), lessons, problem)
    store.put(wrangle.for_training(second, table, problem, parts.train, []))
    store.put(wrangle.applied(second, table, problem, parts.validation))


def _state(folder: Path):
    from helpers.pipeline.store import Store
    from helpers.problem import Problem

    state = json.loads((folder / "state.json").read_text())
    return state, Problem(**state["problem"]), Store(folder)


def _run(stage: str, folder: str, size: float) -> dict[str, float]:
    command = [sys.executable, __file__, "--stage", stage, folder, str(size)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    if "--stage" in sys.argv:
        name, folder, size = sys.argv[2:]
        started = time.perf_counter()
        {"write": write, "wrangle": wrangle, "split": split}[name](Path(folder), float(size))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        taken = {"seconds": time.perf_counter() - started, "processor": time.process_time()}
        print(json.dumps(taken | {"gigabytes": peak}))
    else:
        print(markdown(measure(tuple(map(float, sys.argv[1:])) or MILLIONS)))
