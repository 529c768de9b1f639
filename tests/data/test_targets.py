"""The column that a table was made to predict is found where it is known: in tables that ship, and in drawn ones."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn import datasets

from helpers.data.kinds import typed
from helpers.data.target_names import name_points
from helpers.data.targets import ranked_targets

DATA = Path(__file__).parents[2] / "data"


def ranked(frame):
    return ranked_targets(*typed(frame))


def drawn(seed, kind, n=600):
    """Causes of several forms, an effect of four of them, and a column of noise."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "v1": rng.integers(18, 80, n),
            "v2": rng.choice(["r", "g", "b"], n),
            "v3": rng.normal(size=n),
            "v4": rng.gamma(2, size=n),
            "v5": rng.integers(0, 4, n),
            "v6": rng.normal(size=n),
        }
    )
    effect = (
        frame["v3"] + np.log(frame["v4"]) + (frame["v2"] == "r") + frame["v1"] / 20 + rng.normal(0, 0.5, n)
    )
    words = np.array(["low", "mid", "high"], object)
    made = {
        "number": effect,
        "binary": np.where(effect > effect.median(), "on", "off"),
        "multiclass": words[np.searchsorted(effect.quantile([0.3, 0.7]), effect)],
    }
    return frame.assign(v7=made[kind])


@pytest.mark.parametrize(
    ("file", "target", "task"),
    [
        ("telco_churn.csv.gz", "churn", "binary"),
        ("ames_housing.csv.gz", "Sale_Price", "regression"),
        ("penguins.csv.gz", "species", "multiclass"),
        ("nyc_flights.parquet", "arr_delay", "regression"),
    ],
)
def test_the_target_of_a_table_that_ships_ranks_first_with_its_task(file, target, task):
    read = pd.read_parquet if file.endswith("parquet") else pd.read_csv
    first = ranked(read(DATA / file)).iloc[0]
    assert (first["name"], first["task"]) == (target, task)


@pytest.mark.parametrize("load", ["iris", "wine", "breast_cancer", "diabetes"])
@pytest.mark.parametrize("end", ["first", "last"])
def test_a_target_without_a_telling_name_ranks_first_at_either_end(load, end):
    frame = getattr(datasets, f"load_{load}")(as_frame=True).frame.rename(columns={"target": "zz"})
    if end == "first":
        frame = frame[["zz", *frame.columns.drop("zz")]]
    assert ranked(frame)["name"].iloc[0] == "zz"


@pytest.mark.parametrize("kind", ["number", "binary", "multiclass"])
def test_a_drawn_effect_ranks_first_whatever_it_is_called(kind):
    for seed in range(2):
        first = ranked(drawn(seed, kind)).iloc[0]
        assert first["name"] == "v7", (seed, first.to_dict())
        assert first["task"] == ("regression" if kind == "number" else kind)


def test_evidence_can_outweigh_the_place():
    for seed in range(2):
        frame = drawn(seed, "binary")
        assert ranked(frame[["v6", "v1", "v7", "v2", "v3", "v4", "v5"]]).iloc[0]["name"] == "v7"


def test_a_name_alone_does_not_make_a_target():
    frame = drawn(0, "binary").rename(columns={"v6": "score"})  # noise in the middle of the table
    assert ranked(frame).iloc[0]["name"] == "v7"


@pytest.mark.parametrize(
    ("name", "others", "points"),
    [
        ("SalePrice", ["Sale_Type", "Year"], 1.25),
        ("class", ["a"], 2.5),
        ("MS_SubClass", ["a"], 0.0),  # a word inside another one
        ("price.heinz", ["price.hunts", "price.own"], -0.5),  # an outcome's word that many have
        ("x1", ["x2"], -0.5),
        ("country", ["a"], -1.0),
        ("something", ["else"], 0.0),
        ("", ["a"], 0.0),
    ],
)
def test_a_name_counts_when_it_says_outcome_and_against_when_it_describes_or_has_siblings(
    name, others, points
):
    assert sum(name_points(name, [*others, name]).values()) == points


def test_keys_dates_texts_and_constants_do_not_rank_and_every_place_has_its_reason():
    n = 300
    frame = drawn(1, "binary", n).assign(
        key=[f"k{i}" for i in range(n)],
        day=pd.date_range("2020", periods=n),
        remark=[f"a remark of several words about the case number {i}" for i in range(n)],
        same=1,
        gone=None,
    )
    found = ranked(frame)
    assert not {"key", "day", "remark", "same", "gone"} & set(found["name"])
    assert (found["reason"] != "").all()
    assert found["score"].is_monotonic_decreasing


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"only": [1.5, 2.5, 3.5] * 20}),
        pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}),
        pd.DataFrame({"same": [1] * 50}),
        pd.DataFrame({"x": pd.Series([], dtype=float)}),
    ],
)
def test_tiny_tables_have_a_ranking_too(frame):
    assert list(ranked(frame).columns) == ["name", "task", "score", "reason"]


def test_of_two_thousand_columns_the_last_one_still_ranks_first():
    rng = np.random.default_rng(0)
    wide = pd.DataFrame(rng.normal(size=(200, 2000)), columns=[f"c{i}" for i in range(2000)])
    wide["out"] = np.where(wide[["c1", "c1990"]].sum(axis=1) > 0, "a", "b")
    assert ranked(wide).iloc[0]["name"] == "out"
