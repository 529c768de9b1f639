"""The steps that a recipe may name: each is a function, registered by a decorator.

A function of one column becomes a step like this; its keyword-only arguments are the step's parameters:

    @column_step("number")
    def round_to(values: np.ndarray, *, unit: float = 1.0) -> np.ndarray:
        "Round numbers to the nearest multiple of unit."
        return np.round(values / unit) * unit

What is learnt from the training rows comes from a second function, named by `fit=`: it returns a dictionary
that JSON can carry, and the step gets that dictionary as its second argument.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from helpers.errors import BadInput, nearest
from helpers.recipe.parameters import Parameter, declared

KINDS = ("number", "category", "date")
Function = TypeVar("Function", bound=Callable[..., Any])
_STEPS: dict[str, Step] = {}


@dataclass(frozen=True)
class Step:
    """A registered step.

    run            column steps: (values, [state], **parameters) -> array, or {suffix: array};
                   table steps: ({name: array}, [state], **parameters) -> {name: array}, in their place;
                   training steps: ({name: array}, [state], **parameters) -> mask (n,) of the rows to keep
    learn          what `fit=` named: (values or columns, **parameters) -> state; None when nothing is learnt
    takes          kinds of column that it accepts
    per_column     whether run gets one column at a time
    training_only  whether it leaves out training rows, and so never runs on new data
    parameters     those of run and learn together
    """

    name: str
    run: Callable[..., Any]
    learn: Callable[..., dict[str, Any]] | None
    takes: tuple[str, ...]
    per_column: bool
    training_only: bool
    parameters: dict[str, Parameter] = field(compare=False)

    @property
    def summary(self) -> str:
        """The first line of what the author of the step wrote about it."""
        return (self.run.__doc__ or "").strip().partition("\n")[0]

    def learnt(self, given: Any, target: np.ndarray | None, parameters: Mapping[str, Any]) -> dict | None:
        """Return what the step learns from a column (or columns) of the training rows; None when nothing."""
        if self.learn is None:
            return None
        known = {**parameters, "target": target}
        return self.learn(given, **{k: known[k] for k in _keywords(self.learn)})

    def bound(self, state: dict | None, parameters: Mapping[str, Any]) -> Callable[[Any], Any]:
        """Return run as a function of the column (or columns) alone."""
        own = {k: parameters[k] for k in _keywords(self.run)}
        if self.learn is None:
            return lambda given: self.run(given, **own)
        return lambda given: self.run(given, state, **own)


def column_step(*takes: str, fit: Callable | None = None) -> Callable[[Function], Function]:
    """Register a function of one column; takes are the kinds of column it accepts (none named: all)."""
    return _registered(takes, fit, per_column=True)


def table_step(*takes: str, fit: Callable | None = None) -> Callable[[Function], Function]:
    """Register a function of all chosen columns at once; what it returns stands in their place."""
    return _registered(takes, fit)


def training_step(*takes: str, fit: Callable | None = None) -> Callable[[Function], Function]:
    """Register a function that says which training rows stay; it never runs on new data."""
    return _registered(takes, fit, training_only=True)


def find(name: str) -> Step:
    """Return the step of that name; BadInput with the nearest name when there is none."""
    if name not in _STEPS:
        raise BadInput(
            f"there is no step {name!r}{nearest(str(name), _STEPS)}; a file of your own may add it"
        )
    return _STEPS[name]


def known_steps() -> dict[str, Step]:
    """Return all registered steps by name, in alphabetical order."""
    return dict(sorted(_STEPS.items()))


def _registered(
    takes: tuple[str, ...], fit: Callable | None, per_column: bool = False, training_only: bool = False
) -> Callable[[Function], Function]:
    unknown = [kind for kind in takes if kind not in KINDS]
    if unknown:
        raise BadInput(f"a step takes columns of kind {', '.join(KINDS)}, not {unknown[0]!r}")

    def register(function: Function) -> Function:
        name = function.__name__
        there = _STEPS.get(name)
        if there and there.run.__module__ != function.__module__:
            raise BadInput(
                f"the step {name!r} exists already (in {there.run.__module__}); give yours another name"
            )
        _STEPS[name] = Step(
            name, function, fit, takes or KINDS, per_column, training_only, declared(function, fit)
        )
        return function

    return register


def _keywords(function: Callable) -> list[str]:
    return [n for n, p in inspect.signature(function).parameters.items() if p.kind is p.KEYWORD_ONLY]
