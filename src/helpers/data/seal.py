"""Choose the rows that nobody may look at before the model is judged: by the hash of a row's identity, so that
the same rows are sealed whenever the table is ingested again, in any order; with more rows, nearly all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from helpers.data.table import Table
from helpers.errors import BadInput
from helpers.problem import Problem

DRAWS = 0.1  # share of the rows that equal another and differ from a third in the target alone, for rows to be draws
FEW = 4  # rows of one of two classes, of which one at least is sealed


def sealed(rows: Table | pd.DataFrame, problem: Problem, share: float = 0.1) -> np.ndarray:
    """Return a mask (n,) of the rows to seal, about share of them.

    By time, the latest rows, and with groups those of new groups only; by group, whole groups, of both classes
    where there are two; else the rows with the smallest hashes, in each class (or set of labels) the same share.
    Rows of one identity (equal identifiers, or equal in all values) are in one part, unless rows are draws of few
    combinations. A group with more than half of the rows is never sealed. BadInput where no rows can be sealed, or
    where of two classes the sealed rows or the others would hold one only.
    """
    if not 0 < share < 1:
        raise BadInput(f"ingest.test_share must be above 0 and below 1, not {share:g}")
    if len(rows) < 10:
        raise BadInput(
            f"the table has {len(rows)} rows with a target; ten at least are needed to set some aside"
        )
    if problem.time:
        mask = _latest(rows[problem.time], share)
        mask &= ~_known(rows, problem, mask)
    else:
        mask = _by_hash(rows, problem, share)
    if not mask.any():
        raise BadInput(f"{_alike(problem)}, so none can be set aside")
    if problem.task == "binary":
        _must_hold_both(rows[problem.target or ""].to_numpy(object), mask, problem)
    return mask


def left_out(rows: Table | pd.DataFrame, problem: Problem, mask: np.ndarray) -> np.ndarray:
    """Return a mask (n,) of the rows that are neither sealed nor to be learnt from.

    Where rows have a time and a group these are the rows, not before the first sealed one, of groups that have earlier
    rows: sealed they would be recognised, and learnt from they would tell of what is yet to come.
    """
    if not (problem.time and problem.group):
        return np.zeros(len(rows), bool)
    times = rows[problem.time]
    return (times >= times[mask].min()).fillna(False).to_numpy(bool) & ~mask


def told(torn: np.ndarray, aside: np.ndarray, share: float) -> str:
    """Return what to say of rows that are left out, and of few that are sealed: nothing where there are none."""
    if not torn.any():
        return ""
    said = f"{int(torn.sum()):,} later rows of groups that have earlier ones are left out of both."
    if aside.mean() < share / 2:
        said += " **So few are sealed, since most groups go on**: to predict these, leave `ingest.group` out."
    return said


def _known(rows: Table | pd.DataFrame, problem: Problem, mask: np.ndarray) -> np.ndarray:
    """Return a mask (n,) of the rows among those of a mask whose group has other rows, too."""
    if not problem.group:
        return np.zeros(len(rows), bool)
    groups = rows[problem.group]
    return mask & groups.isin(groups[~mask].dropna()).to_numpy(bool)


def _alike(problem: Problem) -> str:
    """Return in words why no row can be sealed."""
    if problem.time:
        return (
            f"all of the latest rows are of groups in {problem.group!r} that have earlier rows (to predict later rows "
            "of known groups, leave ingest.group out)"
        )
    return f"most rows are of one group in {problem.group!r}" if problem.group else "all rows are equal"


def _must_hold_both(classes: np.ndarray, mask: np.ndarray, problem: Problem) -> None:
    """Raise BadInput unless the sealed rows and the others hold both classes: else none could be judged, or learnt."""
    for part, which in ((classes[mask], "to seal"), (classes[~mask], "to learn from")):
        missing = [c for c in problem.classes if c not in set(part)]
        if missing:
            has = int((classes == missing[0]).sum())
            groups = ", leave ingest.group out" if problem.time and problem.group else ""
            raise BadInput(
                f"none of the {len(part):,} rows {which} would be of class {missing[0]!r} of {problem.target!r}, which "
                f"{has:,} rows have; ingest more of them{groups}, or set another ingest.test_share"
            )


def hashes(rows: pd.DataFrame) -> np.ndarray:
    """Return a hash (n,) of every row's values; equal rows have equal hashes, wherever they stand.

    It is that of pandas over the values as text, missing ones as empty text; each different value is turned into
    text once.
    """
    mixed, factor = np.full(len(rows), 0x345678, np.uint64), 1000003
    for left, name in zip(range(rows.shape[1], 0, -1), rows.columns, strict=True):
        codes, levels = pd.factorize(rows[name])
        plain = levels if levels.dtype.kind in "biufO" else pd.Series(levels).astype(object)
        texts = np.array(["", *map(str, plain.tolist())], object)
        mixed = (mixed ^ pd.util.hash_array(texts, categorize=False)[codes + 1]) * np.uint64(factor)
        factor += 82520 + 2 * left
    return mixed + np.uint64(97531)


def _hashes(rows: Table | pd.DataFrame, columns: Sequence[str]) -> np.ndarray:
    frames = [rows[list(columns)]] if isinstance(rows, pd.DataFrame) else rows.batches(columns)
    return np.concatenate([hashes(frame) for frame in frames])


def _by_hash(rows: Table | pd.DataFrame, problem: Problem, share: float) -> np.ndarray:
    if problem.group:
        marks = _hashes(rows, [problem.group])
        _, group, sizes = np.unique(marks, return_inverse=True, return_counts=True)
        last = np.iinfo(marks.dtype).max
        marks = np.where(sizes[group] > len(rows) / 2, last, marks)
        mask = _smallest(marks, share, least=1)
        return _with_both(mask, marks, rows[problem.target or ""]) if problem.task == "binary" else mask
    marks = _hashes(rows, problem.identifiers or list(rows.columns))
    others = [name for name in rows.columns if name != problem.target]
    if not problem.identifiers and others and are_draws(marks, lambda: _hashes(rows, others)):
        marks = _numbered(marks)
    if not problem.is_classification:
        return _smallest(marks, share, least=1)
    mask = np.zeros(len(rows), bool)
    classes = rows[problem.target or ""].to_numpy(object)
    groups = problem.strata(classes)
    for one in pd.unique(groups):
        members = np.flatnonzero(groups == one)
        least = int(problem.task == "binary" and len(members) >= FEW)
        mask[members] = _smallest(marks[members], share, least)
    return mask if mask.any() else _smallest(marks, share, least=1)


def _with_both(mask: np.ndarray, marks: np.ndarray, target: pd.Series) -> np.ndarray:
    """Return the mask with one more group for a class that it lacks, where that class has another group, too."""
    for one in target.unique():
        members = (target == one).to_numpy(bool)
        if not (mask & members).any() and len(np.unique(marks[members])) > 1:
            mask = mask | (marks == marks[members].min())
    return mask


def are_draws(marks: np.ndarray, others: Callable[[], np.ndarray]) -> bool:
    """Whether rows are draws of few combinations, and no copies, given hashes of rows (n,), and of all but the target.

    They are where many rows equal another, and are alike with a third one in all but the target. To set all rows of a
    combination and one target aside would leave the same combination with the other target to learn from, and every
    model would look worse than chance. others is called only where many rows equal another.
    """
    twins = pd.Series(marks).duplicated(keep=False).to_numpy()
    if twins.sum() <= DRAWS * len(twins):
        return False
    targets = pd.Series(marks).groupby(others(), sort=False).transform("nunique").to_numpy()
    return bool((twins & (targets > 1)).mean() > DRAWS)


def _numbered(marks: np.ndarray) -> np.ndarray:
    """Return marks that tell equal rows apart, by which of them it is; the first one keeps its own.

    In any order of the rows as many are sealed, and few others when a table comes to hold more draws.
    """
    copies = pd.Series(marks).groupby(marks, sort=False).cumcount().to_numpy(np.uint64)
    return np.where(copies == 0, marks, pd.util.hash_array(marks ^ (copies * np.uint64(0x9E3779B97F4A7C15))))


def _smallest(marks: np.ndarray, share: float, least: int) -> np.ndarray:
    """Return a mask of the rows with the smallest marks: share of them, more where marks tie at the limit."""
    quota = max(round(share * len(marks)), least)
    if quota == 0:
        return np.zeros(len(marks), bool)
    limit = np.partition(marks, quota - 1)[quota - 1]
    mask = marks <= limit
    return mask if not mask.all() else marks < limit


def _latest(times: pd.Series, share: float) -> np.ndarray:
    if times.notna().sum() < 2 or times.nunique() < 2:
        raise BadInput(f"the column {times.name!r} holds one moment only, so no later rows can be set aside")
    limit = times.dropna().sort_values().iloc[int((1 - share) * times.notna().sum())]
    mask = (times >= limit).fillna(False).to_numpy(bool)
    return mask if not mask.all() else (times > limit).fillna(False).to_numpy(bool)
