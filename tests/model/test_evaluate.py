"""The model is judged by what it costs and by the usual measures, each against an independent computation."""

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics
from sklearn.dummy import DummyClassifier, DummyRegressor

from helpers.errors import BadInput
from helpers.model import evaluate, scoring
from helpers.problem import Problem


@pytest.fixture
def scored():
    """Labels and calibrated probabilities of 4,000 rows."""
    draw = np.random.default_rng(0)
    probability = draw.beta(1, 3, 4000)
    return (draw.random(4000) < probability).astype(int), probability


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


def test_the_interval_of_very_many_rows_takes_fewer_draws_and_is_as_theory_says():
    values, calls = np.random.default_rng(0).normal(size=200_000), []
    low, high = scoring.interval(values, values, lambda a, _: calls.append(1) or a.mean(), 0, 1000)
    assert len(calls) == 200
    assert high - low == pytest.approx(2 * 1.96 / np.sqrt(200_000), rel=0.2)


def test_the_bootstrap_interval_of_a_mean_is_the_one_of_the_textbook():
    values = np.random.default_rng(0).normal(10, 2, 1000)
    low, high = scoring.interval(values, values, lambda a, _: a.mean(), 0, 2000)
    half = 1.96 * values.std(ddof=1) / np.sqrt(1000)
    assert low == pytest.approx(values.mean() - half, abs=half / 10)
    assert high == pytest.approx(values.mean() + half, abs=half / 10)


def test_the_baseline_is_scikit_learns_dummy(made):
    for task, dummy in (("multiclass", DummyClassifier(strategy="prior")), ("regression", DummyRegressor())):
        problem, rows = made(task)
        y = scoring.target(problem, rows)
        dummy.fit(np.zeros((len(y), 1)), y)
        wanted = (
            dummy.predict_proba(np.zeros((3, 1))) if task == "multiclass" else dummy.predict(np.zeros((3, 1)))
        )
        assert evaluate.baseline(y, 3, problem) == pytest.approx(wanted)


def test_the_hardest_rows_are_those_with_the_largest_errors(made):
    problem, rows = made("binary", 50)
    y = scoring.target(problem, rows)
    both = np.column_stack([1 - np.linspace(0, 1, 50), np.linspace(0, 1, 50)])
    hard = evaluate.hardest(rows[["grid", "level"]], y, both, problem, 3)
    wanted = np.argsort(-evaluate.errors_of(y, both), kind="stable")[:3]
    assert list(hard.index) == list(wanted)
    assert list(hard["true"]) == [problem.classes[n] for n in y[wanted]]
    assert set(hard.columns) == {"predicted", "true", "error", "grid", "level"}


def test_the_hardest_rows_are_called_what_the_bundle_calls_them_and_not_the_likelier_class(made):
    problem, rows = made("binary", 50)
    both = np.tile([0.7, 0.3], (50, 1))
    for threshold, said in ((0.25, 1), (0.35, 0), (None, 0)):
        hard = evaluate.hardest(rows[["grid"]], np.zeros(50, int), both, problem, thresholds=threshold)
        assert set(hard["predicted"]) == {problem.classes[said]}


def test_errors_are_what_is_missing_to_certainty_or_the_distance():
    both = np.array([[0.9, 0.1], [0.2, 0.8]])
    assert evaluate.errors_of(np.array([0, 0]), both) == pytest.approx([0.1, 0.8])
    assert evaluate.errors_of(np.array([1.0, 5.0]), np.array([3.0, 4.0])) == pytest.approx([2, 1])


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_rows_are_judged_by_what_was_said_of_them_unseen_and_by_the_model_where_nothing_was(made, task):
    problem, rows = made(task, 60)
    columns = problem.classes if problem.is_classification else ["prediction"]
    draw = np.random.default_rng(0)
    unseen = pd.DataFrame(draw.random((40, len(columns))), rows.index[10:50], columns)
    some, said = evaluate.judged(None, rows, unseen, problem, 0, most=25)
    assert len(some) == 25
    assert said.reshape(25, -1) == pytest.approx(unseen.loc[some.index].to_numpy())
    assert said.ndim == (2 if problem.is_classification else 1)
    dummy = DummyRegressor() if task == "regression" else DummyClassifier()
    dummy.fit(np.zeros((60, 1)), scoring.target(problem, rows))
    every, said = evaluate.judged(dummy, rows, pd.DataFrame(), problem, 0, most=25)
    assert every is rows
    assert len(said) == 60


@pytest.mark.parametrize(
    ("rows", "unseen", "said"),
    [
        (704, 0, "704 validation rows"),
        (40, 40, "40 rows, each judged by parts of the model that have not learnt from it"),
        (5000, 7043, "5,000 of 7,043 rows, each judged by parts of the model that have not learnt from it"),
    ],
)
def test_rows_are_called_validation_rows_only_where_they_were_kept_for_that(rows, unseen, said):
    assert evaluate.which(rows, unseen) == said


def test_the_interval_of_rows_in_groups_holds_the_truth_as_often_as_it_says():
    """How often a model is right varies among groups: drawn one by one, rows seem to tell more than they do."""
    draw, held = np.random.default_rng(0), {"rows": 0, "groups": 0}
    for seed in range(100):
        groups = np.repeat(np.arange(60), draw.integers(1, 15, 60))
        right = (draw.random(len(groups)) < draw.beta(1.6, 0.4, 60)[groups]).astype(float)
        for how, given in (("rows", None), ("groups", groups)):
            low, high = scoring.interval(right, right, lambda a, _: a.mean(), seed, 200, groups=given)
            held[how] += low <= 0.8 <= high
    assert held["groups"] >= 88
    assert held["rows"] < 75


def test_whole_groups_are_drawn_each_with_all_of_its_rows_and_weights():
    groups, seen = np.array([2, 0, 1, 2, 0, 2, 3]), []
    scoring.interval(
        groups, groups, lambda a, _, w: seen.append((a, w)) or 0.0, 0, 200, weight=groups * 2.0, groups=groups
    )
    counts = np.array([np.bincount(a, minlength=4) for a, _ in seen])
    assert (counts % np.bincount(groups) == 0).all()
    assert (counts // np.bincount(groups)).sum(axis=1).tolist() == [4] * 200
    assert all((w == 2 * a).all() for a, w in seen)


def test_of_one_group_its_rows_are_drawn():
    y = np.arange(50.0)
    low, high = scoring.interval(y, y, lambda a, _: a.mean(), 0, 500, groups=np.zeros(50, int))
    assert high - low == pytest.approx(2 * 1.96 * y.std() / np.sqrt(50), rel=0.15)


def test_draws_of_rows_that_weigh_nothing_are_passed_over():
    weight = np.repeat([0.0, 0.0, 1.0], 5)
    mean = scoring.interval(
        weight,
        weight,
        lambda a, _, w: np.average(a, weights=w),
        weight=weight,
        groups=np.repeat([0, 1, 2], 5),
    )
    assert mean == (1.0, 1.0)


def test_rows_without_a_group_are_groups_of_their_own():
    problem = Problem("t", "y", "regression", "r2", group="g")
    rows = pd.DataFrame({"g": ["a", None, "b", None, "a"]})
    found = scoring.groups_of(problem, pd.concat([rows, rows]))
    assert found[[0, 2, 4]].tolist() == found[[5, 7, 9]].tolist() == [0, 1, 0]
    assert len(set(found)) == 2 + 4
    assert scoring.groups_of(Problem("t", "y", "regression", "r2"), rows) is None
