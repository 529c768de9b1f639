"""Teach one small model what a combination of several says (Buciluǎ et al. 2006)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from helpers.errors import BadInput
from helpers.model import combinations
from helpers.model.families import families, suited
from helpers.model.features import model_pipeline
from helpers.model.scoring import predictions, score
from helpers.model.tune import Tuned
from helpers.model.weights import at, sample_weight
from helpers.problem import Problem

STUDENT = "LightGBM"
LEAST_WEIGHT = 1e-3


def must_suit(problem: Problem, wanted: bool) -> None:
    """Raise BadInput when a combination is to be taught to one model that cannot learn it."""
    if wanted and problem.task == "multilabel":
        raise BadInput("tune.distil is not for several labels, which have a model each; leave it out")


def taught(teacher: Any, rows: pd.DataFrame, problem: Problem, seed: int = 0) -> Any:
    """Return a small model (fitted pipeline) of what the teacher says of the rows and of as many resampled ones.

    A probability is taught as a row for each class, weighed by it (and by the weight of the row, if there is any).
    """
    # A quantile is taught as a number like any other; of counts, the small model too must say numbers above zero.
    known = suited(problem, [STUDENT]) if problem.fitted_to == "counts" else families(problem.task, [STUDENT])
    family, x = known[STUDENT], rows[problem.features(list(rows.columns))]
    both = pd.concat([x, resampled(x, seed)], ignore_index=True)
    said, weight = predictions(teacher, both, problem), sample_weight(problem, rows)
    weights = np.ones(len(both)) if weight is None else np.tile(weight, 2)
    student = model_pipeline(x, family.make(seed), problem.task, seed, **family.features)
    if not problem.is_classification:
        return student.fit(both, said, model__sample_weight=weights)
    at_row, classes = np.nonzero(said >= LEAST_WEIGHT)
    return student.fit(
        both.iloc[at_row], classes, model__sample_weight=weights[at_row] * said[at_row, classes]
    )


def resampled(x: pd.DataFrame, seed: int = 0) -> pd.DataFrame:
    """Return as many rows again, each with about half of its values from another row."""
    draw = np.random.default_rng(seed)
    other = x.iloc[draw.permutation(len(x))].set_axis(x.index)
    return x.where(pd.DataFrame(draw.random(x.shape) < 0.5, x.index, x.columns), other)


def loss(tuned: Tuned, chosen: combinations.Measured, jobs: int = 2) -> pd.DataFrame:
    """Return one row a fold: the scores of the combination and of the small model, both made from the other folds."""
    ground, library = tuned.ground, combinations.library_of(tuned)
    records = []
    for fold, (learn, judge) in enumerate(ground.parts):
        others = [f for f in library.folds if f != fold]
        way = combinations.WAYS.get(chosen.name, combinations.single)
        there = combinations.Measured(chosen.name, way(library, others), float("nan"))
        teacher, _, _ = combinations.model_of(tuned, there, ground.rows.iloc[learn], jobs)
        student = taught(teacher, ground.rows.iloc[learn], ground.problem, ground.seed)
        x, y, weight, problem = (
            ground.x.iloc[judge],
            ground.y[judge],
            at(ground.weight, judge),
            ground.problem,
        )
        scores = {
            name: score(problem.measure, y, predictions(model, x, problem), problem, weight)
            for name, model in (("combination", teacher), ("small model", student))
        }
        records.append({"fold": fold + 1, **scores})
    return pd.DataFrame(records)
