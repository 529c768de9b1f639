"""Suggest a recipe from the profile of a table: what to drop, what to take apart, each step with its reason."""

from __future__ import annotations

import numpy as np
import pandas as pd

from helpers.problem import Problem
from helpers.recipe import FittedRecipe, PlannedStep, Recipe
from helpers.recipe.columns import from_frame

MOSTLY_MISSING, LIKE_NAMES, MANY_LEVELS = 0.95, 0.9, 50
PARTS = ["year", "month", "day", "weekday", "hour"]


def suggest(rows: pd.DataFrame, attributes: pd.DataFrame, problem: Problem) -> Recipe:
    """Return the recipe that the profile of the rows (n, p) calls for; every step says why it is there."""
    features = raw_features(rows, problem)
    about = attributes.set_index("name").loc[features]
    doomed = _useless(about, len(rows)) | _twins(rows[features], about)
    steps = [PlannedStep("drop", [name], reason=reason) for name, reason in doomed.items()]
    left = about.drop(index=list(doomed))
    for name in left.index[left["kind"] == "date"]:
        parts = [p for p in PARTS if _varies(rows[name], p)] or PARTS[:1]
        steps.append(
            PlannedStep("date_parts", [name], {"parts": parts}, "a model cannot read a date as it is")
        )
    texts = list(left.index[left["kind"] == "text"])
    if texts:
        steps.append(
            PlannedStep("text_counts", texts, reason="free text is told by its length and its words")
        )
    many = left[(left["kind"] == "category") & (left["distinct"] > MANY_LEVELS)]
    if len(many):
        why = f"more than {MANY_LEVELS} levels; the rare ones are put together"
        steps.append(PlannedStep("group_rare", list(many.index), reason=why))
    return Recipe(steps)


def with_personal(recipe: Recipe, rows: pd.DataFrame, problem: Problem) -> Recipe:
    """Return the recipe after the steps that treat personal columns; on rows that were treated they change nothing."""
    features = raw_features(rows, problem)
    reason = "as ingest did with personal values, so that new rows are treated alike"
    first = [PlannedStep(**s, reason=reason) for s in problem.personal if s["columns"][0] in features]
    return Recipe([*first, *recipe.steps], recipe.uses)


def raw_features(rows: pd.DataFrame, problem: Problem) -> list[str]:
    """Return the columns that the recipe starts from: the features, and the time that some are told from."""
    features = set(problem.features(list(rows.columns)))
    return [c for c in rows.columns if c in features or c == problem.time]


def fitted(recipe: Recipe, rows: pd.DataFrame, problem: Problem, unfinished: bool = False) -> FittedRecipe:
    """Return the recipe as learnt from raw rows; `unfinished` says that more steps follow."""
    features = raw_features(rows, problem)
    kinds = {name: kind for name, kind in problem.types.items() if name in features}
    target = None if problem.target is None else rows[problem.target].to_numpy()
    return recipe.fit(from_frame(rows[features]), target, kinds=kinds, unfinished=unfinished)


def carried(problem: Problem) -> list[str]:
    """Return the columns that go along with the model input: target, identifiers, time and group."""
    names = [problem.target, *problem.identifiers, problem.time, problem.group]
    return list(dict.fromkeys(n for n in names if n is not None))


def later_steps(recipe: Recipe) -> Recipe:
    """Return the steps that wait for the split, since they learn or leave out training rows."""
    return Recipe(recipe.steps[len(recipe.unfitted().steps) :], recipe.uses)


def steps_table(recipe: Recipe) -> pd.DataFrame:
    """Return one row a step: its name, columns, and why it is there."""
    records = [
        {
            "step": s.step,
            "columns": s.columns if isinstance(s.columns, str) else ", ".join(s.columns),
            "why": s.reason,
        }
        for s in recipe.steps
    ]
    return pd.DataFrame(records, columns=["step", "columns", "why"])


def outliers(rows: pd.DataFrame) -> pd.DataFrame:
    """Return, for every numeric column, the share of values outside by two rules, most by the first.

    fences    1.5 interquartile ranges beyond the quartiles (Tukey 1977)
    robust z  modified z-score above 3.5 (Iglewicz and Hoaglin 1993)
    """
    numbers = rows.select_dtypes("number").astype("float64")
    records = {}
    for name, values in numbers.items():
        present = values.dropna().to_numpy()
        if len(np.unique(present)) > 2:
            records[name] = {"fences": _by_fences(present), "robust z": _by_z(present)}
    table = pd.DataFrame.from_dict(records, orient="index", columns=["fences", "robust z"])
    return table.sort_values("fences", ascending=False, kind="stable").rename_axis("column")


def missing_table(attributes: pd.DataFrame) -> pd.DataFrame:
    """Return the columns with missing values and their share, most first."""
    some = attributes[attributes["missing"] > 0].set_index("name")[["missing", "missing_ratio"]]
    return some.sort_values("missing", ascending=False, kind="stable")


def _useless(about: pd.DataFrame, rows: int) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, column in about.iterrows():
        distinct, missing = column["distinct"], column["missing_ratio"]
        if missing == 1:
            found[str(name)] = "every value is missing"
        elif distinct <= 1 and missing == 0:
            found[str(name)] = "the same value in every row"
        elif missing > MOSTLY_MISSING:
            found[str(name)] = f"{missing:.0%} of the values are missing"
        elif column["kind"] == "structured":
            found[str(name)] = "structured values need a step of your own"
        elif column["kind"] == "category" and distinct > LIKE_NAMES * rows * (1 - missing) and rows >= 20:
            found[str(name)] = "nearly every value differs, so it names a row"
    return found


def _twins(features: pd.DataFrame, about: pd.DataFrame) -> dict[str, str]:
    """Return columns whose values are those of an earlier column in every row."""
    found: dict[str, str] = {}
    seen: dict[tuple, str] = {}
    for name in features.columns:
        values = features[name]
        key = (
            about.at[name, "kind"],
            pd.util.hash_pandas_object(values.astype(str), index=False).to_numpy().tobytes(),
        )
        if key in seen:
            found[name] = f"the same as {seen[key]} in every row"
        else:
            seen[key] = name
    return found


def _varies(dates: pd.Series, part: str) -> bool:
    return dates.dropna().dt.__getattribute__(part).nunique() > 1


def _by_fences(values: np.ndarray) -> float:
    low, high = np.quantile(values, [0.25, 0.75])
    reach = 1.5 * (high - low)
    return float(((values < low - reach) | (values > high + reach)).mean())


def _by_z(values: np.ndarray) -> float:
    middle = np.median(values)
    spread = np.median(np.abs(values - middle))
    return float((0.6745 * np.abs(values - middle) > 3.5 * spread).mean()) if spread > 0 else float("nan")
