"""Seconds and peak memory of ingest, wrangle and split on the flights repeated up to ten million rows.

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
STAGES = ("ingest", "wrangle", "split")
LEFT_OUT = ["dep_time", "dep_delay", "arr_time", "air_time"]


def measure(millions: tuple[float, ...] = MILLIONS) -> list[Line]:
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        seconds: dict[tuple[str, float], float] = {}
        for size in millions:
            _run("write", folder, size)
            for stage in STAGES:
                told = _run(stage, folder, size)
                seconds[stage, size] = told["processor"]
                lines.append(Line(f"{stage}, {size:g} million rows: time", told["seconds"], "s", None))
                lines.append(Line(f"{stage}, {size:g} million rows: peak memory", told["gigabytes"], "GB", 4))
        for stage in STAGES:
            few, many = min(s for s in millions if s >= 1), max(millions)
            growth = seconds[stage, many] / seconds[stage, few] / (many / few)
            lines.append(
                Line(
                    f"{stage}: processor time a row, {many:g} million rows against {few:g}", growth, "x", 1.2
                )
            )
    return lines


def write(folder: Path, size: float) -> None:
    """Write the flights, each copy later than the one before, as the file of a person."""
    import pyarrow.parquet as pq

    flights = pd.read_parquet(ROOT / "data" / "nyc_flights.parquet")
    flights["time_hour"] = pd.to_datetime(flights["time_hour"], utc=True).dt.tz_localize(None)
    wanted = round(size * 1e6)
    schema = pa.Schema.from_pandas(flights, preserve_index=False)
    with pq.ParquetWriter(folder / "flights.parquet", schema) as file:
        for start in range(0, wanted, len(flights)):
            late = pd.Timedelta(days=start // len(flights) * 366)
            part = flights.iloc[: wanted - start].assign(time_hour=lambda t, d=late: t["time_hour"] + d)
            file.write_table(pa.Table.from_pandas(part, schema, preserve_index=False))


def ingest(folder: Path, size: float) -> None:
    """Do what the notebook 01_ingest does."""
    from helpers.data import ingest as stage
    from helpers.data import kinds, label, seal
    from helpers.data.profile import profile
    from helpers.pipeline.store import Store

    store = Store(folder / "workspace")
    store.open()
    places = [folder / name for name in (f"originals_{size:g}", f"temporary_{size:g}")]
    for place in places:
        place.mkdir()
    table, _ = stage.original(stage.found(str(folder / "flights.parquet"), None, folder), *places, "plain")
    table, _ = stage.without(table, LEFT_OUT, 0)
    rows, types = kinds.typed_table(table, {})
    rows, target = stage.with_target(rows, types, "arr_delay", 15)
    problem, _ = label.problem_of("flights", rows, types, target, above=15, positive="yes", time="time_hour")
    labelled = stage.labelled(rows, problem)
    aside = seal.sealed(labelled, problem, 0.1)
    store.put(labelled.where(aside).reader(), sealed=True)
    kept = {"rows": str(store.whole(store.put(labelled.where(~aside).reader())))}
    sample = labelled.sample(100_000).frame()  # the profile is a stage of its own, measured elsewhere
    attributes = store.put(profile(sample, problem.types))
    kept |= {"attributes": str(store.whole(attributes)), "problem": problem.as_dict()}
    (folder / "state.json").write_text(json.dumps(kept))


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
    return state, Problem(**state["problem"]), Store(folder / "workspace")


def _run(stage: str, folder: str, size: float) -> dict[str, float]:
    command = [sys.executable, __file__, "--stage", stage, folder, str(size)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    if "--stage" in sys.argv:
        name, folder, size = sys.argv[2:]
        started = time.perf_counter()
        {"write": write, "ingest": ingest, "wrangle": wrangle, "split": split}[name](
            Path(folder), float(size)
        )
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        taken = {"seconds": time.perf_counter() - started, "processor": time.process_time()}
        print(json.dumps(taken | {"gigabytes": peak}))
    else:
        print(markdown(measure(tuple(map(float, sys.argv[1:])) or MILLIONS)))
