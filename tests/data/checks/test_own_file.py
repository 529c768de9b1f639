"""A file of one's own checks: what is wrong in it is said in one line with its place; large tables come in pieces."""

import time

import numpy as np
import pandas as pd
import pytest

from helpers.data import checks
from helpers.data.checks import Rows, check, judge, load, stop_if_any
from helpers.errors import BadInput, Failed

HEAD = "from helpers.data.checks import *\n\n\n"
FAULTS = {  # what stands in the file, and what the line must say
    "a syntax error": ("def broken(:\n    pass\n", ["mine.py, line 4"]),
    "a bad indent": ("@check\ndef f(rows):\nreturn True\n", ["mine.py, line 6"]),
    "an unknown name": ("x = 1\ny = nothing\n", ["NameError", "line 5 of mine.py"]),
    "a module that is not there": ("import no_such_module\n", ["no_such_module", "line 4 of mine.py"]),
    "an exit": ("raise SystemExit(3)\n", ["SystemExit", "line 4 of mine.py"]),
    "no check": ("x = 1\n", ["mine.py", "no check"]),
    "a function without @check": ("def f(rows):\n    return True\nCHECKS = [f]\n", ["'f'", "@check"]),
    "a list that is none": ("CHECKS = present('a')\n", ["CHECKS must be a list"]),
    "a check that cannot be": (
        "CHECKS = [in_range('a', lo=1)]\n",
        ["did you mean 'low'", "line 4 of mine.py"],
    ),
    "a wrong severity": (
        "@check(severity='halt')\ndef f(rows):\n    return True\n",
        ["'halt'", "of mine.py"],
    ),
    "an error on the data": (
        "@check\ndef f(rows):\n    return rows['b'] > 0\n",
        ["'f'", "KeyError", "line 6 of mine.py"],
    ),
    "a wrong type": ("@check\ndef f(rows):\n    return rows['a'] + 'x' > 0\n", ["'f'", "line 6 of mine.py"]),
    "too short an answer": (
        "@check\ndef f(rows):\n    return [True]\n",
        ["'f'", "line 4 of mine.py", "length 1"],
    ),
    "a number for an answer": (
        "@check\ndef f(rows):\n    return 3.5\n",
        ["'f'", "line 4 of mine.py", "float"],
    ),
    "numbers for answers": (
        "@check\ndef f(rows):\n    return rows['a'] * 2\n",
        ["'f'", "line 4 of mine.py", "True or False"],
    ),
    "rows for an answer": (
        "@check\ndef f(rows):\n    return rows[rows['a'] > 3]\n",
        ["'f'", "line 4 of mine.py"],
    ),
    "an unknown column": (
        "@check(columns=['aa'])\ndef f(rows):\n    return True\n",
        ["'f'", "line 4 of mine.py", "'aa'"],
    ),
    "no argument": ("@check\ndef f():\n    return True\n", ["'f'", "TypeError"]),
    "an assertion": ("@check\ndef f(rows):\n    assert False\n", ["AssertionError", "line 6 of mine.py"]),
    "an exit on the data": (
        "@check\ndef f(rows):\n    raise SystemExit\n",
        ["SystemExit", "line 6 of mine.py"],
    ),
    "two lines": ("@check\ndef f(rows):\n    raise ValueError('one\\ntwo')\n", ["one\\ntwo"]),
    "a loop without end": (
        "@check\ndef f(rows):\n    while True: pass\n",
        ["'f'", "line 4 of mine.py", "longer than 0.2 s"],
    ),
    "a wait": (
        "import time\n@check(by_row=True)\ndef f(rows):\n    time.sleep(9)\n",
        ["'f'", "line 5 of mine.py", "0.2 s"],
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_answered_in_one_line_with_its_place(tmp_path, fault):
    text, words = FAULTS[fault]
    (tmp_path / "mine.py").write_text(HEAD + text)
    begun = time.monotonic()
    with pytest.raises(BadInput) as told:
        judge(pd.DataFrame({"a": range(5)}), load(tmp_path / "mine.py"), seconds=0.2)
    for word in words:
        assert word in str(told.value)
    assert "\n" not in str(told.value)
    assert time.monotonic() - begun < 8


def test_a_check_may_change_its_rows_and_the_next_sees_them_unchanged():
    def spoil(rows):
        rows["a"] = 0
        return rows["a"] > 0

    rows = pd.DataFrame({"a": [1, -1]})
    judged = judge(rows, [check(spoil), checks.in_range("a", 0)])
    assert judged.findings["row"].tolist() == [1]
    assert rows["a"].tolist() == [1, -1]


def test_a_text_a_row_says_what_is_wrong_with_each():
    def sums(rows):
        return rows["a"].map(lambda v: "" if v > 0 else f"{v} is not above 0")

    found = judge(pd.DataFrame({"a": [1, -1, -2]}), [check(column="a")(sums)]).findings
    assert found["message"].tolist() == ["-1 is not above 0", "-2 is not above 0"]
    assert found["value"].tolist() == ["-1", "-2"]


def test_a_schema_of_pandera_is_a_check(tmp_path):
    (tmp_path / "mine.py").write_text(
        "import pandera.pandas as pa\n"
        "class Person(pa.DataFrameModel):\n"
        "    age: int = pa.Field(ge=0, le=120)\n"
        "    name: str = pa.Field(str_matches='[A-Z].*', unique=True)\n"
        "CHECKS = [Person]\n"
    )
    rows = pd.DataFrame({"age": [1, 130, 5], "name": ["Ann", "Bob", "ann"]}, index=[10, 11, 12])
    found = judge(rows, load(tmp_path / "mine.py")).findings
    assert found[["column", "row", "value"]].to_numpy().tolist() == [["age", 11, "130"], ["name", 12, "ann"]]
    assert judge(rows.iloc[:1], load(tmp_path / "mine.py")).findings.empty


@pytest.fixture(scope="module")
def filed(orders, tmp_path_factory):
    """A table with errors, and the Parquet file of it in row groups that don't fit the pieces."""
    rows = orders(3000).set_index(pd.Index(np.arange(3000) * 2 + 5, name="row"))
    rows.loc[[7, 905, 5995], "age"] = [-1, 200, 300]
    rows.loc[[11, 5003], "order"] = rows["order"].iloc[0]
    rows.loc[4005, "mail"] = "x" * 500
    path = tmp_path_factory.mktemp("filed") / "rows.parquet"
    rows.to_parquet(path, row_group_size=700)
    return rows, path


def test_a_large_file_in_pieces_gives_what_the_table_gives_at_once(filed):
    rows, path = filed

    def old(rows):
        return rows["age"] > 70

    def same_mail(rows):
        return rows["mail"].duplicated()

    suite = [
        checks.in_range("age", 0, 120), checks.unique("order", severity="stop"), checks.no_equal_rows(["order"]),
        checks.matches("mail", "[^@]+@.+"), checks.one_of("status", ["new", "sent", "paid"]), checks.present("why"),
        checks.postal_code_matches("postcode", country="country"), checks.determines("depot", "depot_city"),
        checks.row_count(1, 10), check(by_row=True, column="age")(old), check(columns=["mail"])(same_mail),
        checks.same_distribution("age", rows=3000, edges=[20.0], shares=[0.9, 0.1]), checks.few_missing("why", 0.1),
    ]  # fmt: skip
    at_once = judge(rows, suite, most=50)
    in_pieces = judge(Rows(path, piece=256, small=0), suite, most=50)
    pd.testing.assert_frame_equal(at_once.findings, in_pieces.findings)
    pd.testing.assert_frame_equal(
        at_once.summary.drop(columns="seconds"), in_pieces.summary.drop(columns="seconds")
    )
    assert at_once.raised()["check"].iloc[0] == "order unique"
    assert 5995 in set(in_pieces.findings["row"])


def test_long_values_are_shortened_and_the_worst_rows_come_first(filed):
    _, path = filed
    judged = judge(
        path, [checks.matches("mail", "[^@]+@.+"), checks.in_range("age", 0, 120, severity="stop")]
    )
    assert judged.findings["severity"].tolist() == ["stop"] * 3 + ["warning"]
    assert judged.findings["value"].str.len().max() <= 80
    assert judged.worst_rows(2).index.tolist() == [7, 905]
    with pytest.raises(Failed, match=r"range of age, 3 rows \(7, 905, 5995\): must be from 0 to 120"):
        stop_if_any(judged)


def test_references_are_found_or_asked_for(tmp_path):
    rows = pd.DataFrame({"k": [1.0, 2.0, None, 9.0]})
    (tmp_path / "keys.csv").write_text("id\n1\n2\n")
    one = checks.refers("k", "keys.csv", "id")
    assert judge(rows, [one], references=tmp_path).findings["row"].tolist() == [3]
    assert judge(rows, [one], references=tmp_path / "keys.csv").findings["row"].tolist() == [3]
    for folder, other, word in (
        (None, one, "references"),
        (tmp_path, checks.refers("k", "none.csv", "id"), "none.csv"),
        (tmp_path, checks.refers("k", "keys.csv", "idd"), "did you mean 'id'"),
    ):
        with pytest.raises(BadInput, match=word):
            judge(rows, [other], references=folder)
