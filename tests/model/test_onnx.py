"""A model scores in ONNX Runtime as it does in scikit-learn: every family, every task, every transformation."""

import itertools

import numpy as np
import onnxruntime
import pytest
import sklearn.linear_model
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator

from helpers.errors import Failed
from helpers.model.calibration import Recalibrated
from helpers.model.ensemble import Stack, WeightedEnsemble, name_of
from helpers.model.families import families
from helpers.model.features import model_pipeline
from helpers.model.package.onnx import to_onnx
from helpers.model.scoring import predictions, target

CLOSE = {"XGBoost": 2e-6}  # it sums in single precision
TASKS = ("binary", "multiclass", "regression")
EXACT = [(task, name) for task in TASKS for name, f in families(task).items() if f.exact]
OUTPUTS = [
    *({"name": n, "kind": "number"} for n in ("grid", "wide", "thin")),
    *({"name": n, "kind": "category"} for n in ("level", "other", "text", "again")),
]


def in_runtime(graph, x):
    """What ONNX Runtime makes of a frame, with nothing of ours between."""
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    wanted = {i.name for i in session.get_inputs()}
    feed = {f"x{n}": x[[o["name"]]].to_numpy() for n, o in enumerate(OUTPUTS) if f"x{n}" in wanted}
    return session.run(None, feed)[0]


def difference(model, graph, x, problem):
    wanted = predictions(model, x, problem).reshape(len(x), -1)
    scale = np.maximum(1, np.abs(wanted)) if problem.task == "regression" else 1
    return np.max(np.abs(in_runtime(graph, x) - wanted) / scale)


def unseen(x):
    """Rows that training did not hold: unknown levels, everything missing, values on both sides of many splits."""
    strange = x.copy()
    strange["level"] = np.where(np.arange(len(x)) % 3 == 0, "never seen 🚀", x["level"])
    strange.iloc[0, :3] = np.nan
    strange["wide"] = np.nextafter(np.float32(1), np.float32(2), dtype=np.float32) * strange["wide"]
    return strange


@pytest.mark.parametrize(("task", "name"), EXACT)
def test_every_family_scores_the_same_in_the_runtime(made, task, name):
    problem, rows = made(task)
    family, x = families(task)[name], rows.drop(columns="y")
    model = model_pipeline(x, family.make(0), task, **family.features).fit(x, target(problem, rows))
    graph = to_onnx(model, OUTPUTS)
    assert difference(model, graph, x, problem) <= CLOSE.get(name, 1e-9)
    assert difference(model, graph, unseen(x), problem) <= CLOSE.get(name, 1e-9)
    assert to_onnx(model, OUTPUTS) == graph


@pytest.mark.parametrize("levels", [2, 31, 32, 33, 600])
@pytest.mark.parametrize("task", TASKS)
def test_sets_of_levels_score_the_same_in_the_runtime(made, task, levels):
    problem, rows = made(task, 900)
    draw = np.random.default_rng(levels)
    rows["level"] = [f"l{n}" for n in draw.integers(0, levels, len(rows))]
    rows["other"] = np.where(draw.random(len(rows)) < 0.1, "", rows["other"])
    family, x = families(task)["LightGBM"], rows.drop(columns="y")
    model = model_pipeline(x, family.make(0, cat_smooth=1), task, **family.features)
    model.fit(x, target(problem, rows))
    splits = model[-1].booster_.trees_to_dataframe()["decision_type"]
    assert (splits == "==").any(), "no split of levels, so this shows nothing"
    assert difference(model, to_onnx(model, OUTPUTS), unseen(x), problem) <= 1e-9


@pytest.mark.parametrize("name", ["logistic regression", "LightGBM", "random forest"])
def test_a_class_that_the_model_never_saw_has_a_column_of_zeros_in_the_runtime(made, name):
    problem, rows = made("multiclass")
    rows = rows[rows["y"] != problem.classes[1]]
    family, x = families("multiclass")[name], rows.drop(columns="y")
    model = model_pipeline(x, family.make(0), "multiclass", **family.features).fit(x, target(problem, rows))
    got = in_runtime(to_onnx(model, OUTPUTS, len(problem.classes)), x)
    assert got == pytest.approx(predictions(model, x, problem), abs=1e-9)
    assert (got[:, 1] == 0).all()


FAMILY = {"binary": "logistic regression", "multiclass": "discriminant analysis", "regression": "ridge"}
COMBINED = list(
    itertools.product(("median", "mean"), (False, True), ("one-hot", "ordinal", "target", "mixed"))
)


@pytest.mark.parametrize("scale", ["none", "standard", "robust"])
@pytest.mark.parametrize("task", TASKS)
def test_every_transformation_scores_the_same_in_the_runtime(made, task, scale):
    problem, rows = made(task, 200)
    name, x = FAMILY[task] if scale != "none" else "random forest", rows.drop(columns="y")
    for impute, indicator, encode in COMBINED:
        options = {
            "impute": impute,
            "indicator": indicator,
            "encode": encode,
            "scale": scale,
            "log": indicator,
        }
        estimator = families(task)[name].make(0, **({"n_estimators": 10} if scale == "none" else {}))
        model = model_pipeline(x, estimator, task, **options).fit(x, target(problem, rows))
        assert difference(model, to_onnx(model, OUTPUTS), unseen(x), problem) <= 1e-9, options


SHAPES = [
    {"root": True},
    {"power": True},
    {"bins": 6},
    {"squares": True},
    {"squares": True, "products": True, "power": True},
    {"scale": "minmax", "encode": "target"},
    {"words": 30},
    {"words": 3000, "scale": "minmax"},
]


def with_texts(rows, seed=0):
    draw, words = np.random.default_rng(seed), ["the", "größe", "🚀", *(f"w{n}" for n in range(60))]
    texts = [" ".join(draw.choice(words, draw.integers(0, 12))) for _ in range(len(rows))]
    again = [f"one w{n % 60} of sixty" for n in range(len(rows))]  # recurs, so it is a category as well
    return rows.assign(text=[*texts[:-1], "the  the   🚀 "], again=again)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("task", TASKS)
def test_every_shape_of_numbers_and_texts_scores_the_same_in_the_runtime(made, task, shape):
    problem, rows = made(task)
    x, y = with_texts(rows).drop(columns="y"), target(problem, rows)
    options = {"scale": "standard"} | shape
    model = model_pipeline(x, families(task)[FAMILY[task]].make(0), task, **options).fit(x, y)
    strange = unseen(x)
    assert [name for name, _, columns in model[0].transformers_ if "again" in columns] == [
        "texts",
        "categories",
    ]
    strange.loc[:9, "text"], strange.loc[10, "text"] = "", "never seen"
    graph = to_onnx(model, OUTPUTS)
    assert difference(model, graph, strange, problem) <= 1e-9
    assert difference(model, graph, strange.head(1), problem) <= 1e-9


@pytest.mark.parametrize(
    "name",
    [
        "decision tree",
        "random forest",
        "gradient boosting",
        "histogram boosting",
        "LightGBM",
        "CatBoost",
        "XGBoost",
    ],
)
def test_a_value_next_to_a_split_goes_the_same_way(made, name):
    problem, rows = made("regression")
    family, x = families("regression")[name], rows.drop(columns="y")
    model = model_pipeline(x, family.make(0), "regression", **family.features).fit(x, target(problem, rows))
    graph, values = to_onnx(model, OUTPUTS), np.sort(x["wide"].dropna().unique())
    close = np.array([1, 1 - 1e-16, 1 + 1e-15, 1 - 1e-8, 1 + 1e-8])
    near = np.concatenate([(a + b) / 2 * close for a, b in itertools.pairwise(values)])
    around = x.sample(len(near), replace=True, random_state=0).assign(wide=near)
    assert difference(model, graph, around, problem) <= CLOSE.get(name, 1e-9)


def test_families_without_an_exact_export_say_so_and_are_refused():
    inexact = {f.name for task in TASKS for f in families(task).values() if not f.exact}
    assert inexact == {"nearest neighbours"}


def fitted_members(task, problem, rows, names):
    """Fitted pipelines; the second has seen no row of the last class."""
    x, y = rows.drop(columns="y"), target(problem, rows)
    found = []
    for n, name in enumerate(names):
        family = families(task)[name]
        part = y < max(y) if n == 1 and task == "multiclass" else np.ones(len(y), bool)
        pipeline = model_pipeline(x, family.make(n), task, **family.features)
        found.append(pipeline.fit(x[part], y[part]))
    return found


@pytest.mark.parametrize("task", TASKS)
def test_weighted_means_and_stacks_score_the_same_in_the_runtime(made, task):
    problem, rows = made(task)
    x, y = rows.drop(columns="y"), target(problem, rows)
    members = fitted_members(task, problem, rows, ["LightGBM", "CatBoost", "extra trees", "LightGBM"])
    classes = None if task == "regression" else np.unique(y)
    mean = WeightedEnsemble(members, [0.4, 0.3, 0.2, 0.1], classes)
    assert difference(mean, to_onnx(mean, OUTPUTS), unseen(x), problem) <= 1e-9
    assert name_of(mean).startswith("WeightedEnsemble of 2 × LGBM")
    final = families(task)["ridge" if task == "regression" else "logistic regression"].make(0)
    stack = Stack(members, final.fit(np.hstack(mean.said(x)), y), classes)
    assert difference(stack, to_onnx(stack, OUTPUTS), unseen(x), problem) <= 1e-9
    both = WeightedEnsemble([mean, stack], [0.5, 0.5], classes)
    assert difference(both, to_onnx(both, OUTPUTS), unseen(x), problem) <= 1e-9


@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
@pytest.mark.parametrize("task", TASKS[:2])
def test_calibrated_models_score_the_same_in_the_runtime(made, task, method):
    problem, rows = made(task)
    x, y = rows.drop(columns="y"), target(problem, rows)
    few = {
        "LightGBM": {"n_estimators": 9},
        "histogram boosting": {"max_iter": 9},
        "random forest": {"n_estimators": 9},
    }
    for name in ("LightGBM", "logistic regression", "histogram boosting", "random forest"):
        family = families(task)[name]
        whole = CalibratedClassifierCV(family.make(0, **few.get(name, {})), method=method, cv=2)
        model = model_pipeline(x, whole, task, **family.features).fit(x, y)
        assert difference(model, to_onnx(model, OUTPUTS), unseen(x), problem) <= 1e-9, name
        outer = CalibratedClassifierCV(FrozenEstimator(model), method=method).fit(x, y)
        assert difference(outer, to_onnx(outer, OUTPUTS), unseen(x), problem) <= 1e-9, name


class Odd(RegressorMixin, BaseEstimator):
    """A model that no converter knows."""

    def fit(self, x, y):
        self.n_features_in_ = x.shape[1]
        return self

    def predict(self, x):
        return np.zeros(len(x))


def test_a_model_without_a_converter_is_refused_in_one_line(made):
    problem, rows = made("regression", 40)
    x = rows.drop(columns="y")
    model = model_pipeline(x, Odd(), "regression").fit(x, target(problem, rows))
    with pytest.raises(Failed, match="Odd has no export to ONNX") as refused:
        to_onnx(model, OUTPUTS)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_recalibrated_probabilities_are_exported_exactly(made, task):
    problem, rows = made(task)
    x, family = rows.drop(columns="y"), families(task)["random forest"]
    model = model_pipeline(x, family.make(0), task, **family.features).fit(x, target(problem, rows))
    mended = Recalibrated(model, 1.7, [0.0, 0.4, -0.3][: len(problem.classes)])
    assert difference(mended, to_onnx(mended, OUTPUTS), unseen(x), problem) < 1e-12
    assert name_of(mended) == "RandomForestClassifier, recalibrated"


@pytest.mark.parametrize("name", ["BayesianRidge", "HuberRegressor", "TheilSenRegressor"])
def test_an_estimator_without_a_converter_of_ours_is_carried_by_skl2onnx(made, name):
    problem, rows = made("regression")
    x = rows.drop(columns="y")
    model = model_pipeline(x, getattr(sklearn.linear_model, name)(), "regression", scale="standard")
    model.fit(x, target(problem, rows))
    assert difference(model, to_onnx(model, OUTPUTS), x, problem) < 1e-6
