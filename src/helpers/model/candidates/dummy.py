"""The baseline: the share of each class, or the mean or quantile, whatever the row says."""

from sklearn.dummy import DummyClassifier, DummyRegressor

from helpers.model.families import CLASSES, NUMBERS, Family

FAMILIES = [
    Family("dummy", CLASSES, lambda seed: DummyClassifier(strategy="prior")),
    Family(
        "dummy",
        NUMBERS,
        lambda seed, **given: DummyRegressor(**given),
        counts={},
        quantile=lambda q: {"strategy": "quantile", "quantile": q},
    ),
]
