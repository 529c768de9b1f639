"""The kind of distribution that a sample of numbers comes from, with the evidence for it.

Each family is fitted by maximum likelihood; the Bayesian information criterion (Schwarz 1978) picks the best one,
and the Kolmogorov-Smirnov distance says whether even the best one fits. Parameters that were fitted make the
distance smaller than its textbook limits (Lilliefors 1967), so each family has a limit of its own. Values rounded to a
unit u (1, 0.1, 0.01 ...) are compared by the mass that a family puts on [x - u/2, x + u/2], so counts, prices
and measurements are judged alike.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy import optimize, special, stats

NONE = "none of these"
FEWEST = 30  # below this many values the distance tells nothing apart
MOST = 2_000  # values looked at; with more, every real column differs from every formula
FEW_LEVELS = 20


@dataclass(frozen=True)
class Distribution:
    """A kind of distribution and why.

    kind        the kind of one of `FAMILIES`, "constant", "discrete", "bimodal", "none of these", "too few values" or
                "no values"
    evidence    one line for people
    parameters  the fitted parameters, empty when no family was fitted
    gap         largest distance between the distribution functions of sample and family; NaN without a fit
    limit       the gap that one true sample in a hundred exceeds
    """

    kind: str
    evidence: str
    parameters: dict[str, float] = field(default_factory=dict)
    gap: float = float("nan")
    limit: float = float("nan")


@dataclass(frozen=True)
class Fit:
    """A family fitted to a sample: its BIC (lower is better), its gap and the limit of that."""

    family: str
    parameters: dict[str, float]
    bic: float
    gap: float
    limit: float

    @property
    def holds(self) -> bool:
        """Whether the sample may well come from this family."""
        return self.gap <= self.limit


@dataclass(frozen=True)
class _Family:
    """fit: values (n,) -> (parameters, scipy's frozen distribution), None where impossible; limit times sqrt(n)."""

    fit: Callable[[np.ndarray], tuple[dict[str, float], stats.distributions.rv_frozen] | None]
    limit: float
    whole: bool | None = None  # for whole numbers only, for others only, for both
    kind: str = ""  # where several families are of one kind


def kind_of(values: np.ndarray, seed: int = 0) -> Distribution:
    """Return the kind of distribution of numbers (n,); missing and infinite ones are left out.

    More than 2,000 values are sampled, always the same ones for the same seed.

    >>> kind_of(np.full(100, 7.0)).kind
    'constant'
    >>> kind_of(np.random.default_rng(0).normal(size=1000)).kind
    'normal'
    """
    x = np.asarray(values, float)
    x = x[np.isfinite(x)]
    early = _without_fit(x)
    if early:
        return early
    if len(x) > MOST:
        x = np.random.default_rng(seed).choice(x, MOST, replace=False)
        early = _without_fit(x)
        if early:
            return early
    found = fits(x)
    if not any(f.holds for f in found):
        found = sorted([*found, *two_normals(x)], key=lambda f: f.bic)
        return _told(found, x, bool(found and found[0].holds and found[0].family == "bimodal"))
    return _told(found, x, found[0].holds)


def fits(x: np.ndarray) -> list[Fit]:
    """Return every family that can be fitted to finite numbers (n,), the best by BIC first."""
    x = np.sort(np.asarray(x, float))
    unit = _unit(x)
    found = []
    for name, family in FAMILIES.items():
        if family.whole not in (None, unit == 1):
            continue
        with np.errstate(all="ignore"):
            fitted = family.fit(x)
        if fitted:
            found.append(_judged(name, *fitted, x, unit, family.limit))
    return sorted(found, key=lambda f: f.bic)


def two_normals(x: np.ndarray) -> list[Fit]:
    """Return a mixture of two normals fitted to numbers (n,), if it has two humps, else an empty list.

    Two humps: Ashman's D = sqrt(2) |m1 - m2| / sqrt(s1^2 + s2^2) > 2 (Ashman, Bird and Zepf 1994), each with at
    least a twentieth of the values.
    """
    from sklearn.mixture import GaussianMixture

    low, high = np.quantile(x, [0.15, 0.85])
    if low == high:
        return []
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
        return []
    means, spreads, weights = means * scale + x.mean(), spreads * scale, mixture.weights_
    parameters = {
        "mean_1": means[0],
        "std_1": spreads[0],
        "mean_2": means[1],
        "std_2": spreads[1],
        "share_1": weights[0],
    }
    law = _Mixture(means, spreads, weights)
    x = np.sort(x)
    return [_judged("bimodal", parameters, law, x, _unit(x), 0.84)]


class _Mixture:
    """Two normals: as much of scipy's interface as a fit needs."""

    def __init__(self, means: np.ndarray, spreads: np.ndarray, weights: np.ndarray) -> None:
        self.parts, self.weights = stats.norm(means, spreads), weights

    def cdf(self, x: np.ndarray) -> np.ndarray:
        return self.parts.cdf(x[:, None]) @ self.weights

    def logpdf(self, x: np.ndarray) -> np.ndarray:
        return special.logsumexp(self.parts.logpdf(x[:, None]), b=self.weights, axis=1)


def _without_fit(x: np.ndarray) -> Distribution | None:
    if not len(x):
        return Distribution("no values", "no finite value")
    levels = np.unique(x)
    if len(levels) == 1:
        return Distribution("constant", f"every value is {levels[0]:.6g}")
    if len(levels) == 2:
        return Distribution("discrete", f"two values, {levels[1]:.6g} in {np.mean(x == levels[1]):.1%}")
    if len(x) < FEWEST:
        return Distribution("too few values", f"{len(x)} values; {FEWEST} are needed to tell kinds apart")
    return None


def _judged(
    name: str, parameters: dict[str, float], law: Any, x: np.ndarray, unit: float, limit: float
) -> Fit:
    """Return the fit with its criterion and distance; x (n,) is sorted, the law has cdf and logpdf."""
    n = len(x)
    with np.errstate(all="ignore"):
        if unit:
            upto = law.cdf(x + unit / 2)
            likelihood = np.log(np.maximum(upto - law.cdf(x - unit / 2), 1e-300)).sum()
            gap = np.abs(np.searchsorted(x, x, "right") / n - upto).max()
        else:
            likelihood = np.maximum(law.logpdf(x), -700.0).sum()
            upto = law.cdf(x)
            gap = max((np.arange(1, n + 1) / n - upto).max(), (upto - np.arange(n) / n).max())
    parameters = {k: float(v) for k, v in parameters.items()}
    bic = float(len(parameters) * np.log(n) - 2 * likelihood)
    return Fit(name, parameters, bic, float(gap), limit / np.sqrt(n))


def _unit(x: np.ndarray) -> float:
    """Return 1, 0.1 ... 0.0001, to which all values are rounded; 0 when they are not rounded, or finer than that."""
    for digits in range(5):
        scaled = x * 10.0**digits
        if np.allclose(scaled, np.round(scaled), rtol=0, atol=1e-6) and len(np.unique(x)) < len(x):
            return 10.0**-digits
    return 0.0


def _told(found: list[Fit], x: np.ndarray, holds: bool) -> Distribution:
    best = min(found, key=lambda f: f.gap) if not holds else found[0]
    gap = f"gap {best.gap:.3f}, limit {best.limit:.3f} for {len(x):,} values"
    parameters = ", ".join(f"{k} {v:.4g}" for k, v in best.parameters.items())
    if holds:
        rival = next((f for f in found if f.family != best.family), None)
        against = f"; BIC {best.bic:,.0f}, next {rival.family} {rival.bic:,.0f}" if rival else ""
        told = f"{best.family}: {parameters}; {gap}{against}"
        kind = best.family if best.family not in FAMILIES else FAMILIES[best.family].kind or best.family
        return Distribution(kind, told, best.parameters, best.gap, best.limit)
    levels, counts = np.unique(x, return_counts=True)
    common = (
        f"; {counts.max() / len(x):.0%} are {levels[counts.argmax()]:.6g}"
        if counts.max() > 0.05 * len(x)
        else ""
    )
    closest = f"closest is {best.family}: {gap}{common}"
    if len(levels) <= FEW_LEVELS:
        return Distribution(
            "discrete",
            f"{len(levels)} values{common}; {closest.removesuffix(common)}",
            {},
            best.gap,
            best.limit,
        )
    return Distribution(NONE, closest, {}, best.gap, best.limit)


def _normal(x: np.ndarray):
    mean, std = x.mean(), x.std()
    return {"mean": mean, "std": std}, stats.norm(mean, std)


def _log_normal(x: np.ndarray):
    if x[0] <= 0:
        return None
    mean, std = np.log(x).mean(), np.log(x).std()
    return {"log_mean": mean, "log_std": std}, stats.lognorm(std, scale=np.exp(mean))


def _uniform(x: np.ndarray):
    half = _unit(x) / 2
    return {"low": x[0], "high": x[-1]}, stats.uniform(x[0] - half, x[-1] - x[0] + 2 * half)


def _exponential(x: np.ndarray):
    if 0 <= x[0] < 5 * x.mean() / len(x):
        return {"mean": x.mean()}, stats.expon(0, x.mean())
    return {"start": x[0], "mean_above": x.mean() - x[0]}, stats.expon(x[0], x.mean() - x[0])


def _pareto(x: np.ndarray):
    if x[0] <= 0:
        return None
    alpha = len(x) / np.log(x / x[0]).sum()
    return {"exponent": alpha + 1, "from": x[0]}, stats.pareto(alpha, scale=x[0])


def _lomax(x: np.ndarray):
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


def _zipf(x: np.ndarray):
    if x[0] < 1:
        return None
    logs = np.log(x).mean()
    a = optimize.minimize_scalar(
        lambda a: np.log(special.zeta(a)) + a * logs, bounds=(1.01, 20), method="bounded"
    ).x
    return {"exponent": a, "from": 1.0}, _Zipf(a)


class _Zipf:
    """Zipf's law through the Hurwitz zeta function: scipy's own sums its terms one by one."""

    def __init__(self, a: float) -> None:
        self.a = a

    def cdf(self, x: np.ndarray) -> np.ndarray:
        return 1 - special.zeta(self.a, np.maximum(np.floor(x), 0) + 1) / special.zeta(self.a)


def _poisson(x: np.ndarray):
    return ({"mean": x.mean()}, stats.poisson(x.mean())) if x[0] >= 0 else None


def _geometric(x: np.ndarray):
    if x[0] not in (0, 1):
        return None
    p = 1 / (x.mean() - x[0] + 1)
    return {"p": p, "from": x[0]}, stats.geom(p, loc=x[0] - 1)


# The limit times sqrt(n) is the gap that one true sample of n in a hundred exceeds: published for the normal
# (1.035) and the exponential (1.308) by Stephens (1974, case 3), simulated with 20,000 samples for the others.
FAMILIES: dict[str, _Family] = {
    "normal": _Family(_normal, 1.035),
    "log-normal": _Family(_log_normal, 1.035),
    "uniform": _Family(_uniform, 1.628),
    "exponential": _Family(_exponential, 1.308, whole=False),
    "power law": _Family(_pareto, 1.308, whole=False),
    "power law from 0": _Family(_lomax, 1.03, whole=False, kind="power law"),
    "Zipf": _Family(_zipf, 0.93, whole=True, kind="power law"),
    "Poisson": _Family(_poisson, 1.05, whole=True),
    "geometric": _Family(_geometric, 1.308, whole=True),
}
