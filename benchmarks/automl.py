"""The search under a budget against a plain histogram boosting, and with its parts left out one by one.

`.venv/bin/python benchmarks/automl.py FOLDER [SECONDS] [TABLE ...]`: FOLDER holds tables and an index.csv with the
columns name, target and task (and file, where it is not NAME.csv.gz). A fifth of the rows, drawn by seed, judges: area
under the curve for two classes, log loss for several, root mean squared error for numbers; greater is always better.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.model_selection import train_test_split
from table import Line, markdown

from helpers.model import automl, race, scoring, train
from helpers.model.families import families
from helpers.model.features import model_pipeline
from helpers.problem import Problem

MEASURES = {"binary": "roc_auc", "multiclass": "neg_log_loss", "regression": "neg_root_mean_squared_error"}
PARTS = {
    "all": {},
    "no search": {"tune": False},
    "no race by folds": {"race": False},
    "one model": {"one": True},
}
DATA = Path(__file__).parents[1] / "data"
SHIPPED = pd.DataFrame(
    [
        ("churn", "telco_churn.csv.gz", "churn", "binary"),
        ("housing", "ames_housing.csv.gz", "Sale_Price", "regression"),
        ("penguins", "penguins.csv.gz", "species", "multiclass"),
    ],
    columns=["name", "file", "target", "task"],
)


def table(folder: Path, row: pd.Series) -> tuple[Problem, pd.DataFrame, pd.DataFrame]:
    """Return the problem, four fifths of the rows to learn from, and the fifth that judges."""
    frame = pd.read_csv(folder / (row["file"] if "file" in row else f"{row['name']}.csv.gz"))
    frame = frame.dropna(subset=[row["target"]]).reset_index(drop=True)
    for name in frame.columns.drop(row["target"]):
        numeric = pd.api.types.is_numeric_dtype(frame[name])
        frame[name] = frame[name].astype(float) if numeric else frame[name].fillna("").astype(str)
    classes: list[str] = []
    if row["task"] != "regression":
        frame[row["target"]] = frame[row["target"]].astype(str)
        classes = sorted(frame[row["target"]].unique())
    problem = Problem(row["name"], row["target"], row["task"], MEASURES[row["task"]], classes)
    strata = frame[row["target"]] if classes else None
    learn, judge = train_test_split(frame, test_size=0.2, random_state=0, stratify=strata)
    return problem, learn.reset_index(drop=True), judge.reset_index(drop=True)


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


def judged(problem: Problem, model: object, judge: pd.DataFrame) -> float:
    """Return the measure on the rows that judge."""
    x = judge[problem.features(list(judge.columns))]
    return scoring.score(
        problem.measure, scoring.target(problem, judge), scoring.predictions(model, x, problem), problem
    )


def compared(
    folder: Path, index: pd.DataFrame, seconds: float, parts: dict[str, dict] | None = None
) -> pd.DataFrame:
    """Return the measure of the plain baseline and of the search, with parts left out, one row a table."""
    records = {}
    for _, row in index.iterrows():
        problem, learn, judge = table(folder, row)
        found, begun = {"plain": judged(problem, plain(problem, learn), judge)}, time.monotonic()
        for name, options in (parts or PARTS).items():
            begun = time.monotonic()
            found[name] = judged(problem, ours(problem, learn, seconds, options), judge)
            found[f"{name}, s"] = round(time.monotonic() - begun, 1)
        records[row["name"]] = found
        print(
            row["name"],
            {k: round(v, 4) for k, v in found.items()},
            f"load {os.getloadavg()[0]:.1f}",
            flush=True,
        )
    return pd.DataFrame.from_dict(records, orient="index")


def measure(seconds: float = 30.0) -> list[Line]:
    """Return on how many of the tables that ship the search beats the baseline, and how well it keeps its time."""
    board = compared(DATA, SHIPPED, seconds, {"all": {}})
    wins, longest = int((board["all"] > board["plain"]).sum()), board["all, s"].max() / seconds
    return [
        Line(
            f"tables of {len(board)} on which a search of {seconds:g} s beats a plain boosting",
            wins,
            "",
            2,
            True,
        ),
        Line("longest time of a search against its budget", longest, "×", 1.15),
    ]


if __name__ == "__main__":
    if len(sys.argv) < 2:
        print(markdown(measure()))
    else:
        place = Path(sys.argv[1])
        listed = pd.read_csv(place / "index.csv") if (place / "index.csv").exists() else SHIPPED
        named = listed[listed["name"].isin(sys.argv[3:])] if sys.argv[3:] else listed
        whole = compared(place, named, float(sys.argv[2]) if len(sys.argv) > 2 else 30.0)
        ranks = whole[["plain", *PARTS]].rank(axis=1, ascending=False)
        print(whole.round(4).to_string())
        print("mean rank", ranks.mean().round(2).to_dict(), np.round(os.getloadavg(), 1))
