"""A family of one's own that cannot be exported is told before anything is compared, and never tuned."""

import os
import time

import pytest
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import HuberRegressor, LogisticRegression
from sklearn.neighbors import RadiusNeighborsRegressor
from sklearn.semi_supervised import LabelSpreading

from helpers.errors import BadInput
from helpers.model import own_exports, race, train
from helpers.model.cross_validation import cross_validate
from helpers.model.families import CLASSES, NUMBERS, Family, families


def ends(seed):
    os._exit(1)


def fails(seed):
    raise ValueError("not made")


def test_what_has_no_converter_is_marked_inexact_with_the_reason_and_neither_tuned_nor_raced(made):
    problem, rows = made("regression", 200)
    own = [
        Family("Huber", NUMBERS, lambda seed: HuberRegressor(), features={"scale": "robust"}),
        Family("near", NUMBERS, lambda seed: KernelRidge(), features={"scale": "standard"}),
    ]
    given = families("regression", ["ridge"]) | {f.name: f for f in own}
    candidates, reasons = own_exports.tried(given, own, rows, problem, 0)
    assert list(reasons) == ["near"]
    assert "KernelRidge has no export" in reasons["near"]
    assert {n: f.exact for n, f in candidates.items()} == {
        "dummy": True,
        "ridge": True,
        "Huber": True,
        "near": False,
    }
    assert given["near"].exact
    racing, barred = race.entrants(candidates, ["near", "Huber"], own, len(rows))
    assert "near" not in racing
    assert [r.family for r in barred] == ["near"]


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_classes_that_few_rows_hold_are_in_the_trial(made, task):
    problem, rows = made(task, 1000)
    rows.loc[3:, "y"] = rows["y"].iloc[0]
    own = [
        Family("logistic", CLASSES, lambda seed: LogisticRegression(), features={"scale": "standard"}),
        Family("near", CLASSES, lambda seed: LabelSpreading(), features={"scale": "standard"}),
    ]
    rows.loc[0, "y"] = next(c for c in problem.classes if c != rows["y"].iloc[5])
    candidates, reasons = own_exports.tried({f.name: f for f in own}, own, rows, problem, 0)
    assert list(reasons) == ["near"]
    assert candidates["logistic"].exact


def test_what_fails_in_the_runtime_or_scores_otherwise_there_is_told(made, monkeypatch):
    problem, rows = made("regression", 300)
    scaled = {"scale": "standard"}
    own = [
        Family("radius", NUMBERS, lambda seed: RadiusNeighborsRegressor(), features=scaled),
        Family("Huber", NUMBERS, lambda seed: HuberRegressor(), features=scaled),
    ]
    given = {f.name: f for f in own}
    candidates, reasons = own_exports.tried(given, own, rows, problem, 0)
    assert list(reasons) == ["radius"]
    assert "index is out of range" in reasons["radius"]
    assert candidates["Huber"].exact
    monkeypatch.setattr(own_exports, "LIMITS", {"regression": -1.0})  # now no export is exact enough
    candidates, reasons = own_exports.tried(given, own, rows, problem, 0)
    assert "scores differently, by up to" in reasons["Huber"]
    assert not candidates["Huber"].exact


def test_what_fails_crashes_or_hangs_in_the_trial_is_left_to_the_comparison(made, monkeypatch):
    monkeypatch.setattr(own_exports, "SECONDS", 1.0)
    problem, rows = made("regression", 100)
    own = [Family(f.__name__, NUMBERS, f) for f in (ends, fails)]
    own += [Family("hangs", NUMBERS, lambda seed: time.sleep(60))]
    given = {f.name: f for f in own}
    assert own_exports.tried(given, own, rows, problem, 0) == (given, {})


def test_where_nothing_that_was_trained_can_be_exported_this_is_said(made):
    problem, rows = made("regression", 100)
    given = families("regression", ["nearest neighbours"])
    results = cross_validate(given, rows, problem, train.folds(rows, problem, 3, 0), 0)
    board, errors = train.leaderboard(results, rows, problem), train.error_correlation(results, rows, problem)
    with pytest.raises(BadInput, match=r"were trained \(nearest neighbours\) none can be exported exactly"):
        train.shortlist(board, errors, inexact=["nearest neighbours"])
    with pytest.raises(BadInput, match="no family but the dummy could be trained"):
        train.shortlist(board[board["family"] == "dummy"], errors)
