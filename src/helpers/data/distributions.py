"""The kind of distribution that a sample of numbers comes from, with the evidence for it.

Each family of `laws` is fitted by maximum likelihood; the Bayesian information criterion (Schwarz 1978) picks the
best one, and the Kolmogorov-Smirnov distance says whether even the best one fits. Parameters that were fitted make
the distance smaller than its textbook limits (Lilliefors 1967), so each family has a limit of its own. Values
rounded to a unit u (1, 0.1, 0.01 ...) are compared by the mass that a family puts on [x - u/2, x + u/2], so counts,
prices and measurements are judged alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from helpers.data.laws import BIMODAL, FAMILIES, Family, unit_of
from helpers.report.text import share

NONE, NOT_LOOKED_AT = "none of these", "not looked at"
FEWEST = 30  # below this many values the distance tells nothing apart
MOST = 2_000  # values looked at; with more, every real column differs from every formula
FEW_LEVELS = 20
TOO_FEW_FOR_A_CURVE = 8  # different values; laws of counts may still hold
KINDS = {family.kind or name for name, family in FAMILIES.items()} | {"bimodal"}


@dataclass(frozen=True)
class Distribution:
    """A kind of distribution and why.

    kind        the kind of one of `FAMILIES`, "constant", "discrete", "bimodal", "none of these", "too few values",
                "no values" or "not looked at"
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


def fits(x: np.ndarray, families: Mapping[str, Family] = FAMILIES) -> list[Fit]:
    """Return the families that can be fitted to finite numbers (n,), the best by BIC first."""
    x = np.sort(np.asarray(x, float))
    unit = unit_of(x)
    found = []
    for name, family in families.items():
        if family.whole not in (None, unit == 1):
            continue
        found += _fitted(name, family, x, unit)
    return sorted(found, key=lambda f: f.bic)


def curve(values: np.ndarray, seed: int = 0) -> tuple[str, np.ndarray, np.ndarray] | None:
    """Return kind, places (200,) and density (200,) of the law that numbers (n,) follow; None where they follow none.

    The places reach over the middle 98 in a hundred of the values; the density is the slope of the law's
    distribution function, for whole numbers over a step of one.
    """
    x = np.asarray(values, float)
    x = x[np.isfinite(x)]
    kind = kind_of(x, seed).kind
    if kind not in KINDS:
        return None
    if len(x) > MOST:
        x = np.random.default_rng(seed).choice(x, MOST, replace=False)
    x = np.sort(x)
    laws = FAMILIES | {"bimodal": BIMODAL}
    best = next(f for f in (*fits(x), *two_normals(x)) if (laws[f.family].kind or f.family) == kind)
    with np.errstate(all="ignore"):
        fitted = laws[best.family].fit(x)
    low, high = np.quantile(x, [0.01, 0.99])
    places = np.linspace(low, high, 200)
    half = 0.5 if unit_of(x) == 1 else (high - low) / 400
    assert fitted is not None
    law = fitted[1]
    return kind, places, (law.cdf(places + half) - law.cdf(places - half)) / (2 * half)


def two_normals(x: np.ndarray) -> list[Fit]:
    """Return a mixture of two normals fitted to numbers (n,), if it has two humps, else an empty list."""
    x = np.sort(np.asarray(x, float))
    return _fitted("bimodal", BIMODAL, x, unit_of(x))


def _without_fit(x: np.ndarray) -> Distribution | None:
    if not len(x):
        return Distribution("no values", "no finite value")
    levels = np.unique(x)
    if len(levels) == 1:
        return Distribution("constant", f"every value is {levels[0]:.6g}")
    if len(levels) == 2:
        return Distribution("discrete", f"two values, {levels[1]:.6g} in {share(np.mean(x == levels[1]))}")
    if len(x) < FEWEST:
        return Distribution("too few values", f"{len(x)} values; {FEWEST} are needed to tell kinds apart")
    return None


def _fitted(name: str, family: Family, x: np.ndarray, unit: float) -> list[Fit]:
    """Return the family's fit to sorted values (n,) with its criterion and distance, if it can be fitted."""
    n = len(x)
    with np.errstate(all="ignore"):
        fitted = family.fit(x)
        if fitted is None:
            return []
        parameters, law = fitted
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
    return [Fit(name, parameters, bic, float(gap), family.limit / np.sqrt(n))]


def _told(found: list[Fit], x: np.ndarray, holds: bool) -> Distribution:
    best = min(found, key=lambda f: f.gap) if not holds else found[0]
    gap = f"gap {best.gap:.3f}, limit {best.limit:.3f} for {len(x):,} values"
    parameters = ", ".join(f"{k} {v:.4g}" for k, v in best.parameters.items())
    levels, counts = np.unique(x, return_counts=True)
    law = FAMILIES.get(best.family, BIMODAL)
    if holds and (law.whole or len(levels) > TOO_FEW_FOR_A_CURVE):
        rival = next((f for f in found if f.family != best.family), None)
        against = f"; BIC {best.bic:,.0f}, next {rival.family} {rival.bic:,.0f}" if rival else ""
        told = f"{best.family}: {parameters}; {gap}{against}"
        return Distribution(law.kind or best.family, told, best.parameters, best.gap, best.limit)
    common = (
        f"; {share(counts.max() / len(x))} are {levels[counts.argmax()]:.6g}"
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
