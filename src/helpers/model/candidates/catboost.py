"""CatBoost: gradient boosting on symmetric trees (Prokhorenkova et al. 2018)."""

from __future__ import annotations

from typing import Any

from catboost import CatBoostClassifier, CatBoostRegressor

from helpers.model.families import CLASSES, NUMBERS, Family

# A thousand rounds are the library's own standard; a third of them, at the faster rate that it then takes, is near it.
STANDARD = {"iterations": 300, "thread_count": 1, "logging_level": "Silent", "allow_writing_files": False}


class CatBoostClasses(CatBoostClassifier):
    """CatBoost's classifier without the time and the random name that it notes in a model: same data, same bytes."""

    def fit(self, *args: Any, **kwargs: Any) -> CatBoostClasses:
        """Fit as CatBoost does."""
        return _nameless(super().fit(*args, **kwargs))


class CatBoostNumbers(CatBoostRegressor):
    """CatBoost's regressor without the time and the random name that it notes in a model: same data, same bytes."""

    def fit(self, *args: Any, **kwargs: Any) -> CatBoostNumbers:
        """Fit as CatBoost does."""
        return _nameless(super().fit(*args, **kwargs))


def _nameless(fitted: Any) -> Any:
    about = fitted.get_metadata()
    about["train_finish_time"] = about["model_guid"] = ""
    return fitted


def _space(trial):
    return {
        "iterations": trial.suggest_int("iterations", 100, 1000, log=True),
        "learning_rate": trial.suggest_float("learning_rate", 0.02, 0.2, log=True),
        "depth": trial.suggest_int("depth", 3, 9),
        "l2_leaf_reg": trial.suggest_float("l2_leaf_reg", 0.5, 20.0, log=True),
        "random_strength": trial.suggest_float("random_strength", 0.1, 10.0, log=True),
        "rsm": trial.suggest_float("rsm", 0.4, 1.0),
    }


FAMILIES = [
    Family(
        "CatBoost",
        tasks,
        lambda seed, make=make, **given: make(**STANDARD | {"random_seed": seed} | given),
        _space,
        {"impute": "none", "encode": "mixed"},
        counts={"loss_function": "Poisson"},
        quantile=lambda q: {"loss_function": f"Quantile:alpha={q}"},
    )
    for tasks, make in ((CLASSES, CatBoostClasses), (NUMBERS, CatBoostNumbers))
]
