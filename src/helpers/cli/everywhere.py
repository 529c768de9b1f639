"""Options of the command line that reach every stage with a parameter of their name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from helpers.pipeline.graph import Graph
from helpers.pipeline.parameters import declared_parameters, read_notebook


def by_stage(options: dict[str, Any], graph: Graph, root: Path) -> dict[str, dict[str, Any]]:
    """Return stage -> parameter -> value of the options that are set, for all stages but the optional ones."""
    given = {name: value for name, value in options.items() if value is not None}
    values = {}
    for stage, spec in graph.stages.items() if given else ():
        declared = declared_parameters(read_notebook(root / spec.notebook), Path(spec.notebook).name)
        known = {name: value for name, value in given.items() if name in declared}
        if known and not spec.optional:
            values[stage] = known
    return values
