"""Exact graphs of Gaussian processes: the training rows and what was computed of them become constants."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.polynomial import Chebyshev
from scipy.linalg import solve_triangular
from scipy.special import erfcx
from sklearn.gaussian_process import GaussianProcessClassifier, GaussianProcessRegressor
from sklearn.gaussian_process._gpc import COEFS, LAMBDAS
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, Product, Sum, WhiteKernel

from helpers.errors import Failed
from helpers.model.package.graph import Nodes, converts


@converts(GaussianProcessRegressor)
def numbers(nodes: Nodes, process: GaussianProcessRegressor, x: str) -> str:
    """The kernel to every training row, weighed, in the units of the target."""
    kernel = _kernel(nodes, process.kernel_, x, process.X_train_)
    mean = nodes.matmul(kernel, np.reshape(process.alpha_, (-1, 1)))
    scale, centre = (np.reshape(v, (1, 1)) for v in (process._y_train_std, process._y_train_mean))
    return nodes.add(nodes.times(mean, scale), centre)


@converts(GaussianProcessClassifier)
def classes(nodes: Nodes, process: GaussianProcessClassifier, x: str) -> str:
    """Laplace's approximation; of more than two classes one against the rest, brought to a sum of one."""
    inner = process.base_estimator_
    if process.n_classes_ == 2:
        return nodes.both(_positive(nodes, inner, x))
    each = nodes.concat(*(_positive(nodes, one, x) for one in inner.estimators_))
    return nodes.node("Div", each, nodes.sum_rows(each))


def _positive(nodes: Nodes, laplace: Any, x: str) -> str:
    """Return the probability (n, 1): a sigmoid averaged over the latent value, by five error functions."""
    kernel = _kernel(nodes, laplace.kernel_, x, laplace.X_train_)
    mean = nodes.matmul(kernel, (laplace.y_train_ - laplace.pi_)[:, None])
    root = solve_triangular(laplace.L_, np.diag(laplace.W_sr_), lower=True)
    known = nodes.matmul(kernel, root.T)
    own = float(laplace.kernel_.diag(laplace.X_train_[:1])[0])
    variance = nodes.node("Sub", nodes.constant([[own]]), nodes.sum_rows(nodes.node("Mul", known, known)))
    alpha = nodes.node("Div", nodes.constant([[0.5]]), variance)
    lambdas, weights = np.ravel(LAMBDAS)[None, :], np.ravel(COEFS)
    bent = nodes.node("Sqrt", nodes.node("Div", alpha, nodes.add(alpha, lambdas**2)))
    integrals = _error_function(nodes, nodes.node("Mul", nodes.times(mean, lambdas), bent))
    return nodes.add(nodes.matmul(integrals, 0.5 * weights[:, None]), [[0.5 * weights.sum()]])


def _bend(t: np.ndarray) -> np.ndarray:
    return np.log(erfcx(2.0 / t - 2.0) / t)


# ONNX Runtime has the error function in single precision alone. For z >= 0 and t = 2 / (2 + z), erfc(z) is
# t exp(-z² + p(t)) with a p that is all but a polynomial (Press et al., Numerical Recipes, 6.2.2).
BEND = Chebyshev.interpolate(_bend, 24, domain=[1e-9, 1.0]).coef


def _error_function(nodes: Nodes, x: str) -> str:
    """Return erf(x): the polynomial by Clenshaw's rule."""
    z = nodes.node("Abs", x)
    t = nodes.node("Div", nodes.constant([[2.0]]), nodes.add(z, [[2.0]]))
    u = nodes.add(nodes.times(t, [[2.0]]), [[-1.0]])
    after, sooner = nodes.constant([[0.0]]), nodes.constant([[BEND[-1]]])
    for coefficient in BEND[-2:0:-1]:
        twice = nodes.node("Mul", nodes.times(u, [[2.0]]), sooner)
        after, sooner = sooner, nodes.add(nodes.node("Sub", twice, after), [[coefficient]])
    bend = nodes.add(nodes.node("Sub", nodes.node("Mul", u, sooner), after), [[BEND[0]]])
    power = nodes.node("Exp", nodes.node("Sub", bend, nodes.node("Mul", z, z)))
    return nodes.node(
        "Mul", nodes.node("Sign", x), nodes.node("Sub", nodes.constant([[1.0]]), nodes.node("Mul", t, power))
    )


def _kernel(nodes: Nodes, kernel: Any, x: str, rows: np.ndarray) -> str:
    """Return the kernel (n, m) of each row to each training row."""
    if isinstance(kernel, Sum | Product):
        sides = [_kernel(nodes, k, x, rows) for k in (kernel.k1, kernel.k2)]
        return nodes.node("Add" if isinstance(kernel, Sum) else "Mul", *sides)
    if isinstance(kernel, ConstantKernel):
        return nodes.constant([[kernel.constant_value]])
    if isinstance(kernel, WhiteKernel):
        return nodes.constant([[0.0]])
    if isinstance(kernel, RBF):
        scaled = rows / kernel.length_scale
        at = nodes.node("Div", x, nodes.constant(np.reshape(kernel.length_scale, (1, -1))))
        product = nodes.add(nodes.matmul(at, -2.0 * scaled.T), (scaled**2).sum(axis=1)[None, :])
        distance = nodes.node("Add", product, nodes.sum_rows(nodes.node("Mul", at, at)))
        return nodes.node("Exp", nodes.times(nodes.node("Max", distance, nodes.constant([[0.0]])), [[-0.5]]))
    raise Failed(f"a Gaussian process with {type(kernel).__name__} has no exact export to ONNX; use RBF")
