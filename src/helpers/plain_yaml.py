"""YAML whose plain words stay words: `positive: Yes` is text, only true and false are booleans (YAML 1.2)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from helpers.errors import BadInput


class PlainLoader(yaml.SafeLoader):
    """SafeLoader with the core schema of YAML 1.2: no yes/no/on/off, octals, sexagesimals or dates."""

    yaml_implicit_resolvers: dict = {}  # noqa: RUF012

    def construct_mapping(self, node: Any, deep: bool = False) -> dict:
        """Return a mapping; a key that stands there twice is a mistake."""
        made = super().construct_mapping(node, deep)
        if len(made) < len(node.value):
            seen = set()
            for key, _ in node.value:
                name = self.construct_object(key, deep=True)
                if name in seen:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"{name} stands there twice", key.start_mark
                    )
                seen.add(name)
        return made


class PlainDumper(yaml.SafeDumper):
    """SafeDumper that quotes whatever PlainLoader would not read as text."""


for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("int", r"[-+]?(0|[1-9][0-9]*)", "-+0123456789"),
    (
        "float",
        r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*)([eE][-+]?[0-9]+)?|[-+]?[0-9]+[eE][-+]?[0-9]+",
        "-+0123456789.",
    ),
    ("float", r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)", "-+."),
):
    for _kind in (PlainLoader, PlainDumper):
        _kind.add_implicit_resolver(
            f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), list(_first)
        )


def read_yaml(path: Path) -> dict[str, Any]:
    """Return a YAML file that must hold a mapping; BadInput names the file and the line of a mistake."""
    try:
        record = yaml.load(path.read_text(encoding="utf-8"), PlainLoader)
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        raise BadInput(f"there is no file {path}") from None
    except (yaml.YAMLError, ValueError, LookupError, AttributeError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise BadInput(f"{path.name}{line} is no YAML: {getattr(error, 'problem', error)}") from None
    if record is None:
        return {}
    if not isinstance(record, dict):
        raise BadInput(f"{path.name} must be a mapping of names to values, not a {type(record).__name__}")
    return record
