"""Personal columns are found by their values, in six locales, and nothing else is taken for one."""

import importlib.util
import itertools
import sys
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from helpers.data.privacy.detect import KINDS, find
from helpers.recipe.personal.numbers import is_card, is_iban, is_ip

ROOT = Path(__file__).parents[3]
LABELLED = ROOT / "benchmarks" / "labelled_values.py"
SEEDS = (77, 78, 79)  # that no rule was written with
# Least share of the values of a kind that is found, and of those told that are right: all, where a form decides.
RECALL = dict.fromkeys(KINDS, 1.0) | {"name": 0.9}
PRECISION = dict.fromkeys(KINDS, 1.0) | {"name": 0.9, "free text": 0.9}
SHIPPED = ("telco_churn.csv.gz", "ames_housing.csv.gz", "penguins.csv.gz", "nyc_flights.parquet")


@pytest.fixture(scope="module")
def labelled():
    spec = importlib.util.spec_from_file_location("labelled_values", LABELLED)
    module = sys.modules["labelled_values"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def judged(labelled):
    """Values by true kind, by told kind, and those told rightly."""
    true, told, right = Counter(), Counter(), Counter()
    for locale, seed in itertools.product(labelled.LOCALES, SEEDS):
        frame, kinds = labelled.table(locale, seed=seed)
        found = {f.column: f.kind for f in find(frame)}
        for column, kind in kinds.items():
            true[kind] += len(frame)
            told[found.get(column)] += len(frame)
            right[kind] += len(frame) * (found.get(column) == kind)
    return true, told, right


def test_more_than_two_thousand_values_are_judged(judged):
    assert sum(judged[0].values()) > 2000
    assert set(KINDS) < set(judged[0])


@pytest.mark.parametrize("kind", KINDS)
def test_all_values_of_a_kind_are_found_and_told_rightly_but_for_a_tenth_of_names_and_texts(judged, kind):
    true, told, right = judged
    assert right[kind] >= PRECISION[kind] * told[kind] > 0
    assert right[kind] >= RECALL[kind] * true[kind] > 0


@pytest.mark.parametrize("name", SHIPPED)
def test_none_of_the_data_sets_that_ship_raises_an_alarm(name):
    path = ROOT / "data" / name
    frame = pd.read_parquet(path) if name.endswith("parquet") else pd.read_csv(path, dtype=str)
    assert find(frame) == []


def test_numbers_are_found_when_the_file_stored_them_as_numbers():
    cards = [
        4111111111111111,
        5500005555555559,
        4012888888881881,
        4222222222222,
        6011000990139424,
        3530111333300000,
    ]
    found = find(pd.DataFrame({"c": cards, "d": [float(c) for c in cards]}))
    assert {f.column: f.kind for f in found} == {"c": "card", "d": "card"}


def test_a_telling_name_alone_makes_no_column_personal():
    frame = pd.DataFrame(
        {"email": ["yes", "no"] * 20, "phone": ["none", "one"] * 20, "name": ["a", "b"] * 20}
    )
    assert find(frame) == []


def test_a_name_supports_values_that_leave_a_doubt():
    codes = [str(10_000 + 977 * n) for n in range(60)]
    assert find(pd.DataFrame({"c": codes})) == []
    assert [f.kind for f in find(pd.DataFrame({"zip_code": codes}))] == ["postal code"]


def test_evidence_never_quotes_a_value(labelled):
    frame, _ = labelled.table("en_US", seed=3)
    for finding in find(frame):
        values = {str(v) for v in frame[finding.column]}
        assert not any(v in finding.evidence for v in values if len(v) > 3)


@pytest.mark.parametrize(
    "column", [[], [None] * 30, [""] * 30, [True, False] * 20, [0.5] * 30, [b"x"] * 9, [{}] * 9]
)
def test_columns_without_anything_to_look_at_are_no_trouble(column):
    assert find(pd.DataFrame({"c": pd.Series(column, dtype=object)})) == []


def test_at_most_so_many_values_are_looked_at():
    frame = pd.DataFrame({"c": [f"user{n}@example.org" for n in range(300_000)]})
    assert find(frame, most=50)[0].kind == "mail"


# Published examples: the test numbers of card companies, the IBAN registry, RFC 4291.
@pytest.mark.parametrize(
    "number", ["4111 1111 1111 1111", "378282246310005", "6011-1111-1111-1117", "3566002020360505"]
)
def test_published_card_numbers_are_cards_and_one_wrong_digit_makes_none(number):
    last = str((int(number[-1]) + 1) % 10)
    assert is_card(number)
    assert not is_card(number[:-1] + last)


@pytest.mark.parametrize(
    "number", ["GB29 NWBK 6016 1331 9268 19", "FR1420041010050500013M02606", "NO9386011117947",
               "MT84MALT011000012345MTLCAST001S"]
)  # fmt: skip
def test_published_account_numbers_are_accounts(number):
    assert is_iban(number)
    assert not is_iban(number[:2] + "00" + number[4:])


@pytest.mark.parametrize(
    ("text", "so"), [("2001:db8::8:800:200c:417a", True), ("::1", True), ("10.0.0.256", False)]
)
def test_addresses_of_machines_are_those_that_the_standard_knows(text, so):
    assert is_ip(text) is so
