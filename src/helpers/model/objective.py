"""What the model is for: costs, profit, a capacity or a bound, and the threshold that serves it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from helpers.errors import BadInput, nearest
from helpers.model.scoring import interval
from helpers.report.text import number, share

Array = np.ndarray
RARE = 0.05  # share of cases below which low thresholds are looked at as well
_BOUND = re.compile(r"\s*(\w+)\s*>=\s*([0-9.]+)\s+at\s+(\w+)\s*>=\s*([0-9.]+)\s*")


@dataclass(frozen=True)
class Objective:
    """The objective of a binary model; a row is acted on from a threshold of its probability on.

    missed, wasted, found   cost of a positive not acted on, cost of acting on a negative, gain of acting on a positive
    capacity                largest share of rows that can be acted on, when set
    reach, at               (rate, least value): what must be reached where the other one holds, when set
    """

    missed: float = 1.0
    wasted: float = 1.0
    found: float = 0.0
    capacity: float | None = None
    reach: tuple[str, float] | None = None
    at: tuple[str, float] | None = None

    def __str__(self) -> str:
        if self.reach and self.at:
            return (
                f"{self.reach[0]} of at least {self.reach[1]:g} at a {self.at[0]} of at least {self.at[1]:g}"
            )
        if self.capacity is not None:
            return f"the best {share(self.capacity)} of the rows"
        gain = f", a gain of {self.found:g} for acting on a case" if self.found else ""
        return f"a cost of {self.missed:g} for a missed case and {self.wasted:g} for acting in vain{gain}"

    def as_dict(self) -> dict[str, Any]:
        """Return the objective as plain JSON; `Objective(**record)` reads it."""
        return asdict(self) | {
            k: None if v is None else list(v) for k, v in (("reach", self.reach), ("at", self.at))
        }


def objective_of(
    missed: float, wasted: float, found: float, capacity: int | None, capacity_of: int, bound: str | None
) -> Objective:
    """Return the objective that evaluate's parameters name; BadInput when they contradict each other."""
    if missed <= 0 or wasted <= 0:
        raise BadInput("evaluate.cost_missed and evaluate.cost_wasted must be above 0")
    if found < 0:
        raise BadInput("evaluate.gain_found must not be negative; a loss belongs to evaluate.cost_wasted")
    if capacity is not None and bound:
        raise BadInput("evaluate.capacity and evaluate.bound are two objectives; set one of them")
    if bound:
        return Objective(missed, wasted, found, None, *_bound(bound))
    if capacity is None:
        return Objective(missed, wasted, found)
    if not 0 < capacity <= capacity_of:
        raise BadInput(
            f"evaluate.capacity must lie between 1 and capacity_of ({capacity_of}), not {capacity}"
        )
    return Objective(missed, wasted, found, capacity / capacity_of)


def cost(
    y: Array, probability: Array, threshold: float, objective: Objective, weight: Array | None = None
) -> float:
    """Return the mean cost a row (a gain counts as less) of acting on every row at or above the threshold."""
    acted, case = probability >= threshold, y == 1
    missed, wasted = objective.missed * (~acted & case), objective.wasted * (acted & ~case)
    return float(np.average(missed + wasted - objective.found * (acted & case), weights=weight))


def cost_curve(
    y: Array, probability: Array, objective: Objective, weight: Array | None = None
) -> pd.DataFrame:
    """Return the mean cost for 199 thresholds between 0 and 1, and the share of rows acted on.

    Where cases are rare, for 49 lower ones as well: dear misses are served by probabilities far below 1 %.
    """
    thresholds = np.linspace(0.005, 0.995, 199)
    if np.average(y == 1, weights=weight) < RARE:
        thresholds = np.concatenate([np.geomspace(1e-5, 0.005, 50)[:-1], thresholds])
    order = np.argsort(probability, kind="stable")
    below = np.searchsorted(probability[order], thresholds, side="left")
    each = (np.ones(len(y)) if weight is None else weight)[order]
    rows_below = np.concatenate([[0], np.cumsum(each)])
    cases_below = np.concatenate([[0], np.cumsum(each * (y[order] == 1))])
    n, cases = rows_below[-1], cases_below[-1]
    rows_below, cases_below = rows_below[below], cases_below[below]
    found = cases - cases_below
    wasted = (n - rows_below) - found
    costs = (objective.missed * cases_below + objective.wasted * wasted - objective.found * found) / n
    return pd.DataFrame({"threshold": thresholds, "cost": costs, "acted": (n - rows_below) / n})


def best_threshold(y: Array, probability: Array, objective: Objective, weight: Array | None = None) -> float:
    """Return the threshold that serves the objective best on these rows, weighed (n,) where weights are given.

    Costs: of equally cheap thresholds the middle one (Elkan 2001 gives the exact one for true probabilities).
    Capacity: the lowest that acts on no more rows than it allows, whatever they weigh. Bound: the one that reaches
    most of the first rate where the second holds, of equals the one with most of the second; where none does, the
    one that comes closest to the second.
    """
    if objective.reach and objective.at:
        return _bounded(y, probability, objective.reach[0], *objective.at, weight)
    if objective.capacity is not None:
        return _of_capacity(probability, objective.capacity)
    curve = cost_curve(y, probability, objective, weight)
    least = curve.loc[np.isclose(curve["cost"], curve["cost"].min(), rtol=1e-12), "threshold"]
    return float(least.iloc[len(least) // 2])


def threshold_interval(
    y: Array, probability: Array, objective: Objective, seed: int, weight: Array | None = None,
    draws: int = 100, groups: Array | None = None,
) -> tuple[float, float]:  # fmt: skip
    """Return the bootstrap interval (95 %) of the best threshold, of rows or whole groups (n,)."""

    def best(y: Array, probability: Array, weight: Array | None = None) -> float:
        return best_threshold(y, probability, objective, weight)

    return interval(y, probability, best, seed, draws, weight=weight, groups=groups)


def served(
    y: Array, probability: Array, threshold: float, objective: Objective, weight: Array | None = None
) -> dict[str, float]:
    """Return how acting from a threshold on serves: share acted on, rates, cost a row, costs of plain policies."""
    acted = probability >= threshold
    right = float(np.average(acted == (y == 1), weights=weight))
    rates = {name: rate(y, acted, weight) for name, rate in RATES.items()}
    return {
        "acted": float(np.average(acted, weights=weight)),
        **rates,
        "accuracy": right,
        "cost": cost(y, probability, threshold, objective, weight),
        "cost_never": cost(y, probability, np.inf, objective, weight),
        "cost_always": cost(y, probability, -np.inf, objective, weight),
    }


def is_met(given: dict[str, float], objective: Objective, base_rate: float) -> tuple[bool, str]:
    """Return whether what was served keeps the objective, and the reason in words.

    A bound holds by both rates; a capacity by a precision above the base rate; costs by being below those of never and
    of always acting.
    """
    if objective.reach and objective.at:
        met = all(given[name] >= least for name, least in (objective.reach, objective.at))
        said = " and ".join(f"{name} {number(given[name], 4)}" for name, _ in (objective.reach, objective.at))
        return met, f"{said}, where {objective} is asked"
    if objective.capacity is not None:
        said = f"precision {number(given['precision'], 4)} among those acted on, base rate {number(base_rate, 4)}"
        return given["precision"] > base_rate, said
    least = min(given["cost_never"], given["cost_always"])
    plain = f"{number(given['cost_never'], 4)} if nobody acts, {number(given['cost_always'], 4)} if one always does"
    said = f"cost a row {number(given['cost'], 4)}; {plain}"
    return given["cost"] < least, said


def _precision(y: Array, acted: Array, weight: Array | None = None) -> float:
    return _share(y == 1, acted, weight, 0.0)


def _recall(y: Array, acted: Array, weight: Array | None = None) -> float:
    return _share(acted, y == 1, weight, 0.0)


def _specificity(y: Array, acted: Array, weight: Array | None = None) -> float:
    return _share(~acted, y == 0, weight, 1.0)


def _share(of: Array, among: Array, weight: Array | None, nothing: float) -> float:
    """Return the share of some rows that have something; `nothing` where there are none, or none that weighs."""
    each = np.ones(int(among.sum())) if weight is None else weight[among]
    return float(np.average(of[among], weights=each)) if each.sum() > 0 else nothing


RATES: dict[str, Callable[..., float]] = {
    "precision": _precision,
    "recall": _recall,
    "specificity": _specificity,
}


def _bound(text: str) -> tuple[tuple[str, float], tuple[str, float]]:
    parts = _BOUND.fullmatch(text)
    if not parts:
        raise BadInput(f'evaluate.bound: {text!r} must read like "recall >= 0.8 at precision >= 0.5"')
    pairs = []
    for name, least in ((parts[1], parts[2]), (parts[3], parts[4])):
        if name not in RATES:
            raise BadInput(
                f"evaluate.bound: there is no rate {name!r}{nearest(name, RATES)} ({', '.join(RATES)})"
            )
        try:
            value = float(least)
        except ValueError:
            raise BadInput(f"evaluate.bound: {least!r} is no number") from None
        if not 0 <= value <= 1:
            raise BadInput(f"evaluate.bound: {name} must lie between 0 and 1, not {least}")
        pairs.append((name, value))
    if pairs[0][0] == pairs[1][0]:
        raise BadInput(f"evaluate.bound: {text!r} names {pairs[0][0]} twice")
    return pairs[0], pairs[1]


def _bounded(y: Array, probability: Array, reach: str, at: str, least: float, weight: Array | None) -> float:
    known = probability if weight is None or not weight.any() else probability[weight > 0]
    levels = np.unique(known)
    if len(levels) > 1000:
        levels = np.unique(np.quantile(known, np.linspace(0, 1, 1000), method="lower"))
    rates = [tuple(RATES[rate](y, probability >= t, weight) for rate in (at, reach)) for t in levels]
    able = [n for n, (held, _) in enumerate(rates) if held >= least]
    if not able:
        return float(levels[max(range(len(levels)), key=lambda n: rates[n][0])])
    return float(levels[max(able, key=lambda n: rates[n][::-1])])


def _of_capacity(probability: Array, share: float) -> float:
    most = int(share * len(probability))
    highest = np.sort(probability)[::-1]
    if most >= len(highest):
        return float(highest[-1])
    above = highest[highest > highest[most]]  # rows that tie with the first one beyond are not acted on
    return float(above[-1]) if len(above) else float(np.nextafter(highest[0], np.inf))
