"""What is to be predicted: the target told from the values, the task from the target, each with its reason."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from helpers.data.table import Table
from helpers.errors import BadInput, nearest
from helpers.labels import names
from helpers.problem import COUNTS, HAMMING, PINBALL, TASKS, Problem

MEASURES = {
    "binary": "roc_auc",
    "multiclass": "neg_log_loss",
    "multilabel": "roc_auc",
    "regression": "neg_root_mean_squared_error",
}
POSITIVE = ("yes", "true", "1", "positive", "y", "t", "bad", "fraud", "churned", "default", "sick", "case")
ID_NAME = r"(?i)(^|_|\b|[a-z])(id|uuid|guid|key|nr|number|no|code|index|row)($|_|\b)"
FEW_LEVELS, MOST_CLASSES = 10, 200
SEVERAL = "ingest.task=multilabel"
RARE = 0.05  # share of a class below which a reader is told what that changes


def identifiers_of(rows: pd.DataFrame, types: Mapping[str, str], target: str | None) -> dict[str, str]:
    """Return the columns that name a row and say nothing about it, each with the reason.

    All values differ, and they are words without spaces, or counted integers, or integers named like a key.
    """
    found: dict[str, str] = {}
    for name, kind in types.items():
        if name == target or kind not in ("integer", "category", "text") or len(rows) < 20:
            continue
        values = rows[name]
        if values.isna().any() or not values.is_unique:
            continue
        if kind == "integer":
            counted = bool((values.diff().dropna() == 1).all())
            if counted or re.search(ID_NAME, name):
                found[name] = "counts the rows" if counted else "every value differs, and its name says key"
        elif not values.str.contains(" ", regex=False).any():
            found[name] = "every value differs"
    return found


def task_of(values: pd.Series, kind: str) -> str:
    """Return the task that the values of a target mean."""
    distinct = values.nunique()
    if distinct == 2:
        return "binary"
    if kind in ("category", "text", "boolean"):
        return "multiclass"
    whole = kind == "integer" or bool((values.dropna() % 1 == 0).all())
    return "multiclass" if whole and distinct <= FEW_LEVELS and distinct < len(values) / 10 else "regression"


def positive_of(classes: Sequence[str], counts: Mapping[str, int]) -> tuple[str, str]:
    """Return the positive one of two classes and why: the one named so, else the rarer."""
    for word in POSITIVE:
        for one in classes:
            if one.lower() == word:
                return one, f"it is called {one}"
    rarer = min(classes, key=lambda c: (counts[c], -list(classes).index(c)))
    return rarer, "it is the rarer class"


def above_label(rows: pd.DataFrame | Table, target: str, above: float) -> tuple[pd.Series, str]:
    """Return "yes" where the number is above the limit, "no" where not, None where missing; and its name."""
    if not pd.api.types.is_numeric_dtype(rows[target]):
        raise BadInput(f"ingest.above compares numbers, and {target!r} holds none")
    values = rows[target].astype("float64")
    label = pd.Series("no", index=values.index, dtype=object).where(values <= above, "yes")
    return label.where(values.notna(), None), f"{target} > {above:g}"


def target_as_text(values: pd.Series) -> pd.Series:
    """Return the classes of a target as text: 1.0 and 1 are "1", True is "true"; None where missing."""
    if pd.api.types.is_bool_dtype(values):
        texts = values.map(lambda v: None if pd.isna(v) else "true" if v else "false")
    elif pd.api.types.is_float_dtype(values):
        texts = values.map(lambda v: None if v != v else f"{v:.0f}" if v % 1 == 0 else repr(v))
    else:
        texts = values.astype(object).map(lambda v: None if pd.isna(v) else str(v))
    return texts.astype(object).where(values.notna(), None)


def problem_of(
    name: str, rows: pd.DataFrame, types: Mapping[str, str], target: str | None, **given: Any
) -> tuple[Problem, dict[str, str]]:
    """Return the problem and, for all that was inferred, the reason.

    given may hold task, positive, measure, identifiers, time, group, weight, quantile and above; what is None or
    empty is inferred.
    Rows are those with a target, classes as text already.
    """
    reasons: dict[str, str] = {}
    for field in ("time", "group", "weight", "identifiers"):
        named = given.get(field) or []
        for column in [named] if isinstance(named, str) else named:
            if column not in rows:
                raise BadInput(
                    f"ingest.{field} names {column!r}, no such column{nearest(column, list(rows.columns))}"
                )
            if column == target and field != "weight":
                raise BadInput(f"ingest.{field} names {column!r}, which is the target; name another column")
    if given.get("time") and types[given["time"]] not in ("date", "integer", "float"):
        other = "" if given.get("table") else " or 31/01/2024, all with the day or all with the month first"
        raise BadInput(
            f"ingest.time names {given['time']!r}, a {types[given['time']]}; time is a number or a date such as "
            f"2024-01-31 18:00{other}"
        )
    ids = list(given.get("identifiers") or [])
    if not ids:
        found = identifiers_of(rows, types, target)
        ids = list(found)
        reasons |= {f"identifier {k}": v for k, v in found.items()}
    task = given.get("task") or ("none" if target is None else "")
    if not task and target is not None:
        task = _inferred(rows[target], types[target], target, given, reasons)
    if task not in TASKS:
        raise BadInput(
            f"ingest.task must be one of {', '.join(TASKS)}, not {task!r}{nearest(str(task), TASKS)}"
        )
    if task == "multilabel":
        _must_be_plain(given)
    classes, positive = _classes(rows, target, task, given.get("positive"), reasons)
    measure = _measure(task, given.get("measure"), given.get("quantile"))
    if task not in ("regression", "none") and _of_numbers(measure):
        raise BadInput(f"ingest.measure {measure!r} judges numbers, and {target!r} has classes; name another")
    if measure == COUNTS and target is not None:
        _must_count(rows, target)
    elif task == "regression" and measure == MEASURES[task] and target is not None and _counts(rows[target]):
        reasons["counts"] = (
            f"{target} holds whole numbers from 0 on; with ingest.measure={COUNTS} models are fitted to counts"
        )
    if given.get("weight"):
        _must_weigh(rows, given["weight"], {target: "target"} | dict.fromkeys(ids, "identifier"))
    kept: dict[str, Any] = {k: given.get(k) or None for k in ("time", "group", "weight", "quantile", "above")}
    kept["table"] = given.get("table") or []
    return Problem(name, target, task, measure, classes, positive, ids, dict(types), **kept), reasons


def _inferred(
    values: pd.Series, kind: str, target: str, given: Mapping[str, Any], reasons: dict[str, str]
) -> str:
    """Return the task that target, measure and quantile mean; reasons get why, and what else may be meant."""
    is_number = kind in ("integer", "float")
    measure, quantile = given.get("measure"), given.get("quantile")
    if is_number and not given.get("positive") and asks_for_numbers(measure, quantile):
        of_quantile = f"a quantile is predicted of numbers, which {target} holds"
        reasons["task"] = f"{measure} judges numbers" if quantile is None else of_quantile
        return "regression"
    task = task_of(values, kind)
    reasons["task"] = f"{target} has {values.nunique():,} different values and is of the kind {kind}"
    if task == "multiclass" and is_number:
        reasons["task"] += "; to predict how much or how many, set ingest.task=regression"
    if task == "multiclass" and _several(values):
        reasons["several labels"] = f"cells of {target} hold | or ;; if these part labels, set {SEVERAL}"
    return task


def _classes(
    rows: pd.DataFrame, target: str | None, task: str, positive: str | None, reasons: dict[str, str]
) -> tuple[list[str], str | None]:
    if target is None or task == "none":
        return [], None
    known = rows[target].dropna()
    if known.empty:
        raise BadInput(f"every value of the target {target!r} is missing; name another --target")
    if known.nunique() < 2:
        raise BadInput(
            f"the target {target!r} has one value only, {str(known.iloc[0])!r}; name another --target"
        )
    if task == "regression":
        if not pd.api.types.is_numeric_dtype(rows[target]):
            raise BadInput(f"the target {target!r} is text, and a regression needs numbers")
        return [], None
    if task == "multilabel":
        labels = names(known.to_numpy(object))
        if len(labels) > MOST_CLASSES:
            raise BadInput(
                f"{target!r} has {len(labels):,} labels, and {MOST_CLASSES} is the most; name fewer"
            )
        return labels, None
    counts = {str(c): int(n) for c, n in target_as_text(rows[target]).value_counts().items()}
    classes = sorted(counts)
    if len(classes) > MOST_CLASSES or len(classes) > len(rows) / 2:
        raise BadInput(
            f"the target {target!r} has {len(classes):,} classes in {len(rows):,} rows; it is more like a name. "
            f"Name another --target{f', or set {SEVERAL}' if _several(known) else ''}"
        )
    if task == "multiclass":
        return classes, None
    if len(classes) != 2:
        raise BadInput(f"a binary target has two classes, and {target!r} has {len(classes)}; set ingest.task")
    if positive is None or positive == "":
        positive, reasons["positive"] = positive_of(classes, counts)
    rarest = min(counts.values()) / sum(counts.values())
    if rarest < RARE:
        reasons["rare cases"] = (
            f"one class is 1 in {round(1 / rarest):,} rows; none is re-weighted, so that probabilities stay true: "
            "evaluate.cost_missed and cost_wasted (or a bound) place the threshold"
        )
    if positive not in classes:
        raise BadInput(f"ingest.positive {positive!r} is no class of {target!r}; it has {', '.join(classes)}")
    return sorted(classes, key=lambda c: c == positive), positive


def _must_be_plain(given: Mapping[str, Any]) -> None:
    """Raise BadInput when something is given that several labels cannot have."""
    for name, why in (("positive", "of each label yes is"), ("weight", "their rows all count alike")):
        if given.get(name):
            raise BadInput(f"ingest.{name} is not for several labels ({why}); leave it out")


def _several(values: pd.Series) -> bool:
    """Whether cells look like lists of labels."""
    return bool(values.dropna().astype(str).str.contains("[|;]").mean() > 0.1)


def _must_weigh(rows: pd.DataFrame | Table, weight: str, others: Mapping[str | None, str]) -> None:
    """Raise BadInput unless a column can weigh rows: numbers that are there, finite, none negative, not all zero."""
    if weight in others:
        raise BadInput(f"ingest.weight names {weight!r}, which is the {others[weight]}; name another column")
    if not pd.api.types.is_numeric_dtype(rows[weight]) or pd.api.types.is_bool_dtype(rows[weight]):
        raise BadInput(f"ingest.weight names {weight!r}, which holds no numbers")
    values = rows[weight].to_numpy(float, na_value=float("nan"))
    odd = {
        "missing": values != values,
        "infinite": abs(values) == float("inf"),
        "negative": values < 0,
    }
    for what, there in odd.items():
        if there.any():
            raise BadInput(
                f"the weight {weight!r} is {what} in {int(there.sum()):,} of {len(values):,} rows; mend them at their "
                "source, or leave them out"
            )
    if not values.any():
        raise BadInput(f"the weight {weight!r} is zero in all rows, so none counts")


def _measure(task: str, named: str | None, quantile: float | None) -> str:
    """Return the measure: the one named, else that of the quantile or of the task."""
    if quantile is None:
        measure = named or MEASURES.get(task, "")
        _known_measure(measure)
        if measure == PINBALL:
            raise BadInput(f"the measure {PINBALL!r} needs a quantile: set ingest.quantile, such as 0.9")
        return measure
    if not 0 < quantile < 1:
        raise BadInput(f"ingest.quantile must lie above 0 and below 1, not {quantile:g}")
    if task != "regression":
        raise BadInput(f"ingest.quantile is for numbers, and the task is {task}; leave it out")
    if named not in (None, "", PINBALL):
        raise BadInput(f"a quantile is judged by {PINBALL!r}, not by {named!r}; leave ingest.measure out")
    return PINBALL


def asks_for_numbers(measure: str | None, quantile: float | None) -> bool:
    """Whether what is asked of the predictions says that they are numbers."""
    return quantile is not None or _of_numbers(measure)


def _of_numbers(measure: str | None) -> bool:
    """Whether a measure of scikit-learn judges predicted numbers."""
    from sklearn.metrics import get_scorer, get_scorer_names

    return measure in get_scorer_names() and "_regression" in get_scorer(measure)._score_func.__module__


def _counts(values: pd.Series) -> bool:
    """Whether numbers look like counts: whole, none negative, zeros among them, and small on the whole."""
    known = values.dropna().astype(float)
    whole = bool((known % 1 == 0).all()) and bool((known >= 0).all())
    return whole and bool((known == 0).any()) and float(known.median()) <= 20


def _must_count(rows: pd.DataFrame | Table, target: str) -> None:
    """Raise BadInput where a target cannot be a count."""
    negative = int((rows[target].dropna().astype(float) < 0).sum())
    if negative:
        raise BadInput(
            f"the target {target!r} is negative in {negative:,} of {len(rows):,} rows, and {COUNTS} judges counts; "
            "set another ingest.measure"
        )


def _known_measure(measure: str) -> None:
    from sklearn.metrics import get_scorer_names

    known = (*get_scorer_names(), PINBALL, HAMMING)
    if measure and measure not in known:
        raise BadInput(f"scikit-learn has no measure {measure!r}{nearest(measure, known)}")
