"""The suggested recipe, on a table with every kind of mess planted, and on clean tables where nothing is to be done."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from helpers.data import checks, kinds, messy, outliers, reshaping, wrangle
from helpers.data.checks import suggest as suite
from helpers.data.profile import profile
from helpers.data.suggestions import suggest
from helpers.errors import BadInput
from helpers.problem import Problem
from helpers.recipe import PlannedStep, Recipe
from helpers.recipe.columns import from_frame

ROWS = 1500
DATA = Path(__file__).parents[2] / "data"


def table():
    """A table as people keep them: texts, marks and codes as they come."""
    draw = np.random.default_rng(0)
    days = pd.Timestamp("2020-01-31") + pd.to_timedelta(draw.integers(0, 900, ROWS), "D")
    price = draw.integers(100, 99_999, ROWS) / 10
    made = {
        "price": [f"€ {p:,.2f}" if n % 9 else "n/a" for n, p in enumerate(price)],
        "german": [f"{p:,.2f}".replace(",", "_").replace(".", ",").replace("_", ".") for p in price],
        "weight": [f"{w} kg" if n % 2 else f"{w * 1000} g" for n, w in enumerate(draw.integers(1, 90, ROWS))],
        "share": [f"{s:.1f} %" for s in draw.random(ROWS) * 100],
        "day": [d.strftime(("%d.%m.%Y", "%Y-%m-%d", "%d %b %Y")[n % 3]) for n, d in enumerate(days)],
        "us_day": [d.strftime("%m/%d/%Y") for d in days],
        "agreed": [("yes", "No", "Y", "TRUE", "false", "n")[n % 6] for n in range(ROWS)],
        "town": [("Paris", "paris ", "PARIS", "Rome", "Bonn")[n % 5] for n in range(ROWS)],
        "grade": [("a", "b", "?", "c")[n % 4] for n in range(ROWS)],
        "about": [json.dumps({"size": {"w": n % 7}, "tag": "uv"[n % 2]}) for n in range(ROWS)],
        "age": [-999 if n % 50 == 0 else int(a) for n, a in enumerate(draw.integers(18, 90, ROWS))],
        "income": np.round(np.exp(draw.normal(3, 2.2, ROWS)), 2),
        "counter": np.arange(ROWS) + 10_000,
        "nearly": [1 if n == 77 else 0 for n in range(ROWS)],
        "same": ["x"] * ROWS,
        "code": [f"0{n % 60:03d}" for n in range(ROWS)],
        "device": [f"d{n}" for n in draw.integers(0, 700, ROWS)],
        "said": [f"Of {n} red, then {b}: blue!" for n, b in enumerate(draw.choice(["one", "Two"], ROWS))],
    }
    made["again"] = made["town"]
    frame = pd.DataFrame(made).rename_axis(index="row")
    frame["y"] = np.where(frame["income"] > 20, "yes", "no")
    return frame


@pytest.fixture(scope="module")
def looked():
    rows, types = kinds.typed(table())
    problem = Problem("messy", "y", "binary", "roc_auc", ["no", "yes"], "yes", types=types)
    recipe = suggest(rows, profile(rows, types), problem)
    return rows, problem, recipe


WANTED = {
    "price": ["parse_amount"], "german": ["parse_amount"], "weight": ["parse_amount"], "share": ["parse_amount"],
    "day": ["parse_date", "date_parts"], "us_day": ["parse_date", "date_parts"], "agreed": ["parse_boolean"],
    "town": ["tidy_text"], "grade": ["to_missing"], "about": ["parse_json"], "about_size_w": ["parse_number"],
    "age": ["to_missing"], "income": ["log1p"], "counter": ["drop"], "nearly": ["drop"], "same": ["drop"],
    "again": ["drop"], "said": ["text_counts", "replace_text", "tidy_text"],
}  # fmt: skip


@pytest.mark.parametrize("name", WANTED)
def test_each_mess_gets_its_steps(looked, name):
    assert [s.step for s in looked[2].steps if name in s.columns] == WANTED[name]


def test_no_other_column_is_touched_and_every_step_has_a_reason(looked):
    assert {c for s in looked[2].steps for c in s.columns} == set(WANTED)
    assert all(s.reason for s in looked[2].steps)


def test_what_comes_out_is_what_was_meant(looked):
    rows, problem, recipe = looked
    made = wrangle.fitted(recipe, rows, problem).apply(from_frame(rows))
    raw = table()
    price = raw["price"].str.removeprefix("€ ").str.replace(",", "").replace("n/a", np.nan).astype(float)
    np.testing.assert_allclose(made["price"], price)
    np.testing.assert_allclose(made["german"][price.notna()], price.dropna())
    kilos = raw["weight"].map(lambda t: float(t.split()[0]) / (1000 if t.endswith(" g") else 1))
    np.testing.assert_allclose(made["weight"], kilos)
    days = pd.to_datetime(raw["us_day"], format="%m/%d/%Y")
    for part in ("year", "month", "day"):
        np.testing.assert_array_equal(made[f"us_day_{part}"], getattr(days.dt, part))
        np.testing.assert_array_equal(made[f"day_{part}"], getattr(days.dt, part))
    np.testing.assert_array_equal(made["agreed"], raw["agreed"].str.lower().isin(["yes", "y", "true"]))
    assert set(made["town"]) == {"paris", "rome", "bonn"}
    assert list(made["device"]) == list(raw["device"])  # levels stay: models encode them
    assert np.isnan(made["age"]).sum() == 30
    np.testing.assert_array_equal(made["about_size_w"], np.arange(ROWS) % 7)


PLANTED = {
    "age": ("to_missing", {"codes": [-99.0]}, [-99]),  # of two codes, the profile sees the lower one
    "grade": ("to_missing", {"codes": ["?", "n/a"]}, ["?", " N/A"]),
    "town": ("tidy_text", {}, ["paris "]),
    "said": ("to_missing", {"codes": ["-"]}, ["-"]),
}


def planted(count=3000):
    """Rows of which the first half is looked at and clean but for -999; PLANTED tells what stands in the other."""
    draw = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "age": draw.integers(18, 90, count),
            "grade": draw.choice(["a", "b", "c"], count),
            "town": draw.choice(["Paris", "Rome", "Bonn"], count),
            "said": [f"Of {n} red, then {n + 1}: blue!" for n in range(count)],
            "size": draw.normal(100, 1, count),
            "y": draw.normal(size=count),
        }
    ).rename_axis(index="row")
    frame.loc[:9, "age"] = -999
    for name, (_, _, texts) in PLANTED.items():
        for n, text in enumerate(texts):
            frame.loc[2000 + 40 * n : 2030 + 40 * n, name] = text
    return pd.concat([frame, frame.tail(5)], ignore_index=True).rename_axis(index="row")


def test_what_the_checks_found_gets_the_step_that_answers_it_with_the_finding_as_its_reason():
    rows, looked_at = planted(), planted().head(1500)
    about = profile(rows)
    problem = Problem(
        "t", "y", "regression", "r2", types=dict(zip(about["name"], about["kind"], strict=True))
    )
    findings = checks.judge(rows, suite.suggest(rows, about, problem)).findings
    before = suggest(looked_at, about, problem).steps
    added = [s for s in suggest(looked_at, about, problem, None, findings).steps if s not in before]
    assert {s.columns[0]: (s.step, s.parameters) for s in added} == {
        name: (step, parameters) for name, (step, parameters, _) in PLANTED.items()
    }
    assert len(added) == len(PLANTED)
    for step in added:
        assert step.reason.startswith("the checks found ")
        assert str(PLANTED[step.columns[0]][2][0]) in step.reason
    assert "equal rows" in set(findings["check"])  # and no step: they may be draws


def test_what_comes_out_after_the_findings_holds_no_code_and_one_spelling():
    rows = planted()
    about = profile(rows)
    problem = Problem(
        "t", "y", "regression", "r2", types=dict(zip(about["name"], about["kind"], strict=True))
    )
    findings = checks.judge(rows, suite.suggest(rows, about, problem)).findings
    recipe = suggest(rows.head(1500), about, problem, None, findings)
    made = wrangle.fitted(recipe, rows, problem).apply(from_frame(rows))
    assert np.nanmin(made["age"]) >= 18
    assert np.isnan(made["age"]).sum() == 10 + 31
    assert set(made["grade"]) == {"a", "b", "c", ""}
    assert set(made["town"]) == {"paris", "rome", "bonn"}
    assert list(made["said"]).count("") == 31


def test_on_clean_rows_the_checks_add_no_step():
    for file in ("telco_churn", "penguins", "ames_housing"):
        rows, types = kinds.typed(pd.read_csv(DATA / f"{file}.csv.gz", dtype=str, keep_default_na=False))
        about, problem = profile(rows, types), Problem(file, None, "none", "", types=types)
        findings = checks.judge(rows, suite.suggest(rows, about, problem)).findings
        assert suggest(rows, about, problem, None, findings) == suggest(rows, about, problem)


def test_more_levels_than_models_can_keep_are_told_by_how_frequent_they_are():
    rows, types = kinds.typed(pd.DataFrame({"who": [f"u{n % 10_001}" for n in range(13_000)], "y": 1.0}))
    problem = Problem("many", "y", "regression", "r2", types=types)
    assert [s.step for s in suggest(rows, profile(rows, types), problem).steps] == ["frequency"]


def test_clock_times_are_told_from_other_whole_numbers():
    draw = np.random.default_rng(0)
    minutes = draw.integers(0, 1440, ROWS)
    frame = pd.DataFrame(
        {
            "left at": minutes // 60 * 100 + minutes % 60,
            "any number": draw.integers(0, 2400, ROWS),
            "price": 50 * draw.integers(0, 48, ROWS),
            "year": draw.integers(1900, 2026, ROWS),
            "hours": 100 * draw.integers(0, 24, ROWS),
            "seconds": draw.integers(0, 60, ROWS),
            "y": draw.choice(["no", "yes"], ROWS),
        }
    )
    problem = Problem("t", "y", "binary", "roc_auc", ["no", "yes"], "yes")
    found = suggest(frame, profile(frame), problem)
    assert [(s.step, s.columns) for s in found.steps] == [("clock_minutes", ["left at"])]


def test_the_suggestion_survives_the_hands_of_a_person(looked):
    recipe = looked[2]
    assert Recipe.from_yaml(recipe.to_yaml()) == recipe


ALONE = {
    "names": [f"A{n}" for n in range(100)],
    "versions": [f"1.{n}.3" for n in range(100)],
    "mixed units": [f"{n} kg" if n % 2 else f"{n} km" for n in range(100)],
    "codes": [f"00{n}" for n in range(100)],
    "two days": [f"{13 + n % 9}/02/2024" if n % 2 else f"02/{13 + n % 9}/2024" for n in range(100)],
    "two words": ["Yes", "No"] * 50,
    "mostly words": ["12 kg"] * 90 + ["heavy"] * 10,
    "sizes": [f"{n}x{n + 1}" for n in range(100)],
    "times": [f"{n % 12}:30" for n in range(100)],
    "one value": ["5 kg"] * 100,
}


@pytest.mark.parametrize("name", ALONE)
def test_what_could_be_read_in_two_ways_is_left_alone(name):
    assert messy.reading("x", pd.Series(ALONE[name], dtype=object)) is None


@pytest.mark.parametrize("file", ["telco_churn", "penguins", "ames_housing"])
def test_on_clean_tables_no_text_is_taken_for_something_else(file):
    rows, types = kinds.typed(pd.read_csv(DATA / f"{file}.csv.gz", dtype=str, keep_default_na=False))
    target = {"telco_churn": "churn", "penguins": "species", "ames_housing": "Sale_Price"}[file]
    recipe = suggest(rows, profile(rows, types), Problem(file, target, "none", "", types=types))
    reads = {"parse_amount", "parse_date", "parse_boolean", "parse_json", "to_missing", "tidy_text"}
    assert not [s for s in recipe.steps if s.step in reads]


FAR = outliers.outliers(pd.DataFrame({"x": [*range(1, 100), 5000]}))


@pytest.mark.parametrize("missing", list(wrangle.MISSING))
def test_every_strategy_for_missing_values_leaves_none(missing, looked):
    rows = pd.DataFrame(
        {"a": [1.0, None, 3.0, 4.0], "b": [None, 2.0, 2.0, 5.0], "g": ["u", None, "u", "v"], "c": 1.0}
    )
    recipe = wrangle.configured(Recipe(), missing, "keep", "iqr", FAR)
    fitted = recipe.fit(from_frame(rows))
    made, kept = fitted.on_training()(from_frame(rows))
    gaps = sum(int(np.isnan(v).sum()) if v.dtype != object else int((v == "").sum()) for v in made.values())
    assert gaps == (3 if missing == "keep" else 0)
    assert kept.sum() == (2 if missing == "drop rows" else 4)


@pytest.mark.parametrize("as_", wrangle.OUTLIERS)
def test_outliers_are_kept_clipped_or_removed_as_configured(as_):
    x = np.array([*range(1, 100), 5000.0])
    recipe = wrangle.configured(Recipe(), "keep", as_, "iqr", FAR)
    made, kept = recipe.fit({"x": x}).on_training()({"x": x})
    largest = np.nanmax(made["x"])
    low, high = np.quantile(x, [0.25, 0.75])
    assert largest == {"keep": 5000, "clip": high + 3 * (high - low)}.get(as_, 99)
    assert kept.sum() == (99 if as_.startswith("remove") else 100)


LINEAR = Problem("far", None, "none", "", types={"x": "float", "z": "float"})


def far_rows(count=400):
    """x has 7 values beyond 3 interquartile ranges, z 2 of which one is in the same row; a logarithm brings in x."""
    draw = np.random.default_rng(0)
    x, z = draw.uniform(50, 100, count), draw.uniform(0, 1, count)
    x[:7], z[6:8] = 400.0, 9.0
    return pd.DataFrame({"x": x, "z": z}).rename_axis(index="row")


@pytest.mark.parametrize(
    ("factor", "values", "rows_with"), [(3.0, "9 values", "8 rows"), (14.0, "2 values", "2 rows")]
)
@pytest.mark.parametrize("as_", ["clip", "missing", "remove"])
def test_what_the_step_for_outliers_will_treat_is_told_by_the_factor_it_uses(as_, factor, values, rows_with):
    rows = far_rows()
    recipe = wrangle.configured(Recipe(), "keep", as_, "iqr", outliers.outliers(rows), factor)
    told = wrangle.outliers_told(Recipe(), recipe, rows, LINEAR)
    assert f"treats {values} in {rows_with} of 400: those more than {factor:g} interquartile ranges" in told
    made, kept = recipe.fit(from_frame(rows)).on_training()(from_frame(rows))
    same = [np.isclose(made[n], rows[n][kept]) for n in rows]
    treated = int((~kept).sum()) if as_ == "remove" else int((~np.array(same)).sum())
    assert treated == int((rows_with if as_ == "remove" else values).split()[0])


def test_outliers_are_counted_after_the_steps_that_come_before():
    rows, before = far_rows(), Recipe([PlannedStep("log1p", ["x"]), PlannedStep("log1p", ["x"])])
    recipe = wrangle.configured(before, "median", "clip", "iqr", outliers.outliers(rows))
    told = wrangle.outliers_told(before, recipe, rows, LINEAR)
    x = np.log1p(np.log1p(rows["x"]))
    low, high = x.quantile([0.25, 0.75])
    beyond = int((x > high + 3 * (high - low)).sum())
    assert f"treats {beyond + 2} values in {'8' if beyond else '2'} rows" in told


def test_a_column_that_a_step_before_took_away_is_told_in_one_line():
    rows, before = far_rows(), Recipe([PlannedStep("rename", ["x"], {"names": {"x": "w"}})])
    recipe = wrangle.configured(before, "keep", "clip", "iqr", outliers.outliers(rows))
    assert "treats 2 values in 2 rows" in wrangle.outliers_told(before, recipe, rows, LINEAR)
    with pytest.raises(BadInput, match="there is no column 'x'"):
        wrangle.fitted(recipe, rows, LINEAR)


def test_the_score_above_which_rows_are_left_out_is_told():
    rows = far_rows()
    recipe = wrangle.configured(Recipe(), "keep", "remove isolated", "iqr", outliers.outliers(rows))
    told = wrangle.outliers_told(Recipe(), recipe, rows, LINEAR)
    scores = outliers.isolated(rows)["score"]
    assert told.endswith(f"above {scores.quantile(0.99):.3f}.")
    kept = recipe.fit(from_frame(rows)).kept
    assert (scores > scores.quantile(0.99)).sum() == (~kept).sum() > 0


def test_where_no_step_treats_outliers_that_is_told_even_if_the_recipe_has_one_of_its_own():
    rows, own = far_rows(), Recipe([PlannedStep("clip_outliers", ["x"])])
    recipe = wrangle.configured(own, "median", "keep", "iqr", outliers.outliers(rows))
    assert wrangle.outliers_told(own, recipe, rows, LINEAR) == "No step treats outliers."


@pytest.mark.parametrize(("missing", "far"), [("medain", "keep"), ("keep", "clipp")])
def test_a_misspelt_strategy_is_answered_with_the_nearest(missing, far):
    with pytest.raises(BadInput, match="did you mean"):
        wrangle.configured(Recipe(), missing, far, "iqr", FAR)


def test_three_methods_see_different_outliers():
    draw = np.random.default_rng(0)
    x = draw.normal(0, 1, 1000)
    rows = pd.DataFrame(
        {"x": x, "y": x + draw.normal(0, 0.05, 1000), "z": draw.normal(0, 1, 1000), "flag": 0}
    )
    rows.loc[0, "z"] = 40.0
    rows.loc[1, ["x", "y"]] = [2.5, -2.5]  # each is usual, and together they are not
    found = outliers.outliers(rows)
    assert "flag" not in found.index
    assert outliers.by_fences(rows)["z"][0] == 1
    assert outliers.by_robust_z(rows)["z"][0] == 1
    assert outliers.by_robust_z(rows)["x"][1] == 0
    top = outliers.isolated(rows).head(50)
    assert {0, 1} <= set(top.index)
    assert top.loc[0, "farthest out in"] == "z"


def test_the_share_of_outliers_is_that_of_a_normal_distribution():
    x = pd.DataFrame({"x": np.random.default_rng(1).normal(size=100_000)})
    found = outliers.outliers(x).loc["x"]
    assert found["fences"] == pytest.approx(0.00698, abs=0.001)
    assert found["robust z"] == pytest.approx(0.000466, abs=0.0003)


def test_all_steps_are_listed_with_what_they_take():
    steps = wrangle.catalogue()
    assert len(steps) >= 75
    assert steps.loc["clip_outliers", "when"] == "after the split"
    assert steps.loc["drop_duplicates", "when"] == "training only"
    assert "a whole number from 2 to 1000 = 10" in steps.loc["bin_width", "parameters"]
    assert steps.loc["lag", "when"] == "before the seal"
    assert "order: text; by: a list (text) or null = None" in steps.loc["lag", "parameters"]
    assert steps.index.is_unique
    assert set(reshaping.STEPS) < set(steps.index)


def test_every_step_stands_in_one_family():
    listed = [name for names in wrangle.families()["steps"] for name in names.split(", ")]
    assert sorted(listed) == sorted(wrangle.catalogue().index)


def test_codes_of_letters_and_numbers_are_no_amounts():
    codes = [f"INV-{100_000 + 7 * n}" for n in range(200)]
    twice = pd.Series([*codes, *codes[:20]])
    assert messy.reading("invoice", twice) is None
    assert messy.reading("price", pd.Series([f"USD {n}.50" for n in range(200)])).step == "parse_amount"


def test_columns_that_a_table_has_already_are_not_made_again():
    draw = np.random.default_rng(0)
    words = draw.choice(["red", "blue", "green", "old", "new", "big", "small"], (300, 6))
    days = pd.Timestamp("2020-01-31") + pd.to_timedelta(draw.integers(0, 900, 300), "D")
    rows = pd.DataFrame(
        {"title": [" ".join(w) for w in words], "title_words": 6.0 + draw.integers(0, 2, 300)}
    )
    rows = rows.assign(day=days, day_year=days.year + draw.integers(0, 2, 300), y=draw.normal(size=300))
    rows, types = kinds.typed(rows.rename_axis(index="row"))
    problem = Problem("made", "y", "regression", "r2", types=types)
    recipe = suggest(rows, profile(rows, types), problem)
    out = wrangle.fitted(recipe, rows, problem).outputs
    names = [o["name"] for o in out]
    assert len(names) == len(set(names))
    assert {"title_words", "title_characters", "day_year", "day_month"} <= set(names)


def test_a_field_of_json_that_holds_numbers_is_no_raw_column_that_could_be_unread():
    rows = pd.DataFrame({"p": [json.dumps({"v": str(n)}) for n in range(50)]}).rename_axis(index="row")
    recipe = Recipe.from_dict(
        {"version": 2, "steps": [
            {"step": "parse_json", "columns": ["p"], "parameters": {"fields": {"v": "v"}}},
            {"step": "parse_number", "columns": ["p_v"]},
        ]}
    )  # fmt: skip
    fitted = recipe.fit(from_frame(rows))
    assert fitted.unread(from_frame(rows)) == {}
    assert fitted.apply(from_frame(rows))["p_v"].tolist() == list(range(50))
