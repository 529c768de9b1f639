"""Selectors: columns that say nothing, told from the training rows alone and dropped with their reason."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

import numpy as np

from helpers.errors import BadInput
from helpers.recipe.columns import is_missing
from helpers.recipe.parameters import Between
from helpers.recipe.registry import selector
from helpers.recipe.targets import indicators

Columns = dict[str, np.ndarray]
Share = Annotated[float, Between(0, 1)]
SAMPLE, SHUFFLES, PARTS = 20_000, 19, 10


@selector()
def drop_constant(columns: Columns, *, share: Share = 1.0) -> dict[str, str]:
    """Drop columns in which one value (or none) fills at least this share of the training rows."""
    found = {}
    for name, values in columns.items():
        counts = Counter(None if v != v else v for v in values.tolist())
        value, count = counts.most_common(1)[0] if counts else (None, 0)
        if count and count >= share * len(values):
            what = "missing" if value is None else repr(value)[:40]
            found[name] = f"{what} in {100 * count / len(values):.1f} % of the rows"
    return found


@selector()
def drop_mostly_missing(columns: Columns, *, share: Share = 0.5) -> dict[str, str]:
    """Drop columns of which more than this share is missing."""
    missing = {n: is_missing(v).mean() for n, v in columns.items() if len(v)}
    return {n: f"{100 * part:.1f} % of the values are missing" for n, part in missing.items() if part > share}


@selector()
def drop_twins(columns: Columns) -> dict[str, str]:
    """Drop columns that equal an earlier one in every row."""
    found: dict[str, str] = {}
    seen: dict[object, str] = {}
    for name, values in columns.items():
        key = hash(
            (values.dtype.kind, values.tobytes() if values.dtype != object else tuple(values.tolist()))
        )
        twin = seen.setdefault(key, name)
        if twin != name and _equal(columns[twin], values):
            found[name] = f"the same as {twin} in every row"
    return found


@selector("number")
def drop_correlated(columns: Columns, *, above: Share = 0.98) -> dict[str, str]:
    """Drop numbers whose correlation (Pearson's, either sign) with an earlier one is above this."""
    names, found = list(columns), {}
    filled = [_centred(v) for v in columns.values()]
    for place, name in enumerate(names):
        for earlier in range(place):
            if names[earlier] not in found:
                alike = abs(float(filled[earlier] @ filled[place]))
                if alike > above:
                    found[name] = f"correlation {alike:.3f} with {names[earlier]}"
                    break
    return found


@selector("number", "category")
def drop_identifiers(columns: Columns, *, share: Share = 0.95) -> dict[str, str]:
    """Drop columns that name rows: texts that nearly all differ, whole numbers that all do and lie close."""
    found = {}
    for name, values in columns.items():
        present = values[~is_missing(values)]
        if len(present) < 20:
            continue
        if values.dtype == object:
            distinct = len(set(present.tolist()))
            if distinct > share * len(present):
                found[name] = f"{100 * distinct / len(present):.0f} % of the values differ, so it names a row"
        elif (present % 1 == 0).all() and len(np.unique(present)) == len(present) > np.ptp(present) / 2:
            found[name] = "whole numbers, each once and without large gaps: it counts the rows"
    return found


@selector("number", "category")
def drop_uninformative(
    columns: Columns, *, target: np.ndarray | None, seed: Annotated[int, Between(0)] = 0
) -> dict[str, str]:
    """Drop columns that tell no more of the target than they do when their values are shuffled.

    Compared is the share of the target's variance between the levels (or tenths) of a column, on at most 20,000
    rows, with 19 shuffles: of columns that tell nothing, one in twenty stays. A column that tells something only
    together with another is dropped too.
    """
    if target is None:
        raise BadInput("it asks what tells of the target, and there is no target")
    found, draw = {}, np.random.default_rng(seed)
    rows = slice(None, None, max(1, len(target) // SAMPLE))
    y = indicators(target[rows])
    for name, values in columns.items():
        codes = _parts(values[rows])
        told = _between(codes, y)
        chance = max((_between(draw.permutation(codes), y) for _ in range(SHUFFLES)), default=0.0)
        if told <= chance:
            found[name] = f"tells {100 * told:.2f} % of the target, and shuffled {100 * chance:.2f} %"
    return found


def _parts(values: np.ndarray) -> np.ndarray:
    """Return a part (n,) for every value: tenths of numbers, the most frequent levels of others, one for missing."""
    missing = is_missing(values)
    if values.dtype == object:
        counts = Counter(values[~missing].tolist()).most_common(2 * PARTS)
        places = {level: place for place, (level, _) in enumerate(counts, 2)}
        return np.array([0 if v is None else places.get(v, 1) for v in values.tolist()], int)
    present = values[~missing]
    cuts = np.unique(np.quantile(present, np.linspace(0, 1, PARTS + 1)[1:-1])) if len(present) else present
    return np.where(missing, 0, 1 + np.searchsorted(cuts, values, side="right"))


def _between(codes: np.ndarray, y: np.ndarray) -> float:
    """Return the share of the variance of y (n, k) that lies between the parts (n,)."""
    if not len(codes):
        return 0.0
    counts = np.bincount(codes)
    centred = y - y.mean(axis=0)
    sums = np.stack([np.bincount(codes, weights=column) for column in centred.T], axis=1)
    total = float((centred**2).sum())
    return float((sums**2 / np.maximum(counts, 1)[:, None]).sum()) / total if total else 0.0


def _centred(values: np.ndarray) -> np.ndarray:
    """Return numbers of mean 0 and length 1, missing ones at the mean."""
    present = ~np.isnan(values)
    with np.errstate(all="ignore"):
        apart = np.where(present, values - (values[present].mean() if present.any() else 0.0), 0.0)
        length = float(np.sqrt(apart @ apart))
        return apart / length if length and np.isfinite(length) else np.zeros(len(values))


def _equal(a: np.ndarray, b: np.ndarray) -> bool:
    if a.dtype != b.dtype:
        return False
    return bool(((a == b) | (is_missing(a) & is_missing(b))).all())
