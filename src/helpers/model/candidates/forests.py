"""Many trees, each on its own sample or with random splits, averaged."""

from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)

from helpers.model.families import CLASSES, NUMBERS, Family


def _space(trial):
    return {
        "max_features": trial.suggest_float("max_features", 0.1, 1.0),
        "min_samples_leaf": trial.suggest_int("min_samples_leaf", 1, 30, log=True),
    }


FAMILIES = [
    Family(
        name,
        tasks,
        lambda seed, make=make, **given: make(**{"n_estimators": 100, "random_state": seed} | given),
        _space,
        {"encode": "ordinal"},
    )
    for name, tasks, make in (
        ("random forest", CLASSES, RandomForestClassifier),
        ("random forest", NUMBERS, RandomForestRegressor),
        ("extra trees", CLASSES, ExtraTreesClassifier),
        ("extra trees", NUMBERS, ExtraTreesRegressor),
    )
]
