"""A single decision tree."""

from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from helpers.model.families import CLASSES, NUMBERS, Family


def _space(trial):
    return {
        "max_depth": trial.suggest_int("max_depth", 2, 16),
        "min_samples_leaf": trial.suggest_int("min_samples_leaf", 1, 100, log=True),
    }


FAMILIES = [
    Family(
        "decision tree",
        tasks,
        lambda seed, make=make, **given: make(**{"random_state": seed} | given),
        _space,
        {"encode": "ordinal"},
    )
    for tasks, make in ((CLASSES, DecisionTreeClassifier), (NUMBERS, DecisionTreeRegressor))
]
