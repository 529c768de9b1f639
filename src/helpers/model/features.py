"""From the model input to a matrix: impute, transform, scale and encode, inside the pipeline that is cross-validated.

Only transformers for which the export knows an exact graph in double precision are used: SimpleImputer,
SignedLog, StandardScaler, RobustScaler, OneHotEncoder, OrdinalEncoder, TargetEncoder.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, RobustScaler, StandardScaler, TargetEncoder

from helpers.errors import BadInput

IMPUTE, SCALE, ENCODE = (
    ("median", "mean", "none"),
    ("none", "standard", "robust"),
    ("one-hot", "ordinal", "target", "mixed"),
)
FEW_LEVELS = 8  # most levels of a category that "mixed" gives a column each
FEW = 20  # present values below which a column is no help to models that bin them, and stops some
DEFAULT = {
    "impute": "median",
    "indicator": False,
    "log": False,
    "scale": "none",
    "encode": "one-hot",
    "rare": 0.01,
}


class SignedLog(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """The logarithm of one plus the size of a number, with the number's sign: tames long tails on both sides."""

    def fit(self, x: Any, y: Any = None) -> SignedLog:
        """Learn nothing but the number of columns."""
        self.n_features_in_ = np.shape(x)[1]
        return self

    def transform(self, x: Any) -> np.ndarray:
        """Return sign(x) log(1 + |x|)."""
        x = np.asarray(x, float)
        return np.sign(x) * np.log(1.0 + np.abs(x))


def model_pipeline(frame: pd.DataFrame, estimator: Any, task: str, seed: int = 0, **options: Any) -> Pipeline:
    """Return an unfitted pipeline of features and estimator for a frame of model input (n, p)."""
    return Pipeline([("features", transformer(frame, task, seed, **options)), ("model", estimator)])


def transformer(frame: pd.DataFrame, task: str, seed: int = 0, **options: Any) -> ColumnTransformer:
    """Return the unfitted transformer of a frame: numbers are float64 with NaN, categories text.

    impute     "median", "mean", or "none" for models that take missing values as they are
    indicator  whether missing numbers are also told in columns of their own
    log        whether numbers go through SignedLog
    scale      "none", "standard" or "robust"
    encode     "one-hot", "ordinal", "target", or "mixed": one-hot for few levels, target for more
    rare       share of the rows below which levels are put together, in one-hot encoding
    """
    chosen: dict[str, Any] = DEFAULT | options
    numbers = [c for c in frame.columns if pd.api.types.is_numeric_dtype(frame[c])]
    categories = [c for c in frame.columns if c not in numbers]
    if not numbers and not categories:
        raise BadInput("no feature is left to learn from; see what the recipe drops, and why")
    thin = [c for c in numbers if chosen["impute"] == "none" and frame[c].notna().sum() < FEW]
    full = [c for c in numbers if c not in thin]
    parts = [("numbers", _numbers(chosen), full)] if full else []
    parts += (
        [("thin", SimpleImputer(strategy="constant", fill_value=0.0, keep_empty_features=True), thin)]
        if thin
        else []
    )
    for name, encode, columns in _encodings(frame, categories, chosen["encode"]):
        parts.append((name, _categories(chosen | {"encode": encode}, task, seed), columns))
    return ColumnTransformer(parts, sparse_threshold=0)


def suggested(trial: Any, frame: pd.DataFrame, family_features: dict[str, Any]) -> dict[str, Any]:
    """Return the options of a trial: the transformations are hyperparameters like the others."""
    numbers = frame.select_dtypes("number")
    options = dict(family_features)
    if family_features.get("impute") != "none" and numbers.isna().any(axis=None):
        options["impute"] = trial.suggest_categorical("impute", ["median", "mean"])
        options["indicator"] = trial.suggest_categorical("indicator", [False, True])
    if family_features.get("scale", "none") != "none" and numbers.shape[1]:
        options["scale"] = trial.suggest_categorical("scale", ["standard", "robust"])
        options["log"] = trial.suggest_categorical("log", [False, True])
    if numbers.shape[1] < frame.shape[1]:
        options["encode"] = trial.suggest_categorical("encode", list(ENCODE))
    return options


def _numbers(chosen: dict[str, Any]) -> Any:
    steps: list[Any] = []
    if chosen["impute"] != "none":
        strategy, told = chosen["impute"], chosen["indicator"]
        steps.append(SimpleImputer(strategy=strategy, add_indicator=told, keep_empty_features=True))
    if chosen["log"]:
        steps.append(SignedLog())
    if chosen["scale"] != "none":
        steps.append({"standard": StandardScaler, "robust": RobustScaler}[chosen["scale"]]())
    return make_pipeline(*steps) if steps else "passthrough"


def _encodings(frame: pd.DataFrame, categories: list[str], encode: str) -> list[tuple[str, str, list[str]]]:
    """Return (name, encoding, columns) of each part of the categories."""
    if encode != "mixed":
        return [("categories", encode, categories)] if categories else []
    few = [c for c in categories if frame[c].nunique() <= FEW_LEVELS]
    many = [c for c in categories if c not in few]
    parts = [("few levels", "one-hot", few), ("many levels", "target", many)]
    return [part for part in parts if part[2]]


def _categories(chosen: dict[str, Any], task: str, seed: int) -> Any:
    if chosen["encode"] == "ordinal":
        return OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    if chosen["encode"] == "target":
        kind = {"regression": "continuous"}.get(task, task)
        folds = KFold if task == "regression" else StratifiedKFold
        encoder = TargetEncoder(target_type=kind, cv=folds(5, shuffle=True, random_state=seed))
        return make_pipeline(encoder, StandardScaler()) if chosen["scale"] != "none" else encoder
    return OneHotEncoder(
        handle_unknown="infrequent_if_exist", min_frequency=chosen["rare"], sparse_output=False
    )
