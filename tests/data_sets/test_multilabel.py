"""Tables with several labels a row lead to an accepted, proven model, whichever way the labels are written."""

import json
from functools import cache

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import make_multilabel_classification
from sklearn.metrics import roc_auc_score

LABELS = ["action", "comedy", "drama", "horror"]
FEW = ["train.folds=3", "tune.trials=4", "tune.folds=3", "explore.most_pictures=6", "profile.page_columns=8"]
QUICK = [*FEW, "train.families=[logistic regression, LightGBM]"]


def table(rows=700):
    """Numbers with gaps, a category with gaps that tells of the first label, and which labels hold (n, labels)."""
    x, y = make_multilabel_classification(rows, 8, n_classes=4, n_labels=2, random_state=0)
    draw = np.random.default_rng(0)
    frame = pd.DataFrame(x, columns=[f"x{n}" for n in range(8)])
    frame.loc[draw.random(rows) < 0.1, "x1"] = np.nan
    told = np.where(y[:, 0] == 1, draw.choice(["de", "fr"], rows), draw.choice(["fr", "it"], rows))
    frame["land"] = np.where(draw.random(rows) < 0.1, None, told)
    return frame, y


def set_to(*values):
    return [word for value in values for word in ("-p", value)]


@pytest.fixture(scope="module")
def runs(clone):
    """A function of a run's name to what it answered, as JSON; each runs once, when a test asks for it."""
    frame, y = table()
    lists = ["|".join(np.array(LABELS)[row == 1]) for row in y]
    frame.assign(genres=lists).to_csv(clone.root / "films.csv", index=False)
    columns = {"toxic": y[:, 0], "insult": np.where(y[:, 1], "yes", "no"), "threat": y[:, 2] == 1}
    frame.assign(**columns).to_csv(clone.root / "mail.csv", index=False)
    films = ["films.csv", "--target", "genres", *set_to("ingest.task=multilabel")]
    asked = {
        "films": [*films, *set_to(*QUICK)],
        "mail": ["mail.csv", *(w for name in columns for w in ("--target", name)), *set_to(*QUICK)],
        "quick": [*films, "--name", "quick", "--budget", "20s"],
    }

    @cache
    def answer(name):
        done = clone.run("run", *asked[name], "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return answer


def scored(clone, name, table):
    done = clone.run("predict", table, "--model", name, "-o", f"{name}_scores.csv")
    assert done.returncode == 0, done.stderr
    return pd.read_csv(clone.root / f"{name}_scores.csv")


def signature(clone, runs, name):
    folder = clone.root / "workspace" / "models" / name / str(runs(name)["bundle"]["version"])
    return json.loads((folder / "signature.json").read_text())


@pytest.mark.parametrize(("name", "before"), [("films", []), ("mail", []), ("quick", ["films"])])
def test_several_labels_lead_to_an_accepted_proven_model_and_a_page_a_stage(clone, runs, name, before):
    for other in before:  # the same table, hence the same sealed rows
        runs(other)
    manifest = runs(name)
    assert {s["state"] for s in manifest["stages"]} == {"done"}
    assert len(manifest["stages"]) == 12
    assert manifest["problem"]["task"] == "multilabel"
    assert manifest["acceptance"]["accepted"]
    assert manifest["seal"]["openings"] == 1 + len(before)
    measures = {m["name"]: m["value"] for s in manifest["stages"] for m in s["measures"]}
    assert measures["largest difference of the export"] <= 1e-9
    folder = clone.root / "reports" / name / manifest["run"]
    assert all((folder / s["page"]).is_file() for s in manifest["stages"])


@pytest.mark.parametrize("name", ["films", "quick"])
def test_a_list_of_labels_is_predicted_as_one_with_a_probability_for_each_label(clone, runs, name):
    """Independent of the pipeline: the table as it was written, and thresholds applied by hand."""
    runs(name)
    scores, (_, y) = scored(clone, name, "films.csv"), table()
    assert list(scores.columns) == ["prediction", *(f"probability_{label}" for label in LABELS)]
    p = scores.drop(columns="prediction").to_numpy()
    assert len(p) == len(y)
    assert roc_auc_score(y, p, average="macro") > 0.8
    held = p >= np.array(signature(clone, runs, name)["thresholds"])
    wanted = ["|".join(np.array(LABELS)[row]) or "(none)" for row in held]
    assert scores["prediction"].tolist() == wanted


def test_columns_of_yes_and_no_are_predicted_together_and_are_no_input(clone, runs):
    about = signature(clone, runs, "mail")
    assert about["classes"] == ["insult", "threat", "toxic"]
    assert not {"insult", "threat", "toxic"} & {i["name"] for i in about["inputs"]}
    frame, y = table()
    frame.to_csv(clone.root / "new_mail.csv", index=False)  # without any label
    p = scored(clone, "mail", "new_mail.csv")[[f"probability_{label}" for label in about["classes"]]]
    assert roc_auc_score(y[:, [1, 2, 0]], p, average="macro") > 0.8


def test_the_config_of_several_targets_keeps_them_all(clone, runs):
    import yaml

    runs("mail")
    kept = yaml.safe_load((clone.root / "configs" / "mail.yaml").read_text())
    assert kept["ingest"]["target"] == ["toxic", "insult", "threat"]
    done = clone.run("run", "mail", *set_to(*QUICK))
    assert "Nothing changed" in done.stdout, done.stderr


def test_the_report_shows_each_label_with_its_threshold_and_its_best_f1(clone, runs):
    manifest = runs("films")
    page = next(s["page"] for s in manifest["stages"] if s["name"] == "evaluate")
    text = (clone.root / "reports" / "films" / manifest["run"] / page).read_text()
    assert all(word in text for word in (*LABELS, "threshold", "best_f1", "average_precision"))


def test_a_run_of_several_labels_is_built_again_as_it_was(clone, runs):
    runs("films")
    done = clone.run("verify", "films", "--json")
    assert done.returncode == 0, [r for r in json.loads(done.stdout) if r["same"] is False]


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("ingest.measure=balanced_accuracy", "does not fit a multilabel task"),
        ("evaluate.costs=[action > drama = 5]", "evaluate.costs is for several classes"),
        ("tune.distil=true", "tune.distil is not for several labels"),
    ],
)
def test_what_does_not_go_with_several_labels_is_refused_in_one_line(clone, runs, asked, says):
    runs("films")
    done = clone.run("run", "films", *set_to("ingest.task=multilabel", *QUICK, asked))
    assert done.returncode == 2, done.stdout
    assert "Traceback" not in done.stderr
    assert says in done.stderr.splitlines()[0]
