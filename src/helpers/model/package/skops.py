"""The scikit-learn model in the form of skops: types are listed and checked before anything is made of them."""

from __future__ import annotations

import json
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import skops.io

from helpers.model.package.formats import Format, Given
from helpers.model.scoring import predictions

EPOCH = (1980, 1, 1, 0, 0, 0)


def _write(given: Given, path: Path) -> None:
    path.write_bytes(_repeatable(skops.io.dumps(given.model)))


def _score(path: Path, given: Given) -> np.ndarray:
    # Nothing is made before the types are known; they are trusted here since the file was just written.
    untrusted = skops.io.get_untrusted_types(file=path)
    model = skops.io.load(path, trusted=untrusted)
    return predictions(model, given.x, given.problem).reshape(len(given.x), -1)


def _repeatable(content: bytes) -> bytes:
    """Return the archive without times and memory addresses: the same model gives the same bytes."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    schema = json.loads(files.pop("schema.json"))
    numbers: dict[Any, int] = {}
    names: dict[str, str] = {}
    _renumber(schema, numbers, names)
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted((names.get(n, n), d) for n, d in files.items()):
            archive.writestr(zipfile.ZipInfo(name, EPOCH), data, zipfile.ZIP_DEFLATED)
        text = json.dumps(schema, indent=1)
        archive.writestr(zipfile.ZipInfo("schema.json", EPOCH), text, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _renumber(part: Any, numbers: dict[Any, int], names: dict[str, str]) -> None:
    """Number objects by their place in the schema, and name their files so."""
    if isinstance(part, dict):
        if "__id__" in part:
            part["__id__"] = numbers.setdefault(part["__id__"], len(numbers))
        if isinstance(part.get("file"), str) and "__loader__" in part:
            suffix = Path(part["file"]).suffix
            part["file"] = names.setdefault(part["file"], f"{len(names)}{suffix}")
        for value in part.values():
            _renumber(value, numbers, names)
    elif isinstance(part, list):
        for value in part:
            _renumber(value, numbers, names)


FORMAT = Format(
    "skops",
    "model.skops",
    "to go on in Python: `skops.io.get_untrusted_types(file=…)` lists what the file would make; "
    "look at it, then `skops.io.load(…, trusted=that list)`. Nothing runs before.",
    _write,
    _score,
)
