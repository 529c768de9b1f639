"""The families of distributions that a column is held against, each fitted by maximum likelihood.

A fit takes sorted finite values (n,) and returns the parameters and a law with cdf and logpdf (a frozen
distribution of SciPy or one of its kind), or None where the family is impossible.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import optimize, special, stats

Fitted = tuple[dict[str, float], Any] | None


@dataclass(frozen=True)
class Family:
    """A family of distributions.

    fit    sorted values (n,) -> parameters and law, None where impossible
    limit  times sqrt(n): the gap that one true sample of n in a hundred exceeds
    whole  for whole numbers only (True), for others only (False), for both (None)
    kind   the name of the kind, where several families are of one
    """

    fit: Callable[[np.ndarray], Fitted]
    limit: float
    whole: bool | None = None
    kind: str = ""


def unit_of(x: np.ndarray) -> float:
    """Return 1, 0.1 ... 0.0001, to which all values are rounded; 0 when they are not rounded, or finer than that."""
    for digits in range(5):
        scaled = x * 10.0**digits
        if np.allclose(scaled, np.round(scaled), rtol=0, atol=1e-6) and len(np.unique(x)) < len(x):
            return 10.0**-digits
    return 0.0


def _normal(x: np.ndarray) -> Fitted:
    mean, std = x.mean(), x.std()
    return {"mean": mean, "std": std}, stats.norm(mean, std)


def _student(x: np.ndarray) -> Fitted:
    """Student's t with place and scale, for heavy tails only; beyond 20 degrees it is as good as normal.

    For each number of degrees, place and scale come from re-weighting (Lange, Little and Taylor 1989).
    """
    q01, q25, q75, q99 = np.quantile(x, [0.01, 0.25, 0.75, 0.99])
    if q99 - q01 < 3.6 * (q75 - q25) or q75 == q25:  # 3.45 times for the normal
        return None

    def placed(degrees: float) -> tuple[float, float]:
        place, scale = np.median(x), (q75 - q25) / 1.5
        for _ in range(25):
            weights = (degrees + 1) / (degrees + ((x - place) / scale) ** 2)
            place = weights @ x / weights.sum()
            scale = np.sqrt(weights @ (x - place) ** 2 / len(x))
        return place, scale

    def loss(log_degrees: float) -> float:
        degrees = np.exp(log_degrees)
        place, scale = placed(degrees)
        tails = np.log1p(((x - place) / scale) ** 2 / degrees).sum() * (degrees + 1) / 2
        return tails + len(x) * (
            np.log(scale)
            + np.log(degrees) / 2
            + special.gammaln(degrees / 2)
            - special.gammaln((degrees + 1) / 2)
        )

    found = optimize.minimize_scalar(loss, bounds=(-0.7, 3.1), method="bounded", options={"xatol": 0.02})
    degrees = np.exp(found.x)
    if degrees > 20:
        return None
    place, scale = placed(degrees)
    return {"degrees": degrees, "place": place, "scale": scale}, stats.t(degrees, place, scale)


def _laplace(x: np.ndarray) -> Fitted:
    middle = np.median(x)
    scale = np.abs(x - middle).mean()
    return {"middle": middle, "scale": scale}, stats.laplace(middle, scale)


def _log_normal(x: np.ndarray) -> Fitted:
    if x[0] <= 0:
        return None
    mean, std = np.log(x).mean(), np.log(x).std()
    return {"log_mean": mean, "log_std": std}, stats.lognorm(std, scale=np.exp(mean))


def _gamma(x: np.ndarray) -> Fitted:
    """The shape by Newton steps on 1 / shape (Minka 2002)."""
    if x[0] <= 0:
        return None
    s = np.log(x.mean()) - np.log(x).mean()
    if s <= 0:
        return None
    shape = (3 - s + np.sqrt((s - 3) ** 2 + 24 * s)) / (12 * s)
    for _ in range(4):
        step = (np.log(shape) - special.digamma(shape) - s) / (1 / shape - special.polygamma(1, shape))
        shape = max(shape - step, 1e-3)
    return {"shape": shape, "scale": x.mean() / shape}, stats.gamma(shape, scale=x.mean() / shape)


def _uniform(x: np.ndarray) -> Fitted:
    half = unit_of(x) / 2
    return {"low": x[0], "high": x[-1]}, stats.uniform(x[0] - half, x[-1] - x[0] + 2 * half)


def _exponential(x: np.ndarray) -> Fitted:
    if 0 <= x[0] < 5 * x.mean() / len(x):
        return {"mean": x.mean()}, stats.expon(0, x.mean())
    return {"start": x[0], "mean_above": x.mean() - x[0]}, stats.expon(x[0], x.mean() - x[0])


def _pareto(x: np.ndarray) -> Fitted:
    if x[0] <= 0:
        return None
    alpha = len(x) / np.log(x / x[0]).sum()
    return {"exponent": alpha + 1, "from": x[0]}, stats.pareto(alpha, scale=x[0])


def _lomax(x: np.ndarray) -> Fitted:
    """A power law that starts at 0; its exponent given the scale has a closed form, so one search is enough."""
    if x[0] < 0:
        return None
    middle = np.log(x.mean())

    def loss(log_scale: float) -> float:
        steps = np.log1p(x / np.exp(log_scale)).sum()
        return len(x) * (log_scale + np.log(steps)) + steps

    log_scale = optimize.minimize_scalar(loss, bounds=(middle - 12, middle + 6), method="bounded").x
    alpha = len(x) / np.log1p(x / np.exp(log_scale)).sum()
    return {"exponent": alpha + 1, "scale": np.exp(log_scale)}, stats.lomax(alpha, scale=np.exp(log_scale))


def _zipf(x: np.ndarray) -> Fitted:
    if x[0] < 1:
        return None
    logs = np.log(x).mean()
    a = optimize.minimize_scalar(
        lambda a: np.log(special.zeta(a)) + a * logs, bounds=(1.01, 20), method="bounded"
    ).x
    return {"exponent": a, "from": 1.0}, _Zipf(a)


class _Zipf:
    """Zipf's law through the Hurwitz zeta function: SciPy's own sums its terms one by one."""

    def __init__(self, a: float) -> None:
        self.a = a

    def cdf(self, x: np.ndarray) -> np.ndarray:
        return 1 - special.zeta(self.a, np.maximum(np.floor(x), 0) + 1) / special.zeta(self.a)


def _poisson(x: np.ndarray) -> Fitted:
    return ({"mean": x.mean()}, stats.poisson(x.mean())) if x[0] >= 0 else None


def _geometric(x: np.ndarray) -> Fitted:
    if x[0] not in (0, 1):
        return None
    p = 1 / (x.mean() - x[0] + 1)
    return {"p": p, "from": x[0]}, stats.geom(p, loc=x[0] - 1)


def _negative_binomial(x: np.ndarray) -> Fitted:
    """Counts that spread more than Poisson's; given its size the best p is size / (size + mean)."""
    mean = x.mean()
    if x[0] < 0 or x.var() <= mean:
        return None
    levels, counts = np.unique(x, return_counts=True)

    def loss(log_size: float) -> float:
        size = np.exp(log_size)
        ways = special.gammaln(levels + size) - special.gammaln(size) - special.gammaln(levels + 1)
        return -counts @ (ways + size * np.log(size / (size + mean)) + levels * np.log(mean / (size + mean)))

    size = np.exp(optimize.minimize_scalar(loss, bounds=(-4, 7), method="bounded").x)
    return {"size": size, "mean": mean}, stats.nbinom(size, size / (size + mean))


def _two_humps(x: np.ndarray) -> Fitted:
    """A mixture of two normals, if it has two humps.

    Two humps: Ashman's D = sqrt(2) |m1 - m2| / sqrt(s1^2 + s2^2) > 2 (Ashman, Bird and Zepf 1994), each with at
    least a twentieth of the values. A value that many rows share is a spike, and a few levels are no humps.
    """
    from sklearn.mixture import GaussianMixture

    _, counts = np.unique(x, return_counts=True)
    low, high = np.quantile(x, [0.15, 0.85])
    if low == high or len(counts) <= 10 or counts.max() > 0.2 * len(x):
        return None
    scale = x.std()
    starts = (np.array([[low], [high]]) - x.mean()) / scale
    mixture = GaussianMixture(
        2, means_init=starts, precisions_init=[[[4.0]]] * 2, weights_init=[0.5, 0.5], max_iter=200
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a mixture that doesn't converge is none
        mixture.fit(((x - x.mean()) / scale)[:, None])
    means, spreads = mixture.means_.ravel(), np.sqrt(mixture.covariances_.ravel())
    apart = np.sqrt(2) * abs(means[0] - means[1]) / np.hypot(*spreads)
    if apart <= 2 or mixture.weights_.min() < 0.05 or not mixture.converged_:
        return None
    law = _Mixture(means * scale + x.mean(), spreads * scale, mixture.weights_)
    (mean_1, mean_2), (std_1, std_2) = law.means, law.spreads
    parameters = {"mean_1": mean_1, "std_1": std_1, "mean_2": mean_2, "std_2": std_2}
    return parameters | {"share_1": law.weights[0]}, law


@dataclass(frozen=True)
class _Mixture:
    """Two normals: as much of SciPy's interface as a fit needs."""

    means: np.ndarray
    spreads: np.ndarray
    weights: np.ndarray

    def cdf(self, x: np.ndarray) -> np.ndarray:
        return stats.norm(self.means, self.spreads).cdf(x[:, None]) @ self.weights

    def logpdf(self, x: np.ndarray) -> np.ndarray:
        return special.logsumexp(
            stats.norm(self.means, self.spreads).logpdf(x[:, None]), b=self.weights, axis=1
        )


# The limit times sqrt(n) is the gap that one true sample of n in a hundred exceeds: published for the normal
# (1.035) and the exponential (1.308) by Stephens (1974, case 3), simulated with 20,000 samples for the others.
FAMILIES: dict[str, Family] = {
    "normal": Family(_normal, 1.035),
    "Student's t": Family(_student, 0.9),
    "Laplace": Family(_laplace, 1.07),
    "log-normal": Family(_log_normal, 1.035),
    "gamma": Family(_gamma, 1.08),
    "uniform": Family(_uniform, 1.628),
    "exponential": Family(_exponential, 1.308, whole=False),
    "power law": Family(_pareto, 1.308, whole=False),
    "power law from 0": Family(_lomax, 1.03, whole=False, kind="power law"),
    "Zipf": Family(_zipf, 0.93, whole=True, kind="power law"),
    "Poisson": Family(_poisson, 1.05, whole=True),
    "geometric": Family(_geometric, 1.308, whole=True),
    "negative binomial": Family(_negative_binomial, 1.0, whole=True),
}
BIMODAL = Family(_two_humps, 0.84)  # tried only where none of the others holds
