"""Search families, hyperparameters and transformations together, with Optuna, so that a search can go on later."""

from __future__ import annotations

import hashlib
import json
import time
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pandas as pd
from joblib import Parallel, delayed
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from sklearn.pipeline import Pipeline

from helpers.errors import BadInput, Failed, nearest, one_line
from helpers.model.families import Family
from helpers.model.features import model_pipeline, suggested
from helpers.model.scoring import predictions, score, target
from helpers.model.train import Fold
from helpers.model.weights import at, fitted, sample_weight
from helpers.problem import Problem

SAMPLERS = ("tpe", "random")


def search(
    shortlist: Mapping[str, Family],
    rows: pd.DataFrame,
    problem: Problem,
    parts: Sequence[Fold],
    folder: Path,
    key: str,
    sampler: str = "tpe",
    trials: int = 20,
    seconds: float | None = None,
    seed: int = 0,
    jobs: int = 2,
) -> optuna.Study:
    """Return the study after so many trials (or seconds); trials that an earlier call finished are kept.

    key names what the search depends on besides its arguments. The first trials are the families with their
    standard parameters. Each trial draws from a generator seeded by its number, so a search that was interrupted
    ends like one that was not.
    """
    if sampler not in SAMPLERS:
        raise BadInput(f"there is no sampler {sampler!r}{nearest(sampler, SAMPLERS)} ({', '.join(SAMPLERS)})")
    if trials < len(shortlist):
        raise BadInput(
            f"{trials} trials are too few: each of the {len(shortlist)} families on the shortlist needs one"
        )
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = _study(folder, f"{key} {sampler} {seed} {list(shortlist)} {len(parts)}")
    x, y = rows[problem.features(list(rows.columns))], target(problem, rows)
    weight = sample_weight(problem, rows)
    deadline = None if seconds is None else time.monotonic() + seconds
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        while (number := _finished(study)) < trials and (
            deadline is None or time.monotonic() < deadline or number == 0
        ):
            study.sampler = _sampler(sampler, seed + number)
            trial = study.ask(fixed_distributions={})
            family, options, parameters = _drawn(trial, number, shortlist, x)
            scores = _scores(family, options, parameters, x, y, problem, parts, seed, jobs, weight)
            _tell(study, trial, scores)
    if not any(t.state.name == "COMPLETE" for t in study.trials):
        raise Failed("no trial of the search could be trained; see the leaderboard for the reasons")
    return study


def board(study: optuna.Study) -> pd.DataFrame:
    """Return one row a finished trial: number, family, score, standard deviation, parameters as JSON."""
    records = []
    for n, t in enumerate(t for t in study.trials if t.state.is_finished() and "family" in t.user_attrs):
        parameters = json.dumps(
            {k: _rounded(v) for k, v in t.params.items() if k != "family"}, sort_keys=True
        )
        about = {"trial": n, "family": t.user_attrs["family"], "score": t.value}
        records.append(
            about | {"std": t.user_attrs.get("std"), "parameters": parameters, "state": t.state.name.lower()}
        )
    return pd.DataFrame(records)


def best_model(
    study: optuna.Study, shortlist: Mapping[str, Family], rows: pd.DataFrame, problem: Problem, seed: int
) -> tuple[Pipeline, dict[str, Any]]:
    """Return the best trial's pipeline, fitted on all rows, and what it is."""
    x, y = rows[problem.features(list(rows.columns))], target(problem, rows)
    best = study.best_trial
    family = shortlist[best.user_attrs["family"]]
    options, parameters = best.user_attrs["options"], best.user_attrs["parameters"]
    parameters = {k: tuple(v) if isinstance(v, list) else v for k, v in parameters.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = model_pipeline(x, family.make(seed, **parameters), problem.task, seed, **options)
        fitted(model, x, y, sample_weight(problem, rows))
    return model, {"family": family.name, "options": options, "parameters": parameters, "score": best.value}


def best_by_family(board: pd.DataFrame) -> pd.Series:
    """Return the best score of each family on the board, best first."""
    done = board.dropna(subset=["score"])
    return done.groupby("family")["score"].max().sort_values(ascending=False, kind="stable")


def _study(folder: Path, key: str) -> optuna.Study:
    digest = hashlib.sha256(key.encode()).hexdigest()[:24]
    folder.mkdir(parents=True, exist_ok=True)
    storage = JournalStorage(JournalFileBackend(str(folder / f"{digest}.log")))
    return optuna.create_study(study_name=digest, storage=storage, direction="maximize", load_if_exists=True)


def _sampler(name: str, seed: int) -> optuna.samplers.BaseSampler:
    if name == "random":
        return optuna.samplers.RandomSampler(seed=seed)
    return optuna.samplers.TPESampler(seed=seed, n_startup_trials=8)


def _finished(study: optuna.Study) -> int:
    return sum(t.state.is_finished() for t in study.trials)


def _drawn(trial: optuna.Trial, number: int, shortlist: Mapping[str, Family], x: pd.DataFrame) -> tuple:
    """Return family, transformations and hyperparameters: standard ones first, then what the sampler suggests."""
    names = list(shortlist)
    if number < len(names):
        family, options, parameters = shortlist[names[number]], dict(shortlist[names[number]].features), {}
    else:
        family = shortlist[trial.suggest_categorical("family", names)]
        space = prefixed(trial, family.name)
        options, parameters = suggested(space, x, dict(family.features)), family.space(space)  # type: ignore[arg-type]
    for name, value in (("family", family.name), ("options", options), ("parameters", parameters)):
        trial.set_user_attr(name, value)
    return family, options, parameters


class _Prefixed:
    """What `prefixed` returns."""

    def __init__(self, trial: optuna.Trial, family: str) -> None:
        self._trial, self._family = trial, family

    def __getattr__(self, name: str) -> Any:
        suggest = getattr(self._trial, name)
        return lambda parameter, *args, **kwargs: suggest(f"{self._family}: {parameter}", *args, **kwargs)


def prefixed(trial: optuna.Trial, family: str) -> Any:
    """Return a trial whose parameters carry the family's name, so that families share none by accident."""
    return _Prefixed(trial, family)


def _scores(
    family: Family, options: Mapping, parameters: Mapping, x: pd.DataFrame, y: np.ndarray,
    problem: Problem, parts: Sequence[Fold], seed: int, jobs: int, weight: np.ndarray | None,
) -> list[float] | str:  # fmt: skip
    def one(fold: Fold) -> float:
        train, judge = fold
        model = model_pipeline(x, family.make(seed, **parameters), problem.task, seed, **options)
        fitted(model, x.iloc[train], y[train], at(weight, train))
        said = predictions(model, x.iloc[judge], problem)
        return score(problem.measure, y[judge], said, problem, at(weight, judge))

    try:
        return Parallel(n_jobs=jobs, backend="threading")(delayed(one)(fold) for fold in parts)
    except (ValueError, FloatingPointError, np.linalg.LinAlgError) as error:
        return one_line(str(error), 200)


def _tell(study: optuna.Study, trial: optuna.Trial, scores: list[float] | str) -> None:
    values = np.array([] if isinstance(scores, str) else scores, float)
    if not len(values) or np.isnan(values).all():
        trial.set_user_attr(
            "trouble", scores if isinstance(scores, str) else "the measure cannot be computed"
        )
        study.tell(trial, state=optuna.trial.TrialState.FAIL)
        return
    trial.set_user_attr("std", float(np.nanstd(values, ddof=1)))
    study.tell(trial, float(np.nanmean(values)))


def _rounded(value: Any) -> Any:
    return float(f"{value:.4g}") if isinstance(value, float) else value
