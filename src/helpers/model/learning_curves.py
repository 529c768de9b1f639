"""The score by number of training rows, on the folds of the comparison: would more rows help?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from helpers.folds import Fold
from helpers.model.cross_validation import Job, judge_of
from helpers.model.families import Family
from helpers.model.train import Result
from helpers.model.workers import Workers
from helpers.problem import Problem

FOLDS = 3  # the first ones, which are the newest and have most rows where they go by time
SHARES = (1 / 16, 1 / 8, 1 / 4, 1 / 2)  # of a fold's training rows; the comparison knows the whole
LEAST = 30  # rows to learn from
COLUMNS = ["family", "fold", "size", "rows", "score"]


@dataclass(frozen=True)
class Gain:
    """What the last doubling of the rows gave, as mean and standard deviation over the folds.

    spread  standard deviation of the scores themselves over the folds
    """

    before: int
    rows: int
    mean: float
    std: float
    spread: float

    @property
    def verdict(self) -> str:
        """What it says of still more rows: they help where the gain is more than the folds differ by."""
        if self.mean > self.std:
            return "more rows would probably help"
        if self.mean + self.std <= self.spread / 2:
            return "more rows alone would hardly help"
        return "the folds differ too much to say whether more rows would help"


def learning_curves(
    candidates: Mapping[str, Family],
    results: Sequence[Result],
    rows: pd.DataFrame,
    problem: Problem,
    parts: Sequence[Fold],
    seed: int,
    jobs: int = 2,
    seconds: float = 120.0,
) -> pd.DataFrame:
    """Return family, fold, size (share of the training rows), rows and score, as scikit-learn's learning_curve would.

    results are those of the comparison on the same folds, which say what all rows give. A fit that fails, say
    because few rows hold one class only, leaves no point; the frame is empty where rows are too few for a curve.
    """
    judge = judge_of(candidates, rows, problem, parts, seed)
    folds, known = range(min(FOLDS, len(parts))), {r.family: r for r in results}
    sizes = {(n, share): int(len(parts[n][0]) * share) for n in folds for share in SHARES}
    sizes = {key: rows for key, rows in sizes.items() if rows >= LEAST}
    if not candidates or len({share for _, share in sizes}) < 2:
        return pd.DataFrame(columns=COLUMNS)
    points = [(f, n, 1.0, len(parts[n][0]), known[f].scores[n]) for f in candidates for n in folds]
    todo = {Job(f, n, rows): share for (n, share), rows in sizes.items() for f in candidates}
    hangs: set[str] = set()
    with Workers(judge, jobs) as workers:
        for outcome in workers.run(((job, job) for job in todo if job.family not in hangs), seconds):
            job = outcome.key
            if outcome.late:
                hangs.add(job.family)
            elif not outcome.trouble:
                points.append((*job[:2], todo[job], job.rows, judge.score(job, outcome.answer)))
    board = pd.DataFrame(points, columns=COLUMNS).dropna()
    order = {f: n for n, f in enumerate(candidates)}
    return board.sort_values(["family", "fold", "size"], key=lambda c: c.map(order) if c.name == "family" else c,
                             ignore_index=True)  # fmt: skip


def gain(curves: pd.DataFrame, family: str) -> Gain | None:
    """Return what a family gained from twice the rows, at the end of its curve; None where half of them gave nothing.

    >>> two = [("tree", n, size, 1000 * size, 0.7 + 0.1 * size) for n in (0, 1) for size in (0.5, 1.0)]
    >>> gain(pd.DataFrame(two, columns=COLUMNS), "tree").verdict
    'more rows would probably help'
    """
    own = curves[curves["family"] == family]
    scores = own.pivot(index="fold", columns="size", values="score")
    if not {0.5, 1.0} <= set(scores.columns):
        return None
    gained = (scores[1.0] - scores[0.5]).dropna()
    before, rows = (int(own.loc[own["size"] == size, "rows"].mean()) for size in (0.5, 1.0))
    if len(gained) < 2:
        return None
    return Gain(before, rows, float(gained.mean()), float(gained.std()), float(scores[1.0].std()))
