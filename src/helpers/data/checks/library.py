"""The ready-made checks by name: `@rule` registers a function that returns a Check; suites name them so."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, get_type_hints

import numpy as np
import pandas as pd

from helpers.data.checks.check import Check
from helpers.errors import BadInput, nearest
from helpers.recipe.parameters import NO_DEFAULT, Parameter, checked, described

_RULES: dict[str, Rule] = {}


class Rule:
    """A registered function and its parameters."""

    def __init__(self, make: Callable[..., Check]) -> None:
        self.name, self.make = make.__name__, make
        self.signature = inspect.signature(make)
        hints = get_type_hints(make, include_extras=True)
        self.several = next(
            (p.name for p in self.signature.parameters.values() if p.kind is p.VAR_POSITIONAL), None
        )
        self.parameters = {
            name: Parameter(name, list[hints[name]] if name == self.several else hints[name], p.default)  # type: ignore[valid-type]
            for name, p in self.signature.parameters.items()
        }

    def __call__(self, given: Mapping[str, Any], severity: str, reason: str, where: str) -> Check:
        """Return the check with the parameters given by name; where opens the message of a mistake."""
        plain = {name: _plain(value) for name, value in given.items() if value is not None}
        values = checked(plain, self.parameters, where)
        several = values.pop(self.several) if self.several else []
        made = self.make(*several, **values)
        kept = {
            n: v for n, v in checked(plain, self.parameters, where).items() if v != self.parameters[n].default
        }
        return replace(made, severity=severity, rule=self.name, given=kept, reason=reason)

    def by_name(self, args: tuple, more: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments of a call by the names of their parameters."""
        try:
            return dict(self.signature.bind_partial(*args, **more).arguments)
        except TypeError as error:
            known = [*self.parameters, "severity", "reason"]
            odd = next((name for name in more if name not in known), "")
            raise BadInput(f"{self.name}: {error}{nearest(odd, known) if odd else ''}") from None


def rule(make: Callable[..., Check]) -> Callable[..., Check]:
    """Register a ready-made check; its function also takes severity= and reason=."""
    registered = _RULES[make.__name__] = Rule(make)

    @functools.wraps(make)
    def made(*args: Any, severity: str = "warning", reason: str = "", **more: Any) -> Check:
        return registered(registered.by_name(args, more), severity, reason, registered.name)

    return made


def find(name: str, where: str) -> Rule:
    """Return the ready-made check of that name; BadInput with the nearest name when there is none."""
    if name not in _RULES:
        near = nearest(name, _RULES)
        raise BadInput(f"{where}: there is no check {name!r}{near} (known are {', '.join(sorted(_RULES))})")
    return _RULES[name]


def known() -> dict[str, Rule]:
    """Return all ready-made checks by name."""
    return dict(sorted(_RULES.items()))


def catalogue() -> pd.DataFrame:
    """Return all ready-made checks by name: what each asks, and its parameters, optional ones in brackets."""
    records = []
    for name, one in known().items():
        asks = (one.make.__doc__ or "").partition("\n")[0]
        records.append((name, asks, "; ".join(map(_shown, one.parameters.values()))))
    return pd.DataFrame(records, columns=["check", "asks", "parameters"]).set_index("check")


def _shown(parameter: Parameter) -> str:
    told = f"{parameter.name}: {described(parameter.type).removesuffix(' or null')}"
    if parameter.default is NO_DEFAULT:
        return told
    return f"[{told}]" if parameter.default is None else f"[{told} = {parameter.default!r}]"


def _plain(value: Any) -> Any:
    """Return a value as YAML carries it: numbers and texts of Python, dates as ISO text."""
    if isinstance(value, np.generic):
        value = value.item()
    if hasattr(value, "isoformat"):
        return str(value.isoformat()).removesuffix("T00:00:00")
    if isinstance(value, Mapping):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, tuple | list | set | frozenset | np.ndarray):
        return [_plain(v) for v in value]
    return value
