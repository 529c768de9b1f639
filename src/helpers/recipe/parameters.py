"""Check the parameters of a step against the types that its functions declare."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from helpers.errors import BadInput, nearest

NO_DEFAULT = inspect.Parameter.empty


@dataclass(frozen=True)
class Between:
    """The bounds of a number, both included; used as `Annotated[float, Between(0, 1)]`."""

    low: float
    high: float = float("inf")


@dataclass(frozen=True)
class Parameter:
    """One parameter of a step: its name, its type and its default (NO_DEFAULT when it must be given)."""

    name: str
    type: Any
    default: Any


def declared(*functions: Callable | None, but: Collection[str] = ()) -> dict[str, Parameter]:
    """Return the keyword-only arguments of the functions as parameters, but for those that nobody sets."""
    found: dict[str, Parameter] = {}
    for function in functions:
        if function is None:
            continue
        hints = get_type_hints(function, include_extras=True)
        for name, p in inspect.signature(function).parameters.items():
            if p.kind is p.KEYWORD_ONLY and name not in but:
                found[name] = Parameter(name, hints.get(name, Any), p.default)
    return found


def checked(given: Mapping[str, Any], known: Mapping[str, Parameter], where: str) -> dict[str, Any]:
    """Return all parameters with their defaults filled in; BadInput for an unknown, absent or wrong one.

    where opens the error message, such as "step 2 (impute_mean)".
    """
    for name in given:
        if name not in known:
            has = f"it has {', '.join(known)}" if known else "it has none"
            raise BadInput(f"{where} has no parameter {name!r}{nearest(str(name), known)} ({has})")
    values = {}
    for name, parameter in known.items():
        value = given.get(name, parameter.default)
        if value is NO_DEFAULT:
            raise BadInput(f"{where} needs the parameter {name!r} ({described(parameter.type)})")
        values[name] = read(value, parameter.type, f"{where}: {name}")
    return values


def read(value: Any, hint: Any, where: str) -> Any:
    """Return value as the type says (an integer becomes a float where asked); BadInput when it isn't."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _within(read(value, inner[0], where), inner[1], where)
    if origin in (Union, types.UnionType):
        return _any_of(value, hint, where)
    if origin is list and isinstance(value, list | tuple):
        return [read(item, inner[0], where) for item in value]
    if origin is dict and isinstance(value, Mapping):
        return {read(k, inner[0], where): read(v, inner[1], where) for k, v in value.items()}
    if _fits(value, hint):
        return float(value) if hint is float else value
    near = nearest(value, inner) if origin is Literal and isinstance(value, str) else ""
    raise BadInput(f"{where} must be {described(hint)}, not {value!r}{near}")


def described(hint: Any) -> str:
    """Return a type in words.

    >>> described(list[str]), described(Literal["a", "b"]), described(Annotated[float, Between(0, 1)])
    ('a list (text)', "one of 'a', 'b'", 'a number from 0 to 1')
    """
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _bounded(*inner)
    if origin is Literal:
        return "one of " + ", ".join(repr(x) for x in inner)
    if origin in (Union, types.UnionType):
        return " or ".join(described(x) for x in inner)
    if origin is list:
        return f"a list ({described(inner[0])})"
    if origin is dict:
        return f"a mapping ({described(inner[0])}: {described(inner[1])})"
    names = {bool: "true or false", int: "a whole number", float: "a number", str: "text", type(None): "null"}
    return names.get(hint, "anything")


def _fits(value: Any, hint: Any) -> bool:
    if get_origin(hint) is Literal:
        return value in get_args(hint)
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool) and value == value
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return hint is Any or (isinstance(hint, type) and isinstance(value, hint))


def _within(value: Any, bounds: Between, where: str) -> Any:
    if bounds.low <= value <= bounds.high:
        return value
    raise BadInput(f"{where} must be {_bounded(type(value), bounds)}, not {value!r}")


def _bounded(kind: Any, bounds: Between) -> str:
    high = "" if bounds.high == float("inf") else f" to {bounds.high:g}"
    return f"{described(kind)} from {bounds.low:g}{high}"


def _any_of(value: Any, hint: Any, where: str) -> Any:
    for option in get_args(hint):
        try:
            return read(value, option, where)
        except BadInput:
            continue
    raise BadInput(f"{where} must be {described(hint)}, not {value!r}")
