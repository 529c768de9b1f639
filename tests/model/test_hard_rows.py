"""Rows that no candidate gets right are found, with how many are wrong."""

import numpy as np
import pandas as pd
import pytest

from helpers.model import hard_rows, train
from helpers.model.cross_validation import cross_validate
from helpers.model.families import families


def judged(made, task, names, rows):
    problem, _ = made(task)
    parts = train.folds(rows, problem, 4, 0)
    results = cross_validate({n: families(task)[n] for n in names}, rows, problem, parts, 0)
    return problem, results


def test_labels_that_were_turned_round_are_the_hardest_rows(made):
    problem, rows = made("binary")
    draw = np.random.default_rng(0)
    rows["grid"], rows["wide"] = draw.normal(size=300) * 3, 0.0
    rows["y"] = np.where(rows["grid"] > 0, "yes", "no")
    turned = rows["grid"].abs().nlargest(5).index
    rows.loc[turned, "y"] = np.where(rows.loc[turned, "y"] == "yes", "no", "yes")
    names = ["logistic regression", "discriminant analysis"]
    problem, results = judged(made, "binary", names, rows)
    hardest = hard_rows.hardest(results, names, rows, problem, 5)
    assert set(hardest.index) == set(turned)
    assert set(hardest["wrong"]) == {"2 of 2"}
    assert (hardest["true"] != hardest["predicted"]).all()
    assert (hardest["probability"] > 0.5).all()
    assert hardest["grid"].equals(rows.loc[hardest.index, "grid"])
    y, said = hard_rows.answers(results, names, rows, problem)
    missed = hard_rows.wrong(y, said, problem)
    by_hand = (results[0].predicted[:, 1] > 0.5) != (rows["y"] == "yes")
    assert missed["logistic regression"].tolist() == by_hand.tolist()


def test_numbers_that_are_far_off_are_the_hardest_rows(made):
    problem, rows = made("regression")
    rows.loc[[7, 70, 170], "y"] += 5000
    problem, results = judged(made, "regression", ["ridge", "linear regression"], rows)
    hardest = hard_rows.hardest(results, ["ridge", "linear regression"], rows, problem, 3)
    assert set(hardest.index) == {7, 70, 170}
    assert set(hardest["wrong"]) == {"2 of 2"}


def test_a_candidate_that_is_sure_of_everything_does_not_hide_what_most_get_wrong(made):
    problem, rows = made("binary", 4)
    y = train.target(problem, rows)
    right = np.where(y == 1, 0.9, 0.1)
    wrong = np.where(np.arange(4) == 2, 1 - right, right)  # the third row
    sure = np.where(y == 1, 1.0, 0.0)
    said = {"a": wrong, "b": wrong, "sure": sure}
    results = [train.Result(n, np.zeros(1), np.column_stack([1 - p, p])) for n, p in said.items()]
    hardest = hard_rows.hardest(results, list(said), rows, problem)
    assert hardest.index.tolist() == [rows.index[2]]
    assert hardest["wrong"].tolist() == ["2 of 3"]


def test_rows_that_a_candidate_did_not_judge_are_left_out(made):
    problem, rows = made("regression", time="at")
    rows = rows.assign(at=np.arange(len(rows)))
    results = [train.Result("a", np.zeros(1), np.where(np.arange(300) < 60, np.nan, 0.0))]
    y, said = hard_rows.answers(results, ["a"], rows, problem)
    assert len(y) == len(said["a"]) == 240
    rows.loc[[30, 100], "y"] = 1e6
    assert hard_rows.hardest(results, ["a"], rows, problem).index.tolist() == [100]


def test_values_of_the_rows_are_text_on_the_page(made):
    problem, rows = made("regression")
    rows["level"] = "<script>alert(1)</script>"
    problem, results = judged(made, "regression", ["ridge"], rows)
    page = hard_rows.hardest(results, ["ridge"], rows, problem).to_html()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize("count", [0, 3])
def test_rows_with_a_twin_among_those_learnt_from_are_counted(made, count):
    problem, rows = made("binary", 200)
    rows["wide"] = np.arange(200.0)  # no two are the same
    parts = [(np.arange(100, 200), np.arange(100)), (np.arange(100), np.arange(100, 200))]
    rows = pd.concat([rows.iloc[: 200 - count], rows.iloc[:count]], ignore_index=True)
    assert train.repeated(rows, problem, parts) == 2 * count
