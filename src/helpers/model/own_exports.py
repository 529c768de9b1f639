"""Families of a person's own are exported as a trial before they are compared: what fails is told early."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from helpers.errors import Failed, one_line
from helpers.model.cross_validation import Judge, judge_of
from helpers.model.draws import with_each_class
from helpers.model.families import Family
from helpers.model.features import model_pipeline
from helpers.model.proof import LIMITS, largest_difference
from helpers.model.scoring import predictions
from helpers.model.workers import Workers
from helpers.problem import Problem

ROWS, JUDGED = 60, 500  # rows that the model of a trial learns from, and is compared on
SECONDS, SHARE = 10.0, 0.1  # that a trial may take, and of a budget; of a longer one nothing is known


def tried(
    candidates: Mapping[str, Family],
    own: Sequence[Family],
    rows: pd.DataFrame,
    problem: Problem,
    seed: int,
    jobs: int = 2,
    budget: float | None = None,
) -> tuple[dict[str, Family], dict[str, str]]:
    """Return the candidates, those of one's own without an exact export marked so, and the reason of each of these.

    budget is that of the run, in seconds. One that cannot be fitted to a few rows, hangs or crashes stays as it is: the
    comparison tells of it.
    """
    names = [f.name for f in own if f.name in candidates and candidates[f.name].exact]
    if not names:
        return dict(candidates), {}
    trial = _Trial(judge_of(candidates, rows, problem, [], seed))
    with Workers(trial, jobs) as workers:
        done = list(workers.run(((n, n) for n in names), min(SECONDS, SHARE * (budget or np.inf))))
    reasons = {o.key: o.answer for o in done if not o.trouble and o.answer}
    marked = {n: replace(candidates[n], exports=("pickle",)) for n in names if n in reasons}
    return {**candidates, **marked}, {n: reasons[n] for n in marked}


@dataclass(frozen=True)
class _Trial:
    """The task of a worker: what keeps a family from being exported, empty where nothing does."""

    given: Judge

    def __call__(self, name: str) -> str:
        family, x, y, problem = self.given.candidates[name], self.given.x, self.given.y, self.given.problem
        order = np.random.default_rng(self.given.seed).permutation(len(x))
        learn, seed = with_each_class(order[:ROWS], order, y), self.given.seed
        model = model_pipeline(x, family.make(seed), problem.task, seed, **family.features)
        judged = x.iloc[np.sort(order[:JUDGED])]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.fit(x.iloc[learn], y[learn])
            wanted = predictions(model, judged, problem).reshape(len(judged), -1)
        try:
            largest = largest_difference(wanted, _exported(model, judged, problem), problem)
        except Exception as error:  # whatever stops the export will stop it in its own stage
            return (
                str(error) if isinstance(error, Failed) else f"its export fails: {one_line(str(error), 200)}"
            )
        return (
            ""
            if largest <= LIMITS[problem.task]
            else f"its export scores differently, by up to {largest:.3g}"
        )


def _exported(model: Any, x: pd.DataFrame, problem: Problem) -> np.ndarray:
    """Return what the exported graph of a model says of its input (n, p)."""
    import onnxruntime

    from helpers.model.package.onnx import to_onnx

    numbers = [pd.api.types.is_numeric_dtype(x[name]) for name in x]
    outputs = [
        {"name": str(name), "kind": "number" if told else "category"}
        for name, told in zip(x, numbers, strict=True)
    ]
    quiet = onnxruntime.SessionOptions()
    quiet.log_severity_level, quiet.intra_op_num_threads = 4, 1
    session = onnxruntime.InferenceSession(to_onnx(model, outputs, len(problem.classes)), quiet)
    given = {i.name: x.iloc[:, [int(i.name[1:])]].to_numpy() for i in session.get_inputs()}
    return session.run(None, given)[0]
