"""Weights are chosen greedily on rows that no member has seen, and no better mixture is near."""

import numpy as np
import pytest
from sklearn import metrics

from helpers.model import scoring
from helpers.model.quick_measures import quick
from helpers.model.selection import greedy_weights, mixture, nested_gain


@pytest.fixture
def three(made):
    """A regression target and three noisy views of it: two with errors of their own, one a copy with more noise."""
    problem, _ = made("regression")
    draw = np.random.default_rng(0)
    y = draw.normal(0, 1, 2000)
    first = y + draw.normal(0, 0.5, 2000)
    views = {
        "first": first,
        "second": y + draw.normal(0, 0.5, 2000),
        "copy": first + draw.normal(0, 0.5, 2000),
    }
    return problem, y, views


def test_two_that_err_differently_share_the_weight_and_a_worse_copy_gets_none(three):
    problem, y, views = three
    weights = greedy_weights(views, y, problem)
    assert sum(weights.values()) == pytest.approx(1)
    assert weights["first"] == pytest.approx(0.5, abs=0.08)  # what least squares says, too
    assert weights.get("copy", 0) < 0.05


def test_the_mixture_is_as_good_as_the_best_on_a_grid(three):
    problem, y, views = three
    found = scoring.score(problem.measure, y, mixture(views, greedy_weights(views, y, problem)), problem)
    grid = np.linspace(0, 1, 41)
    best = max(
        scoring.score(
            problem.measure,
            y,
            a * views["first"] + b * views["second"] + (1 - a - b) * views["copy"],
            problem,
        )
        for a in grid
        for b in grid
        if a + b <= 1
    )
    assert found >= best - 5e-3 * abs(best)


def test_the_nested_scores_tell_a_gain_where_there_is_one_and_none_where_all_are_alike(three):
    problem, y, views = three
    mixed, single = nested_gain(views, y, problem)
    assert mixed > single + 0.1
    same = {"a": views["first"], "b": views["first"].copy()}
    assert nested_gain(same, y, problem)[0] == pytest.approx(nested_gain(same, y, problem)[1])


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_the_quick_measures_are_those_of_scikit_learn(made, task):
    problem, rows = made(task)
    y, draw = scoring.target(problem, rows), np.random.default_rng(1)
    if task == "regression":
        predicted = y + draw.normal(0, 9, len(y))
        assert quick("neg_mean_absolute_error", predicted)(y, predicted) == pytest.approx(
            -metrics.mean_absolute_error(y, predicted)
        )
        assert quick("r2", predicted) is None
        return
    predicted = draw.dirichlet(np.ones(len(problem.classes)), len(y)).round(2)  # with ties, and zeros
    predicted /= predicted.sum(axis=1, keepdims=True)
    assert quick("neg_log_loss", predicted)(y, predicted) == pytest.approx(
        -metrics.log_loss(y, np.clip(predicted, 1e-15, 1), labels=range(len(problem.classes))), abs=1e-9
    )
    by_formula = quick("roc_auc", predicted)
    if task == "binary":
        assert by_formula(y, predicted) == pytest.approx(metrics.roc_auc_score(y, predicted[:, 1]), abs=1e-12)
    else:
        assert by_formula is None
