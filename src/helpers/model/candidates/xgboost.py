"""XGBoost (Chen and Guestrin 2016), when the extra "boosters" is installed."""

import importlib.util

from helpers.model.families import CLASSES, NUMBERS, Family


def _space(trial):
    return {
        "n_estimators": trial.suggest_int("n_estimators", 50, 600, log=True),
        "learning_rate": trial.suggest_float("learning_rate", 0.02, 0.3, log=True),
        "max_depth": trial.suggest_int("max_depth", 2, 10),
        "min_child_weight": trial.suggest_float("min_child_weight", 0.5, 50.0, log=True),
        "subsample": trial.suggest_float("subsample", 0.5, 1.0),
        "colsample_bytree": trial.suggest_float("colsample_bytree", 0.4, 1.0),
        "reg_lambda": trial.suggest_float("reg_lambda", 1e-3, 10.0, log=True),
    }


def _make(kind):
    def make(seed, **given):
        import xgboost

        return getattr(xgboost, kind)(**{"n_jobs": 1, "random_state": seed} | given)

    return make


FAMILIES = [
    Family(
        "XGBoost",
        tasks,
        _make(kind),
        _space,
        {"impute": "none", "encode": "ordinal"},
        counts={"objective": "count:poisson"},
    )
    for tasks, kind in ((CLASSES, "XGBClassifier"), (NUMBERS, "XGBRegressor"))
    if importlib.util.find_spec("xgboost")
]
