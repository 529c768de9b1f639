"""K nearest neighbours: of equally distant ones each library keeps others, so no export is exact."""

from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

from helpers.model.families import CLASSES, NUMBERS, Family


def _space(trial):
    return {
        "n_neighbors": trial.suggest_int("n_neighbors", 3, 100, log=True),
        "weights": trial.suggest_categorical("weights", ["uniform", "distance"]),
    }


FAMILIES = [
    Family(
        "nearest neighbours",
        tasks,
        lambda seed, make=make, **given: make(**given),
        _space,
        {"scale": "standard"},
        30_000,
        exports=("skops", "pickle"),
    )
    for tasks, make in ((CLASSES, KNeighborsClassifier), (NUMBERS, KNeighborsRegressor))
]
