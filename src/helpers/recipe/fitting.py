"""Fit a recipe: send the training columns through one step after the other and note what each learnt."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from helpers.errors import Answerable, BadInput, nearest
from helpers.recipe.columns import Columns, kind_of
from helpers.recipe.fitted import Application
from helpers.recipe.parameters import checked
from helpers.recipe.registry import Step

WORDS = {"all": None, "numbers": "number", "categories": "category", "dates": "date"}


class Fitting:
    """The training columns on their way through the steps.

    live      name -> canonical array of the rows kept so far
    kept      mask (n,) over the rows at the start
    plan      what new data must go through
    training  what training rows must go through: the plan, and the steps that leave out rows
    dropped   columns that selectors dropped, each with its reason
    """

    def __init__(self, columns: Mapping[str, np.ndarray], target: np.ndarray | None) -> None:
        self.live = {name: _locked(values) for name, values in columns.items()}
        self.target = target
        rows = len(next(iter(columns.values()))) if columns else 0
        self.kept = np.ones(rows, bool)
        self.plan: list[Application] = []
        self.training: list[Application] = []
        self.dropped: dict[str, str] = {}

    def add(self, step: Step, columns: list[str] | str, given: Mapping[str, Any], where: str) -> None:
        """Fit one more step and send the columns through it; where opens the message of an error."""
        parameters = checked(given, step.parameters, where)
        names = self._chosen(columns, step, where)
        if not names:
            return
        if step.training_only:
            self._leave_out(step, names, parameters, where)
        elif step.selects:
            self._drop(step, names, parameters, where)
        elif step.per_column:
            self._replace({name: self._run(step, [name], parameters, where) for name in names}, where)
        else:
            made = self._run(step, names, parameters, where)
            self._replace({name: {} for name in names} | {names[0]: made}, where)

    def left(self) -> dict[str, Any]:
        """Return what the steps left besides the plan, as `FittedRecipe` names it."""
        return {"kept": self.kept, "training": self.training, "dropped": self.dropped}

    def _chosen(self, columns: list[str] | str, step: Step, where: str) -> list[str]:
        if isinstance(columns, str):
            kind = WORDS[columns]
            return [n for n, v in self.live.items() if kind_of(v) in ([kind] if kind else step.takes)]
        for name in columns:
            if name not in self.live:
                raise BadInput(f"{where}: there is no column {name!r}{nearest(name, self.live)}")
            if kind_of(self.live[name]) not in step.takes:
                is_kind, takes = kind_of(self.live[name]), " or ".join(step.takes)
                raise BadInput(f"{where}: column {name!r} is a {is_kind}, and the step takes a {takes}")
        return list(dict.fromkeys(columns))

    def _run(self, step: Step, names: list[str], parameters: dict[str, Any], where: str) -> Columns:
        taken = {name: self.live[name] for name in names}
        given = taken[names[0]] if step.per_column else taken
        with _named(where, names):
            state = _plain(step.learnt(given, self.target, parameters))
            application = Application(step.name, names, [], parameters, state)
            made = application.bound()(taken)
            _must_be_canonical(made, len(self.live[names[0]]))
            _must_be_row_wise(application.bound(), taken, made)
        self._note(Application(step.name, names, list(made), parameters, state))
        return made

    def _note(self, application: Application) -> None:
        self.plan.append(application)
        self.training.append(application)

    def _drop(self, step: Step, names: list[str], parameters: dict[str, Any], where: str) -> None:
        with _named(where, names):
            reasons = step.dropped({name: self.live[name] for name in names}, self.target, parameters)
            if not set(reasons) <= set(names):
                raise BadInput(f"it drops {min(set(reasons) - set(names))!r}, which is none of its columns")
        if reasons:
            self._note(Application("drop", list(reasons), []))
        self.dropped |= {name: f"{reason} ({step.name})" for name, reason in reasons.items()}
        self.live = {name: values for name, values in self.live.items() if name not in reasons}

    def _replace(self, made: Mapping[str, Columns], where: str) -> None:
        live: Columns = {}
        for name, values in self.live.items():
            for new, array in made.get(name, {name: values}).items():
                if new in live:
                    raise BadInput(
                        f"{where}: it makes a column {new!r}, and there is one of that name already"
                    )
                live[new] = _locked(array)
        self.live = live

    def _leave_out(self, step: Step, names: list[str], parameters: dict[str, Any], where: str) -> None:
        taken = {name: self.live[name] for name in names}
        with _named(where, names):
            state = _plain(step.learnt(taken, self.target, parameters))
            keep = step.bound(state, parameters)(taken)
            if (
                not isinstance(keep, np.ndarray)
                or keep.shape != (int(self.kept.sum()),)
                or keep.dtype != bool
            ):
                raise BadInput("it must give a mask of true and false, one a row")
        self.training.append(Application(step.name, names, [], parameters, state))
        self.kept[np.flatnonzero(self.kept)[~keep]] = False
        self.live = {name: _locked(values[keep]) for name, values in self.live.items()}
        self.target = None if self.target is None else self.target[keep]
        if len(keep) and not keep.any():
            raise BadInput(f"{where}: it leaves no training row")


def _locked(values: np.ndarray) -> np.ndarray:
    view = values.view()
    view.flags.writeable = False
    return view


@contextmanager
def _named(where: str, names: Sequence[str]) -> Iterator[None]:
    """Turn whatever a step raises into one line that names the step and its columns."""
    on = f" on {names[0]!r}" if len(names) == 1 else ""
    try:
        yield
    except Answerable as error:
        raise BadInput(f"{where}{on}: {error}") from error
    except Exception as error:
        raise BadInput(f"{where}{on} failed with {type(error).__name__}: {error}") from error


def _plain(state: dict | None) -> dict | None:
    if state is not None and json.loads(json.dumps(state, allow_nan=False)) != state:
        raise BadInput(
            "what it learnt does not survive JSON; use text keys, lists, numbers and None for missing"
        )
    return state


def _must_be_canonical(made: Columns, rows: int) -> None:
    for name, values in made.items():
        if not isinstance(values, np.ndarray) or values.shape != (rows,):
            raise BadInput(f"it must give an array of {rows} values for {name!r}")
        kind_of(values)


def _must_be_row_wise(run: Callable[[Columns], Columns], taken: Columns, made: Columns) -> None:
    """Refuse a step that gives a row another value when it comes alone: it would be wrong in production."""
    rows = len(next(iter(taken.values())))
    for row in {0, rows - 1} if rows else ():
        alone = run({name: values[row : row + 1] for name, values in taken.items()})
        for name, values in made.items():
            if not _same(alone[name][0], values[row]):
                raise BadInput(
                    f"it gives {name!r} another value when row {row} comes alone ({alone[name][0]!r}, not "
                    f"{values[row]!r}); what depends on other rows belongs into its fit function"
                )


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, float):
        return bool(np.isclose(a, b, rtol=1e-9, atol=0, equal_nan=True))
    return a == b or (a != a and b != b)
