"""Families keep to what they promise, and a person adds one in a file of their own."""

import json
import re

import numpy as np
import pytest

from helpers.errors import BadInput
from helpers.model import train
from helpers.model.cross_validation import cross_validate
from helpers.model.families import CLASSES, NUMBERS, families, use_own
from helpers.model.features import model_pipeline
from helpers.model.scoring import predictions, target

TASKS = (*CLASSES, *NUMBERS)
EVERY = [(task, name) for task in TASKS for name in families(task)]
BOTH = """dummy, nearest neighbours, linear SVM, kernel SVM, decision tree, random forest, extra trees, AdaBoost,
gradient boosting, histogram boosting, LightGBM, CatBoost, XGBoost, neural network, Gaussian process"""
OF_CLASSES = """logistic regression, lasso logistic, naive Bayes, multinomial naive Bayes, Bernoulli naive Bayes,
discriminant analysis, quadratic discriminant analysis"""
OF_NUMBERS = "linear regression, ridge, lasso, elastic net"


def named(*lists):
    return {name.strip() for text in lists for name in text.replace("\n", " ").split(",")}


def test_all_categories_of_models_are_there():
    assert set(families("binary")) >= named(BOTH, OF_CLASSES)
    assert set(families("multiclass")) >= named(BOTH, OF_CLASSES)
    assert set(families("regression")) >= named(BOTH, OF_NUMBERS)


@pytest.mark.parametrize(("task", "name"), EVERY)
def test_the_same_seed_gives_the_same_model(made, task, name):
    problem, rows = made(task, 120)
    family, x, y = families(task)[name], rows.drop(columns="y"), target(problem, rows)
    said = [
        predictions(model_pipeline(x, family.make(3), task, 3, **family.features).fit(x, y), x, problem)
        for _ in range(2)
    ]
    assert np.array_equal(said[0], said[1])


def test_no_family_writes_a_file_or_a_word(made, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    for task in TASKS:
        problem, rows = made(task, 60)
        x, y = rows.drop(columns="y"), target(problem, rows)
        for family in families(task).values():
            model_pipeline(x, family.make(0), task, **family.features).fit(x, y)
    assert list(tmp_path.iterdir()) == []
    out, err = capfd.readouterr()
    assert out == ""
    assert [line for line in err.splitlines() if "Warning" not in line and "warn" not in line] == []


class Middle:
    """A trial that draws from the middle of every range."""

    def suggest_float(self, name, low, high, log=False):
        return float(np.sqrt(low * high)) if log else (low + high) / 2

    def suggest_int(self, name, low, high, log=False):
        return int(self.suggest_float(name, low, high, log))

    def suggest_categorical(self, name, choices):
        return choices[0]


@pytest.mark.parametrize(("task", "name"), EVERY)
def test_what_the_search_space_draws_can_be_fitted(made, task, name):
    problem, rows = made(task, 80)
    family, x, y = families(task)[name], rows.drop(columns="y"), target(problem, rows)
    parameters = family.space(Middle())
    model_pipeline(x, family.make(0, **parameters), task, **family.features).fit(x, y)


OWN = """
from sklearn.neighbors import NearestCentroid
from sklearn.linear_model import HuberRegressor, RidgeClassifier
from helpers.model.families import CLASSES, NUMBERS, Family

FAMILIES = [
    Family("Huber", NUMBERS, lambda seed, **given: HuberRegressor(max_iter=500, **given), features={"scale": "robust"},
           exports=("skops", "pickle")),
]
"""


@pytest.fixture
def own(tmp_path):
    def write(text, name="mine.py"):
        (tmp_path / name).write_text(text)
        return use_own(name, tmp_path)

    yield write
    use_own(None, tmp_path)


def test_a_family_in_a_file_of_ones_own_is_compared_with_the_others(own, made):
    own(OWN)
    problem, rows = made("regression", 100)
    found = families("regression", ["Huber", "ridge"])
    parts = train.folds(rows, problem, 3, 0)
    board = train.leaderboard(cross_validate(found, rows, problem, parts, 0, 1), rows, problem)
    assert set(board["family"]) == {"dummy", "Huber", "ridge"}
    assert "Huber" not in families("binary")


def test_ones_own_families_are_forgotten_when_no_file_is_named(own, tmp_path):
    own(OWN)
    use_own(None, tmp_path)
    assert "Huber" not in families("regression")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("FAMILIES = 3", "must declare FAMILIES"),
        ("x = 1", "must declare FAMILIES"),
        ("FAMILIES = [", "does not run: SyntaxError"),
        ("import no_such_package", "does not run: ModuleNotFoundError"),
        (OWN.replace('"Huber", NUMBERS', '"Huber", ("ranking",)'), "has a task 'ranking'"),
        (OWN.replace("max_iter", "most_iter"), "'Huber' cannot be made: TypeError"),
        (
            OWN.replace("FAMILIES =", "class Mine(HuberRegressor): pass\nHuberRegressor = Mine\nFAMILIES ="),
            "class Mine",
        ),
    ],
)
def test_what_is_wrong_with_a_file_of_families_is_said_in_one_line(own, text, said):
    with pytest.raises(BadInput, match=said) as refused:
        own(text)
    assert "\n" not in str(refused.value)


def test_a_file_of_families_that_is_not_there_is_named(tmp_path):
    with pytest.raises(BadInput, match="no Python file 'none"):
        use_own("none.py", tmp_path)


TABLE = "a,b,y\n" + "".join(
    f"{n % 17},{(n * 7) % 11},{(n % 17) * 2 + (n * 7) % 11 + (n % 3)}\n" for n in range(150)
)


def test_a_run_tunes_and_exports_a_family_of_ones_own(clone):
    """Changed, the file counts as input: the stages that read it run again."""
    (clone.root / "line.csv").write_text(TABLE)
    (clone.root / "mine.py").write_text(OWN.replace('exports=("skops", "pickle")', "cost=0.1"))
    named = [word for stage in ("train", "tune") for word in ("-p", f"{stage}.own_families=mine.py")]
    quick = [
        "-p",
        "train.families=[Huber]",
        "-p",
        "train.folds=2",
        "-p",
        "tune.trials=1",
        "-p",
        "tune.folds=2",
    ]
    command = ["run", "line.csv", "--target", "y", "-p", "ingest.task=regression", *named, *quick, "--json"]
    done = clone.run(*command)
    run = json.loads(done.stdout)
    assert run["state"] == "done", done.stderr
    (signature,) = clone.root.glob("workspace/models/line/1/signature.json")
    assert "HuberRegressor" in json.loads(signature.read_text())["family"]
    (clone.root / "mine.py").write_text((clone.root / "mine.py").read_text() + "# another\n")
    plan = clone.run("plan", *command[1:-1]).stdout
    assert re.search(r"train +run +.*mine.py|train +run +.*own_families", plan), plan
