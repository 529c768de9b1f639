"""Formats beside ONNX: a file in this folder that declares FORMAT adds one; each is proven when it is written."""

from __future__ import annotations

import hashlib
import importlib
import importlib.metadata
import json
import pkgutil
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from helpers.errors import BadInput, nearest, one_line
from helpers.model.proof import LIMITS, largest_difference
from helpers.problem import Problem
from helpers.recipe import FittedRecipe


@dataclass(frozen=True)
class Given:
    """What is exported, and what it must be proven on.

    model    fitted pipeline or ensemble, from model input to probabilities or numbers
    recipe   from raw columns to model input
    raw, x   rows of the proof (n, …), raw and as model input
    wanted   what the model says of them, (n, k) or (n, 1)
    """

    model: Any
    recipe: FittedRecipe
    problem: Problem
    raw: pd.DataFrame
    x: pd.DataFrame
    wanted: np.ndarray


@dataclass(frozen=True)
class Format:
    """A format of export.

    name     what a person asks for
    file     the name of the file that it writes
    use      who should take it, in one sentence
    write    (given, path) writes the file; Failed or BadInput says in one line why it cannot carry the model
    score    (path, given) -> what the file says of the rows in its own runtime, (n, k) or (n, 1)
    """

    name: str
    file: str
    use: str
    write: Callable[[Given, Path], None]
    score: Callable[[Path, Given], np.ndarray]


def formats(only: Sequence[str]) -> list[Format]:
    """Return the formats of these names; BadInput for a name that is none of them."""
    from helpers.model import package

    found: dict[str, Format] = {}
    for name in sorted(m.name for m in pkgutil.iter_modules(package.__path__)):
        module = importlib.import_module(f"{package.__name__}.{name}")
        if hasattr(module, "FORMAT"):
            found[module.FORMAT.name] = module.FORMAT
    for name in only:
        if name not in found:
            raise BadInput(
                f"there is no format {name!r}{nearest(name, found)} ({', '.join(found)}; ONNX is always made)"
            )
    return [found[name] for name in dict.fromkeys(only)]


def write(given: Given, chosen: Sequence[Format], folder: Path) -> list[dict[str, Any]]:
    """Write and prove every format in a folder that is made anew, with README.md and hashes.json beside them.

    Returns one record a format: name, file, bytes, rows, largest_difference, and trouble, which is empty where the
    file is there: what cannot carry the model, or scores differently, is not kept.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    records = [_proven(given, one, folder / one.file) for one in chosen]
    uses = {one.name: one.use for one in chosen}
    (folder / "README.md").write_text(_readme(given, records, uses), encoding="utf-8")
    hashes = {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in sorted(folder.iterdir())}
    (folder / "hashes.json").write_text(json.dumps(hashes, indent=1) + "\n", encoding="utf-8")
    return records


def table(records: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return the records for a reader: differences that are rounding are called so."""
    frame = pd.DataFrame(records)
    differences = frame["largest_difference"].astype(float)
    told = ["" if d != d else "below 1e-9" if d < 1e-9 else f"{d:.2g}" for d in differences]
    return frame.assign(largest_difference=told)


def _proven(given: Given, one: Format, path: Path) -> dict[str, Any]:
    record = {
        "format": one.name,
        "file": one.file,
        "bytes": 0,
        "rows": len(given.x),
        "largest_difference": None,
    }
    try:
        one.write(given, path)
        largest = largest_difference(given.wanted, one.score(path, given), given.problem)
    except Exception as error:  # whatever stops one format must not stop the others
        path.unlink(missing_ok=True)
        return record | {"rows": 0, "trouble": one_line(str(error) or type(error).__name__, 300)}
    record["largest_difference"] = largest
    if not largest <= LIMITS[given.problem.task]:
        path.unlink(missing_ok=True)
        return record | {"trouble": f"it scores differently, by up to {largest:.3g}; not kept"}
    return record | {"bytes": path.stat().st_size, "trouble": ""}


def _readme(given: Given, records: Sequence[dict[str, Any]], uses: dict[str, str]) -> str:
    lines = [f"- `{r['file']}`: {uses[r['format']]}" for r in records if not r["trouble"]]
    needed = "\n".join(f"- {name} {version}" for name, version in versions(given.model).items())
    return (
        "# The model in other forms\n\nThe bundle (ONNX) is what to serve: it holds the recipe, needs no training code "
        "and runs none. The files here hold the model alone. They take the model input, which is what recipe.json of "
        "the bundle makes of raw columns.\n\n"
        + "\n".join(lines)
        + "\n\nThey open with the versions that wrote "
        f"them:\n\n{needed}\n\n`hashes.json` has the SHA-256 of each file; compare before opening.\n"
    )


def versions(model: Any) -> dict[str, str]:
    """Return the versions of the packages whose classes a model is made of, and of NumPy and this one."""
    names = {"sklearn": "scikit-learn", "helpers": "ml-workbench", "xgboost": "xgboost-cpu"}
    tops = sorted({"numpy", "sklearn"} | {c.__module__.split(".")[0] for c in _classes(model)})
    found = {}
    for top in tops:
        try:
            found[names.get(top, top)] = importlib.metadata.version(names.get(top, top))
        except importlib.metadata.PackageNotFoundError:
            found[top] = "of your own"
    return found


def _classes(part: Any, seen: set[int] | None = None) -> set[type]:
    """Return the classes of an estimator and of all estimators in it."""
    seen = set() if seen is None else seen
    if id(part) in seen:
        return set()
    seen.add(id(part))
    if isinstance(part, dict):
        part = list(part.values())
    if isinstance(part, list | tuple):
        return set().union(*(_classes(p, seen) for p in part[:200])) if part else set()
    if not hasattr(part, "get_params") or isinstance(part, type):
        return set()
    return {type(part)} | _classes(list(vars(part).values()), seen)
