"""A search begins with the best trials of an earlier run, each drawn as it was."""

import json

import pandas as pd
import pytest

from helpers.errors import BadInput
from helpers.model import train, tune
from helpers.model.families import families
from helpers.model.trial import Ground
from helpers.model.warm_start import best_before

NAMES = ["logistic regression", "decision tree"]


def searched(made, folder, trials, first=()):
    problem, rows = made("binary", 120)
    shortlist = {f: families("binary")[f] for f in NAMES}
    ground = Ground(shortlist, rows, problem, train.folds(rows, problem, 2, 0))
    return tune.search(ground, folder, "key", tune.Plan(trials=trials, first=first, prune=False))


def test_the_best_of_a_runs_trials_come_right_after_the_standard_ones_and_score_the_same(made, tmp_path):
    before = tune.board(searched(made, tmp_path / "before", 9))
    before.to_csv(tmp_path / "trials.csv", index=False)
    first = best_before("trials.csv", tmp_path, NAMES)
    drawn = before.iloc[2:].sort_values("score", ascending=False, kind="stable")
    assert first[0]["family"] == drawn["family"].iloc[0]
    assert len(first) == min(5, drawn["parameters"].nunique())
    after = tune.board(searched(made, tmp_path / "after", 3, first)).iloc[2]
    assert after["parameters"] == drawn["parameters"].iloc[0]
    assert after["score"] == pytest.approx(
        drawn["score"].iloc[0], abs=1e-3
    )  # they are written with four digits


def test_trials_of_other_families_and_standard_ones_are_passed_over(tmp_path):
    lines = {"family": ["LightGBM", "decision tree", "decision tree"], "score": [3, 2, 1]}
    texts = ['{"LightGBM: num_leaves": 4}', "{}", json.dumps({"decision tree: max_depth": 3})]
    pd.DataFrame(lines | {"parameters": texts}).to_csv(tmp_path / "t.csv", index=False)
    assert best_before("t.csv", tmp_path, NAMES) == [
        {"family": "decision tree", "decision tree: max_depth": 3}
    ]
    assert best_before(None, tmp_path, NAMES) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "cannot be read"),
        ("a,b\n1,2\n", "no column 'family'"),
        ("family,score,parameters\ndecision tree,1,oh\n", "no JSON"),
    ],
)
def test_a_file_that_holds_no_trials_is_refused_in_one_line(tmp_path, text, said):
    if text:
        (tmp_path / "t.csv").write_text(text)
    with pytest.raises(BadInput, match=said):
        best_before("t.csv", tmp_path, NAMES)


def test_a_trial_of_another_space_is_refused_in_one_line(made, tmp_path):
    with pytest.raises(BadInput, match=r"tune\.warm_start: a trial does not fit"):
        searched(made, tmp_path, 4, [{"family": "no such family"}])
