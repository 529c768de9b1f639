"""Which hyperparameters decided about the score, in the family that a search looked at most."""

from __future__ import annotations

from dataclasses import dataclass

import optuna
import pandas as pd

from helpers.model.tune import Tuned

LEAST = 8  # trials of one family; fewer tell nothing


@dataclass(frozen=True)
class Explored:
    """The trials of a family, score and hyperparameters (trials, 1 + p), and the share that each explains."""

    family: str
    trials: pd.DataFrame
    importance: pd.Series


def explored(tuned: Tuned | None, seed: int = 0) -> Explored | None:
    """Return what the search tells of the family with most trials; None where they are too few, or there is no search.

    The share of the variance of scores that a hyperparameter explains alone is told by functional ANOVA over a random
    forest (Hutter et al. 2014), as Optuna has it.
    """
    by_family: dict[str, list] = {}
    for trial in tuned.complete.values() if tuned else ():
        if len(trial.params) > 1:  # else there is the family alone
            by_family.setdefault(trial.user_attrs["family"], []).append(trial)
    family = max(by_family, key=lambda f: len(by_family[f]), default="")
    trials = by_family.get(family, [])
    if len(trials) < LEAST or len({t.value for t in trials}) < 2:
        return None
    study = optuna.create_study(direction="maximize")
    for trial in trials:
        own = {k: v for k, v in trial.params.items() if k != "family"}
        study.add_trial(
            optuna.trial.create_trial(
                params=own, distributions={k: trial.distributions[k] for k in own}, value=trial.value
            )
        )
    told = optuna.importance.get_param_importances(
        study, evaluator=optuna.importance.FanovaImportanceEvaluator(seed=seed)
    )
    short = {k: k.removeprefix(f"{family}: ") for k in told}
    frame = pd.DataFrame([{"score": t.value} | {short[k]: t.params[k] for k in told} for t in trials])
    importance = pd.Series({short[k]: v for k, v in told.items()}, dtype=float)
    return Explored(family, frame, importance.sort_values(ascending=False, kind="stable"))
