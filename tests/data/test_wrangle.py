"""The recipe that page 05 offers to be edited: what comes back unchanged makes the same recipe, and a change takes."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import yaml

from helpers.data import kinds, outliers, reshape, wrangle
from helpers.data.checks import in_range, judge, no_equal_rows, row_count
from helpers.data.privacy.actions import chosen as actions_for
from helpers.data.privacy.detect import find
from helpers.data.privacy.treat import planned
from helpers.data.profile import profile
from helpers.data.suggestions import suggest
from helpers.data.table import written
from helpers.errors import BadInput
from helpers.problem import Problem
from helpers.recipe import PlannedStep, Recipe

OWN = '''from helpers.recipe import column_step


@column_step("number")
def {name}(values, *, unit: float = 5.0):
    """Round numbers to the nearest multiple of unit."""
    return (values / unit).round() * unit
'''
TABLE_STEPS = [
    {
        "step": "lag",
        "parameters": {"of": ["amount"], "order": "day", "by": ["client"]},
        "reason": "the order before",
    },
    {"step": "keep_rows", "parameters": {"column": "amount", "compare": ">", "value": 1.0}},
]
PIVOT = [{"step": "pivot", "parameters": {"by": ["client"], "column": "kind", "value": "amount"}}]


def own_steps(folder, name, text=OWN):
    """Write the file of own steps; a name may be that of one file only, in all of the process."""
    (folder / "mine.py").write_text(text.replace("{name}", name))


def orders(count=600):
    draw = np.random.default_rng(0)
    amount = draw.gamma(2, 20, count).round(2)
    amount[:9] = 5000.0
    frame = {
        "client": [f"c{n}" for n in draw.integers(0, 60, count)],
        "mail": [f"m{n}@example.org" for n in range(count)],
        "day": (pd.Timestamp("2024-01-01") + pd.to_timedelta(draw.integers(0, 60, count), "D")).astype(str),
        "kind": draw.choice(["New", "new ", "old", "?"], count),
        "amount": np.where(draw.random(count) < 0.1, np.nan, amount),
        "same": "x",
        "y": draw.normal(size=count).round(3),
    }
    return pd.DataFrame(frame)


def ingested(folder, steps=(), personal=()):
    """Rows and problem as the stage ingest leaves them."""
    folder.mkdir(exist_ok=True)
    batches = pa.Table.from_pandas(orders(), preserve_index=False)
    raw = written(batches.to_reader(), folder)
    found = find(orders())
    plan = planned(raw, actions_for(list(personal), raw, found), found)
    table, types = kinds.typed_table(plan.of(raw), plan.kinds)
    made = reshape.reshaped(table, types, list(steps))
    types = made.types
    problem = Problem(
        "orders", None, "none", "", types=types, treated=plan.recipe, table=made.steps, identifiers=["client"]
    )
    return made.table.frame(), problem


def page(root, rows, problem, file=None, own=None, missing="keep", far="keep"):
    """The recipe that page 05 keeps, and the file that it offers."""
    suggested = suggest(rows, profile(rows, problem.types), problem)
    chosen = wrangle.read_recipe(file, own, root, suggested)
    beyond = outliers.outliers(rows[wrangle.raw_features(rows, problem)])
    recipe = wrangle.configured(chosen, missing, far, "iqr", beyond)
    return wrangle.with_treated(recipe, rows, problem).to_dict(), wrangle.to_edit(chosen, problem)


CASES = {
    "a suggestion alone": ({}, {}),
    "table steps": ({"steps": TABLE_STEPS}, {}),
    "a pivot whose levels were found": ({"steps": PIVOT}, {}),
    "treated columns": ({"personal": ["mail=mask"]}, {}),
    "outliers_as": ({}, {"far": "remove"}),
    "missing_values": ({}, {"missing": "constant"}),
    "own steps": ({}, {"own": "mine.py"}),
    "all at once": (
        {"steps": TABLE_STEPS, "personal": ["mail=mask"]},
        {"far": "clip", "missing": "median", "own": "mine.py"},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_file_that_is_offered_gives_the_same_recipe_again(tmp_path, monkeypatch, name):
    monkeypatch.setenv("WORKBENCH_PRIVACY_KEY", "a key that only this test knows")
    own_steps(tmp_path, "of_" + name.replace(" ", "_"))
    at_ingestion, at_wrangling = CASES[name]
    rows, problem = ingested(tmp_path / "data", **at_ingestion)
    first, text = page(tmp_path, rows, problem, **at_wrangling)
    (tmp_path / "saved.yaml").write_text(text)
    again, text_again = page(tmp_path, rows, problem, "saved.yaml", **at_wrangling)
    assert (again, text_again) == (first, text)
    assert [name in first for name in ("table", "uses")] == [bool(problem.table), "own" in at_wrangling]
    without_own, _ = page(tmp_path, rows, problem, "saved.yaml", **at_wrangling | {"own": None})
    assert without_own == first


def test_what_parameters_and_ingestion_add_stands_in_the_recipe_once_and_never_in_the_file(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("WORKBENCH_PRIVACY_KEY", "a key that only this test knows")
    rows, problem = ingested(tmp_path / "data", TABLE_STEPS, ["mail=mask"])
    asked = {"far": "remove", "missing": "drop rows"}
    _, text = page(tmp_path, rows, problem, **asked)
    (tmp_path / "saved.yaml").write_text(text)
    recipe, _ = page(tmp_path, rows, problem, "saved.yaml", **asked)
    steps, offered = [s["step"] for s in recipe["steps"]], yaml.safe_load(text)
    for name in ("drop_outlier_rows", "drop_missing_rows", "personal_mask"):
        assert steps.count(name) == 1
        assert name not in [s["step"] for s in offered["steps"]]
    assert [s["step"] for s in recipe["table"]] == ["read_as", "lag", "keep_rows"]
    assert [s["step"] for s in offered["table"]] == ["lag", "keep_rows"]


@pytest.mark.parametrize("steps", [TABLE_STEPS, PIVOT], ids=["a look back", "a pivot"])
def test_ingestion_takes_the_table_steps_of_the_file_that_is_offered(tmp_path, steps):
    rows, problem = ingested(tmp_path / "data", steps)
    (tmp_path / "saved.yaml").write_text(page(tmp_path, rows, problem)[1])
    again, same = ingested(tmp_path / "again", reshape.steps_of("saved.yaml", tmp_path))
    assert same == problem
    pd.testing.assert_frame_equal(again, rows)


def test_a_step_that_a_person_takes_out_of_the_file_is_gone(tmp_path):
    rows, problem = ingested(tmp_path / "data")
    first, text = page(tmp_path, rows, problem)
    offered = yaml.safe_load(text)
    offered["steps"] = [s for s in offered["steps"] if s["columns"] != ["same"]]
    (tmp_path / "saved.yaml").write_text(yaml.safe_dump(offered))
    again, _ = page(tmp_path, rows, problem, "saved.yaml")
    assert len(again["steps"]) == len(first["steps"]) - 1
    assert ["same"] not in [s["columns"] for s in again["steps"]]


def test_own_steps_may_be_edited_after_the_recipe_was_saved(tmp_path):
    own_steps(tmp_path, "of_edited")
    rows, problem = ingested(tmp_path / "data")
    first, text = page(tmp_path, rows, problem, own="mine.py")
    (tmp_path / "saved.yaml").write_text(text)
    own_steps(tmp_path, "of_edited", OWN.replace("5.0", "2.0"))
    for own in ("mine.py", None):
        again, _ = page(tmp_path, rows, problem, "saved.yaml", own)
        assert len(again["uses"]) == 1
        assert again["uses"][0]["sha256"] != first["uses"][0]["sha256"]
    with pytest.raises(BadInput, match="run from the stage wrangle again"):  # what a later stage is told
        Recipe.from_dict(first, own=tmp_path)


OTHERS = {
    "another parameter": [TABLE_STEPS[0] | {"parameters": {"of": ["amount"], "order": "day"}}, TABLE_STEPS[1]],
    "a step less": TABLE_STEPS[:1],
    "a step more": [*TABLE_STEPS, {"step": "distinct_rows"}],
    "another step": [TABLE_STEPS[1], TABLE_STEPS[0]],
}  # fmt: skip


@pytest.mark.parametrize("name", OTHERS)
def test_table_steps_other_than_those_that_ran_are_refused(tmp_path, name):
    rows, problem = ingested(tmp_path / "data", TABLE_STEPS)
    with pytest.raises(BadInput, match=r"set ingest\.table_steps to it"):
        wrangle.with_treated(Recipe(table=OTHERS[name]), rows, problem)
    kept = wrangle.with_treated(Recipe(table=TABLE_STEPS), rows, problem)  # as a person wrote them
    assert kept.table == problem.table


def test_a_pivot_to_other_levels_than_those_that_ran_is_refused(tmp_path):
    rows, problem = ingested(tmp_path / "data", PIVOT)
    wrangle.with_treated(Recipe(table=PIVOT), rows, problem)
    few = [PIVOT[0] | {"parameters": PIVOT[0]["parameters"] | {"levels": ["old"]}}]
    with pytest.raises(BadInput, match=r"set ingest\.table_steps to it"):
        wrangle.with_treated(Recipe(table=few), rows, problem)


def test_what_the_checks_found_is_open_unless_a_step_is_about_it():
    rows = pd.DataFrame({"a": [1, 1, 1, -7], "b": [9, 9, 9, 99]})
    checks = [no_equal_rows(), in_range("a", low=0), in_range("b", high=9), row_count(5)]
    findings = judge(rows, checks).findings
    open_ones = wrangle.left_open(findings, Recipe())
    assert open_ones["listed"].to_dict() == {
        "equal rows": 2,
        "range of a": 1,
        "range of b": 1,
        "row count": 1,
    }
    assert open_ones["column"].to_dict() == {
        "equal rows": "",
        "range of a": "a",
        "range of b": "b",
        "row count": "",
    }
    answers = [PlannedStep("limit", ["a"], {"low": 0.0}), PlannedStep("drop_duplicates")]
    assert set(wrangle.left_open(findings, Recipe(answers)).index) == {"range of b", "row count"}
    assert set(wrangle.left_open(findings, Recipe(answers[:1])).index) == set(open_ones.index) - {
        "range of a"
    }
    assert wrangle.left_open(findings.iloc[:0], Recipe())["listed"].sum() == 0
