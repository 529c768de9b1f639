"""Fit one candidate on one fold: transformed once for all candidates of a process, stopped early, kept on disk."""

from __future__ import annotations

import hashlib
import json
import pickle
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from helpers.errors import Failed
from helpers.model.draws import with_each_class
from helpers.model.families import Family
from helpers.model.features import told_levels, transformer
from helpers.model.rounds import fit_in_rounds
from helpers.model.scoring import predictions, score
from helpers.model.weights import at, sample_weight
from helpers.problem import Problem

CACHE_BYTES = 400_000_000


@dataclass(frozen=True)
class Candidate:
    """A model to try: its family, hyperparameters and transformations; name tells it from all others of a search."""

    name: str
    family: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Job:
    """Fit a candidate on the training rows of a fold (a sample of so many, when rows is set) and score the others.

    seconds  after which a model that grows in rounds stops growing
    rounds   just so many, as an earlier fit had; None: stopped early by the judged rows
    keep     whether the fitted model is kept on disk
    """

    candidate: Candidate
    fold: int
    seconds: float
    rows: int | None = None
    rounds: int | None = None
    keep: bool = True


@dataclass(frozen=True)
class Fit:
    """What a job gave: predictions of the judged rows, score, seconds to fit and predict, rounds, bytes on disk.

    cut     says that the time ended the rounds, and not that more of them gained nothing
    judged  the positions of the rows that predicted is of; None: all that the fold judges
    """

    predicted: np.ndarray
    score: float
    seconds: tuple[float, float]
    rounds: int | None
    bytes: int
    files: tuple[str, str] = ("", "")
    cut: bool = False
    judged: np.ndarray | None = None


class Fits:
    """The task of a worker: everything that fits share, and the matrices that it has made so far."""

    def __init__(
        self,
        families: Mapping[str, Family],
        rows: pd.DataFrame,
        y: np.ndarray,
        problem: Problem,
        folds: Sequence[tuple[np.ndarray, np.ndarray]],
        seed: int,
        folder: Path,
    ) -> None:
        self.families, self.problem, self.seed, self.folder = families, problem, seed, folder
        self.x, self.y, self.folds = rows[problem.features(list(rows.columns))], y, folds
        self.weight = sample_weight(problem, rows)
        self._made: dict[str, tuple] = {}

    def __call__(self, job: Job) -> Fit:
        """Return what the job gave; Failed when its predictions are of no use."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return self._fit(job)

    def _fit(self, job: Job) -> Fit:
        family = self.families[job.candidate.family]
        train, judge = self._rows(job)
        began = time.perf_counter()
        learn, scored, features, file = self._matrices(job, train, judge)
        model = told_levels(family.make(self.seed, **_tuples(job.candidate.parameters)), features)
        left = job.seconds - (time.perf_counter() - began)
        weights = at(self.weight, train), at(self.weight, judge)
        model, rounds = fit_in_rounds(
            model, learn, self.y[train], scored, self.y[judge], left, job.rounds, *weights
        )
        fitted = time.perf_counter()
        predicted = predictions(model, scored, self.problem)
        if not np.isfinite(predicted).all():
            raise Failed("its predictions are not finite")
        value = score(self.problem.measure, self.y[judge], predicted, self.problem, weights[1])
        seconds = (fitted - began, time.perf_counter() - fitted)
        where, size = self._kept(job, model) if job.keep else ("", len(pickle.dumps(model, 5)))
        cut = rounds is not None and job.rounds is None and seconds[0] >= job.seconds
        whole = judge is self.folds[job.fold][1]
        return Fit(predicted, value, seconds, rounds, size, (file, where), cut, None if whole else judge)

    def _rows(self, job: Job) -> tuple[np.ndarray, np.ndarray]:
        train, judge = self.folds[job.fold]
        if job.rows is None or job.rows >= len(train):
            return train, judge
        draw = np.random.default_rng(self.seed)
        learn, few = draw.choice(train, job.rows, replace=False), some(judge, max(job.rows, 500))
        learn = with_each_class(learn, draw.permutation(train), self.y)
        return learn, with_each_class(few, draw.permutation(judge), self.y)

    def _matrices(self, job: Job, train: np.ndarray, judge: np.ndarray) -> tuple:
        """Return both matrices, the transformer that made them, and where it is kept."""
        key = hashlib.sha256(
            json.dumps([job.fold, job.rows, dict(job.candidate.options)], sort_keys=True).encode()
        ).hexdigest()[:20]
        if key not in self._made:
            features = transformer(self.x, self.problem.task, self.seed, **job.candidate.options)
            learn = features.fit_transform(self.x.iloc[train], self.y[train])
            scored = features.transform(self.x.iloc[judge])
            file = self.folder / f"features-{key}.pickle"
            if job.keep and not file.exists():
                _write(file, features)
            while self._made and sum(_bytes(m) for m in self._made.values()) > CACHE_BYTES:
                del self._made[next(iter(self._made))]
            self._made[key] = (learn, scored, features, str(file))
        return self._made[key]

    def _kept(self, job: Job, model: Any) -> tuple[str, int]:
        name = hashlib.sha256(f"{job.candidate.name} {job.fold}".encode()).hexdigest()[:20]
        file = self.folder / f"model-{name}.pickle"
        return str(file), _write(file, model)


def some(judge: np.ndarray, count: int) -> np.ndarray:
    """Return so many of the judged rows, spread evenly: a table may be sorted by its target."""
    return judge if count >= len(judge) else judge[np.linspace(0, len(judge) - 1, count).astype(int)]


def loaded(fits: Sequence[Fit]) -> list[Pipeline]:
    """Return the pipelines that fits left on disk; those that had the same transformer share it."""
    features = {f.files[0]: _read(f.files[0]) for f in fits}
    return [Pipeline([("features", features[f.files[0]]), ("model", _read(f.files[1]))]) for f in fits]


def plain(model: Any) -> Any:
    """Return a copy that shares equal texts just as a file does, so that equal models are equal files."""
    return pickle.loads(pickle.dumps(model, 5))


def _bytes(made: tuple) -> int:
    return int(made[0].nbytes + made[1].nbytes)


def _tuples(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters as they were before JSON made lists of tuples."""
    return {k: tuple(v) if isinstance(v, list) else v for k, v in parameters.items()}


def _write(file: Path, value: Any) -> int:
    data = pickle.dumps(value, 5)
    partial = file.with_suffix(f".{time.monotonic_ns()}")
    partial.write_bytes(data)
    partial.replace(file)
    return len(data)


def _read(file: str) -> Any:
    """Return what a worker of this search wrote; the folder is its own."""
    return pickle.loads(Path(file).read_bytes())
