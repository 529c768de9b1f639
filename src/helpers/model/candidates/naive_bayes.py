"""Naive Bayes: Gaussian, multinomial on numbers from 0 to 1, Bernoulli on which side of the mean a number lies."""

from sklearn.naive_bayes import BernoulliNB, GaussianNB, MultinomialNB

from helpers.model.families import CLASSES, Family


def _smooth(trial):
    return {"alpha": trial.suggest_float("alpha", 1e-3, 1e2, log=True)}


FAMILIES = [
    Family(
        "naive Bayes",
        CLASSES,
        lambda seed, **given: GaussianNB(**given),
        lambda trial: {"var_smoothing": trial.suggest_float("var_smoothing", 1e-9, 1.0, log=True)},
        {"scale": "standard"},
        cost=0.1,
    ),
    Family(
        "multinomial naive Bayes",
        CLASSES,
        lambda seed, **given: MultinomialNB(**given),
        _smooth,
        {"scale": "minmax"},
        cost=0.1,
    ),
    Family(
        "Bernoulli naive Bayes",
        CLASSES,
        lambda seed, **given: BernoulliNB(**given),
        _smooth,
        {"scale": "standard"},
        cost=0.1,
    ),
]
