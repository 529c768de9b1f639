"""One trial of a search: what was drawn for it, and what a fold says of it."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, Protocol

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from helpers.folds import Fold
from helpers.model.families import Family, imported
from helpers.model.features import model_pipeline
from helpers.model.scoring import predictions, score, target
from helpers.model.weights import at, sample_weight
from helpers.model.weights import fitted as weighed
from helpers.model.workers import Workers
from helpers.problem import Problem

Judged = tuple[float, np.ndarray]  # the score of a fold, and what was predicted of the rows that it judges


@dataclass(frozen=True)
class Drawn:
    """What a trial tries: a family, how it transforms the columns, and hyperparameters."""

    family: str
    options: Mapping[str, Any] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Ground:
    """What all trials are judged on: families by name, rows, the problem, folds (as positions) and the seed."""

    shortlist: Mapping[str, Family]
    rows: pd.DataFrame
    problem: Problem
    parts: Sequence[Fold]
    seed: int = 0

    @cached_property
    def x(self) -> pd.DataFrame:
        """The features (n, p)."""
        return self.rows[self.problem.features(list(self.rows.columns))]

    @cached_property
    def y(self) -> np.ndarray:
        """The target (n,)."""
        return target(self.problem, self.rows)

    @cached_property
    def weight(self) -> np.ndarray | None:
        """The weights of the rows (n,), where the problem has any."""
        return sample_weight(self.problem, self.rows)

    @cached_property
    def judged(self) -> np.ndarray:
        """The positions of the rows that folds judge, fold by fold: the order of out-of-fold predictions."""
        return np.concatenate([judge for _, judge in self.parts])

    @cached_property
    def fold(self) -> np.ndarray:
        """The fold that judges each of those rows."""
        return np.repeat(np.arange(len(self.parts)), [len(judge) for _, judge in self.parts])


class Spread(Protocol):
    """Where folds are computed: `count` at a time."""

    count: int

    def __call__(self, drawn: Drawn, folds: Sequence[int]) -> list[Judged | str]:
        """Return what each of the folds says, or in one line why it says nothing."""


class Processes:
    """Folds side by side in processes of this machine; use it as a context.

    A fold that takes more than so many seconds is ended; like one that crashes, it costs no more than itself.
    """

    def __init__(self, ground: Ground, count: int = 2, seconds: float = 120.0) -> None:
        imported(ground.shortlist, ground.seed)
        _ = ground.x, ground.y, ground.weight  # made here, they are shared
        self._workers, self._seconds = Workers(partial(judged, ground), count), seconds
        self.count = self._workers.count

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, *_: object) -> None:
        self._workers.__exit__()

    def __call__(self, drawn: Drawn, folds: Sequence[int]) -> list[Judged | str]:
        """Return what each of the folds says, or in one line why it says nothing."""
        jobs = ((fold, (drawn, fold)) for fold in folds)
        ended = {o.key: o.trouble or o.answer for o in self._workers.run(jobs, self._seconds)}
        return [ended[fold] for fold in folds]


def judged(ground: Ground, job: tuple[Drawn, int]) -> Judged:
    """Return score and predictions of one fold; ValueError when the predictions are not finite."""
    drawn, fold = job
    train, judge = ground.parts[fold]
    model = fitted(ground, drawn, train)
    said = predictions(model, ground.x.iloc[judge], ground.problem)
    if not np.isfinite(said).all():
        raise ValueError("its predictions are not finite")
    weight = at(ground.weight, judge)
    return score(ground.problem.measure, ground.y[judge], said, ground.problem, weight), said


def fitted(ground: Ground, drawn: Drawn, rows: np.ndarray) -> Pipeline:
    """Return the pipeline of a trial, fitted on the rows at these positions, with their weights if there are any."""
    parameters = {
        k: tuple(v) if isinstance(v, list) else v for k, v in drawn.parameters.items()
    }  # as JSON has it
    estimator = ground.shortlist[drawn.family].make(ground.seed, **parameters)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = model_pipeline(ground.x, estimator, ground.problem.task, ground.seed, **drawn.options)
        return weighed(model, ground.x.iloc[rows], ground.y[rows], at(ground.weight, rows))
