"""The families of models: one file a family in candidates/, each declaring one or more of them."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from helpers.errors import BadInput, nearest

if TYPE_CHECKING:
    import optuna

CLASSES, NUMBERS = ("binary", "multiclass"), ("regression",)
Space = Callable[["optuna.Trial"], dict[str, Any]]


@dataclass(frozen=True)
class Family:
    """A family of models.

    name      the field's name for it
    tasks     those that it can do
    make      (seed, **hyperparameters) -> estimator; without hyperparameters, with standard ones
    space     trial -> hyperparameters to try
    features  how it likes its input by default (arguments of `features.transformer`)
    most      rows beyond which it is left out, since it would take too long
    exact     whether its export scores every row as the model does; if not, it is compared and never tuned
    """

    name: str
    tasks: tuple[str, ...]
    make: Callable[..., Any]
    space: Space = field(default=lambda trial: {})
    features: Mapping[str, Any] = field(default_factory=dict)
    most: int | None = None
    exact: bool = True


def families(task: str, only: list[str] | None = None) -> dict[str, Family]:
    """Return the families for a task by name, the dummy first; BadInput for a name that is none of them."""
    from helpers.model import candidates

    found: dict[str, Family] = {}
    for module in sorted(m.name for m in pkgutil.iter_modules(candidates.__path__)):
        for family in importlib.import_module(f"helpers.model.candidates.{module}").FAMILIES:
            if task in family.tasks:
                found[family.name] = family
    for name in only or []:
        if name not in found:
            raise BadInput(
                f"there is no family {name!r} for {task}{nearest(name, found)} ({', '.join(found)})"
            )
    chosen = {n: f for n, f in found.items() if not only or n in only or n == "dummy"}
    return {"dummy": chosen.pop("dummy"), **chosen}
