"""The tables on which searches under a budget are compared: what to learn from, what judges, and by which measure.

Imports nothing of the package, so that other packages are judged by the same lines in environments of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import log_loss, roc_auc_score, root_mean_squared_error
from sklearn.model_selection import train_test_split

ROOT = Path(__file__).parents[1]
DATA = ROOT / "data"
SHIPPED = pd.DataFrame(
    [
        ("churn", "telco_churn.csv.gz", "churn", "binary"),
        ("housing", "ames_housing.csv.gz", "Sale_Price", "regression"),
        ("penguins", "penguins.csv.gz", "species", "multiclass"),
    ],
    columns=["name", "file", "target", "task"],
)


@dataclass(frozen=True)
class Division:
    """A table in two: four fifths to learn from, and the fifth that judges; classes are sorted, [] for numbers."""

    name: str
    target: str
    task: str
    classes: list[str]
    learn: pd.DataFrame
    judge: pd.DataFrame

    def score(self, said: np.ndarray) -> float:
        """Return the measure of predictions on the rows that judge; greater is better.

        said: numbers (n,), or probabilities (n, classes) in the order of the classes. Area under the curve for two
        classes, log loss for several, root mean squared error for numbers.
        """
        truth = self.judge[self.target]
        if self.task == "regression":
            return -float(root_mean_squared_error(truth, said))
        if self.task == "binary":
            return float(roc_auc_score(truth == self.classes[1], said[:, 1]))
        sure = np.clip(said, 1e-15, 1)
        return -float(log_loss(truth, sure / sure.sum(axis=1, keepdims=True), labels=self.classes))


def index(folder: Path) -> pd.DataFrame:
    """Return name, target, task and perhaps file of the tables of a folder, and of those that ship."""
    listed = pd.read_csv(folder / "index.csv")
    return pd.concat([listed.assign(folder=folder), SHIPPED.assign(folder=DATA)], ignore_index=True)


def divided(row: pd.Series, seed: int = 0) -> Division:
    """Return one table of an index, divided by seed; texts have no gaps, numbers are floats."""
    file = row["file"] if isinstance(row.get("file"), str) else f"{row['name']}.csv.gz"
    frame = pd.read_csv(Path(row["folder"]) / file).dropna(subset=[row["target"]]).reset_index(drop=True)
    for name in frame.columns.drop(row["target"]):
        numeric = pd.api.types.is_numeric_dtype(frame[name])
        frame[name] = frame[name].astype(float) if numeric else frame[name].fillna("").astype(str)
    classes: list[str] = []
    if row["task"] != "regression":
        frame[row["target"]] = frame[row["target"]].astype(str)
        classes = sorted(frame[row["target"]].unique())
    strata = frame[row["target"]] if classes else None
    learn, judge = train_test_split(frame, test_size=0.2, random_state=seed, stratify=strata)
    whole = learn.reset_index(drop=True), judge.reset_index(drop=True)
    return Division(row["name"], row["target"], row["task"], classes, *whole)
