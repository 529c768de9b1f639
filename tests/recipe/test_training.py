"""Training rows batch by batch, selectors and own steps: what reaches the model, and what never does."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.errors import BadInput
from helpers.recipe import PlannedStep, Recipe, use
from helpers.recipe.columns import texts

STEPS = [
    PlannedStep("log1p", ["x"]),
    PlannedStep("drop_duplicates", ["x", "g"]),
    PlannedStep("standardise", ["x"]),
    PlannedStep("drop_outlier_rows", ["x"], {"factor": 1.0}),
    PlannedStep("group_rare", ["g"], {"min_share": 0.3}),
    PlannedStep("filter_rows", ["x"], {"compare": "<", "value": 5}),
]


def table(rows, seed=0):
    draw = np.random.default_rng(seed)
    return {
        "x": np.round(draw.normal(0, 2, rows), 1),
        "g": texts(draw.choice(["a", "b", "c", None], rows).tolist()),
    }


@settings(max_examples=40, deadline=None)
@given(rows=st.integers(1, 60), size=st.integers(1, 20), seed=st.integers(0, 9))
def test_batches_of_training_rows_come_out_as_all_at_once(rows, size, seed):
    columns = table(rows, seed)
    try:
        recipe = Recipe(STEPS).fit(columns)
    except BadInput:  # a step leaves no training row
        return
    run, kept, made = recipe.on_training(), [], []
    for start in range(0, rows, size):
        part, mask = run({n: v[start : start + size] for n, v in columns.items()})
        kept.append(mask)
        made.append(part)
    np.testing.assert_array_equal(np.concatenate(kept), recipe.kept)
    whole = recipe.apply({n: v[recipe.kept] for n, v in columns.items()})
    for name, values in whole.items():
        np.testing.assert_array_equal(np.concatenate([m[name] for m in made]), values)


def test_what_comes_after_the_training_rows_changes_nothing_that_was_learnt():
    few = Recipe(STEPS).fit(table(50)).to_dict()
    assert Recipe(STEPS).fit({n: v[:50] for n, v in table(50).items()}).to_dict() == few


OWN = '''import numpy as np
from helpers.recipe import column_step


@column_step("number")
def round_to_unit(values: np.ndarray, *, unit: float = 1.0) -> np.ndarray:
    """Round numbers to the nearest multiple of unit."""
    return np.round(values / unit) * unit
'''


def test_a_step_of_ones_own_is_one_file_of_ten_lines(tmp_path):
    (tmp_path / "mine.py").write_text(OWN)
    assert len(OWN.splitlines()) <= 10
    text = (
        "version: 2\nuses: [mine.py]\nsteps:\n- {step: round_to_unit, columns: [x], parameters: {unit: 5}}\n"
    )
    recipe = Recipe.from_yaml(text, own=tmp_path)
    assert recipe.fit({"x": np.array([7.0, 8.0])}).apply({"x": np.array([7.0, 8.0])})["x"].tolist() == [5, 10]
    assert recipe.uses[0]["file"] == "mine.py"
    with pytest.raises(BadInput, match="does not run here"):
        Recipe.from_yaml(text)
    (tmp_path / "mine.py").write_text(OWN + "\n# changed\n")
    with pytest.raises(BadInput, match="is not the file"):
        Recipe.from_dict(recipe.to_dict(), own=tmp_path)


WRONG = {
    "shorter": ("return values[1:]", "array of 3 values"),
    "a list": ("return values.tolist()", "array of 3 values"),
    "of another type": ("return values.astype(int)", "not canonical"),
    "of the whole table": ("return values - values.mean()", "comes alone"),
    "broken": ("return values / nothing", "NameError"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_step_of_ones_own_that_is_wrong_is_told_in_one_line(name, tmp_path):
    body, said = WRONG[name]
    step = f"wrong_{name.replace(' ', '_')}"
    head = "from helpers.recipe import column_step\n\n@column_step('number')\n"
    code = f"{head}def {step}(values):\n    'Do wrong.'\n    {body}\n"
    (tmp_path / f"{step}.py").write_text(code)
    use(f"{step}.py", tmp_path)
    with pytest.raises(BadInput, match=said):
        Recipe([PlannedStep(step, ["x"])]).fit({"x": np.array([1.0, 2.0, 4.0])})


NUMBERS = {"x": np.array([1.0, 2.0]), "y": np.array([3.0, 4.0]), "t": texts(["a", "b"])}
BAD = {
    "an unknown step": ("- {step: standardize, columns: [x]}", "did you mean 'standardise'"),
    "target encoding": ("- {step: target_encode, columns: [t]}", "inside each fold"),
    "an unknown field": ("- {step: log1p, colums: [x]}", "did you mean 'columns'"),
    "an unknown parameter": (
        "- {step: min_max, columns: [x], parameters: {clipp: true}}",
        "did you mean 'clip'",
    ),
    "a wrong type": ("- {step: bin_width, columns: [x], parameters: {bins: many}}", "a whole number"),
    "a number out of bounds": ("- {step: bin_width, columns: [x], parameters: {bins: 1}}", "from 2"),
    "a word that is no choice": (
        "- {step: power, columns: [x], parameters: {method: boxcox}}",
        "did you mean 'box-cox'",
    ),
    "a parameter that lacks": ("- {step: bin_cuts, columns: [x]}", "needs the parameter 'cuts'"),
    "a column that lacks": ("- {step: log1p, columns: [z]}", "there is no column 'z'"),
    "a column of another kind": (
        "- {step: log1p, columns: [t]}",
        "is a category, and the step takes a number",
    ),
    "columns that are a number": ("- {step: log1p, columns: [2024]}", "quote numbers and dates"),
    "a word for no columns": ("- {step: log1p, columns: every}", "one of all, numbers, categories, dates"),
    "a name given twice": (
        "- {step: rename, columns: [x], parameters: {names: {x: y}}}",
        "of that name already",
    ),
    "names in a circle": (
        "- {step: copy, columns: [x], parameters: {name: a}}\n"
        "- {step: rename, columns: [x_a], parameters: {names: {x_a: x}}}",
        "of that name already",
    ),
    "cuts out of order": ("- {step: bin_cuts, columns: [x], parameters: {cuts: [2, 1]}}", "ascending"),
    "one column of two": ("- {step: ratio, columns: [x], parameters: {name: q}}", "takes two columns"),
    "no such expression": (
        "- {step: extract, columns: [t], parameters: {pattern: '(', name: q}}",
        "no regular expression",
    ),
    "no such day": ("- {step: limit, columns: [x], parameters: {low: 3, high: 1}}", "is above"),
    "nothing left": (
        "- {step: filter_rows, columns: [x], parameters: {compare: '>', value: 9}}",
        "leaves no training row",
    ),
    "text for a number": (
        "- {step: impute_constant, columns: [x], parameters: {value: none}}",
        "not of the kind",
    ),
    "a step without a target": ("- {step: bin_tree, columns: [x]}", "there is no target"),
    "a step that is a word": ("- log1p", "must be a mapping"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_mistake_in_a_recipe_is_answered_in_one_line(name):
    steps, said = BAD[name]
    with pytest.raises(BadInput, match=said) as told:
        Recipe.from_yaml(f"version: 2\nsteps:\n{steps}\n").fit(NUMBERS)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("version: 2\nsteps:\n- {step: [", "line 4|line 3"),
        ("steps: []", "version None"),
        ("version: 9\nsteps: []", "version 9"),
        ("version: 2\nstep: []", "steps a list"),
        ("version: 2\nsteps: []\nstesp: []", "did you mean 'steps'"),
        ("version: 2\nsteps: []\nuses: [mine.py]", "does not run here"),
        ("version: 2\nsteps: !!python/object/apply:os.system ['true']", "YAML"),
        ("- a", "a mapping with version"),
    ],
)
def test_a_recipe_that_is_none_is_answered_in_one_line(text, said):
    with pytest.raises(BadInput, match=said) as told:
        Recipe.from_yaml(text)
    assert "\n" not in str(told.value)


def test_a_file_of_steps_outside_of_the_project_is_refused(tmp_path):
    (tmp_path / "outside.py").write_text("")
    (tmp_path / "in").mkdir()
    with pytest.raises(BadInput, match="lies outside"):
        use("../outside.py", tmp_path / "in")


def test_rows_that_only_neighbouring_floats_tell_apart_are_answered():
    from helpers.recipe.steps.isolation import isolation_forest, scores

    columns = {"x": np.array([0.0, 5e-324] * 20), "y": np.full(40, np.nan)}
    assert np.isfinite(scores(columns, isolation_forest(columns))).all()
