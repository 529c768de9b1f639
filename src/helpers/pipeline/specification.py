"""What was made by a run, and from what: all that `workbench verify` needs to make it again, in one file.

Commit, data, recipe, parameters (seeds among them) and versions identify the model; hashes and measures say whether
another run has made the same.
"""

from __future__ import annotations

import importlib.metadata
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from helpers.errors import BadInput
from helpers.pipeline.store import Entry, Store, content_hash, read_json, write_json

VERSION = 1
RUN = ("name", "run", "state", "commit", "dirty", "python", "platform", "packages", "problem", "provenance")
STAGE = ("name", "notebook", "state", "parameters", "fingerprint", "writes", "measures")
FILE = "specification.json"


def specification(manifest: Mapping[str, Any], store: Store) -> dict[str, Any]:
    """Return the specification of a finished run: its recipe in full, everything else by value or by hash."""
    writes = {name: entry for stage in manifest["stages"] for name, entry in stage["writes"].items()}
    fitted = store.get(Entry(**writes["fitted_recipe"])) if "fitted_recipe" in writes else None
    return {
        "specification": VERSION,
        **{key: manifest[key] for key in RUN},
        "recipe": fitted["steps"] if fitted else None,
        "stages": [{key: stage[key] for key in STAGE} for stage in manifest["stages"]],
    }


def write(manifest: dict[str, Any], store: Store, folder: Path) -> None:
    """Put the specification among the files of the run's folder, and note it in the manifest."""
    path = folder / "files" / FILE
    write_json(path, specification(manifest, store))
    about = {"file": f"files/{FILE}", "title": "specification", "bytes": path.stat().st_size}
    manifest["downloads"].append(about | {"sha256": content_hash(path)})


def read(path: Path) -> dict[str, Any]:
    """Return the specification in a file; BadInput when it is none that this program can read."""
    found = read_json(path)
    if not isinstance(found, dict) or found.get("specification") != VERSION or not _whole(found):
        raise BadInput(f"{path} is no specification; it is the file {FILE} of a run's report")
    return found


def differences(found: Mapping[str, Any], commit: str | None) -> Iterator[str]:
    """Yield what is not as it was when the specification was written: the commit, and versions of packages."""
    if found["commit"] != commit:
        yield f"made at commit {str(found['commit'])[:10]}, this is {str(commit)[:10]}"
    for package, version in found["packages"].items():
        try:
            here = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            here = "not installed"
        if here != version:
            yield f"made with {package} {version}, here {here}"


def _whole(found: Mapping[str, Any]) -> bool:
    stages = found.get("stages")
    return (
        all(key in found for key in RUN)
        and re.fullmatch(r"[\w-]+", str(found["name"])) is not None
        and isinstance(found["packages"], dict)
        and isinstance(stages, list)
        and all(isinstance(s, dict) and set(STAGE) <= set(s) and _is_stage(s) for s in stages)
    )


def _is_stage(stage: Mapping[str, Any]) -> bool:
    parameters, writes, measures = stage["parameters"], stage["writes"], stage["measures"]
    return (
        isinstance(parameters, dict)
        and all(isinstance(p, dict) and {"value", "default"} <= set(p) for p in parameters.values())
        and isinstance(writes, dict)
        and all(isinstance(e, dict) and "hash" in e for e in writes.values())
        and isinstance(measures, list)
        and all(isinstance(m, dict) and {"name", "of", "value"} <= set(m) for m in measures)
    )
