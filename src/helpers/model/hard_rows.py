"""Which rows do candidates get wrong, one and all? From predictions of rows that they had not seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from helpers.labels import joined
from helpers.model.scoring import target
from helpers.model.train import Result
from helpers.problem import Problem

WRONG = {
    **dict.fromkeys(("binary", "multiclass"), "another class is likelier"),
    "multilabel": "one of the labels is wrong",
    "regression": "more than twice the typical error",
}
FAR = 2.0  # typical errors (root mean square) of a candidate beyond which a number is wrong


def judged(results: Sequence[Result], names: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return the positions (m,) of rows that all of the candidates judged, and predictions (candidates, m, …)."""
    known = {r.family: r.predicted for r in results}
    predicted = np.stack([known[name] for name in names])
    rows = np.flatnonzero(np.isfinite(predicted.reshape(len(names), len(predicted[0]), -1)).all(axis=(0, 2)))
    return rows, predicted[:, rows]


def answers(
    results: Sequence[Result], names: Sequence[str], rows: pd.DataFrame, problem: Problem
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return the target (m,) of the rows that all of the candidates judged, and by candidate what it says of them.

    That is the position of the likeliest class, the number, or which labels are likelier than not (m, labels).
    """
    places, predicted = judged(results, names)
    said = predicted.argmax(axis=2) if problem.is_classification else predicted
    said = (predicted >= 0.5).astype(int) if problem.task == "multilabel" else said
    return target(problem, rows)[places], dict(zip(names, said, strict=True))


def wrong(y: np.ndarray, said: dict[str, np.ndarray], problem: Problem) -> pd.DataFrame:
    """Return where candidates are wrong (m, candidates): a class or label is, or a number is FAR off."""
    if problem.task == "multilabel":
        return pd.DataFrame({name: (given != y).any(axis=1) for name, given in said.items()})
    if problem.is_classification:
        return pd.DataFrame({name: given != y for name, given in said.items()})
    off = {name: np.abs(given - y) for name, given in said.items()}
    return pd.DataFrame({name: o > FAR * np.sqrt((o**2).mean()) for name, o in off.items()})


def hardest(
    results: Sequence[Result], names: Sequence[str], rows: pd.DataFrame, problem: Problem, most: int = 10
) -> pd.DataFrame:
    """Return the rows that more than half of the candidates get wrong, hardest first, with their values.

    Hardest is the row on which the middle one of the candidates, by its error, is most wrong: one that is sure of
    everything decides nothing.

    true         the class, the labels, or the number
    predicted    the likeliest class (or labels) by the mean of the candidates, or the mean of their numbers
    probability  of the predicted class, for classes
    wrong        how many of the candidates are
    """
    places, predicted = judged(results, names)
    y, said = answers(results, names, rows, problem)
    mean, missed = predicted.mean(axis=0), wrong(y, said, problem).sum(axis=1)
    if problem.task == "multilabel":
        error = np.abs(predicted - y).mean(axis=2)
        about: dict[str, Any] = {
            "true": joined(y, problem.classes),
            "predicted": joined(mean >= 0.5, problem.classes),
        }
    elif problem.is_classification:
        error = 1 - predicted[:, np.arange(len(y)), y]
        about = {
            "true": [problem.classes[n] for n in y],
            "predicted": [problem.classes[n] for n in mean.argmax(axis=1)],
            "probability": mean.max(axis=1),
        }
    else:
        error = np.abs(predicted - y)
        about = {"true": y, "predicted": mean}
    middle = np.where(missed > len(names) / 2, np.median(error, axis=0), -np.inf)
    order = np.argsort(-middle, kind="stable")[: min(most, int(np.isfinite(middle).sum()))]
    table = pd.DataFrame(about | {"wrong": [f"{n} of {len(names)}" for n in missed]}).iloc[order]
    values = rows[[c for c in rows.columns if c != problem.target]].iloc[places[order]]
    return pd.concat([table.set_axis(values.index), values], axis=1)
