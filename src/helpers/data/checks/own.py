"""A person's own file of checks: run as it is, so only one's own is given; what is wrong in it is said in one line."""

from __future__ import annotations

import hashlib
import traceback
from dataclasses import replace
from pathlib import Path
from typing import Any

from helpers.data.checks.check import Check
from helpers.data.checks.schema import from_schema, is_schema
from helpers.errors import Answerable, BadInput


def load(path: str | Path) -> list[Check]:
    """Return the checks of a Python file in their order, and then those of its list CHECKS."""
    path = Path(path)
    module = _run(path)
    found = [v for v in vars(module).values() if isinstance(v, Check)]
    listed = getattr(module, "CHECKS", [])
    if not isinstance(listed, list | tuple):
        raise BadInput(f"{path.name}: CHECKS must be a list of checks, not {_article(listed)}")
    for number, one in enumerate(listed, 1):
        if not isinstance(one, Check) and not is_schema(one):
            raise BadInput(
                f"{path.name}: number {number} of CHECKS is {_article(one)}, no check such as unique('key')"
            )
    found += [one if isinstance(one, Check) else from_schema(one) for one in listed]
    found = list(
        {id(one): one for one in found}.values()
    )  # one that has a name and is listed too counts once
    if not found:
        raise BadInput(f"{path.name} has no check: put @check above a function, or list some in CHECKS")
    return [replace(one, file=path.name) for one in found]


def told(error: BaseException, path: Path | None = None) -> str:
    """Return an error in a line, with the last line of the file at path (or of any) that it went through."""
    frames = traceback.extract_tb(error.__traceback__)
    where = next((f for f in reversed(frames) if path is None or Path(f.filename) == path), None)
    line = f" in line {where.lineno} of {Path(where.filename).name}" if where else ""
    said = str(error).strip() or "without a word"
    return f"{said}{line}" if isinstance(error, Answerable) else f"{type(error).__name__}: {said}{line}"


def _run(path: Path) -> Any:
    from importlib.util import module_from_spec, spec_from_file_location

    if not path.is_file():
        raise BadInput(f"there is no file of checks {str(path)!r}")
    name = f"own_checks_{hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:12]}"
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise BadInput(f"{str(path)!r} is no Python file; checks stand in a file that ends in .py")
    module = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except SyntaxError as error:
        raise BadInput(f"{path.name}, line {error.lineno}: {error.msg}") from None
    except (Exception, SystemExit) as error:
        raise BadInput(f"{path.name} cannot be run: {told(error, path)}") from error
    return module


def _article(value: Any) -> str:
    name = getattr(value, "__name__", "") if callable(value) else ""
    return f"the function {name!r} without @check" if name else f"a {type(value).__name__}"
