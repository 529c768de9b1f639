"""Linear discriminant analysis."""

from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from helpers.model.families import CLASSES, Family

FAMILIES = [
    Family(
        "discriminant analysis",
        CLASSES,
        lambda seed, **given: LinearDiscriminantAnalysis(solver="lsqr", **{"shrinkage": "auto"} | given),
        lambda trial: {"shrinkage": trial.suggest_float("shrinkage", 0.0, 1.0)},
        {"scale": "standard"},
    )
]
