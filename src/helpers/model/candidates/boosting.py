"""Trees one after the other, each mending what those before it got wrong."""

from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
)

from helpers.model.families import CLASSES, NUMBERS, Family


def _ada_space(trial):
    return {
        "n_estimators": trial.suggest_int("n_estimators", 20, 200, log=True),
        "learning_rate": trial.suggest_float("learning_rate", 0.05, 2.0, log=True),
    }


def _gradient_space(trial):
    return {
        "n_estimators": trial.suggest_int("n_estimators", 50, 300, log=True),
        "learning_rate": trial.suggest_float("learning_rate", 0.02, 0.3, log=True),
        "max_depth": trial.suggest_int("max_depth", 2, 6),
        "subsample": trial.suggest_float("subsample", 0.5, 1.0),
    }


FAMILIES = [
    Family(
        name,
        tasks,
        lambda seed, make=make, **given: make(**{"random_state": seed} | given),
        space,
        {"encode": "ordinal"},
        most,
    )
    for name, tasks, make, space, most in (
        ("AdaBoost", CLASSES, AdaBoostClassifier, _ada_space, 50_000),
        ("AdaBoost", NUMBERS, AdaBoostRegressor, _ada_space, 50_000),
        ("gradient boosting", CLASSES, GradientBoostingClassifier, _gradient_space, 50_000),
        ("gradient boosting", NUMBERS, GradientBoostingRegressor, _gradient_space, 50_000),
    )
]
