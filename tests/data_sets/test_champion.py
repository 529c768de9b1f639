"""The model in use is beaten, matched or kept: a challenger that is worse for certain is not published."""

import json

import numpy as np
import pandas as pd
import pytest

FEW = ["train.folds=3", "tune.trials=3", "tune.folds=3", "train.curves=false", "explore.most_pictures=3"]


def asked(family, *more):
    given = [f"train.families=[{family}]", *FEW, *more]
    return [
        "run",
        "rows.parquet",
        "--target",
        "y",
        "--json",
        *(word for one in given for word in ("-p", one)),
    ]


@pytest.fixture(scope="module")
def first(clone):
    """A run whose model knows the law of the rows: a straight line in six columns; of a seventh some are infinite."""
    draw = np.random.default_rng(0)
    x = draw.normal(size=(1500, 6)).round(3)
    y = (x @ [3, 2, 1, -1, -2, -3] + draw.normal(0, 0.3, 1500)).round(3)
    beyond = np.where(
        np.arange(1500) % 13, draw.normal(size=1500), draw.choice([np.inf, -np.inf, 1e300], 1500)
    )
    frame = pd.DataFrame(x, columns=list("abcdef")).assign(g=beyond, y=y)
    frame.to_parquet(clone.root / "rows.parquet")
    done = clone.run(*asked("ridge"))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_numbers_that_are_infinite_are_found_and_a_run_with_them_ends_well(clone, first):
    assert first["acceptance"]["accepted"]
    [findings] = (clone.root / "reports" / "rows" / first["run"]).rglob("findings.csv")
    found = pd.read_csv(findings, dtype=str)
    assert set(found.loc[found["check"] == "g finite", "value"]) == {"inf", "-inf"}


def versions(clone):
    return sorted(p.name for p in (clone.root / "workspace" / "models" / "rows").glob("[0-9]*"))


def test_a_worse_challenger_is_refused_and_an_equal_one_accepted(clone, first):
    done = clone.run(*asked("decision tree", "evaluate.champion=latest"))
    assert done.returncode == 3, done.stderr
    refused = json.loads(done.stdout)
    assert "of the model in use, worse for certain" in refused["acceptance"]["reason"]
    assert (
        refused["acceptance"]["value"] > refused["acceptance"]["baseline"]
    )  # else it would be refused for that
    assert refused["acceptance"]["champion"]["champion"] == pytest.approx(first["acceptance"]["value"])
    assert versions(clone) == ["1"]
    done = clone.run(*asked("ridge", "evaluate.champion=latest"))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["acceptance"]["champion"]["difference"] == pytest.approx(0, abs=1e-9)
