"""Explanations are held against formulas and against the package shap."""

from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline

from helpers.model import explain
from helpers.model.families import families
from helpers.model.features import model_pipeline
from helpers.model.scoring import predictions, target
from helpers.report import pictures_of_evaluation as drawn


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def fitted(made, task, family, count=300):
    problem, rows = made(task, count)
    x, chosen = rows.drop(columns="y"), families(task)[family]
    model = model_pipeline(x, chosen.make(0), task, **chosen.features).fit(x, target(problem, rows))
    return problem, x, model


def test_the_column_that_carries_the_answer_matters_most_and_noise_does_not(made):
    problem, _ = made("regression")
    draw = np.random.default_rng(0)
    x = pd.DataFrame({"noise": draw.normal(size=500), "signal": draw.normal(size=500)})
    y = 3 * x["signal"].to_numpy() + draw.normal(0, 0.1, 500)
    found = explain.importance(make_pipeline(LinearRegression()).fit(x, y), x, y, problem, 0)
    assert list(found.index) == ["signal", "noise"]
    assert found["noise"] == pytest.approx(0, abs=0.01)


def test_a_column_may_be_called_self(made):
    problem, _ = made("regression")
    x = pd.DataFrame({"self": np.random.default_rng(0).normal(size=200), "frame": np.ones(200)})
    model = make_pipeline(LinearRegression()).fit(x, 2 * x["self"])
    assert explain.importance(model, x, 2 * x["self"].to_numpy(), problem, 0).index[0] == "self"
    followed = explain.partial_dependence(model, x, "self", problem)
    assert followed.to_numpy() == pytest.approx(2 * followed.index.to_numpy(float))


def test_shapley_values_of_a_straight_line_are_its_slopes_times_the_distance_from_the_mean(made):
    problem, _ = made("regression")
    draw = np.random.default_rng(0)
    x = pd.DataFrame(draw.normal(size=(40, 4)), columns=list("abcd"))
    model = LinearRegression().fit(x, x @ [1.0, -2.0, 0.0, 5.0])
    values = explain.shapley(model, x, [0, 7], problem, 0, background=40)
    wanted = (x.iloc[[0, 7]] - x.mean()).to_numpy() * [1.0, -2.0, 0.0, 5.0]
    assert values[list("abcd")].to_numpy() == pytest.approx(wanted, abs=1e-9)


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_base_and_values_add_up_to_the_prediction(made, task):
    problem, x, model = fitted(made, task, "random forest")
    values = explain.shapley(model, x, [0, 5, 9], problem, 0)
    total = values["base"] + values.drop(columns=["base", "prediction"]).sum(axis=1)
    assert total.to_numpy() == pytest.approx(values["prediction"].to_numpy())
    said = predictions(model, x.iloc[[0, 5, 9]], problem)
    place = (
        problem.classes.index(problem.positive) if task == "binary" else 0
    )  # of several, the first for all rows
    assert values["prediction"].to_numpy() == pytest.approx(said if task == "regression" else said[:, place])
    assert explain.explained(said, problem) == pytest.approx(values["prediction"].to_numpy())


def test_shapley_values_are_those_of_the_package_shap(made):
    shap = pytest.importorskip("shap")
    problem, _ = made("regression")
    draw = np.random.default_rng(0)
    x = pd.DataFrame(draw.normal(size=(30, 4)), columns=list("abcd"))
    y = x["a"] * x["b"] + np.maximum(x["c"], 0)
    chosen = families("regression")["random forest"]
    model = model_pipeline(x, chosen.make(0), "regression", **chosen.features).fit(x, y)
    ours = explain.shapley(model, x, [3], problem, 0, permutations=200, background=30)
    exact = shap.explainers.Exact(lambda v: model.predict(pd.DataFrame(v, columns=x.columns)), x.to_numpy())
    theirs = exact(x.to_numpy()[[3]])
    assert ours["base"].iloc[0] == pytest.approx(float(np.ravel(theirs.base_values)[0]))
    assert ours[list("abcd")].to_numpy()[0] == pytest.approx(theirs.values[0], abs=0.02 * y.std())


def test_the_bars_of_a_row_add_up_to_its_distance_from_the_mean_and_the_titles_tell_of_what():
    columns = [f"column {n} with a name that is cut short" for n in range(9)]
    parts = np.array([4e4, -3e4, 2e4, 1e4, 5e3, -4e3, 3e3, 2e3, -1e3])
    values = pd.DataFrame(
        [[185_000.0, 185_000 + parts.sum(), *parts]], columns=["base", "prediction", *columns]
    )
    drawn.shapley(values, pd.DataFrame([np.arange(9.0) * 1e5], columns=columns), "probability of yes")
    axis = plt.gca()
    assert [bar.get_width() for bar in axis.patches] == [*parts[:6], 4e3]
    names = [t.get_text() for t in axis.get_yticklabels()]
    assert names[1].endswith("= 100,000")
    assert names[-1] == "3 other columns"
    assert plt.gcf().get_suptitle() == "What moves the probability of yes"
    assert axis.get_title(loc="left") == "row 0: from 185,000 on average to 230,000"


def test_partial_dependence_is_that_of_scikit_learn(made):
    from sklearn.inspection import partial_dependence

    problem, _ = made("regression")
    draw = np.random.default_rng(0)
    x = pd.DataFrame(draw.normal(size=(100, 2)), columns=["a", "b"])
    model = LinearRegression().fit(x, x["a"] ** 2 + x["b"])
    ours = explain.partial_dependence(model, x, "a", problem)
    theirs = partial_dependence(model, x, ["a"], custom_values={"a": ours.index.to_numpy()})
    assert ours.to_numpy() == pytest.approx(theirs["average"][0])


def test_partial_dependence_of_a_category_has_a_point_a_level(made):
    problem, x, model = fitted(made, "binary", "logistic regression")
    curve = explain.partial_dependence(model, x, "level", problem)
    assert set(curve.index) == set(x["level"])
    assert curve.between(0, 1).all()


def test_of_many_levels_the_most_frequent_are_followed_and_the_picture_says_so(made):
    problem, _ = made("regression")
    x = pd.DataFrame({"level": [f"level {n:02}" for n in range(20) for _ in range(n + 1)]})
    model = SimpleNamespace(predict=lambda rows: rows["level"].str[-2:].astype(float))
    curve = explain.partial_dependence(model, x, "level", problem)
    assert curve.tolist() == list(range(5, 20))
    drawn.dependence([curve], "prediction")
    axis = plt.gca()
    assert axis.get_xlabel() == "15 most frequent of 20"
    assert [t.get_text() for t in axis.get_xticklabels()] == [f"level {n:02}" for n in range(5, 20)]
    assert explain.partial_dependence(model, x[x["level"] > "level 10"], "level", problem).name is None


def test_a_column_of_zeros_and_ones_is_followed_at_both_and_drawn_as_points(made):
    problem, _ = made("regression")
    x = pd.DataFrame({"yes": [0.0] * 299 + [1.0]})
    curve = explain.partial_dependence(
        SimpleNamespace(predict=lambda rows: 2 * rows["yes"]), x, "yes", problem
    )
    assert curve.to_dict() == {0.0: 0.0, 1.0: 2.0}
    drawn.dependence([curve], "prediction")
    (line,) = plt.gca().get_lines()
    assert (line.get_linestyle(), line.get_marker(), list(line.get_ydata())) == ("None", "o", [0.0, 2.0])


def test_a_wide_table_is_explained_from_a_smaller_sample(made):
    problem, _ = made("regression")
    x = pd.DataFrame(np.random.default_rng(0).normal(size=(30, 700)))
    x.columns = [f"c{n}" for n in range(700)]
    model = LinearRegression().fit(x, x["c0"])
    values = explain.shapley(model, x, [0], problem, 0, permutations=1)
    assert values["base"].iloc[0] + values.iloc[0, 2:].sum() == pytest.approx(values["prediction"].iloc[0])


FORMULAS = {
    "a number": lambda rows: rows["signal"],
    "a u-shape": lambda rows: rows["signal"] ** 2,
    "a category": lambda rows: (rows["level"] == "high").astype(float),
}


@pytest.mark.parametrize("formula", FORMULAS)
def test_when_time_is_short_the_column_that_the_model_goes_by_is_measured_though_it_comes_late(made, formula):
    problem, _ = made("regression")
    draw = np.random.default_rng(0)
    x = pd.DataFrame(draw.normal(size=(300, 20)), columns=[f"noise {n}" for n in range(20)])
    x["name"] = [f"name {n}" for n in range(300)]  # tells the rows apart, not the predictions
    x["empty"], x["signal"], x["level"] = np.nan, draw.normal(size=300), draw.choice(["high", "low"], 300)
    model = SimpleNamespace(predict=FORMULAS[formula])
    found = explain.importance(model, x, model.predict(x), problem, 0, seconds=0.0)
    assert list(found.index) == ["level" if formula == "a category" else "signal"]
    assert len(explain.importance(model, x, model.predict(x), problem, 0, seconds=60.0)) == x.shape[1]
