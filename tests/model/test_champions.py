"""The model in use answers for itself, from its bundle alone, and is compared on the same rows."""

from dataclasses import replace

import numpy as np
import pytest

from helpers.errors import BadInput
from helpers.model import champions, evaluate
from helpers.model.scoring import predictions


def test_it_says_what_its_model_says_in_the_order_of_the_classes(packaged):
    said = champions.answers(packaged.folder, packaged.rows, packaged.problem)
    x = packaged.recipe.apply_frame(packaged.rows)
    assert said == pytest.approx(predictions(packaged.model, x, packaged.problem), abs=1e-12)
    turned = replace(packaged.problem, classes=["yes", "no"], positive="no")
    assert champions.answers(packaged.folder, packaged.rows, turned) == pytest.approx(said[:, ::-1])


def test_a_model_for_something_else_is_refused(packaged):
    with pytest.raises(BadInput, match="predicts 'left'"):
        champions.answers(packaged.folder, packaged.rows, replace(packaged.problem, target="other"))
    with pytest.raises(BadInput, match="other classes"):
        champions.answers(packaged.folder, packaged.rows, replace(packaged.problem, classes=["no", "maybe"]))
    with pytest.raises(BadInput, match="no column 'age'"):
        champions.answers(packaged.folder, packaged.rows.drop(columns="age"), packaged.problem)
    with pytest.raises(BadInput, match="is no bundle"):
        champions.answers(packaged.folder / "nothing", packaged.rows, packaged.problem)


def test_the_paired_interval_is_narrower_than_the_models_apart(made):
    problem, _ = made("regression")
    draw = np.random.default_rng(0)
    y = draw.normal(size=400)
    first = y + draw.normal(0, 1, 400)
    second = first + draw.normal(0, 0.1, 400)
    duel = evaluate.against(y, first, second, problem, 0)
    assert duel["low"] <= duel["difference"] <= duel["high"]
    assert duel["high"] - duel["low"] < 0.05
    assert duel["challenger"] == pytest.approx(-np.sqrt(np.mean((y - first) ** 2)))
    assert evaluate.against(y, first, first, problem, 0)["difference"] == 0
