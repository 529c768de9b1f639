"""Suggest a recipe from profile and checks of a table and a look at its values: every step comes with its reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import get_args

import numpy as np
import pandas as pd

from helpers.data.messy import fields, placeholders, reading, spellings
from helpers.data.rows import Rows
from helpers.data.wrangle import raw_features
from helpers.problem import Problem
from helpers.recipe import PlannedStep, Recipe
from helpers.recipe.columns import DATE, PLACEHOLDERS, from_frame
from helpers.recipe.steps.dates import Part, date_parts
from helpers.recipe.steps.text import Measure
from helpers.report.text import share

COUNTS = get_args(Measure)
ANSWERED = ("code", "placeholder", "spelling")  # ends of the names of checks of a column that a step answers
Found = Mapping[str, list[str]]  # one of ANSWERED -> the different values that it found
MOSTLY_MISSING, LIKE_NAMES, FEW, FEWEST = 0.95, 0.9, 20, 10
MANY_TEXTS = 50  # different texts above which their words are looked at
MOST_LEVELS = 10_000  # that models can keep, each in every fold
NEARLY_CONSTANT = 0.999
PARTS: list[Part] = ["year", "month", "day", "weekday", "hour", "day_of_year", "days"]
CODES = (-99999, -9999, -999, -99, 999, 9999, 99999, 999999)


def suggest(
    rows: pd.DataFrame,
    attributes: pd.DataFrame,
    problem: Problem,
    table: Rows | None = None,
    findings: pd.DataFrame | None = None,
) -> Recipe:
    """Return the recipe that a table calls for.

    rows        the table, or a sample of it (n, p)
    attributes  the profile of all of its rows
    table       the whole table where rows are a sample: what a sample can only suspect is looked up there
    findings    what the checks found in all rows; equal rows are left, since they may be draws and no copies
    """
    features = raw_features(rows, problem)
    about = attributes.set_index("name").loc[features]
    doomed = _useless(about) | _twins(rows[features], about, table)
    steps = [PlannedStep("drop", [name], reason=reason) for name, reason in doomed.items()]
    left = about.drop(index=list(doomed))
    wrong: dict[str, list[str]] = {}
    if findings is not None:
        by_check = findings.dropna(subset="value").groupby("check")["value"]
        wrong = {str(check): list(values.unique()) for check, values in by_check}
    for name, column in left.iterrows():
        found = {what: wrong.get(f"{name} {what}", []) for what in ANSWERED}
        steps += _of_column(str(name), column, rows[name], set(features), found)
    read = {c for s in steps if s.step != "to_missing" for c in s.columns}
    texts = [
        name
        for name in left.index[(left["kind"] == "text") & (left["distinct"] > MANY_TEXTS)]
        if name not in read
    ]
    return Recipe(steps + (_of_free_texts(texts, set(features)) if texts else []))


def _of_free_texts(names: list[str], taken: set[str]) -> list[PlannedStep]:
    counts = [c for c in COUNTS if not taken & {f"{n}_{c}" for n in names}]
    marks = {"pattern": r"[^\w\s]+", "into": " "}
    why = "length, digits, capitals and marks of a text tell something"
    given = {"counts": counts, "keep": True}
    return [
        *([PlannedStep("text_counts", names, given, why)] if counts else []),
        PlannedStep("replace_text", names, marks, "a word is the same before a comma; models count words"),
        PlannedStep("tidy_text", names, reason="a word is the same at the start of a sentence"),
    ]


def _of_column(
    name: str, about: pd.Series, values: pd.Series, taken: set[str], found: Found
) -> Iterator[PlannedStep]:
    kind = about["kind"]
    if kind == "date":
        yield _date_parts(name, values, taken)
    elif kind in ("integer", "float"):
        yield from _of_numbers(name, about, values, found)
    elif kind == "structured":
        yield from _of_structures(name, values, taken)
    elif kind in ("category", "text"):
        yield from _of_texts(name, about, values, taken, found)


def _of_structures(name: str, values: pd.Series, taken: set[str]) -> Iterator[PlannedStep]:
    found = {field: path for field, path in fields(values).items() if f"{name}_{field}" not in taken}
    if not found:
        yield PlannedStep(
            "drop", [name], reason="structured values without fields in common need a step of your own"
        )
        return
    read = PlannedStep("parse_json", [name], {"fields": found}, "the fields that most of its values have")
    yield read
    for made, texts in _made(read, values).items():
        present = [t for t in texts if t]
        if present and np.isfinite(pd.to_numeric(pd.Series(present), errors="coerce")).all():
            yield PlannedStep("parse_number", [made], reason="a field that holds numbers")


def _of_texts(
    name: str, about: pd.Series, values: pd.Series, taken: set[str], found: Found
) -> Iterator[PlannedStep]:
    read = reading(name, values)
    if read:
        yield read
        if read.step == "parse_date":
            yield _date_parts(name, pd.Series(_made(read, values)[name]), taken)
        return
    if about["kind"] == "text":
        yield from _gaps(name, [], found["placeholder"])
        return
    present = about["records"] - about["missing"]
    if about["distinct"] > LIKE_NAMES * present and about["records"] >= FEW:
        yield PlannedStep("drop", [name], reason="nearly every value differs, so it names a row")
        return
    yield from _gaps(name, placeholders(values), found["placeholder"])
    twice = spellings(values)
    if twice:
        yield PlannedStep("tidy_text", [name], reason=f"{twice} level(s) differ in case or blanks alone")
    elif found["spelling"]:
        why = f"the checks found {found['spelling'][0]!r}, which differs from another level in case or blanks alone"
        yield PlannedStep("tidy_text", [name], reason=why)
    if about["distinct"] - twice > MOST_LEVELS:
        why = (
            f"{about['distinct']:,.0f} levels are too many to learn: how frequent one is says something, too"
        )
        yield PlannedStep("frequency", [name], reason=why)


def _gaps(name: str, seen: list[str], told: list[str]) -> Iterator[PlannedStep]:
    """Yield what makes placeholders missing: those that were seen, and others that the checks found in further rows."""
    if seen:
        shown = ", ".join(map(repr, seen[:3]))
        yield PlannedStep("to_missing", [name], {"codes": seen}, f"{shown} stands for a missing value")
    known = {text.strip().casefold() for text in seen}
    more = sorted({text.strip().casefold() for text in told} & set(PLACEHOLDERS) - known)
    if more:
        why = f"the checks found {more[0]!r}, which stands for a missing value"
        yield PlannedStep("to_missing", [name], {"codes": more}, why)


def _of_numbers(name: str, about: pd.Series, values: pd.Series, found: Found) -> Iterator[PlannedStep]:
    of_a_day = about["kind"] == "integer" and about["min"] >= 0 and about["max"] <= 2400
    if of_a_day and _are_clock_times(values):
        why = "its last two digits stay below 60: clock times, of which 1259 and 1300 are a minute apart"
        yield PlannedStep("clock_minutes", [name], reason=why)
        return
    spread = about["q95"] - about["q05"]
    codes = [
        c
        for c in CODES
        if c in (about["min"], about["max"]) and not about["q05"] - spread <= c <= about["q95"] + spread
    ]
    codes = codes if spread > 0 else []
    if codes:
        why = f"{codes[0]} stands apart from all other values: a code for missing"
        yield PlannedStep("to_missing", [name], {"codes": codes}, why)
    more = [code for code in map(float, found["code"]) if code not in codes]
    if more:
        why = f"the checks found {more[0]:g}, which stands apart from all other values: a code for missing"
        yield PlannedStep("to_missing", [name], {"codes": more}, why)
    if codes or more:
        values = values[~values.isin([*codes, *more])].dropna().astype(float)
        about = pd.Series({"min": values.min(), "median": values.median(), "q95": values.quantile(0.95)})
    if not (about["min"] >= 0 and about["q95"] > 10 * about["median"] > 0):
        return
    present = values.dropna().astype(float)
    if abs(_skewness(present.map(np.log1p))) < 0.5 * _skewness(present):
        why = "a long tail: one in twenty is beyond ten times the median; the order stays, linear models gain"
        yield PlannedStep("log1p", [name], reason=why)


def _are_clock_times(values: pd.Series) -> bool:
    """Whether whole numbers read as hours and minutes: every minute below 60, most of them there, in several hours."""
    hours, minutes = np.divmod(values.dropna().unique().astype(float), 100)
    return bool((minutes < 60).all()) and len(np.unique(minutes)) >= 45 and len(np.unique(hours)) >= 5


def _date_parts(name: str, dates: pd.Series, taken: set[str]) -> PlannedStep:
    made = date_parts(dates.dropna().to_numpy(DATE), parts=PARTS)
    free = [p for p in PARTS if f"{name}_{p}" not in taken]  # the table may tell some of them itself
    if not free:
        return PlannedStep("drop", [name], reason="the table has its year, month and the rest as columns")
    parts = [p for p in free if len(np.unique(made[p])) > 1] or free[:1]
    zone = "; where the source names a time zone, its hours are those of UTC" if "hour" in parts else ""
    return PlannedStep("date_parts", [name], {"parts": parts}, f"a model cannot read a date as it is{zone}")


def _made(step: PlannedStep, values: pd.Series) -> dict[str, np.ndarray]:
    """Return the columns that a step makes of one column."""
    columns = from_frame(values.to_frame())
    return Recipe([step]).fit(columns, unfinished=True).apply(columns)


def _useless(about: pd.DataFrame) -> dict[str, str]:
    found = {str(name): _why_useless(column) for name, column in about.iterrows()}
    return {name: reason for name, reason in found.items() if reason}


def _why_useless(column: pd.Series) -> str:
    rows, distinct, missing = column["records"], column["distinct"], column["missing_ratio"]
    others = (1 - column["top_share"]) * rows * (1 - missing) if column["top_share"] > 0 else rows
    if missing == 1:
        return "every value is missing"
    if distinct <= 1 and missing == 0:
        return "the same value in every row"
    if missing > MOSTLY_MISSING:
        return f"{share(missing)} of the values are missing"
    if missing == 0 and column["top_share"] >= NEARLY_CONSTANT and others < FEWEST:
        return f"the same value in all but {others:.0f} of {rows:,} rows"
    counted = column["kind"] == "integer" and distinct == rows and column["max"] - column["min"] < 1.05 * rows
    return "whole numbers, each once and without gaps: it counts the rows" if counted and rows >= 100 else ""


def _twins(features: pd.DataFrame, about: pd.DataFrame, table: Rows | None) -> dict[str, str]:
    """Return columns whose values are those of an earlier column in every row."""
    found: dict[str, str] = {}
    seen: dict[tuple, str] = {}
    for name in features.columns:
        key = (about.at[name, "kind"], _mark(features[name]))
        twin = seen.setdefault(key, name)
        if twin != name and (table is None or _equal(table, twin, name)):
            found[name] = twin
    return {name: f"the same as {twin} in every row" for name, twin in found.items()}


def _mark(values: pd.Series) -> bytes:
    plain = values if values.dtype.kind in "biuf" else values.astype(str)
    return pd.util.hash_pandas_object(plain, index=False).to_numpy().tobytes()


def _equal(table: Rows, one: str, other: str) -> bool:
    return all(_mark(f[one]) == _mark(f[other]) for f in table.batches([one, other]))


def _skewness(values: pd.Series) -> float:
    spread = values.std()
    return float(((values - values.mean()) ** 3).mean() / spread**3) if spread > 0 else 0.0
