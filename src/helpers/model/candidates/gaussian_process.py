"""Gaussian processes (Rasmussen and Williams 2006), for small tables: time grows with the cube of the rows."""

from sklearn.gaussian_process import GaussianProcessClassifier, GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel

from helpers.model.families import CLASSES, NUMBERS, Family


def _classifier(seed, length=5.0, **given):
    kernel = ConstantKernel(1.0) * RBF(length, (0.1, 100.0))
    return GaussianProcessClassifier(kernel, **{"random_state": seed, "max_iter_predict": 50} | given)


def _regressor(seed, length=5.0, **given):
    kernel = ConstantKernel(1.0) * RBF(length, (0.1, 100.0)) + WhiteKernel(0.1)
    return GaussianProcessRegressor(kernel, **{"random_state": seed, "normalize_y": True} | given)


FAMILIES = [
    Family(
        "Gaussian process",
        tasks,
        make,
        lambda trial: {"length": trial.suggest_float("length", 0.5, 50.0, log=True)},
        {"scale": "standard"},
        most=most,
        cost=3000.0,
    )
    for tasks, make, most in ((CLASSES, _classifier, 500), (NUMBERS, _regressor, 1000))
]
