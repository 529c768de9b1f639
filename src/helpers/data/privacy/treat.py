"""Carry the actions out: the treated table, and the steps that treat a request in production the same way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from helpers.data.privacy.actions import Action
from helpers.data.privacy.detect import Finding
from helpers.data.privacy.known import Known
from helpers.errors import Answerable, BadInput
from helpers.recipe.columns import coerce
from helpers.recipe.fitted import Application
from helpers.recipe.personal.keys import fingerprint, secret

PROSE = 20  # characters from which texts of several words are read as sentences
LAYOUTS = {"%d.%m.%Y": r"\d{1,2}\.\d{1,2}\.\d{4}", "%d/%m/%Y": r"\d{1,2}/\d{1,2}/\d{4}", "%m/%d/%Y": r"\d{1,2}/\d{1,2}/\d{4}",
           "%Y/%m/%d": r"\d{4}/\d{1,2}/\d{1,2}", "%d-%m-%Y": r"\d{1,2}-\d{1,2}-\d{4}"}  # fmt: skip


@dataclass(frozen=True)
class Treated:
    """What became of the table.

    table   (n, p) without what was to go
    steps   recipe steps as {"step", "columns", "parameters"}, one a treated column that is still there
    kinds   kind of each treated column that its values would no longer tell
    left    columns in which values that were to go still stand, and how many of them
    """

    table: pd.DataFrame
    steps: list[dict[str, Any]] = field(default_factory=list)
    kinds: dict[str, str] = field(default_factory=dict)
    left: dict[str, int] = field(default_factory=dict)


def treated(table: pd.DataFrame, actions: Sequence[Action], found: Sequence[Finding]) -> Treated:
    """Return the table after the actions; BadInput names a column that an action does not fit, never a value."""
    doing = [a for a in actions if a.what != "keep"]
    if not doing:
        return Treated(table)
    texts = {f.column for f in found if f.kind == "free text"}
    names = {f.column for f in found if f.kind == "name"}
    plans = {a.column: _plan(a, table[a.column], a.column in texts) for a in doing if a.what != "drop"}
    known = _known(table, [a for a in doing if _goes_whole(a, plans)], names)
    made = {}
    for column, (step, parameters, kind) in plans.items():
        values = table[column]
        if step == "personal_text":
            values = values.map(lambda v: known.covered(str(v)), na_action="ignore")
        made[column] = _run(column, values, step, parameters, kind)
    dropped = [a.column for a in doing if a.what == "drop"]
    after = table.assign(**made).drop(columns=dropped)
    steps = [{"step": s, "columns": [c], "parameters": p} for c, (s, p, _) in plans.items()]
    kinds = {c: kind for c, (_, _, kind) in plans.items() if kind in ("category", "text")}
    untouched = after.drop(columns=list(made))
    return Treated(after, steps, kinds, known.standing(untouched) if known.words else {})


def _goes_whole(action: Action, plans: dict[str, tuple]) -> bool:
    return action.what in ("drop", "mask", "hash") and plans.get(action.column, ("",))[0] != "personal_text"


def _known(table: pd.DataFrame, actions: Sequence[Action], names: set[str]) -> Known:
    """Return the values of columns that go as a whole; prose that goes is no list of values."""
    known = Known()
    for action in actions:
        values = table[action.column].dropna()
        if not pd.api.types.is_bool_dtype(values):
            known.add(pd.unique(values), names=action.column in names)
    return known


def _plan(action: Action, values: pd.Series, is_text: bool) -> tuple[str, dict[str, Any], str]:
    """Return step, parameters and the kind that the column is read as."""
    if action.what == "mask":
        prose = is_text or _is_prose(values)
        return ("personal_text", {}, "text") if prose else ("personal_mask", {}, "category")
    if action.what == "hash":
        return "personal_hash", {"key": fingerprint(secret())}, "category"
    if action.how.startswith("prefix"):
        return "personal_prefix", {"length": int(action.how.removeprefix("prefix"))}, "category"
    if action.how in ("month", "year"):
        layout = _layout(values)
        if layout:
            return "personal_date_text", {"part": action.how, "layout": layout}, "category"
        return "personal_date", {"part": action.how}, "date"
    return "personal_band", {"width": float(action.how)}, "float"


def _run(column: str, values: pd.Series, step: str, parameters: dict[str, Any], kind: str) -> pd.Series:
    try:
        canonical = coerce({column: values.tolist()}, [{"name": column, "kind": kind}])
    except Answerable:  # its message holds a value of the column
        wanted = "numbers" if kind == "float" else "dates such as 2024-05-31"
        raise BadInput(
            f"ingest.personal: column {column!r} holds values that are no {wanted}, so it cannot be generalised so; "
            f"mask it, or generalise it by prefix"
        ) from None
    made = Application(step, [column], [column], parameters).bound()(canonical)[column]
    if made.dtype == object or made.dtype.kind == "M":
        return pd.Series(made, values.index)
    whole = bool((np.isnan(made) | (made % 1 == 0)).all()) and bool((np.abs(made[~np.isnan(made)]) < 2**53).all())
    return pd.Series(made, values.index).astype("Int64") if whole else pd.Series(made, values.index)


def _is_prose(values: pd.Series) -> bool:
    texts = values.dropna().astype(str).iloc[:1000]
    return bool(len(texts)) and texts.str.len().mean() > PROSE and bool((texts.str.count(" ") >= 3).mean() > 0.5)


def _layout(values: pd.Series) -> str | None:
    """Return how dates are written that are no ISO dates; None when they are, or are no dates."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return None
    texts = values.dropna().astype(str).str.strip()
    for layout, pattern in LAYOUTS.items():
        if len(texts) and texts.str.fullmatch(pattern).all():
            if pd.to_datetime(texts, format=layout, errors="coerce").notna().all():
                return layout
    return None
