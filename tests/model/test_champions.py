"""The model in use answers for itself, from its bundle alone, and is compared on the same rows."""

import json
import shutil
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
    with pytest.raises(BadInput, match=r"model in use cannot score these rows: .*no column 'age'"):
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


def test_another_bundle_in_the_folder_of_the_model_in_use_is_noticed_when_it_is_asked_again(
    packaged, tmp_path
):
    shutil.copytree(packaged.folder, tmp_path / "models")
    duel = champions.identity("models", tmp_path)
    said = champions.again(duel, tmp_path, packaged.rows, packaged.problem)
    assert said.tolist() == champions.answers(packaged.folder, packaged.rows, packaged.problem).tolist()
    champions.must_be_as_compared(duel, tmp_path)
    hashes = json.loads((tmp_path / "models" / "hashes.json").read_text())
    (tmp_path / "models" / "hashes.json").write_text(json.dumps(hashes, indent=4))
    with pytest.raises(BadInput, match="models is not the model that was compared with; run from the stage"):
        champions.must_be_as_compared(duel, tmp_path)
    shutil.rmtree(tmp_path / "models")
    with pytest.raises(BadInput, match="models, the model in use, is not there any more; run from the stage"):
        champions.must_be_as_compared(duel, tmp_path)


def test_without_a_model_in_use_nothing_is_asked(packaged, tmp_path):
    champions.must_be_as_compared(None, tmp_path)
    assert champions.again(None, tmp_path, packaged.rows, packaged.problem) is None
