"""Columns are chosen inside the folds: noise brings no skill, and what carries the answer is found."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

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
        honest.append(board["mean"].iloc[max(0, (board["columns"] <= 16).sum() - 1)])
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


def planted(count, seed):
    """One column that tells something beside fifty of noise."""
    draw = np.random.default_rng(seed)
    x = pd.DataFrame(draw.normal(size=(count, 51)), columns=["told", *(f"n{n}" for n in range(50))])
    return x, (x["told"] + draw.normal(0, 1.5, count) > 0).to_numpy().astype(int)


def test_fifty_columns_of_noise_do_not_help_and_no_score_promises_more_than_fresh_rows_keep():
    family, method = families("binary")["logistic regression"], "mutual information"
    alone, everything, said, kept = [], [], [], []
    for seed in range(4):
        (x, y), (fresh, truth) = planted(100, seed), planted(4000, 100 + seed)
        board = selection.measured(x, y, BINARY, family, parts_of(y, 4), [method], 0).set_index(
            ["method", "columns"]
        )
        one = selection.measured(x[["told"]], y, BINARY, family, parts_of(y, 4), [method], 0)
        alone.append(one["mean"].iloc[0])
        everything.append(board.loc[(selection.ALL, 51), "mean"])
        said.append(board.loc[(method, 8), "mean"])
        names = selection.best(selection.ranked(x, y, BINARY, family, method, 0), 8)
        model = LogisticRegression().fit(x[names], y)
        kept.append(roc_auc_score(truth, model.predict_proba(fresh[names])[:, 1]))
    assert np.mean(everything) < np.mean(alone) - 0.03
    assert np.mean(said) < np.mean(alone)
    assert np.mean(said) < np.mean(kept) + 0.03


def test_columns_without_worth_are_never_among_those_that_are_enough(made):
    problem, rows = made("binary", 300)
    x = rows.drop(columns="y").assign(same=1.0, also="x")
    y, family = target(problem, rows), families("binary")["decision tree"]
    board = selection.measured(x, y, problem, family, folds(rows, problem, 3, 0), ["L1"], 0)
    ranking = selection.ranked(x, y, problem, family, "L1", 0)
    assert ranking[["same", "also"]].tolist() == [0.0, 0.0]
    assert not {"same", "also"} & set(selection.best(ranking, 7))
    assert board.loc[board["method"] == "L1", "columns"].max() <= 5
    assert board.loc[board["method"] == selection.ALL, "columns"].tolist() == [7]


@pytest.mark.parametrize("method", ["permutation", "L1", "recursive"])
def test_rows_of_weight_zero_choose_no_column(method):
    draw = np.random.default_rng(0)
    x = pd.DataFrame(draw.normal(size=(600, 4)), columns=["light", "heavy", "n0", "n1"])
    weight = (np.arange(600) % 3 == 0).astype(float)
    y = np.where(weight > 0, x["heavy"] > 0, x["light"] > 0).astype(int)
    family = families("binary")["decision tree"]
    assert selection.ranked(x, y, BINARY, family, method, 0).index[0] == "light"
    assert selection.ranked(x, y, BINARY, family, method, 0, weight).index[0] == "heavy"


def test_scores_count_rows_by_their_weights():
    x, y = planted(120, 0)
    weight, parts = np.random.default_rng(1).integers(0, 4, 120).astype(float), parts_of(y, 3)
    family = families("binary")["logistic regression"]
    board = selection.measured(x[["told", "n0"]], y, BINARY, family, parts, ["L1"], 0, weight=weight)
    by_hand = []
    for learn, judge in parts:
        scaled = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
        scaled.fit(x[["told", "n0"]].iloc[learn], y[learn], logisticregression__sample_weight=weight[learn])
        p = scaled.predict_proba(x[["told", "n0"]].iloc[judge])[:, 1]
        by_hand.append(roc_auc_score(y[judge], p, sample_weight=weight[judge]))
    assert board["mean"].iloc[-1] == pytest.approx(np.mean(by_hand))


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
