"""Gradient boosting on binned values: fast on many rows, and at home with missing ones."""

from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from helpers.model.families import CLASSES, NUMBERS, Family


def _space(trial):
    return {
        "learning_rate": trial.suggest_float("learning_rate", 0.02, 0.3, log=True),
        "max_leaf_nodes": trial.suggest_int("max_leaf_nodes", 4, 64, log=True),
        "min_samples_leaf": trial.suggest_int("min_samples_leaf", 5, 100, log=True),
        "l2_regularization": trial.suggest_float("l2_regularization", 1e-4, 10.0, log=True),
        "max_iter": trial.suggest_int("max_iter", 50, 300, log=True),
    }


FAMILIES = [
    Family(
        "histogram boosting",
        tasks,
        lambda seed, make=make, **given: make(**{"random_state": seed, "early_stopping": False} | given),
        _space,
        {"impute": "none", "encode": "ordinal"},
        counts={"loss": "poisson"},
        quantile=lambda q: {"loss": "quantile", "quantile": q},
    )
    for tasks, make in ((CLASSES, HistGradientBoostingClassifier), (NUMBERS, HistGradientBoostingRegressor))
]
