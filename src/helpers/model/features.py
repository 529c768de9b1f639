"""From the model input to a matrix: impute, transform, scale and encode, inside the pipeline that is cross-validated.

Only transformers for which the export knows an exact graph in double precision are used: those of scikit-learn that
are imported here, and those of feature_steps.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    KBinsDiscretizer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PowerTransformer,
    RobustScaler,
    StandardScaler,
    TargetEncoder,
)

from helpers.errors import BadInput
from helpers.model.feature_steps import ByLabel, Products, SignedLog, SignedRoot, Words

IMPUTE, SCALE, ENCODE = (
    ("median", "mean", "none"),
    ("none", "standard", "robust", "minmax"),
    ("one-hot", "ordinal", "target", "mixed"),
)
LEVELS = "levels"  # an encoding for models that split levels into two sets themselves
FEW_LEVELS = 8  # most levels of a category that "mixed" gives a column each
MOST_PRODUCTS = 12  # most numbers of which every two are multiplied
FEW = 20  # present values below which a column is no help to models that bin them, and stops some
DEFAULT = {
    "impute": "median",
    "indicator": False,
    "log": False,
    "root": False,
    "power": False,
    "bins": 0,
    "squares": False,
    "products": False,
    "words": 200,
    "scale": "none",
    "encode": "one-hot",
    "rare": 0.01,
}


def model_pipeline(frame: pd.DataFrame, estimator: Any, task: str, seed: int = 0, **options: Any) -> Pipeline:
    """Return an unfitted pipeline of features and estimator for a frame of model input (n, p)."""
    features = transformer(frame, task, seed, **options)
    return Pipeline([("features", features), ("model", told_levels(estimator, features))])


def told_levels(estimator: Any, features: ColumnTransformer) -> Any:
    """Return an estimator that was told which columns hold numbers of levels, where encode is "levels".

    BadInput for one that is not LightGBM's, the only one that takes them so.
    """
    count = next((len(columns) for name, _, columns in features.transformers if name == LEVELS), 0)
    if not count:
        return estimator
    inner, name = estimator, "cat_feature"
    while hasattr(inner, "estimator"):  # a wrapper, such as one model a label
        inner, name = inner.estimator, f"estimator__{name}"
    if "LGBMModel" not in (c.__name__ for c in type(inner).__mro__):
        raise BadInput(
            f'encode "levels" is for LightGBM, and {type(inner).__name__} takes none; name another'
        )
    return estimator.set_params(**{name: list(range(count))})


def transformer(frame: pd.DataFrame, task: str, seed: int = 0, **options: Any) -> ColumnTransformer:
    """Return the unfitted transformer of a frame: numbers are float64 with NaN, categories text.

    impute     "median", "mean", or "none" for models that take missing values as they are
    indicator  whether missing numbers are also told in columns of their own
    log, root  whether numbers go through SignedLog, or SignedRoot
    power      whether numbers are made as normal as a power can (Yeo and Johnson 2000)
    bins       so many bins of equally many rows in place of each number; 0: none
    squares    whether the squares of numbers are added
    products   whether the products of every two numbers are added, of MOST_PRODUCTS numbers at the most
    words      so many words of each column of free text, weighed by TF-IDF; texts that recur are categories, too
    scale      "none", "standard", "robust", or "minmax" (from 0 to 1, cut off there)
    encode     "one-hot", "ordinal", "target", "mixed": one-hot for few levels, target for more; or "levels", their
               numbers in the first columns, for LightGBM, which splits them into two sets itself
    rare       share of the rows below which levels are put together, in one-hot encoding
    """
    chosen: dict[str, Any] = DEFAULT | options
    numbers = [c for c in frame.columns if pd.api.types.is_numeric_dtype(frame[c])]
    categories = [c for c in frame.columns if c not in numbers]
    if not numbers and not categories:
        raise BadInput("no feature is left to learn from; see what the recipe drops, and why")
    thin = [c for c in numbers if chosen["impute"] == "none" and frame[c].notna().sum() < FEW]
    full = [c for c in numbers if c not in thin]
    parts = [("numbers", _numbers(chosen, len(full)), full)] if full else []
    parts += (
        [("thin", SimpleImputer(strategy="constant", fill_value=0.0, keep_empty_features=True), thin)]
        if thin
        else []
    )
    texts = [c for c in categories if is_text(frame[c])]
    parts += [("texts", Words(chosen["words"]), texts)] if texts else []
    categories = [c for c in categories if c not in texts or 2 * frame[c].nunique() <= len(frame)]
    encoded = [
        (name, _categories(chosen | {"encode": encode}, task, seed), columns)
        for name, encode, columns in _encodings(frame, categories, chosen["encode"])
    ]
    parts = [*encoded, *parts] if chosen["encode"] == LEVELS else [*parts, *encoded]
    return ColumnTransformer(parts, sparse_threshold=0)


def is_text(values: pd.Series) -> bool:
    """Whether a column holds free text: many different values, of three words or more in the middle."""
    known = values[values != ""]
    return known.nunique() > 50 and known.str.count(" ").median() >= 2


def suggested(trial: Any, frame: pd.DataFrame, family_features: dict[str, Any]) -> dict[str, Any]:
    """Return the options of a trial: the transformations are hyperparameters like the others."""
    numbers = frame.select_dtypes("number")
    options = dict(family_features)
    if family_features.get("impute") != "none" and numbers.isna().any(axis=None):
        options["impute"] = trial.suggest_categorical("impute", ["median", "mean"])
        options["indicator"] = trial.suggest_categorical("indicator", [False, True])
    if family_features.get("scale", "none") not in ("none", "minmax") and numbers.shape[1]:
        options["scale"] = trial.suggest_categorical("scale", ["standard", "robust"])
        shape = trial.suggest_categorical("shape", ["none", "log", "root", "power"])
        expand = trial.suggest_categorical("expand", ["none", "squares", "products", "bins"])
        # A rising curve moves no value to another bin, but may move one on an edge across it.
        options |= _flag(expand) if expand == "bins" else _flag(shape) | _flag(expand)
    if numbers.shape[1] < frame.shape[1]:
        own = [LEVELS] if family_features.get("encode") == LEVELS else []
        options["encode"] = trial.suggest_categorical("encode", [*ENCODE, *own])
        if any(is_text(frame[c]) for c in frame.columns.difference(numbers.columns)):
            options["words"] = trial.suggest_categorical("words", [100, 200, 400])
    return options


def _flag(name: str) -> dict[str, Any]:
    return {} if name == "none" else {name: 8 if name == "bins" else True}


def _numbers(chosen: dict[str, Any], count: int) -> Any:
    steps: list[Any] = []
    if chosen["impute"] != "none":
        strategy, told = chosen["impute"], chosen["indicator"]
        steps.append(SimpleImputer(strategy=strategy, add_indicator=told, keep_empty_features=True))
    if chosen["log"] or chosen["root"]:
        steps.append(SignedLog() if chosen["log"] else SignedRoot())
    if chosen["power"]:
        steps.append(PowerTransformer())
    if chosen["bins"]:
        return make_pipeline(*steps, _bins(chosen["bins"]))
    steps += _scaler(chosen["scale"])
    if chosen["squares"] or chosen["products"]:
        pairs = chosen["products"] and count <= MOST_PRODUCTS
        steps += [Products(chosen["squares"], pairs), *_scaler(chosen["scale"])]
    return make_pipeline(*steps) if steps else "passthrough"


def _scaler(scale: str) -> list[Any]:
    made = {"standard": StandardScaler(), "robust": RobustScaler(), "minmax": MinMaxScaler(clip=True)}
    return [made[scale]] if scale != "none" else []


def _bins(count: int) -> KBinsDiscretizer:
    return KBinsDiscretizer(
        count, encode="onehot-dense", strategy="quantile", quantile_method="averaged_inverted_cdf"
    )


def _encodings(frame: pd.DataFrame, categories: list[str], encode: str) -> list[tuple[str, str, list[str]]]:
    """Return (name, encoding, columns) of each part of the categories."""
    if encode != "mixed":
        return [(LEVELS if encode == LEVELS else "categories", encode, categories)] if categories else []
    few = [c for c in categories if frame[c].nunique() <= FEW_LEVELS]
    many = [c for c in categories if c not in few]
    parts = [("few levels", "one-hot", few), ("many levels", "target", many)]
    return [part for part in parts if part[2]]


def _categories(chosen: dict[str, Any], task: str, seed: int) -> Any:
    if chosen["encode"] in ("ordinal", LEVELS):
        return OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    if chosen["encode"] == "target":
        kind = {"regression": "continuous", "multilabel": "binary"}.get(task, task)
        folds = KFold if task == "regression" else StratifiedKFold
        encoder = TargetEncoder(target_type=kind, cv=folds(5, shuffle=True, random_state=seed))
        encoder = ByLabel(encoder) if task == "multilabel" else encoder
        scaler = _scaler("minmax" if chosen["scale"] == "minmax" else "standard")
        return make_pipeline(encoder, *scaler) if chosen["scale"] != "none" else encoder
    return OneHotEncoder(
        handle_unknown="infrequent_if_exist", min_frequency=chosen["rare"], sparse_output=False
    )
