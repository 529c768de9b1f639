"""A cheap race before the search: few rows first, more for those that lead; nothing hopeless costs much.

Successive halving over rows (Jamieson and Talwalkar 2016): each rung gives its better half four times the rows.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from helpers.errors import BadInput
from helpers.folds import Fold
from helpers.model.families import Family, too_slow
from helpers.model.fits import Candidate, Fit, Fits, Job
from helpers.model.pace import speed_of
from helpers.model.portfolio import RACED, RATES, portfolio, usual
from helpers.model.scoring import target
from helpers.model.train import Result
from helpers.model.workers import Workers
from helpers.problem import Problem

RUNGS = ((500, 2), (2000, 3))  # rows to learn from, folds
ROWS = 6000  # that a race needs at most
SHARE = 0.12  # of the time that is left
PATIENCE = 20.0  # seconds that a fit may take when none was finished yet
LEAST = 1.0  # seconds, whatever is left


@dataclass
class Runner:
    """A candidate in the race: its fits of the rung it reached, and why it left, if it did."""

    candidate: Candidate
    rows: int = 0
    fits: dict[int, Fit] | None = None
    trouble: str = ""

    @property
    def score(self) -> float:
        """The mean over the folds; minus infinity before the first."""
        return float(np.nanmean([f.score for f in self.fits.values()])) if self.fits else -np.inf


def entrants(
    known: Mapping[str, Family], named: Collection[str], own: Sequence[Family], rows: int
) -> tuple[dict[str, Family], list[Result]]:
    """Return the families that race, and of the others that were asked for a result that says why they don't.

    Those named race; where none are, those of the portfolio and a person's own. rows are all that the search may
    learn from. BadInput where none is left.
    """
    asked = known.keys() - {"dummy"} if named else {f.name for f in own} & known.keys()
    barred = {n: _barred(known[n], rows) for n in known if n in asked}
    able = asked if named else asked | usual(known)
    racing = {n: f for n, f in known.items() if n in able and not barred.get(n)}
    if not racing:
        why = next((f"{n}: {reason}" for n, reason in barred.items()), "the dummy is no model")
        raise BadInput(
            f"no family can take part under a budget: {why}; name others in train.families, or leave --budget out"
        )
    nothing = np.array([])
    return racing, [Result(n, nothing, nothing, trouble=why) for n, why in barred.items() if why]


def race(
    known: Mapping[str, Family],
    rows: pd.DataFrame,
    problem: Problem,
    parts: Sequence[Fold],
    seed: int,
    seconds: float,
    folder: Path,
    jobs: int = 2,
) -> list[Runner]:
    """Return the first candidate of every family with what it did, within so many seconds."""
    firsts: dict[str, Candidate] = {}
    for candidate in portfolio(known, problem.task, len(rows)):
        rate = {"learning_rate": RACED} if candidate.family in RATES else {}
        first = replace(candidate, parameters={**candidate.parameters, **rate})
        firsts.setdefault(candidate.family, first)
    field = [Runner(c) for c in firsts.values()]
    end = time.monotonic() + max(seconds, LEAST)
    fits = Fits(known, rows, target(problem, rows), problem, parts, seed, folder)
    with Workers(fits, jobs) as workers:
        for rung, (size, folds) in enumerate(RUNGS):
            left = end - time.monotonic()
            running = [r for r in field if not r.trouble]
            if left <= 0 or (rung and size <= RUNGS[0][0]):
                break
            size = min(size, min(len(a) for a, _ in parts))
            _run(workers, running, size, range(min(folds, len(parts))), left * (0.5 if rung == 0 else 1.0))
            if rung == 0:
                _halve(running, end - time.monotonic(), size)
    return field


def results(field: Sequence[Runner], rows: int, problem: Problem, parts: Sequence[Fold]) -> list[Result]:
    """Return what the race says in the form of cross-validation: those that reached the last rung have scores.

    Who left the race is no measure of how far the others came: the time may have ended in the midst of a rung.
    """
    last = max(((r.rows, len(r.fits)) for r in field if r.fits and not r.trouble), default=(0, 0))
    return [_result(r, last, rows, problem, parts) for r in field]


def timings(field: Sequence[Runner]) -> dict[str, dict[str, float]]:
    """Return family -> what `pace.speed_of` says of its fits; {"left": 1} of one that failed or left."""
    left = {r.candidate.family: {"left": 1.0} for r in field if r.trouble}
    known = {r.candidate.family: speed_of(r.rows, r.fits.values()) for r in field if r.fits and not r.trouble}
    return left | known


def shortlist(field: Sequence[Runner]) -> list[dict[str, Any]]:
    """Return the families in their order, [{"family", "score", "reason", "timing"}]; those that failed are not on it.

    Families that the time did not reach stay: nothing is known against them. Those that left come last, to be tried
    when there is time: few rows say little of many. When all failed, all are on it.
    """
    able = [r for r in field if r.fits or not r.trouble] or list(field)
    found, known = [], timings(able)
    for r in sorted(able, key=lambda r: (bool(r.trouble), -r.score)):
        score = r.score if np.isfinite(r.score) else None
        reason = f"{score:.4g} with {r.rows:,} rows" if score is not None else "the race did not reach it"
        timing = known.get(r.candidate.family)
        about = {"family": r.candidate.family, "score": score, "reason": r.trouble or reason}
        found.append(about | {"timing": timing})
    return found


def _barred(family: Family, rows: int) -> str:
    """Return why a family cannot take part in a search of so many rows; empty when it can."""
    if not family.exact:
        return "left out: its export cannot be exact, and what a budget makes is exported"
    return too_slow(family, rows) if rows > (family.most or rows) else ""


def _run(workers: Workers, running: list[Runner], size: int, folds: Any, seconds: float) -> None:
    """Fit all of them on so many rows; those that the time does not reach keep what they had."""
    todo = [(r, fold) for fold in folds for r in running]
    found: dict[int, dict[int, Fit]] = {}
    end = time.monotonic() + seconds
    each = max(0.3, seconds * workers.count / max(1, len(todo)))
    while (todo and (not found or time.monotonic() < end)) or workers.busy:
        while todo and workers.idle and (not found or time.monotonic() < end):
            runner, fold = todo.pop(0)
            job = Job(runner.candidate, fold, 2 * each, rows=size, keep=False)
            hard = end - time.monotonic() if found else PATIENCE
            workers.start((id(runner), fold), job, max(1.0, hard))
        for outcome in workers.wait(1.0):
            runner = next(r for r in running if id(r) == outcome.key[0])
            if outcome.trouble:
                runner.trouble = runner.trouble or ("" if outcome.late else outcome.trouble)
            else:
                found.setdefault(id(runner), {})[outcome.key[1]] = outcome.answer
    for runner in running:
        done = found.get(id(runner), {})
        if done and (not runner.fits or len(done) == len(folds)):
            runner.fits, runner.rows = done, size


def _halve(running: list[Runner], left: float, size: int) -> None:
    """Mark those that leave: not among the better half, and worse than the best by more than the folds differ."""
    able = sorted((r for r in running if r.fits and not r.trouble), key=lambda r: -r.score)
    if not able:
        return
    spread = float(np.std([f.score for f in (able[0].fits or {}).values()]))
    for r in able[max(3, (len(able) + 1) // 2) :]:
        if r.score < able[0].score - 2 * spread:
            r.trouble = (
                f"left the race: {r.score:.4g} with {size:,} rows, and the best had {able[0].score:.4g}"
            )


def _result(r: Runner, last: tuple[int, int], rows: int, problem: Problem, parts: Sequence[Fold]) -> Result:
    nothing = np.array([])
    if r.trouble or not r.fits or (r.rows, len(r.fits)) < last:
        return Result(
            r.candidate.family, nothing, nothing, trouble=r.trouble or "not reached: the time was over"
        )
    shape = (rows, len(problem.classes)) if problem.is_classification else (rows,)
    whole = np.full(shape, np.nan)
    for fold, fit in r.fits.items():
        whole[parts[fold][1] if fit.judged is None else fit.judged] = fit.predicted
    scores = np.array([f.score for f in r.fits.values()])
    mean = np.nanmean(scores) if not np.isnan(scores).all() else np.nan
    if np.isnan(mean):
        return Result(r.candidate.family, nothing, nothing, trouble=f"{problem.measure} cannot be computed")
    seconds = tuple(float(np.mean([f.seconds[n] for f in r.fits.values()])) for n in (0, 1))
    scores = np.where(np.isnan(scores), mean, scores)
    size = float(np.mean([f.bytes for f in r.fits.values()]))
    return Result(r.candidate.family, scores, whole, seconds, bytes=size)  # type: ignore[arg-type]
