"""The choice at the end of a search: of all that was tried, what the model is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from helpers.errors import Failed
from helpers.model.fits import Fits
from helpers.model.scoring import score
from helpers.model.selection import greedy_weights, mixture, nested_gain
from helpers.model.tried import Tried
from helpers.model.weights import at

LEAST_WEIGHT = 0.04


@dataclass(frozen=True)
class Found:
    """The outcome of a search.

    tried    all candidates
    weights  of those that the model is made of, by name; their sum is 1
    score    of the mixture, on rows that no member has seen
    nested   scores of the mixture and of the best single candidate, each chosen on other rows than it is judged on
    busy     share of the time in which all processes worked
    used     the folds that the model is made of
    """

    tried: list[Tried]
    weights: dict[str, float]
    score: float
    nested: tuple[float, float]
    busy: float
    used: list[int]


def chosen(
    tried: list[Tried],
    fits: Fits,
    before: Mapping[str, float],
    in_time: Callable[[Mapping[str, float]], bool],
    busy: float,
) -> Found:
    """Return the best mixture of those that came through the most folds, or the best single one where it is better.

    before   weights of the mixture that the search had found
    in_time  whether there is time for the model of other weights; where not, those before stay
    Failed where nothing could be fitted.
    """
    able = [t for t in tried if t.fits and t.usable]
    most = max((list(t.fits) for t in able), key=len, default=[])
    used = sorted(most)  # all folds, if any candidate has them all
    complete = [t for t in able if set(used) <= t.fits.keys()]
    if not complete:
        first = next((t.trouble for t in tried if t.trouble), "the time was too short")
        raise Failed(f"no candidate could be fitted in the time given: {first}; give it more with --budget")
    predicted, y, weight = unseen(complete, fits, used)
    weights = greedy_weights(predicted, y, fits.problem, weight=weight)
    weights = _without_small(weights if in_time(weights) else before)
    nested = (np.nan, np.nan)
    if len(predicted) > 1:
        nested = nested_gain(predicted, y, fits.problem, weight=weight)
    if nested[1] > nested[0]:
        best = max(complete, key=lambda t: t.score).candidate.name
        weights = {best: 1.0}
    # In the order of the candidates, as a specification has them: sums are then the same to the last digit.
    weights = {n: weights[n] for n in predicted if n in weights}
    whole = score(fits.problem.measure, y, mixture(predicted, weights), fits.problem, weight)
    return Found(tried, weights, whole, nested, busy, used)


def unseen(
    tried: Sequence[Tried], fits: Fits, order: Sequence[int]
) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray | None]:
    """Return the out-of-fold predictions by name, and truth and weights of the same rows, fold by fold."""
    predicted = {t.candidate.name: np.concatenate([t.fits[k].predicted for k in order]) for t in tried}
    rows = np.concatenate([fits.folds[k][1] for k in order])
    return predicted, fits.y[rows], at(fits.weight, rows)


def _without_small(weights: Mapping[str, float]) -> dict[str, float]:
    """Return the weights without those that hardly count, again of sum 1."""
    kept = {n: w for n, w in weights.items() if w >= LEAST_WEIGHT}
    total = sum(kept.values())
    return {n: w / total for n, w in kept.items()}
