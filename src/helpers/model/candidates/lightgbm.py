"""LightGBM: gradient boosting that grows trees leaf by leaf (Ke et al. 2017)."""

from lightgbm import LGBMClassifier, LGBMRegressor

from helpers.model.families import CLASSES, NUMBERS, Family

STANDARD = {"n_jobs": 1, "verbose": -1, "deterministic": True, "force_row_wise": True}
STANDARD |= {
    "min_data_per_group": 20
}  # with its own 100, tables of few rows have no set of levels to split by


def _space(trial):
    return {
        "n_estimators": trial.suggest_int("n_estimators", 50, 600, log=True),
        "learning_rate": trial.suggest_float("learning_rate", 0.02, 0.2, log=True),
        "num_leaves": trial.suggest_int("num_leaves", 4, 128, log=True),
        "min_child_samples": trial.suggest_int("min_child_samples", 2, 100, log=True),
        "subsample": trial.suggest_float("subsample", 0.5, 1.0),
        "subsample_freq": 1,
        "colsample_bytree": trial.suggest_float("colsample_bytree", 0.4, 1.0),
        "reg_lambda": trial.suggest_float("reg_lambda", 1e-3, 10.0, log=True),
    }


FAMILIES = [
    Family(
        "LightGBM",
        tasks,
        lambda seed, make=make, **given: make(**STANDARD | {"random_state": seed} | given),
        _space,
        {"impute": "none", "encode": "levels"},
        counts={"objective": "poisson"},
        quantile=lambda q: {"objective": "quantile", "alpha": q},
    )
    for tasks, make in ((CLASSES, LGBMClassifier), (NUMBERS, LGBMRegressor))
]
