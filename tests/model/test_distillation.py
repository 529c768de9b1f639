"""A small model learns what a combination says, and what that costs is measured on rows that neither has seen."""

import numpy as np
import onnxruntime
import pytest

from helpers.model import combinations, distillation, train, tune
from helpers.model.families import families
from helpers.model.package.onnx import to_onnx
from helpers.model.scoring import predictions
from helpers.model.trial import Ground

NAMES = {
    "multiclass": ["logistic regression", "decision tree"],
    "regression": ["ridge", "decision tree"],
}


@pytest.mark.parametrize("task", list(NAMES))
def test_the_small_model_says_nearly_what_the_combination_says_and_is_exported(made, tmp_path, task):
    problem, rows = made(task, 300)
    shortlist = {f: families(task)[f] for f in NAMES[task]}
    ground = Ground(shortlist, rows, problem, train.folds(rows, problem, 2, 0))
    tuned = tune.search(ground, tmp_path, "key", tune.Plan(trials=2))
    vote = next(m for m in combinations.compared(tuned).others if m.name == combinations.VOTE)
    teacher, _, _ = combinations.model_of(tuned, vote, rows)
    student = distillation.taught(teacher, rows, problem)
    said, wanted = (predictions(m, ground.x, problem) for m in (student, teacher))
    spread = np.abs(wanted - wanted.mean(axis=0)).mean()
    assert np.abs(said - wanted).mean() < 0.2 * spread
    outputs = [{"name": n, "kind": "number" if ground.x[n].dtype == float else "category"} for n in ground.x]
    onnxruntime.InferenceSession(to_onnx(student, outputs))
    lost = distillation.loss(tuned, vote)
    assert list(lost["fold"]) == [1, 2]
    assert lost["combination"].mean() == pytest.approx(
        vote.score
    )  # the same members, fitted on the same folds


def test_resampled_rows_keep_each_columns_values_and_their_types(made):
    _, rows = made("regression", 200)
    again = distillation.resampled(rows, 1)
    assert list(again.dtypes) == list(rows.dtypes)
    for name in rows:
        assert set(again[name].dropna()) <= set(rows[name].dropna())
    assert (again["wide"].to_numpy() != rows["wide"].to_numpy()).mean() > 0.3
