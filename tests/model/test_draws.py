"""Few of many rows hold some of each class, and are otherwise those that were drawn."""

import numpy as np
import pytest

from helpers.model import cross_validation, race, train
from helpers.model.cross_validation import Job, Judge, cross_validate
from helpers.model.draws import FLOOR, with_each_class
from helpers.model.families import families
from helpers.model.scoring import target

STRONG = ["logistic regression", "LightGBM", "CatBoost", "extra trees", "random forest", "histogram boosting"]


@pytest.fixture
def rare(made):
    """A function of how many rows to a problem and rows of which two in a thousand are positive, at the end."""

    def rows_of(count):
        problem, rows = made("binary", count)
        most = count * 2 // 1000
        rows = rows.sort_values("grid", ignore_index=True, na_position="first")
        return problem, rows.assign(y=["no"] * (count - most) + ["yes"] * most)

    return rows_of


def test_a_rare_class_gets_its_floor_or_all_that_there_are():
    y = np.repeat([0, 1, 2], [9000, 995, 5])
    order = np.random.default_rng(0).permutation(10_000)
    few = order[y[order] == 0][:500]
    found = np.bincount(y[with_each_class(few, order, y)], minlength=3)
    assert found.tolist() == [500, FLOOR, 5]


def test_rows_that_hold_enough_of_each_class_and_numbers_stay_as_they_were_drawn():
    draw = np.random.default_rng(0)
    order = draw.permutation(4000)
    for y in (draw.integers(0, 3, 4000), draw.integers(0, 2, (4000, 5)), draw.normal(size=4000)):
        assert with_each_class(order[-500:], order, y).tolist() == sorted(order[-500:])


def test_of_a_label_that_few_rows_hold_or_lack_there_are_some_of_both():
    y = np.zeros((5000, 2), int)
    y[:30, 0], y[30:, 1] = 1, 1
    found = y[with_each_class(np.arange(1000, 1500), np.arange(5000), y)]
    assert found[:, 0].sum() == FLOOR
    assert (found[:, 1] == 0).sum() == FLOOR


def test_many_classes_add_a_quarter_at_the_most_but_for_one_row_of_each():
    draw = np.random.default_rng(0)
    for classes in (40, 400, 4000):
        y = draw.integers(0, classes, 40_000)
        found = with_each_class(np.arange(500), np.arange(40_000), y)
        assert len(found) <= 500 + max(125, classes)
        assert set(y[found]) == set(y)


def test_every_strong_family_has_a_score_in_a_race_for_rare_positives(rare, tmp_path):
    problem, rows = rare(5000)
    known, _ = race.entrants(families("binary", STRONG), STRONG, [], len(rows))
    parts = train.folds(rows, problem, 5, 0)
    field = race.race(known, rows, problem, parts, 0, 120.0, tmp_path)
    assert {r.candidate.family for r in field} == set(STRONG)
    for runner in field:
        assert np.isfinite(runner.score), runner.trouble
        assert runner.trouble == "" or runner.trouble.startswith("left the race: 0.")
    for found in race.results(field, len(rows), problem, parts):
        told = ~np.isnan(found.predicted).any(axis=1) if len(found.predicted) else np.array([], bool)
        assert found.trouble or set(rows["y"][told]) == {"no", "yes"}


def test_every_family_has_a_score_in_a_comparison_of_rare_positives(rare, monkeypatch):
    monkeypatch.setattr(cross_validation, "RACE_FROM", 1000)
    monkeypatch.setattr(cross_validation, "FIRST", 100)
    problem, rows = rare(3000)
    known = families("binary", ["logistic regression", "linear SVM", "LightGBM", "decision tree"])
    results = cross_validate(known, rows, problem, train.folds(rows, problem, 3, 0), 0)
    assert {r.family: r.trouble for r in results} == dict.fromkeys(known, "")
    assert all(np.isfinite(r.scores).all() for r in results)


def test_the_first_round_learns_from_and_judges_both_classes_and_a_learning_curve_has_no_more_rows(rare):
    problem, rows = rare(3000)
    y, parts = target(problem, rows), train.folds(rows, problem, 3, 0)
    judge = Judge({}, rows, y, problem, parts, 0)
    learn, judged = judge.positions(Job("", 0, 100, few=True))
    assert (y[learn].sum(), y[judged].sum()) == (4, 2)
    assert set(learn) <= set(parts[0][0])
    assert set(judged) <= set(parts[0][1])
    assert len(judge.positions(Job("", 0, 100))[0]) == 100
