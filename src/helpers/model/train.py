"""Rows and folds to compare families on, what came out by family, and the few that are worth tuning."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.model_selection import GroupKFold, KFold, StratifiedKFold, train_test_split

from helpers.errors import BadInput
from helpers.folds import Fold, by_time, most_by_class
from helpers.model.scoring import measures, target
from helpers.model.weights import at, sample_weight
from helpers.problem import Problem
from helpers.report.text import number


@dataclass(frozen=True)
class Result:
    """What cross-validation says of one family.

    scores     the problem's measure by fold (k,)
    predicted  out-of-fold predictions, (n, classes) or (n,); NaN where no fold judged the row
    seconds    to fit and to predict, mean of the folds
    bytes      of a fitted model when it is pickled, mean of the folds
    trouble    why there is no result, in one line; empty when there is one
    """

    family: str
    scores: np.ndarray
    predicted: np.ndarray
    seconds: tuple[float, float] = (0.0, 0.0)
    trouble: str = ""
    bytes: float = 0.0


def at_most(rows: pd.DataFrame, problem: Problem, most: int, seed: int) -> pd.DataFrame:
    """Return the rows, or a sample of them: the latest by time, else at random and stratified by class."""
    if problem.target is None:
        raise BadInput(
            "no target is named, so there is nothing to train on; add --target COLUMN (the page of ingest ranks them)"
        )
    if most < 2:
        raise BadInput(f"rows_at_most and fit_at_most must be 2 rows at least, not {most}")
    if len(rows) <= most:
        return rows
    if problem.time:
        return rows.sort_values(problem.time, kind="stable", na_position="first").iloc[-most:]
    classes = problem.strata(rows[problem.target].to_numpy(object)) if problem.is_classification else None
    if classes is not None and not can_be_halved(classes, most):
        classes = None
    kept, _ = train_test_split(rows.index, train_size=most, stratify=classes, random_state=seed)
    return rows.loc[np.sort(kept)]


def can_be_halved(classes: np.ndarray, count: int) -> bool:
    """Whether rows of classes (n,) can be dealt into so many and the others, with some of each class in both."""
    sizes = np.unique(classes, return_counts=True)[1]
    return sizes.min() >= 2 and len(sizes) <= min(count, len(classes) - count)


def folds(rows: pd.DataFrame, problem: Problem, count: int, seed: int) -> list[Fold]:
    """Return the folds as positions: by time, by group, by class or by chance, as the problem asks.

    By time each fold learns from all rows before those that it judges, and the newest fold comes first; with groups as
    well, it judges rows of new groups only. There may be fewer than count (`fewer` says why): no more than there are
    groups, or rows of the class that allows the fewest, none with hardly any rows to learn from, with none to judge, or
    in which the rows to learn from are all of one class. BadInput where less than two are left.
    """
    if count < 2:
        raise BadInput(f"cross-validation needs 2 folds at least, not {count}")
    if len(rows) < 2 * count:
        raise BadInput(
            f"{len(rows)} training rows are too few for {count} folds; take fewer folds or more rows"
        )
    dealt = _dealt(rows, problem, _possible(rows, problem, count), seed)
    if len(dealt) < 2:
        raise BadInput(
            f"in {count - len(dealt)} of {count} folds that go by {problem.time!r} there are {_lacking(problem)}, "
            f"and 2 others are needed; {_instead(problem)}"
        )
    if problem.task not in ("binary", "multiclass"):
        return dealt
    y = pd.factorize(rows[problem.target].astype(str))[0]
    teach = [(learn, judge) for learn, judge in dealt if np.ptp(y[learn])]
    if len(teach) < 2:
        by = next((f" that go by {c!r}" for c in (problem.time, problem.group) if c), "")
        raise BadInput(
            f"in {len(dealt) - len(teach)} of {len(dealt)} folds{by} the rows to learn from are all of one class of "
            f"{problem.target!r}, and 2 others are needed; take more folds, or rows in which the classes are mixed"
        )
    return teach


def fewer(rows: pd.DataFrame, problem: Problem, count: int, parts: Sequence[Fold]) -> str:
    """Return why there are fewer folds than asked for, in sentences, each after a blank; empty when there are not."""
    possible, told = _possible(rows, problem, count), []
    if possible < count:
        rows_of = "rows of the rarest class" if problem.task == "binary" else "rows of any class"
        units = "groups" if problem.group else rows_of
        told.append(f"There are only {possible} {units} for the {count} folds that were asked for.")
    dealt = len(by_time(rows, problem, possible)) if problem.time else possible
    for left, why in (
        (possible - dealt, f"there are {_lacking(problem)}"),
        (dealt - len(parts), "the rows to learn from are all of one class there"),
    ):
        if left:
            told.append(f"Left out for all families: {left} of {possible} folds, since {why}.")
    return "".join(f" {sentence}" for sentence in told)


def _lacking(problem: Problem) -> str:
    """Return what a fold that goes by time may lack."""
    return f"hardly any earlier rows{', or no later ones of new groups' if problem.group else ''}"


def _instead(problem: Problem) -> str:
    """Return what to do where too few folds that go by time can be made."""
    if problem.group:
        return "ingest rows of more moments or groups, or leave ingest.group out to predict known groups"
    return "ingest rows of more moments, or take more folds"


def _possible(rows: pd.DataFrame, problem: Problem, count: int) -> int:
    """Return how many folds of those asked for the groups, or the classes, allow; BadInput for one group."""
    if problem.group and not problem.time:
        groups = rows[problem.group].astype(str).nunique()
        if groups < 2:
            raise BadInput(
                f"the {len(rows):,} rows to learn from are of {groups} group of {problem.group!r}, and folds that "
                "keep groups together need 2 at least; ingest rows of more groups, or set another ingest.group"
            )
        return min(count, groups)
    strata = _strata(rows, problem)
    return count if strata is None else min(count, most_by_class(strata, problem))


def _dealt(rows: pd.DataFrame, problem: Problem, count: int, seed: int) -> list[Fold]:
    if problem.time:
        return by_time(rows, problem, count)[::-1]
    if problem.group:
        groups = rows[problem.group].astype(str)
        return list(GroupKFold(count, shuffle=True, random_state=seed).split(rows, groups=groups))
    strata = _strata(rows, problem)
    kind = KFold if strata is None else StratifiedKFold
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of classes with fewer rows than folds
        return list(kind(count, shuffle=True, random_state=seed).split(rows, strata))


def _strata(rows: pd.DataFrame, problem: Problem) -> np.ndarray | None:
    """Return the number of each row's class (n,) by which it is dealt out; None where the classes do not allow it."""
    if problem.time or not problem.is_classification:
        return None
    strata = pd.factorize(problem.strata(rows[problem.target].astype(str).to_numpy(object)))[0]
    return strata if most_by_class(strata, problem) >= 2 else None


def repeated(rows: pd.DataFrame, problem: Problem, parts: Sequence[Fold]) -> int:
    """Return how many rows a fold judges that stand, value by value, among its training rows as well."""
    columns = [*problem.features(list(rows.columns)), str(problem.target)]
    keys = pd.util.hash_pandas_object(rows[columns], index=False).to_numpy()
    found = np.zeros(len(rows), bool)
    for learn, judge in parts:
        found[judge] |= np.isin(keys[judge], keys[learn])
    return int(found.sum())


def leaderboard(results: Sequence[Result], rows: pd.DataFrame, problem: Problem) -> pd.DataFrame:
    """Return one row a family, best first: mean and standard deviation by fold, and how sure the gap to the best is.

    behind    mean difference to the best by fold
    p_value   corrected resampled t-test of that difference (Nadeau and Bengio 2003)
    """
    y, weight = target(problem, rows), sample_weight(problem, rows)
    good = [r for r in results if not r.trouble]
    if not good:
        raise BadInput(f"no family could be trained; the first says: {results[0].trouble}")
    best = max(good, key=lambda r: float(r.scores.mean()))
    records = []
    for r in good:
        judged = ~np.isnan(r.predicted if r.predicted.ndim == 1 else r.predicted[:, 0])
        others = measures(y[judged], r.predicted[judged], problem, at(weight, judged))
        records.append(
            {
                "family": r.family,
                "mean": r.scores.mean(),
                "std": r.scores.std(ddof=1) if len(r.scores) > 1 else float("nan"),
                "behind": (best.scores - r.scores).mean(),
                "p_value": _p_value(best.scores - r.scores),
                **{f"{n} (all folds)": v for n, v in others.items() if n != problem.measure},
                **{f"fold {n}": s for n, s in enumerate(r.scores, 1)},
            }
        )
    return pd.DataFrame(records).sort_values("mean", ascending=False, kind="stable", ignore_index=True)


def costs(results: Sequence[Result], board: pd.DataFrame) -> pd.DataFrame:
    """Return family, mean, std, seconds to fit and to predict and bytes of a model, in the order of the leaderboard."""
    known = {r.family: r for r in results}
    table = board[["family", "mean", "std"]].copy()
    table["fit"], table["predict"] = ([known[f].seconds[n] for f in table["family"]] for n in (0, 1))
    return table.assign(size=[known[f].bytes for f in table["family"]])


def near(board: pd.DataFrame) -> list[str]:
    """Return the families that are as good as the best: no surer gap than chance makes, none wider than its folds are.

    A p-value above 0.05 alone would also take families of which the folds are too few to tell anything.
    """
    spread = float(board["std"].iloc[0])
    as_good = (board["p_value"] > 0.05) & ((board["behind"] <= spread) | ~np.isfinite(spread))
    return [f for f in board.loc[as_good, "family"] if f != "dummy" or f == board.at[0, "family"]]


def good(board: pd.DataFrame, shortlist: Sequence[dict]) -> list[str]:
    """Return the families on the shortlist, and those that are as good as the best."""
    taken = {*near(board), *(s["family"] for s in shortlist)} - {"dummy"}
    return [f for f in board["family"] if f in taken]


def error_correlation(results: Sequence[Result], rows: pd.DataFrame, problem: Problem) -> pd.DataFrame:
    """Return the correlation of the errors of every two families (f, f): 1 where they err on the same rows."""
    y = target(problem, rows)
    errors = {}
    for r in results:
        if r.trouble or r.family == "dummy":
            continue
        if problem.is_classification and y.ndim == 1:
            errors[r.family] = 1.0 - r.predicted[np.arange(len(y)), y]
        else:
            errors[r.family] = (y - r.predicted).ravel()
    return pd.DataFrame(errors).dropna().corr()


def shortlist(
    board: pd.DataFrame, errors: pd.DataFrame, count: int = 4, inexact: Sequence[str] = ()
) -> list[dict]:
    """Return the families worth tuning: the best, then those near it that err differently; inexact ones never.

    Each next one has the highest mean less 0.5 standard deviations of the best for a correlation of errors of 1.
    """
    if count < 1:
        raise BadInput(f"train.shortlist_size must be 1 family at least, not {count}")
    able = board[~board["family"].isin(["dummy", *inexact])].set_index("family")
    if able.empty:
        there = [f for f in board["family"] if f != "dummy"]
        why = f"of the families that were trained ({', '.join(there)}) none can be exported exactly"
        why = why if there else "no family but the dummy could be trained"
        raise BadInput(f"{why}, so there is nothing to tune; name others in train.families")
    spread = max(float(able["std"].iloc[0]), 1e-12)
    means, behind = (able[column].astype(float).to_dict() for column in ("mean", "behind"))
    chosen = [able.index[0]]
    told = [{"family": chosen[0], "score": float(able["mean"].iloc[0]), "reason": "the best mean of all"}]
    while len(chosen) < min(count, len(able)):
        left = [f for f in able.index if f not in chosen]
        like = {f: float(errors.loc[f, chosen].max()) if f in errors else 1.0 for f in left}
        pick = max(left, key=lambda f: means[f] - 0.5 * spread * like[f])
        reason = f"{number(behind[pick])} behind the best; errors correlate {like[pick]:.2f} with those above"
        told.append({"family": pick, "score": means[pick], "reason": reason})
        chosen.append(pick)
    return told


def _p_value(differences: np.ndarray) -> float:
    from scipy import stats

    k = len(differences)
    spread = differences.var(ddof=1) if k > 1 else 0.0
    if spread == 0:
        return 1.0
    t = differences.mean() / np.sqrt(spread * (1 / k + 1 / (k - 1)))  # test rows: training rows = 1 : k - 1
    return float(2 * stats.t.sf(abs(t), k - 1))
