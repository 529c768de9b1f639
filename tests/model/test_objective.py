"""The threshold serves the objective: costs, a capacity or a bound, each against a count by hand."""

import numpy as np
import pytest

from helpers.bundle import decided
from helpers.errors import BadInput
from helpers.model import goals, objective
from helpers.model.objective import Objective
from helpers.problem import COUNTS, Problem


@pytest.fixture(scope="module")
def scored():
    """Labels and calibrated probabilities of 4,000 rows."""
    draw = np.random.default_rng(0)
    probability = draw.beta(1, 3, 4000)
    return (draw.random(4000) < probability).astype(int), probability


def _problem(task, **more):
    return Problem("made", "y", task, "", **more)


def by_hand(y, probability, threshold, missed, wasted, found=0.0):
    total = 0.0
    for label, p in zip(y, probability, strict=True):
        acted = p >= threshold
        total += (
            missed if label and not acted else wasted if acted and not label else -found if acted else 0.0
        )
    return total / len(y)


@pytest.mark.parametrize(
    ("missed", "wasted", "found"), [(1, 1, 0), (5, 1, 0), (1, 5, 0), (500, 60, 0), (1, 3, 9)]
)
def test_the_threshold_costs_least_of_all_that_there_are(scored, missed, wasted, found):
    y, probability = scored
    aim = Objective(missed, wasted, found)
    chosen = objective.best_threshold(y, probability, aim)
    curve = objective.cost_curve(y, probability, aim)
    for at in (0, 57, 198):
        t = curve["threshold"][at]
        assert curve["cost"][at] == pytest.approx(by_hand(y, probability, t, missed, wasted, found))
    assert by_hand(y, probability, chosen, missed, wasted, found) == pytest.approx(curve["cost"].min())
    true = wasted / (missed + wasted + found)  # where probabilities are right (Elkan 2001)
    assert chosen == pytest.approx(true, abs=0.1)


def test_a_capacity_is_used_and_never_exceeded(scored):
    y, probability = scored
    aim = objective.objective_of(1, 1, 0, 500, 4000, None)
    t = objective.best_threshold(y, probability, aim)
    assert (probability >= t).sum() == 500
    assert set(np.argsort(-probability)[:500]) == set(np.flatnonzero(probability >= t))
    tied = np.round(probability, 1)
    assert (tied >= objective.best_threshold(y, tied, aim)).sum() <= 500
    assert (np.ones(10) >= objective.best_threshold(y[:10], np.ones(10), aim)).sum() == 0


def test_a_bound_is_kept_and_the_most_is_made_of_it(scored):
    from sklearn.metrics import precision_recall_curve

    y, probability = scored
    aim = objective.objective_of(1, 1, 0, None, 1000, "recall >= 0.3 at precision >= 0.5")
    t = objective.best_threshold(y, probability, aim)
    given = objective.served(y, probability, t, aim)
    precision, recall, _ = precision_recall_curve(y, probability)
    assert given["precision"] >= 0.5
    assert given["recall"] == pytest.approx(recall[:-1][precision[:-1] >= 0.5].max(), abs=0.01)
    assert objective.is_met(given, aim, y.mean())[0] is (given["recall"] >= 0.3)
    asked = objective.objective_of(1, 1, 0, None, 1000, "recall >= 0.99 at precision >= 0.9")
    hard = objective.served(y, probability, objective.best_threshold(y, probability, asked), asked)
    assert not objective.is_met(hard, asked, y.mean())[0]


def test_of_thresholds_that_reach_as_much_the_one_that_acts_least_in_vain_is_taken():
    y, probability = np.array([0, 0, 0, 0, 1, 1, 1, 1]), np.arange(1, 9) / 10
    aim = objective.objective_of(1, 1, 0, None, 1000, "recall >= 0.8 at precision >= 0.5")
    assert objective.best_threshold(y, probability, aim) == 0.5  # from 0.1 on, every row would be acted on


def test_the_interval_of_the_threshold_holds_the_threshold(scored):
    y, probability = scored
    low, high = objective.threshold_interval(y, probability, Objective(5, 1), 0)
    assert low <= objective.best_threshold(y, probability, Objective(5, 1)) <= high


def test_an_objective_survives_json():
    import json

    aim = objective.objective_of(2, 3, 4, None, 1000, "precision >= 0.5 at recall >= 0.8")
    again = Objective(**json.loads(json.dumps(aim.as_dict())))
    assert str(again) == str(aim) == "precision of at least 0.5 at a recall of at least 0.8"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ((0, 1, 0, None, 1000, None), "must be above 0"),
        ((1, -1, 0, None, 1000, None), "must be above 0"),
        ((1, 1, -1, None, 1000, None), "must not be negative"),
        ((1, 1, 0, 5, 1000, "recall >= 0.8 at precision >= 0.5"), "two objectives"),
        ((1, 1, 0, 2000, 1000, None), "between 1 and capacity_of"),
        ((1, 1, 0, 0, 1000, None), "between 1 and capacity_of"),
        ((1, 1, 0, None, 1000, "recall > 0.8"), "must read like"),
        ((1, 1, 0, None, 1000, "recal >= 0.8 at precision >= 0.5"), "did you mean 'recall'"),
        ((1, 1, 0, None, 1000, "recall >= 80 at precision >= 0.5"), "between 0 and 1"),
        ((1, 1, 0, None, 1000, "recall >= 0.8.1 at precision >= 0.5"), "is no number"),
        ((1, 1, 0, None, 1000, "recall >= 0.8 at recall >= 0.5"), "twice"),
    ],
)
def test_an_objective_that_makes_no_sense_is_refused(given, said):
    with pytest.raises(BadInput, match=said):
        objective.objective_of(*given)


def test_the_cheapest_class_is_that_of_least_expected_cost():
    matrix = goals.cost_matrix(["a", "b", "c"], ["a > b = 10", "c > a = 0.5"])
    assert matrix.tolist() == [[0, 10, 1], [1, 0, 1], [0.5, 1, 0]]
    p = np.array([[0.2, 0.6, 0.2], [0.05, 0.9, 0.05]])
    expected = [[sum(p[i, t] * matrix[t, k] for t in range(3)) for k in range(3)] for i in range(2)]
    assert decided(p, None, matrix.tolist()).tolist() == np.argmin(expected, axis=1).tolist()
    assert goals.costs_of_classes(np.array([0, 1]), p, matrix)["cost"] == pytest.approx(
        np.mean([matrix[t, k] for t, k in zip([0, 1], np.argmin(expected, axis=1), strict=True)])
    )
    assert decided(p, None, None).tolist() == [1, 1]
    with pytest.raises(BadInput, match="did you mean 'beta'"):
        goals.cost_matrix(["alpha", "beta"], ["alpha > bete = 3"])
    with pytest.raises(BadInput, match="must have the form"):
        goals.cost_matrix(["a", "b"], ["a, b: 3"])
    with pytest.raises(BadInput, match="not negative"):
        goals.cost_matrix(["a", "b"], ["a > b = -3"])
    with pytest.raises(BadInput, match="'1e' in 'a > b = 1e' is no number"):
        goals.cost_matrix(["a", "b"], ["a > b = 1e"])
    with pytest.raises(BadInput, match="is no mistake"):
        goals.cost_matrix(["a", "b"], ["a > a = 2"])


def test_costs_of_several_classes_are_refused_for_other_tasks_and_needed_where_they_are_required():
    with pytest.raises(BadInput, match=r"the task is binary; leave it out, or set cost_missed"):
        goals.must_suit(_problem("binary"), costs=["a > b = 3"])
    with pytest.raises(BadInput, match=r"the task is regression; leave it out, or set cost_under"):
        goals.must_suit(_problem("regression"), costs=["a > b = 3"])
    with pytest.raises(BadInput, match=r"name them in evaluate\.costs"):
        goals.classes_goal(np.array([0]), np.ones((1, 3)) / 3, ["a", "b", "c"], [], required=True)


def test_costs_of_errors_are_refused_where_a_quantile_is_predicted():
    with pytest.raises(BadInput, match=r"ingest\.quantile is 0\.9; leave one of them out"):
        goals.must_suit(_problem("regression", quantile=0.9), cost_under=9.0, cost_over=1.0)
    goals.must_suit(_problem("regression", quantile=0.9), cost_under=1.0, cost_over=1.0, costs=[], bound=None)


def test_the_shift_is_the_one_of_least_asymmetric_cost():
    draw = np.random.default_rng(0)
    y = draw.normal(0, 1, 2000)
    predicted = np.zeros(2000)
    shift = goals.best_shift(y, predicted, 3, 1)
    costs = [goals.asymmetric_cost(y, predicted + s, 3, 1) for s in np.linspace(-2, 2, 401)]
    assert goals.asymmetric_cost(y, predicted + shift, 3, 1) == pytest.approx(min(costs), rel=1e-3)
    with pytest.raises(BadInput, match="must be above 0"):
        goals.asymmetric_cost(y, predicted, 0, 1)


def test_numbers_are_shifted_only_where_too_much_and_too_little_cost_differently():
    y, predicted = np.array([1.0, 2.0, 9.0, 4.0, 10.0]), np.ones(5)
    alike = goals.number_goal(y, predicted, _problem("regression"), 2, 2)
    assert "shift" not in alike
    assert alike["cost"] == 2 * np.mean([0, 1, 8, 3, 9])
    assert "added" not in goals.in_words(alike)
    apart = goals.number_goal(y, predicted, _problem("regression"), 3, 1)
    assert apart["shift"] == 8
    assert apart["cost_shifted"] == np.mean([8, 7, 0, 5, 3 * 1])


@pytest.mark.parametrize(
    ("more", "costs", "said"),
    [
        ({}, (1.0, 1.0), r"needs costs that differ; set evaluate\.cost_under"),
        ({"quantile": 0.9}, (1.0, 1.0), r"ingest\.quantile is 0\.9; leave one out"),
    ],
)
def test_an_objective_of_numbers_cannot_be_required_where_there_is_none(more, costs, said):
    with pytest.raises(BadInput, match=said):
        goals.number_goal(np.ones(3), np.ones(3), _problem("regression", **more), *costs, required=True)


def test_counts_are_never_shifted_below_zero():
    y, predicted = np.array([0.0, 0.0, 1.0, 0.0]), np.array([0.2, 0.3, 4.0, 0.1])
    counts = Problem("made", "y", "regression", COUNTS)
    goal = goals.number_goal(y, predicted, counts, 1, 9)
    moved = np.maximum(predicted + goal["shift"], 0)
    assert (predicted + goal["shift"]).min() < 0
    assert goal["cost_shifted"] == pytest.approx(np.mean(np.where(moved > y, 9 * (moved - y), y - moved)))


def test_every_goal_is_told_in_a_sentence(scored):
    y, probability = scored
    told = goals.in_words(goals.binary_goal(y, probability, Objective(5, 1), False, 0))
    assert "cost of 5" in told
    assert "Act from a probability" in told
    assert "added to every prediction" in goals.in_words(
        goals.number_goal(y.astype(float), probability, _problem("regression"), 1, 2)
    )
    classes = np.column_stack([1 - probability, probability / 2, probability / 2])
    assert "least expected cost" in goals.in_words(
        goals.classes_goal(y, classes, ["a", "b", "c"], ["a > b = 2"])
    )
    assert "counts the same" in goals.in_words({})
