"""Spend a given time on the best mixture of models, and say how to build the very same again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from helpers.errors import Failed
from helpers.folds import Fold
from helpers.model import train
from helpers.model.choice import Found
from helpers.model.ensemble import WeightedEnsemble
from helpers.model.families import Family, suited
from helpers.model.fits import Candidate, Fits, Job, loaded, plain
from helpers.model.pace import folds_worth, rows_worth
from helpers.model.scoring import columns_of, score, target
from helpers.model.search import Plan, search
from helpers.model.selection import mixture
from helpers.model.tried import Tried
from helpers.model.weights import at, sample_weight
from helpers.model.workers import Workers
from helpers.problem import Problem
from helpers.report.text import number, share

SMALL, LARGE = 1500, 100_000
LATEST = 4  # folds that judge where rows have a time
AFTER = 6.0  # seconds that evaluation, acceptance and export need
AFTER_SHARE = 0.6  # of the time that the stages before have taken
SPARE, SPARE_SHARE = 2.5, 0.05  # a run may end after its budget by so many seconds, and this share of it
LEAST = 2.0  # seconds without which there is no model


@dataclass(frozen=True)
class Built:
    """What a budget gave: the model, how to build it again, its score on rows that its parts had not seen.

    board    one row a candidate
    unseen   what the model says of rows by those of its parts that have not seen them: one column a class or label,
             or "prediction"; of the rows that the folds used judge
    nested   scores of the mixture and of the best single candidate, each chosen on other rows than it is judged on
    busy     share of the time in which all processes worked
    """

    model: Any
    specification: dict[str, Any]
    score: float
    board: pd.DataFrame
    unseen: pd.DataFrame
    nested: tuple[float, float]
    busy: float


def within(
    seconds: float,
    rows: pd.DataFrame,
    problem: Problem,
    shortlist: Sequence[Mapping[str, Any]],
    folder: Path,
    seed: int = 0,
    jobs: int = 2,
    **options: Any,
) -> Built:
    """Return what the search found in so many seconds.

    shortlist is what the race left over: [{"family", "timing"}]; options are those of search.Plan.
    """
    known = suited(problem, [s["family"] for s in shortlist])
    del known["dummy"]
    timings = {s["family"]: s.get("timing") or {} for s in shortlist}
    size = rows_worth(timings, len(rows), seconds, jobs)
    some = train.at_most(rows, problem, size, seed)
    parts = parts_of(some, problem, seed)
    judging = parts[:-1] if problem.time else parts
    worth = folds_worth(timings, len(judging[0][0]), len(judging), seconds, jobs)
    plan = Plan(seconds, worth, seed, jobs, refit=bool(problem.time), **options)
    try:
        found = search(known, some, problem, judging, timings, plan, _emptied(folder))
        made, tried = specification(found, plan, len(some)), found.tried
        if plan.refit:
            made = on_all_rows(made, found.score, len(judging))
            tried = rebuilt(known, some, problem, parts, made, folder, jobs)
        model = model_of(tried, found.weights, made["folds"], problem, target(problem, some))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    unseen = unseen_of(found.tried, found.weights, found.used, parts, problem, some)
    return Built(model, made, found.score, board(found), unseen, found.nested, found.busy)


def of_stage(
    here: Any,
    budget: float,
    rows: pd.DataFrame,
    problem: Problem,
    shortlist: Sequence[Mapping[str, Any]],
    seed: int,
    jobs: int,
) -> Built:
    """Return what a stage makes of its budget: what it built before when it is to do so again, else a search."""
    before = here.again("specification")
    if before is not None:
        return again(before, rows, problem, here.scratch / "search", jobs)
    left = here.seconds_left(budget)
    after = max(AFTER, AFTER_SHARE * (budget - left))  # on a slow machine, what follows is slow as well
    left += SPARE + SPARE_SHARE * budget - after
    return within(max(left, LEAST), rows, problem, shortlist, here.scratch / "search", seed, jobs)


def about(built: Built) -> dict[str, Any]:
    """Return what the model is, in the words of a reader: {"family", "score", "folds"}, the folds that judged it."""
    members = built.specification["members"]
    shares = {m["name"]: round(m["weight"], 2) for m in members}
    named = ", ".join(f"{share(part)} {name}" for name, part in shares.items())
    return {
        "family": named if len(members) > 1 else members[0]["family"],
        "score": built.score,
        "folds": built.specification.get("judged", len(built.specification["folds"])),
    }


def compared(built: Built) -> str:
    """Return in words whether the mixture betters its best part, each chosen on other rows than it is judged on."""
    mixed, single = built.nested
    if not np.isfinite(mixed) or not np.isfinite(single):
        return "One candidate only came through all folds, so nothing was compared."
    kept = "the **mixture** is kept" if mixed >= single else "the **best one alone** goes on"
    return (
        f"Chosen on some rows and judged on others, the mixture scores {number(mixed, 4)} and the best single "
        f"candidate {number(single, 4)}: {kept}."
    )


def again(
    made: Mapping[str, Any], rows: pd.DataFrame, problem: Problem, folder: Path, jobs: int = 2
) -> Built:
    """Return what a specification says, built again, however long it takes."""
    some = train.at_most(rows, problem, made["rows"], made["seed"])
    parts = parts_of(some, problem, made["seed"])
    y, weights = target(problem, some), {m["name"]: m["weight"] for m in made["members"]}
    weight = sample_weight(problem, some)
    try:
        known = suited(problem, [m["family"] for m in made["members"]])
        tried = rebuilt(known, some, problem, parts, made, _emptied(folder), jobs)
        model = model_of(tried, weights, made["folds"], problem, y)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if problem.time:  # the rows that the folds judge have been learnt from
        value = np.nan if made.get("score") is None else made["score"]
    else:
        value = mixture_score(tried, weights, made["folds"], y, parts, problem, weight)
    shown = board(Found(tried, weights, value, (np.nan, np.nan), 1.0, made["folds"]))
    unseen = unseen_of(tried, weights, made["folds"], parts, problem, some)
    return Built(model, dict(made), value, shown, unseen, (np.nan, np.nan), 1.0)


def parts_of(rows: pd.DataFrame, problem: Problem, seed: int) -> list[Fold]:
    """Return the folds: more of them where rows are few, or so many that one fold judges well enough.

    By time, the newest ones, and last one that learns from all rows: old rows alone would tell of what is no more.
    """
    count = 12 if len(rows) < SMALL else 10 if len(rows) > LARGE else 8
    made = train.folds(rows, problem, max(2, min(count, len(rows) // 4)), seed)
    return [*made[:LATEST], (np.arange(len(rows)), made[0][1])] if problem.time else made


def rebuilt(
    known: Mapping[str, Family],
    rows: pd.DataFrame,
    problem: Problem,
    parts: Sequence[Fold],
    specification: Mapping[str, Any],
    folder: Path,
    jobs: int = 2,
) -> list[Tried]:
    """Return the members of a specification, fitted again as they were, however long it takes."""
    folder.mkdir(parents=True, exist_ok=True)
    fits = Fits(known, rows, target(problem, rows), problem, parts, specification["seed"], folder)
    tried = [
        Tried(Candidate(m["name"], m["family"], m["parameters"], m["options"]), np.inf)
        for m in specification["members"]
    ]
    jobs_of = (
        ((n, k), Job(t.candidate, k, np.inf, rounds=rounds))
        for n, (t, member) in enumerate(zip(tried, specification["members"], strict=True))
        for k, rounds in zip(specification["folds"], member["rounds"], strict=True)
    )
    with Workers(fits, jobs) as workers:
        for outcome in workers.run(jobs_of, 86_400.0):
            n, fold = outcome.key
            if outcome.trouble:
                raise Failed(f"{tried[n].candidate.name} cannot be built again: {outcome.trouble}")
            tried[n].fits[fold] = outcome.answer
    return tried


def specification(found: Found, plan: Plan, rows: int) -> dict[str, Any]:
    """Return all that it takes to build the model again, as plain JSON."""
    chosen = _members(found.tried, found.weights)
    return {
        "rows": rows,
        "folds": found.used,
        "seed": plan.seed,
        "members": [
            asdict(t.candidate)
            | {
                "weight": found.weights[t.candidate.name],
                "rounds": [t.fits[fold].rounds for fold in found.used],
            }
            for t in chosen
        ],
    }


def on_all_rows(made: Mapping[str, Any], score: float, whole: int) -> dict[str, Any]:
    """Return a specification whose members learn once, from the rows of the fold `whole`, as long as on the newest one.

    score is that of the folds, since no row is left to judge by.
    """
    members = [m | {"rounds": m["rounds"][:1]} for m in made["members"]]
    known = score if np.isfinite(score) else None
    return {**made, "folds": [whole], "judged": len(made["folds"]), "score": known, "members": members}


def model_of(
    tried: Sequence[Tried], weights: Mapping[str, float], used: Sequence[int], problem: Problem, y: np.ndarray
) -> Any:
    """Return the mixture as one model: every member is the mean of the models of the folds used."""
    fits = [
        (weights[t.candidate.name] / len(used), t.fits[k]) for t in _members(tried, weights) for k in used
    ]
    members, shares = loaded([fit for _, fit in fits]), [share for share, _ in fits]
    classes = columns_of(problem, y)
    return plain(members[0] if len(members) == 1 else WeightedEnsemble(members, shares, classes))


def mixture_score(
    tried: Sequence[Tried], weights: Mapping[str, float], used: Sequence[int], y: np.ndarray,
    parts: Sequence[Fold], problem: Problem, weight: np.ndarray | None = None,
) -> float:  # fmt: skip
    """Return the score of the mixture on the rows that the folds used judge."""
    rows, said = _judged(tried, weights, used, parts)
    return score(problem.measure, y[rows], said, problem, at(weight, rows))


def unseen_of(
    tried: Sequence[Tried], weights: Mapping[str, float], used: Sequence[int], parts: Sequence[Fold],
    problem: Problem, rows: pd.DataFrame,
) -> pd.DataFrame:  # fmt: skip
    """Return what the mixture says of the rows that the folds used judge, in the order of the table."""
    judged, said = _judged(tried, weights, used, parts)
    columns = problem.classes if problem.is_classification else ["prediction"]
    found = pd.DataFrame(said, index=rows.index[judged], columns=columns)
    return found[~found.index.duplicated()].sort_index()


def _judged(
    tried: Sequence[Tried], weights: Mapping[str, float], used: Sequence[int], parts: Sequence[Fold]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the positions that the folds used judge, fold by fold, and what the mixture says there."""
    chosen = _members(tried, weights)
    predicted = {t.candidate.name: np.concatenate([t.fits[k].predicted for k in used]) for t in chosen}
    return np.concatenate([parts[k][1] for k in used]), mixture(predicted, weights)


def _members(tried: Sequence[Tried], weights: Mapping[str, float]) -> list[Tried]:
    return [t for t in tried if weights.get(t.candidate.name)]


def board(found: Found) -> pd.DataFrame:
    """Return one row a candidate: score, seconds and size of a fit, weight in the model, what became of it.

    One that was not judged on all folds has no score: its folds are not those of the others.
    """
    records = []
    for n, t in enumerate(found.tried):
        done = list(t.fits.values())
        whole = set(found.used) <= t.fits.keys()
        count = f"{len(done)} fold{'' if len(done) == 1 else 's'}"
        records.append(
            {
                "trial": n,
                "family": t.candidate.family,
                "score": t.score if whole else float("nan"),
                "std": float(np.std([f.score for f in done], ddof=1)) if len(done) > 1 else float("nan"),
                "weight": found.weights.get(t.candidate.name, 0.0),
                "seconds": float(np.mean([f.seconds[0] for f in done])) if done else float("nan"),
                "megabytes": float(np.mean([f.bytes for f in done])) / 1e6 if done else float("nan"),
                "parameters": json.dumps({**t.candidate.options, **t.candidate.parameters}, sort_keys=True),
                "state": t.trouble or ("complete" if whole else f"pruned after {count}: the time was over"),
                "origin": t.origin,
            }
        )
    return pd.DataFrame(records)


def _emptied(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
