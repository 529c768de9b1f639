"""Choose which models answer together, and with what weight, from what they say of rows they have not seen.

Greedy selection with replacement on out-of-fold predictions (Caruana et al. 2004, "Ensemble selection from libraries
of models").
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from helpers.model.scoring import score
from helpers.model.weights import at
from helpers.problem import Problem

MOST_ROWS = 20_000  # by which weights are chosen; more rows change no choice


def greedy_weights(
    predicted: Mapping[str, np.ndarray],
    y: np.ndarray,
    problem: Problem,
    steps: int = 40,
    weight: np.ndarray | None = None,
) -> dict[str, float]:
    """Return name -> weight (they add up to 1) of the mixture that scores best; names left out have none.

    predicted holds out-of-fold predictions by name, all of the same rows. Each step adds the one, those chosen
    before included, that makes the mean of all chosen best; the best of all steps is returned.
    """
    names, rows = list(predicted), _some(len(y))
    parts, y, weight = [predicted[n][rows] for n in names], y[rows], at(weight, rows)
    total, chosen, best, best_count = np.zeros_like(parts[0]), [], -np.inf, 0
    for step in range(1, steps + 1):
        scores = [score(problem.measure, y, (total + part) / step, problem, weight) for part in parts]
        if np.isnan(scores).all():  # one class only: nothing tells them apart
            return dict.fromkeys(names, 1 / len(names))
        pick = int(np.nanargmax(scores))
        chosen.append(pick)
        total = total + parts[pick]
        if scores[pick] > best + 1e-12:
            best, best_count = scores[pick], step
        elif step - best_count >= 8:
            break
    kept = chosen[:best_count]
    return {names[n]: kept.count(n) / len(kept) for n in dict.fromkeys(kept)}


def nested_gain(
    predicted: Mapping[str, np.ndarray],
    y: np.ndarray,
    problem: Problem,
    parts: int = 4,
    seed: int = 0,
    weight: np.ndarray | None = None,
) -> tuple[float, float]:
    """Return the scores of the mixture and of the best single one, each chosen on other rows than it is judged on.

    Both are means over random parts of the rows: what is chosen on the rest is judged on the part.
    """
    part_of = np.random.default_rng(seed).permutation(np.arange(len(y)) % parts)
    mixed: list[float] = []
    single: list[float] = []
    for part in range(parts):
        judge, rest = part_of == part, part_of != part
        others, truth, w = {n: p[rest] for n, p in predicted.items()}, y[rest], at(weight, rest)
        weights = greedy_weights(others, truth, problem, steps=20, weight=w)
        best = max(others, key=lambda n: score(problem.measure, truth, others[n], problem, w))
        for scores, said in ((mixed, mixture(predicted, weights)), (single, predicted[best])):
            scores.append(score(problem.measure, y[judge], said[judge], problem, at(weight, judge)))
    known = ~np.isnan(mixed) & ~np.isnan(single)
    if not known.any():
        return float("nan"), float("nan")
    return float(np.mean(np.array(mixed)[known])), float(np.mean(np.array(single)[known]))


def mixture(predicted: Mapping[str, np.ndarray], weights: Mapping[str, float]) -> np.ndarray:
    """Return the weighted mean of predictions."""
    return np.sum([w * predicted[n] for n, w in weights.items()], axis=0)


def _some(rows: int) -> np.ndarray:
    if rows <= MOST_ROWS:
        return np.arange(rows)
    return np.sort(np.random.default_rng(0).choice(rows, MOST_ROWS, replace=False))
