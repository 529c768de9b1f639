"""A parameters cell is a schema: names, types, defaults and comments, and what does not fit is told."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.errors import BadInput
from helpers.pipeline.parameters import assignment, checked, declared_parameters, read_notebook

calm = settings(max_examples=80, deadline=None)
CELL = """
run = "churn"  # run whose artifacts to read and write
folds = 5  # folds
share = 0.1  # a share, 0 to 1
shrink = -1.5  # below zero
deep = True
query: str | None = None  # SQL, such as "SELECT 1 # one"
limit: int | None = 7  # rows
grid: list[float] = [0.1, 1]  # steps
target: str | list[str] | None = "y"  # one or several
drop: list[str] = [
    "a",
    "b",
]  # columns
"""


def notebook(*sources):
    cells = [{"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": s} for s in sources]
    return {"cells": [{"cell_type": "markdown", "metadata": {}, "source": "# Title"}, *cells]}


def declared(source=CELL):
    return declared_parameters(notebook(source), "03_train.ipynb")


def refused(run, *words):
    with pytest.raises(BadInput) as told:
        run()
    assert "\n" not in str(told.value)
    for word in words:
        assert word in str(told.value)


def test_names_types_defaults_and_comments_are_read_from_the_cell():
    found = declared()
    assert {n: (p.type, p.default) for n, p in found.items()} == {
        "run": ("str", "churn"),
        "folds": ("int", 5),
        "share": ("float", 0.1),
        "shrink": ("float", -1.5),
        "deep": ("bool", True),
        "query": ("str | None", None),
        "limit": ("int | None", 7),
        "grid": ("list[float]", [0.1, 1]),
        "target": ("str | list[str] | None", "y"),
        "drop": ("list[str]", ["a", "b"]),
    }
    assert found["folds"].comment == "folds"
    assert found["query"].comment == 'SQL, such as "SELECT 1 # one"'
    assert found["drop"].comment == "columns"
    assert found["deep"].comment == ""


def test_both_forms_in_which_a_notebook_keeps_text_are_read():
    assert declared_parameters(notebook(CELL.splitlines(keepends=True)), "n").keys() == declared().keys()


@pytest.mark.parametrize(
    ("source", "word"),
    [
        ("folds = ", "line 1"),
        ("a = 1\nb = a + 1", "line 2"),
        ("a = 1\nimport os", "line 2"),
        ("a = 1\n\nprint(a)", "line 3"),
        ("a = open('x')", "line 1"),
        ("a = {'x': 1}", "type"),
        ("a = {[]: 1}", "plain value"),
        ("a = []", "list[str]"),
        ("a = None", "type"),
        ("a: dict = None", "type"),
        ("a: int = 'x'", "whole number"),
        ("a: int = 1.5", "whole number"),
        ("a: float", "name = value"),
        ("a = b = 1", "name = value"),
        ("a, b = 1, 2", "name = value"),
        ("%matplotlib inline", "line 1"),
        ("a = '\0'", "03_train"),
    ],
)
def test_a_line_that_declares_no_parameter_is_told_with_its_place(source, word):
    refused(lambda: declared(source), "03_train.ipynb", "parameters cell", word)


@pytest.mark.parametrize("sources", [(), (CELL, CELL)])
def test_there_is_exactly_one_parameters_cell(sources):
    refused(lambda: declared_parameters(notebook(*sources), "n.ipynb"), "n.ipynb", str(len(sources)))


@pytest.mark.parametrize("text", ["", "{}", "[]", "no json", '{"cells": 3}', "\xff"])
def test_a_file_that_is_no_notebook_is_told_in_one_line(tmp_path, text):
    (tmp_path / "a.ipynb").write_bytes(text.encode("latin-1"))
    refused(lambda: read_notebook(tmp_path / "a.ipynb"), "a.ipynb")
    refused(lambda: read_notebook(tmp_path / "absent.ipynb"), "absent.ipynb")


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("folds", 10, 10),
        ("share", 1, 1.0),
        ("deep", False, False),
        ("query", None, None),
        ("query", 5, "5"),
        ("query", True, "true"),
        ("limit", None, None),
        ("drop", "one", ["one"]),
        ("drop", "", []),
        ("drop", [1, "b"], ["1", "b"]),
        ("grid", [1, 2], [1.0, 2.0]),
        ("target", "a", "a"),
        ("target", ["a", "b"], ["a", "b"]),
        ("target", None, None),
    ],
)
def test_a_value_is_read_as_the_type_says(name, value, read):
    found = checked({name: value}, declared(), "train", "churn.yaml")
    assert found == {name: read}
    assert type(found[name]) is type(read)


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("folds", 1.5, "whole number"),
        ("folds", 1, "2 at least"),
        ("folds", "5", "whole number"),
        ("folds", True, "whole number"),
        ("folds", None, "whole number"),
        ("share", "much", "a number"),
        ("share", float("nan"), "a number"),
        ("share", True, "a number"),
        ("deep", 1, "true or false"),
        ("deep", "yes", "true or false"),
        ("run", None, "text"),
        ("run", ["a"], "text"),
        ("query", {"a": 1}, "text or null"),
        ("grid", ["x"], "a list (a number)"),
        ("drop", [None], "a list (text)"),
        ("drop", 3, "a list (text)"),
        ("target", {"a": 1}, "text or a list (text) or null"),
    ],
)
def test_a_value_of_the_wrong_type_says_what_it_must_be_and_where_it_stands(name, value, word):
    refused(
        lambda: checked({name: value}, declared(), "train", "churn.yaml"), f"train.{name}", word, "churn.yaml"
    )


def test_a_number_that_may_be_null_has_its_range_too():
    cell = declared("patience: int | None = None  # trials without a better score")
    refused(lambda: checked({"patience": 0}, cell, "tune", "-p"), "tune.patience (-p)", "1 at least", "not 0")
    assert checked({"patience": None}, cell, "tune", "-p") == {"patience": None}


def test_an_unknown_name_offers_the_nearest():
    refused(
        lambda: checked({"fold": 3}, declared(), "train", "-p"),
        "'fold'",
        "did you mean 'folds'?",
        "-p",
        "train",
    )
    refused(lambda: checked({7: 3}, declared(), "train", "-p"), "7")


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("folds", "10", 10),
        ("share", "1e-3", 0.001),
        ("share", "1", 1.0),
        ("deep", "false", False),
        ("run", "no", "no"),
        ("run", "012", "012"),
        ("run", "1e5", "1e5"),
        ("run", " a: b", " a: b"),
        ("run", "null", "null"),
        ("query", "null", None),
        ("query", "SELECT a, 'x' FROM t -- [", "SELECT a, 'x' FROM t -- ["),
        ("limit", "null", None),
        ("drop", "a, b c,d", ["a", "b c", "d"]),
        ("drop", "[a, 'b, c']", ["a", "b, c"]),
        ("drop", "2019", ["2019"]),
        ("drop", "true", ["true"]),
        ("drop", "1.50", ["1.50"]),
        ("drop", "", []),
        ("grid", "[1, 2.5]", [1.0, 2.5]),
        ("target", "a, b", "a, b"),
    ],
)
def test_a_value_typed_on_the_command_line_is_what_was_typed(name, text, value):
    found = declared()[name].read_text(text, "-p")
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("name", "text"),
    [("folds", "ten"), ("folds", "012"), ("folds", "1.0"), ("deep", "yes"), ("folds", "["), ("folds", "")],
)
def test_a_typed_value_that_does_not_fit_is_refused(name, text):
    refused(lambda: declared()[name].read_text(text, f"train.{name} (-p)"), f"train.{name}", "must be")


def test_an_assignment_names_stage_parameter_and_value():
    assert assignment("train.folds=10") == ("train", "folds", "10")
    assert assignment("ingest.query=SELECT a=b.c") == ("ingest", "query", "SELECT a=b.c")
    for text in ("train.folds", "folds=3", ".folds=3", "train.=3", "=", ""):
        refused(lambda text=text: assignment(text), "stage.name=value")


DEFAULTS = st.one_of(
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(codec="utf-8", exclude_characters="\0\r")),
)


@calm
@given(
    defaults=st.lists(DEFAULTS, min_size=1, max_size=6),
    comment=st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=20),
)
def test_what_python_writes_as_a_default_is_read_back(defaults, comment):
    source = "\n".join(f"p{i} = {value!r}  # {comment}" for i, value in enumerate(defaults))
    found = declared(source)
    for i, value in enumerate(defaults):
        assert found[f"p{i}"].default == value
        assert found[f"p{i}"].type == type(value).__name__
        assert found[f"p{i}"].comment == comment.lstrip("# ").strip()
