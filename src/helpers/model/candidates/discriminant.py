"""Discriminant analysis: linear, and quadratic with a spread of its own for each class."""

from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis

from helpers.model.families import CLASSES, Family

FAMILIES = [
    Family(
        "discriminant analysis",
        CLASSES,
        lambda seed, **given: LinearDiscriminantAnalysis(solver="lsqr", **{"shrinkage": "auto"} | given),
        lambda trial: {"shrinkage": trial.suggest_float("shrinkage", 0.0, 1.0)},
        {"scale": "standard"},
        cost=0.2,
    ),
    Family(
        "quadratic discriminant analysis",
        CLASSES,
        # Without shrinkage it cannot be computed where columns repeat each other, as one-hot ones do.
        lambda seed, **given: QuadraticDiscriminantAnalysis(solver="eigen", **{"shrinkage": 0.1} | given),
        lambda trial: {"shrinkage": trial.suggest_float("shrinkage", 0.001, 1.0, log=True)},
        {"scale": "standard"},
        cost=0.2,
    ),
]
