"""The search under a budget against a plain histogram boosting, other packages, and itself with parts left out.

`.venv/bin/python benchmarks/automl.py FOLDER [SECONDS] [--only TABLE] [--parts] [--peer NAME=PYTHON]`: FOLDER holds
tables and an index.csv with the columns name, target and task; those that ship are taken, too. A fifth, drawn by
seed, judges (see automl_tables.py). NAME is a package of automl_peers.py, PYTHON the interpreter of its environment.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from automl_tables import DATA, ROOT, SHIPPED, Division, divided, index
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from table import Line, markdown

from helpers.model import automl, race, scoring, train
from helpers.model.families import families
from helpers.model.features import model_pipeline
from helpers.problem import Problem

MEASURES = {"binary": "roc_auc", "multiclass": "neg_log_loss", "regression": "neg_root_mean_squared_error"}
PARTS = {
    "no search": {"tune": False},
    "no race by folds": {"race": False},
    "one model": {"one": True},
}


def problem_of(given: Division) -> Problem:
    return Problem(given.name, given.target, given.task, MEASURES[given.task], given.classes)


def plain(problem: Problem, learn: pd.DataFrame) -> object:
    """Return scikit-learn's histogram boosting as it comes."""
    x, y = learn[problem.features(list(learn.columns))], scoring.target(problem, learn)
    make = HistGradientBoostingClassifier if problem.is_classification else HistGradientBoostingRegressor
    whole = model_pipeline(x, make(random_state=0), problem.task, 0, impute="none", encode="ordinal")
    return whole.fit(x, y)


def ours(problem: Problem, learn: pd.DataFrame, seconds: float, options: dict) -> object:
    """Return the model of race and search within so many seconds."""
    begun = time.monotonic()
    options, one = {k: v for k, v in options.items() if k != "one"}, options.get("one")
    with tempfile.TemporaryDirectory() as folder:
        some = train.at_most(learn, problem, race.ROWS, 0)
        parts, known = train.folds(some, problem, 5, 0), families(problem.task)
        field = race.race(known, some, problem, parts, 0, race.SHARE * seconds, Path(folder))
        left = seconds - (time.monotonic() - begun)
        built = automl.within(left, learn, problem, race.shortlist(field), Path(folder) / "fits", **options)
        if not one:
            return built.model
        best = max(built.specification["members"], key=lambda m: m["weight"]) | {"weight": 1.0}
        return automl.again(
            built.specification | {"members": [best]}, learn, problem, Path(folder) / "one"
        ).model


def judged(given: Division, model: object) -> float:
    """Return the measure on the rows that judge."""
    problem = problem_of(given)
    x = given.judge[problem.features(list(given.judge.columns))]
    return given.score(scoring.predictions(model, x, problem))


def whole_run(given: Division, seconds: float) -> tuple[float, float]:
    """Return measure and seconds of the whole pipeline under the budget, judged by what its bundle predicts."""
    command = str(Path(sys.executable).with_name("workbench"))
    with tempfile.TemporaryDirectory() as folder:
        given.learn.to_csv(f"{folder}/learn.csv", index=False)
        given.judge.drop(columns=given.target).to_csv(f"{folder}/judge.csv", index=False)
        places = {"WORKBENCH_WORKSPACE": f"{folder}/workspace", "WORKBENCH_REPORTS": f"{folder}/reports"}
        budget = ["--budget", f"{seconds:g}s", "-p", f"ingest.measure={MEASURES[given.task]}"]
        name = f"benchmark_{given.name}"
        run = [command, "run", f"{folder}/learn.csv", "--target", given.target, "--name", name, *budget]
        begun = time.monotonic()
        ended = subprocess.run(run, cwd=ROOT, env=os.environ | places, capture_output=True, text=True)
        taken = time.monotonic() - begun
        (ROOT / "configs" / f"{name}.yaml").unlink(missing_ok=True)
        found = next(Path(folder).glob(f"workspace/models/{name}/*"), None)
        if found is None:
            print(given.name, ended.stdout[-600:], ended.stderr[-600:])
            return float("nan"), taken
        predict = [command, "predict", f"{folder}/judge.csv", "-m", str(found), "-o", f"{folder}/said.csv"]
        subprocess.run(predict, cwd=ROOT, env=os.environ | places, capture_output=True, text=True, check=True)
        said = pd.read_csv(f"{folder}/said.csv", dtype={"prediction": str})
    if given.classes:
        return given.score(said[[f"probability_{c}" for c in given.classes]].to_numpy()), taken
    return given.score(said["prediction"].astype(float).to_numpy()), taken


def peer(python: str, name: str, given: Division, folder: Path, seconds: float) -> tuple[float, float]:
    """Return measure and seconds of another package; NaN without a model after half a minute and four budgets."""
    program = Path(__file__).with_name("automl_peers.py")
    command = [python, str(program), name, str(folder), given.name, str(seconds)]
    begun = time.monotonic()
    try:
        ended = subprocess.run(command, capture_output=True, text=True, timeout=4 * seconds + 30)
        told = json.loads(ended.stdout.strip().splitlines()[-1])
        return told["score"], told["seconds"]
    except (subprocess.TimeoutExpired, IndexError, ValueError):
        return float("nan"), time.monotonic() - begun


def compared(
    listed: pd.DataFrame,
    folder: Path,
    seconds: float,
    parts: dict[str, dict],
    peers: dict[str, str],
) -> pd.DataFrame:
    """Return measures and seconds of the plain baseline, the search, its parts and the peers, one row a table."""
    records = {}
    for _, row in listed.iterrows():
        given = divided(row)
        problem = problem_of(given)
        found = {"plain": judged(given, plain(problem, given.learn))}
        for name, options in {"ours": {}, **parts}.items():
            begun = time.monotonic()
            model = ours(problem, given.learn, seconds, options)
            found[f"{name}, s"] = round(time.monotonic() - begun, 1)
            found[name] = judged(given, model)
        found["whole run"], taken = whole_run(given, seconds)
        found["whole run, s"] = round(taken, 1)
        for name, python in peers.items():
            found[name], taken = peer(python, name, given, folder, seconds)
            found[f"{name}, s"] = round(taken, 1)
        records[given.name] = found
        print(
            given.name,
            {k: round(v, 4) for k, v in found.items()},
            f"load {os.getloadavg()[0]:.1f}",
            flush=True,
        )
    return pd.DataFrame.from_dict(records, orient="index")


def ranks(board: pd.DataFrame) -> pd.Series:
    """Return the mean rank of each; one that gave no model is last."""
    scores = board[[name for name in board.columns if not name.endswith(", s")]]
    return scores.rank(axis=1, ascending=False, na_option="bottom").mean().round(2)


def measure(seconds: float = 30.0) -> list[Line]:
    """Return on how many of the tables that ship the search beats the baseline, and how well it keeps its time."""
    board = compared(SHIPPED.assign(folder=DATA), DATA, seconds, {}, {})
    wins, longest = int((board["ours"] > board["plain"]).sum()), board["ours, s"].max() / seconds
    what = f"tables of {len(board)} on which a search of {seconds:g} s beats a plain boosting"
    return [
        Line(what, wins, "", 2, True),
        Line("longest time of a search against its budget", longest, "×", 1.15),
    ]


def main() -> None:
    told = argparse.ArgumentParser()
    told.add_argument("folder", type=Path)
    told.add_argument("seconds", type=float, nargs="?", default=30.0)
    told.add_argument("--only", action="append")
    told.add_argument("--parts", action="store_true")
    told.add_argument("--peer", action="append", default=[])
    given = told.parse_args()
    listed = index(given.folder)
    listed = listed[listed["name"].isin(given.only)] if given.only else listed
    peers = dict(p.split("=", 1) for p in given.peer)
    whole = compared(listed, given.folder, given.seconds, PARTS if given.parts else {}, peers)
    print(whole.round(4).to_string())
    print("mean rank", ranks(whole).to_dict(), np.round(os.getloadavg(), 1))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main()
    else:
        print(markdown(measure()))
