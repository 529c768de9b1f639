"""Where things are: the project, its workspace and its reports."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from helpers.errors import BadInput

GRAPH = "pipeline.yaml"
LATEST = "latest"  # as the value of a parameter that names a file: what was published last of the same run


@dataclass(frozen=True)
class Places:
    """The project, its workspace and its reports."""

    root: Path
    workspace: Path
    reports: Path


def project_root(start: Path | None = None) -> Path:
    """Return the nearest folder at or above start (default: here) that holds pipeline.yaml.

    Outside of any project, the clone from which this package was installed serves.
    """
    start = (start or Path.cwd()).resolve()
    clone = Path(__file__).resolve().parents[3]
    for folder in (start, *start.parents, clone):
        if (folder / GRAPH).is_file():
            return folder
    raise BadInput(f"there is no {GRAPH} in {start} or above it; change into the folder of the workbench")


def workspace_of(root: Path) -> Path:
    """Return the folder for data, models and caches: $WORKBENCH_WORKSPACE, else workspace/ in the project."""
    return Path(os.environ.get("WORKBENCH_WORKSPACE") or root / "workspace").expanduser().resolve()


def reports_of(root: Path) -> Path:
    """Return the folder for reports: $WORKBENCH_REPORTS, else reports/ in the project."""
    return Path(os.environ.get("WORKBENCH_REPORTS") or root / "reports").expanduser().resolve()


def named(value: str, root: Path, workspace: Path, published: Iterable[str], run: str) -> str:
    """Return the file or folder that the value of a parameter names, relative to root where it lies there.

    That is the value itself, but for "latest": what was published last of the run in the published folders of the
    workspace. BadInput when there is none.
    """
    if value != LATEST or (root / LATEST).exists():
        return value
    newest = next((one for f in published if (one := latest_version(workspace / f / run))), None)
    if newest is None:
        raise BadInput(
            f"there is no latest model of {run!r} yet; leave it out, or make one: workbench run {run}"
        )
    return newest.relative_to(root).as_posix() if newest.is_relative_to(root) else str(newest)


def versions_in(folder: Path) -> list[Path]:
    """Return the published versions in a folder, the first one first."""
    return sorted((p for p in folder.glob("[0-9]*") if p.name.isdigit()), key=lambda p: int(p.name))


def latest_version(folder: Path) -> Path | None:
    """Return the version that was published last in a folder; where nothing says which, that of the highest number.

    A run that makes again what an earlier one made publishes its version again, which is not the highest then.
    """
    versions = versions_in(folder)
    try:
        named = (folder / LATEST).read_text(encoding="utf-8").strip()
    except OSError:
        named = ""
    return next((p for p in reversed(versions) if p.name == named), versions[-1] if versions else None)
