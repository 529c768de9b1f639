"""The model now in use, asked about the same rows: its bundle alone answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from helpers.bundle import Bundle
from helpers.errors import BadInput
from helpers.problem import Problem
from helpers.recipe.columns import from_frame


def answers(folder: Path, raw: pd.DataFrame, problem: Problem) -> np.ndarray:
    """Return what a bundle says of raw rows: probabilities (n, classes) in the problem's order, or numbers (n,).

    BadInput when it predicts something else, or other classes, or wants a column that is not there.
    """
    bundle = Bundle(folder)
    about = bundle.signature
    if about["target"] != problem.target or about["task"] != problem.task:
        raise BadInput(
            f"the model in use predicts {about['target']!r} ({about['task']}), not {problem.target!r} ({problem.task})"
        )
    if sorted(about["classes"]) != sorted(problem.classes):
        raise BadInput(f"the model in use knows other classes: {', '.join(about['classes'])}")
    columns: dict[str, Any] = dict(from_frame(raw))
    said = bundle.predict(columns)
    if not problem.is_classification:
        return np.asarray(said["prediction"], float)
    return np.column_stack([said[f"probability_{c}"] for c in problem.classes]).astype(float)
