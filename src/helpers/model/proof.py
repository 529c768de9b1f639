"""Prove an export: score the same raw rows with the model and with the bundle in its own runtime, and compare."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from helpers.bundle import Bundle
from helpers.errors import BadInput, Failed
from helpers.model.scoring import predictions
from helpers.problem import Problem
from helpers.recipe import FittedRecipe

LIMITS = {"binary": 1e-5, "multiclass": 1e-5, "multilabel": 1e-5, "regression": 1e-4}
SINGLE_ROWS, SINGLE_CELLS, FEWEST_ROWS = 20, 20_000, 3  # scored alone; of very wide tables fewer rows
INFINITE = (float("inf"), float("-inf"))
UNDER_BUDGET = 1000  # rows that are compared at most when time is short


def chosen(rows: pd.Index, most: int, budget: float | None) -> pd.Index:
    """Return which rows (n,) are compared: all, or so many spread evenly over them; fewer under a budget."""
    if most < 1:
        raise BadInput(f"export.proof_rows must be 1 row at least, not {most}")
    count = min(len(rows), most if budget is None else min(most, UNDER_BUDGET))
    return rows[np.linspace(0, len(rows) - 1, count).astype(int)]


def compare(
    bundle: Bundle, model: Any, recipe: FittedRecipe, rows: pd.DataFrame, problem: Problem
) -> dict[str, Any]:
    """Return {"rows", "largest_difference", "limit", "measure", "ok", …} for raw rows (n, p).

    The difference is absolute for probabilities, relative to the larger of 1 and the prediction for numbers. Some
    rows are also scored alone: a row must score the same in whatever company it comes.
    """
    wanted = predictions(model, recipe.apply_frame(rows), problem).reshape(len(rows), -1)
    columns = {i["name"]: rows[i["name"]].tolist() for i in recipe.inputs}
    answers = bundle.predict(columns)
    names = [n for n in bundle.outputs if n != "prediction"] or ["prediction"]
    got = np.column_stack([answers[n] for n in names]).astype(float)
    largest = largest_difference(wanted, got, problem)
    limit = LIMITS[problem.task]
    return {
        "rows": len(rows),
        "largest_difference": largest,
        "limit": limit,
        "measure": "relative difference" if problem.task == "regression" else "difference in probability",
        "alone": _alone(bundle, columns, got, names, len(rows)),
        "ok": bool(largest <= limit),
    }


def largest_difference(wanted: np.ndarray, got: np.ndarray, problem: Problem) -> float:
    """Return the largest difference of answers (n, k): absolute for probabilities, relative for numbers above 1."""
    if wanted.shape != np.shape(got):
        return float("inf")
    scale = np.maximum(1.0, np.abs(wanted)) if problem.task == "regression" else 1.0
    return float(np.max(np.abs(got - wanted) / scale)) if len(wanted) else 0.0


def must_hold(proof: dict[str, Any]) -> None:
    """Raise Failed when a proof did not succeed: what scores differently is not packaged."""
    if not proof["ok"]:
        raise Failed(
            f"the exported model differs by {proof['largest_difference']:.3g} ({proof['measure']}), and "
            f"{proof['limit']:g} is allowed; choose another family to tune"
        )
    if proof["alone"] > proof["limit"]:
        raise Failed(f"a row scored alone differs by {proof['alone']:.3g} from the same row among others")


def sample_of(bundle: Bundle, rows: pd.DataFrame, count: int = 5) -> dict[str, Any]:
    """Return the first rows in raw form and what the bundle says of them, as plain JSON."""
    shown = rows.iloc[:count]
    names = [*bundle.signature["identifiers"], *(i["name"] for i in bundle.recipe.inputs)]
    raw = {n: [_plain(v) for v in shown[n]] for n in dict.fromkeys(names) if n in shown}
    answers = bundle.predict(raw)
    return {"rows": raw, "predictions": {n: v.tolist() for n, v in answers.items()}}


def _alone(bundle: Bundle, columns: dict[str, list], got: np.ndarray, names: list[str], rows: int) -> float:
    largest, few = 0.0, max(FEWEST_ROWS, min(SINGLE_ROWS, SINGLE_CELLS // max(len(columns), 1)))
    for row in range(0, rows, max(1, rows // few)):
        answer = bundle.predict({n: values[row : row + 1] for n, values in columns.items()})
        alone = np.array([answer[n][0] for n in names], float)
        largest = max(largest, float(np.max(np.abs(alone - got[row]) / np.maximum(1.0, np.abs(got[row])))))
    return largest


def _plain(value: Any) -> Any:
    if value is None or value is pd.NaT or value is pd.NA or value != value or value in INFINITE:
        return None  # JSON has no infinity, and models take it for missing
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    return value.item() if isinstance(value, np.generic) else value
