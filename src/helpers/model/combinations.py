"""Whether trials answer better together than the best one alone, measured on rows that took no part in the choice.

Every way of combining is applied once a fold: it chooses members, weights or a final model by what trials said of the
other folds (out of fold), and is judged on this one. So is the best single trial, which it must beat.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.multiclass import OneVsRestClassifier

from helpers.model import train
from helpers.model.ensemble import HardVote, Stack, WeightedEnsemble, shares_of_votes
from helpers.model.fits import plain
from helpers.model.scoring import columns_of, drawing, groups_of, predictions, score
from helpers.model.selection import greedy_weights, mixture
from helpers.model.trial import Ground, fitted
from helpers.model.tune import Tuned
from helpers.model.weights import at
from helpers.model.weights import fitted as weighed
from helpers.report.text import share

SINGLE, VOTE, HARD, GREEDY, STACK, BAGS = (
    "best trial",
    "soft vote",
    "hard vote",
    "greedy selection",
    "stacking",
    "bagging",
)
MOST_TRIALS = 10  # from which the greedy selection takes, beside the best of each family
MOST_COLUMNS = 60  # of what a final model learns from
DRAWS = 100
WIDTH = 1.96  # standard errors of an interval of 95 %

Predicted = Mapping[int, np.ndarray]


@dataclass(frozen=True)
class Library:
    """What trials (by number) said out of fold, their scores by fold and families; the truth, and each row's fold."""

    predicted: Predicted
    scores: Mapping[int, np.ndarray]
    families: Mapping[int, str]
    y: np.ndarray
    fold: np.ndarray
    ground: Ground

    @property
    def weight(self) -> np.ndarray | None:
        """The weight of each row, where the problem has any."""
        return at(self.ground.weight, self.ground.judged)

    @property
    def groups(self) -> np.ndarray | None:
        """The group of each row, where the problem has any."""
        return at(groups_of(self.ground.problem, self.ground.rows), self.ground.judged)

    @property
    def folds(self) -> list[int]:
        """All folds."""
        return list(range(len(self.ground.parts)))

    def best(self, folds: Sequence[int]) -> list[int]:
        """Return the trials, best first, by their mean over some folds."""
        return sorted(self.scores, key=lambda n: (-float(np.nanmean(self.scores[n][list(folds)])), n))

    def best_of_families(self, folds: Sequence[int]) -> list[int]:
        """Return the best trial of each family by their mean over some folds, best first."""
        found: dict[str, int] = {}
        for n in self.best(folds):
            found.setdefault(self.families[n], n)
        return list(found.values())


@dataclass(frozen=True)
class Weighted:
    """The weighted mean of what trials say."""

    weights: dict[int, float]

    def says(self, predicted: Predicted) -> np.ndarray:
        """Return what it makes of the trials' answers."""
        return mixture(predicted, self.weights)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Voted:
    """The share of the trials that take a class."""

    members: list[int]

    @property
    def weights(self) -> dict[int, float]:
        """The members, each with one vote."""
        return _alike(self.members)

    def says(self, predicted: Predicted) -> np.ndarray:
        """Return what it makes of the trials' answers."""
        return shares_of_votes([predicted[n] for n in self.members])


@dataclass(frozen=True)
class Stacked:
    """A final model over what trials say; classes are the columns of probabilities that it learnt from, if any."""

    members: list[int]
    final: Any
    classes: list[int] | None

    @property
    def weights(self) -> dict[int, float]:
        """The members; the final model weighs them, so each counts the same here."""
        return _alike(self.members)

    def says(self, predicted: Predicted) -> np.ndarray:
        """Return what it makes of the trials' answers."""
        given = _side_by_side(predicted, self.members, self.classes)
        if self.classes is None:
            return self.final.predict(given)
        said = np.zeros_like(predicted[self.members[0]])
        said[:, self.final.classes_] = self.final.predict_proba(given)
        return said


Rule = Weighted | Voted | Stacked
Way = Callable[[Library, Sequence[int]], Rule]


@dataclass(frozen=True)
class Measured:
    """A combination: its rule from all folds, its nested score, and by how much it beats the best trial (95 %)."""

    name: str
    rule: Rule
    score: float
    gain: float = 0.0
    low: float = 0.0
    high: float = 0.0


@dataclass(frozen=True)
class Compared:
    """The best trial, the combinations, and the one that is kept: the best trial unless one is better for certain."""

    single: Measured
    others: list[Measured] = field(default_factory=list)

    @property
    def kept(self) -> Measured:
        """The combination of the largest gain whose interval lies above zero, else the best trial."""
        sure = [m for m in self.others if m.low > 0]
        return max(sure, key=lambda m: m.gain, default=self.single)

    @property
    def table(self) -> pd.DataFrame:
        """One row a combination."""
        records = [
            {
                "combination": m.name,
                "trials": ", ".join(map(str, m.rule.weights)),
                "nested score": m.score,
                "gain": m.gain,
                "interval": "" if m is self.single else f"{m.low:+.2g} to {m.high:+.2g}",
                "kept": "yes" if m is self.kept else "",
            }
            for m in (self.single, *self.others)
        ]
        return pd.DataFrame(records)


def best_trial(tuned: Tuned) -> Measured:
    """Return the best single trial, with the score that the search gave it."""
    return Measured(SINGLE, Weighted({tuned.best: 1.0}), tuned.complete[tuned.best].value or 0.0)


def compared(tuned: Tuned, bagging: bool = False, jobs: int = 2) -> Compared:
    """Return the combinations that these trials allow, measured; bagging takes folds x folds fits of its own."""
    library = library_of(tuned)
    several = len(set(library.families.values())) > 1
    able = {
        SINGLE: True,
        VOTE: several,
        HARD: len(set(library.families.values())) > 2 and _judges_classes(library),
        GREEDY: len(library.predicted) > 1,
        # The final model of a stack fits means, not quantiles or counts.
        STACK: several and _columns(library) <= MOST_COLUMNS and tuned.ground.problem.fitted_to == "mean",
    }
    ways = {name: WAYS[name] for name in WAYS if able[name]}
    said = {name: nested(way, library) for name, way in ways.items()}
    rules = {name: way(library, library.folds) for name, way in ways.items()}
    if bagging:
        said[BAGS], rules[BAGS] = bagged(library, tuned, jobs), rules[SINGLE]
    return _judged(said, rules, library)


def library_of(tuned: Tuned) -> Library:
    """Return what there is to combine: the best trials, and the best of each family."""
    ground = tuned.ground
    scores = {n: np.array(t.user_attrs["scores"]) for n, t in tuned.complete.items()}
    scores = {n: s for n, s in scores.items() if np.isfinite(s).any()} or {tuned.best: scores[tuned.best]}
    families = {n: tuned.drawn(n).family for n in scores}
    whole = Library({}, scores, families, ground.y[ground.judged], ground.fold, ground)
    kept = {*whole.best(whole.folds)[:MOST_TRIALS], *whole.best_of_families(whole.folds)}
    return Library(
        {n: tuned.predicted(n) for n in sorted(kept)},
        {n: s for n, s in scores.items() if n in kept},
        {n: f for n, f in families.items() if n in kept},
        whole.y,
        whole.fold,
        ground,
    )


def single(library: Library, folds: Sequence[int]) -> Rule:
    """Return the best trial, alone."""
    return Weighted({library.best(folds)[0]: 1.0})


def vote(library: Library, folds: Sequence[int]) -> Rule:
    """Return the mean of the best trial of each family."""
    return Weighted(_alike(library.best_of_families(folds)))


def hard_vote(library: Library, folds: Sequence[int]) -> Rule:
    """Return the vote of the best trial of each family: the class that most of them take."""
    return Voted(library.best_of_families(folds))


def greedy(library: Library, folds: Sequence[int]) -> Rule:
    """Return the weights that greedy selection with replacement finds (Caruana et al. 2004)."""
    rows = np.isin(library.fold, list(folds))
    predicted = {str(n): p[rows] for n, p in library.predicted.items()}
    weight = at(library.weight, rows)
    weights = greedy_weights(predicted, library.y[rows], library.ground.problem, steps=20, weight=weight)
    return Weighted({int(n): w for n, w in weights.items()})


def stack(library: Library, folds: Sequence[int]) -> Rule:
    """Return a logistic (or ridge) regression on what the best of each family said out of fold (Wolpert 1992)."""
    rows, members = np.isin(library.fold, list(folds)), library.best_of_families(folds)
    problem, classes = library.ground.problem, columns_of(library.ground.problem, library.ground.y)
    final: Any = Ridge() if classes is None else LogisticRegression(max_iter=2000)
    if problem.task == "multilabel":
        final = OneVsRestClassifier(final)
    given = _side_by_side({n: library.predicted[n][rows] for n in members}, members, classes)
    return Stacked(members, weighed(final, given, library.y[rows], at(library.weight, rows)), classes)


WAYS: dict[str, Way] = {SINGLE: single, VOTE: vote, HARD: hard_vote, GREEDY: greedy, STACK: stack}


def nested(way: Way, library: Library) -> np.ndarray:
    """Return what a way of combining says of each row, when it chooses by the other folds alone."""
    said = np.zeros_like(next(iter(library.predicted.values())))
    for fold in library.folds:
        here = library.fold == fold
        rule = way(library, [f for f in library.folds if f != fold])
        said[here] = rule.says({n: p[here] for n, p in library.predicted.items()})
    return said


def bagged(library: Library, tuned: Tuned, jobs: int = 2) -> np.ndarray:
    """Return what the mean of models of inner folds says: in every fold, the best trial by the others is bagged."""
    ground = library.ground
    todo: list[tuple[int, int, np.ndarray]] = []
    for fold, (learn, _) in enumerate(ground.parts):
        pick = library.best([f for f in library.folds if f != fold])[0]
        inner = train.folds(ground.rows.iloc[learn], ground.problem, len(ground.parts), ground.seed)
        todo += [(fold, pick, learn[some]) for some, _ in inner]

    def one(fold: int, pick: int, rows: np.ndarray) -> np.ndarray:
        model = fitted(ground, tuned.drawn(pick), rows)
        return predictions(model, ground.x.iloc[ground.parts[fold][1]], ground.problem)

    done = Parallel(n_jobs=jobs, backend="threading")(delayed(one)(*fit) for fit in todo)
    by_fold = [
        [said for (f, *_), said in zip(todo, done, strict=True) if f == fold] for fold in library.folds
    ]
    return np.concatenate([np.mean(said, axis=0) for said in by_fold])


def model_of(
    tuned: Tuned, chosen: Measured, rows: pd.DataFrame, jobs: int = 2
) -> tuple[Any, dict[str, Any], dict[str, Any]]:
    """Return the combination fitted on all rows, what it is in words, and all that it takes to build it again."""
    ground = Ground(tuned.ground.shortlist, rows, tuned.ground.problem, [], tuned.ground.seed)
    picked = {n: tuned.drawn(n) for n in chosen.rule.weights}
    parts = [(n, np.arange(len(rows))) for n in picked]
    if chosen.name == BAGS:
        folds = train.folds(rows, ground.problem, len(tuned.ground.parts), ground.seed)
        parts = [(n, learn) for n in picked for learn, _ in folds]
    models = Parallel(n_jobs=jobs, backend="threading")(
        delayed(fitted)(ground, picked[n], some) for n, some in parts
    )
    weights = [chosen.rule.weights[n] * len(picked) / len(parts) for n, _ in parts]
    model = models[0] if len(models) == 1 else _together(chosen.rule, models, weights, ground)
    members = [
        {"trial": n, "family": d.family, "options": dict(d.options), "parameters": dict(d.parameters)}
        | {"weight": chosen.rule.weights[n]}
        for n, d in picked.items()
    ]
    made = {"combination": chosen.name, "members": members, "rows": len(rows), "seed": ground.seed}
    return plain(model), _about(chosen, members), made


def _together(rule: Rule, models: list[Any], weights: list[float], ground: Ground) -> Any:
    classes = columns_of(ground.problem, ground.y)
    if isinstance(rule, Stacked):
        return Stack(models, rule.final, classes)
    if isinstance(rule, Voted):
        return HardVote(models, classes)
    return WeightedEnsemble(models, weights, classes)


def _about(chosen: Measured, members: list[dict[str, Any]]) -> dict[str, Any]:
    """Return {"family", "score"} for a reader."""
    if len(members) == 1:
        whole = f"{BAGS} of " if chosen.name == BAGS else ""
        return {"family": whole + members[0]["family"], "score": chosen.score}
    if chosen.name in (HARD, STACK):
        shares = [f"{m['family']} (trial {m['trial']})" for m in members]
    else:
        shares = [f"{share(m['weight'])} {m['family']} (trial {m['trial']})" for m in members]
    return {"family": f"{chosen.name}: {', '.join(shares)}", "score": chosen.score}


def _judged(said: Mapping[str, np.ndarray], rules: Mapping[str, Rule], library: Library) -> Compared:
    """Return every combination with its score, and its gain with an interval from rows drawn again (Efron 1979).

    Where rows are of groups, these are drawn whole.
    """
    draw, groups = np.random.default_rng(library.ground.seed), library.groups
    rows_of = [np.flatnonzero(library.fold == fold) for fold in library.folds]
    there = _scores(said, rows_of, library)
    draws = [(rows, drawing(len(rows), at(groups, rows))) for rows in rows_of]
    drawn = [_scores(said, [rows[one(draw)] for rows, one in draws], library) for _ in range(DRAWS)]
    found = []
    for name in said:
        gain = there[name] - there[SINGLE]
        gains = [d[name] - d[SINGLE] for d in drawn]
        error = float(np.nanstd(gains, ddof=1)) if np.isfinite(gains).sum() > 1 else float("inf")
        found.append(
            Measured(name, rules[name], there[name], gain, gain - WIDTH * error, gain + WIDTH * error)
        )
    return Compared(found[0], found[1:])


def _scores(
    said: Mapping[str, np.ndarray], rows_of: Sequence[np.ndarray], library: Library
) -> dict[str, float]:
    """Return the mean over the folds, as trials are judged."""
    problem, y, weight = library.ground.problem, library.y, library.weight
    return {
        name: float(np.nanmean([score(problem.measure, y[r], p[r], problem, at(weight, r)) for r in rows_of]))
        for name, p in said.items()
    }


def _alike(members: Sequence[int]) -> dict[int, float]:
    """Return the same weight for each."""
    return dict.fromkeys(members, 1 / len(members))


def _judges_classes(library: Library) -> bool:
    """Whether the measure looks at the class taken alone, not at probabilities: else a vote has nothing to win."""
    problem, said = library.ground.problem, next(iter(library.predicted.values()))
    if not problem.is_classification or problem.task == "multilabel":
        return False
    of_class = score(problem.measure, library.y, shares_of_votes([said]), problem)
    return bool(np.isclose(score(problem.measure, library.y, said, problem), of_class))


def _side_by_side(predicted: Predicted, members: Sequence[int], classes: list[int] | None) -> np.ndarray:
    """Return what the members say as columns, in the order of ensemble.Stack."""
    return np.hstack(
        [predicted[n][:, None] if classes is None else predicted[n][:, classes] for n in members]
    )


def _columns(library: Library) -> int:
    shape = next(iter(library.predicted.values())).shape
    return len(set(library.families.values())) * (shape[1] if len(shape) > 1 else 1)
