"""What a bundle says of its own sureness holds for new rows of a made law, and is what the evaluation measured.

So is what it adds to numbers of which too much and too little cost differently.
"""

import json

import numpy as np
import pandas as pd
import pytest

from helpers.bundle import Bundle, write_bundle
from helpers.errors import BadInput
from helpers.model import card, champions, conformal, proof
from helpers.model.families import families
from helpers.model.features import model_pipeline
from helpers.model.package.onnx import to_onnx
from helpers.model.scoring import predictions, target
from helpers.problem import Problem
from helpers.recipe import Recipe
from helpers.recipe.columns import from_frame

NUMBERS = Problem("made", "y", "regression", "r2", types={"a": "float"})
CLASSES = Problem("made", "y", "multiclass", "neg_log_loss", ["no", "so", "yes"], types={"a": "float"})
FAMILY = {"regression": "ridge", "multiclass": "logistic regression"}


def rows_of(problem, count, seed):
    """One number that tells the target in part: by a line with heavy tails, or by shares that lean towards a class."""
    draw = np.random.default_rng(seed)
    a = draw.normal(size=count)
    if problem is NUMBERS:
        return pd.DataFrame({"a": a, "y": 3 * a + draw.standard_t(4, count)})
    shares = np.exp(np.column_stack([-a, 0 * a, a]))
    shares = shares / shares.sum(axis=1, keepdims=True)
    which = (shares.cumsum(axis=1) > draw.random(count)[:, None]).argmax(axis=1)
    return pd.DataFrame({"a": a, "y": np.array(problem.classes, object)[which]})


def package(problem, folder, **more):
    """A bundle that promises 80 %, learnt from 2,000 rows of a law; its folder, problem, model, recipe, quantile."""
    family = families(problem.task)[FAMILY[problem.task]]
    learn, judge = (rows_of(problem, 2000, seed) for seed in (1, 2))
    recipe = Recipe([]).fit(from_frame(learn[["a"]]), learn["y"].to_numpy(), kinds=problem.types)
    x = recipe.apply_frame(learn)
    model = model_pipeline(x, family.make(0), problem.task, **family.features).fit(x, target(problem, learn))
    said = predictions(model, recipe.apply_frame(judge), problem)
    fitted = conformal.fit(target(problem, judge), said, 0.8)
    evaluation = {"threshold": None, "conformal": fitted, **more}
    about = card.signature(problem, recipe.to_dict(), evaluation, family.name)
    write_bundle(
        folder, to_onnx(model, recipe.outputs, len(problem.classes)), about, recipe.to_dict(), "", {}
    )
    return folder, problem, model, recipe, fitted


@pytest.fixture(scope="module", params=[NUMBERS, CLASSES], ids=lambda p: p.task)
def sure(request, tmp_path_factory):
    return package(request.param, tmp_path_factory.mktemp("sure") / "bundle")


def held(said, problem, y):
    """Whether the columns that a person reads hold the truth (n,), and how wide they are (n,)."""
    if problem is NUMBERS:
        return (said["low"] <= y) & (y <= said["high"]), said["high"] - said["low"]
    sets = [set(text.split("|")) - {"(none)"} for text in said["classes"]]
    return np.array([t in s for t, s in zip(y, sets, strict=True)]), np.array([len(s) for s in sets])


def test_new_rows_of_the_law_lie_inside_as_often_as_was_promised(sure):
    folder, problem, *_ = sure
    fresh = rows_of(problem, 20_000, 3)
    said = Bundle(folder).predict({"a": fresh["a"].tolist()}, intervals=True)
    inside, size = held(said, problem, fresh["y"].to_numpy())
    assert inside.mean() == pytest.approx(
        0.8, abs=0.03
    )  # three deviations of 2,000 rows that made the quantile
    assert size.mean() < (8 if problem is NUMBERS else 2.7)  # and not because everything lies inside


def test_they_are_those_that_the_evaluation_measured(sure):
    folder, problem, model, recipe, fitted = sure
    fresh = rows_of(problem, 3000, 4)
    x = recipe.apply_frame(fresh)
    inside, size = conformal.covered(target(problem, fresh), predictions(model, x, problem), fitted)
    said = Bundle(folder).predict({"a": fresh["a"].tolist()}, intervals=True)
    found, wide = held(said, problem, fresh["y"].to_numpy())
    assert found.tolist() == inside.tolist()
    assert wide == pytest.approx(size)


def test_they_come_only_when_they_are_asked_for(sure, project, tmp_path):
    folder, problem, *_ = sure
    rows_of(problem, 50, 5).to_csv(tmp_path / "new.csv", index=False)
    asked = ["predict", f"{tmp_path}/new.csv", "-m", str(folder), "-o", f"{tmp_path}/out.csv"]
    names = ["low", "high"] if problem is NUMBERS else ["classes"]
    assert project.run(*asked).returncode == 0
    plain = list(pd.read_csv(tmp_path / "out.csv").columns)
    done = project.run(*asked, "--intervals")
    assert "80 % of rows" in done.stderr
    assert list(pd.read_csv(tmp_path / "out.csv").columns) == [*plain, *names]
    assert plain == Bundle(folder).outputs


def test_the_card_and_the_signature_say_what_they_are(sure):
    folder, problem, _, _, fitted = sure
    kept = json.loads((folder / "signature.json").read_text())["intervals"]
    kind = "interval" if problem is NUMBERS else "set of classes"
    assert kept == {"kind": kind, "level": 0.8, "quantile": fitted["quantile"]}
    told = card._sure(kept)
    assert "80 % of rows" in told
    assert f"{kept['quantile'] if problem is NUMBERS else 1 - kept['quantile']:.3f}" in told


def test_what_promises_nothing_says_so_in_one_line(packaged):
    with pytest.raises(BadInput, match=r"promises no intervals: the rows that judged it were too few"):
        Bundle(packaged.folder).predict({"age": [40], "plan": ["plus"], "since": [None]}, intervals=True)
    few = conformal.fit(np.arange(5.0), np.zeros(5), 0.9)
    assert card.signature(NUMBERS, {"inputs": [], "outputs": []}, {"threshold": None, "conformal": few}, "")[
        "intervals"
    ] is None  # fmt: skip
    assert "5 rows are too few to promise 90 %" in conformal.in_words(few, {}, False)


def test_a_shift_moves_the_prediction_and_nothing_else(tmp_path):
    plain, _, model, recipe, _ = package(NUMBERS, tmp_path / "plain")
    moved = package(NUMBERS, tmp_path / "moved", shift=2.5)[0]
    fresh = rows_of(NUMBERS, 200, 6)
    columns = {"a": fresh["a"].tolist()}
    was, said = (Bundle(folder).predict(columns, intervals=True) for folder in (plain, moved))
    assert list(was) == ["prediction", "low", "high"]
    assert list(said) == ["prediction", "unshifted", "low", "high"]
    assert said["prediction"] == pytest.approx(was["prediction"] + 2.5)
    for now, before in (("unshifted", "prediction"), ("low", "low"), ("high", "high")):
        assert said[now].tolist() == was[before].tolist()
    assert champions.answers(moved, fresh, NUMBERS).tolist() == was["prediction"].tolist()
    proven = proof.compare(Bundle(moved), model, recipe, fresh, NUMBERS)
    assert proven["largest_difference"] < 1e-9
    assert proven["alone"] < 1e-9
