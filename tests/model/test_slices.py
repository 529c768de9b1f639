"""The worst slices are the ones that were planted, and groups are compared by rates that can be counted."""

import re

import numpy as np
import pandas as pd
import pytest

from helpers.errors import BadInput
from helpers.model import slices


def test_a_planted_slice_of_one_column_comes_first(made):
    _, rows = made("binary", 2000)
    x, draw = rows.drop(columns="y"), np.random.default_rng(1)
    wrong = np.where(x["level"] == "blue", 0.9, 0.2) + draw.normal(0, 0.05, len(x))
    worst = slices.worst_slices(x, wrong).iloc[0]
    assert worst["slice"] == "level = blue"
    assert worst["rows"] == (x["level"] == "blue").sum()
    assert worst["error"] == pytest.approx(wrong[x["level"] == "blue"].mean())
    assert worst["low"] < worst["error"] < worst["high"]
    assert worst["elsewhere"] == pytest.approx(wrong[x["level"] != "blue"].mean())
    far = np.where(x["thin"] > 40.1, 0.9, 0.2)
    worst = slices.worst_slices(x, far).iloc[0]
    assert worst["slice"].startswith("thin ")
    assert worst["error"] == pytest.approx(0.9)


def test_a_planted_slice_of_two_columns_comes_first():
    draw = np.random.default_rng(0)
    x = pd.DataFrame(
        {"a": draw.choice(["p", "q"], 4000), "b": draw.normal(size=4000), "c": draw.normal(size=4000)}
    )
    planted = (x["a"] == "p") & (x["b"] > 1)
    wrong = np.where(planted, 0.8, 0.2) + draw.normal(0, 0.02, 4000)
    worst = slices.worst_slices(x, wrong).iloc[0]
    assert re.fullmatch(r"b > 1(\.\d+)? and a = p", worst["slice"])
    assert worst["error"] == pytest.approx(0.8, abs=0.03)


def test_a_planted_slice_is_found_among_more_columns_than_are_looked_at():
    draw = np.random.default_rng(0)
    x = pd.DataFrame(draw.normal(size=(1000, 3 * slices.MOST)), columns=[f"c{n}" for n in range(600)])
    x["level"] = draw.choice(["red", "blue"], 1000)
    wrong = np.where(x["level"] == "blue", 0.9, 0.2) + draw.normal(0, 0.05, 1000)
    assert slices.worst_slices(x, wrong)["slice"][0] == "level = blue"


def test_where_errors_are_chance_hardly_a_slice_is_named():
    named = []
    for seed in range(10):
        draw = np.random.default_rng(seed)
        x = pd.DataFrame({"a": draw.choice(list("pqrs"), 1000), "b": draw.choice(list("xyz"), 1000)})
        named.append(len(slices.worst_slices(x, draw.random(1000))))
    assert np.mean(named) <= 1.5


def test_nothing_to_cut_gives_an_empty_table():
    x = pd.DataFrame({"empty": [np.nan] * 50, "same": ["a"] * 50})
    assert slices.worst_slices(x, np.linspace(0, 1, 50)).empty


def test_groups_are_compared_by_rates_counted_by_hand():
    y, p = np.array([1, 1, 0, 0] * 20), np.array([0.9, 0.2, 0.8, 0.1] * 20)
    groups = pd.Series(["a"] * 40 + ["b"] * 38 + ["rare"] * 2, name="sex")
    table = slices.by_group(y, np.column_stack([1 - p, p]), groups, 0.5)
    assert list(table.index) == ["(fewer than 20 rows)", "a", "b"]
    assert table.loc["a", ["rows", "cases", "acted on", "recall", "false positives", "precision"]].tolist() == [
        40, 0.5, 0.5, 0.5, 0.5, 0.5,
    ]  # fmt: skip
    records = slices.as_records(table)
    assert records[1]["group"] == "a"
    numbers = slices.by_group(np.arange(80.0), np.arange(80.0) - 1, groups, None)
    assert numbers.loc["a"].tolist() == [40, 1.0, 1.0]


def test_a_rate_without_rows_is_none_in_the_record():
    y, p = np.zeros(30, int), np.full(30, 0.9)
    table = slices.by_group(y, np.column_stack([1 - p, p]), pd.Series(["a"] * 30, name="g"), 0.5)
    assert slices.as_records(table)[0]["recall"] is None


def test_a_number_is_grouped_by_quarters_and_an_unknown_column_refused():
    rows = pd.DataFrame({"age": np.arange(100.0), "few": [1, 2] * 50})
    assert slices.column_of(rows, "age").nunique() == 4
    assert slices.column_of(rows, "few").nunique() == 2
    with pytest.raises(BadInput, match="no such column"):
        slices.column_of(rows, "agee")
