"""Support vector machines: linear, and with a Gaussian kernel on small tables."""

from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR, LinearSVC, LinearSVR

from helpers.model.families import CLASSES, NUMBERS, Family


def _calibrated(machine):
    # A margin is no probability: a sigmoid is fitted to it on held-out rows (Platt 1999).
    return CalibratedClassifierCV(machine, cv=3, ensemble=False)


def _scaled(machine):
    # Its standard parameters are meant for a target of about one standard deviation.
    return TransformedTargetRegressor(machine, transformer=StandardScaler())


def _kernel_space(trial):
    return {
        "C": trial.suggest_float("C", 1e-2, 1e2, log=True),
        "gamma": trial.suggest_float("gamma", 1e-4, 1.0, log=True),
    }


def _linear_space(trial):
    return {"C": trial.suggest_float("C", 1e-3, 1e1, log=True)}


FAMILIES = [
    Family(
        "linear SVM",
        CLASSES,
        lambda seed, **given: _calibrated(LinearSVC(**{"random_state": seed, "max_iter": 3000} | given)),
        _linear_space,
        {"scale": "standard"},
        100_000,
    ),
    Family(
        "kernel SVM",
        CLASSES,
        lambda seed, **given: _calibrated(SVC(**given)),
        _kernel_space,
        {"scale": "standard"},
        3000,
    ),
    Family(
        "linear SVM",
        NUMBERS,
        lambda seed, **given: _scaled(LinearSVR(**{"random_state": seed, "max_iter": 3000} | given)),
        _linear_space,
        {"scale": "standard"},
        100_000,
    ),
    Family(
        "kernel SVM",
        NUMBERS,
        lambda seed, **given: _scaled(SVR(**given)),
        _kernel_space,
        {"scale": "standard"},
        5000,
    ),
]
