"""The model is judged by what it costs and by the usual measures, each against an independent computation."""

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline

from helpers.errors import BadInput
from helpers.model import evaluate, scoring


@pytest.fixture
def scored():
    """Labels and calibrated probabilities of 4,000 rows."""
    draw = np.random.default_rng(0)
    probability = draw.beta(1, 3, 4000)
    return (draw.random(4000) < probability).astype(int), probability


@pytest.mark.parametrize(("missed", "wasted"), [(1, 1), (5, 1), (1, 5), (500, 60)])
def test_the_threshold_costs_least_of_all_that_there_are(scored, missed, wasted):
    y, probability = scored
    chosen = evaluate.best_threshold(evaluate.cost_curve(y, probability, missed, wasted))

    def by_hand(threshold):
        return sum(
            missed if label and p < threshold else wasted if not label and p >= threshold else 0
            for label, p in zip(y, probability, strict=True)
        ) / len(y)

    grid = [n / 200 for n in range(1, 200)]
    assert by_hand(chosen) == pytest.approx(min(map(by_hand, grid)), rel=1e-9)
    assert chosen == pytest.approx(
        wasted / (missed + wasted), abs=0.1
    )  # where probabilities are right (Elkan 2001)


def test_costs_must_be_positive(scored):
    with pytest.raises(BadInput, match="must be above 0"):
        evaluate.cost_curve(*scored, 0, 1)


def test_the_measures_are_those_of_scikit_learn(made, scored):
    y, probability = scored
    both = np.column_stack([1 - probability, probability])
    found = scoring.measures(y, both, made("binary")[0])
    assert found["roc_auc"] == pytest.approx(metrics.roc_auc_score(y, probability))
    assert found["neg_log_loss"] == pytest.approx(-metrics.log_loss(y, probability))
    assert found["average_precision"] == pytest.approx(metrics.average_precision_score(y, probability))
    numbers, wanted = probability * 100, y * 80.0
    found = scoring.measures(wanted, numbers, made("regression")[0])
    assert found["neg_root_mean_squared_error"] == pytest.approx(-np.sqrt(np.mean((wanted - numbers) ** 2)))
    assert found["r2"] == pytest.approx(metrics.r2_score(wanted, numbers))


def test_a_measure_that_does_not_fit_the_task_is_refused(made):
    from dataclasses import replace

    with pytest.raises(BadInput, match="does not fit a regression task"):
        scoring.check_measure(replace(made("regression")[0], measure="roc_auc"))


def test_the_bootstrap_interval_of_a_mean_is_the_one_of_the_textbook():
    values = np.random.default_rng(0).normal(10, 2, 1000)
    low, high = scoring.interval(values, values, lambda a, _: a.mean(), 0, 2000)
    half = 1.96 * values.std(ddof=1) / np.sqrt(1000)
    assert low == pytest.approx(values.mean() - half, abs=half / 10)
    assert high == pytest.approx(values.mean() + half, abs=half / 10)


def test_calibration_counts_every_row_once_and_finds_right_probabilities_right(scored):
    table = evaluate.calibration(*scored)
    assert table["rows"].sum() == 4000
    assert (table["predicted"] - table["observed"]).abs().max() < 0.06


def test_the_baseline_is_scikit_learns_dummy(made):
    for task, dummy in (("multiclass", DummyClassifier(strategy="prior")), ("regression", DummyRegressor())):
        problem, rows = made(task)
        y = scoring.target(problem, rows)
        dummy.fit(np.zeros((len(y), 1)), y)
        wanted = (
            dummy.predict_proba(np.zeros((3, 1))) if task == "multiclass" else dummy.predict(np.zeros((3, 1)))
        )
        assert evaluate.baseline(y, 3, problem) == pytest.approx(wanted)


def test_the_worst_slice_is_the_one_that_was_planted(made):
    problem, rows = made("binary", 2000)
    x, draw = rows.drop(columns="y"), np.random.default_rng(1)
    wrong = np.where(x["level"] == "blue", 0.9, 0.2) + draw.normal(0, 0.05, len(x))
    worst = evaluate.slices(x, wrong, problem).iloc[0]
    assert worst["slice"] == "level = blue"
    assert worst["rows"] == (x["level"] == "blue").sum()
    far = np.where(x["thin"] > 40.1, 0.9, 0.2)
    worst = evaluate.slices(x, far, problem).iloc[0]
    assert worst["slice"].startswith("thin ")
    assert worst["error"] == pytest.approx(0.9)


def test_the_column_that_carries_the_answer_matters_most_and_noise_does_not(made):
    problem, _ = made("regression")
    draw = np.random.default_rng(0)
    x = pd.DataFrame({"noise": draw.normal(size=500), "signal": draw.normal(size=500)})
    y = 3 * x["signal"].to_numpy() + draw.normal(0, 0.1, 500)
    found = evaluate.importance(make_pipeline(LinearRegression()).fit(x, y), x, y, problem, 0)
    assert list(found.index) == ["signal", "noise"]
    assert found["noise"] == pytest.approx(0, abs=0.01)


def test_errors_are_what_is_missing_to_certainty_or_the_distance():
    both = np.array([[0.9, 0.1], [0.2, 0.8]])
    assert evaluate.errors_of(np.array([0, 0]), both) == pytest.approx([0.1, 0.8])
    assert evaluate.errors_of(np.array([1.0, 5.0]), np.array([3.0, 4.0])) == pytest.approx([2, 1])
