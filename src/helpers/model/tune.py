"""Search families, hyperparameters and transformations together, with Optuna, so that a search can go on later."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import filelock
import numpy as np
import optuna
import pandas as pd
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import FrozenTrial, TrialState

from helpers.errors import BadInput, Failed, nearest, one_line
from helpers.model.features import suggested
from helpers.model.pruning import hopeless
from helpers.model.trial import Drawn, Ground, Processes, Spread
from helpers.report.text import count, md, number

SAMPLERS = ("tpe", "random")
# How the states begin of trials that ended early and did not fail.
LEFT_EARLY = "pruned|stopped|its model|the model of a fold"


@dataclass(frozen=True)
class Plan:
    """How long to search, and how.

    sampler   "tpe" or "random"
    trials    in all
    seconds   after which no further trial begins
    patience  end after so many trials without a better score
    prune     whether a trial is left when its first folds are clearly worse
    first     parameters of trials to begin with, after the standard ones
    """

    sampler: str = "tpe"
    trials: int = 20
    seconds: float | None = None
    patience: int | None = None
    prune: bool = True
    first: Sequence[Mapping[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Tuned:
    """A search as far as it went. A trial's number is its place among those that ended."""

    study: optuna.Study
    ground: Ground
    folder: Path  # of out-of-fold predictions, a file a complete trial
    most: int | None = None  # trials that count; those that a longer search left behind them don't

    @property
    def kept(self) -> list[FrozenTrial]:
        """All trials on disk that ended, in their order; one that a kill cut short is none of them."""
        trials = self.study.get_trials(deepcopy=False)
        return [t for t in trials if t.state.is_finished() and "family" in t.user_attrs]

    @property
    def ended(self) -> list[FrozenTrial]:
        """Those that count."""
        return self.kept[: self.most]

    @property
    def complete(self) -> dict[int, FrozenTrial]:
        """Those that went through all folds."""
        return {n: t for n, t in enumerate(self.ended) if t.state == TrialState.COMPLETE}

    @property
    def best(self) -> int:
        """The number of the best; the first of equal ones."""
        return max(self.complete, key=lambda n: self.complete[n].value or 0.0)

    def drawn(self, number: int) -> Drawn:
        """Return what a trial tried."""
        about = self.ended[number].user_attrs
        return Drawn(about["family"], about["options"], about["parameters"])

    def predicted(self, number: int) -> np.ndarray:
        """Return the out-of-fold predictions of a complete trial, (n, classes) or (n,), in the order of ground.judged.

        They are computed again when their file is gone.
        """
        file = self.folder / f"{number}.npy"
        try:
            found = np.load(file, allow_pickle=False)
        except (OSError, ValueError, EOFError):
            found = None
        if found is None or len(found) != len(self.ground.judged):
            found = again(self, number)[1]
            _keep(file, found)
        return found


def search(
    ground: Ground, folder: Path, key: str, plan: Plan | None = None, spread: Spread | None = None
) -> Tuned:
    """Return the search after so many trials (or seconds); those that an earlier call finished are not done again.

    key names what the search depends on besides its arguments. The first trials are the families with their
    standard parameters. Each trial draws from a generator seeded by its number, so a search that was interrupted
    ends like one that was not, and one that follows a longer one as it would have alone. A trial that fails, crashes
    or hangs has ended, too. spread says where folds are computed (in two processes when it is None).
    """
    plan = plan or Plan()
    _check(plan, ground)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    depends = [
        key,
        plan.sampler,
        plan.prune,
        list(plan.first),
        ground.seed,
        list(ground.shortlist),
        _source(),
    ]
    digest = hashlib.sha256(json.dumps([*depends, len(ground.parts)]).encode()).hexdigest()[:24]
    tuned = Tuned(_study(folder, digest), ground, folder / digest, 0)
    deadline = None if plan.seconds is None else time.monotonic() + plan.seconds
    with contextlib.nullcontext(spread) if spread else Processes(ground) as somewhere:
        while not _over(tuned, plan, deadline):
            if len(tuned.kept) == tuned.most:
                _one_more(tuned, plan, somewhere)
            tuned = replace(tuned, most=len(tuned.ended) + 1)
    if not tuned.complete:
        first = tuned.ended[0].user_attrs
        raise Failed(
            f"no trial of the search could be trained; the first, {first['family']}: {first['trouble']}"
        )
    return tuned


def board(tuned: Tuned) -> pd.DataFrame:
    """Return one row a trial: number, family, score, standard deviation, parameters as JSON, what became of it.

    A trial that was pruned has no score: its folds are not those of the others.
    """
    records = []
    for n, t in enumerate(tuned.ended):
        complete = t.state == TrialState.COMPLETE
        failed = f"failed: {t.user_attrs.get('trouble', '')}"
        states = {TrialState.COMPLETE: "complete", TrialState.FAIL: failed}
        records.append(
            {
                "trial": n,
                "family": t.user_attrs["family"],
                "score": t.value if complete else float("nan"),
                "std": t.user_attrs.get("std", float("nan")),
                "parameters": json.dumps(
                    {k: _rounded(v) for k, v in t.params.items() if k != "family"}, sort_keys=True
                ),
                "state": states.get(t.state, f"pruned after {t.user_attrs.get('folds')} folds"),
            }
        )
    return pd.DataFrame(records)


def best_standard(board: pd.DataFrame, standard: int) -> float:
    """Return the best score of the first trials of a board, the `standard` parameters; NaN where none has one."""
    return float(board.loc[board["trial"] < standard, "score"].max())


def told(board: pd.DataFrame, standard: int) -> str:
    """Return what became of the trials of a board, in words; the first `standard` ones are standard parameters."""
    judged, ended = board.dropna(subset=["score"]), board[board["score"].isna()]
    early = ended["state"].str.match(LEFT_EARLY)
    failed = ended[~early]
    said = (
        f"{count(len(board), 'trial')}: {len(judged)} judged on all folds, {early.sum()} ended before the last one, "
        f"{len(failed)} failed"
    )
    for t in failed.head(1).itertuples():
        said += (
            f" (the first, trial {t.trial}, {md(t.family)}: {md(str(t.state).removeprefix('failed: '), 160)})"
        )
    said += ". "
    best, first = judged["score"].max(), best_standard(board, standard)
    if not standard or not len(judged):
        return said + f"The best scores {number(best, 4)}."
    if first == best:
        return said + f"**None betters the standard parameters**, of which the best score {number(first, 4)}."
    return said + f"The best scores {number(best, 4)}, the best standard parameters {number(first, 4)}."


def members(made: Mapping[str, Any]) -> pd.DataFrame:
    """Return one row a member of the model that a specification builds: its trial, family, weight and settings."""
    records = [
        {
            "trial": m.get("trial", m.get("name")),
            "family": m["family"],
            "weight": m["weight"],
            "hyperparameters": json.dumps(m["parameters"], sort_keys=True) if m["parameters"] else "standard",
            "transformations": json.dumps(m["options"], sort_keys=True) if m["options"] else "standard",
        }
        for m in made["members"]
    ]
    return pd.DataFrame(records)


def again(tuned: Tuned, number: int) -> tuple[float, np.ndarray]:
    """Return the score of a complete trial and its out-of-fold predictions, computed anew."""
    scores, said = [], []
    with Processes(tuned.ground) as processes:
        for heard in processes(tuned.drawn(number), range(len(tuned.ground.parts))):
            if isinstance(heard, str):
                raise Failed(f"trial {number} cannot be computed again: {heard}")
            scores.append(heard[0])
            said.append(heard[1])
    return float(np.nanmean(scores)), np.concatenate(said)


def best_by_family(board: pd.DataFrame) -> pd.Series:
    """Return the best score of each family on the board, best first."""
    done = board.dropna(subset=["score"])
    return done.groupby("family")["score"].max().sort_values(ascending=False, kind="stable")


def _check(plan: Plan, ground: Ground) -> None:
    if plan.sampler not in SAMPLERS:
        raise BadInput(
            f"there is no sampler {plan.sampler!r}{nearest(plan.sampler, SAMPLERS)} ({', '.join(SAMPLERS)})"
        )
    if plan.trials < 1:
        raise BadInput(f"tune.trials must be 1 at least, not {plan.trials}")
    if plan.seconds is not None and plan.seconds <= 0:
        raise BadInput(f"tune.seconds must be above 0, or null for no such end; not {plan.seconds:g}")
    if plan.patience is not None and plan.patience < 1:
        raise BadInput(
            f"tune.patience must be 1 trial at least, or null for no such end; not {plan.patience}"
        )


def _over(tuned: Tuned, plan: Plan, deadline: float | None) -> bool:
    """Whether the search ends here; the standard parameters are tried whatever patience says."""
    ended = tuned.ended
    if len(ended) >= plan.trials or (ended and deadline is not None and time.monotonic() >= deadline):
        return True
    if plan.patience is None or len(ended) < len(tuned.ground.shortlist) or not tuned.complete:
        return False
    return len(ended) - 1 - tuned.best >= plan.patience


def _one_more(tuned: Tuned, plan: Plan, spread: Spread) -> None:
    """Draw a trial, judge it fold by fold and note how it ended."""
    study, ground, number = tuned.study, tuned.ground, len(tuned.ended)
    before = [t.user_attrs["scores"] for t in tuned.complete.values()] if plan.prune else []
    study.sampler = _sampler(plan, ground, number)
    trial = study.ask(fixed_distributions={})
    try:
        drawn = _drawn(trial, number, ground)
    except ValueError as error:  # values of an earlier version, say
        raise BadInput(
            f"tune.warm_start: a trial does not fit this search: {one_line(str(error), 200)}"
        ) from None
    for name in ("family", "options", "parameters"):
        trial.set_user_attr(name, getattr(drawn, name))
    scores: list[float] = []
    said: list[np.ndarray] = []
    width = spread.count  # folds at a time; how a trial ends depends on none of this
    for start in range(0, len(ground.parts), width):
        for heard in spread(drawn, range(start, min(start + width, len(ground.parts)))):
            if isinstance(heard, str):
                return _tell_failed(study, trial, heard)
            scores.append(heard[0])
            said.append(heard[1])
            if number >= len(ground.shortlist) and hopeless(scores, before):
                return _tell_pruned(study, trial, scores)
    if np.isnan(scores).all():
        return _tell_failed(study, trial, "the measure cannot be computed")
    _keep(tuned.folder / f"{number}.npy", np.concatenate(said))
    trial.set_user_attr("std", float(np.nanstd(scores, ddof=1)))
    trial.set_user_attr("scores", scores)
    study.tell(trial, float(np.nanmean(scores)))


def _tell_failed(study: optuna.Study, trial: optuna.Trial, trouble: str) -> None:
    trial.set_user_attr("trouble", trouble)
    study.tell(trial, state=TrialState.FAIL)


def _tell_pruned(study: optuna.Study, trial: optuna.Trial, scores: Sequence[float]) -> None:
    trial.set_user_attr("folds", len(scores))
    trial.report(float(np.mean(scores)), len(scores))
    study.tell(trial, state=TrialState.PRUNED)


def _keep(file: Path, predicted: np.ndarray) -> None:
    """Write predictions to a temporary name first: a file of that name is whole."""
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".partial")
    with partial.open("wb") as opened:
        np.save(opened, predicted, allow_pickle=False)
    os.replace(partial, file)


class _Lock:
    """A lock that the system takes back from a process that was killed; Optuna's own would be waited for."""

    def __init__(self, file: Path) -> None:
        self._lock = filelock.FileLock(f"{file}.lock")

    def acquire(self) -> bool:
        self._lock.acquire()
        return True

    def release(self) -> None:
        self._lock.release()


def _study(folder: Path, digest: str) -> optuna.Study:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{digest}.log"
    lock: Any = _Lock(file)  # Optuna asks for no more than these two methods
    with filelock.FileLock(f"{file}.lock"):
        _without_half_line(file)
    storage = JournalStorage(JournalFileBackend(str(file), lock_obj=lock))
    return optuna.create_study(study_name=digest, storage=storage, direction="maximize", load_if_exists=True)


def _without_half_line(file: Path) -> None:
    """Cut off what a kill left of a last line: Optuna would write on behind it and never read the file again."""
    if file.exists() and not (content := file.read_bytes()).endswith(b"\n"):
        os.truncate(file, content.rfind(b"\n") + 1)


def _sampler(plan: Plan, ground: Ground, number: int) -> optuna.samplers.BaseSampler:
    seed, place = ground.seed + number, number - len(ground.shortlist)
    sampler: optuna.samplers.BaseSampler = optuna.samplers.RandomSampler(seed=seed)
    if plan.sampler == "tpe":
        # Without constant_liar, what a kill cut short has no say in what is drawn later.
        sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=8, constant_liar=False)
    if not 0 <= place < len(plan.first):
        return sampler
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        return optuna.samplers.PartialFixedSampler(dict(plan.first[place]), sampler)


def _drawn(trial: optuna.Trial, number: int, ground: Ground) -> Drawn:
    """Return family, transformations and hyperparameters: standard ones first, then what the sampler suggests."""
    names = list(ground.shortlist)
    if number < len(names):
        return Drawn(names[number], dict(ground.shortlist[names[number]].features))
    family = ground.shortlist[trial.suggest_categorical("family", names)]
    space = prefixed(trial, family.name)
    options = suggested(space, ground.x, dict(family.features))
    return Drawn(family.name, options, family.space(space))


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


@functools.cache
def _source() -> str:
    """Return the hash of what makes a trial: trials of other code are no trials of this search."""
    files = sorted(Path(__file__).parent.rglob("*.py"))
    return hashlib.sha256(b"".join(f.read_bytes() for f in files)).hexdigest()


def _rounded(value: Any) -> Any:
    return float(f"{value:.4g}") if isinstance(value, float) else value
