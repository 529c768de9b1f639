"""Trials answer together only where that is better on rows that took no part in the choice."""

from dataclasses import replace

import numpy as np
import onnxruntime
import pytest
from sklearn.ensemble import VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import KFold
from sklearn.preprocessing import LabelEncoder

from helpers.model import combinations, train, tune
from helpers.model.ensemble import HardVote, Stack, WeightedEnsemble
from helpers.model.families import families
from helpers.model.package.onnx import to_onnx
from helpers.model.scoring import predictions
from helpers.model.trial import Ground

NAMES = {
    "binary": ["logistic regression", "decision tree", "naive Bayes"],
    "multiclass": ["logistic regression", "decision tree"],
    "multilabel": ["logistic regression", "decision tree"],
    "regression": ["ridge", "decision tree"],
}


def searched(made, task, folder, trials=4):
    problem, rows = made(task, 240)
    known = families(task)
    shortlist = {f: known[f] for f in NAMES[task] if f in known}
    ground = Ground(shortlist, rows, problem, train.folds(rows, problem, 3, 0))
    return tune.search(ground, folder, "key", tune.Plan(trials=trials))


@pytest.fixture
def planted(made):
    """A library of trials that says what it is told to: y, predictions by trial, families -> library."""
    problem, rows = made("regression", 1200)

    def library(y, predicted, names):
        parts = list(KFold(4).split(np.zeros(len(y))))
        ground = Ground({}, rows, problem, parts)
        fold = np.repeat(np.arange(4), len(y) // 4)
        scores = {
            n: np.array([-np.sqrt(np.mean((y - p)[fold == f] ** 2)) for f in range(4)])
            for n, p in predicted.items()
        }
        return combinations.Library(predicted, scores, names, y, fold, ground)

    return library


def compared(library):
    ways = {name: way for name, way in combinations.WAYS.items() if name != combinations.HARD}
    said = {name: combinations.nested(way, library) for name, way in ways.items()}
    return combinations._judged(said, {n: w(library, library.folds) for n, w in ways.items()}, library)


def test_two_that_err_differently_answer_together(planted):
    draw = np.random.default_rng(0)
    y = draw.normal(0, 1, 1200)
    views = {n: y + draw.normal(0, 0.5, 1200) for n in range(2)}
    found = compared(planted(y, views, {0: "a", 1: "b"}))
    assert found.kept is not found.single
    vote = next(m for m in found.others if m.name == combinations.VOTE)
    assert vote.score == pytest.approx(
        -0.5 / np.sqrt(2), abs=0.02
    )  # errors that don't correlate: by their variance
    assert vote.low < vote.gain < vote.high
    assert list(found.table["kept"]).count("yes") == 1


def test_where_all_err_alike_the_best_trial_stays(planted):
    wrong = 0
    for seed in range(6):
        draw = np.random.default_rng(seed)
        known = draw.normal(0, 1, 1200)
        y = known + draw.normal(0, 0.5, 1200)
        views = {n: known + draw.normal(0, 0.01, 1200) for n in range(4)}
        found = compared(planted(y, views, {0: "a", 1: "a", 2: "b", 3: "b"}))
        wrong += found.kept is not found.single and found.kept.gain > 1e-3
    assert wrong == 0


def test_choices_look_at_no_row_of_the_fold_that_they_are_judged_on(planted):
    draw = np.random.default_rng(2)
    y = draw.normal(0, 1, 1200)
    views = {n: y + draw.normal(0, 0.5, 1200) for n in range(3)}
    names = {0: "a", 1: "b", 2: "c"}
    other = y.copy()
    other[:300] = draw.normal(0, 9, 300)  # the truth of the first fold
    for way in (combinations.single, combinations.vote, combinations.greedy, combinations.stack):
        before, after = (combinations.nested(way, planted(truth, views, names)) for truth in (y, other))
        np.testing.assert_array_equal(before[:300], after[:300])


def test_a_stack_is_that_of_scikit_learn(made, tmp_path):
    tuned = searched(made, "binary", tmp_path, 3)
    library = combinations.library_of(tuned)
    rule = combinations.stack(library, library.folds)
    x = np.hstack([library.predicted[n] for n in rule.members])
    wanted = LogisticRegression(max_iter=2000).fit(x, library.y).predict_proba(x)
    np.testing.assert_allclose(rule.says(library.predicted), wanted)
    by_hand = np.zeros_like(wanted)
    for fold in range(3):
        others, here = [f for f in range(3) if f != fold], library.fold == fold
        best = {n: np.mean([library.scores[n][f] for f in others]) for n in library.predicted}
        members = [
            max((n for n in best if library.families[n] == family), key=lambda n: best[n])
            for family in sorted(set(library.families.values()))
        ]
        said = np.hstack([library.predicted[n] for n in members])
        final = LogisticRegression(max_iter=2000).fit(said[~here], library.y[~here])
        by_hand[here] = final.predict_proba(said[here])
    found = combinations.nested(combinations.stack, library)
    np.testing.assert_allclose(found, by_hand, atol=1e-4)
    assert roc_auc_score(library.y, found[:, 1]) > 0.8


@pytest.mark.parametrize("task", list(NAMES))
def test_every_combination_is_fitted_exported_exactly_and_built_the_same_twice(made, tmp_path, task):
    tuned = searched(made, task, tmp_path)
    rows, x = tuned.ground.rows, tuned.ground.x
    found = combinations.compared(tuned, bagging=True)
    assert {m.name for m in found.others} == {
        combinations.VOTE,
        combinations.GREEDY,
        combinations.STACK,
        combinations.BAGS,
    }
    outputs = [{"name": n, "kind": "number" if x[n].dtype == float else "category"} for n in x]
    for chosen in found.others:
        model, about, made_of = combinations.model_of(tuned, chosen, rows)
        again, _, _ = combinations.model_of(tuned, chosen, rows)
        graph = to_onnx(model, outputs)
        assert graph == to_onnx(again, outputs)
        session = onnxruntime.InferenceSession(graph)
        given = {i.name: x[[outputs[int(i.name[1:])]["name"]]].to_numpy() for i in session.get_inputs()}
        wanted = predictions(model, x, tuned.ground.problem).reshape(len(x), -1)
        np.testing.assert_allclose(session.run(None, given)[0], wanted, rtol=1e-9, atol=1e-9)
        assert sum(m["weight"] for m in made_of["members"]) == pytest.approx(1)
        assert about["score"] == chosen.score
    kinds = {m.name: type(combinations.model_of(tuned, m, rows)[0]) for m in found.others}
    assert kinds[combinations.STACK] is Stack
    assert kinds[combinations.VOTE] is kinds[combinations.BAGS] is WeightedEnsemble


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_a_hard_vote_is_that_of_scikit_learn_and_offered_where_classes_alone_are_judged(made, tmp_path, task):
    problem, rows = made(task, 240)
    problem = replace(problem, measure="accuracy")
    known = families(task)
    shortlist = {f: known[f] for f in ("logistic regression", "decision tree", "naive Bayes")}
    ground = Ground(shortlist, rows, problem, train.folds(rows, problem, 3, 0))
    tuned = tune.search(ground, tmp_path, "key", tune.Plan(trials=4))
    chosen = next(m for m in combinations.compared(tuned).others if m.name == combinations.HARD)
    model, about, _ = combinations.model_of(tuned, chosen, rows)
    assert isinstance(model, HardVote)
    assert about["family"].startswith("hard vote: ")
    theirs = VotingClassifier([(str(n), m) for n, m in enumerate(model.members)], voting="hard")
    theirs.estimators_, theirs.le_ = model.members, LabelEncoder().fit(model.classes_)
    np.testing.assert_array_equal(model.predict(ground.x), theirs.predict(ground.x))
    outputs = [{"name": n, "kind": "number" if ground.x[n].dtype == float else "category"} for n in ground.x]
    session = onnxruntime.InferenceSession(to_onnx(model, outputs))
    given = {i.name: ground.x[[outputs[int(i.name[1:])]["name"]]].to_numpy() for i in session.get_inputs()}
    np.testing.assert_allclose(session.run(None, given)[0], model.predict_proba(ground.x), atol=1e-12)


def test_a_search_of_one_family_has_fewer_ways(made, tmp_path):
    problem, rows = made("binary", 120)
    ground = Ground(
        {"decision tree": families("binary")["decision tree"]},
        rows,
        problem,
        train.folds(rows, problem, 2, 0),
    )
    tuned = tune.search(ground, tmp_path, "key", tune.Plan(trials=1))
    found = combinations.compared(tuned)
    assert found.others == []
    assert found.kept is found.single
    assert found.single.rule.weights == {0: 1.0}


def test_bagging_is_judged_by_models_that_never_saw_the_row(made, tmp_path):
    tuned = searched(made, "regression", tmp_path, 2)
    ground, library = tuned.ground, combinations.library_of(tuned)
    first, rows = ground.parts[0][1], ground.rows.copy()
    rows.iloc[first, rows.columns.get_loc("y")] = 0.0  # another truth of the first fold
    other = replace(library, ground=Ground(ground.shortlist, rows, ground.problem, ground.parts))
    before, after = (combinations.bagged(given, tuned) for given in (library, other))
    np.testing.assert_array_equal(before[: len(first)], after[: len(first)])
    assert not np.array_equal(before, after)


def test_rows_of_weight_zero_have_no_say_in_a_stack_or_in_a_score(made, tmp_path):
    problem, rows = made("binary", 240, weight="w")
    draw = np.random.default_rng(0)
    rows = rows.assign(w=draw.integers(0, 2, len(rows)).astype(float))
    shortlist = {f: families("binary")[f] for f in NAMES["binary"][:2]}
    ground = Ground(shortlist, rows, problem, train.folds(rows, problem, 3, 0))
    tuned = tune.search(ground, tmp_path, "key", tune.Plan(trials=2))
    library, heavy = combinations.library_of(tuned), rows["w"].to_numpy()[ground.judged] > 0
    x = np.hstack([library.predicted[n] for n in library.best_of_families(library.folds)])
    wanted = LogisticRegression(max_iter=2000).fit(x[heavy], library.y[heavy]).predict_proba(x)
    found = combinations.stack(library, library.folds).says(library.predicted)
    np.testing.assert_allclose(found, wanted, atol=1e-4)
    by_fold = [
        roc_auc_score(library.y[here], library.predicted[0][here, 1])
        for here in ((library.fold == f) & heavy for f in range(3))
    ]
    assert tuned.complete[0].value == pytest.approx(np.mean(by_fold))
