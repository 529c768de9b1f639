"""The model now in use, asked about the same rows: its bundle alone answers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from helpers.bundle import Bundle
from helpers.errors import BadInput
from helpers.problem import Problem
from helpers.recipe.columns import from_frame


def answers(folder: Path, raw: pd.DataFrame, problem: Problem, own: Path | None = None) -> np.ndarray:
    """Return what a bundle says of raw rows: probabilities (n, classes) in the problem's order, or numbers (n,).

    own is the folder of files of own steps, as `Bundle` takes it. BadInput when it predicts something else, or other
    classes, or wants a column that is not there.
    """
    try:
        bundle = Bundle(folder, own=own)
    except BadInput as error:
        raise BadInput(
            f"the model in use, {folder}, cannot be asked ({error}); leave evaluate.champion out"
        ) from error
    about = bundle.signature
    if about["target"] != problem.target or about["task"] != problem.task:
        raise BadInput(
            f"the model in use predicts {about['target']!r} ({about['task']}), not {problem.target!r} ({problem.task})"
        )
    if sorted(about["classes"]) != sorted(problem.classes):
        raise BadInput(f"the model in use knows other classes: {', '.join(about['classes'])}")
    columns: dict[str, Any] = dict(from_frame(raw))
    try:
        said = bundle.predict(columns)
    except BadInput as error:
        raise BadInput(f"the model in use cannot score these rows: {error}") from error
    if not problem.is_classification:
        return np.asarray(said.get("unshifted", said["prediction"]), float)
    return np.column_stack([said[f"probability_{c}"] for c in problem.classes]).astype(float)


def identity(named: str, root: Path) -> dict[str, str]:
    """Return {"folder", "sha256"} of a bundle: its folder relative to root, and the hash of all that is in it."""
    hashes = (root / named / "hashes.json").read_bytes()
    return {"folder": named, "sha256": hashlib.sha256(hashes).hexdigest()}


def must_be_as_compared(duel: Mapping[str, Any] | None, root: Path) -> None:
    """Raise BadInput when the bundle that the evaluation compared with, if any, was removed or replaced since."""
    again = "run from the stage evaluate again"
    if duel and not (root / duel["folder"] / "hashes.json").is_file():
        raise BadInput(f"{duel['folder']}, the model in use, is not there any more; {again}")
    if duel and identity(duel["folder"], root)["sha256"] != duel["sha256"]:
        raise BadInput(f"{duel['folder']} is not the model that was compared with; {again}")


def again(
    duel: Mapping[str, Any] | None, root: Path, raw: pd.DataFrame, problem: Problem
) -> np.ndarray | None:
    """Return what the model in use, with which the evaluation compared, says of other raw rows; None without one."""
    return None if duel is None else answers(root / duel["folder"], raw, problem, root)
