"""Several labels a row, held against what scikit-learn does when it is called by hand."""

import dataclasses
import warnings

import numpy as np
import onnxruntime
import pandas as pd
import pytest
from sklearn import metrics
from sklearn.datasets import make_multilabel_classification
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from helpers.bundle import Bundle, write_bundle
from helpers.errors import BadInput
from helpers.labels import joined
from helpers.model import (
    accept,
    calibration,
    card,
    champions,
    cross_validation,
    distillation,
    ensemble,
    evaluate,
    explain,
    goals,
    hard_rows,
    proof,
    scoring,
    slices,
    train,
)
from helpers.model.families import families, suited
from helpers.model.features import ENCODE, model_pipeline, transformer
from helpers.model.objective import Objective, best_threshold
from helpers.model.package import formats
from helpers.model.package.onnx import to_onnx
from helpers.problem import HAMMING, Problem
from helpers.recipe import Recipe
from helpers.recipe.columns import from_frame
from helpers.report.text import number

LABELS = ["comedy", "drama", "horror", "western"]
PROBLEM = Problem("films", "genres", "multilabel", "roc_auc", LABELS)


def table(rows=400, seed=0):
    """Numbers with gaps and a category that tells of the first label; the labels of each row as text."""
    x, y = make_multilabel_classification(rows, 6, n_classes=4, n_labels=2, random_state=seed)
    draw = np.random.default_rng(seed)
    frame = pd.DataFrame(x, columns=[f"x{n}" for n in range(6)])
    frame.loc[draw.random(rows) < 0.1, "x1"] = np.nan
    told = np.where(y[:, 0] == 1, draw.choice(["de", "fr"], rows), draw.choice(["fr", "it"], rows))
    frame["land"] = np.where(draw.random(rows) < 0.1, "", told)
    return frame.assign(genres=joined(y, LABELS)), y


@pytest.fixture(scope="module")
def rows():
    return table()[0]


@pytest.fixture(scope="module")
def y():
    return table()[1]


def made(name, rows, y, seed=0, **options):
    family = families("multilabel")[name]
    x = rows[PROBLEM.features(list(rows.columns))]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model_pipeline(x, family.make(seed), "multilabel", seed, **{**family.features, **options}).fit(
            x, y
        )


def in_onnx(model, x):
    outputs = [
        {"name": c, "kind": "number" if pd.api.types.is_numeric_dtype(x[c]) else "category"} for c in x
    ]
    session = onnxruntime.InferenceSession(to_onnx(model, outputs))
    wanted = {i.name for i in session.get_inputs()}
    feed = {f"x{n}": x[o["name"]].to_numpy()[:, None] for n, o in enumerate(outputs) if f"x{n}" in wanted}
    return session.run(None, feed)[0]


def test_the_target_is_a_column_of_0_and_1_a_label(rows, y):
    assert np.array_equal(scoring.target(PROBLEM, rows), y)


def test_out_of_fold_probabilities_are_those_of_one_vs_rest_by_hand():
    x, y = make_multilabel_classification(300, 5, n_classes=4, random_state=1)
    rows = pd.DataFrame(x, columns=list("abcde")).assign(genres=joined(y, LABELS))
    parts = train.folds(rows, PROBLEM, 4, 0)
    known = {"logistic regression": families("multilabel")["logistic regression"]}
    (found,) = cross_validation.cross_validate(known, rows, PROBLEM, parts, 0)
    scores = []
    for learn, judge in parts:
        by_hand = make_pipeline(StandardScaler(), OneVsRestClassifier(LogisticRegression(max_iter=2000)))
        wanted = by_hand.fit(x[learn], y[learn]).predict_proba(x[judge])
        assert found.predicted[judge] == pytest.approx(wanted, abs=1e-12)
        scores.append(metrics.roc_auc_score(y[judge], wanted, average="macro"))
    assert found.scores == pytest.approx(scores)


def test_measures_are_those_of_scikit_learn_on_indicator_matrices(y):
    p = np.random.default_rng(0).random(y.shape) * 0.6 + 0.4 * y * np.random.default_rng(1).random(y.shape)
    said = (p >= 0.5).astype(int)
    found = scoring.measures(y, p, PROBLEM)
    wanted = {
        "roc_auc": metrics.roc_auc_score(y, p, average="macro"),
        "average_precision": metrics.average_precision_score(y, p, average="macro"),
        "neg_log_loss": -np.mean([metrics.log_loss(y[:, n], p[:, n]) for n in range(4)]),
        "f1_micro": metrics.f1_score(y, said, average="micro"),
        "f1_macro": metrics.f1_score(y, said, average="macro"),
        HAMMING: -metrics.hamming_loss(y, said),
        "accuracy": metrics.accuracy_score(y, said),
    }
    assert found == pytest.approx(wanted)


def test_labels_of_one_class_are_left_out_of_the_mean(y):
    p, some = np.random.default_rng(0).random(y.shape), y.copy()
    some[:, 1], some[:, 2] = 0, 1
    kept = [0, 3]
    for measure, by_hand in (
        ("roc_auc", metrics.roc_auc_score),
        ("average_precision", metrics.average_precision_score),
    ):
        assert scoring.score(measure, some, p, PROBLEM) == pytest.approx(by_hand(y[:, kept], p[:, kept]))
    assert np.isnan(scoring.score("roc_auc", np.zeros_like(y), p, PROBLEM))


@pytest.mark.parametrize("measure", ["roc_auc", "neg_brier_score", "f1_samples", HAMMING, "accuracy"])
def test_a_measure_of_several_labels_is_taken(measure):
    scoring.check_measure(dataclasses.replace(PROBLEM, measure=measure))


@pytest.mark.parametrize("measure", ["balanced_accuracy", "r2", "roc_auc_ovr", "f1", "matthews_corrcoef"])
def test_a_measure_of_other_tasks_is_refused_in_one_line(measure):
    with pytest.raises(BadInput, match=f"{measure}.* does not fit a multilabel task"):
        scoring.check_measure(dataclasses.replace(PROBLEM, measure=measure))


def test_every_family_of_two_classes_does_several_labels():
    assert set(families("multilabel")) == set(families("binary"))


def test_a_family_that_is_slow_is_left_out_sooner_where_there_are_more_labels():
    two, four = families("binary"), suited(PROBLEM)
    limited = [name for name, family in two.items() if family.most]
    assert limited
    assert all(four[name].most == two[name].most // 4 for name in limited)


@pytest.mark.parametrize("name", [n for n, f in families("multilabel").items() if f.exact])
def test_onnx_gives_the_probabilities_of_every_family(name, rows, y):
    x = rows[PROBLEM.features(list(rows.columns))]
    model = made(name, rows.iloc[:250], y[:250])
    assert in_onnx(model, x) == pytest.approx(scoring.predictions(model, x, PROBLEM), abs=1e-6)


def test_sets_of_levels_label_by_label_score_the_same_in_the_runtime(rows, y):
    draw = np.random.default_rng(0)
    some = rows.assign(place=[f"p{n}" for n in draw.integers(0, 40, len(rows))])
    x = some[PROBLEM.features(list(some.columns))]
    model = made("LightGBM", some.iloc[:250], y[:250], encode="levels")
    assert in_onnx(model, x) == pytest.approx(scoring.predictions(model, x, PROBLEM), abs=1e-9)


@pytest.mark.parametrize("encode", ENCODE)
def test_onnx_gives_the_probabilities_of_every_encoding(encode, rows, y):
    x = rows[PROBLEM.features(list(rows.columns))]
    model = made("logistic regression", rows.iloc[:250], y[:250], encode=encode)
    assert in_onnx(model, x) == pytest.approx(scoring.predictions(model, x, PROBLEM), abs=1e-12)


def test_a_label_that_no_row_of_a_fold_has_or_all_have_is_predicted_so_and_exported(rows, y):
    one_sided = y.copy()
    one_sided[:, 1], one_sided[:, 2] = 0, 1
    x = rows[PROBLEM.features(list(rows.columns))]
    model = made("LightGBM", rows, one_sided)
    said = scoring.predictions(model, x, PROBLEM)
    assert (set(said[:, 1]), set(said[:, 2])) == ({0.0}, {1.0})
    assert in_onnx(model, x) == pytest.approx(said, abs=1e-12)


def test_two_labels_are_not_taken_for_two_classes(rows, y):
    two = dataclasses.replace(PROBLEM, classes=["comedy", "drama"])
    some = rows.assign(genres=joined(y[:, :2], two.classes))
    x, known = some[two.features(list(some.columns))], suited(two)["logistic regression"]
    model = model_pipeline(x, known.make(0), two.task, 0, **known.features).fit(x, scoring.target(two, some))
    said = scoring.predictions(model, x, two)
    assert said.sum(axis=1) != pytest.approx(1)
    assert in_onnx(model, x) == pytest.approx(said, abs=1e-12)
    by_hand = metrics.roc_auc_score(y[:, :2], said, average="macro")
    assert scoring.score("roc_auc", y[:, :2], said, two) == pytest.approx(by_hand)


def test_by_time_a_label_that_comes_late_is_learnt_when_it_is_there(rows, y):
    late = y.copy()
    late[:150, 3] = 0
    some = rows.assign(day=pd.date_range("2020", periods=len(rows)), genres=joined(late, LABELS))
    timed = dataclasses.replace(PROBLEM, time="day")
    parts = train.folds(some, timed, 4, 0)
    known = {"logistic regression": families("multilabel")["logistic regression"]}
    (found,) = cross_validation.cross_validate(known, some, timed, parts, 0)
    assert not found.trouble
    assert set(found.predicted[parts[-1][1], 3]) == {0.0}  # the oldest
    assert found.predicted[parts[0][1], 3].max() > 0.1


def test_encoding_by_target_is_that_of_each_label_alone(rows, y):
    from sklearn.preprocessing import TargetEncoder

    x = rows[["land"]]
    both = transformer(x, "multilabel", encode="target").fit(x, y).transform(x)
    alone = [TargetEncoder(target_type="binary").fit(x, label).transform(x) for label in y.T]
    assert both == pytest.approx(np.hstack(alone))


def test_an_ensemble_means_the_probabilities_of_its_members_and_names_labels_from_one_half_on(rows, y):
    x = rows[PROBLEM.features(list(rows.columns))]
    members = [made(name, rows, y) for name in ("logistic regression", "decision tree")]
    mixed = ensemble.WeightedEnsemble(members, [0.25, 0.75], scoring.columns_of(PROBLEM, y))
    each = [scoring.predictions(m, x, PROBLEM) for m in members]
    wanted = 0.25 * each[0] + 0.75 * each[1]
    assert scoring.predictions(mixed, x, PROBLEM) == pytest.approx(wanted)
    assert np.array_equal(mixed.predict(x), wanted >= 0.5)
    assert in_onnx(mixed, x) == pytest.approx(wanted, abs=1e-12)
    assert "LogisticRegression, one a label" in ensemble.name_of(mixed)


def test_the_baseline_is_the_share_of_each_label(y):
    assert evaluate.baseline(y, 2, PROBLEM) == pytest.approx(np.tile(y.mean(axis=0), (2, 1)))


def test_each_label_has_the_threshold_that_it_would_have_alone(y):
    p = np.clip(y * 0.4 + np.random.default_rng(0).random(y.shape) * 0.6, 0, 1)
    aim = Objective(missed=5.0)
    goal = goals.labels_goal(y, p, LABELS, aim, False)
    assert goal["thresholds"] == [best_threshold(y[:, n], p[:, n], aim) for n in range(4)]
    table = goals.label_table(y, p, goal)
    at = p >= np.array(goal["thresholds"])
    assert table["f1"].to_numpy() == pytest.approx(metrics.f1_score(y, at, average=None))
    assert table["recall"].to_numpy() == pytest.approx(metrics.recall_score(y, at, average=None))
    best = [max(metrics.f1_score(y[:, n], p[:, n] >= t) for t in p[:, n]) for n in range(4)]
    assert table["best_f1"].to_numpy() == pytest.approx(best)
    assert "4 labels" in goals.in_words(goal)


def test_a_label_that_no_judged_row_has_is_predicted_from_one_half_on(y):
    none = y.copy()
    none[:, 2] = 0
    goal = goals.labels_goal(none, np.full(y.shape, 0.4), LABELS, Objective(), False)
    assert goal["thresholds"][2] == 0.5
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = goals.label_table(none, np.full(y.shape, 0.4), goal)
    assert table.loc["horror", ["roc_auc", "average_precision", "best_f1"]].isna().all()


def judged(y, p, **objective):
    aim, required = Objective(**objective), bool(objective)
    goal = goals.labels_goal(y, p, LABELS, aim, required)
    dummy = evaluate.baseline(y, len(y), PROBLEM)
    return evaluate.evaluation(y, p, dummy, PROBLEM, goal, None, 0), dummy


def test_what_beats_the_shares_is_accepted_and_what_does_not_is_not(y):
    p = np.clip(y * 0.4 + np.random.default_rng(0).random(y.shape) * 0.6, 0, 1)
    evaluation, dummy = judged(y, p)
    told = accept.acceptance(y, p, dummy, PROBLEM, evaluation, "hash", 0)
    assert told["accepted"]
    assert told["baseline"] == 0.5
    assert told["interval"]["low"] < told["value"] < told["interval"]["high"]
    assert told["coverage"] is None
    assert not accept.acceptance(y, 1 - p, dummy, PROBLEM, evaluation, "hash", 0)["accepted"]


def test_an_objective_that_is_required_must_be_kept_for_every_label(y):
    p = np.clip(y * 0.9 + np.random.default_rng(0).random(y.shape) * 0.1, 0, 1)
    evaluation, dummy = judged(y, p, reach=("recall", 0.8), at=("precision", 0.8))
    told = accept.acceptance(y, p, dummy, PROBLEM, evaluation, "hash", 0)
    assert told["accepted"]
    assert "each of 4 labels keeps the objective" in told["reason"]
    p[:, 2] = np.random.default_rng(1).random(len(y))
    told = accept.acceptance(y, p, dummy, PROBLEM, evaluation, "hash", 0)
    assert not told["accepted"]
    assert "label horror" in told["reason"]
    assert "label comedy" not in told["reason"]


def test_parts_of_the_evaluation_that_suit_no_sets_say_so(y):
    p = np.full(y.shape, 0.5)
    model = object()
    same, told = calibration.mended(model, y, p, "auto", 0)
    assert same is model
    assert "left as they are" in told
    with pytest.raises(BadInput, match=r"evaluate\.costs is for several classes, and the task is multilabel"):
        goals.must_suit(PROBLEM, costs=["comedy > drama = 5"])
    with pytest.raises(BadInput, match=r"tune\.distil is not for several labels"):
        distillation.must_suit(PROBLEM, True)


def test_calibration_takes_all_labels_together(y):
    truth, p = calibration.cases(y, y * 0.5)
    assert (truth.shape, p.shape) == ((y.size,), (y.size,))
    assert p == pytest.approx(truth * 0.5)


def test_groups_are_compared_over_all_labels_together(y):
    p, groups = np.random.default_rng(0).random(y.shape), pd.Series(["a", "b"] * 200, name="group")
    found = slices.by_group(y, p, groups, [0.5, 0.2, 0.9, 0.5])
    here = groups.to_numpy() == "a"
    acted = (p >= [0.5, 0.2, 0.9, 0.5])[here].ravel()
    assert found.loc["a", "recall"] == pytest.approx(metrics.recall_score(y[here].ravel(), acted))
    assert found.loc["a", "precision"] == pytest.approx(metrics.precision_score(y[here].ravel(), acted))


def test_the_hardest_rows_are_those_whose_labels_are_least_expected(rows, y):
    p = np.where(y == 1, 0.9, 0.1)
    p[7] = 1 - p[7]
    found = evaluate.hardest(rows, y, p, PROBLEM, thresholds=[0.5] * 4)
    assert found.index[0] == 7
    assert found["true"].iloc[0] == rows["genres"].iloc[7]
    assert found["error"].iloc[0] == pytest.approx(0.9)
    results = [train.Result(name, np.array([1.0]), p) for name in ("one", "other")]
    hardest = hard_rows.hardest(results, ["one", "other"], rows, PROBLEM)
    assert hardest.index[0] == 7
    assert hardest["wrong"].iloc[0] == "2 of 2"
    assert len(hardest) == 1


def test_a_column_that_tells_of_the_labels_matters_and_one_that_does_not_does_not(rows, y):
    x = rows[PROBLEM.features(list(rows.columns))].assign(noise=np.random.default_rng(5).random(len(rows)))
    family = families("multilabel")["random forest"]
    model = model_pipeline(x, family.make(0), "multilabel", 0, **family.features).fit(x.iloc[:300], y[:300])
    lost = explain.importance(model, x.iloc[300:], y[300:], PROBLEM, 0)
    assert lost.index[0] != "noise"
    assert abs(lost["noise"]) < lost.iloc[0] / 3


@pytest.fixture(scope="module")
def bundle(tmp_path_factory, rows, y):
    raw = rows.drop(columns="genres")
    recipe = Recipe([]).fit(from_frame(raw), rows["genres"].to_numpy(object))
    x = recipe.apply_frame(raw)
    model = made("logistic regression", x.assign(genres=rows["genres"]), y)
    p = scoring.predictions(model, x, PROBLEM)
    evaluation, dummy = judged(y, p, missed=3.0)
    verdict = accept.acceptance(y, p, dummy, PROBLEM, evaluation, "hash", 0)
    about = card.signature(PROBLEM, recipe.to_dict(), evaluation, "LogisticRegression, one a label")
    text = card.card(PROBLEM, PROVENANCE, recipe.to_dict(), evaluation, verdict, "LogisticRegression")
    folder = tmp_path_factory.mktemp("bundle")
    write_bundle(folder, to_onnx(model, recipe.outputs), about, recipe.to_dict(), text, {})
    return folder, model, recipe, raw, x, evaluation


PROVENANCE = {
    "source": "films.csv", "rows_read": 400, "sha256": "0" * 64, "retrieved": "today",
    "rows_without_target": 0, "sealed_rows": 40,
}  # fmt: skip


def test_a_bundle_gives_the_labels_that_reach_their_thresholds_and_a_probability_each(bundle):
    folder, model, recipe, raw, x, evaluation = bundle
    opened = Bundle(folder)
    result = proof.compare(opened, model, recipe, raw, PROBLEM)
    assert result["ok"]
    assert result["largest_difference"] < 1e-12
    answers = opened.predict({c: raw[c].tolist() for c in raw})
    assert list(answers) == ["prediction", *(f"probability_{label}" for label in LABELS)]
    p = np.column_stack([answers[f"probability_{label}"] for label in LABELS])
    assert p == pytest.approx(scoring.predictions(model, x, PROBLEM), abs=1e-12)
    wanted = [
        {label for label, one, t in zip(LABELS, row, evaluation["thresholds"], strict=True) if one >= t}
        for row in p
    ]
    assert [set(text.split("|")) - {"(none)"} for text in answers["prediction"]] == wanted
    assert "(none)" in answers["prediction"]


def test_the_model_in_use_answers_with_a_probability_a_label(bundle):
    folder, model, _, raw, x, _ = bundle
    assert champions.answers(folder, raw, PROBLEM) == pytest.approx(scoring.predictions(model, x, PROBLEM))


def test_the_card_says_from_which_probability_on_each_label_is_predicted(bundle):
    folder, *_, evaluation = bundle
    text = (folder / "model_card.md").read_text()
    assert "which of 4 labels hold" in text
    for label, threshold in zip(LABELS, evaluation["thresholds"], strict=True):
        assert f"| {label} | {number(threshold, 4)} |" in text


def test_the_model_is_written_in_the_other_formats_and_proven(bundle, tmp_path):
    _, model, recipe, raw, x, _ = bundle
    wanted = scoring.predictions(model, x, PROBLEM)
    given = formats.Given(model, recipe, PROBLEM, raw, x, wanted)
    records = formats.write(given, formats.formats(["pickle", "skops"]), tmp_path / "exports")
    assert [r["trouble"] for r in records] == ["", ""]
