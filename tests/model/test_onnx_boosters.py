"""Boosted trees on awkward numbers: what each library itself predicts is the truth, row by row and in batches."""

import numpy as np
import onnxruntime
import pandas as pd
import pytest
from catboost import CatBoostClassifier, CatBoostRegressor
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline
from xgboost import XGBClassifier, XGBRegressor

from helpers.errors import Failed
from helpers.model.package.onnx import to_onnx

QUIET = {"n_jobs": 1, "verbose": -1, "n_estimators": 25, "min_child_samples": 3}
STILL = {"thread_count": 1, "logging_level": "Silent", "allow_writing_files": False, "iterations": 25}
FEW = {"n_jobs": 1, "n_estimators": 25}
MODELS = {
    "LightGBM": LGBMClassifier(**QUIET),
    "LightGBM, zeros missing": LGBMClassifier(zero_as_missing=True, **QUIET),
    "LightGBM, nothing missing": LGBMClassifier(use_missing=False, **QUIET),
    "LightGBM, forest": LGBMClassifier(boosting_type="rf", subsample=0.6, subsample_freq=1, **QUIET),
    "LightGBM, dart": LGBMRegressor(boosting_type="dart", **QUIET),
    "LightGBM, counts": LGBMRegressor(objective="poisson", **QUIET),
    "LightGBM, quantile": LGBMRegressor(objective="quantile", alpha=0.9, **QUIET),
    "LightGBM, one against all": LGBMClassifier(objective="multiclassova", **QUIET),
    "CatBoost": CatBoostClassifier(**STILL),
    "CatBoost, missing largest": CatBoostClassifier(nan_mode="Max", **STILL),
    "CatBoost, counts": CatBoostRegressor(loss_function="Poisson", **STILL),
    "CatBoost, quantile": CatBoostRegressor(loss_function="Quantile:alpha=0.2", **STILL),
    "CatBoost, one round": CatBoostRegressor(**STILL | {"iterations": 1, "depth": 1}),
    "CatBoost, some trees without a split": CatBoostRegressor(rsm=0.1, **STILL),
    "CatBoost, the same of classes": CatBoostClassifier(rsm=0.1, **STILL),
    "XGBoost": XGBClassifier(**FEW),
    "XGBoost, forest": XGBRegressor(num_parallel_tree=4, subsample=0.7, **FEW),
    "XGBoost, counts": XGBRegressor(objective="count:poisson", **FEW),
}


def awkward(count, seed, classes):
    """Zeros, missing and huge values, and singles that lie between two doubles."""
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(count, 4))
    x[:, 1] = draw.choice([0.0, -0.0, 1e-36, 1.0, -1.0], count)
    x[:, 2] *= 10.0 ** draw.integers(-30, 30, count)
    x[:, 3] = np.float32(0.1) + draw.integers(-3, 4, count) * np.spacing(np.float32(0.1)) / 4
    x[draw.random((count, 4)) < 0.12] = np.nan
    signal = np.nan_to_num(x[:, 0]) + np.nan_to_num(x[:, 1]) + np.isnan(x[:, 2])
    y = (
        np.digitize(signal, np.quantile(signal, np.arange(1, classes) / classes))
        if classes
        else np.round(np.exp(signal))
    )
    return pd.DataFrame(x, columns=list("abcd")), y


def answers(model, x):
    said = model.predict_proba(x) if hasattr(model, "predict_proba") else model.predict(x)
    return np.asarray(said, float).reshape(len(x), -1)


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("name", MODELS)
def test_awkward_numbers_score_the_same_alone_and_together(name, classes):
    numbers = "predict_proba" not in dir(MODELS[name])
    if classes == 3 and numbers:
        classes = 0
    elif classes == 2 and "one against all" in name:
        classes = 4
    x, y = awkward(300, 0, 0 if numbers else classes)
    model = Pipeline(
        [("features", ColumnTransformer([("all", "passthrough", list("abcd"))])), ("model", MODELS[name])]
    )
    model.fit(x, y)
    graph = to_onnx(model, [{"name": n, "kind": "number"} for n in "abcd"])
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    wanted_inputs = {i.name for i in session.get_inputs()}

    def scored(rows):
        feed = {f"x{n}": rows[[c]].to_numpy() for n, c in enumerate("abcd")}
        return session.run(None, {k: v for k, v in feed.items() if k in wanted_inputs})[0]

    new = pd.concat([x, awkward(200, 1, 2)[0]], ignore_index=True)
    wanted = answers(model, new)
    limit = 2e-6 if "XGBoost" in name else 1e-9
    assert np.max(np.abs(scored(new) - wanted) / np.maximum(1, np.abs(wanted))) <= limit
    for row in range(0, len(new), 100):
        assert scored(new.iloc[[row]])[0] == pytest.approx(scored(new)[row], abs=1e-12, rel=1e-12)


REFUSED = {
    "linear trees": (LGBMRegressor(linear_tree=True, **QUIET), "linear trees"),
    "an objective on a logarithm": (
        LGBMRegressor(objective="regression", reg_sqrt=True, **QUIET),
        "objective",
    ),
    "trees that are not symmetric": (CatBoostRegressor(grow_policy="Lossguide", **STILL), "symmetric"),
    "linear boosting": (XGBRegressor(booster="gblinear", **FEW), "gblinear"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_exact_graph_is_refused_in_one_line(name):
    estimator, said = REFUSED[name]
    x, y = awkward(200, 0, 0)
    x = x[["a", "b"]].fillna(0.0)
    model = Pipeline(
        [("features", ColumnTransformer([("all", "passthrough", ["a", "b"])])), ("model", estimator)]
    )
    with pytest.raises(Failed, match=said):
        to_onnx(model.fit(x, y), [{"name": n, "kind": "number"} for n in "ab"])
