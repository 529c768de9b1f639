"""What holds for every registered step, on random tables."""

import json
import os

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from helpers.errors import BadInput
from helpers.recipe import PlannedStep, Recipe, known_steps, load
from helpers.recipe.personal.keys import VARIABLE, fingerprint

NUMBERS = st.one_of(st.just(float("nan")), st.floats(-1e12, 1e12), st.integers(-3, 3).map(float))
TEXTS = st.one_of(
    st.none(),
    st.sampled_from(
        [
            "a",
            "b",
            "Yes",
            "no",
            "12.5",
            "2024-02-29",
            "(1,200)",
            "€ 3 kg",
            "1:30",
            '{"address": {"city": "a"}}',
        ]
    ),
    st.text(min_size=1),
)
DATES = st.one_of(
    st.just(np.datetime64("NaT", "us")),
    st.integers(-(10**15), 2 * 10**15).map(lambda us: np.datetime64(us, "us")),
)
VALUES = {"number": (NUMBERS, "float64"), "category": (TEXTS, object), "date": (DATES, "datetime64[us]")}

KEY = "a key that only tests know"
os.environ.setdefault(VARIABLE, KEY)

# Parameters without a default need a value here; one line for each step that has such.
NEEDED = {
    "bin_cuts": {"cuts": [-1.0, 0.5, 100.0]},
    "contains": {"words": ["a", "Yes"]},
    "copy": {"name": "again"},
    "days_since": {"date": "2020-02-29"},
    "on_days": {"days": ["2024-02-29", "12-25"]},
    "parse_json": {"fields": {"first": "0", "city": "address.city"}},
    "product": {"name": "times"},
    "replace_text": {"pattern": "[a-y]+"},
    "row_statistics": {"name": "row", "statistics": ["mean", "min", "max", "range", "missing"]},
    "to_missing": {"codes": [-3, 0, "no", "12.5"]},
    "date_parts": {"parts": ["year", "quarter", "month", "day", "weekday", "weekend", "day_of_year", "hour"]},
    "days_between": {"name": "apart"},
    "difference": {"name": "gap"},
    "extract": {"pattern": r"(\d+)", "name": "digits"},
    "filter_rows": {"compare": ">=", "value": 0},
    "impute_constant": {"value": 7},
    "join_text": {"name": "joined"},
    "limit": {"low": -1, "high": 1},
    "ratio": {"name": "quotient"},
    "rename": {"names": {"c0": "renamed"}},
    "replace_levels": {"levels": {"a": "b", "Yes": ""}},
    "total": {"name": "sum"},
    "personal_band": {"width": 0.1},
    "personal_date": {"part": "month"},
    "personal_date_text": {"part": "month", "layout": "%Y-%m-%d"},
    "personal_hash": {"key": fingerprint(KEY.encode())},
    "personal_prefix": {"length": 2},
}


def array(values, dtype):
    made = np.empty(len(values), dtype)
    made[:] = values
    return made


@st.composite
def tables(draw, kinds, min_rows=0):
    """Two columns, c0 and c1, of these kinds."""
    rows = draw(st.integers(min_rows, 12))
    made = {}
    for name, kind in zip(("c0", "c1"), kinds, strict=True):
        values, dtype = VALUES[kind]
        made[name] = array(draw(st.lists(values, min_size=rows, max_size=rows)), dtype)
    return made


@st.composite
def kinds_of(draw, name):
    """Two kinds of column that the step takes; several at once for steps of whole rows."""
    first = draw(st.sampled_from(STEPS[name].takes))
    mixed = not STEPS[name].per_column and name not in ("filter_rows",)
    return first, draw(st.sampled_from(STEPS[name].takes)) if mixed else first


def a_target(columns):
    """Classes that follow the place of a row, in numbers as in words."""
    return np.array(["yes" if n % 3 else "no" for n in range(len(columns["c0"]))], object)


def same(a, b):
    """Whether two arrays are of one type and equal bit for bit, NaN and NaT equal to themselves."""
    return (
        a.dtype == b.dtype
        and a.shape == b.shape
        and all(x is y or x == y or (x != x and y != y) for x, y in zip(a.tolist(), b.tolist(), strict=True))
    )


STEPS = {n: s for n, s in known_steps().items() if s.run.__module__.startswith("helpers.")}
NEW_DATA = [n for n, s in STEPS.items() if not s.training_only]
TRAINING = [n for n, s in STEPS.items() if s.training_only]
few = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))


def drawn(data, name, min_rows=0):
    return data.draw(tables(data.draw(kinds_of(name)), min_rows))


def fitted(name, columns):
    parameters = NEEDED.get(name, {})
    if name in ("impute_constant", "filter_rows") and columns["c0"].dtype == object:
        parameters = parameters | {"value": "z" if name == "impute_constant" else ""}
    if name == "filter_rows" and columns["c0"].dtype.kind == "M":
        parameters = parameters | {"value": "1900-01-01"}
    try:
        planned = Recipe([PlannedStep(name, ["c0", "c1"], parameters)])
        return planned.fit(columns, a_target(columns), unfinished=True)
    except BadInput as refused:
        assume("leaves no training row" not in str(refused))
        raise


def slices(columns, rows):
    return {name: values[rows] for name, values in columns.items()}


@pytest.mark.parametrize("name", NEW_DATA)
@given(data=st.data())
@few
def test_one_row_alone_comes_out_as_it_does_in_the_table(name, data):
    columns = drawn(data, name, min_rows=1)
    recipe = fitted(name, columns)
    table = recipe.apply(columns)
    for row in range(len(columns["c0"])):
        alone = recipe.apply(slices(columns, slice(row, row + 1)))
        assert alone.keys() == table.keys()
        assert all(same(alone[c], table[c][row : row + 1]) for c in table)


@pytest.mark.parametrize("name", NEW_DATA)
@given(data=st.data())
@few
def test_rows_that_come_later_change_nothing_before_them(name, data):
    columns = drawn(data, name, min_rows=2)
    half = len(columns["c0"]) // 2
    recipe = fitted(name, slices(columns, slice(half)))
    before, after = recipe.apply(slices(columns, slice(half))), recipe.apply(columns)
    assert all(same(before[c], after[c][:half]) for c in before)


@pytest.mark.parametrize("name", list(STEPS))
@given(data=st.data())
@few
def test_the_columns_given_stay_as_they_are(name, data):
    columns = drawn(data, name)
    copies = {c: v.copy() for c, v in columns.items()}
    fitted(name, columns).apply(columns)
    assert all(same(columns[c], copies[c]) for c in copies)


@pytest.mark.parametrize("name", list(STEPS))
@given(data=st.data())
@few
def test_what_was_learnt_survives_json_exactly(name, data):
    columns = drawn(data, name)
    recipe = fitted(name, columns)
    text = json.dumps(recipe.to_dict(), allow_nan=False)
    again = load(json.loads(text))
    assert again == recipe
    assert json.dumps(again.to_dict(), allow_nan=False) == text
    made, remade = recipe.apply(columns), again.apply(columns)
    assert all(same(made[c], remade[c]) for c in made)


@pytest.mark.parametrize("name", NEW_DATA)
@given(data=st.data())
@few
def test_new_rows_are_answered_whatever_training_saw(name, data):
    kinds = data.draw(kinds_of(name))
    recipe = fitted(name, data.draw(tables(kinds)))
    made = recipe.apply(data.draw(tables(kinds)))
    kinds = {"number": "float64", "category": "object", "date": "datetime64[us]"}
    assert [str(v.dtype) for v in made.values()] == [kinds[o["kind"]] for o in recipe.outputs]
    assert all(v.__class__ is str for a in made.values() if a.dtype == object for v in a)


@pytest.mark.parametrize("name", TRAINING)
@given(data=st.data())
@few
def test_steps_for_training_only_never_leave_out_a_new_row(name, data):
    columns = drawn(data, name)
    recipe = fitted(name, columns)
    assert recipe.plan == []
    assert all(len(v) == len(columns["c0"]) for v in recipe.apply(columns).values())


@pytest.mark.parametrize("name", list(STEPS))
def test_all_missing_columns_and_empty_tables_are_answered(name):
    for kind in STEPS[name].takes:
        missing = {
            "number": np.full(3, np.nan),
            "category": np.full(3, None),
            "date": np.full(3, "NaT", "datetime64[us]"),
        }
        columns = {"c0": missing[kind], "c1": missing[kind]}
        for rows in (3, 0):
            if name in ("drop_missing_rows", "drop_rows_with_gaps", "filter_rows") and rows:
                continue
            made = fitted(name, slices(columns, slice(rows))).apply(columns)
            assert all(len(v) == 3 for v in made.values())


@pytest.mark.parametrize("name", list(STEPS))
def test_every_step_says_in_one_line_what_it_does(name):
    assert STEPS[name].summary.endswith(".")
