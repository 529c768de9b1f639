"""Logistic regression for classes; plain and ridge regression for numbers; Poisson's for counts, and of quantiles."""

from sklearn.linear_model import (
    LinearRegression,
    LogisticRegression,
    PoissonRegressor,
    QuantileRegressor,
    Ridge,
)

from helpers.model.families import CLASSES, NUMBERS, Family

FAMILIES = [
    Family(
        "logistic regression",
        CLASSES,
        lambda seed, **given: LogisticRegression(max_iter=2000, **given),
        lambda trial: {"C": trial.suggest_float("C", 1e-3, 1e2, log=True)},
        {"scale": "standard"},
        cost=1.0,
    ),
    Family(
        "linear regression",
        NUMBERS,
        lambda seed, **given: LinearRegression(**given),
        features={"scale": "standard"},
        cost=0.1,
    ),
    Family(
        "ridge",
        NUMBERS,
        lambda seed, **given: Ridge(**{"alpha": 1.0} | given),
        lambda trial: {"alpha": trial.suggest_float("alpha", 1e-3, 1e3, log=True)},
        {"scale": "standard"},
        cost=0.1,
    ),
    Family(
        "Poisson regression",
        NUMBERS,
        lambda seed, **given: PoissonRegressor(**{"alpha": 1e-3, "max_iter": 1000} | given),
        lambda trial: {"alpha": trial.suggest_float("alpha", 1e-5, 1e1, log=True)},
        {"scale": "standard"},
        cost=0.2,
        mean=False,
        counts={},
    ),
    Family(
        "quantile regression",
        NUMBERS,
        lambda seed, **given: QuantileRegressor(**{"alpha": 1e-4} | given),
        lambda trial: {"alpha": trial.suggest_float("alpha", 1e-5, 1e0, log=True)},
        {"scale": "standard"},
        10_000,
        cost=20.0,
        mean=False,
        quantile=lambda q: {"quantile": q},
    ),
]
