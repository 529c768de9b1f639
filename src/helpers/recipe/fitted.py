"""A fitted recipe: raw columns in, model input out, the same for a table and for one record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from helpers.errors import BadInput, nearest
from helpers.recipe.columns import Columns, from_frame, texts, to_frame
from helpers.recipe.own_steps import use_recorded
from helpers.recipe.registry import find

if TYPE_CHECKING:
    import pandas as pd

VERSION = 1


@dataclass(frozen=True)
class Application:
    """One use of a step: the columns that it takes, those it gives in their place, and what it learnt."""

    step: str
    columns: list[str]
    gives: list[str]
    parameters: dict[str, Any] = field(default_factory=dict)
    state: dict[str, Any] | None = None

    def bound(self) -> Callable[[Mapping[str, np.ndarray]], Columns]:
        """Return the step as a function from the columns that it takes to those that it gives."""
        step = find(self.step)
        run = step.bound(self.state, self.parameters)
        if not step.per_column:
            return run
        name = self.columns[0]
        return lambda columns: given_by(name, run(columns[name]))


@dataclass(frozen=True)
class FittedRecipe:
    """What the training rows taught a recipe.

    inputs   raw columns that are needed, [{"name", "kind"}], kinds as in Problem.types
    outputs  columns of the model input in order, [{"name", "kind"}], kind "number" or "category"
    plan     the applications that lead from inputs to outputs
    steps    the whole design as a person wrote it, training-only steps included
    uses     files of own steps, [{"file", "sha256"}]
    kept     mask (n,) of the training rows that training-only steps left; not saved
    """

    inputs: list[dict[str, str]]
    outputs: list[dict[str, str]]
    plan: list[Application]
    steps: list[dict[str, Any]] = field(default_factory=list)
    uses: list[dict[str, str]] = field(default_factory=list)
    kept: np.ndarray | None = field(default=None, compare=False, repr=False)
    _bound: list = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_bound", [(a.columns, a.bound()) for a in self.plan])

    def apply(self, columns: Mapping[str, np.ndarray]) -> Columns:
        """Return the model input made of canonical columns; columns that are not needed are ignored.

        Numbers come as float64 with NaN for missing, categories as object of str with "" for missing.
        """
        try:
            live = {i["name"]: columns[i["name"]] for i in self.inputs}
        except KeyError as error:
            name = error.args[0]
            raise BadInput(f"the data has no column {name!r}{nearest(name, columns)}") from None
        for names, run in self._bound:
            live.update(run({name: live[name] for name in names}))
        return {o["name"]: _finished(live[o["name"]]) for o in self.outputs}

    def apply_frame(self, frame: pd.DataFrame, carry: Sequence[str | None] = ()) -> pd.DataFrame:
        """Return the model input of the raw rows of a frame; those of carry that it has follow unchanged."""
        columns = from_frame(frame[[i["name"] for i in self.inputs if i["name"] in frame]])
        made = to_frame(self.apply(columns), frame.index)
        return made.assign(**{name: frame[name] for name in carry if name is not None and name in frame})

    def then(self, later: FittedRecipe) -> FittedRecipe:
        """Return this recipe followed by one that was fitted on what this one gives."""
        both = [*self.uses, *later.uses]
        return pruned(
            self.inputs,
            later.outputs,
            [*self.plan, *later.plan],
            steps=[*self.steps, *later.steps],
            uses=[u for n, u in enumerate(both) if u not in both[:n]],
            kept=later.kept,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the recipe as plain JSON; `load` reads it."""
        plan = [
            {
                "step": a.step,
                "columns": a.columns,
                "gives": a.gives,
                "parameters": a.parameters,
                "state": a.state,
            }
            for a in self.plan
        ]
        return {
            "version": VERSION,
            "inputs": self.inputs,
            "outputs": self.outputs,
            "plan": plan,
            "steps": self.steps,
            "uses": self.uses,
        }


def load(document: Mapping[str, Any], own: Path | None = None) -> FittedRecipe:
    """Return the fitted recipe of a document that `to_dict` made.

    own is the folder below which files of the person's own steps are trusted and run; without it, as in a
    server, a recipe that needs such steps is refused. BadInput for another version or an unknown step.
    """
    version = document.get("version")
    if version != VERSION:
        raise BadInput(f"the fitted recipe has version {version!r}; this program reads version {VERSION}")
    for record in document["uses"]:
        use_recorded(record, own)
    plan = [Application(**entry) for entry in document["plan"]]
    return FittedRecipe(document["inputs"], document["outputs"], plan, document["steps"], document["uses"])


def pruned(
    inputs: Iterable[dict[str, str]], outputs: list[dict[str, str]], plan: Sequence[Application], **rest: Any
) -> FittedRecipe:
    """Return the fitted recipe without the applications and raw columns that no output depends on.

    So a request need not hold a column that the recipe only drops.
    """
    needed = {o["name"] for o in outputs}
    alive = []
    for application in reversed(plan):
        if needed.intersection(application.gives):
            alive.append(application)
            needed.difference_update(application.gives)
            needed.update(application.columns)
    return FittedRecipe([i for i in inputs if i["name"] in needed], outputs, alive[::-1], **rest)


def given_by(name: str, made: np.ndarray | Mapping[str, np.ndarray]) -> Columns:
    """Return what a column step made as named columns: its own name, or the name and a suffix each."""
    if isinstance(made, Mapping):
        return {f"{name}_{suffix}" if suffix else name: values for suffix, values in made.items()}
    return {name: made}


def _finished(values: np.ndarray) -> np.ndarray:
    if values.dtype != object:
        return values
    return texts([v or "" for v in values])
