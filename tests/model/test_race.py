"""Who races under a budget: families that were named or are one's own as well, up to the exported model."""

import numpy as np
import onnxruntime
import pytest

from helpers.errors import BadInput
from helpers.model import automl, race, scoring, train
from helpers.model.families import families, use_own
from helpers.model.package.onnx import to_onnx
from helpers.model.portfolio import usual


def raced(problem, rows, named, folder, own=(), seconds=30.0):
    known, barred = race.entrants(families(problem.task, named), named, own, len(rows))
    parts = train.folds(rows, problem, 3, 0)
    field = race.race(known, rows, problem, parts, 0, seconds, folder / "race")
    return field, race.results(field, len(rows), problem, parts) + barred


def agrees_with_its_export(model, rows, problem, within=1e-9):
    x = rows.drop(columns="y")
    outputs = [{"name": n, "kind": "number" if x[n].dtype == float else "category"} for n in x]
    session = onnxruntime.InferenceSession(to_onnx(model, outputs, len(problem.classes)))
    given = {i.name: x[[outputs[int(i.name[1:])]["name"]]].to_numpy() for i in session.get_inputs()}
    said = scoring.predictions(model, x, problem).reshape(len(x), -1)
    np.testing.assert_allclose(session.run(None, given)[0], said, rtol=within, atol=within)


OUTSIDE = [
    ("binary", ["naive Bayes", "decision tree", "Bernoulli naive Bayes"]),
    ("binary", ["gradient boosting"]),
    ("multiclass", ["XGBoost", "AdaBoost"]),
    ("multilabel", ["discriminant analysis", "decision tree"]),
    ("regression", ["linear regression", "lasso"]),
]


@pytest.mark.parametrize(("task", "named"), OUTSIDE)
def test_named_families_that_the_portfolio_lacks_race_and_make_a_model_that_is_exported(
    made, tmp_path, task, named
):
    problem, rows = made(task, 240)
    field, results = raced(problem, rows, named, tmp_path)
    assert {r.family for r in results} == set(named)
    assert set(train.leaderboard(results, rows, problem)["family"]) == set(named)
    built = automl.within(3.0, rows, problem, race.shortlist(field), tmp_path / "search")
    assert {m["family"] for m in built.specification["members"]} <= set(named)
    assert set(built.board["family"]) <= set(named)
    agrees_with_its_export(
        built.model, rows, problem, 1e-6 if "XGBoost" in named else 1e-9
    )  # its sums are single


def test_an_own_family_races_with_the_portfolio_and_an_inexact_one_is_told(made, tmp_path):
    (tmp_path / "mine.py").write_text(
        "from sklearn.linear_model import SGDRegressor, HuberRegressor\n"
        "from helpers.model.families import NUMBERS, Family\n"
        "FAMILIES = [Family('Huber', NUMBERS, lambda seed, **given: HuberRegressor(**given), cost=0.1,"
        " features={'scale': 'robust'}), Family('mine alone', NUMBERS, lambda seed: SGDRegressor(),"
        " exports=('pickle',))]\n"
    )
    problem, rows = made("regression")
    try:
        own = use_own("mine.py", tmp_path)
        field, results = raced(problem, rows, [], tmp_path, own)
        ran = {r.candidate.family: r.candidate.options for r in field}
        assert set(ran) == usual(families("regression")) | {"Huber"}
        assert ran["Huber"] == {"scale": "robust"}
        told = {r.family: r.trouble for r in results}
        assert "export cannot be exact" in told["mine alone"]
        one = [s for s in race.shortlist(field) if s["family"] == "Huber"]
        built = automl.within(2.0, rows, problem, one, tmp_path / "search")
        assert {m["family"] for m in built.specification["members"]} == {"Huber"}
        agrees_with_its_export(built.model, rows, problem)
    finally:
        use_own(None, tmp_path)


def test_of_a_mixed_list_all_race_but_those_that_cannot_and_these_are_told(made, tmp_path):
    problem, rows = made("binary", 240)
    named = ["LightGBM", "naive Bayes", "nearest neighbours"]
    field, results = raced(problem, rows, named, tmp_path)
    assert [r.candidate.family for r in field] == ["LightGBM", "naive Bayes"]
    assert {r.family for r in results} == set(named)
    assert "export cannot be exact" in results[-1].trouble


@pytest.mark.parametrize(
    ("named", "said"),
    [
        (["nearest neighbours"], "nearest neighbours: left out: its export cannot be exact"),
        (["Gaussian process"], "slow beyond 500"),
        (["dummy"], "the dummy is no model"),
    ],
)
def test_where_no_named_family_can_race_one_line_says_why(named, said):
    with pytest.raises(BadInput, match=said) as refused:
        race.entrants(families("binary", named), named, [], 5000)
    assert "\n" not in str(refused.value)


def test_without_names_the_families_that_race_are_those_of_the_portfolio():
    for task in ("binary", "multiclass", "multilabel", "regression"):
        known, barred = race.entrants(families(task), [], [], 1_000_000)
        linear = "ridge" if task == "regression" else "logistic regression"
        strong = (
            "CatBoost, LightGBM, extra trees, random forest, neural network, kernel SVM, histogram boosting"
        )
        assert set(known) == {linear, *strong.split(", ")}
        assert barred == []
