"""A model is accepted when it beats the baseline on sealed rows and reaches what was asked, and never else."""

import numpy as np
import pytest

from helpers.model import accept, evaluate, scoring


@pytest.mark.parametrize(
    ("value", "baseline", "required", "accepted"),
    [
        (0.8, 0.5, None, True),
        (0.8, 0.5, 0.8, True),
        (0.8, 0.5, 0.81, False),
        (0.5, 0.5, None, False),
        (0.4, 0.5, 0.3, False),
        (-3.0, -9.0, -3.5, True),
        (-3.0, -9.0, -2.5, False),
        (float("nan"), 0.5, None, False),
        (0.8, float("nan"), None, True),
    ],
)
def test_the_verdict_follows_from_baseline_and_requirement(value, baseline, required, accepted):
    verdict, reason = accept.verdict(value, baseline, required, "roc_auc")
    assert verdict is accepted
    assert "roc_auc" in reason


@pytest.mark.parametrize(("noise", "accepted"), [(0.3, True), (None, False)])
def test_a_model_that_knows_something_is_accepted_and_one_that_guesses_is_not(made, noise, accepted):
    problem, rows = made("regression")
    y, draw = scoring.target(problem, rows), np.random.default_rng(0)
    guess = np.full(len(y), y.mean()) + draw.normal(0, y.std(), len(y))
    predicted = guess if noise is None else y + draw.normal(0, noise * y.std(), len(y))
    dummy = evaluate.baseline(y, len(y), problem)
    found = accept.acceptance(y, predicted, dummy, problem, {"requirement": None}, "hash", 0)
    assert found["accepted"] is accepted
    assert found["interval"]["low"] <= found["value"] <= found["interval"]["high"]
    assert found["value"] == pytest.approx(-np.sqrt(np.mean((y - predicted) ** 2)))
    assert found["rows"] == len(y)
