"""Errors planted in forty ways are found by a suite learnt from other, clean rows, and by checks of one's own."""

import numpy as np
import pandas as pd
import pytest

from helpers.data import checks
from helpers.data.checks import judge, read_suite, write_suite
from helpers.data.checks.suggest import suggest
from helpers.data.profile import profile
from helpers.problem import Problem

PROBLEM = Problem("orders", "y", "binary", "roc_auc", ["no", "yes"], "yes", identifiers=["order"])
OWN = [
    checks.present("order", severity="stop"),
    checks.refers("customer", "customers.csv", "id", severity="stop"),
    checks.matches("mail", r"[^@\s]+@[^@\s]+\.[a-z]+"),
    checks.in_range("discount", 0, 1),
    checks.adds_up("total", ["net", "tax"]),
    checks.present_when("why", "status", ["back"]),
    checks.has_length("customer", 2, 10),
    checks.determines("depot", "depot_city"),
    checks.fresh("ordered", days=31, on="2025-01-10"),
    checks.agree("tax", "<", "net"),
]


def at(column, *values):
    """Put values in the first rows of a column."""

    def plant(rows):
        if isinstance(values[0], str) and rows[column].dtype != object:
            rows[column] = rows[column].astype(object)
        if isinstance(values[0], float) and rows[column].dtype.kind in "iu":
            rows[column] = rows[column].astype(float)
        rows.loc[rows.index[: len(values)], column] = list(values)
        return rows

    return plant


def changed(column, change, share=1.0):
    """Change a share of a column."""

    def plant(rows):
        many = int(len(rows) * share)
        values = rows[column].astype(object) if share < 1 else rows[column].copy()
        values.iloc[:many] = change(values.iloc[:many])
        return rows.assign(**{column: values})

    return plant


def swapped(rows):
    return rows.assign(age=rows["weight"], weight=rows["age"].astype(float))


# how an error is planted, and the check that must find it
WAYS = {
    "the same key twice": (lambda rows: at("order", rows["order"].iloc[9])(rows), "order unique"),
    "a key of another form": (at("order", "B0001"), "form of order"),
    "a key that is missing": (at("order", None), "order present"),
    "a customer that is nobody": (at("customer", "c999"), "customer refers to id"),
    "a name of one letter": (at("customer", "c"), "length of customer"),
    "a postal code of another region": (at("postcode", "99950"), "postal code postcode"),
    "a postal code cut short": (at("postcode", "123"), "postal code postcode"),
    "a mail without a sign": (at("mail", "nobody"), "form of mail"),
    "an age below zero": (at("age", -1), "range of age"),
    "an age of Methuselah": (at("age", 969), "range of age"),
    "weights in grams": (at("weight", 70_000.0, 65_000.0), "range of weight"),
    "an amount in another currency": (at("net", 150_000.0), "range of net"),
    "a quantity with a slip of the keyboard": (at("quantity", 33333), "range of quantity"),
    "half a piece": (at("quantity", 1.5), "kind of quantity"),
    "words among numbers": (at("weight", "heavy"), "kind of weight"),
    "a comma for a point": (at("weight", "70,5"), "kind of weight"),
    "an infinite number": (at("weight", np.inf), "weight finite"),
    "a code for missing": (at("age", -999), "range of age"),
    "a share above one": (at("discount", 1.01), "range of discount"),
    "a level that nobody knows": (at("status", "lost"), "levels of status"),
    "a level in capitals": (at("status", "SENT"), "status spelling"),
    "a placeholder": (at("city", "?"), "city placeholder"),
    "a blank at the end": (at("city", "Roma "), "city clean"),
    "letters of a wrong encoding": (at("city", "MÃ¼nchen"), "city clean"),
    "sent before it was ordered": (at("shipped", pd.Timestamp("2020-01-01")), "ordered <= shipped"),
    "a date far off": (at("ordered", pd.Timestamp("2204-05-01")), "range of ordered"),
    "a date that is none": (at("ordered", "2024-02-30"), "kind of ordered"),
    "a date before there were computers": (at("ordered", pd.Timestamp("1900-01-01")), "range of ordered"),
    "a sum that is none": (lambda rows: at("total", rows["total"].iloc[0] + 1)(rows), "total adds up"),
    "more tax than net": (lambda rows: at("tax", rows["net"].iloc[0] * 3)(rows), "tax < net"),
    "a depot in another town": (at("depot_city", "Town 99"), "depot determines depot_city"),
    "no reason where one must be": (lambda rows: rows.assign(why=None), "why present when status"),
    "a fifth of a column lost": (changed("age", lambda v: None, 0.2), "age missing"),
    "a whole column empty": (lambda rows: rows.assign(weight=np.nan), "weight missing"),
    "a column lost": (lambda rows: rows.drop(columns="gift"), "columns"),
    "two columns swapped": (swapped, "age distribution"),
    "a sensor that drifts": (changed("weight", lambda v: v + 12), "weight distribution"),
    "a sensor that hangs": (lambda rows: rows.assign(weight=70.0), "weight constant"),
    "more of one level than before": (changed("status", lambda v: "back", 0.4), "status distribution"),
    "a file cut short": (lambda rows: rows.head(50), "row count"),
    "rows delivered twice": (lambda rows: pd.concat([rows, rows.head(7).assign(order="A-x")]), "equal rows"),
    "a target that is missing": (at("y", None), "y present"),
    "a class that is nearly gone": (changed("y", lambda v: "no", 0.995), "rare classes"),
    "another class": (at("y", "perhaps"), "levels of y"),
    "data of last summer": (lambda rows: rows[rows["ordered"] < "2024-08-01"], "ordered fresh"),
}


@pytest.fixture(scope="module")
def suite(orders, tmp_path_factory):
    """What is learnt from clean rows, as a person keeps it: written, and read again."""
    rows = orders(seed=1)
    learnt = suggest(rows, profile(rows), PROBLEM, most_missing=0.9)
    return read_suite(write_suite(tmp_path_factory.mktemp("suite") / "suite.yaml", learnt))


@pytest.fixture(scope="module")
def references(tmp_path_factory):
    folder = tmp_path_factory.mktemp("references")
    (folder / "customers.csv").write_text("id,name\n" + "".join(f"c{i},n{i}\n" for i in range(500)))
    return folder


@pytest.mark.parametrize("seed", range(2, 8))
def test_other_clean_rows_raise_nothing_at_all(orders, suite, references, seed):
    judged = judge(orders(seed=seed), suite + OWN, references=references)
    assert judged.raised()["check"].tolist() == []


@pytest.mark.parametrize("way", WAYS)
def test_a_planted_error_is_found(orders, suite, references, way):
    plant, expected = WAYS[way]
    rows = plant(orders(seed=9))
    judged = judge(rows, suite + OWN, references=references)
    assert expected in set(judged.raised()["check"])


def test_there_are_thirty_ways_and_more():
    assert len(WAYS) >= 30
