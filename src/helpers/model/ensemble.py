"""Models made of fitted models: a weighted mean, a vote, or a final model over what they say; all are exported."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.multiclass import OneVsRestClassifier

from helpers.model.calibration import Recalibrated


class _Ensemble(BaseEstimator):
    """What both have in common: fitted members, and the classes in the order of their answer (None: numbers)."""

    members: list[Any]
    classes: Any

    @property
    def classes_(self) -> np.ndarray:
        """The classes, as a classifier of scikit-learn has them."""
        if self.classes is None:
            raise AttributeError("an ensemble of numbers has no classes")
        return np.asarray(self.classes)

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def said(self, x: Any) -> list[np.ndarray]:
        """Return what each member says: probabilities (n, k), zero for classes it never saw, or numbers (n, 1)."""
        answers: list[np.ndarray] = []
        shared: dict[int, np.ndarray] = {}
        for member in self.members:
            model, matrix = _prepared(member, x, shared)
            if self.classes is None:
                answers.append(np.asarray(model.predict(matrix), float).reshape(-1, 1))
                continue
            aligned = np.zeros((len(x), len(self.classes_)))
            aligned[:, np.searchsorted(self.classes_, model.classes_)] = model.predict_proba(matrix)
            answers.append(aligned)
        return answers

    def predict_proba(self, x: Any) -> np.ndarray:
        """Return probabilities (n, k)."""
        return self._combined(x)

    def predict(self, x: Any) -> np.ndarray:
        """Return the most probable class (n,), numbers (n,), or which labels are likelier than not (n, labels)."""
        answer = self._combined(x)
        if is_of_labels(self):
            return (answer >= 0.5).astype(int)
        return answer[:, 0] if self.classes is None else self.classes_[answer.argmax(axis=1)]

    def _combined(self, x: Any) -> np.ndarray:
        raise NotImplementedError


class WeightedEnsemble(_Ensemble):
    """The weighted mean of fitted models.

    members  fitted pipelines or ensembles
    weights  one a member, not negative; they sum to one
    classes  all classes in rising order, None for numbers
    """

    def __init__(self, members: list[Any], weights: list[float], classes: Any = None) -> None:
        self.members, self.weights, self.classes = members, weights, classes

    def _combined(self, x: Any) -> np.ndarray:
        return sum(w * said for w, said in zip(self.weights, self.said(x), strict=True))  # type: ignore[return-value]


class HardVote(_Ensemble):
    """The class that most of the fitted models take, as scikit-learn's VotingClassifier(voting="hard").

    members  fitted pipelines or ensembles; the share of their votes stands for the probability
    classes  all classes in rising order
    """

    def __init__(self, members: list[Any], classes: Any) -> None:
        self.members, self.classes = members, classes

    def _combined(self, x: Any) -> np.ndarray:
        return shares_of_votes(self.said(x))


def shares_of_votes(said: list[np.ndarray]) -> np.ndarray:
    """Return for each row the share of answers (n, k) in which a class is most probable, of equal ones the first."""
    each = np.eye(said[0].shape[1])
    return np.sum([each[answer.argmax(axis=1)] for answer in said], axis=0) / len(said)


class Stack(_Ensemble):
    """A fitted final model over what fitted models say, side by side (Wolpert 1992).

    members  fitted pipelines or ensembles
    final    fitted on cross-fitted answers of such members
    classes  all classes in rising order, None for numbers
    """

    def __init__(self, members: list[Any], final: Any, classes: Any = None) -> None:
        self.members, self.final, self.classes = members, final, classes

    def _combined(self, x: Any) -> np.ndarray:
        features = np.hstack(self.said(x))
        if self.classes is None:
            return np.asarray(self.final.predict(features), float).reshape(-1, 1)
        return self.final.predict_proba(features)


def _prepared(member: Any, x: Any, shared: dict[int, np.ndarray]) -> tuple[Any, Any]:
    """Return a member's model and its input; members that share fitted features share what these make of x."""
    steps = getattr(member, "named_steps", {})
    if list(steps) != ["features", "model"]:
        return member, x
    features = steps["features"]
    if id(features) not in shared:
        shared[id(features)] = features.transform(x)
    return steps["model"], shared[id(features)]


def is_of_labels(model: Any) -> bool:
    """Whether a model answers with several labels, each with a probability of its own."""
    inner = _estimator(model)
    return isinstance(inner, OneVsRestClassifier) or (
        isinstance(inner, _Ensemble) and is_of_labels(inner.members[0])
    )


def _estimator(model: Any) -> Any:
    """Return the model of a pipeline, or what is none as it is."""
    return getattr(model, "named_steps", {}).get("model", model)


def name_of(model: Any) -> str:
    """Return what a model is, for a reader: the class of its estimator, or of an ensemble with its members counted."""
    if isinstance(model, Recalibrated):
        return f"{name_of(model.model)}, recalibrated"
    if isinstance(model, _Ensemble):
        kinds: dict[str, int] = {}
        for member in model.members:
            kinds[name_of(member)] = kinds.get(name_of(member), 0) + 1
        inner = ", ".join(f"{count} × {kind}" if count > 1 else kind for kind, count in kinds.items())
        return f"{type(model).__name__} of {inner}"
    inner = _estimator(model)
    if isinstance(inner, OneVsRestClassifier):
        return f"{type(inner.estimator).__name__}, one a label"
    return type(inner).__name__
