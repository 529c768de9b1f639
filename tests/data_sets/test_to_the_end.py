"""The four data sets that ship run to the end, each in small, and a table of a database does like its file."""

import json
import os
import socket
import subprocess
import sys
import uuid

import nbformat
import numpy as np
import pandas as pd
import pytest

NAMES = ["churn", "housing", "penguins", "flights"]
QUICK = {
    "churn": ["logistic regression", "histogram boosting"],
    "housing": ["ridge", "random forest"],
    "penguins": ["logistic regression", "decision tree"],
    "flights": ["logistic regression", "gradient boosting"],
}
TASKS = {"churn": "binary", "housing": "regression", "penguins": "multiclass", "flights": "binary"}
COSTS = ["Gentoo > Adelie = 200", "Chinstrap > Adelie = 50"]  # high enough to change what is named
SEALED = ["accept", "export", "forecast"]
# Few folds, trials and pictures: what is asserted here is that every stage does its part.
FEW = ["train.folds=3", "tune.trials=3", "tune.folds=3", "explore.most_pictures=6", "profile.page_columns=8"]


def quick(name):
    asked = [f"train.families=[{', '.join(QUICK[name])}]", *FEW]
    if name == "flights":
        asked += ["ingest.rows_at_most=8000"]
    if name == "housing":
        asked += ["evaluate.cost_under=3"]
    if name == "penguins":
        asked += [f"evaluate.costs=[{', '.join(COSTS)}]"]
    return [word for one in asked for word in ("-p", one)]


@pytest.fixture(scope="module")
def runs(clone):
    """What each run answered, as JSON."""
    answers = {}
    for name in NAMES:
        done = clone.run("run", name, "--json", *quick(name))
        assert done.returncode == 0, done.stderr
        answers[name] = json.loads(done.stdout)
    return answers


def bundle(clone, runs, name):
    about = runs[name]["bundle"]
    return clone.root / "workspace" / "models" / about["name"] / str(about["version"])


@pytest.mark.parametrize("name", NAMES)
def test_a_data_set_leads_to_an_accepted_proven_model_and_a_page_a_stage(clone, runs, name):
    manifest = runs[name]
    assert {s["state"] for s in manifest["stages"]} == {"done"}
    assert len(manifest["stages"]) == 12
    assert manifest["problem"]["task"] == TASKS[name]
    assert manifest["acceptance"]["accepted"]
    assert manifest["seal"]["openings"] == 1
    measures = {m["name"]: m["value"] for s in manifest["stages"] for m in s["measures"]}
    assert measures["largest difference of the export"] <= (1e-4 if name == "housing" else 1e-5)
    folder = clone.root / "reports" / name / manifest["run"]
    assert all((folder / s["page"]).is_file() for s in manifest["stages"])


def test_the_package_predicts_the_raw_table_in_its_order(clone, runs):
    """Independent of the pipeline: the accuracy of the bundle on the file as it was downloaded."""
    out = clone.root / "scores.csv"
    done = clone.run("predict", "data/telco_churn.csv.gz", "--model", "churn", "-o", str(out))
    assert done.returncode == 0, done.stderr
    raw, scores = pd.read_csv(clone.root / "data" / "telco_churn.csv.gz"), pd.read_csv(out)
    assert list(scores.columns)[-3:] == ["prediction", "probability_No", "probability_Yes"]
    assert len(scores) == len(raw) == 7043
    from sklearn.metrics import roc_auc_score

    assert roc_auc_score(raw["churn"] == "Yes", scores["probability_Yes"]) > 0.83


def test_the_package_names_the_class_of_least_expected_cost(clone, runs):
    """Independent of the pipeline: the costs written down here by hand, weighed with the probabilities given."""
    out = clone.root / "species.csv"
    done = clone.run("predict", "data/penguins.csv.gz", "--model", "penguins", "-o", str(out))
    assert done.returncode == 0, done.stderr
    scores, classes = pd.read_csv(out), ["Adelie", "Chinstrap", "Gentoo"]
    costs = np.array([[0, 1, 1], [50, 0, 1], [200, 1, 0]])
    p = scores[[f"probability_{c}" for c in classes]].to_numpy()
    expected = np.array([[sum(row[t] * costs[t, k] for t in range(3)) for k in range(3)] for row in p])
    assert scores["prediction"].tolist() == [classes[k] for k in expected.argmin(axis=1)]
    assert (scores["prediction"] != [classes[k] for k in p.argmax(axis=1)]).any()
    assert runs["penguins"]["acceptance"]["costs"]["cost"] >= 0
    card = (bundle(clone, runs, "penguins") / "model_card.md").read_text()
    assert "| Gentoo | 200 | 1 | 0 |" in card


def test_the_package_shifts_numbers_that_cost_more_when_they_are_too_low(clone, runs):
    out = clone.root / "prices.csv"
    done = clone.run("predict", "data/ames_housing.csv.gz", "-m", "housing", "-o", str(out), "--intervals")
    assert done.returncode == 0, done.stderr
    scores, sold = pd.read_csv(out), pd.read_csv(clone.root / "data" / "ames_housing.csv.gz")["Sale_Price"]
    added = scores["prediction"] - scores["unshifted"]
    assert added.min() == pytest.approx(added.max())
    assert added.min() > 0
    assert (sold <= scores["prediction"]).mean() > (sold <= scores["unshifted"]).mean()
    assert (scores["low"] + scores["high"]).to_numpy() == pytest.approx(2 * scores["unshifted"].to_numpy())
    assert "unshifted" in (bundle(clone, runs, "housing") / "model_card.md").read_text()


def test_what_is_known_only_after_departure_is_no_input_of_the_flights_model(clone, runs):
    signature = json.loads((bundle(clone, runs, "flights") / "signature.json").read_text())
    inputs = {i["name"] for i in signature["inputs"]}
    assert inputs
    assert not inputs & {"dep_time", "dep_delay", "arr_time", "arr_delay", "air_time"}


def test_the_flights_that_validate_are_later_than_those_that_teach(clone, runs):
    code = (
        "import json; from helpers.pipeline import Stage; here = Stage('evaluate', 'flights'); "
        "t, v = here.read('train_rows'), here.read('validation_rows'); p = here.read('problem')['time']; "
        "print(p, t[p].max() <= v[p].min())"
    )
    done = clone.python(code)
    assert done.stdout.split()[-1] == "True", done.stderr


@pytest.mark.parametrize(
    ("stage", "said"), [("accept", "Accepted: "), ("export", "Model "), ("split", "Report ")]
)
def test_a_stage_alone_tells_what_it_made_and_not_what_others_did(clone, runs, stage, said):
    done = clone.run("run", "penguins", "--only", stage, *quick("penguins"))
    assert done.returncode == 0, done.stderr
    told = {line.split()[0] for line in done.stdout.splitlines()} & {
        "Accepted:",
        "Model",
        "Warning:",
        "Report",
    }
    assert told == {said.strip(), "Report"}


def test_a_change_in_accept_runs_nothing_before_it(clone, runs):
    path = clone.root / "notebooks" / "model" / "10_accept.ipynb"
    notebook = nbformat.read(path, 4)
    notebook.cells[-1].source += "\nseen = True"
    nbformat.write(notebook, path)
    done = clone.run("run", "penguins", "--json", *quick("penguins"))
    states = {s["name"]: s["state"] for s in json.loads(done.stdout)["stages"]}
    assert states["accept"] == "done"
    assert {n for n, state in states.items() if state != "cached"} <= set(SEALED)
    assert json.loads(done.stdout)["seal"]["openings"] == 2


def test_a_finished_run_is_built_again_as_it_was(clone, runs):
    done = clone.run("verify", "penguins", "--json")
    rows = json.loads(done.stdout)
    assert done.returncode == 0, rows
    assert sum(r["same"] is True for r in rows) >= 25
    assert {r["what"] for r in rows if r["same"] is None} <= {"profile_page", "costs"}  # both hold seconds


def test_a_notebook_runs_with_plain_papermill_and_changes_no_record(clone, runs):
    record = clone.root / "workspace" / "runs" / "penguins.json"
    before = record.read_bytes()
    command = ["notebooks/model/07_train.ipynb", "out.ipynb", "-p", "folds", "3", "-p", "run", "penguins"]
    subprocess.run(
        [sys.executable, "-m", "papermill", *command], cwd=clone.root, env=clone.environment(), check=True,
        capture_output=True,
    )  # fmt: skip
    shown = "".join(str(c.get("outputs")) for c in nbformat.read(clone.root / "out.ipynb", 4).cells)
    assert "3 folds" in shown
    assert record.read_bytes() == before
    assert "Nothing changed" in clone.run("run", "penguins", *quick("penguins")).stdout


def test_a_table_in_postgresql_gives_the_model_that_its_file_gives(clone, runs):
    try:
        socket.create_connection(("127.0.0.1", 5432), 1).close()
    except OSError:
        pytest.skip("no PostgreSQL listens on 127.0.0.1:5432")
    import sqlalchemy as sa

    name = f"penguins_{uuid.uuid4().hex[:8]}"
    engine = sa.create_engine("postgresql+psycopg://root@127.0.0.1:5432/test")
    rows = pd.read_csv(clone.root / "data" / "penguins.csv.gz").convert_dtypes()
    rows.to_csv(clone.root / f"{name}.csv", index=False)
    try:
        rows.to_sql(name, engine, index=False)
        url = f"postgresql://root@127.0.0.1:5432/test?table={name}"
        same = ["--target", "species", "--to", "evaluate", "--json", *quick("penguins")]
        asked = ([url], [f"{name}.csv", "--name", "file"])
        answers = [json.loads(clone.run("run", *what, *same).stdout) for what in asked]
    finally:
        with engine.begin() as connection:
            connection.execute(sa.text(f"DROP TABLE IF EXISTS {name}"))
        engine.dispose()
    assert [a["state"] for a in answers] == ["done", "done"]
    by_run = [{m["name"]: m["value"] for s in a["stages"] for m in s["measures"]} for a in answers]
    assert by_run[0]["neg_log_loss"] == pytest.approx(by_run[1]["neg_log_loss"], abs=0.2)
    assert os.path.isfile(clone.root / "configs" / f"{name}.yaml")
