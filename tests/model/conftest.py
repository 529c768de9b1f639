"""Rows as training gets them: numbers with gaps, categories with "" where missing, and a target for each task."""

import numpy as np
import pandas as pd
import pytest

from helpers.labels import joined
from helpers.problem import Problem

MEASURE = {
    "binary": "roc_auc",
    "multiclass": "neg_log_loss",
    "multilabel": "roc_auc",
    "regression": "neg_root_mean_squared_error",
}
CLASSES = {
    "binary": ["no", "yes"],
    "multiclass": ["a", "b", "c"],
    "multilabel": ["high", "low", "x"],
    "regression": [],
}


def problem_of(task, **more):
    positive = "yes" if task == "binary" else None
    return Problem("made", "y", task, MEASURE[task], CLASSES[task], positive, **more)


def rows_of(task, count=300, seed=0):
    """Coordinates on a grid of quarters beside wide ones, so that values meet the splits of trees."""
    draw = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "grid": draw.integers(-8, 9, count) / 4,
            "wide": draw.normal(0, 1, count) * 10.0 ** draw.integers(-3, 6, count),
            "thin": draw.normal(40, 0.1, count),
            "level": draw.choice(["red", "green", "blue", "", "rare"], count, p=[0.4, 0.3, 0.2, 0.09, 0.01]),
            "other": draw.choice(["x", "y"], count),
        }
    )
    signal = frame["grid"] + (frame["level"] == "red") + np.sign(frame["wide"]) + draw.normal(0, 0.7, count)
    frame.loc[draw.random(count) < 0.1, ["grid"]] = np.nan
    frame.loc[draw.random(count) < 0.1, ["wide"]] = np.nan
    if task == "regression":
        return frame.assign(y=1000 + 50 * signal)
    if task == "multilabel":
        held = np.column_stack([signal > 0.4, signal < -1.5, (frame["other"] == "x") ^ (signal > 2.0)])
        return frame.assign(y=joined(held, CLASSES[task]))
    names = np.array(CLASSES[task], object)
    cuts = [0.4] if task == "binary" else [-0.3, 1.0]
    return frame.assign(y=names[np.digitize(signal, cuts)])


@pytest.fixture
def made():
    """A function of a task to its problem and rows."""
    return lambda task, count=300, seed=0, **more: (problem_of(task, **more), rows_of(task, count, seed))


HARMFUL = """
import os, time
from pathlib import Path
from sklearn.linear_model import Ridge
from helpers.model.families import NUMBERS, Family

def end(*_):
    with Path({log!r}).open("a") as log:
        log.write("tried\\n")
    os._exit(9)

def wait(*_):
    time.sleep(3600)

def made(fit):
    model = Ridge()
    if fit:
        model.fit = fit
    return model

FAMILIES = [Family(name, NUMBERS, lambda seed, fit=fit: made(fit))
            for name, fit in (("ends", end), ("waits", wait), ("works", None))]
"""


@pytest.fixture
def harmful(tmp_path):
    """A person's own file of families in tmp_path: one ends its process (log tells how often), one never comes back."""
    (tmp_path / "mine.py").write_text(HARMFUL.format(log=str(tmp_path / "log")))
