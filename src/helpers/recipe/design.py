"""A recipe as a person writes it: named steps in order, each with its columns, parameters and reason.

    version: 2
    steps:
    - step: date_parts
      columns: [signed_up]
      parameters:
        parts: [year, month]
      reason: a model cannot read a date as it is

columns is a list of names, or one word: all, numbers, categories, dates. `uses` lists files of own steps. `table`
lists steps that need whole tables (helpers.data.reshape); they run before rows are sealed and before all others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from helpers.errors import BadInput, nearest
from helpers.recipe import steps as _registers_the_steps  # noqa: F401
from helpers.recipe.columns import kind_of
from helpers.recipe.fitted import READABLE, VERSION, FittedRecipe, pruned
from helpers.recipe.fitting import WORDS, Fitting
from helpers.recipe.own_steps import use, use_recorded
from helpers.recipe.parameters import checked
from helpers.recipe.registry import find

FIELDS = ("step", "columns", "parameters", "reason")
SECTIONS = ("version", "table", "steps", "uses")


@dataclass(frozen=True)
class PlannedStep:
    """A step of a recipe: columns are names, or one of the words all, numbers, categories, dates."""

    step: str
    columns: list[str] | str = "all"
    parameters: dict[str, Any] = field(default_factory=dict)
    reason: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the step as it stands in YAML; empty fields are left out."""
        record: dict[str, Any] = {"step": self.step, "columns": self.columns}
        record |= {"parameters": self.parameters} if self.parameters else {}
        return record | ({"reason": self.reason} if self.reason else {})


@dataclass(frozen=True)
class Recipe:
    """Steps in order, the files of own steps that they need ([{"file", "sha256"}]), and the table steps before."""

    steps: list[PlannedStep] = field(default_factory=list)
    uses: list[dict[str, str]] = field(default_factory=list)
    table: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for number, planned in enumerate(self.steps, 1):
            where = f"step {number} ({planned.step})"
            if isinstance(planned.columns, str) and planned.columns not in WORDS:
                raise BadInput(f"{where}: columns must be a list of names, or one of {', '.join(WORDS)}")
            checked(planned.parameters, find(planned.step).parameters, where)

    def to_dict(self) -> dict[str, Any]:
        """Return the recipe as plain JSON; `from_dict` reads it."""
        record: dict[str, Any] = {"version": VERSION}
        record |= {"table": self.table} if self.table else {}
        record["steps"] = [s.as_dict() for s in self.steps]
        return record | ({"uses": self.uses} if self.uses else {})

    @classmethod
    def from_dict(cls, record: Any, own: Path | None = None) -> Recipe:
        """Return the recipe of a dictionary; own is the folder below which files of own steps are trusted."""
        if not isinstance(record, Mapping) or not isinstance(record.get("steps"), list):
            raise BadInput("a recipe is a mapping with version and steps, the steps a list")
        if record.get("version") not in READABLE:
            version = record.get("version")
            raise BadInput(f"the recipe has version {version!r}; this program reads {VERSION} and older")
        for name in record:
            if name not in SECTIONS:
                raise BadInput(f"the recipe has no section {name!r}{nearest(str(name), SECTIONS)}")
        uses = [_used(file, own) for file in _list(record, "uses")]
        steps = [_planned(entry, number) for number, entry in enumerate(record["steps"], 1)]
        return cls(steps, uses, _list(record, "table"))

    def to_yaml(self) -> str:
        """Return the recipe as YAML that a person can edit: own steps are named by file, which may change, too."""
        import yaml

        record = self.to_dict() | ({"uses": [used["file"] for used in self.uses]} if self.uses else {})
        return yaml.safe_dump(record, sort_keys=False, allow_unicode=True, width=100)

    @classmethod
    def from_yaml(cls, text: str, own: Path | None = None) -> Recipe:
        """Return the recipe of a YAML text; BadInput names the line of a mistake in the syntax."""
        import yaml

        try:
            record = yaml.safe_load(text)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            line = f"line {mark.line + 1}: " if mark else ""
            raise BadInput(f"the recipe is no YAML: {line}{getattr(error, 'problem', error)}") from error
        return cls.from_dict(record, own)

    def unfitted(self) -> Recipe:
        """Return the leading steps that learn nothing and keep all rows; they may run before the split."""
        count = 0
        while count < len(self.steps) and not find(self.steps[count].step).learns:
            count += 1
        return Recipe(self.steps[:count], self.uses, self.table)

    def waiting(self) -> Recipe:
        """Return the steps that wait for the split, since they learn or leave out training rows."""
        return Recipe(self.steps[len(self.unfitted().steps) :], self.uses)

    def fit(
        self,
        columns: Mapping[str, np.ndarray],
        target: np.ndarray | None = None,
        kinds: Mapping[str, str] | None = None,
        unfinished: bool = False,
    ) -> FittedRecipe:
        """Learn the recipe from training rows.

        columns     canonical columns (n rows) of the features alone; they stay as they are
        target      (n,), for steps that look at it
        kinds       kind of each raw column as in Problem.types; without it, number, category or date
        unfinished  whether dates may be left over, since more steps follow
        """
        fitting = Fitting(columns, target)
        for number, planned in enumerate(self.steps, 1):
            where = f"step {number} ({planned.step})"
            fitting.add(find(planned.step), planned.columns, planned.parameters, where)
        outputs = [{"name": n, "kind": kind_of(v)} for n, v in fitting.live.items()]
        dates = [o["name"] for o in outputs if o["kind"] == "date"]
        if dates and not unfinished:
            raise BadInput(
                f"column {dates[0]!r} is still a date at the end; add the step date_parts, or drop"
            )
        inputs = [{"name": n, "kind": (kinds or {}).get(n, kind_of(v))} for n, v in columns.items()]
        steps = [s.as_dict() for s in self.steps]
        return pruned(
            inputs, outputs, fitting.plan, steps=steps, uses=self.uses, table=self.table, **fitting.left()
        )


def _list(record: Mapping[str, Any], section: str) -> list[Any]:
    found = record.get(section) or []
    if not isinstance(found, list) or not all(isinstance(entry, Mapping | str) for entry in found):
        raise BadInput(f"{section} of a recipe is a list")
    return list(found)


def _used(file: Any, own: Path | None) -> dict[str, str]:
    """Run a file of own steps and return its record: a person names the file, a saved recipe its hash too."""
    if isinstance(file, str):
        if own is None:
            raise BadInput(f"the recipe uses {file!r}, and code of others does not run here")
        return use(file, own)
    if set(file) != {"file", "sha256"}:
        raise BadInput("uses of a recipe lists files, such as recipes/my_steps.py")
    use_recorded(file, own)
    return dict(file)


def _planned(entry: Any, number: int) -> PlannedStep:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("step"), str):
        raise BadInput(f"step {number} of the recipe must be a mapping that names its step")
    for name in entry:
        if name not in FIELDS:
            raise BadInput(
                f"step {number} ({entry['step']}) has no field {name!r}{nearest(str(name), FIELDS)}"
            )
    columns = entry.get("columns", "all")
    parameters = entry.get("parameters") or {}
    if not isinstance(columns, str | list) or not all(isinstance(c, str) for c in columns):
        raise BadInput(
            f"step {number} ({entry['step']}): columns must be a list of names; quote numbers and dates"
        )
    if not isinstance(parameters, Mapping):
        raise BadInput(f"step {number} ({entry['step']}): parameters must be a mapping of name to value")
    return PlannedStep(entry["step"], columns, dict(parameters), str(entry.get("reason") or ""))
