"""Columns are chosen inside the folds: noise brings no skill, and what carries the answer is found."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score

from helpers.errors import BadInput
from helpers.model import feature_selection as selection
from helpers.model.families import families
from helpers.model.scoring import target
from helpers.model.train import folds
from helpers.problem import Problem

BINARY = Problem("made", "y", "binary", "roc_auc", ["no", "yes"], "yes")


def noise(count, columns, seed=0):
    draw = np.random.default_rng(seed)
    x = pd.DataFrame(draw.normal(size=(count, columns)), columns=[f"n{n}" for n in range(columns)])
    return x, draw.integers(0, 2, count)


def parts_of(y, count=5):
    rows = pd.DataFrame({"y": np.array(["no", "yes"], object)[y]})
    return folds(rows, BINARY, count, 0)


@pytest.mark.parametrize("method", selection.METHODS)
def test_pure_noise_scores_like_chance_however_columns_are_chosen(method):
    """The classic error, choosing on all rows, shows skill on the same data; choosing in the folds does not."""
    family, honest, wrong = families("binary")["logistic regression"], [], []
    for seed in range(4):
        x, y = noise(100, 60, seed)
        board = selection.measured(x, y, BINARY, family, parts_of(y), [method], 0)
        honest.append(board.loc[board["columns"] == 16, "mean"].iloc[0])
        best = x.corrwith(pd.Series(y)).abs().sort_values(ascending=False).index[:16]
        wrong.append(cross_val_score(LogisticRegression(), x[best], y, cv=5, scoring="roc_auc").mean())
    assert np.mean(honest) == pytest.approx(0.5, abs=0.1)
    assert np.mean(wrong) > np.mean(honest) + 0.1


@pytest.mark.parametrize("method", selection.METHODS)
@pytest.mark.parametrize("task", ["binary", "multilabel", "regression"])
def test_fifty_columns_of_noise_are_ranked_below_what_carries_the_answer(made, method, task):
    problem, rows = made(task, 400)
    draw = np.random.default_rng(1)
    extra = pd.DataFrame(draw.normal(size=(400, 50)), columns=[f"n{n}" for n in range(50)])
    x = pd.concat([rows[["grid", "level", "wide"]], extra], axis=1)
    y, family = target(problem, rows), families(task)["decision tree"]
    ranking = selection.ranked(x, y, problem, family, method, 0)
    assert "grid" in ranking.index[:3]
    assert len(ranking) == 53


def test_noise_does_not_help_and_fewer_columns_are_enough(made):
    problem, rows = made("binary", 500)
    draw = np.random.default_rng(1)
    extra = pd.DataFrame(draw.normal(size=(500, 50)), columns=[f"n{n}" for n in range(50)])
    x = pd.concat([rows.drop(columns="y"), extra], axis=1)
    y, family = target(problem, rows), families("binary")["logistic regression"]
    board = selection.measured(
        x, y, problem, family, folds(rows, problem, 4, 0), ["L1", "mutual information"], 0
    )
    for _, curve in board.groupby("method"):
        everything = curve.loc[curve["columns"] == x.shape[1], "mean"].iloc[0]
        assert curve["mean"].max() >= everything
    assert selection.simplest(board, 4)["columns"] <= 16


def test_missing_values_and_levels_are_answered_by_every_method(made):
    problem, rows = made("multiclass", 200)
    x = rows.drop(columns="y").assign(empty=np.nan)
    for method in selection.METHODS:
        ranking = selection.ranked(
            x, target(problem, rows), problem, families("multiclass")["decision tree"], method, 0
        )
        assert ranking.notna().all()
        assert set(ranking.index) == set(x.columns)


def test_an_unknown_method_is_refused_with_the_nearest_name():
    x, y = noise(40, 3)
    with pytest.raises(BadInput, match="did you mean 'permutation'"):
        selection.measured(
            x, y, BINARY, families("binary")["decision tree"], parts_of(y), ["permutations"], 0
        )
