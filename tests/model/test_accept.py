"""A model is accepted when it beats the baseline on sealed rows and reaches what was asked, and never else."""

from dataclasses import replace

import numpy as np
import pytest

from helpers.errors import BadInput
from helpers.model import accept, conformal, evaluate, goals, objective, scoring
from helpers.report.text import number


@pytest.mark.parametrize(
    ("value", "baseline", "required", "accepted"),
    [
        (0.8, 0.5, None, True),
        (0.8, 0.5, 0.8, True),
        (0.8, 0.5, 0.81, False),
        (0.5, 0.5, None, False),
        (0.4, 0.5, 0.3, False),
        (-3.0, -9.0, -3.5, True),
        (-3.0, -9.0, -2.5, False),
        (float("nan"), 0.5, None, False),
        (0.8, float("nan"), None, True),
    ],
)
def test_the_verdict_follows_from_baseline_and_requirement(value, baseline, required, accepted):
    verdict, reason = accept.verdict(accept.measure_tests(value, baseline, required, "roc_auc"))
    assert verdict is accepted
    assert "roc_auc" in reason


@pytest.mark.parametrize(("noise", "accepted"), [(0.3, True), (None, False)])
def test_a_model_that_knows_something_is_accepted_and_one_that_guesses_is_not(made, noise, accepted):
    problem, rows = made("regression")
    y, draw = scoring.target(problem, rows), np.random.default_rng(0)
    guess = np.full(len(y), y.mean()) + draw.normal(0, y.std(), len(y))
    predicted = guess if noise is None else y + draw.normal(0, noise * y.std(), len(y))
    dummy = evaluate.baseline(y, len(y), problem)
    found = accept.acceptance(y, predicted, dummy, problem, {"requirement": None, "objective": {}}, "hash", 0)
    assert found["accepted"] is accepted
    assert found["interval"]["low"] <= found["value"] <= found["interval"]["high"]
    assert found["value"] == pytest.approx(-np.sqrt(np.mean((y - predicted) ** 2)))
    assert found["rows"] == len(y)


@pytest.mark.parametrize(
    ("low", "far", "accepted"),
    [(-0.9, False, True), (-1.1, False, False), (-0.9, True, False)],
)
def test_where_sealed_rows_are_too_few_to_tell_the_validation_rows_decide(made, low, far, accepted):
    problem, _ = made("regression")
    draw = np.random.default_rng(0)
    y = draw.normal(0, 1, 20)
    predicted = np.full(20, 9.0) if far else y.mean() + 0.3 * draw.normal(0, 1, 20)
    evaluation = {"requirement": None, "objective": {}, "measure": problem.measure}
    evaluation |= {"interval": {"low": low, "high": -0.8}, "baseline": {problem.measure: -1.0}}
    found = accept.acceptance(y, predicted, np.full(20, y.mean()), problem, evaluation, "hash", 0)
    assert found["value"] < found["baseline"]
    assert found["accepted"] is accepted
    assert ("20 rows cannot tell them apart" in found["reason"]) is accepted


@pytest.mark.parametrize(
    ("bound", "accepted"),
    [("recall >= 0.3 at precision >= 0.4", True), ("recall >= 0.99 at precision >= 0.95", False)],
)
def test_a_bound_must_hold_on_the_sealed_rows(made, bound, accepted):
    problem, _ = made("binary")
    draw = np.random.default_rng(0)
    p = draw.beta(1, 2, 1000)
    y = (draw.random(1000) < p).astype(int)
    both = np.column_stack([1 - p, p])
    aim = objective.objective_of(1, 1, 0, None, 1000, bound)
    goal = goals.binary_goal(y, p, aim, False, 0)
    evaluation = {
        "requirement": None,
        "objective": goal,
        "threshold": goal["threshold"],
        "conformal": conformal.fit(y, both),
    }
    found = accept.acceptance(y, both, np.full((1000, 2), 0.5), problem, evaluation, "hash", 0)
    assert found["accepted"] is accepted
    assert len(found["tests"]) == 2
    assert found["coverage"]["measured"] == pytest.approx(0.9, abs=0.01)
    assert ("is asked" in found["reason"]) or accepted


@pytest.mark.parametrize("required", [False, True])
def test_costs_of_classes_are_told_and_kept_on_the_sealed_rows_where_they_are_required(made, required):
    """Predictions that know nothing, but are accurate by chance in log loss, name one class: that saves no cost."""
    problem, _ = made("multiclass")
    y = np.array([0, 1, 2] * 40)
    flat = np.tile([0.34, 0.33, 0.33], (120, 1))
    goal = goals.classes_goal(y, flat, problem.classes, ["a > b = 5", "c > b = 5"], required)
    evaluation = {"requirement": None, "objective": goal, "costs": goal["costs"]}
    dummy = np.tile([0.4, 0.3, 0.3], (120, 1))
    found = accept.acceptance(y, flat, dummy, problem, evaluation, "hash", 0)
    assert found["accepted"] is not required
    always = [np.mean([np.array(goal["costs"])[t, k] for t in y]) for k in range(3)]
    assert found["costs"]["cost"] == pytest.approx(min(always))
    assert ("always the same class" in found["reason"]) is required


def test_costs_count_only_where_it_was_asked_for(made):
    problem, _ = made("binary")
    y, p = np.array([1, 0] * 50), np.array([0.6, 0.5] * 50)
    both = np.column_stack([1 - p, p])
    for required, passed in ((False, True), (True, False)):
        goal = goals.binary_goal(y, p, objective.objective_of(100, 1, 0, None, 1000, None), required, 0)
        evaluation = {"requirement": None, "objective": goal, "threshold": 0.1}
        found = accept.acceptance(y, both, np.full((100, 2), 0.5), problem, evaluation, "hash", 0)
        assert found["accepted"] is passed


def test_what_the_threshold_comes_to_is_counted_on_the_sealed_rows_whether_required_or_not(made):
    problem, _ = made("binary")
    draw = np.random.default_rng(0)
    p, y = draw.random(500), draw.integers(0, 2, 500)
    both = np.column_stack([1 - p, p])
    goal = goals.binary_goal(y, p, objective.objective_of(5, 1, 0, None, 1000, None), False, 0)
    evaluation = {"requirement": None, "objective": goal, "threshold": 0.3}
    found = accept.acceptance(y, both, np.full((500, 2), 0.5), problem, evaluation, "hash", 0)["served"]
    acted = p >= 0.3
    assert found["accuracy"] == pytest.approx((acted == (y == 1)).mean())
    assert found["recall"] == pytest.approx(acted[y == 1].mean())
    assert found["cost"] == pytest.approx((5 * (y[~acted] == 1).sum() + (y[acted] == 0).sum()) / 500)
    assert "acting from 0.300 on" in accept.served_said(found, 0.3)


def test_the_baseline_is_judged_on_the_sealed_rows(made):
    problem, rows = made("binary")
    y = scoring.target(problem, rows)
    sealed = np.eye(1, 50, dtype=int)[0]  # another mixture than that of training
    dummy = evaluate.baseline(y, 50, problem)
    evaluation = {"requirement": None, "objective": {}, "threshold": 0.5}
    found = accept.acceptance(sealed, dummy, dummy, problem, evaluation, "hash", 0)
    by_hand = (49 * np.log(1 - y.mean()) + np.log(y.mean())) / 50
    assert found["baseline_measures"]["neg_log_loss"] == pytest.approx(by_hand)


def test_sealed_rows_without_a_class_are_refused_in_one_line_where_the_measure_needs_it(made):
    problem, rows = made("binary")
    dummy = evaluate.baseline(scoring.target(problem, rows), 50, problem)
    evaluation = {"requirement": None, "objective": {}, "threshold": 0.5}
    with pytest.raises(
        BadInput, match="roc_auc cannot be computed on the 50 sealed rows: none of them is of class"
    ):
        accept.acceptance(np.zeros(50, int), dummy, dummy, problem, evaluation, "hash", 0)


def test_a_measure_that_is_not_defined_for_a_prediction_is_laid_at_the_model_and_not_at_the_rows(made):
    problem, rows = made("regression")
    problem = replace(problem, measure="neg_mean_squared_log_error")
    y = np.abs(scoring.target(problem, rows))
    for of_rows, said in ((y, "not defined for what the model says"), (-y - 2, "they do not allow it")):
        with pytest.raises(BadInput, match=said):
            evaluate.evaluation(of_rows, -y - 2, y, problem, {}, None, 0)


@pytest.mark.parametrize(("errors", "kept"), [(1.0, True), (2.0, False)])
def test_fewer_truths_inside_than_chance_explains_are_called_so(errors, kept):
    draw = np.random.default_rng(0)
    y, wide = draw.normal(size=2000), draw.normal(0, errors, 2000)
    fitted = conformal.fit(y, y + draw.normal(size=2000), 0.9)
    said = accept.coverage_said(accept.coverage(y, y + wide, fitted))
    assert ("as promised" in said) is kept
    assert ("fewer than chance explains" in said) is not kept


def test_a_share_below_the_promise_is_not_called_better_though_chance_explains_it():
    told = {"level": 0.9, "chance": 0.07}
    below, above = (accept.coverage_said(told | {"measured": share}) for share in (0.873, 0.9))
    assert below == "90 % promised, 87.3 % measured: as promised, within chance"
    assert above == "90 % promised, 90 % measured: as promised, or better"


def test_many_sealed_rows_on_which_a_model_is_surely_worse_refuse_it_whatever_came_before(made):
    problem, _ = made("regression")
    draw = np.random.default_rng(0)
    y = np.exp(
        draw.normal(0, 1.2, 5000)
    )  # of a wide spread: the interval of the value alone reaches the baseline
    predicted, dummy = y.mean() + draw.normal(0, 0.3 * y.std(), 5000), np.full(5000, y.mean())
    evaluation = {"requirement": None, "objective": {}, "measure": problem.measure}
    evaluation |= {"interval": {"low": -0.9, "high": -0.8}, "baseline": {problem.measure: -1.0}}
    found = accept.acceptance(y, predicted, dummy, problem, evaluation, "hash", 0)
    assert found["interval"]["high"] > found["baseline"]
    assert not found["accepted"]


@pytest.mark.parametrize(
    ("noise", "accepted"),
    [(0.3, False), (0.6, True), (0.9, True)],  # of the model in use; that of the challenger is 0.6
)
def test_a_challenger_that_is_worse_for_certain_than_the_model_in_use_is_refused(made, noise, accepted):
    problem, rows = made("regression")
    y, draw = scoring.target(problem, rows), np.random.default_rng(0)
    errors = draw.normal(0, y.std(), len(y))
    evaluation = {"requirement": None, "objective": {}}
    dummy = evaluate.baseline(y, len(y), problem)
    in_use = y + noise * errors
    found = accept.acceptance(y, y + 0.6 * errors, dummy, problem, evaluation, "hash", 0, None, in_use)
    assert found["accepted"] is accepted
    assert ("model in use, not worse for certain" in found["reason"]) is accepted
    assert ("model in use, worse for certain" in found["reason"]) is not accepted
    root = np.sqrt(np.mean(errors**2))
    assert found["champion"]["difference"] == pytest.approx((noise - 0.6) * root)
    assert number(-noise * root, 4) in found["reason"]


def test_a_challenger_that_may_be_worse_by_chance_is_accepted(made):
    problem, rows = made("regression")
    y, draw = scoring.target(problem, rows), np.random.default_rng(0)
    one, other = (y + draw.normal(0, 0.5 * y.std(), len(y)) for _ in range(2))
    better, worse = sorted((one, other), key=lambda p: np.mean((y - p) ** 2))
    evaluation = {"requirement": None, "objective": {}}
    dummy = evaluate.baseline(y, len(y), problem)
    found = accept.acceptance(y, worse, dummy, problem, evaluation, "hash", 0, None, better)
    assert found["champion"]["difference"] < 0 < found["champion"]["high"]
    assert found["accepted"]


def test_groups_that_are_alike_make_no_certain_difference_and_no_certain_lack_of_coverage(made):
    """A hundred copies of five rows tell no more than five rows."""
    problem, y = made("regression")[0], np.repeat([0.0, 1.0, 2.0, 3.0, 4.0], 100)
    ours, theirs, groups = y + np.repeat([1.0, 1, 1, 1, 3], 100), y + 1.2, np.repeat(np.arange(5), 100)
    asked = {"requirement": None, "objective": {}}
    asked["conformal"] = {"level": 0.9, "quantile": 2.0, "rows": 500}
    rows = (y, ours, np.full(500, 9.0), problem, asked, "hash", 0, None, theirs)
    by_rows, by_groups = accept.acceptance(*rows), accept.acceptance(*rows, groups)
    assert not by_rows["accepted"]
    assert by_groups["accepted"]
    assert by_groups["interval"]["low"] < by_rows["interval"]["low"]
    assert by_groups["coverage"]["measured"] == by_rows["coverage"]["measured"] == 0.8
    assert "fewer than chance" in accept.coverage_said(by_rows["coverage"])
    assert "fewer than chance" not in accept.coverage_said(by_groups["coverage"])


@pytest.mark.parametrize("required", [True, False])
@pytest.mark.parametrize(("later", "cheaper"), [(0.0, True), (-9.0, False)])
def test_a_shift_must_save_costs_on_the_sealed_rows_where_that_is_required(made, required, later, cheaper):
    """Learnt where predictions are right on average; the later rows lie lower than predicted, or as before."""
    problem, _ = made("regression")
    draw = np.random.default_rng(0)
    predicted, errors = draw.normal(0, 50, 500), draw.normal(0, 5, 500)
    goal = goals.number_goal(predicted + errors, predicted, problem, 9.0, 1.0, required)
    evaluation = {"requirement": None, "objective": goal}
    y = predicted + later + draw.normal(0, 5, 500)
    found = accept.acceptance(y, predicted, np.zeros(500), problem, evaluation, "hash", 0)
    off = y - predicted - goal["shift"]
    assert found["shifted"]["cost_shifted"] == pytest.approx(np.where(off > 0, 9 * off, -off).mean())
    assert (found["shifted"]["cost_shifted"] < found["shifted"]["cost"]) is cheaper
    assert found["accepted"] is (cheaper or not required)
    assert ("without the shift of" in found["reason"]) is required
    assert accept.beside(found, evaluation) == [accept.shift_test(found["shifted"])["said"]]
