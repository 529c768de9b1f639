"""Columns that hold the answer are found when planted; columns of honest tables are not suspected."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from helpers.data.explore import associations, matrix, prepared
from helpers.data.kinds import typed
from helpers.data.label import above_label, problem_of, target_as_text
from helpers.data.leakage import leakage_suspects, together, told_by_order
from helpers.data.pairs import telling_pairs
from helpers.data.power import predictive_power
from helpers.problem import Problem

DATA = Path(__file__).parents[2] / "data"


def read(file, target, above=None, drop=(), most=6000):
    frame = (pd.read_parquet if file.endswith("parquet") else pd.read_csv)(DATA / file).drop(
        columns=list(drop)
    )
    rows, types = typed(frame.sample(min(most, len(frame)), random_state=0).sort_index())
    if above is not None:
        label, name = above_label(rows, target, above)
        rows = rows.drop(columns=target).assign(**{name: label})
        types = {n: k for n, k in types.items() if n != target} | {name: "category"}
        target = name
    problem, _ = problem_of("test", rows, types, target)
    rows = rows[rows[target].notna()]
    if problem.is_classification:
        rows = rows.assign(**{target: target_as_text(rows[target])})
    return rows, problem


def suspects(rows, problem):
    columns = prepared(rows, problem)
    power = predictive_power(columns, problem.target)
    strengths = matrix(associations(columns), list(columns.kinds))
    found = leakage_suspects(columns, power, strengths, problem.target)
    return dict(zip(found["name"], found["evidence"], strict=True))


def couples(rows, problem):
    columns = prepared(rows, problem)
    strengths = matrix(associations(columns), list(columns.kinds))
    found = telling_pairs(columns, strengths, problem.target)
    return dict(zip(zip(found["first"], found["second"], strict=True), found["evidence"], strict=True))


KNOWN_AFTERWARDS = ["dep_time", "dep_delay", "arr_time", "air_time"]


@pytest.mark.parametrize(
    ("file", "target", "above", "drop"),
    [
        ("telco_churn.csv.gz", "churn", None, []),
        ("ames_housing.csv.gz", "Sale_Price", None, []),
        ("penguins.csv.gz", "species", None, []),
        ("nyc_flights.parquet", "arr_delay", 15, KNOWN_AFTERWARDS),
    ],
)
def test_no_column_and_no_two_of_an_honest_table_are_suspected(file, target, above, drop):
    rows, problem = read(file, target, above, drop)
    assert suspects(rows, problem) == {}
    assert couples(rows, problem) == {}


@pytest.mark.parametrize("drop", [["dep_time", "arr_time", "air_time"], []])
@pytest.mark.parametrize("above", [15, None])
def test_the_delay_at_departure_is_suspected_of_telling_the_delay_at_arrival(above, drop):
    found = suspects(*read("nyc_flights.parquet", "arr_delay", above, drop))
    assert list(found) == ["dep_delay"]
    assert "the next column" in found["dep_delay"]


def test_planted_leaks_of_four_ways_are_found_and_each_has_its_evidence():
    rows, problem = read("telco_churn.csv.gz", "churn")
    rng = np.random.default_rng(0)
    left = (rows["churn"] == "Yes").to_numpy()
    rows = rows.assign(
        near=np.where(rng.random(len(rows)) < 0.03, ~left, left),
        refund=np.where(left, rng.gamma(2, 50, len(rows)), rng.gamma(2, 1, len(rows))),
        closed_on=pd.Series(pd.Timestamp("2024-01-01"), rows.index).where(
            left & (rng.random(len(rows)) < 0.9)
        ),
        reason=pd.Series(rng.choice(["price", "moved"], len(rows)), rows.index).where(left, None),
    )
    rows["closed_on"] += pd.to_timedelta(rng.integers(0, 99, len(rows)), unit="D")
    found = suspects(rows, problem)
    assert set(found) == {"near", "refund", "closed_on", "reason"}
    assert all(any(c.isdigit() for c in evidence) for evidence in found.values())


def of_two(draw, count):
    """Two columns, neither of which tells the answer, and the answer that they hold together, in four ways."""
    flags, (a, b) = draw.random((2, count)) < 0.5, draw.normal(0, 1, (2, count))
    day = np.datetime64("2024-01-01T00:00:00") + draw.integers(0, 3000, (2, count)).astype("timedelta64[h]")
    return {
        "one of two flags": (*np.where(flags, "yes", "no"), flags[0] ^ flags[1]),
        "a larger number": (a, b, a > b),
        "numbers far beyond their difference": (a * 1000, a * 1000 + b, b > 0.3),
        "a later day": (*day, day[0] > day[1]),
    }


@pytest.mark.parametrize(
    "way", ["one of two flags", "a larger number", "numbers far beyond their difference", "a later day"]
)
def test_two_columns_that_hold_the_answer_together_are_named_and_no_others(way):
    rows, _ = read("telco_churn.csv.gz", "churn")
    first, second, answer = of_two(np.random.default_rng(0), len(rows))[way]
    rows = rows.assign(first=first, second=second, churn=np.where(answer, "Yes", "No"))
    rows, types = typed(rows)
    problem, _ = problem_of("test", rows, types, "churn")
    assert suspects(rows, problem) == {}
    found = couples(rows, problem)
    assert list(found) == [("first", "second")]
    assert all(c in found["first", "second"] for c in ("together", "alone", "all other columns"))


@pytest.mark.parametrize("count", [1, 2, 12, 300])
@pytest.mark.parametrize("levels", [2, 40])
def test_no_two_columns_of_chance_are_suspected_however_few_rows_there_are(count, levels):
    draw = np.random.default_rng(count)
    rows = pd.DataFrame(draw.normal(size=(count, 4)), columns=list("abcd"))
    rows["flag"] = draw.choice(["x", "y", None], count)
    rows["y"] = draw.integers(0, levels, count).astype(str)
    kinds = dict.fromkeys("abcd", "float") | dict.fromkeys(["flag", "y"], "category")
    columns = prepared(rows, Problem("t", "y", "multiclass", "neg_log_loss", types=kinds))
    if "y" in columns.kinds:
        assert telling_pairs(columns, matrix(associations(columns), list(columns.kinds)), "y").empty


def test_a_number_that_is_the_sum_of_two_others_is_told_of_them():
    rows, _ = read("ames_housing.csv.gz", "Sale_Price")
    parts = np.random.default_rng(0).gamma(2, 50_000, (2, len(rows)))
    rows, types = typed(rows.assign(land=parts[0], house=parts[1], Sale_Price=parts.sum(axis=0)))
    problem, _ = problem_of("test", rows, types, "Sale_Price")
    assert list(couples(rows, problem)) == [("land", "house")]


def test_an_identifier_and_an_order_of_rows_that_sort_by_the_target_are_told():
    rows, problem = read("telco_churn.csv.gz", "churn")
    rows = rows.sort_values("churn", kind="stable").reset_index(drop=True)
    rows["customer"] = [f"C{n:06d}" for n in range(len(rows))]
    problem, _ = problem_of("test", rows, {**problem.types, "customer": "category"}, "churn")
    assert problem.identifiers == ["customer"]
    found = told_by_order(rows, prepared(rows, problem), problem)
    assert found["name"].tolist() == ["customer", "(order of the rows)"]
    assert (found["power"] > 0.9).all()
    mixed = rows.sample(frac=1, random_state=1).assign(customer=rows["customer"].to_numpy())
    assert told_by_order(mixed, prepared(mixed, problem), problem).empty


def test_all_columns_together_tell_at_least_what_the_best_of_them_tells():
    rows, problem = read("telco_churn.csv.gz", "churn", most=3000)
    columns = prepared(rows, problem)
    best = predictive_power(columns, "churn")["power"].max()
    assert best < together(columns, "churn") < 0.8
    assert np.isnan(together(columns, "churn", without=list(columns.kinds)))
