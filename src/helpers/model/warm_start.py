"""Trials of an earlier run that a search begins with."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import optuna
import pandas as pd

from helpers.errors import BadInput, one_line
from helpers.model.features import DEFAULT, suggested
from helpers.model.trial import Ground
from helpers.model.tune import prefixed
from helpers.report.text import code, md

MOST = 5
# The board of a budget says what a trial was made with; these transformations are drawn by the name of their kind.
DRAWN_AS = {"log": "shape", "root": "shape", "power": "shape"} | dict.fromkeys(
    ("squares", "products", "bins"), "expand"
)


def best_before(file: str | None, folder: Path, ground: Ground) -> tuple[list[dict[str, Any]], str]:
    """Return what the best trials in the file `trials.csv` of a run drew, best first; and what of it fits no family.

    Only trials of the families of the ground count, and none of standard parameters: these are tried anyway. The file
    may come from a search with a budget or without. Names that a family of this search doesn't draw are left out and
    told in the text (Markdown), which is empty else; without a file there is nothing. BadInput where no name fits.
    """
    found: list[dict[str, Any]] = []
    unfit: dict[str, str] = {}  # by name, a family that has it not
    for family, given in _earlier(file, folder, ground) if file else []:
        drawn, odd = _fitting(family, given, ground)
        unfit |= dict.fromkeys(odd, family)
        trial = {"family": family, **drawn}
        if drawn and trial not in found:
            found.append(trial)
        if len(found) == MOST:
            break
    if not unfit:
        return found, ""
    if not found:
        name, family = next(iter(unfit.items()))
        raise BadInput(
            f"tune.warm_start: no trial of {file} fits this search: {family} draws no {name!r}, for example"
        )
    names = [f"{code(name)} ({md(family)})" for name, family in unfit.items()]
    return found, f"Of {md(file)}, what these families don't draw is left out: {', '.join(names)}."


def _earlier(file: str, folder: Path, ground: Ground) -> list[tuple[str, dict[str, Any]]]:
    """Return family and parameters of the trials of a file that have a score, the best first."""
    try:
        board = pd.read_csv(folder / Path(file).expanduser())
    except (OSError, ValueError) as error:
        raise BadInput(
            f"tune.warm_start: {file} cannot be read as a table: {one_line(str(error), 120)}"
        ) from None
    if missing := [c for c in ("family", "score", "parameters") if c not in board]:
        raise BadInput(
            f"tune.warm_start: {file} has no column {missing[0]!r}; name the file trials.csv of a run"
        )
    able = board[board["family"].isin(list(ground.shortlist)) & board["score"].notna()]
    best = able.sort_values("score", ascending=False, kind="stable")
    return [(str(row.family), _parameters(str(row.parameters), file)) for row in best.itertuples()]


def _fitting(family: str, given: Mapping[str, Any], ground: Ground) -> tuple[dict[str, Any], list[str]]:
    """Return parameters as this search draws them ("family: name"), and the names of those that it doesn't."""
    named: dict[str, Any] = {}
    for name, value in given.items():
        name = name.removeprefix(f"{family}: ")
        if name in DRAWN_AS and value:
            name, value = DRAWN_AS[name], name
        named[f"{family}: {name}"] = value
    drawn, made = _as_drawn(family, named, ground)
    # Transformations that this table gives no occasion for, and what the family has so anyway, are missed by nobody.
    known = {*drawn, *(f"{family}: {n}" for n in (*DEFAULT, *DRAWN_AS.values()))}
    made = {f"{family}: {n}": v for n, v in made.items()}
    odd = [n for n, v in named.items() if n not in known and not (n in made and made[n] == v)]
    return {n: v for n, v in named.items() if n in drawn}, [n.removeprefix(f"{family}: ") for n in odd]


def _as_drawn(family: str, named: Mapping[str, Any], ground: Ground) -> tuple[set[str], dict[str, Any]]:
    """Return the names that a trial with these values draws, and what they make: hyperparameters by name."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it is experimental, and of values beyond those that are drawn
        chance = optuna.samplers.RandomSampler(seed=0)
        study = optuna.create_study(sampler=optuna.samplers.PartialFixedSampler(dict(named), chance))
        trial = study.ask()
        space = prefixed(trial, family)
        try:
            suggested(space, ground.x, dict(ground.shortlist[family].features))
            made = ground.shortlist[family].space(space)
        except ValueError as error:
            raise BadInput(
                f"tune.warm_start: a trial does not fit this search: {one_line(str(error), 200)}"
            ) from None
    return set(trial.params), made


def _parameters(text: str, file: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise BadInput(f"tune.warm_start: {file} has parameters that are no JSON: {one_line(text, 60)}")
    return found
