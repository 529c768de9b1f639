"""The objective of each task as the evaluation keeps it: what it is, how it is served, and that in words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import f1_score, precision_recall_curve

from helpers.bundle import decided, shifted
from helpers.errors import BadInput, nearest
from helpers.model.objective import Objective, best_threshold, is_met, served, threshold_interval
from helpers.model.scoring import by_label, interval
from helpers.model.weights import quantile
from helpers.problem import Problem
from helpers.report.text import number, share

Array = np.ndarray


def binary_goal(
    y: Array,
    probability: Array,
    aim: Objective,
    required: bool,
    seed: int,
    weight: Array | None = None,
    groups: Array | None = None,
) -> dict[str, Any]:
    """Return threshold, its interval, how it serves, and whether sealed rows must keep it (a bound: always)."""
    threshold = best_threshold(y, probability, aim, weight)
    low, high = threshold_interval(y, probability, aim, seed, weight, groups=groups)
    given = served(y, probability, threshold, aim, weight)
    return {
        "text": str(aim),
        "objective": aim.as_dict(),
        "required": required or aim.reach is not None,
        "threshold": threshold,
        "low": low,
        "high": high,
        "served": given,
        "met": is_met(given, aim, float(np.average(y, weights=weight)))[0],
    }


def labels_goal(
    y: Array, predicted: Array, labels: Sequence[str], aim: Objective, required: bool
) -> dict[str, Any]:
    """Return for every label its threshold and how it serves, and the thresholds in the order of the labels.

    A label that all of these rows have, or none, tells nothing of its threshold, which is then one half.
    """
    each = {}
    for name, truth, p in zip(labels, y.T, predicted.T, strict=True):
        threshold = best_threshold(truth, p, aim) if truth.min() != truth.max() else 0.5
        given = served(truth, p, threshold, aim)
        met = is_met(given, aim, float(truth.mean()))[0]
        each[name] = {"threshold": threshold, "served": given, "met": met}
    about = {"text": str(aim), "objective": aim.as_dict(), "required": required or aim.reach is not None}
    return about | {"labels": each, "thresholds": [one["threshold"] for one in each.values()]}


def label_table(y: Array, predicted: Array, goal: dict[str, Any]) -> pd.DataFrame:
    """Return one row a label: share, ROC AUC, average precision, and how its threshold serves.

    f1 is that of the threshold; best_f1 is the highest there is on these rows, from the threshold f1_from on.
    """
    areas = {name: by_label(name, y, predicted) for name in ("roc_auc", "average_precision")}
    records = []
    for n, (label, given) in enumerate(goal["labels"].items()):
        acted = predicted[:, n] >= given["threshold"]
        served_f1 = f1_score(y[:, n], acted, zero_division=0.0)
        best, at = _best_f1(y[:, n], predicted[:, n])
        records.append(
            {"label": label, "share": y[:, n].mean()}
            | {name: area[n] for name, area in areas.items()}
            | {"threshold": given["threshold"], "predicted": acted.mean()}
            | {name: given["served"][name] for name in ("precision", "recall")}
            | {"f1": served_f1, "best_f1": best, "f1_from": at}
        )
    return pd.DataFrame(records).set_index("label")


def _best_f1(y: Array, probability: Array) -> tuple[float, float]:
    """Return the highest F1 over all thresholds, and the threshold; NaN where no row has the label."""
    if not y.any():
        return float("nan"), float("nan")
    precision, recall, thresholds = precision_recall_curve(y, probability)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    best = int(f1[:-1].argmax())
    return float(f1[best]), float(thresholds[best])


def classes_goal(
    y: Array,
    predicted: Array,
    classes: Sequence[str],
    costs: Sequence[str],
    required: bool = False,
    weight: Array | None = None,
) -> dict[str, Any]:
    """Return the costs, what they come to on these rows, and whether sealed rows must keep them low."""
    matrix = cost_matrix(classes, costs)
    if matrix is None and required:
        raise BadInput(
            "evaluate.require_objective needs costs of several classes; name them in evaluate.costs"
        )
    if matrix is None:
        return {}
    about = {"text": "a cost for every class taken for another", "costs": matrix.tolist()}
    return about | {"required": required} | costs_of_classes(y, predicted, matrix, weight)


def costs_of_classes(
    y: Array, predicted: Array, matrix: Any, weight: Array | None = None
) -> dict[str, float]:
    """Return the mean cost of the class of least expected cost, of the most probable one, and of always naming one."""
    rows, each = np.asarray(matrix, float)[y], np.arange(len(y))
    return {
        "cost": float(np.average(rows[each, decided(predicted, None, matrix)], weights=weight)),
        "cost_most_probable": float(np.average(rows[each, predicted.argmax(axis=1)], weights=weight)),
        "cost_one_class": float(np.average(rows, axis=0, weights=weight).min()),
    }


def named(predicted: Array, classes: Sequence[str], costs: Sequence[str]) -> Array:
    """Return the class (n,) that the packaged model will name, as a position, given probabilities (n, k)."""
    return decided(predicted, None, cost_matrix(classes, costs))


_ACTED, _NUMBERS = ("binary", "multilabel"), ("regression",)
# parameter: the tasks that it is for, and its value when nobody sets it
_PARAMETERS: dict[str, tuple[tuple[str, ...], Any]] = {
    "cost_missed": (_ACTED, 1.0),
    "cost_wasted": (_ACTED, 1.0),
    "gain_found": (_ACTED, 0.0),
    "capacity": (_ACTED, None),
    "bound": (_ACTED, None),
    "costs": (("multiclass",), []),
    "cost_under": (_NUMBERS, 1.0),
    "cost_over": (_NUMBERS, 1.0),
}
_MEANT_FOR = {
    _ACTED: "a class that is acted on",
    ("multiclass",): "several classes",
    _NUMBERS: "numbers",
}
_INSTEAD = {
    "binary": "cost_missed and cost_wasted",
    "multilabel": "cost_missed and cost_wasted",
    "multiclass": "costs",
    "regression": "cost_under and cost_over",
}


def must_suit(problem: Problem, **given: Any) -> None:
    """Raise BadInput when a parameter of the objective is set that is for another task.

    given: the parameters of evaluate that name an objective, by name.
    """
    for name, value in given.items():
        tasks, plain = _PARAMETERS[name]
        if value == plain:
            continue
        if problem.task not in tasks:
            raise BadInput(
                f"evaluate.{name} is for {_MEANT_FOR[tasks]}, and the task is {problem.task}; "
                f"leave it out, or set {_INSTEAD[problem.task]}"
            )
        if problem.quantile is not None:
            raise BadInput(
                f"evaluate.{name} is for a prediction of the mean, and ingest.quantile is {problem.quantile:g}; "
                "leave one of them out"
            )


def number_goal(
    y: Array,
    predicted: Array,
    problem: Problem,
    under: float,
    over: float,
    required: bool = False,
    weight: Array | None = None,
    groups: Array | None = None,
) -> dict[str, Any]:
    """Return the mean cost of the predictions, and where too little and too much differ the shift that costs least.

    required: whether sealed rows must cost less with that shift than without. Where a quantile is predicted, the share
    of rows at or below their prediction instead, with its interval (95 %).
    """
    if problem.quantile is not None:
        if required:
            raise BadInput(
                f"evaluate.require_objective is for costs, and ingest.quantile is {problem.quantile:g}; leave one out"
            )
        low, high = interval(y, predicted, share_below, weight=weight, groups=groups)
        below = share_below(y, predicted, weight)
        return {"quantile": problem.quantile, "below": below, "low": low, "high": high}
    goal = {
        "text": f"a cost of {under:g} a unit too little and {over:g} a unit too much",
        "required": required,
    }
    goal |= {"under": under, "over": over, "measure": problem.measure}
    goal |= {"cost": asymmetric_cost(y, predicted, under, over, weight)}
    if under == over:
        if required:
            raise BadInput(
                "evaluate.require_objective needs costs that differ; set evaluate.cost_under and evaluate.cost_over"
            )
        return goal
    goal |= {"shift": best_shift(y, predicted, under, over, weight)}
    return goal | costs_of_shift(y, predicted, goal, weight)


def costs_of_shift(
    y: Array, predicted: Array, goal: Mapping[str, Any], weight: Array | None = None
) -> dict[str, float]:
    """Return the shift of a goal of numbers, and the mean cost of the predictions without and with it."""
    moved = shifted(predicted, goal["shift"], goal["measure"])
    return {
        "shift": goal["shift"],
        "cost": asymmetric_cost(y, predicted, goal["under"], goal["over"], weight),
        "cost_shifted": asymmetric_cost(y, moved, goal["under"], goal["over"], weight),
    }


def share_below(y: Array, predicted: Array, weight: Array | None = None) -> float:
    """Return the share of rows whose value lies at or below the prediction; of a quantile q it should be q."""
    return float(np.average(y <= predicted, weights=weight))


def in_words(goal: dict[str, Any]) -> str:
    """Return what was found in a sentence or two of Markdown."""
    if "threshold" in goal:
        return _threshold_in_words(goal)
    if "labels" in goal:
        met = sum(one["met"] for one in goal["labels"].values())
        return (
            f"The objective is {goal['text']}, of each label by itself: each has a threshold of its own, from which on "
            f"it is predicted. It is met here for {met} of {len(goal['labels'])} labels."
        )
    if "below" in goal:
        return (
            f"**{share(goal['below'])}** of these rows lie at or below their prediction ({share(goal['low'])} to "
            f"{share(goal['high'])} with 95 % confidence); of the quantile {goal['quantile']:g} it should be "
            f"{share(goal['quantile'])}."
        )
    if "under" in goal:
        said = f"With {goal['text']}, a row costs {number(goal['cost'], 4)} on average"
        if "shift" not in goal:
            return f"{said}."
        return (
            f"{said}; with {number(goal['shift'], 4)} added to every prediction it costs "
            f"{number(goal['cost_shifted'], 4)}, on these rows, and so the packaged model adds it."
        )
    if goal:
        return (
            f"The model names the class of least expected cost. That costs {number(goal['cost'], 4)} a row; the most "
            f"probable class would cost {number(goal['cost_most_probable'], 4)}, always the same one at least "
            f"{number(goal['cost_one_class'], 4)}."
        )
    return "No costs are named, so every mistake counts the same and the most probable class is named."


def _threshold_in_words(goal: dict[str, Any]) -> str:
    given = goal["served"]
    plain = min(given["cost_never"], given["cost_always"])
    less = f", {share((plain - given['cost']) / plain)} less than the better of these" if plain > 0 else ""
    met = "is met here, on the rows that chose the threshold" if goal["met"] else "**is not met here**"
    return (
        f"The objective is {goal['text']}. Act from a probability of **{number(goal['threshold'])}** on "
        f"({number(goal['low'])} to {number(goal['high'])}): {share(given['acted'])} of the rows, with precision "
        f"{number(given['precision'])}, recall {number(given['recall'])} and accuracy {number(given['accuracy'])}. "
        f"A row then costs {number(given['cost'], 4)} on average; {number(given['cost_never'], 4)} if nobody acted, "
        f"{number(given['cost_always'], 4)} if one always did{less}. The objective {met}."
    )


def cost_matrix(classes: Sequence[str], costs: Sequence[str]) -> Array | None:
    """Return the cost (true, predicted) of several classes from texts such as "fox > dog = 5"; None when none is given.

    What is not named costs 1, being right nothing.
    """
    if not costs:
        return None
    matrix = 1.0 - np.eye(len(classes))
    for text in costs:
        parts = re.fullmatch(r"\s*(.+?)\s*>\s*(.+?)\s*=\s*([0-9.eE+-]+)\s*", text)
        if not parts:
            raise BadInput(f'evaluate.costs: {text!r} must have the form "true > predicted = cost"')
        for name in parts.groups()[:2]:
            if name not in classes:
                raise BadInput(f"evaluate.costs: there is no class {name!r}{nearest(name, classes)}")
        if parts[1] == parts[2]:
            raise BadInput(f"evaluate.costs: {text!r} is no mistake, and being right costs nothing")
        matrix[list(classes).index(parts[1]), list(classes).index(parts[2])] = _cost(parts[3], text)
    return matrix


def _cost(number: str, text: str) -> float:
    try:
        cost = float(number)
    except ValueError:
        raise BadInput(f"evaluate.costs: {number!r} in {text!r} is no number") from None
    if not 0 <= cost < np.inf:
        raise BadInput(f"evaluate.costs: the cost in {text!r} must be finite and not negative")
    return cost


def asymmetric_cost(
    y: Array, predicted: Array, under: float, over: float, weight: Array | None = None
) -> float:
    """Return the mean cost of predicting too little (`under` a unit) and too much (`over` a unit)."""
    if under <= 0 or over <= 0:
        raise BadInput("evaluate.cost_under and evaluate.cost_over must be above 0")
    costs = under * np.maximum(y - predicted, 0) + over * np.maximum(predicted - y, 0)
    return float(np.average(costs, weights=weight))


def best_shift(y: Array, predicted: Array, under: float, over: float, weight: Array | None = None) -> float:
    """Return what to add to every prediction for the least mean cost: a quantile of the errors (Koenker 1978)."""
    return quantile(y - predicted, under / (under + over), weight)
