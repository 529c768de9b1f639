"""The search under a budget: good defaults first, then what a sampler suggests around the best of them.

Every candidate is judged on the same folds. Its first fold decides whether the others are worth their time.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pandas as pd

from helpers.folds import Fold
from helpers.model.choice import Found, chosen, unseen
from helpers.model.families import Family
from helpers.model.features import suggested
from helpers.model.fits import Candidate, Fit, Fits, Job
from helpers.model.pace import Speed, Timings, expected, speed_of, timed
from helpers.model.portfolio import RACED, portfolio
from helpers.model.rounds import rounds_name
from helpers.model.scoring import score, target
from helpers.model.selection import greedy_weights, mixture
from helpers.model.tried import MOST_BYTES, Tried
from helpers.model.tune import prefixed
from helpers.model.weights import at
from helpers.model.workers import Workers
from helpers.problem import Problem

MOST_TOGETHER = 300_000_000  # bytes of all models of a mixture: larger ones are slow to load and to answer
MOST_BESIDE = 25  # candidates that are kept beside those of the mixture, the best ones
CHOICE = (
    7  # times as long as finding the mixture so far takes the choice at the end, which is made with more care
)
SLACK = 1.5  # times as long as on the newest fold learning from all rows may take
SHARE_OF_FIRST = 0.7  # of the time, that the first candidates may take for all their folds
RESERVED = 0.3  # of the time, for the export of candidates that are not complete yet, at most
SHARE_OF_LITTLE = 0.1  # of the time that is left: what costs no more is done at once
PATIENCE = 30.0  # seconds beyond the time that a fit may take when there is no other


@dataclass(frozen=True)
class Plan:
    """What a search may use: seconds until it must end, folds to use of those there are, seed, processes.

    refit says that the models of the mixture learn once more after it, from all rows.
    """

    seconds: float
    folds: int
    seed: int = 0
    jobs: int = 2
    tune: bool = True
    race: bool = True
    refit: bool = False


def search(
    known: Mapping[str, Family],
    rows: pd.DataFrame,
    problem: Problem,
    parts: Sequence[Fold],
    timings: Timings,
    plan: Plan,
    folder: Path,
) -> Found:
    """Return what was found until the time was over; Failed when nothing could be fitted."""
    folder.mkdir(parents=True, exist_ok=True)
    fits = Fits(known, rows, target(problem, rows), problem, parts[: plan.folds], plan.seed, folder)
    with Workers(fits, plan.jobs) as workers:
        state = _Search(known, fits, timings, plan, workers)
        state.run()
        busy = workers.share_busy
    return chosen(state.tried, fits, state.weights, state.in_time, busy)


class _Search:
    """The loop of a search: what to fit next, and what follows from what was fitted."""

    def __init__(
        self, known: Mapping[str, Family], fits: Fits, timings: Timings, plan: Plan, workers: Workers
    ) -> None:
        self.known, self.fits, self.timings, self.plan, self.workers = known, fits, timings, plan, workers
        self.end = time.monotonic() + plan.seconds
        self.problem, self.folds, self.rows = fits.problem, range(plan.folds), len(fits.folds[0][0])
        self.undecided = plan.folds > 1
        self.waiting = _ordered(portfolio(known, self.problem.task, len(fits.x)), timings)
        self.tried: list[Tried] = []
        self.studies: dict[str, optuna.Study] = {}
        self.asked = 0
        self.drawn: set[str] = set()  # what the sampler has suggested
        self.weights: dict[str, float] = {}
        self.mixed: np.ndarray | None = None
        self.after = 0.0  # seconds that the best mixture so far will cost after the search
        self.mixing = 0.0  # seconds that it took to find it

    @property
    def left(self) -> float:
        return self.end - self.reserved - time.monotonic()

    @property
    def reserved(self) -> float:
        """What the choice and the mixture so far will cost after the search, and what is under way, of which a part of
        the time.
        """
        left, coming = self.end - time.monotonic(), 0.0
        for tried in self.tried:
            done = len(tried.fits)
            if 0 < done < len(self.folds) and not tried.trouble:
                fits = (
                    (len(self.folds) - done) * sum(tried.fits[min(tried.fits)].seconds) / self.workers.count
                )
                after = tried.seconds_after / done * len(self.folds)
                coming += after if fits + after <= left else 0.0  # else it will not be complete
        known = self.after + CHOICE * self.mixing
        return max(known, min(known + coming, RESERVED * self.plan.seconds))

    @property
    def complete(self) -> list[Tried]:
        return [t for t in self.tried if len(t.fits) >= len(self.folds)]

    @property
    def any_fit(self) -> bool:
        """Whether there is something to make a model of."""
        return any(t.fits for t in self.tried if t.usable)

    def run(self) -> None:
        """Start what is worth starting and take in what is done, until the time is over."""
        while True:
            while self.workers.idle and (self.left > 0.2 or not self.any_fit) and self._start_next():
                pass
            if not self.workers.busy:
                return
            for outcome in self.workers.wait(max(0.1, min(1.0, self.left))):
                which, fold = outcome.key
                self._take(which, fold, outcome.answer, outcome.trouble)
            if self.left < -1.0 and self.any_fit:
                return self._stop()

    def _stop(self) -> None:
        for which, _ in self.workers.busy:
            tried = next(t for t in self.tried if id(t) == which)
            tried.trouble = tried.trouble or "stopped: it took more than the time that was left"

    def _start_next(self) -> bool:
        """Start the next fit; False when there is nothing that the time allows."""
        pending = self._next_fold()
        if pending is None:
            tried = self._next_candidate()
            if tried is None:
                return False
            self.tried.append(tried)
            pending = (tried, 0)
        tried, fold = pending
        hard = self.left + 0.5 if self.any_fit else max(0.0, self.left) + PATIENCE
        hard = max(2.0, min(hard, max(10.0, 4 * tried.seconds)))
        job = Job(tried.candidate, fold, min(tried.seconds, max(0.3, self.left - 0.3)))
        self.workers.start((id(tried), fold), job, hard)
        return True

    def _next_fold(self) -> tuple[Tried, int] | None:
        """Return a fold that is still to be done, of a candidate whose first fold was promising.

        Those that cost little go first: all of their folds may take less than one fold of another.
        """
        under_way = set(self.workers.busy)
        little = SHARE_OF_LITTLE * self.left * self.workers.count / len(self.folds)
        for tried in sorted(self.tried, key=lambda t: 0 not in t.fits or sum(t.fits[0].seconds) > little):
            if tried.trouble or (0 not in tried.fits and self.plan.race):
                continue
            for fold in self.folds[:1] if self.undecided else self.folds:
                if fold not in tried.fits and (id(tried), fold) not in under_way:
                    return tried, fold
        return None

    def _decide_folds(self) -> None:
        """Take fewer folds where the first candidates took so long that all of theirs would not be done in time."""
        first = self.tried[: self.workers.count]
        if not all(t.fits or t.trouble for t in first) or (self.waiting and len(first) < self.workers.count):
            return
        took = sum(sum(t.fits[0].seconds) for t in first if t.fits)
        possible = int(SHARE_OF_FIRST * max(0.0, self.left) * self.workers.count / max(took, 1e-9))
        self.folds = range(int(np.clip(possible + 1, 1, len(self.folds))))
        self.undecided = False
        self._mix_complete()

    @property
    def able(self) -> list[Tried]:
        """Those that a mixture may hold."""
        return [t for t in self.complete if t.usable]

    def _mix_complete(self) -> None:
        """Mix what is complete; leave out what would be too large together, or take longer than there is time."""
        possible = max(self.after, self.end - time.monotonic()) + 0.5
        while self.able:
            self._mix()
            if self.after <= possible or len(self.able) == 1:
                break
            out = self._left_out(self.able, possible) or max(self.able, key=lambda t: t.seconds_after)
            out.trouble = "its model would take longer to export than there is time"
            out.let_go()
        others = [t for t in self.able if t.candidate.name not in self.weights]
        for tried in sorted(others, key=lambda t: -t.score)[MOST_BESIDE:]:
            tried.let_go()

    def _left_out(self, able: Sequence[Tried], possible: float) -> Tried | None:
        """Return the one without which the mixture is best and not too large; None where none is so."""
        best, out = -np.inf, None
        for tried in [t for t in able if t.candidate.name in self.weights]:  # the others take no room
            _, value, after = self._mixture_of([t for t in able if t is not tried])
            if after <= possible and value > best:
                best, out = value, tried
        return out

    def _next_candidate(self) -> Tried | None:
        waiting_on_first = sum(not t.fits and not t.trouble for t in self.tried)
        if waiting_on_first >= self.workers.count:
            return None
        share = self._seconds_for_a_fit()
        while self.waiting:
            candidate = self.waiting.pop(0)
            needed = expected(candidate.family, self._speed(candidate.family), self.rows)
            if candidate.family in self.known and (needed <= share * 1.2 or not self.tried):
                return Tried(self._timed(candidate, share), share)
        return self._suggested(share) if self.plan.tune else None

    def _seconds_for_a_fit(self) -> float:
        """Return the time for each fold of one more candidate: half of what is left, spread over its folds."""
        fits = len(self.folds) + int(self.plan.refit)
        return max(0.3, self.left * self.workers.count * 0.45 / fits)

    def _speed(self, family: str) -> Speed:
        """Return what is known of a fit of a family, by its latest candidate or else by the race."""
        own = [t for t in self.tried if t.candidate.family == family and t.fits]
        if not own:
            return self.timings.get(family, {})
        rate = own[-1].candidate.parameters.get("learning_rate", RACED)
        return speed_of(self.rows, own[-1].fits.values()) | {"rate": rate}

    def _timed(self, candidate: Candidate, seconds: float) -> Candidate:
        return timed(candidate, self._speed(candidate.family), self.rows, len(self.folds), seconds)

    def _suggested(self, seconds: float) -> Tried | None:
        """Return what the sampler suggests around the best families; None when time is short, or nothing is new."""
        best = sorted(self.complete, key=lambda t: -t.score)
        families = list(dict.fromkeys(t.candidate.family for t in best))
        quick = [f for f in families if self._cost(f) <= self.left * self.workers.count * 0.8][:3]
        if not quick:
            return None
        turns = [0, 1, 0, 2]  # the best family every other time
        for _ in turns:
            name = quick[min(turns[self.asked % 4], len(quick) - 1)]
            self.asked += 1
            trial = self._study(name).ask()
            drawn = _drawn(trial, self.known[name], self.fits.x)
            what = repr((name, sorted(drawn.options.items()), sorted(drawn.parameters.items())))
            if what not in self.drawn:
                self.drawn.add(what)
                return Tried(self._timed(drawn, seconds), max(seconds, 0.5), "search", trial=trial)
            self._study(name).tell(trial, state=optuna.trial.TrialState.FAIL)  # it would say the same again
        return None

    def _study(self, family: str) -> optuna.Study:
        if family not in self.studies:
            optuna.logging.set_verbosity(optuna.logging.ERROR)
            sampler = optuna.samplers.TPESampler(seed=self.plan.seed, n_startup_trials=6, constant_liar=True)
            self.studies[family] = optuna.create_study(direction="maximize", sampler=sampler)
        return self.studies[family]

    def _cost(self, family: str) -> float:
        return float(self._speed(family).get("seconds", 0.0)) * len(self.folds)

    def _take(self, which: int, fold: int, fit: Fit | None, trouble: str) -> None:
        tried = next(t for t in self.tried if id(t) == which)
        if fit is None:
            tried.trouble = tried.trouble or trouble
        else:
            tried.fits[fold] = fit
            if fit.bytes * len(self.folds) > MOST_BYTES:
                tried.trouble = f"the model of a fold takes {fit.bytes / 1e6:.0f} MB, too large to export"
                if self.weights:  # else it may have to do
                    tried.let_go()
            elif fold == 0 and self.plan.race and not self._promises(tried):
                tried.trouble = f"pruned after 1 fold, with {fit.score:.5g}"
                tried.let_go()
        if self.undecided:
            self._decide_folds()
        elif len(tried.fits) == len(self.folds):
            self._mix_complete()
        if tried.trial is not None and (tried.trouble or len(tried.fits) == len(self.folds)):
            self._tell(tried)

    def _tell(self, tried: Tried) -> None:
        """Let the sampler know how a trial ended; folds of it that end later change nothing."""
        study, trial, tried.trial = self.studies[tried.candidate.family], tried.trial, None
        value = self._on_all_folds(tried)
        if np.isfinite(value):
            study.tell(trial, value)
        else:
            study.tell(trial, state=optuna.trial.TrialState.FAIL)

    def _on_all_folds(self, tried: Tried) -> float:
        """Return its score, or when folds are missing what it would be if these differed as the best one's do."""
        best = max(self.complete, key=lambda t: t.score, default=tried)
        same = [f.score for k, f in best.fits.items() if k in tried.fits and np.isfinite(f.score)]
        return tried.score + best.score - float(np.mean(same)) if same else float("nan")

    def _promises(self, tried: Tried) -> bool:
        """Whether on the first fold it is better than the mixture so far, or makes it better when mixed in."""
        if self.mixed is None:
            return True
        judge = self.fits.folds[0][1]
        y, now, first = self.fits.y[judge], self.mixed, tried.fits[0].predicted
        weight = at(self.fits.weight, judge)

        def of(said: np.ndarray) -> float:
            return score(self.problem.measure, y, said, self.problem, weight)

        there = of(now)
        if not np.isfinite(there):  # these rows cannot tell
            return True
        gains = [of((1 - w) * now + w * first) - there for w in (0.1, 0.3, 1.0)]
        return bool(max(gains) > 1e-5 * abs(there))

    def _mix(self) -> None:
        """Note what the best mixture of all that is complete says of the first fold, and what its size will cost."""
        begun, able = time.monotonic(), self.able
        self.weights, _, self.after = self._mixture_of(able)
        self.mixed = mixture({t.candidate.name: t.fits[0].predicted for t in able}, self.weights)
        self.mixing = time.monotonic() - begun

    def _mixture_of(self, able: Sequence[Tried]) -> tuple[dict[str, float], float, float]:
        """Return the weights of the best mixture, its score, and the seconds that it will cost after the search."""
        predicted, y, weight = unseen(able, self.fits, self.folds)
        weights = greedy_weights(predicted, y, self.problem, 15, weight)
        value = score(self.problem.measure, y, mixture(predicted, weights), self.problem, weight)
        return weights, value, self.after_with(weights)

    def in_time(self, weights: Mapping[str, float]) -> bool:
        """Whether a mixture costs hardly more after the search than the one that time was kept for, if any was."""
        return not self.weights or self.after_with(weights) <= self.after + 1.0

    def after_with(self, weights: Mapping[str, float]) -> float:
        """Return the seconds that a mixture will cost after the search; inf where it is too large for any use."""
        chosen = [t for t in self.able if t.candidate.name in weights]
        models = 1 if self.plan.refit else len(self.folds)  # of a member
        share = models / len(self.folds)
        if share * sum(t.bytes for t in chosen) > MOST_TOGETHER:
            return float("inf")
        learning = [sum(t.fits[0].seconds) for t in chosen] if self.plan.refit else []
        longest = max([0.0, *learning, sum(learning) / self.workers.count])
        return share * sum(t.seconds_after for t in chosen) + SLACK * longest


def _ordered(candidates: list[Candidate], timings: Timings) -> list[Candidate]:
    """Return the candidates in their order, those of families that left the race last."""
    return sorted(candidates, key=lambda c: bool(timings.get(c.family, {}).get("left")))


def _drawn(trial: optuna.Trial, family: Family, x: pd.DataFrame) -> Candidate:
    space: Any = prefixed(trial, family.name)
    options, parameters = suggested(space, x, dict(family.features)), family.space(space)
    parameters.pop(rounds_name(family.make(0)) or "", None)
    return Candidate(f"{family.name}, trial {trial.number}", family.name, parameters, options)
