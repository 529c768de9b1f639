"""One trial of a search: what was drawn for it, and what a fold says of it."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from sklearn.pipeline import Pipeline

from helpers.model.families import Family
from helpers.model.features import model_pipeline
from helpers.model.scoring import predictions, score, target
from helpers.model.train import Fold
from helpers.model.weights import at, sample_weight
from helpers.model.weights import fitted as weighed
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

    def __call__(self, drawn: Drawn, folds: Sequence[int]) -> list[Judged]:
        """Return what each of the folds says."""


class Threads:
    """Folds side by side in threads of this process."""

    def __init__(self, ground: Ground, count: int) -> None:
        self._ground, self.count = ground, count

    def __call__(self, drawn: Drawn, folds: Sequence[int]) -> list[Judged]:
        """Return what each of the folds says."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return Parallel(n_jobs=self.count, backend="threading")(
                delayed(judged)(self._ground, drawn, fold) for fold in folds
            )


def judged(ground: Ground, drawn: Drawn, fold: int) -> Judged:
    """Return score and predictions of one fold; ValueError when the predictions are not finite."""
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
