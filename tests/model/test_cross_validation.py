"""Families are judged in processes of their own: none stops the run, and on large tables hopeless ones end early."""

import os
import re
import time

import numpy as np
import pytest
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.linear_model import Ridge

from helpers.model import cross_validation, train
from helpers.model.cross_validation import cross_validate, hopeless
from helpers.model.families import Family, families, use_own


class Odd(RegressorMixin, BaseEstimator):
    """A regressor that goes wrong as it is told."""

    def __init__(self, how):
        self.how = how

    def fit(self, x, y):
        if self.how == "die":
            os._exit(9)
        if self.how == "fail":
            raise ValueError("no luck\nat all")
        self.n_features_in_ = x.shape[1]
        return self

    def predict(self, x):
        return np.zeros(3 if self.how == "short" else len(x))

    def __getstate__(self):
        if self.how == "unkept":
            raise TypeError("cannot pickle it")
        return super().__getstate__()


def odd(how):
    return Family(how, ("regression",), lambda seed: Odd(how))


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("die", r"its process died \(9\)"),
        ("fail", r"ValueError: no luck"),
        ("short", "it gives 3 predictions for 100 rows"),
        ("unkept", "cannot pickle it"),
    ],
)
def test_a_family_that_goes_wrong_is_skipped_with_its_reason_and_the_others_are_judged(made, how, said):
    problem, rows = made("regression")
    parts = train.folds(rows, problem, 3, 0)
    candidates = {how: odd(how)} | families("regression", ["ridge"])
    found = {r.family: r for r in cross_validate(candidates, rows, problem, parts, 0)}
    assert re.search(said, found[how].trouble)
    assert "\n" not in found[how].trouble
    assert found["ridge"].trouble == ""
    assert np.isfinite(found["ridge"].scores).all()


def test_families_of_a_persons_own_file_are_judged_or_skipped_alike(made, harmful, tmp_path):
    problem, rows = made("regression", 100)
    parts = train.folds(rows, problem, 3, 0)
    try:
        own = {f.name: f for f in use_own("mine.py", tmp_path)}
        found = {r.family: r for r in cross_validate(own, rows, problem, parts, 0, seconds=8.0)}
    finally:
        use_own(None, tmp_path)
    assert "died" in found["ends"].trouble
    assert "took more than" in found["waits"].trouble
    assert found["works"].trouble == ""


def test_seconds_and_bytes_are_those_of_the_fits(made):
    problem, rows = made("regression")
    parts = train.folds(rows, problem, 3, 0)
    candidates = {"slow": Family("slow", ("regression",), lambda seed: SlowRidge())}
    results = cross_validate(candidates, rows, problem, parts, 0)
    costs = train.costs(results, train.leaderboard(results, rows, problem)).iloc[0]
    assert costs["fit"] >= 0.2
    assert 0 < costs["predict"] < costs["fit"]
    assert 1_000_000 < costs["size"] < 1_100_000


class SlowRidge(Ridge):
    """A model that takes a fifth of a second, and a megabyte."""

    def fit(self, *given):
        time.sleep(0.2)
        self.weight_ = bytes(1_000_000)
        return super().fit(*given)


def without_signal(name):
    return Family(name, ("regression",), lambda seed: Odd("none"))


@pytest.fixture
def raced(made, monkeypatch):
    """A function that judges a good family, some others and one without any signal; few rows count as many."""
    monkeypatch.setattr(cross_validation, "RACE_FROM", 300)
    monkeypatch.setattr(cross_validation, "FIRST", 100)
    monkeypatch.setattr(cross_validation, "STAY", 2)

    def judge(time=None, **more):
        problem, rows = made("regression", 400, time=time)
        rows = rows.assign(at=np.arange(400.0)) if time else rows
        rows["y"] -= rows["y"].mean()
        parts = train.folds(rows, problem, 3, 0)
        candidates = families("regression", ["ridge", "decision tree"]) | {"none": without_signal("none")}
        return {r.family: r for r in cross_validate(candidates, rows, problem, parts, 0, **more)}

    return judge


def test_of_many_rows_a_hopeless_family_leaves_early_with_the_reason_and_the_dummy_stays(raced):
    found = raced()
    assert found["none"].trouble.startswith("left after 100 rows: -")
    assert "where ridge has" in found["none"].trouble
    assert [f for f, r in found.items() if r.trouble] == ["none"]
    assert len(found["dummy"].scores) == 3


def test_those_that_stay_score_as_they_do_without_a_race_and_the_race_can_be_turned_off(raced):
    early, whole = raced(), raced(race=False)
    assert whole["none"].trouble == ""
    for name in ("dummy", "ridge", "decision tree"):
        assert early[name].scores.tolist() == whole[name].scores.tolist()


def test_the_race_depends_on_rows_and_not_on_who_is_first(raced):
    one, two = raced(jobs=1), raced(jobs=2)
    assert {f: r.trouble for f, r in one.items()} == {f: r.trouble for f, r in two.items()}


def test_rows_that_go_by_time_do_not_race(raced):
    assert not any(r.trouble for r in raced(time="at").values())


def test_small_tables_do_not_race(made):
    problem, rows = made("regression")
    parts = train.folds(rows, problem, 3, 0)
    some = families("regression", ["ridge"]) | {f"none {n}": without_signal(f"none {n}") for n in range(12)}
    assert not any(r.trouble for r in cross_validate(some, rows, problem, parts, 0))


def test_ten_families_stay_however_far_behind_and_one_fold_of_luck_is_enough_to_stay():
    good = {f"good {n}": np.full(5, 0.9) for n in range(6)}
    bad = {f"bad {n}": np.full(5, 0.55 - n / 1000) for n in range(8)}
    gone = hopeless({"dummy": np.full(5, 0.5)} | good | bad)
    assert gone == [f"bad {n}" for n in range(4, 8)]
    lucky = {"lucky": np.array([0.9, 0.1, 0.1, 0.1, 0.1])}
    assert hopeless({"dummy": np.full(5, 0.5)} | lucky | good | bad) == [f"bad {n}" for n in range(4, 8)]


def test_no_family_is_hopeless_where_none_beats_the_dummy():
    assert hopeless({f"f{n}": np.full(5, 0.4) for n in range(20)} | {"dummy": np.full(5, 0.5)}) == []
