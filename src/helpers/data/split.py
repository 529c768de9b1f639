"""Divide rows into train and validation, so that nothing that belongs together is torn apart.

Methods: random; stratified (the same share of every class); grouped (a group is in one part only); time (the
latest rows validate); hash (a row's part depends on its content alone, so it stays when rows are added).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from helpers.data.rows import Rows
from helpers.data.seal import are_draws
from helpers.errors import BadInput, nearest
from helpers.labels import held, names
from helpers.problem import Problem


@dataclass(frozen=True)
class Split:
    """Which rows train and which validate, as sorted positions (0 is the first row).

    left_out  rows in neither part: later rows of a group that training has seen
    notes     what a reader should know, one sentence each
    """

    method: str
    train: np.ndarray
    validation: np.ndarray
    left_out: np.ndarray
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Keys:
    """What a split looks at, for tables of any length.

    frame  target, time and group (n rows), whichever the problem names
    equal  a hash (n,) of each row, the same for rows that are equal but for their identifiers
    named  a hash (n,) of what identifies each row
    draws  whether rows are draws of few combinations, as `seal.are_draws` tells
    """

    frame: pd.DataFrame
    equal: np.ndarray
    named: np.ndarray
    draws: bool

    def __len__(self) -> int:
        return len(self.frame)


def keys(rows: pd.DataFrame | Rows, problem: Problem) -> Keys:
    """Return the keys of a table in memory, or of one in the store, read batch by batch."""

    def frames() -> Iterable[pd.DataFrame]:
        return [rows] if isinstance(rows, pd.DataFrame) else rows.batches()

    parts = [_keys(frame, problem) for frame in frames()]
    frame = pd.concat([part for part, _, _ in parts]) if len(parts) > 1 else parts[0][0]
    equal, named = (np.concatenate([part[n] for part in parts]) for n in (1, 2))
    draws = are_draws(equal, lambda: np.concatenate([_others(frame, problem) for frame in frames()]))
    return Keys(frame, equal, named, draws)


def split(
    rows: pd.DataFrame | Rows | Keys,
    problem: Problem,
    share: float = 1 / 9,
    method: str = "auto",
    equal_together: bool = True,
    seed: int = 0,
) -> Split:
    """Return which rows of the table train and which validate.

    share           part of the rows that validates, between 0 and 1
    method          "auto" takes time or grouped where the problem names such a column, else stratified for
                    classes, else random
    equal_together  rows that are equal but for their identifiers go to the same part, unless they are draws
                    (docs/decisions/0018), or more than half of all rows have an equal
    """
    if not 0 < share < 1:
        raise BadInput(f"the share for validation must be above 0 and below 1, not {share:g}")
    looked = rows if isinstance(rows, Keys) else keys(rows, problem)
    if len(looked) < 2:
        raise BadInput(f"the table has {len(looked)} row(s), and a split needs two at least")
    method, frame = _method(method, problem), looked.frame
    units, notes = _units(looked, problem, method, equal_together)
    validates = METHODS[method](looked, problem, units, share, np.random.default_rng(seed))
    left_out = _seen_groups(frame, problem, validates) if method == "time" else np.zeros(len(frame), bool)
    validates = validates & ~left_out
    if not validates.any():
        known = f"every later row is of a group in {problem.group!r} that has earlier ones; leave ingest.group out"
        why = f"{known} to predict known groups" if left_out.any() else "choose another method"
        raise BadInput(f"no row is left to validate when splitting by {method}; {why}")
    train, validation, left = (np.flatnonzero(m) for m in (~validates & ~left_out, validates, left_out))
    return Split(
        method, train, validation, left, notes + _remarks(frame, problem, validates, left_out, method)
    )


def folded(made: Split) -> Split:
    """Return the parts when every row learns and is judged by models of folds that have not seen it."""
    every = np.union1d(made.train, made.validation)
    note = "Under a budget every row learns, and each is judged by models that have not seen it."
    return replace(made, train=every, validation=every, notes=[note])


def targets(parts: Mapping[str, pd.DataFrame], problem: Problem) -> pd.DataFrame:
    """Return the target of each part in numbers, one column a part.

    The share of the rows by class, or by label, of which rows may have several; count, mean, deviation, extremes and
    quartiles of a number; the number of rows without a target.
    """
    if problem.target is None:
        return pd.DataFrame({name: {"rows": len(rows)} for name, rows in parts.items()})
    told = _shares if problem.is_classification else _figures
    return pd.DataFrame({name: told(rows, problem) for name, rows in parts.items()})


def _shares(rows: pd.DataFrame, problem: Problem) -> pd.Series:
    values = rows[problem.target]
    if problem.task != "multilabel":
        return values.value_counts(normalize=True)
    return pd.Series(held(values.to_numpy(object), problem.classes).mean(axis=0), index=problem.classes)


def _figures(rows: pd.DataFrame, problem: Problem) -> pd.Series:
    return rows[problem.target].astype(float).describe()


def in_both(rows: pd.DataFrame | Rows | Keys, problem: Problem, made: Split) -> dict[str, int]:
    """Return how many rows, equal rows, groups and moments in time the two parts have in common."""
    looked = rows if isinstance(rows, Keys) else keys(rows, problem)
    train, validation = looked.frame.iloc[made.train], looked.frame.iloc[made.validation]
    found = {
        "rows": len(train.index.intersection(validation.index)),
        "validation rows with an equal in train": int(
            np.isin(looked.equal[made.validation], looked.equal[made.train]).sum()
        ),
    }
    if problem.group:
        groups = set(train[problem.group].dropna()) & set(validation[problem.group].dropna())
        found["groups"] = len(groups)
    if problem.time:
        latest = train[problem.time].max()
        found["train rows not before the first validation row"] = int(
            (train[problem.time] >= validation[problem.time].min()).sum() if pd.notna(latest) else 0
        )
    return found


def _keys(frame: pd.DataFrame, problem: Problem) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    aside = set(problem.identifiers) - {problem.time, problem.group}
    equal = _hashes(frame[[c for c in frame.columns if c not in aside]], frame.index)
    named = _hashes(frame[problem.identifiers], frame.index) if problem.identifiers else equal
    looked_at = dict.fromkeys(c for c in (problem.target, problem.time, problem.group) if c is not None)
    return frame[[c for c in looked_at if c in frame]], equal, named


def _others(frame: pd.DataFrame, problem: Problem) -> np.ndarray:
    """Return a hash (n,) of each row without what identifies it and without its target."""
    aside = (set(problem.identifiers) - {problem.time, problem.group}) | {problem.target}
    return _hashes(frame[[c for c in frame.columns if c not in aside]], frame.index)


def _hashes(compared: pd.DataFrame, index: pd.Index) -> np.ndarray:
    """Return a hash (n,) of each row; rows without a column to compare are told apart by their place."""
    if compared.shape[1] == 0:
        return index.to_numpy().astype(np.uint64)
    return pd.util.hash_pandas_object(compared, index=False).to_numpy()


def _method(method: str, problem: Problem) -> str:
    if method == "auto":
        by_column = "time" if problem.time else "grouped" if problem.group else ""
        return by_column or ("stratified" if problem.is_classification else "random")
    if method not in METHODS:
        raise BadInput(f"there is no split {method!r}{nearest(method, METHODS)} ({', '.join(METHODS)})")
    wants = {"time": (problem.time, "time"), "grouped": (problem.group, "group")}.get(method)
    if wants and not wants[0]:
        raise BadInput(f"a split by {wants[1]} needs the column: -p ingest.{wants[1]}=COLUMN")
    if problem.group and method in ("random", "stratified"):
        raise BadInput(
            f"a {method} split would tear the groups of {problem.group!r} apart; choose grouped, hash or time, or "
            "leave ingest.group out"
        )
    if method == "stratified" and not problem.is_classification:
        raise BadInput(f"a stratified split needs classes, and the task is {problem.task}; choose random")
    return method


def _units(looked: Keys, problem: Problem, method: str, equal_together: bool) -> tuple[np.ndarray, list[str]]:
    """Return the unit (n,) that each row belongs to, and what to say about it; units are never torn apart."""
    alone = np.arange(len(looked))
    if problem.group and method != "time":
        codes = pd.factorize(looked.frame[problem.group])[0]
        return np.where(codes < 0, len(looked) + alone, codes), []
    if not equal_together or method == "time":
        return alone, []
    equal = pd.factorize(looked.equal)[0]
    twins = int((np.bincount(equal)[equal] > 1).sum())
    if not twins:
        return alone, ["No row equals another."]
    if twins > len(looked) / 2 or looked.draws:
        return alone, [f"{twins:,} of {len(looked):,} rows equal another, so equal rows may fall anywhere."]
    return equal, [f"{twins:,} rows equal another row; equal rows stay in one part."]


def _random(
    looked: Keys, problem: Problem, units: np.ndarray, share: float, rng: np.random.Generator
) -> np.ndarray:
    return _taken(units, share, rng, least=1)


def _stratified(
    looked: Keys, problem: Problem, units: np.ndarray, share: float, rng: np.random.Generator
) -> np.ndarray:
    # equal rows are of one class; of two classes both must be judged, of many a rare one need not
    least = int(problem.task == "binary")
    values = looked.frame[problem.target].astype(str).to_numpy(object)
    classes = pd.factorize(problem.strata(values), sort=True)[0]
    validates = np.zeros(len(looked), bool)
    for one in range(classes.max() + 1):
        members = np.flatnonzero(classes == one)
        validates[members] = _taken(units[members], share, rng, least)
    return validates if validates.any() else _random(looked, problem, units, share, rng)


def _by_time(
    looked: Keys, problem: Problem, units: np.ndarray, share: float, rng: np.random.Generator
) -> np.ndarray:
    times = looked.frame[problem.time]
    moments, counts = np.unique(times.dropna().to_numpy(), return_counts=True)
    if len(moments) < 2:
        raise BadInput(f"column {problem.time!r} holds one moment only, so it cannot split the rows by time")
    later = counts[::-1].cumsum()[::-1][1:]  # rows from each moment on, the first moment left out
    start = moments[1 + np.abs(later - share * len(times)).argmin()]
    return (times >= start).fillna(False).to_numpy(bool)


def _by_hash(
    looked: Keys, problem: Problem, units: np.ndarray, share: float, rng: np.random.Generator
) -> np.ndarray:
    hashes = pd.Series(looked.named).groupby(units).transform("min").to_numpy()
    with np.errstate(over="ignore"):  # a second mixing, so that this part is independent of the sealed one
        mixed = (hashes ^ np.uint64(0x9E3779B97F4A7C15)) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(31))) * np.uint64(0x94D049BB133111EB)
    return (mixed >> np.uint64(11)) / 2.0**53 < share


METHODS: dict[str, Callable[..., np.ndarray]] = {
    "random": _random,
    "stratified": _stratified,
    "grouped": _random,
    "time": _by_time,
    "hash": _by_hash,
}


def _taken(units: np.ndarray, share: float, rng: np.random.Generator, least: int) -> np.ndarray:
    """Return a mask (n,) of about share of the rows, whole units in random order; at least one unit stays."""
    codes, sizes = np.unique(units, return_inverse=True, return_counts=True)[1:]
    quota, chosen = max(round(share * len(units)), least), np.zeros(len(sizes), bool)
    order = rng.permutation(len(sizes))
    waiting = order[:-1]
    while len(
        waiting := waiting[sizes[waiting] <= quota]
    ):  # as many in turn as fit, then those that still do
        fit = int(np.searchsorted(sizes[waiting].cumsum(), quota, side="right"))
        chosen[waiting[:fit]] = True
        quota, waiting = quota - int(sizes[waiting[:fit]].sum()), waiting[fit:]
    if least and not chosen.any() and len(sizes) > 1:
        chosen[order[sizes[order].argmin()]] = True  # every unit is larger than the quota
    return chosen[codes]


def _seen_groups(rows: pd.DataFrame, problem: Problem, validates: np.ndarray) -> np.ndarray:
    if not problem.group:
        return np.zeros(len(rows), bool)
    groups = rows[problem.group]
    return validates & groups.isin(groups[~validates].dropna()).to_numpy()


def _spans(times: pd.Series, trains: np.ndarray, validates: np.ndarray) -> list[str]:
    """Return from when to when each part lasts; a part without a time says nothing."""
    parts = {"Training": times[trains].dropna(), "Validation": times[validates].dropna()}
    ends = {name: (t.min(), t.max()) for name, t in parts.items() if len(t)}
    shown = {name: [str(end).removesuffix(" 00:00:00") for end in both] for name, both in ends.items()}
    return [f"{name} lasts from {first} to {last}." for name, (first, last) in shown.items()]


def _remarks(
    rows: pd.DataFrame, problem: Problem, validates: np.ndarray, left_out: np.ndarray, method: str
) -> list[str]:
    notes = []
    if left_out.any():
        notes.append(f"{left_out.sum():,} later rows of groups that training has seen are in neither part.")
    if method == "time":
        notes += _spans(rows[problem.time], ~validates & ~left_out, validates)
    if method == "time" and rows[problem.time].isna().any():
        notes.append(f"{rows[problem.time].isna().sum():,} rows without a time train.")
    if problem.is_classification:
        several = problem.task == "multilabel"
        classes, word = rows[problem.target].astype(str), "Label" if several else "Class"
        trained, judged = (
            set(names(part.to_numpy(object)) if several else part)
            for part in (classes[~validates & ~left_out], classes[validates])
        )
        notes += [f"{word} {c!r} has no row to validate." for c in sorted(trained - judged)]
        notes += [f"{word} {c!r} has no row to train on." for c in sorted(judged - trained)]
    return notes
