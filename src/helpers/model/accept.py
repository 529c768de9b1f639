"""The acceptance test: sealed rows, opened once, against what was asked of the model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from helpers.model.evaluate import plain
from helpers.model.scoring import interval, measures, score
from helpers.problem import Problem


def acceptance(
    y: np.ndarray,
    predicted: np.ndarray,
    dummy: np.ndarray,
    problem: Problem,
    evaluation: Mapping[str, Any],
    model: str,
    seed: int,
) -> dict[str, Any]:
    """Return the verdict on sealed rows (n,): it must beat the baseline there and reach the requirement, if any.

    The interval is a bootstrap of the sealed rows (95 %); model is the hash of the model judged.
    """
    value = score(problem.measure, y, predicted, problem)
    base = score(problem.measure, y, dummy, problem)
    low, high = interval(y, predicted, lambda a, p: score(problem.measure, a, p, problem), seed, 1000)
    required = evaluation["requirement"]
    accepted, reason = verdict(value, base, required, problem.measure)
    return {
        "accepted": accepted,
        "reason": reason,
        "measure": problem.measure,
        "value": plain({"value": value})["value"],
        "interval": {"low": low, "high": high, "level": 0.95},
        "baseline": plain({"value": base})["value"],
        "requirement": required,
        "measures": plain(measures(y, predicted, problem)),
        "rows": len(y),
        "model": model,
    }


def verdict(value: float, baseline: float, required: float | None, measure: str) -> tuple[bool, str]:
    """Return whether a model is accepted, and why or why not.

    >>> verdict(0.8, 0.5, 0.85, "roc_auc")
    (False, 'roc_auc is 0.8 on the sealed rows, and 0.85 is required')
    """
    if not np.isfinite(value):
        return False, f"{measure} cannot be computed on the sealed rows"
    if np.isfinite(baseline) and value <= baseline:
        return (
            False,
            f"{measure} is {value:.4g} on the sealed rows, no better than the baseline's {baseline:.4g}",
        )
    if required is not None and value < required:
        return False, f"{measure} is {value:.4g} on the sealed rows, and {required:.4g} is required"
    asked = f" and the required {required:.4g}" if required is not None else ""
    return True, f"{measure} is {value:.4g} on the sealed rows, above the baseline's {baseline:.4g}{asked}"
