"""Treated columns hold no raw value, and new rows are treated as the stored ones were."""

import hashlib
import hmac
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.data.privacy.actions import chosen
from helpers.data.privacy.detect import find
from helpers.data.privacy.known import Known
from helpers.data.privacy.treat import planned
from helpers.data.wrangle import fitted, with_treated
from helpers.errors import BadInput
from helpers.problem import Problem
from helpers.recipe import PlannedStep, Recipe, load
from helpers.recipe.columns import coerce
from helpers.recipe.personal.guard import guard
from helpers.recipe.personal.text import covered, spans

KEY = "a key that only this test knows"


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv("WORKBENCH_PRIVACY_KEY", KEY)


@pytest.fixture
def table():
    return pd.DataFrame(
        {
            "who": ["Jane Quarblefort", "Bob Zyxwina", None, "Ann Ummelthorp"] * 6,
            "mail": [f"m{n}@example.org" for n in range(24)],
            "age": [str(20 + n) for n in range(24)],
            "born": [f"{n % 9 + 1:02d}.03.19{50 + n}" for n in range(24)],
            "joined": [f"2020-{n % 9 + 1:02d}-17" for n in range(24)],
            "zip": [f"{10_000 + 777 * n}" for n in range(24)],
            "note": ["Quarblefort wrote from m3@example.org about the old bill, see there"] * 12
            + ["Nothing to say about the price of this, all went well"] * 12,
            "y": ["no", "yes"] * 12,
        }
    )


PERSONAL = [
    "who=drop", "mail=hash", "age=generalise:10", "born=generalise:year", "joined=generalise:month",
    "zip=generalise:prefix2", "note=mask",
]  # fmt: skip


def plan_of(table, personal=PERSONAL):
    found = find(table)
    return planned(table, chosen(personal, table, found), found)


def test_each_action_does_what_it_says(table):
    made = plan_of(table).applied(table)
    assert list(made) == ["mail", "age", "born", "joined", "zip", "note", "y"]
    expected = hmac.new(KEY.encode(), b"m0@example.org", hashlib.sha256).hexdigest()[:32]
    assert made["mail"].iloc[0] == f"h:{expected}"
    assert made["age"].tolist() == [20.0] * 10 + [30.0] * 10 + [40.0] * 4
    assert made["born"].tolist() == [f"19{50 + n}" for n in range(24)]
    assert (made["joined"] == pd.to_datetime(table["joined"]).dt.to_period("M").dt.to_timestamp()).all()
    assert made["zip"].tolist() == [z[:2] for z in table["zip"]]
    assert made["note"].iloc[0] == "[removed] wrote from [mail] about the old bill, see there"
    assert made["note"].iloc[-1] == table["note"].iloc[-1]
    assert made["y"].equals(table["y"])


def test_the_table_given_stays_as_it_is(table):
    before = table.copy()
    plan_of(table).applied(table)
    pd.testing.assert_frame_equal(table, before)


def test_rows_come_out_the_same_alone_and_in_company(table):
    plan = plan_of(table)
    whole = plan.applied(table)
    for row in range(len(table)):
        pd.testing.assert_frame_equal(plan.applied(table.iloc[[row]]), whole.iloc[[row]])


def test_treating_twice_changes_nothing(table):
    plan = plan_of(table)
    once = plan.applied(table)
    again = guard(plan.recipe, list(once))
    columns = {n: once[n].tolist() for n in once}
    twice = again.apply(coerce(columns, again.inputs))
    for step in plan.recipe:
        name = step["columns"][0]
        assert pd.Series(twice[name]).astype(str).tolist() == once[name].astype(str).tolist(), name


def test_a_raw_row_in_production_is_treated_as_the_stored_rows_were(table):
    plan = plan_of(table)
    stored = plan.applied(table)
    kinds = {
        "mail": "category",
        "age": "float",
        "born": "category",
        "joined": "date",
        "zip": "category",
        "note": "text",
    }
    problem = Problem("x", "y", "binary", "roc_auc", ["no", "yes"], "yes", [], kinds, treated=plan.recipe)
    rest = Recipe(
        [
            PlannedStep("date_parts", ["joined"], {"parts": ["month", "day"]}),
            PlannedStep("text_counts", ["note"]),
        ]
    )
    recipe = with_treated(rest, stored, problem)
    learnt = load(fitted(recipe, stored, problem).to_dict())
    from_stored = learnt.apply_frame(stored)
    raw = {n: table[n].tolist() for n in table}
    from_raw = learnt.apply(coerce(raw, learnt.inputs))
    for name in ("mail", "age", "born", "zip", "joined_month", "joined_day"):
        assert from_raw[name].tolist() == from_stored[name].tolist(), name


def test_equal_values_have_equal_hashes_and_another_key_gives_others(table, monkeypatch):
    plan = plan_of(table, ["mail=hash"])
    first = plan.applied(table)["mail"]
    assert first.is_unique
    monkeypatch.setenv("WORKBENCH_PRIVACY_KEY", "another key of enough length")
    with pytest.raises(BadInput, match="not the one that the rows were hashed with"):
        plan.applied(table)
    assert not set(plan_of(table, ["mail=hash"]).applied(table)["mail"]) & set(first)


def test_no_step_knows_the_key(table):
    assert KEY not in str(plan_of(table).recipe)


def test_values_that_are_gone_are_looked_for_in_the_other_columns(table):
    odd = table.assign(contact=table["who"].fillna("nobody"))
    plan = plan_of(odd, ["who=drop"])
    assert plan.known.standing(plan.applied(odd)) == {"contact": 3, "note": 1}


def test_missing_values_stay_missing(table):
    made = plan_of(table, ["who=mask"]).applied(table)["who"]
    assert made.isna().tolist() == table["who"].isna().tolist()
    assert set(made.dropna()) == {"[masked]"}


@given(st.floats(-1e9, 1e9), st.sampled_from([0.1, 0.5, 1.0, 5.0, 10.0, 1000.0]))
@settings(max_examples=200, deadline=None)
def test_a_band_holds_its_number_and_is_its_own_band(number, width):
    step = {"step": "personal_band", "columns": ["c"], "parameters": {"width": width}}
    recipe = guard([step], ["c"])
    band = recipe.apply({"c": np.array([number])})["c"]
    assert band[0] - 1e-6 <= number < band[0] + width * (1 + 1e-6) + 1e-6
    assert recipe.apply({"c": band})["c"].tolist() == band.tolist()


@given(st.text(max_size=80))
@settings(max_examples=300, deadline=None)
def test_any_text_is_covered_and_covering_again_changes_nothing_in_it(text):
    once = covered(text)
    assert covered(once) == once
    assert all(text[s.start : s.end] for s in spans(text))


TEXTS = [
    ("Ask Jane Doe, jane@example.org or (212) 555-0187.", ["Jane", "Doe", "jane@", "555"]),
    ("Herr Quarb wohnt in der Hauptstraße 5, 10115 Berlin.", ["Quarb", "Hauptstraße", "10115"]),
    ("Virement FR14 2004 1010 0505 0001 3M02 606, 12 rue de la Paix", ["2004", "rue"]),
    ("DNI 12345678Z, móvil 612 345 678, Calle Mayor 5", ["12345678", "612", "Mayor"]),
    ("Visa 4111-1111-1111-1111 from 203.0.113.9 on 3/4/1975", ["4111", "203", "1975"]),
    ("ul. Długa 5, tel. +48 601 234 567, PESEL 44051401359", ["Długa", "601", "44051"]),
]


@pytest.mark.parametrize(("text", "gone"), TEXTS)
def test_free_text_loses_what_is_personal_in_it(text, gone):
    left = covered(text)
    assert not [part for part in gone if part in left], left


@pytest.mark.parametrize(
    "text",
    ["The price rose by 12.5 % in 2023.",
     "Great product, works well with 2 batteries.",
     "Will you sign in May or June?", "v1.2.3 at 12:30"],
)  # fmt: skip
def test_free_text_without_anything_personal_stays(text):
    assert covered(text) == text


def test_nothing_of_the_covered_text_is_a_span_again():
    assert not re.search(r"\[\[", covered("Mr. Mr. Jane Doe Jane Doe 12345678 [mail]"))


def test_whole_numbers_beside_missing_ones_are_found_again_in_texts():
    known = Known()
    known.add(pd.Series([123456.0, None]).dropna().unique())
    assert known.covered("ref 123456 has paid") == "ref [removed] has paid"
    assert known.standing(pd.DataFrame({"other": [123456.0, None]})) == {"other": 1}
