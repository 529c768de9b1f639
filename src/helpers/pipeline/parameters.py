"""The parameters of a notebook: its parameters cell is their schema; configs and -p give values."""

from __future__ import annotations

import ast
import json
import math
import re
import tokenize
from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import yaml

from helpers.errors import BadInput, nearest
from helpers.plain_yaml import PlainLoader

TYPES: dict[str, type | tuple[type, ...]] = {"int": int, "float": (int, float), "bool": bool, "str": str}
WORDS = {"int": "a whole number", "float": "a number", "bool": "true or false", "str": "text", "None": "null"}
RANGES = {
    "seed": (0, 2**32 - 1),
    "jobs": (1, 1024),
    "folds": (2, 1000),
    "trials": (1, 10**6),
    "patience": (1, 10**6),
}  # what these mean is the same in every notebook


@dataclass(frozen=True)
class Parameter:
    """One parameter: name, type as written ("int", "list[str]", "float | None"), default and comment."""

    name: str
    type: str
    default: Any
    comment: str = ""

    def read(self, value: Any, where: str) -> Any:
        """Return value as the type says; BadInput, opened by where, when it doesn't fit."""
        for kind in self.type.split(" | "):
            fits, made = _as(value, kind)
            if fits:
                self._must_lie_in_range(made, where)
                return made
        raise BadInput(f"{where} must be {_in_words(self.type)}, not {value!r}")

    def _must_lie_in_range(self, value: Any, where: str) -> None:
        low, high = RANGES.get(self.name, (-math.inf, math.inf))
        if isinstance(value, int) and not low <= value <= high:
            raise BadInput(f"{where} must be {low} at least and {high} at most, not {value}")

    def read_text(self, text: str, where: str) -> Any:
        """Return a value typed on a command line; text stays as typed where the parameter is text."""
        if self.type.startswith("str"):
            return None if text == "null" and self.type.endswith("None") else text
        try:
            value = yaml.load(text, PlainLoader)
        except (yaml.YAMLError, ValueError, RecursionError):
            value = text
        if self.type.startswith("list[str]") and not isinstance(value, list) and text != "null":
            value = [part.strip() for part in text.split(",") if part.strip()]
        return self.read(value, where)


def read_notebook(path: Path) -> dict[str, Any]:
    """Return a notebook as a dictionary; BadInput when the file is none."""
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        notebook["cells"][:0]
    except FileNotFoundError:
        raise BadInput(f"there is no notebook {path}") from None
    except (ValueError, KeyError, TypeError):
        raise BadInput(f"{path.name} is no notebook: it cannot be read as one") from None
    return notebook


def source_of(cell: Mapping[str, Any]) -> str:
    """Return the text of a cell, whichever of the two forms the file has."""
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(source)


def is_parameters_cell(cell: Mapping[str, Any]) -> bool:
    """Whether a cell is the one tagged "parameters"."""
    return cell.get("cell_type") == "code" and "parameters" in cell.get("metadata", {}).get("tags", [])


def declared_parameters(notebook: Mapping[str, Any], name: str) -> dict[str, Parameter]:
    """Return what the parameters cell declares; name is that of the notebook, for messages.

    Every line is `name = literal  # comment`, with a type where the literal does not tell it
    (`name: float | None = None`); BadInput tells the line that is not.
    """
    cells = [c for c in notebook["cells"] if is_parameters_cell(c)]
    if len(cells) != 1:
        raise BadInput(f"{name} must have one cell with the tag 'parameters', and has {len(cells)}")
    source = source_of(cells[0])
    try:
        lines = ast.parse(source).body
    except SyntaxError as error:
        raise BadInput(f"{name}, parameters cell, line {error.lineno}: {error.msg}") from None
    except ValueError as error:
        raise BadInput(f"{name}, parameters cell: {error}") from None
    comments = _comments(source)
    return {p.name: p for p in (_parameter(line, comments, name) for line in lines)}


def checked(
    given: Mapping[str, Any], declared: Mapping[str, Parameter], stage: str, source: str
) -> dict[str, Any]:
    """Return given values as their types say; source (a config's name, "-p") closes the message of an error."""
    values = {}
    for name, value in given.items():
        if name not in declared:
            known = ", ".join(declared)
            raise BadInput(
                f"stage {stage} has no parameter {name!r}{nearest(str(name), declared)} ({source}; it has {known})"
            )
        values[name] = declared[name].read(value, f"{stage}.{name} ({source})")
    return values


def assignment(text: str) -> tuple[str, str, str]:
    """Return stage, name and value (as text) of "stage.name=value".

    >>> assignment("train.folds=10")
    ('train', 'folds', '10')
    """
    left, equals, right = text.partition("=")
    stage, dot, name = left.strip().partition(".")
    if not (equals and dot and stage and name):
        raise BadInput(f"-p {text!r} must have the form stage.name=value, such as -p train.folds=10")
    return stage, name, right


def _parameter(line: ast.stmt, comments: dict[int, str], notebook: str) -> Parameter:
    where = f"{notebook}, parameters cell, line {line.lineno}"
    name, kind, value = _parts(line)
    if value is None:
        raise BadInput(
            f"{where} must be of the form: name = value  # comment, or name: type = value  # comment"
        )
    try:
        default = ast.literal_eval(value)
    except (ValueError, TypeError, RecursionError):
        raise BadInput(f"{where}: the default must be a plain value, not an expression") from None
    kind = kind or type(default).__name__
    if not re.fullmatch(r"(int|float|bool|str( \| list\[str\])?|list\[(str|int|float)\])( \| None)?", kind):
        raise BadInput(
            f"{where}: the type must be int, float, bool, str, list[str] or str | list[str], each or None; not {kind}"
        )
    parameter = Parameter(name, kind, default, comments.get(line.end_lineno or line.lineno, ""))
    parameter.read(default, f"{where}: the default")
    return parameter


def _parts(line: ast.stmt) -> tuple[str, str, ast.expr | None]:
    """Return name, type as written and default of an assignment; the default is None when it is no such."""
    if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
        return line.target.id, ast.unparse(line.annotation), line.value
    if isinstance(line, ast.Assign) and len(line.targets) == 1 and isinstance(line.targets[0], ast.Name):
        return line.targets[0].id, "", line.value
    return "", "", None


def _comments(source: str) -> dict[int, str]:
    tokens = tokenize.generate_tokens(StringIO(source).readline)
    return {t.start[0]: t.string.lstrip("# ").strip() for t in tokens if t.type == tokenize.COMMENT}


def _as(value: Any, kind: str) -> tuple[bool, Any]:
    if kind == "None":
        return value is None, None
    if kind.startswith("list["):
        items = (
            value
            if isinstance(value, list | tuple)
            else [value]
            if isinstance(value, str) and value
            else None
        )
        if items is None:
            return value == "", []
        made = [_as(item, kind[5:-1]) for item in items]
        return all(fits for fits, _ in made), [item for _, item in made]
    if isinstance(value, bool) != (kind == "bool"):
        return (True, str(value).lower()) if kind == "str" and isinstance(value, bool) else (False, None)
    if kind == "str" and isinstance(value, int | float):
        return True, str(value)
    if not isinstance(value, TYPES[kind]) or value != value:
        return False, None
    return True, float(value) if kind == "float" else value  # type: ignore[arg-type]


def _in_words(kind: str) -> str:
    words = {
        "int": "a whole number",
        "float": "a number",
        "bool": "true or false",
        "str": "text",
        "None": "null",
    }
    words |= {f"list[{k}]": f"a list ({words[k]})" for k in ("int", "float", "str")}
    return " or ".join(words[k] for k in kind.split(" | "))
