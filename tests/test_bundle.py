"""A bundle scores raw rows as the model did, alone, and refuses what was changed or does not fit."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from helpers import bundle as bundles
from helpers.bundle import FILES, Bundle
from helpers.errors import BadInput, Failed
from helpers.model import proof
from helpers.model.scoring import predictions
from helpers.recipe.columns import from_frame

EARLIER = Path(__file__).with_name("bundles")
RAW = ["age", "plan", "since"]


def raw(packaged, count=None):
    rows = packaged.rows.head(count) if count else packaged.rows
    return {name: rows[name].tolist() for name in RAW}


def test_raw_rows_score_as_the_fitted_pipeline_scores_them(packaged):
    answers = Bundle(packaged.folder).predict(raw(packaged))
    wanted = predictions(packaged.model, packaged.recipe.apply_frame(packaged.rows), packaged.problem)
    assert list(answers) == ["prediction", "probability_no", "probability_yes"]
    assert np.abs(answers["probability_yes"] - wanted[:, 1]).max() < 1e-12
    assert list(answers["prediction"]) == ["yes" if p >= 0.4 else "no" for p in wanted[:, 1]]


def test_text_numbers_and_objects_of_a_value_score_the_same(packaged):
    bundle, rows = Bundle(packaged.folder), raw(packaged, 20)
    as_text = {
        "age": ["" if a != a else f"{a:g}" for a in rows["age"]],
        "plan": ["" if p is None else p for p in rows["plan"]],
        "since": [d.date().isoformat() for d in rows["since"]],
    }
    wanted = bundle.predict(rows)["probability_yes"]
    assert bundle.predict(as_text)["probability_yes"].tolist() == wanted.tolist()


def test_a_category_never_seen_and_missing_values_are_scored(packaged):
    odd = {
        "age": [None, float("nan"), ""],
        "plan": ["never seen", None, ""],
        "since": [None, "", "2021-05-05"],
    }
    answers = Bundle(packaged.folder).predict(odd)
    assert np.isfinite(answers["probability_yes"]).all()


@pytest.mark.parametrize("beyond", [float("inf"), float("-inf"), 1e39, "inf", "1e999"])
def test_a_number_beyond_all_others_counts_as_missing_in_tables_and_in_records(packaged, beyond):
    bundle, row = Bundle(packaged.folder), raw(packaged, 1)
    without, told = (bundle.predict(row | {"age": [value]}) for value in (None, beyond))
    assert {n: v.tolist() for n, v in told.items()} == {n: v.tolist() for n, v in without.items()}
    assert np.isnan(from_frame(pd.DataFrame({"age": [float(beyond)]}))["age"]).all()


def test_no_row_gives_no_prediction(packaged):
    assert len(Bundle(packaged.folder).predict({n: [] for n in RAW})["prediction"]) == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"age": None}, "no column 'age'"),
        ({"age": ["forty"]}, "column 'age', row 0"),
        ({"age": [10**400]}, "column 'age', row 0"),
        ({"since": ["someday"]}, "column 'since', row 0"),
        ({"plan": ["a", "b"]}, "not of one length"),
    ],
)
def test_rows_that_cannot_be_scored_are_refused_with_column_and_row(packaged, change, said):
    row = raw(packaged, 1) | change
    with pytest.raises(BadInput, match=said):
        Bundle(packaged.folder).predict({n: v for n, v in row.items() if v is not None})


@pytest.mark.parametrize("name", [*FILES, "hashes.json"])
def test_one_changed_byte_is_noticed(packaged, tmp_path, name):
    folder = shutil.copytree(packaged.folder, tmp_path / "bundle")
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(BadInput, match=r"changed since it was packaged|no bundle that can be read"):
        Bundle(folder)


@pytest.mark.parametrize("name", [*FILES, "hashes.json"])
def test_a_missing_file_is_named(packaged, tmp_path, name):
    folder = shutil.copytree(packaged.folder, tmp_path / "bundle")
    (folder / name).unlink()
    with pytest.raises(BadInput, match=f"{name} is missing"):
        Bundle(folder)


def test_the_sample_in_the_bundle_scores_as_it_says(packaged):
    bundle = Bundle(packaged.folder)
    sample = bundle.sample()
    again = {n: v.tolist() for n, v in bundle.predict(sample["rows"]).items()}
    assert again == sample["predictions"]


ALONE = """
import builtins, json, sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split('.')[0] in {blocked!r}:
            raise ImportError(name + ' must not be needed')
sys.meta_path.insert(0, Refuse())
from pathlib import Path
from helpers.bundle import Bundle
bundle = Bundle(Path(sys.argv[1]))
print(json.dumps(bundle.predict(bundle.sample()['rows'])['probability_yes'].tolist()))
"""
TRAINING = [
    "pandas",
    "sklearn",
    "scipy",
    "lightgbm",
    "catboost",
    "optuna",
    "joblib",
    "onnx",
    "duckdb",
    "matplotlib",
    "papermill",
]


def test_scoring_needs_numpy_and_the_runtime_and_nothing_else(packaged):
    code = ALONE.format(blocked=TRAINING)
    done = subprocess.run([sys.executable, "-c", code, packaged.folder], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == Bundle(packaged.folder).sample()["predictions"]["probability_yes"]


def test_nothing_in_a_bundle_is_unpickled(packaged, monkeypatch):
    import pickle

    def refuse(*_):
        raise AssertionError("a bundle must not be unpickled")

    monkeypatch.setattr(pickle, "loads", refuse)
    monkeypatch.setattr(pickle, "load", refuse)
    monkeypatch.setattr(pickle, "Unpickler", refuse)
    Bundle(packaged.folder).predict(raw(packaged, 3))


def test_the_proof_holds_for_the_model_and_fails_for_another(packaged):
    from sklearn.base import clone

    bundle, rows = Bundle(packaged.folder), packaged.rows
    good = proof.compare(bundle, packaged.model, packaged.recipe, rows, packaged.problem)
    proof.must_hold(good)
    assert good["rows"] == len(rows)
    assert good["largest_difference"] < 1e-9
    x, y = packaged.recipe.apply_frame(rows), (rows["left"] == "no").to_numpy().astype(int)
    other = clone(packaged.model).fit(x, y)
    with pytest.raises(Failed, match="differs by"):
        proof.must_hold(proof.compare(bundle, other, packaged.recipe, rows, packaged.problem))


def test_the_rows_of_the_proof_are_all_of_them_or_lie_evenly_over_the_table():
    """A table that is sorted, of which only the last tenth scores otherwise: the proof meets it under a budget, too."""
    index = pd.Index(np.arange(20_000) * 3 + 5)
    assert proof.chosen(index, 50_000, None).equals(index)
    assert proof.chosen(index[:1], 50_000, 60.0).equals(index[:1])
    for most, budget, count in ((50_000, 60.0, 1000), (500, None, 500), (500, 60.0, 500)):
        found = proof.chosen(index, most, budget)
        assert len(set(found)) == count
        assert np.diff(index.get_indexer(found)).max() <= len(index) / count + 1
        assert np.mean(found >= index[18_000]) == pytest.approx(0.1, abs=0.01)


def test_the_proof_fails_where_a_row_scores_otherwise_alone():
    with pytest.raises(Failed, match="scored alone differs"):
        proof.must_hold({"ok": True, "alone": 0.1, "limit": 1e-5})


@pytest.mark.parametrize("folder", sorted(EARLIER.iterdir()), ids=lambda f: f.name)
def test_bundles_that_earlier_versions_made_still_score_as_they_say(folder):
    bundle = Bundle(folder)
    sample = bundle.sample()
    answers = bundle.predict(sample["rows"])
    assert list(answers["prediction"]) == sample["predictions"]["prediction"]
    assert answers["probability_yes"] == pytest.approx(sample["predictions"]["probability_yes"], abs=1e-12)
    with pytest.raises(BadInput, match="packaged without intervals; export the model again"):
        bundle.predict(sample["rows"], intervals=True)


def test_rows_scored_in_many_calls_of_the_runtime_score_as_in_one(packaged, monkeypatch):
    bundle, rows = Bundle(packaged.folder), raw(packaged)
    wanted = bundle.predict(rows)["probability_yes"]
    monkeypatch.setattr("helpers.bundle.AT_ONCE", 7)
    assert bundle.predict(rows)["probability_yes"].tolist() == wanted.tolist()


def test_a_runtime_that_is_too_old_for_sets_of_levels_is_told_in_one_line(monkeypatch):
    monkeypatch.setattr("onnxruntime.__version__", "1.22.0")
    with pytest.raises(BadInput, match=r"ONNX Runtime 1\.22\.0 is too old; pip install 'onnxruntime>=1\.26'"):
        bundles._session(b"... membership_values ...", 1)
