"""Gaussian naive Bayes."""

from sklearn.naive_bayes import GaussianNB

from helpers.model.families import CLASSES, Family

FAMILIES = [
    Family(
        "naive Bayes",
        CLASSES,
        lambda seed, **given: GaussianNB(**given),
        lambda trial: {"var_smoothing": trial.suggest_float("var_smoothing", 1e-9, 1.0, log=True)},
        {"scale": "standard"},
    )
]
