"""Boosting stops when it no longer gains or the time is over, and can be built again just as it stopped."""

import pickle
import time

import numpy as np
import onnxruntime
import pytest
from sklearn.pipeline import Pipeline

from helpers.model.families import families
from helpers.model.features import transformer
from helpers.model.package.onnx import to_onnx
from helpers.model.rounds import fit_in_rounds, rounds_name
from helpers.model.scoring import predictions, score, target

BOOSTED = ["LightGBM", "CatBoost"]


def matrices(made, task, count=400, encode="ordinal"):
    problem, rows = made(task, count)
    x, y, cut = rows.drop(columns="y"), target(problem, rows), count * 3 // 4
    features = transformer(x, task, 0, impute="none", encode=encode)
    learn = features.fit_transform(x.iloc[:cut], y[:cut])
    return problem, learn, y[:cut], features.transform(x.iloc[cut:]), y[cut:]


def fresh(task, name, rate=0.1):
    parameters = {"learning_rate": rate} if name in BOOSTED else {}
    return families(task)[name].make(0, **parameters)


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
@pytest.mark.parametrize("name", [*BOOSTED, "extra trees"])
def test_the_same_rounds_give_the_same_bytes(made, task, name):
    problem, x, y, judge_x, judge_y = matrices(made, task)
    stopped, rounds = fit_in_rounds(fresh(task, name), x, y, judge_x, judge_y, 20.0)
    again, same = fit_in_rounds(fresh(task, name), x, y, judge_x, judge_y, 20.0, rounds)
    assert rounds == same
    assert pickle.dumps(stopped) == pickle.dumps(again)
    assert np.array_equal(predictions(stopped, judge_x, problem), predictions(again, judge_x, problem))


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_the_same_rounds_over_sets_of_levels_give_the_same_bytes(made, task):
    _, x, y, judge_x, judge_y = matrices(made, task, encode="levels")
    one, other = (fresh(task, "LightGBM").set_params(cat_feature=[0, 1]) for _ in range(2))
    stopped, rounds = fit_in_rounds(one, x, y, judge_x, judge_y, 20.0)
    again, _ = fit_in_rounds(other, x, y, judge_x, judge_y, 20.0, rounds)
    assert pickle.dumps(stopped) == pickle.dumps(again)


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
@pytest.mark.parametrize("name", BOOSTED)
def test_what_stopped_scores_the_same_in_the_runtime(made, task, name):
    problem, rows = made(task)
    x, y = rows.drop(columns="y"), target(problem, rows)
    features = transformer(x, task, 0, impute="none", encode="one-hot")
    matrix = features.fit_transform(x, y)
    model, _ = fit_in_rounds(fresh(task, name), matrix, y, matrix[:50], y[:50], 10.0)
    whole = Pipeline([("features", features), ("model", model)])
    outputs = [{"name": c, "kind": "number" if c in ("grid", "wide", "thin") else "category"} for c in x]
    session = onnxruntime.InferenceSession(to_onnx(whole, outputs), providers=["CPUExecutionProvider"])
    feed = {
        f"x{n}": x[[c]].to_numpy()
        for n, c in enumerate(x)
        if f"x{n}" in {i.name for i in session.get_inputs()}
    }
    got, wanted = session.run(None, feed)[0], predictions(whole, x, problem)
    assert got == pytest.approx(wanted.reshape(len(x), -1), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("name", BOOSTED)
def test_it_stops_where_more_rounds_would_not_have_helped(made, name):
    problem, x, y, judge_x, judge_y = matrices(made, "regression")
    model, rounds = fit_in_rounds(fresh("regression", name), x, y, judge_x, judge_y, 30.0)

    def of(number):
        other, _ = fit_in_rounds(fresh("regression", name), x, y, judge_x, judge_y, 30.0, number)
        return score(problem.measure, judge_y, predictions(other, judge_x, problem), problem)

    best = of(rounds)
    assert best == pytest.approx(
        score(problem.measure, judge_y, predictions(model, judge_x, problem), problem)
    )
    assert best >= max(of(max(1, rounds // 2)), of(rounds + 15)) - 1e-9


@pytest.mark.parametrize("name", [*BOOSTED, "random forest"])
def test_it_stops_when_the_time_is_over_and_still_predicts(made, name):
    problem, x, y, judge_x, judge_y = matrices(made, "multiclass", 3000)
    begun = time.monotonic()
    model, rounds = fit_in_rounds(fresh("multiclass", name, 0.001), x, y, judge_x, judge_y, 0.2)
    least = 10 if name == "random forest" else 1
    assert rounds >= least
    assert time.monotonic() - begun < 20
    assert np.isfinite(predictions(model, judge_x, problem)).all()


def test_a_class_that_only_the_judged_rows_hold_does_not_stop_it(made):
    _, x, y, judge_x, judge_y = matrices(made, "multiclass")
    few = y != 2
    for name in BOOSTED:
        model, _ = fit_in_rounds(fresh("multiclass", name), x[few], y[few], judge_x, judge_y, 10.0)
        assert list(model.classes_) == [0, 1]


def test_models_without_rounds_are_just_fitted(made):
    _, x, y, judge_x, judge_y = matrices(made, "binary")
    model = families("binary")["naive Bayes"].make(0)
    assert rounds_name(model) is None
    fitted, rounds = fit_in_rounds(model, np.nan_to_num(x), y, judge_x, judge_y, 1.0)
    assert rounds is None
    assert len(fitted.classes_) == 2
