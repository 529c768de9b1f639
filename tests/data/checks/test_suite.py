"""Suites as YAML: what was learnt is read back exactly, and a slip of the pen is answered with its line."""

import dataclasses
import inspect

import numpy as np
import pandas as pd
import pytest
import yaml

from helpers.data import checks
from helpers.data.checks import judge, read_suite, suite_text, write_suite
from helpers.data.checks.library import catalogue, known
from helpers.data.checks.suggest import suggest
from helpers.data.profile import profile
from helpers.errors import BadInput
from helpers.problem import Problem

ALL = [
    checks.in_range("a", 0, 1.5, severity="stop", reason='what: "a" says'),
    checks.in_range("d", low=pd.Timestamp("2020-01-31"), high="2021-12-31 23:59"),
    checks.one_of("b", ["yes", "no", "NULL", "1e3", "", " x", "line\nbreak", 7, 7.5, True]),
    checks.present("on"),
    checks.unique("a", "b"),
    checks.matches("c", r"\d{5}(-\d{4})?|[A-Z]\\"),
    checks.has_length("c", 2, 8),
    checks.of_kind("e", "integer"),
    checks.finite("e"),
    checks.not_code("e", np.int64(-999)),
    checks.agree("d", "<=", "e"),
    checks.adds_up("t", ["a", "b"], within=0.01),
    checks.present_when("a", "b", ["x"]),
    checks.determines("zip", "town"),
    checks.refers("a", "other.csv", "key"),
    checks.no_equal_rows(["id"], severity="note"),
    checks.no_placeholders("b"),
    checks.one_spelling("b"),
    checks.clean_text("b"),
    checks.has_columns(["a", "b", "~", "#"]),
    checks.row_count(10, 10**12),
    checks.fresh("d", 30, on="2024-01-01"),
    checks.few_missing("a", 0.1234),
    checks.varies("a"),
    checks.rows_per_class("y", 25),
    checks.same_distribution("a", rows=100, edges=[1e-300, 2.5, 1e20], shares=[0.1, 0.2, 0.3, 0.4], measure="ks"),
    checks.same_distribution("b", rows=100, levels={"yes": 0.5, "null": 0.25}, limit=0.5),
    checks.same_distribution("b", table="old.parquet"),
    checks.postal_code_matches("zip", country="land", region="state"),
]  # fmt: skip


def told(found):
    return [{f.name: getattr(c, f.name) for f in dataclasses.fields(c) if f.name != "run"} for c in found]


def test_every_ready_made_check_survives_yaml_exactly(tmp_path):
    assert {c.rule for c in ALL} == set(known())
    back = read_suite(write_suite(tmp_path / "suite.yaml", ALL))
    assert told(back) == told(ALL)
    assert suite_text(back) == suite_text(ALL)


def test_the_catalogue_tells_what_each_check_asks_and_what_must_be_given():
    table = catalogue()
    assert table.index.tolist() == sorted(name for name in checks.__all__ if name in known())
    assert set(table.index) == set(known())
    for name, line in table.iterrows():
        signature = inspect.signature(getattr(checks, name).__wrapped__)
        shown = [part.partition(":")[0] for part in line["parameters"].split("; ")]
        needed = [p.default is p.empty for p in signature.parameters.values()]
        assert [part.strip("[") for part in shown] == list(signature.parameters)
        assert [not part.startswith("[") for part in shown] == needed
        assert line["asks"].endswith((".", "`."))


def test_a_suite_is_plain_yaml_with_one_entry_a_check():
    record = yaml.safe_load(suite_text(ALL[3:4]))
    assert record["checks"] == [{"check": "present", "column": "on", "severity": "warning"}]
    assert yaml.safe_load(suite_text([]))["checks"] == []


def test_the_suite_of_last_month_is_held_to_the_rows_of_this_month(clean, tmp_path):
    problem = Problem("t", "y", "binary", "roc_auc", ["no", "yes"], "yes", identifiers=["key"])
    last, this = clean(seed=1), clean(seed=2)
    path = write_suite(tmp_path / "suite.yaml", suggest(last, profile(last), problem))
    assert judge(this, read_suite(path)).findings.empty
    this.loc[5, "age"] = 900
    this = this.drop(columns="colour")
    found = judge(this, read_suite(path)).findings
    assert found[["check", "severity"]].to_numpy().tolist() == [
        ["columns", "stop"],
        ["range of age", "warning"],
    ]
    assert "colour" in found["message"].iloc[0]


def test_a_function_of_ones_own_cannot_stand_in_a_suite():
    with pytest.raises(BadInput, match="'mine'"):
        suite_text([checks.Check("mine", lambda rows: True, "is wrong")])


HEAD = "version: 1\nchecks:\n"
SLIPS = {
    "an unknown check": (HEAD + "- check: in_rnge\n  column: a\n", ["line 3", "did you mean 'in_range'"]),
    "an unknown parameter": (
        HEAD + "- check: present\n  column: a\n- check: in_range\n  column: a\n  hihg: 3\n",
        ["line 7", "'hihg'", "did you mean 'high'"],
    ),
    "a parameter that is absent": (HEAD + "- check: in_range\n  low: 0\n", ["line 3", "'column'"]),
    "a number that is text": (
        HEAD + "- check: few_missing\n  column: a\n  most: some\n",
        ["line 3", "most", "'some'"],
    ),
    "a share above one": (HEAD + "- check: few_missing\n  column: a\n  most: 3\n", ["line 3", "from 0 to 1"]),
    "a bound that is neither": (
        HEAD + "- check: in_range\n  column: a\n  low: x\n",
        ["line 3", "'x'", "date"],
    ),
    "no bound at all": (HEAD + "- check: in_range\n  column: a\n", ["line 3", "low or high"]),
    "a severity that is none": (
        HEAD + "- check: present\n  column: a\n  severity: stopp\n",
        ["line 3", "'stop'"],
    ),
    "a wrong regular expression": (
        HEAD + "- check: matches\n  column: a\n  pattern: '[a'\n",
        ["line 3", "'[a'"],
    ),
    "a look-ahead": (HEAD + "- check: matches\n  column: a\n  pattern: (?=a)b\n", ["line 3", "RE2"]),
    "a list that is none": (HEAD + "- check: one_of\n  column: a\n  levels: b\n", ["line 3", "levels"]),
    "an empty list": (HEAD + "- check: one_of\n  column: a\n  levels: []\n", ["line 3", "level"]),
    "a kind that is none": (
        HEAD + "- check: of_kind\n  column: a\n  kind: integr\n",
        ["line 3", "'integer'"],
    ),
    "a comparison that is none": (
        HEAD + "- check: agree\n  left: a\n  comparison: =<\n  right: b\n",
        ["line 3", "<="],
    ),
    "shares that don't fit": (
        HEAD + "- check: same_distribution\n  column: a\n  rows: 9\n  edges: [1, 2]\n  shares: [1]\n",
        ["line 3", "shares"],
    ),
    "an entry that is a word": (HEAD + "- present\n", ["line 3", "mapping"]),
    "an entry without a check": (HEAD + "- column: a\n", ["line 3", "names its check"]),
    "no list": ("version: 1\nchecks: present\n", ["list"]),
    "no version": ("checks: []\n", ["version"]),
    "another version": ("version: 7\nchecks: []\n", ["7"]),
    "another key": ("version: 1\ncheck: []\n", ["'check'", "did you mean 'checks'"]),
    "no YAML": ("checks: [\n", ["line"]),
    "a key twice": (HEAD + "- check: present\n  column: a\n  column: b\n", ["line 5"]),
    "a key that is no word": (HEAD + "- check: present\n  column: a\n  1: b\n", ["line 5"]),
    "nothing": ("", ["version"]),
    "code": (HEAD + "- check: present\n  column: !!python/name:os.system\n", ["line"]),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_answered_in_one_line(tmp_path, slip):
    text, words = SLIPS[slip]
    (tmp_path / "suite.yaml").write_text(text)
    with pytest.raises(BadInput) as error:
        read_suite(tmp_path / "suite.yaml")
    for word in ["suite.yaml", *words]:
        assert word in str(error.value)
    assert "\n" not in str(error.value)


def test_a_suite_that_is_not_there_is_said_so(tmp_path):
    with pytest.raises(BadInput, match="absent"):
        read_suite(tmp_path / "absent.yaml")


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: checks.in_range(), "column"),
        (lambda: checks.in_range("a", lo=3), "did you mean 'low'"),
        (lambda: checks.unique(), "column"),
        (lambda: checks.in_range("a", 0, severity="wrning"), "'warning'"),
        (lambda: checks.few_missing("a", 7), "from 0 to 1"),
        (lambda: checks.present(7), "text"),
        (lambda: checks.fresh("d", 3, on="yesterday-ish"), "date"),
        (lambda: checks.same_distribution("a"), "either"),
    ],
)
def test_a_check_that_cannot_be_is_refused_when_it_is_made(make, word):
    with pytest.raises(BadInput) as error:
        make()
    assert word in str(error.value)
    assert "\n" not in str(error.value)
