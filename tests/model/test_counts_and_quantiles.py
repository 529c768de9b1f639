"""Counts are fitted and judged as counts, quantiles as quantiles, by every family that can, to the exported graph."""

import numpy as np
import onnxruntime
import pandas as pd
import pytest
from sklearn.metrics import mean_pinball_loss, mean_poisson_deviance

from helpers.data.label import problem_of
from helpers.errors import BadInput
from helpers.model import automl, evaluate, goals, race, scoring, train
from helpers.model.card import signature
from helpers.model.families import families, suited
from helpers.model.features import model_pipeline
from helpers.model.fits import Candidate, Fits, Job, loaded
from helpers.model.package.onnx import to_onnx
from helpers.problem import COUNTS, PINBALL, Problem

OF_COUNTS = {"dummy", "Poisson regression", "LightGBM", "CatBoost", "histogram boosting", "XGBoost"}
OF_QUANTILES = {"dummy", "quantile regression", "LightGBM", "CatBoost", "histogram boosting"}
PROBLEMS = {
    "counts": Problem("made", "y", "regression", COUNTS),
    "quantile": Problem("made", "y", "regression", PINBALL, quantile=0.8),
}
EVERY = [("counts", n) for n in sorted(OF_COUNTS)] + [("quantile", n) for n in sorted(OF_QUANTILES)]


def rows_of(kind, count=600, seed=0):
    """Counts with a mean of e^(0.8 a), or numbers whose spread grows with a; some values of a are missing."""
    draw = np.random.default_rng(seed)
    a = draw.uniform(-1.5, 1.5, count)
    y = draw.poisson(np.exp(0.8 * a)) if kind == "counts" else 3 * a + draw.exponential(2 + a)
    frame = pd.DataFrame({"a": a, "b": draw.normal(size=count), "kind": draw.choice(["x", "y"], count)})
    frame.loc[draw.random(count) < 0.05, "b"] = np.nan
    return frame.assign(y=y.astype(float))


def test_the_families_that_fit_counts_and_quantiles_are_these():
    assert set(suited(PROBLEMS["counts"])) == OF_COUNTS
    assert set(suited(PROBLEMS["quantile"])) == OF_QUANTILES
    plain = suited(Problem("made", "y", "regression", "r2"))
    assert not {"Poisson regression", "quantile regression"} & set(plain)
    assert suited(Problem("made", "y", "binary", "roc_auc")).keys() == families("binary").keys()
    with pytest.raises(
        BadInput, match=r"'ridge' cannot be fitted .*\(counts\); these can: .*Poisson regression"
    ):
        suited(PROBLEMS["counts"], ["ridge"])


@pytest.mark.parametrize(("kind", "name"), EVERY)
def test_a_family_beats_the_baseline_as_promised_and_its_graph_says_the_same(kind, name):
    problem, rows, new = PROBLEMS[kind], rows_of(kind), rows_of(kind, 2000, 1)
    x, y, truth = rows.drop(columns="y"), scoring.target(problem, rows), scoring.target(problem, new)
    family = suited(problem)[name]
    model = model_pipeline(x, family.make(0), "regression", **family.features).fit(x, y)
    said = scoring.predictions(model, new.drop(columns="y"), problem)
    base = evaluate.baseline(y, len(new), problem)
    value, least = (scoring.score(problem.measure, truth, p, problem) for p in (said, base))
    assert value == pytest.approx(least) if name == "dummy" else value > least
    if kind == "counts":
        assert (said > 0).all()
        assert value == pytest.approx(-mean_poisson_deviance(truth, said))
    else:
        assert goals.share_below(truth, said) == pytest.approx(0.8, abs=0.1)
        assert value == pytest.approx(-mean_pinball_loss(truth, said, alpha=0.8))
    graph = to_onnx(model, [{"name": n, "kind": "category" if n == "kind" else "number"} for n in x])
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    feed = {f"x{n}": new[[c]].to_numpy(object if c == "kind" else float) for n, c in enumerate(x)}
    got = session.run(None, {i.name: feed[i.name] for i in session.get_inputs()})[0][:, 0]
    assert np.abs(got - said).max() < (1e-5 if name == "XGBoost" else 1e-10)


@pytest.mark.parametrize("kind", PROBLEMS)
@pytest.mark.parametrize("name", ["LightGBM", "CatBoost"])
def test_boosting_that_stopped_early_keeps_to_the_loss_and_is_built_again_alike(kind, name, tmp_path):
    problem, rows = PROBLEMS[kind], rows_of(kind)
    y, parts = scoring.target(problem, rows), train.folds(rows, problem, 3, 0)
    fits = Fits(suited(problem), rows, y, problem, parts, 0, tmp_path)
    chosen = Candidate("one", name, {"learning_rate": 0.1}, {"impute": "none", "encode": "ordinal"})
    fit = fits(Job(chosen, 0, 20.0))
    again = fits(Job(chosen, 0, 20.0, rounds=fit.rounds))
    assert np.array_equal(fit.predicted, again.predicted)
    judge = parts[0][1]
    said = scoring.predictions(loaded([fit])[0], rows.drop(columns="y").iloc[judge], problem)
    assert np.array_equal(said, fit.predicted)
    base = evaluate.baseline(y[parts[0][0]], len(judge), problem)
    assert fit.score > scoring.score(problem.measure, y[judge], base, problem)


@pytest.mark.parametrize("kind", PROBLEMS)
def test_a_budget_starts_from_families_of_that_loss(kind):
    problem = PROBLEMS[kind]
    names = set(race.entrants(suited(problem), [], [], 600)[0])
    linear = "Poisson regression" if kind == "counts" else "quantile regression"
    assert names == {linear, "LightGBM", "CatBoost", "histogram boosting"}
    assert automl.suited is suited


def test_the_quantile_goes_into_goal_baseline_and_signature():
    problem, rows = PROBLEMS["quantile"], rows_of("quantile")
    y = scoring.target(problem, rows)
    base = evaluate.baseline(y, len(y), problem)
    assert base[0] == np.quantile(y, 0.8)
    goal = goals.number_goal(y, base, problem, 1, 1)
    assert goal["below"] == pytest.approx(0.8, abs=0.01)
    assert goal["low"] < goal["below"] < goal["high"]
    assert "it should be 80 %" in goals.in_words(goal)
    made = signature(problem, {"inputs": [], "outputs": []}, {"threshold": None}, "LGBMRegressor")
    assert made["quantile"] == 0.8
    assert Problem(**problem.as_dict()) == problem


def asked(values, **given):
    rows = pd.DataFrame({"x": [f"{n} z" for n in range(len(values))], "y": values})
    kind = "category" if isinstance(values[0], str) else "float"
    return problem_of("made", rows, {"x": "text", "y": kind}, "y", **given)


@pytest.mark.parametrize(
    ("given", "values", "said"),
    [
        ({"quantile": 0.0}, [0.5, 1.5, 2.5] * 9, "above 0 and below 1, not 0"),
        ({"quantile": 1.0}, [0.5, 1.5, 2.5] * 9, "above 0 and below 1, not 1"),
        ({"quantile": 0.5}, ["no", "yes"] * 9, "the task is binary"),
        ({"quantile": 0.5, "measure": "r2"}, [0.5, 1.5, 2.5] * 9, "not by 'r2'"),
        ({"measure": PINBALL}, [0.5, 1.5, 2.5] * 9, r"set ingest\.quantile"),
        ({"measure": COUNTS, "task": "regression"}, [-1.0, 2.0, 3.0] * 9, "negative in 9 of 27 rows"),
    ],
)
def test_what_no_quantile_and_no_count_can_be_is_refused(given, values, said):
    with pytest.raises(BadInput, match=said):
        asked(values, **given)


def test_a_target_that_looks_like_a_count_is_said_to_be_one():
    counts = np.random.default_rng(0).poisson(5, 300).astype(float)
    assert COUNTS in asked(list(counts))[1]["counts"]
    assert "counts" not in asked(list(counts + 0.5))[1]
    assert "counts" not in asked(list(counts * 1000 + 1), task="regression")[1]
    assert "counts" not in asked(list(counts), measure=COUNTS)[1]
