"""Steps against an independent truth: scikit-learn, SciPy, pandas, or values that a person wrote down."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.ensemble import IsolationForest
from sklearn.impute import KNNImputer
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from helpers.recipe import PlannedStep, Recipe, load
from helpers.recipe.columns import texts
from helpers.recipe.steps import isolation

DRAW = np.random.default_rng(0)


def run(step, columns, target=None, **parameters):
    columns = {n: texts(v) if isinstance(v, list) else v for n, v in columns.items()}
    planned = PlannedStep(step, list(columns), parameters)
    return Recipe([planned]).fit(columns, target, unfinished=True).apply(columns)


def column(step, values, target=None, **parameters):
    return run(step, {"x": values}, target, **parameters)["x"]


def numbers(rows=400):
    return DRAW.gamma(2.0, 30.0, rows)


AMOUNTS = {
    "1200.5": 1200.5, "$3": 3.0, "3 €": 3.0, "7 %": 7.0, "(12)": -12.0, "($4.50)": -4.5, "-€5": -5.0, "€-5": -5.0,
    "\u22123": -3.0, "+4": 4.0, "3 kg": 3.0, "3KG": 3.0, "250 g": 0.25, "USD 5": 5.0, "1e3": 1000.0, "2 t": None,
    "x": None, "": None, "1-2": None, "kg": None, "5 kg each": None, "1,5": None,
}  # fmt: skip


def test_amounts_are_read_with_what_stands_around_them():
    units = {"kg": 1.0, "g": 0.001, "usd": 1.0}
    found = column("parse_amount", list(AMOUNTS), units=units)
    truth = [np.nan if v is None else v for v in AMOUNTS.values()]
    np.testing.assert_allclose(found, truth, rtol=1e-12)


@pytest.mark.parametrize(
    ("text", "marks", "value"),
    [
        ("1.234.567,89 €", {"decimal": ",", "thousands": "."}, 1234567.89),
        ("1 234,5", {"decimal": ",", "thousands": " "}, 1234.5),
        ("12,345", {"thousands": ","}, 12345.0),
        ("1'000", {"thousands": "'"}, 1000.0),
    ],
)
def test_amounts_are_read_as_their_country_writes_them(text, marks, value):
    assert column("parse_amount", [text, "x"], **marks)[0] == value


DURATIONS = {
    "1:30:05": 5405, "1:30": 5400, "2 h 5 min": 7500, "90s": 90, "PT2H": 7200, "1d": 86400, "1.5 hours": 5400,
    "2 days 3 hrs": 183600, "45 minutes": 2700, "soon": np.nan, "12": np.nan, "1:75": np.nan,
}  # fmt: skip


def test_durations_are_read_in_every_way_that_people_write_them():
    np.testing.assert_allclose(column("parse_duration", list(DURATIONS)), list(DURATIONS.values()))


def test_fields_of_json_are_taken_by_their_path():
    rows = ['{"a": {"b": "x"}, "n": 2, "l": [true, null]}', '{"a": 3}', "no json", "[1]", '{"a": {"b": ""}}']
    made = run("parse_json", {"x": rows}, fields={"b": "a.b", "n": "n", "first": "l.0", "gone": "l.1"})
    assert made["x_b"].tolist() == ["x", "", "", "", ""]
    assert made["x_n"].tolist() == ["2", "", "", "", ""]
    assert made["x_first"].tolist() == ["true", "", "", "", ""]
    assert made["x_gone"].tolist() == [""] * 5


@pytest.mark.parametrize(
    ("step", "scaler"),
    [("standardise", StandardScaler()), ("min_max", MinMaxScaler()), ("robust_scale", RobustScaler())],
)
def test_scales_are_those_of_scikit_learn(step, scaler):
    x = numbers()
    np.testing.assert_allclose(column(step, x), scaler.fit_transform(x[:, None])[:, 0], rtol=1e-9)


@pytest.mark.parametrize("method", ["yeo-johnson", "box-cox"])
def test_powers_are_those_of_scipy(method):
    x = numbers()
    found, truth = (
        column("power", x, method=method),
        getattr(stats, method.replace("-", ""))(x),
    )
    np.testing.assert_allclose(found, truth[0], rtol=1e-4)


def test_signed_numbers_are_bent_as_scipy_bends_them():
    x = DRAW.normal(0, 3, 300) ** 3
    np.testing.assert_allclose(column("power", x), stats.yeojohnson(x)[0], rtol=1e-3, atol=1e-3)


def test_a_rank_is_the_share_of_smaller_rows():
    x = numbers(201)
    np.testing.assert_allclose(column("rank", x), (stats.rankdata(x) - 1) / 200, atol=1e-9)
    flags = np.array([0.0] * 100 + [1.0] * 101)
    assert set(np.round(column("rank", flags), 2)) == {0.25, 0.75}


@pytest.mark.parametrize(
    ("target", "tree"),
    [
        (lambda x: np.where((x > 40) & (x < 90), "yes", "no"), DecisionTreeClassifier),
        (lambda x: np.sin(x / 20), DecisionTreeRegressor),
    ],
)
def test_cuts_by_the_target_are_those_of_a_tree(target, tree):
    x = numbers(500)
    y = target(x)
    grown = tree(max_leaf_nodes=4, min_samples_leaf=25).fit(x[:, None], y)
    y = y.astype(object) if y.dtype.kind == "U" else y
    found = Recipe([PlannedStep("bin_tree", ["x"], {"bins": 4})]).fit({"x": x}, y).plan[0].state["cuts"]
    truth = sorted(t for t, f in zip(grown.tree_.threshold, grown.tree_.feature, strict=True) if f == 0)
    np.testing.assert_allclose(found, truth, rtol=1e-6)


def test_intervals_hold_the_rows_that_they_name():
    x = np.array([-1.0, 0.0, 1.0, 2.5, 9.0, np.nan])
    made = column("bin_cuts", x, cuts=[0.0, 2.5])
    assert made.tolist() == ["below 0", "0 to 2.5", "0 to 2.5", "2.5 and more", "2.5 and more", ""]
    equal = column("bin_quantile", numbers(1000), bins=4)
    assert set(np.unique(equal, return_counts=True)[1]) == {250}
    np.testing.assert_array_equal(
        column("bin_width", np.linspace(0, 10, 11), bins=5, numbered=True), [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 4]
    )


def test_nearest_rows_fill_gaps_as_scikit_learn_does():
    table = DRAW.normal(0, 1, (300, 4)) * [1, 10, 100, 1] + 5
    table[DRAW.random(table.shape) < 0.15] = np.nan
    units = (table - np.nanmean(table, 0)) / np.nanstd(table, 0)
    truth = KNNImputer(n_neighbors=5).fit_transform(units) * np.nanstd(table, 0) + np.nanmean(table, 0)
    made = run("impute_neighbours", {f"c{n}": table[:, n] for n in range(4)})
    np.testing.assert_allclose(np.stack(list(made.values()), 1), truth, rtol=1e-9)


def test_a_linear_relation_fills_its_own_gaps():
    x, z = numbers(), DRAW.normal(size=400)
    y = 3 * x - 20 * z + 7
    gaps = DRAW.random(400) < 0.2
    made = run("impute_linear", {"x": x, "y": np.where(gaps, np.nan, y), "z": z})
    assert np.corrcoef(made["y"][gaps], y[gaps])[0, 1] > 0.999
    np.testing.assert_array_equal(made["y"][~gaps], y[~gaps])


def test_figures_of_groups_are_those_of_pandas():
    frame = pd.DataFrame(
        {"x": numbers(), "g": DRAW.choice(["a", "b", None], 400), "h": DRAW.choice(["u", "v"], 400)}
    )
    frame.loc[::7, "x"] = np.nan
    columns = {"x": frame["x"].to_numpy(), "g": texts(frame["g"].tolist()), "h": texts(frame["h"].tolist())}
    made = run("group_statistics", columns, statistics=["mean", "median", "count"])
    by = frame.groupby(["g", "h"], dropna=False)["x"]
    for statistic in ("mean", "median", "count"):
        np.testing.assert_allclose(made[f"x_{statistic}_by_g_h"], by.transform(statistic), rtol=1e-12)
    filled = run("impute_by_group", columns)["x"]
    np.testing.assert_allclose(filled, frame["x"].fillna(by.transform("median")), rtol=1e-12)


def test_a_group_that_training_never_saw_gets_the_figure_of_all():
    columns = {"x": np.array([1.0, 3.0]), "g": texts(["a", "a"])}
    recipe = Recipe([PlannedStep("group_statistics", ["x", "g"])]).fit(columns)
    assert recipe.apply({"x": np.array([9.0]), "g": texts(["z"])})["x_mean_by_g"].tolist() == [2.0]


def test_an_isolation_forest_ranks_rows_as_that_of_scikit_learn():
    table = np.vstack([DRAW.normal(0, 1, (500, 3)), DRAW.normal(0, 8, (25, 3))])
    columns = {f"c{n}": table[:, n] for n in range(3)}
    ours = isolation.scores(columns, isolation.isolation_forest(columns))
    theirs = -IsolationForest(random_state=0).fit(table).score_samples(table)
    assert stats.spearmanr(ours, theirs).statistic > 0.95
    np.testing.assert_allclose(ours, theirs, atol=0.1)
    recipe = Recipe([PlannedStep("drop_isolated_rows", "numbers", {"share": 0.04})]).fit(columns)
    assert (~recipe.kept).sum() == 21
    assert (~recipe.kept)[500:].sum() >= 15


def test_encodings_of_levels():
    rows = ["b", "a", None, "b"]
    assert column("ordinal", rows).tolist()[:2] == [1.0, 0.0]
    assert column("ordinal", rows, order=["b", "a"]).tolist()[:2] == [0.0, 1.0]
    assert column("frequency", rows).tolist()[:2] == [2 / 3, 1 / 3]
    hot = run("one_hot", {"x": rows})
    assert {n: v.tolist() for n, v in hot.items()} == {"x_b": [1, 0, 0, 1], "x_a": [0, 1, 0, 0]}
    bits = run("binary", {"x": rows})
    assert [tuple(b) for b in zip(*bits.values(), strict=True)] == [(0, 1), (1, 0), (0, 0), (0, 1)]


def test_dates_lie_on_circles_and_on_listed_days():
    days = np.array(["2024-12-25", "2024-03-31T12:00", "NaT"], "datetime64[us]")
    made = run("date_cycle", {"x": days}, parts=["month", "hour"])
    truth = pd.Series(days).dt.month
    np.testing.assert_allclose(made["x_month_cos"], np.cos(2 * np.pi * (truth - 1) / 12))
    assert made["x_hour_cos"][1] == pytest.approx(-1)
    listed = Recipe(
        [PlannedStep("on_days", ["x"], {"days": ["12-25", "2024-03-31"]}), PlannedStep("drop", ["x"])]
    )
    np.testing.assert_array_equal(listed.fit({"x": days}).apply({"x": days})["x_listed"], [1, 1, np.nan])
    assert column("days_since", days, date="2024-12-24").tolist()[0] == 1.0


def test_clock_times_are_minutes_since_midnight_and_what_is_none_is_missing():
    read = column("clock_minutes", np.array([0.0, 59, 517, 2359, 2400, 60, 2401, -5, 12.5, np.nan]))
    assert read.tolist()[:5] == [0, 59, 5 * 60 + 17, 23 * 60 + 59, 24 * 60]
    assert np.isnan(read[[5, 6, 7, 9]]).all()


def selected(step, columns, target=None, **parameters):
    return Recipe([PlannedStep(step, "all", parameters)]).fit(columns, target, unfinished=True)


def test_what_says_nothing_is_dropped_with_its_reason():
    useful, noise = numbers(2000), DRAW.normal(size=2000)
    target = np.where(useful + DRAW.normal(0, 10, 2000) > 50, "yes", "no").astype(object)
    columns = {
        "useful": useful,
        "noise": noise,
        "twin": noise.copy(),
        "nearly": noise * 2 + 1e-3 * DRAW.normal(size=2000),
        "one": np.ones(2000),
        "almost": np.where(np.arange(2000) == 7, 1.0, 0.0),
        "gone": np.where(np.arange(2000) % 5, np.nan, 1.5),
        "number": np.arange(2000.0),
        "key": texts([f"k{n}" for n in range(2000)]),
    }
    assert set(selected("drop_constant", columns).dropped) == {"one"}
    assert set(selected("drop_constant", columns, share=0.999).dropped) == {"one", "almost"}
    assert set(selected("drop_mostly_missing", columns).dropped) == {"gone"}
    assert set(selected("drop_twins", columns).dropped) == {"twin"}
    assert set(selected("drop_correlated", columns).dropped) == {"twin", "nearly"}
    assert set(selected("drop_identifiers", columns).dropped) == {"number", "key"}
    uninformative = set(selected("drop_uninformative", columns, target).dropped)
    assert "useful" not in uninformative
    assert {"one", "key"} <= uninformative
    assert "noise" in uninformative


def test_a_column_that_a_selector_drops_is_no_input_any_more():
    columns = {"x": numbers(50), "one": np.ones(50)}
    recipe = selected("drop_constant", columns)
    assert [i["name"] for i in recipe.inputs] == ["x"]
    assert recipe.apply({"x": np.array([1.0])})["x"].tolist() == [1.0]
    assert "1.0 in 100.0 % of the rows (drop_constant)" in recipe.dropped["one"]


def test_an_uninformative_column_stays_in_one_of_twenty_cases():
    target = np.array(["a", "b"], object)[DRAW.integers(0, 2, 300)]
    columns = {f"n{n}": DRAW.normal(size=300) for n in range(200)}
    left = 200 - len(selected("drop_uninformative", columns, target).dropped)
    assert 1 <= left <= 24


def test_a_recipe_that_an_older_version_fitted_gives_what_it_gave():
    kept = json.loads((Path(__file__).parent / "fitted_version_1.json").read_text(encoding="utf-8"))
    read = {
        "number": lambda v: np.array([np.nan if x is None else x for x in v], float),
        "date": lambda v: np.array(["NaT" if x is None else x for x in v], "datetime64[us]"),
        "category": texts,
    }
    columns = {n: read[c["kind"]](c["values"]) for n, c in kept["rows"].items()}
    made = load(kept["recipe"]).apply(columns)
    assert list(made) == list(kept["gives"])
    for name, values in kept["gives"].items():
        truth = [np.nan if v is None else v for v in values]
        if made[name].dtype == object:
            assert made[name].tolist() == values
        else:
            np.testing.assert_allclose(made[name], truth, rtol=1e-14)
