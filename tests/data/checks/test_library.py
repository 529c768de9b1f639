"""Checks: errors that were planted are found, row by row, and clean data raises none."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.data import checks
from helpers.data.checks import FINDINGS, Check, check, judge, load, stop_if_any
from helpers.data.checks.suggest import suggest
from helpers.data.profile import profile
from helpers.errors import BadInput, Failed
from helpers.problem import Problem

calm = settings(max_examples=60, deadline=None)
DAY = pd.Timestamp("2019-01-01")
ODD_NAMES = ["a b", 'say "x"', "it's", "", "%s {0}", "Ünï", "line\nbreak", "size", "index", "x" * 300]


def findings(rows, checks, **more):
    return judge(rows, checks, **more).findings


# a check, and for some rows the column and value that break it
PLANTED = {
    "in_range": (checks.in_range("age", 0, 120), {3: ("age", -1), 9: ("age", 121)}),
    "in_range, low only": (checks.in_range("pay", 0), {3: ("pay", -0.001)}),
    "in_range, high only": (checks.in_range("pay", high=500), {7: ("pay", 500.001)}),
    "in_range of dates": (checks.in_range("start", low=DAY), {5: ("start", pd.Timestamp("1900-01-01"))}),
    "one_of": (checks.one_of("colour", ["red", "green", "blue"]), {0: ("colour", "Red"), 399: ("colour", "")}),
    "present": (checks.present("colour"), {11: ("colour", None), 12: ("colour", None)}),
    "unique": (checks.unique("key"), {20: ("key", "k0")}),
    "matches": (checks.matches("zip", r"\d{5}"), {8: ("zip", "1234"), 9: ("zip", "12345\n"), 10: ("zip", "x12345")}),
    "of_kind integer": (checks.of_kind("number", "integer"), {4: ("number", "x"), 5: ("number", "1.5")}),
    "of_kind float": (checks.of_kind("number", "float"), {4: ("number", "1,5")}),
    "of_kind boolean": (checks.of_kind("flag", "boolean"), {4: ("flag", "perhaps")}),
    "of_kind date": (checks.of_kind("day", "date"), {4: ("day", "2020-02-30")}),
    "agree": (checks.agree("start", "<=", "end"), {6: ("end", pd.Timestamp("1999-01-01"))}),
    "determines": (checks.determines("zip", "town"), {2: ("town", "elsewhere")}),
}  # fmt: skip


@pytest.mark.parametrize("kind", PLANTED)
def test_planted_errors_are_found_row_by_row_and_clean_data_raises_none(clean, kind):
    one, planted = PLANTED[kind]
    rows = clean()
    assert findings(rows, [one]).empty
    if kind == "unique":
        rows = rows.sort_values("key").set_axis(range(len(rows)))
        assert rows.at[0, "key"] == "k0"
    for row, (column, value) in planted.items():
        rows.at[row, column] = value
    found = findings(rows, [one])
    assert found["row"].tolist() == list(planted)
    assert (found["check"] == one.name).all()
    assert (found["severity"] == "warning").all()
    assert list(found.columns) == FINDINGS
    if one.column is not None and kind != "agree":
        told = [None if value is None else str(value) for _, value in planted.values()]
        assert found["value"].tolist() == told


@pytest.mark.parametrize("kind", [k for k in PLANTED if k != "present"])
def test_a_missing_value_is_judged_by_present_alone(clean, kind):
    rows = clean()
    for column in rows.columns:
        rows[column] = (
            rows[column].astype(object).where(rows.index % 3 > 0, None)
            if rows[column].dtype == object
            else rows[column].where(rows.index % 3 > 0)
        )
    if kind == "unique":
        rows["key"] = [None if i % 2 else f"k{i}" for i in range(len(rows))]
    assert findings(rows, [PLANTED[kind][0]]).empty


def about(rows, **more):
    return Problem("test", "y", "binary", "roc_auc", ["no", "yes"], "yes", identifiers=["key"], **more)


def suite(rows, **more):
    return findings(rows, suggest(rows, profile(rows), about(rows), **more))


def test_the_suggested_suite_says_nothing_about_clean_data(clean):
    assert suite(clean()).empty


@pytest.mark.parametrize(
    ("column", "values", "name", "severity"),
    [
        ("key", {5: "k7"}, "key unique", "stop"),
        ("pay", {5: 1e9}, "range of pay", "warning"),
        ("pay", {5: np.inf}, "pay finite", "warning"),
        ("pay", {5: -9999.0, 6: -9999.0}, "pay code", "warning"),
        ("colour", {5: "?", 6: "N/A"}, "colour placeholder", "note"),
        ("colour", {5: "RED", 6: " red"}, "colour spelling", "warning"),
    ],
)
def test_the_suggested_suite_finds_what_is_odd_in_any_table(clean, column, values, name, severity):
    rows = clean()
    for row, value in values.items():
        rows.at[row, column] = value
    found = suite(rows)
    mine = found[found["check"] == name]
    assert set(mine["severity"]) == {severity}
    if name != "key unique":  # which of two equal keys is wrong depends on their order
        assert mine["row"].tolist() == list(values)
    assert len(mine) >= 1
    assert set(found["check"]) - {name, "colour clean", "range of pay"} == set()


def test_the_suggested_suite_tells_of_whole_columns_and_equal_rows(clean):
    rows = clean().assign(constant="same", empty=None)
    rows["sparse"] = [1.5 if i % 4 == 0 else np.nan for i in range(len(rows))]
    rows.loc[7, [c for c in rows.columns if c != "key"]] = rows.loc[
        6, [c for c in rows.columns if c != "key"]
    ]
    found = suite(rows).set_index("check")
    assert found.at["constant constant", "severity"] == "note"
    assert "every value is missing" in found.at["empty mostly missing", "message"]
    assert "75 %" in found.at["sparse mostly missing", "message"]
    assert found.at["equal rows", "row"] == 7


def test_a_missing_target_stops_and_rare_classes_are_told(clean):
    rows = clean()
    rows.loc[4, "y"] = None
    rows["y"] = rows["y"].where(rows.index != 5, "yes")
    found = suite(rows)
    assert found.loc[found["severity"] == "stop", ["check", "row"]].to_numpy().tolist() == [["y present", 4]]
    rows["y"] = ["yes"] * 3 + ["no"] * (len(rows) - 3)
    assert "yes (3)" in suite(rows).set_index("check").at["rare classes", "message"]


def test_relevant_columns_must_have_every_value(clean):
    rows = clean()
    rows.loc[4, "colour"] = None
    found = suite(rows, relevant=["colour"])
    assert found[["check", "row"]].to_numpy().tolist() == [["colour present", 4]]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_column_of_any_name_is_checked_like_any_other(clean, name):
    rows = clean()[["key", "age", "colour", "y"]].rename(columns={"age": name})
    rows.at[3, name] = -5
    rows.at[4, "colour"] = None
    found = findings(
        rows, [checks.in_range(name, 0), checks.of_kind(name, "integer"), checks.unique(name, "key")]
    )
    assert found[["column", "row", "value"]].to_numpy().tolist() == [[name, 3, "-5"]]
    suite(rows.rename(columns={"colour": name + "2"}))  # says what it says, and does not fail
    with pytest.raises(BadInput) as told:
        findings(rows, [checks.present(name + "?")])
    assert "\n" not in str(told.value)


def test_a_misspelt_column_offers_the_nearest(clean):
    with pytest.raises(BadInput, match="did you mean 'colour'"):
        findings(clean(), [checks.present("color")])


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: checks.of_kind("age", "integr"), "integer"),
        (lambda: checks.agree("a", "=<", "b"), "<="),
        (lambda: check(severity="stopp")(lambda rows: True), "'stop'"),
        (lambda: checks.present("age").at("warn"), "warning"),
    ],
)
def test_a_check_that_cannot_be_is_refused_when_it_is_made(make, word):
    with pytest.raises(BadInput) as told:
        make()
    assert word in str(told.value)


@calm
@given(
    values=st.lists(st.one_of(st.none(), st.integers(-50, 50)), min_size=1, max_size=40),
    low=st.integers(-30, 0),
    high=st.integers(0, 30),
)
def test_a_range_agrees_with_plain_python(values, low, high):
    rows = pd.DataFrame({"x": pd.array(values, "Int64")})
    found = findings(rows, [checks.in_range("x", low, high)])
    assert found["row"].tolist() == [
        i for i, v in enumerate(values) if v is not None and not low <= v <= high
    ]


@pytest.mark.parametrize(
    ("answer", "rows_found"),
    [
        (lambda rows: rows["age"] > 80, True),
        (lambda rows: (rows["age"] > 80).to_numpy(), True),
        (lambda rows: (rows["age"] > 80).tolist(), True),
        (lambda rows: (rows["age"] > 80)[rows["age"] > 60], True),
        (lambda rows: rows.index[rows["age"] > 80], True),
        (lambda rows: rows.index[rows["age"] > 80].tolist(), True),
        (lambda rows: (rows["age"] > 80).astype("boolean"), True),
        (lambda rows: True, None),
        (lambda rows: np.True_, None),
        (lambda rows: "three are wrong", "three are wrong"),
        (lambda rows: False, False),
        (lambda rows: "", False),
        (lambda rows: None, False),
        (lambda rows: [], False),
    ],
)
def test_every_form_of_answer_means_what_it_says(clean, answer, rows_found):
    rows = clean()
    found = findings(rows, [Check("mine", answer, "is wrong", column="age")])
    if rows_found is True:
        assert found["row"].tolist() == rows.index[rows["age"] > 80].tolist()
    elif rows_found is False:
        assert found.empty
    else:
        assert found["row"].isna().tolist() == [True]
        assert found["message"].tolist() == [rows_found or "is wrong"]


@pytest.mark.parametrize(
    "answer",
    [lambda rows: 3.5, lambda rows: [True], lambda rows: ["no such label"], lambda rows: rows["nothing"]],
)
def test_an_answer_that_means_nothing_names_the_check(clean, answer):
    with pytest.raises(BadInput, match="'mine'") as told:
        findings(clean(), [Check("mine", answer, "is wrong")])
    assert "\n" not in str(told.value)


def test_no_more_rows_than_asked_are_listed_and_the_last_line_counts_all():
    rows = pd.DataFrame({"x": range(100)})
    found = findings(rows, [checks.in_range("x", 30)], most=5)
    assert found["row"].tolist() == [0, 1, 2, 3, 4]
    assert "30 rows in all" in found["message"].iloc[-1]


def test_a_finding_of_severity_stop_ends_the_run_and_names_the_rows():
    rows = pd.DataFrame({"x": [1, -1, 1, -1]})
    stop_if_any(judge(rows, [checks.in_range("x", 0)]))
    with pytest.raises(Failed) as told:
        stop_if_any(judge(rows, [checks.in_range("x", 0, severity="stop")]))
    assert "2 rows (1, 3)" in str(told.value)
    assert "\n" not in str(told.value)


def test_what_to_do_about_a_stop_names_the_file_in_which_the_rule_stands(tmp_path):
    (tmp_path / "mine.py").write_text(
        "from helpers.data.checks import check, present\nCHECKS = [present('x', severity='stop')]\n"
        "@check(severity='stop', column='x')\ndef above_zero(rows):\n    return rows['x'] <= 0\n"
    )
    suite = [checks.in_range("x", 0, severity="stop"), checks.in_range("y", 0, severity="stop")]
    judged = judge(pd.DataFrame({"x": [1.0, -1.0, None], "y": 1}), [*load(tmp_path / "mine.py"), *suite])
    for named, said in (
        ("rules.yaml", "rules.yaml"),
        (None, "suite.yaml, which is among the files of the report"),
    ):
        with pytest.raises(Failed) as told:
            stop_if_any(judged, named)
        assert "the severity of above_zero, x present in mine.py and of range of x in" in str(told.value)
        assert f"range of x in {said}" in str(told.value)
        assert "range of y" not in str(told.value)


FILE = """
from helpers.data.checks import check, in_range, unique

CHECKS = [unique("key")]

@check(severity="stop", column="pay")
def pay_is_above_zero(rows):
    "Everybody is paid.\\n\\nMore is not told."
    return rows["pay"] <= 0

@check
def enough_rows(rows):
    return "" if len(rows) > 100 else "too few rows"
"""


def test_a_file_of_checks_is_read_with_names_messages_and_severities(clean, tmp_path):
    (tmp_path / "my checks.py").write_text(FILE)
    own = load(tmp_path / "my checks.py")
    assert {c.name: (c.severity, c.message) for c in own if c.name != "key unique"} == {
        "pay_is_above_zero": ("stop", "Everybody is paid."),
        "enough_rows": ("warning", "enough rows"),
    }
    assert len(own) == 3
    rows = clean()
    assert findings(rows, own).empty
    rows.at[17, "pay"] = 0
    assert findings(rows, own)[["check", "row"]].to_numpy().tolist() == [["pay_is_above_zero", 17]]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("def broken(:\n    pass\n", ["line 1"]),
        ("x = 1\n\ny = nothing\n", ["NameError", "line 3"]),
        ("import no_such_module_anywhere\n", ["ModuleNotFoundError", "line 1"]),
        ("x = 1\n", ["no check"]),
        ("", ["no check"]),
        ("CHECKS = ['age > 0']\n", ["CHECKS"]),
        ("raise SystemExit(3)\n", ["SystemExit"]),
        ("raise ValueError('two\\nlines')\n", ["ValueError"]),
        ("\0", ["mine.py"]),
    ],
)
def test_a_file_of_checks_with_a_mistake_is_answered_in_one_line(tmp_path, text, words):
    (tmp_path / "mine.py").write_text(text)
    with pytest.raises(BadInput) as told:
        load(tmp_path / "mine.py")
    for word in ["mine.py", *words]:
        assert word in str(told.value)
    assert "\n" not in str(told.value)


def test_a_file_of_checks_that_is_missing_or_no_python_is_answered_in_one_line(tmp_path):
    (tmp_path / "mine.txt").write_text("x")
    for name in ("absent.py", "mine.txt"):
        with pytest.raises(BadInput, match=name):
            load(tmp_path / name)


def test_a_check_that_fails_on_the_data_names_itself_and_the_line(clean, tmp_path):
    (tmp_path / "mine.py").write_text(FILE.replace('rows["pay"] <= 0', 'rows["wage"] <= 0'))
    with pytest.raises(BadInput) as told:
        findings(clean(), load(tmp_path / "mine.py"))
    for word in ("pay_is_above_zero", "KeyError", "wage", "line 9 of mine.py"):
        assert word in str(told.value)
    assert "\n" not in str(told.value)


def test_of_a_wide_table_the_first_columns_get_checks_of_their_own_and_the_table_its_own():
    rows = pd.DataFrame(np.arange(3000.0).reshape(300, 10) ** 2, columns=list("abcdefghij"))
    some = suggest(rows, profile(rows), Problem("test", None, "none", ""), most_columns=2)
    kinds = [one.column for one in some if one.rule == "of_kind"]
    assert kinds == ["a", "b"]
    assert {one.rule for one in some} >= {"has_columns", "row_count"}
