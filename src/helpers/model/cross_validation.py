"""Judge families on the same folds, each fit in a process that can be ended; of many rows, hopeless ones leave early.

The order in which fits end, and how long they take, changes nothing that is returned, but for a fit that is ended.
"""

from __future__ import annotations

import pickle
import time
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from helpers.errors import Failed
from helpers.folds import Fold
from helpers.model import weights
from helpers.model.draws import with_each_class
from helpers.model.families import Family, imported, too_slow
from helpers.model.features import model_pipeline
from helpers.model.scoring import predictions, score, target
from helpers.model.train import Result
from helpers.model.weights import at
from helpers.model.workers import Workers
from helpers.problem import Problem

RACE_FROM = 10_000  # rows from which on hopeless families leave: below, there is little to save
FIRST = 2_000  # rows that the first round learns from, and as many judge
STAY = 10  # families that stay, however far behind
SHARE = 0.5  # of what the best gains over the dummy: less is hopeless
PIECES = 5  # of the judged rows, in each of which it must be


class Job(NamedTuple):
    """Fit a family on the training rows of a fold (so many of them, when rows is set) and judge the others.

    few  whether no more rows than that judge; among these and those learnt from are some of each class then
    """

    family: str
    fold: int
    rows: int | None = None
    few: bool = False


@dataclass(frozen=True)
class Fit:
    """What a job gave: predictions of the judged rows, seconds to fit and to predict, bytes of the pickled model."""

    predicted: np.ndarray
    seconds: tuple[float, float]
    bytes: int


@dataclass(frozen=True)
class Judge:
    """The task of a worker: everything that fits share."""

    candidates: Mapping[str, Family]
    x: pd.DataFrame
    y: np.ndarray
    problem: Problem
    parts: Sequence[Fold]
    seed: int
    weight: np.ndarray | None = None

    def __call__(self, job: Job) -> Fit:
        """Return what the job gave; Failed when its predictions are of no use."""
        family, problem = self.candidates[job.family], self.problem
        learn, judged = self.positions(job)
        x = self.x
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            began = time.perf_counter()
            model = model_pipeline(x, family.make(self.seed), problem.task, self.seed, **family.features)
            weights.fitted(model, x.iloc[learn], self.y[learn], at(self.weight, learn))
            fitted = time.perf_counter()
            predicted = predictions(model, x.iloc[judged], problem)
            done = time.perf_counter()
        if len(predicted) != len(judged):
            raise Failed(f"it gives {len(predicted):,} predictions for {len(judged):,} rows")
        if not np.isfinite(predicted).all():
            raise Failed("its predictions are not finite")
        return Fit(predicted, (fitted - began, done - fitted), len(pickle.dumps(model, 5)))

    def positions(self, job: Job) -> tuple[np.ndarray, np.ndarray]:
        """Return which rows a job learns from and which it judges; fewer ones are among the more of the same fold."""
        learn, judged = self.parts[job.fold]
        if job.rows is None or job.rows >= len(learn):
            return learn, judged
        draw = np.random.default_rng(self.seed)
        mixed = learn if self.problem.time else draw.permutation(learn)  # by time, the latest teach most
        if not job.few:
            return np.sort(mixed[-job.rows :]), np.sort(judged)
        others = draw.permutation(judged)
        return with_each_class(mixed[-job.rows :], mixed, self.y), with_each_class(
            others[: job.rows], others, self.y
        )

    def score(self, job: Job, fit: Fit) -> float:
        """Return the problem's measure on the rows that the job judged."""
        _, judged = self.positions(job)
        weight = at(self.weight, judged)
        return score(self.problem.measure, self.y[judged], fit.predicted, self.problem, weight)


def judge_of(
    candidates: Mapping[str, Family], rows: pd.DataFrame, problem: Problem, parts: Sequence[Fold], seed: int
) -> Judge:
    """Return the task for rows as the stage has them: features, target and weights apart."""
    x, weight = rows[problem.features(list(rows.columns))], weights.sample_weight(problem, rows)
    return Judge(candidates, x, target(problem, rows), problem, parts, seed, weight)


def cross_validate(
    candidates: Mapping[str, Family],
    rows: pd.DataFrame,
    problem: Problem,
    parts: Sequence[Fold],
    seed: int,
    jobs: int = 2,
    seconds: float = 120.0,
    race: bool = True,
) -> list[Result]:
    """Return the result of every family with its standard parameters, in the order given.

    seconds  that a fit may take; a family of which one takes longer is skipped, like one that fails or crashes
    race     whether hopeless families leave after few rows or one fold, where there are RACE_FROM rows or more; by
             time none does, since its folds differ too much for the first to tell of the others

    A family without a score is in the list too, with the reason.
    """
    judge = judge_of(candidates, rows, problem, parts, seed)
    trouble = {
        f.name: too_slow(f, len(rows)) for f in candidates.values() if len(rows) > (f.most or len(rows))
    }
    fits: dict[Job, Fit] = {}
    imported(candidates, seed)
    with Workers(judge, jobs) as workers:
        rounds = [Job("", 0, FIRST, few=True), Job("", 0)] if _races(race, len(rows), problem) else []
        for heat in rounds:
            found = fitted(
                workers, (heat._replace(family=f) for f in _costly_first(candidates)), seconds, trouble
            )
            trouble |= _hopeless(found, judge, heat)
            fits |= found
        todo = (Job(f, n) for n in range(len(parts)) for f in _costly_first(candidates))
        fits |= fitted(workers, (job for job in todo if job not in fits), seconds, trouble)
    return [_result(f, fits, judge, trouble.get(f, "")) for f in candidates]


def fitted(workers: Workers, jobs: Iterable[Job], seconds: float, trouble: dict[str, str]) -> dict[Job, Fit]:
    """Return what became of jobs; families in trouble are passed over, and those that get into it are added there."""

    def wanted() -> Iterator[tuple[Job, Job]]:
        yield from ((job, job) for job in jobs if job.family not in trouble)

    found: dict[Job, Fit] = {}
    for outcome in workers.run(wanted(), seconds):
        if outcome.trouble:
            trouble.setdefault(outcome.key.family, outcome.trouble)
        else:
            found[outcome.key] = outcome.answer
    return found


def hopeless(scores: Mapping[str, np.ndarray]) -> list[str]:
    """Return the families that gain less than SHARE of what the best gains over the dummy, in each piece (k,).

    Of those in order, STAY of them and the better half are never hopeless; nor is the dummy, or what has no score.

    >>> some = {f"model {n}": np.full(3, 0.9) for n in range(STAY)}
    >>> hopeless({"dummy": np.full(3, 0.5), "far": np.full(3, 0.6), "near": np.full(3, 0.8)} | some)
    ['far']
    """
    known = {f: s for f, s in scores.items() if np.isfinite(s).all()}
    if "dummy" not in known:
        return []
    order = sorted(known, key=lambda f: (-known[f].mean(), f != "dummy"))
    if order[0] == "dummy":
        return []
    best, dummy = known[order[0]], known["dummy"]
    line = dummy + SHARE * (best - dummy)
    behind = order[max(STAY, (len(order) + 1) // 2) :]
    return [f for f in behind if f != "dummy" and (known[f] < line).all()]


def _hopeless(found: Mapping[Job, Fit], judge: Judge, heat: Job) -> dict[str, str]:
    """Return the reason by family of those that leave."""
    _, judged = judge.positions(heat)
    pieces = [np.arange(n, len(judged), PIECES) for n in range(PIECES)]
    measure, y, weight = judge.problem.measure, judge.y[judged], at(judge.weight, judged)
    scores = {
        job.family: np.array(
            [score(measure, y[p], fit.predicted[p], judge.problem, at(weight, p)) for p in pieces]
        )
        for job, fit in found.items()
    }
    whole = {job.family: judge.score(job, fit) for job, fit in found.items()}
    after = f"{heat.rows:,} rows" if heat.rows else "its first fold"
    best = max((f for f in whole if np.isfinite(whole[f])), key=lambda f: whole[f], default="")
    return {
        f: f"left after {after}: {whole[f]:.3g}, where {best} has {whole[best]:.3g} "
        f"and the dummy {whole['dummy']:.3g}"
        for f in hopeless(scores)
    }


def _costly_first(candidates: Mapping[str, Family]) -> list[str]:
    """Return the families in the order in which all processes are busy to the end."""
    return sorted(candidates, key=lambda f: -candidates[f].cost)


def _races(wanted: bool, rows: int, problem: Problem) -> bool:
    return wanted and rows >= RACE_FROM and not problem.time


def _result(family: str, fits: Mapping[Job, Fit], judge: Judge, trouble: str) -> Result:
    nothing = np.array([])
    if trouble:
        return Result(family, nothing, nothing, trouble=trouble)
    problem, y = judge.problem, judge.y
    done = [fits[Job(family, n)] for n in range(len(judge.parts))]
    scores = np.array([judge.score(Job(family, n), fit) for n, fit in enumerate(done)])
    if np.isnan(scores).all():
        return Result(
            family, nothing, nothing, trouble=f"{problem.measure} cannot be computed on these folds"
        )
    whole = np.full((len(y), len(problem.classes)) if problem.is_classification else len(y), np.nan)
    for (_, judged), fit in zip(judge.parts, done, strict=True):
        whole[judged] = fit.predicted
    scores = np.where(np.isnan(scores), np.nanmean(scores), scores)
    fit_seconds, predict_seconds = np.mean([fit.seconds for fit in done], axis=0)
    size = float(np.mean([fit.bytes for fit in done]))
    return Result(family, scores, whole, (float(fit_seconds), float(predict_seconds)), bytes=size)
