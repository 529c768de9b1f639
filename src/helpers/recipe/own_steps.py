"""Steps of a person's own: a Python file that registers them, recorded with the hash of its text."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from collections.abc import Mapping
from pathlib import Path

from helpers.errors import Answerable, BadInput


def use(file: str, folder: Path) -> dict[str, str]:
    """Run a file of steps (relative to folder) and return {"file", "sha256"}, as recipes record it."""
    path = folder / file
    if not path.resolve().is_relative_to(folder.resolve()):
        raise BadInput(f"the file of steps {file!r} lies outside of {folder}; keep it inside")
    if not path.is_file():
        raise BadInput(f"there is no file of steps {file!r} in {folder}")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    name = f"own_steps_{hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:12]}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise BadInput(f"{file!r} is no Python file; steps of your own stand in a file that ends in .py")
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Answerable:
        raise
    except (Exception, SystemExit) as error:
        raise BadInput(f"the file of steps {file!r} does not run: {type(error).__name__}: {error}") from error
    return {"file": file, "sha256": digest}


def use_recorded(record: Mapping[str, str], folder: Path | None) -> None:
    """Run a file that a recipe records; BadInput when no folder is trusted or when its text has changed."""
    file = record["file"]
    if folder is None:
        raise BadInput(f"the recipe needs the steps of {file!r}, and code of others does not run here")
    path = folder / file
    if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() != record["sha256"]:
        raise BadInput(
            f"{file!r} is not the file that the recipe was made with; run from the stage wrangle again"
        )
    use(file, folder)
