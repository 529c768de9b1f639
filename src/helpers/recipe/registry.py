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
PROVIDED = ("target", "memory")  # keyword-only arguments that a fit gives and nobody sets
_IN_THE_MODEL = (
    "target encoding is the model's work, fitted inside each fold of the cross-validation (encode: target among "
    "its hyperparameters): a recipe would show training rows their own target"
)
ELSEWHERE = dict.fromkeys(("target_encode", "target_encoding", "target_mean", "encode_target"), _IN_THE_MODEL)
Function = TypeVar("Function", bound=Callable[..., Any])
_STEPS: dict[str, Step] = {}


@dataclass(frozen=True)
class Step:
    """A registered step.

    run            column steps: (values, [state], **parameters) -> array, or {suffix: array};
                   table steps: ({name: array}, [state], **parameters) -> {name: array}, in their place;
                   training steps: ({name: array}, [state], **parameters) -> mask (n,) of the rows to keep;
                   selectors: ({name: array} of training rows, **parameters) -> {name to drop: reason}
    learn          what `fit=` named: (values or columns, **parameters) -> state; None when nothing is learnt
    takes          kinds of column that it accepts
    per_column     whether run gets one column at a time
    training_only  whether it leaves out training rows, and so never runs on new data
    selects        whether it is a selector, which looks at training rows alone
    parameters     those of run and learn together
    """

    name: str
    run: Callable[..., Any]
    learn: Callable[..., dict[str, Any]] | None
    takes: tuple[str, ...]
    per_column: bool
    training_only: bool
    selects: bool
    parameters: dict[str, Parameter] = field(compare=False)

    @property
    def learns(self) -> bool:
        """Whether it must wait for the split, since it learns from rows or leaves out some."""
        return self.learn is not None or self.training_only or self.selects

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

    def dropped(
        self, columns: Any, target: np.ndarray | None, parameters: Mapping[str, Any]
    ) -> dict[str, str]:
        """Return which of the columns a selector drops, each with its reason."""
        known = {**parameters, "target": target}
        return self.run(columns, **{k: known[k] for k in _keywords(self.run)})

    def bound(
        self, state: dict | None, parameters: Mapping[str, Any], memory: dict | None = None
    ) -> Callable[[Any], Any]:
        """Return run as a function of the column (or columns) alone.

        Parameters that a recipe of an older version does not have take their defaults. memory is what a training
        step keeps from one batch of training rows to the next.
        """
        given = {**{n: p.default for n, p in self.parameters.items()}, **parameters}
        given["memory"] = {} if memory is None else memory
        own = {k: given[k] for k in _keywords(self.run)}
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


def selector(*takes: str) -> Callable[[Function], Function]:
    """Register a function that says which columns of the training rows to drop, and why; new data lacks them too."""
    return _registered(takes, None, selects=True)


def find(name: str) -> Step:
    """Return the step of that name; BadInput with the nearest name when there is none."""
    if name in ELSEWHERE and name not in _STEPS:
        raise BadInput(f"there is no step {name!r}: {ELSEWHERE[name]}")
    if name not in _STEPS:
        raise BadInput(
            f"there is no step {name!r}{nearest(str(name), _STEPS)}; a file of your own may add it"
        )
    return _STEPS[name]


def known_steps() -> dict[str, Step]:
    """Return all registered steps by name, in alphabetical order."""
    return dict(sorted(_STEPS.items()))


def _registered(
    takes: tuple[str, ...],
    fit: Callable | None,
    per_column: bool = False,
    training_only: bool = False,
    selects: bool = False,
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
        known = declared(function, fit, but=PROVIDED)
        _STEPS[name] = Step(name, function, fit, takes or KINDS, per_column, training_only, selects, known)
        return function

    return register


def _keywords(function: Callable) -> list[str]:
    return [n for n, p in inspect.signature(function).parameters.items() if p.kind is p.KEYWORD_ONLY]
