"""The worst slices are the ones that were planted, and groups are compared by rates that can be counted."""

import re

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from helpers.errors import BadInput
from helpers.model import slices
from helpers.report import pictures_of_evaluation as drawn


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


def test_of_slices_that_hold_the_very_same_rows_one_is_named():
    draw = np.random.default_rng(0)
    x = pd.DataFrame({"code": draw.choice(["EV", "AA", "UA"], 3000), "size": draw.choice(["s", "m"], 3000)})
    x["airline"] = x["code"].map({"EV": "ExpressJet", "AA": "American", "UA": "United"})
    wrong = np.where(x["code"] == "EV", 0.9, 0.2) + 0.1 * (x["size"] == "m") + draw.normal(0, 0.05, 3000)
    worst = slices.worst_slices(x, wrong)["slice"].tolist()
    assert "code = EV" in worst
    assert not [name for name in worst if "airline" in name]


def test_a_slice_is_not_compared_with_a_handful_of_other_rows():
    x = pd.DataFrame({"level": ["most"] * 996 + ["few"] * 4})
    wrong = np.r_[np.full(996, 0.9), np.full(4, 0.1)]
    assert slices.worst_slices(x, wrong).empty


def test_all_slices_are_returned_and_the_surest_are_drawn_with_whole_names():
    draw = np.random.default_rng(0)
    x = pd.DataFrame({f"column number {n} of a table": draw.choice(["high", "low"], 2000) for n in range(14)})
    wrong = 0.1 * (x == "high").sum(axis=1).to_numpy() + draw.normal(0, 0.01, 2000)
    worst = slices.worst_slices(x, wrong)
    assert len(worst) > 14
    drawn.slices(worst)
    labels = [t.get_text() for t in plt.gca().get_yticklabels()][::-1]
    plt.close()
    wanted = [f"{name} ({rows:,})" for name, rows in zip(worst["slice"], worst["rows"], strict=True)]
    assert [label.replace("\n", " ") for label in labels] == wanted[:10]
    assert all(len(line) <= 54 + len(" (1,000)") for label in labels for line in label.split("\n"))


def test_cuts_of_large_numbers_read_as_numbers_and_tell_whole_numbers_apart():
    draw = np.random.default_rng(0)
    x = pd.DataFrame({"distance": draw.integers(10_000, 20_000, 4000).astype(float)})
    wrong = np.where(x["distance"].between(13_110, 14_120), 0.9, 0.2)
    worst = slices.worst_slices(x, wrong).iloc[0]
    low, high = (
        int(end.replace(",", ""))
        for end in re.fullmatch(r"distance > ([\d,]+) and <= ([\d,]+)", worst["slice"]).groups()
    )
    assert worst["rows"] == ((x["distance"] > low) & (x["distance"] <= high)).sum()
    assert worst["error"] == pytest.approx(0.9)


def test_columns_may_be_called_as_the_numbers_of_a_slice_are():
    x = pd.DataFrame({"size": ["a", "b"] * 100, "mean": ["c"] * 50 + ["d"] * 150, "held": ["e", "f"] * 100})
    found = slices.worst_slices(x, np.where(x["mean"] == "c", 0.9, 0.1))
    assert found["slice"].tolist() == ["mean = c"]


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


def test_groups_are_compared_by_the_weights_of_their_rows():
    y, p = np.array([1, 1, 0, 0] * 10), np.array([0.9, 0.2, 0.8, 0.1] * 10)
    groups, weight = pd.Series(["a"] * 40, name="g"), np.array([3.0, 1.0, 0.0, 0.0] * 10)
    rates = slices.by_group(y, np.column_stack([1 - p, p]), groups, 0.5, weight=weight).loc["a"]
    assert rates[["rows", "cases", "acted on", "recall", "precision"]].tolist() == [40, 1.0, 0.75, 0.75, 1.0]
    assert np.isnan(rates["false positives"])
    errors = slices.by_group(y * 1.0, p, groups, None, weight=weight).loc["a"]
    assert errors["mean absolute error"] == pytest.approx(0.275)


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
