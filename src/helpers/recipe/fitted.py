"""A fitted recipe: raw columns in, model input out, the same for a table and for one record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from helpers.errors import BadInput, nearest
from helpers.recipe.columns import Columns, from_frame, is_missing, lost, to_frame, with_columns
from helpers.recipe.own_steps import use_recorded
from helpers.recipe.registry import find

if TYPE_CHECKING:
    import pandas as pd

VERSION = 2
READABLE = (1, 2)  # 2 knows table steps and the reasons of dropped columns
READING = ("parse_number", "parse_amount", "parse_duration", "parse_date", "parse_boolean")


@dataclass(frozen=True)
class Application:
    """One use of a step: the columns that it takes, those it gives in their place, and what it learnt."""

    step: str
    columns: list[str]
    gives: list[str]
    parameters: dict[str, Any] = field(default_factory=dict)
    state: dict[str, Any] | None = None

    def bound(self, memory: dict | None = None) -> Callable[[Mapping[str, np.ndarray]], Columns]:
        """Return the step as a function from the columns that it takes to those that it gives."""
        step = find(self.step)
        run = step.bound(self.state, self.parameters, memory)
        if not step.per_column:
            return run
        name = self.columns[0]
        return lambda columns: given_by(name, run(columns[name]))


@dataclass(frozen=True)
class FittedRecipe:
    """What the training rows taught a recipe.

    inputs    raw columns that are needed, [{"name", "kind"}], kinds as in Problem.types
    outputs   columns of the model input in order, [{"name", "kind"}], kind "number" or "category"
    plan      the applications that lead from inputs to outputs
    steps     the whole design as a person wrote it, training-only steps included
    uses      files of own steps, [{"file", "sha256"}]
    table     table steps that made the raw columns of whole tables before, as a person wrote them
    dropped   columns that selectors dropped, each with its reason
    kept      mask (n,) of the training rows that training-only steps left; not saved
    training  the applications that training rows go through; not saved
    """

    inputs: list[dict[str, str]]
    outputs: list[dict[str, str]]
    plan: list[Application]
    steps: list[dict[str, Any]] = field(default_factory=list)
    uses: list[dict[str, str]] = field(default_factory=list)
    table: list[dict[str, Any]] = field(default_factory=list)
    dropped: dict[str, str] = field(default_factory=dict)
    kept: np.ndarray | None = field(default=None, compare=False, repr=False)
    training: list[Application] = field(default_factory=list, compare=False, repr=False)
    _bound: list = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_bound", [(a.columns, a.bound()) for a in self.plan])

    def apply(self, columns: Mapping[str, np.ndarray]) -> Columns:
        """Return the model input made of canonical columns; columns that are not needed are ignored.

        Numbers come as float64 with NaN for missing, categories as object of str with "" for missing.
        """
        live = self._taken(columns)
        for names, run in self._bound:
            live.update(run({name: live[name] for name in names}))
        return {o["name"]: _finished(live[o["name"]]) for o in self.outputs}

    def on_training(self) -> Callable[[Mapping[str, np.ndarray]], tuple[Columns, np.ndarray]]:
        """Return a function for training rows, batch by batch: canonical columns (n,) to model input and mask (n,).

        The mask tells which rows training-only steps left; the model input holds those alone.
        """
        wanted, plan = _alive(self.outputs, self.training)
        steps = [(a.columns, find(a.step).training_only, a.bound({})) for a in plan]

        def run(columns: Mapping[str, np.ndarray]) -> tuple[Columns, np.ndarray]:
            live = {name: columns[name] for name in wanted}
            places = np.arange(len(next(iter(columns.values()))) if columns else 0)
            kept = np.zeros(len(places), bool)
            for names, leaves_out, step in steps:
                made: Any = step({name: live[name] for name in names})
                if leaves_out:
                    places, live = places[made], {n: v[made] for n, v in live.items()}
                else:
                    live.update(made)
            kept[places] = True
            return {o["name"]: _finished(live[o["name"]]) for o in self.outputs}, kept

        return run

    def training_columns(self) -> list[str]:
        """Return the columns that `on_training` needs: those of new data, and those by which rows are left out."""
        return sorted(_alive(self.outputs, self.training)[0])

    @property
    def hint(self) -> str:
        """What to add when a column lacks and table steps may have made it; empty when there were none."""
        names = ", ".join(s["step"] for s in self.table[1:])
        told = f"; the model learnt from rows that went through {names}: give the whole table, its history included,"
        return f"{told} to workbench predict" if names else ""

    def _taken(self, columns: Mapping[str, np.ndarray]) -> Columns:
        for i in self.inputs:
            if i["name"] not in columns:
                near = self.hint or nearest(i["name"], columns)
                raise BadInput(f"the data has no column {i['name']!r}{near}")
        return {i["name"]: columns[i["name"]] for i in self.inputs}

    def apply_frame(self, frame: pd.DataFrame, carry: Sequence[str | None] = ()) -> pd.DataFrame:
        """Return the model input of the raw rows of a frame; those of carry that it has follow unchanged."""
        columns = from_frame(frame[[i["name"] for i in self.inputs if i["name"] in frame]])
        made = to_frame(self.apply(columns), frame.index)
        return with_columns(made, {name: frame[name] for name in carry if name is not None and name in frame})

    def unread(self, columns: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Return the texts (k,) that count as missing, since the step that reads a raw column could not read them.

        By column, those alone that have some; what people write for a missing value, such as "-", is none of them.
        """
        seen: set[str] = set()
        unread: dict[str, np.ndarray] = {}
        for application, (names, run) in zip(self.plan, self._bound, strict=True):
            name = names[0]
            if application.step in READING and name not in seen:
                values = columns[name]
                texts = values[lost(values, run({name: values})[name])]
                unread |= {name: texts} if len(texts) else {}
            seen.update(names, application.gives)
        return unread

    def then(self, later: FittedRecipe) -> FittedRecipe:
        """Return this recipe followed by one that was fitted on what this one gives."""
        both = [*self.uses, *later.uses]
        return pruned(
            self.inputs,
            later.outputs,
            [*self.plan, *later.plan],
            steps=[*self.steps, *later.steps],
            uses=[u for n, u in enumerate(both) if u not in both[:n]],
            table=[*self.table, *later.table],
            dropped={**self.dropped, **later.dropped},
            kept=later.kept,
            training=[*self.training, *later.training],
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
            "table": self.table,
            "dropped": self.dropped,
        }


def load(document: Mapping[str, Any], own: Path | None = None) -> FittedRecipe:
    """Return the fitted recipe of a document that `to_dict` made.

    own is the folder below which files of the person's own steps are trusted and run; without it, as in a
    server, a recipe that needs such steps is refused. BadInput for another version or an unknown step.
    """
    version = document.get("version")
    if version not in READABLE:
        raise BadInput(
            f"the fitted recipe has version {version!r}; this program reads {READABLE[-1]} and older"
        )
    for record in document["uses"]:
        use_recorded(record, own)
    plan = [Application(**entry) for entry in document["plan"]]
    later = {"table": document.get("table", []), "dropped": document.get("dropped", {})}
    return FittedRecipe(
        document["inputs"], document["outputs"], plan, document["steps"], document["uses"], **later
    )


def pruned(
    inputs: Iterable[dict[str, str]], outputs: list[dict[str, str]], plan: Sequence[Application], **rest: Any
) -> FittedRecipe:
    """Return the fitted recipe without the applications and raw columns that no output depends on.

    So a request need not hold a column that the recipe only drops.
    """
    needed, alive = _alive(outputs, plan)
    return FittedRecipe([i for i in inputs if i["name"] in needed], outputs, alive, **rest)


def _alive(
    outputs: Sequence[dict[str, str]], plan: Sequence[Application]
) -> tuple[set[str], list[Application]]:
    """Return the columns that a plan needs at its start, and the applications that matter, in order."""
    needed = {o["name"] for o in outputs}
    alive = []
    for application in reversed(plan):
        if needed.intersection(application.gives) or find(application.step).training_only:
            alive.append(application)
            needed.difference_update(application.gives)
            needed.update(application.columns)
    return needed, alive[::-1]


def given_by(name: str, made: np.ndarray | Mapping[str, np.ndarray]) -> Columns:
    """Return what a column step made as named columns: its own name, or the name and a suffix each."""
    if isinstance(made, Mapping):
        return {f"{name}_{suffix}" if suffix else name: values for suffix, values in made.items()}
    return {name: made}


def _finished(values: np.ndarray) -> np.ndarray:
    if values.dtype != object:
        return values
    filled = values.copy()
    filled[is_missing(values)] = ""
    return filled
