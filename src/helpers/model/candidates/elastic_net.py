"""Linear models whose penalty can set coefficients to zero."""

from sklearn.linear_model import ElasticNet, Lasso, LogisticRegression

from helpers.model.families import CLASSES, NUMBERS, Family

FAMILIES = [
    Family(
        "elastic net",
        NUMBERS,
        lambda seed, **given: ElasticNet(**{"alpha": 0.1, "max_iter": 5000} | given),
        lambda trial: {
            "alpha": trial.suggest_float("alpha", 1e-4, 1e2, log=True),
            "l1_ratio": trial.suggest_float("l1_ratio", 0.05, 1.0),
        },
        {"scale": "standard"},
    ),
    Family(
        "lasso",
        NUMBERS,
        lambda seed, **given: Lasso(**{"alpha": 1.0, "max_iter": 5000} | given),
        lambda trial: {"alpha": trial.suggest_float("alpha", 1e-4, 1e3, log=True)},
        {"scale": "standard"},
    ),
    Family(
        "lasso logistic",
        CLASSES,
        lambda seed, **given: LogisticRegression(
            **{
                "C": 0.1,
                "l1_ratio": 1.0,
                "solver": "saga",
                "max_iter": 300,
                "tol": 1e-3,
                "random_state": seed,
            }
            | given
        ),
        lambda trial: {"C": trial.suggest_float("C", 1e-3, 1e1, log=True)},
        {"scale": "standard"},
        50_000,
    ),
]
