"""Where things are: the project, its workspace and its reports."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from helpers.errors import BadInput

GRAPH = "pipeline.yaml"


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
