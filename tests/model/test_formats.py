"""Every form of a model is proven when written, says why when it cannot carry it, and is the same again."""

import hashlib
import json
import subprocess
import sys

import numpy as np
import pytest

from helpers.errors import BadInput, Failed
from helpers.model.ensemble import Stack, WeightedEnsemble
from helpers.model.families import families
from helpers.model.features import model_pipeline
from helpers.model.package.formats import Format, Given, formats, write
from helpers.model.scoring import predictions, target

SOME = ("CatBoost", "LightGBM", "histogram boosting", "nearest neighbours", "kernel SVM", "XGBoost")


def fitted(made, task, name, seed=0):
    problem, rows = made(task, 200)
    x, family = rows.drop(columns="y"), families(task)[name]
    return model_pipeline(x, family.make(seed), task, **family.features).fit(x, target(problem, rows))


def given(made, task, model):
    problem, rows = made(task, 200)
    x = rows.drop(columns="y")
    return Given(model, None, problem, rows, x, predictions(model, x, problem).reshape(len(x), -1))


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_pickle_and_skops_carry_models_of_every_library(made, task, tmp_path):
    for name in SOME:
        records = write(given(made, task, fitted(made, task, name)), formats(["pickle", "skops"]), tmp_path)
        assert [r["trouble"] for r in records] == ["", ""], name
        assert [r["largest_difference"] for r in records] == [0, 0], name


def test_ensembles_are_carried_too(made, tmp_path):
    members = [fitted(made, "regression", name) for name in ("LightGBM", "CatBoost", "ridge")]
    mean = WeightedEnsemble(members, [0.5, 0.3, 0.2])
    _, rows = made("regression", 200)
    final = (
        families("regression")["ridge"].make(0).fit(np.hstack(mean.said(rows.drop(columns="y"))), rows["y"])
    )
    for model in (mean, Stack(members, final)):
        records = write(given(made, "regression", model), formats(["pickle", "skops"]), tmp_path)
        assert [r["trouble"] for r in records] == ["", ""]


AGAIN = """
import sys, runpy
from pathlib import Path
sys.path.insert(0, {folder!r})
import conftest
from helpers.model.families import families
from helpers.model.features import model_pipeline
from helpers.model.package.formats import Given, formats, write
from helpers.model.scoring import predictions, target
problem, rows = conftest.problem_of("binary"), conftest.rows_of("binary", 200)
x, family = rows.drop(columns="y"), families("binary")["CatBoost"]
model = model_pipeline(x, family.make(0), "binary", **family.features).fit(x, target(problem, rows))
wanted = predictions(model, x, problem)
write(Given(model, None, problem, rows, x, wanted), formats(["skops", "pickle"]), Path(sys.argv[1]))
"""


def test_the_same_model_gives_the_same_files_in_another_process(made, tmp_path, request):
    write(
        given(made, "binary", fitted(made, "binary", "CatBoost")),
        formats(["skops", "pickle"]),
        tmp_path / "a",
    )
    code = AGAIN.format(folder=str(request.path.parent))
    subprocess.run([sys.executable, "-W", "ignore", "-c", code, str(tmp_path / "b")], check=True, timeout=120)
    hashes = [(tmp_path / f / "hashes.json").read_text() for f in "ab"]
    assert hashes[0] == hashes[1]


def test_the_files_have_their_hashes_and_a_text_that_says_which_to_take(made, tmp_path):
    write(given(made, "binary", fitted(made, "binary", "LightGBM")), formats(["pickle", "skops"]), tmp_path)
    hashes = json.loads((tmp_path / "hashes.json").read_text())
    assert sorted(hashes) == ["README.md", "model.pickle", "model.skops"]
    assert all(hashlib.sha256((tmp_path / n).read_bytes()).hexdigest() == h for n, h in hashes.items())
    text = (tmp_path / "README.md").read_text()
    assert "pickle.load` runs" in text
    assert "get_untrusted_types" in text
    assert "lightgbm 4" in text


def test_skops_lists_what_a_file_would_make_before_it_makes_it(made, tmp_path):
    import skops.io

    write(given(made, "binary", fitted(made, "binary", "CatBoost")), formats(["skops"]), tmp_path)
    types = skops.io.get_untrusted_types(file=tmp_path / "model.skops")
    assert "helpers.model.candidates.catboost.CatBoostClasses" in types
    with pytest.raises(skops.io.exceptions.UntrustedTypesFoundException):
        skops.io.load(tmp_path / "model.skops", trusted=[])


def test_what_scores_differently_or_cannot_carry_the_model_is_not_kept_and_says_why(made, tmp_path):
    def refuse(given, path):
        path.write_text("half")
        raise Failed("no trees here")

    def wrong(path, given):
        return given.wanted + 0.1

    made_up = [
        Format("off", "model.off", "", lambda given, path: path.write_text("x"), wrong),
        Format("none", "model.none", "", refuse, wrong),
        Format("shape", "model.shape", "", lambda g, path: path.write_text("x"), lambda p, g: g.wanted[:3]),
    ]
    records = write(given(made, "binary", fitted(made, "binary", "logistic regression")), made_up, tmp_path)
    assert "scores differently, by up to 0.1" in records[0]["trouble"]
    assert records[1]["trouble"] == "no trees here"
    assert "differently" in records[2]["trouble"]
    assert sorted(f.name for f in tmp_path.iterdir()) == ["README.md", "hashes.json"]


def test_an_unknown_format_is_refused_with_the_nearest_name():
    with pytest.raises(BadInput, match="did you mean 'skops'"):
        formats(["skop"])
