"""Trials of an earlier run that a search begins with."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from helpers.errors import BadInput, one_line

MOST = 5


def best_before(file: str | None, folder: Path, families: Iterable[str]) -> list[dict[str, Any]]:
    """Return the parameters of the best trials in the file `trials.csv` of a run, best first; [] without a file.

    Only trials of the given families count, and none of standard parameters: these are tried anyway.
    """
    if not file:
        return []
    try:
        board = pd.read_csv(folder / Path(file).expanduser())
    except (OSError, ValueError) as error:
        raise BadInput(
            f"tune.warm_start: {file} cannot be read as a table: {one_line(str(error), 120)}"
        ) from None
    if missing := [c for c in ("family", "score", "parameters") if c not in board]:
        raise BadInput(
            f"tune.warm_start: {file} has no column {missing[0]!r}; name the file trials.csv of a run"
        )
    able = board[board["family"].isin(list(families)) & board["score"].notna()]
    found: list[dict[str, Any]] = []
    for row in able.sort_values("score", ascending=False, kind="stable").itertuples():
        given = _parameters(str(row.parameters), file)
        trial = {"family": row.family, **given}
        if given and trial not in found:
            found.append(trial)
    return found[:MOST]


def _parameters(text: str, file: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise BadInput(f"tune.warm_start: {file} has parameters that are no JSON: {one_line(text, 60)}")
    return found
