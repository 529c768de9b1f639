"""Carry the actions out, batch by batch, with the steps of a recipe that treat a request in production the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from helpers.data.privacy.actions import Action
from helpers.data.privacy.detect import Finding
from helpers.data.privacy.known import Known
from helpers.data.table import Table
from helpers.errors import Answerable, BadInput
from helpers.recipe.columns import coerce, with_columns
from helpers.recipe.fitted import Application
from helpers.recipe.personal.keys import fingerprint, secret

PROSE = 20  # characters from which texts of several words are read as sentences
LAYOUTS = {
    "%d.%m.%Y": r"\d{1,2}\.\d{1,2}\.\d{4}",
    "%d/%m/%Y": r"\d{1,2}/\d{1,2}/\d{4}",
    "%m/%d/%Y": r"\d{1,2}/\d{1,2}/\d{4}",
    "%Y/%m/%d": r"\d{4}/\d{1,2}/\d{1,2}",
    "%d-%m-%Y": r"\d{1,2}-\d{1,2}-\d{4}",
}


@dataclass(frozen=True)
class Plan:
    """How each row is treated, wherever it comes from.

    dropped  columns that go
    steps    column -> step of a recipe, its parameters, and the kind that its values are read as
    known    values that go as a whole, to be covered in texts as well
    """

    dropped: list[str] = field(default_factory=list)
    steps: dict[str, tuple[str, dict[str, Any], str]] = field(default_factory=dict)
    known: Known = field(default_factory=Known)

    @property
    def recipe(self) -> list[dict[str, Any]]:
        """The steps as a recipe writes them; they treat a request in production the same way."""
        return [{"step": s, "columns": [c], "parameters": p} for c, (s, p, _) in self.steps.items()]

    @property
    def kinds(self) -> dict[str, str]:
        """The kind of each treated column that its values would no longer tell."""
        return {c: kind for c, (_, _, kind) in self.steps.items() if kind in ("category", "text")}

    def of(self, table: Table) -> Table:
        """Return the treated table, in a new file; the same one where nothing is to be done."""
        return table.rewritten(self.applied) if self.steps or self.dropped else table

    def standing(self, table: Table, most: int = 200_000) -> dict[str, int]:
        """Return the columns in which values that were to go still stand, looked for in at most so many rows."""
        return self.known.standing(table.sample(most).frame()) if self.known.phrases else {}

    def applied(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the treated rows of a frame; BadInput names a column that an action does not fit, never a value."""
        made = {}
        for column, (step, parameters, kind) in self.steps.items():
            values = frame[column]
            if step == "personal_text":
                values = values.map(lambda v: self.known.covered(str(v)), na_action="ignore")
            made[column] = _run(column, values, step, parameters, kind)
        return with_columns(frame, made).drop(columns=self.dropped)


def planned(table: Table | pd.DataFrame, actions: Sequence[Action], found: Sequence[Finding]) -> Plan:
    """Return how the rows of a table are to be treated; BadInput when no key is there and one is needed."""
    doing = [a for a in actions if a.what != "keep"]
    texts = {f.column for f in found if f.kind == "free text"}
    names = {f.column for f in found if f.kind == "name"}
    steps = {a.column: _step(a, table[a.column], a.column in texts) for a in doing if a.what != "drop"}
    known = Known()
    for action in doing:
        if action.what in ("drop", "mask", "hash") and steps.get(action.column, ("",))[0] != "personal_text":
            values = table[action.column].dropna()
            if not pd.api.types.is_bool_dtype(values):
                known.add(pd.unique(values), names=action.column in names)
    return Plan([a.column for a in doing if a.what == "drop"], steps, known)


def _step(action: Action, values: pd.Series, is_text: bool) -> tuple[str, dict[str, Any], str]:
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
    return pd.Series(made, values.index)


def _is_prose(values: pd.Series) -> bool:
    texts = values.dropna().astype(str).iloc[:1000]
    return (
        bool(len(texts)) and texts.str.len().mean() > PROSE and bool((texts.str.count(" ") >= 3).mean() > 0.5)
    )


def _layout(values: pd.Series) -> str | None:
    """Return how dates are written that are no ISO dates; None when they are, or are no dates."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return None
    texts = values.dropna().astype(str).str.strip()
    for layout, pattern in LAYOUTS.items():
        if not len(texts) or not texts.str.fullmatch(pattern).all():
            continue
        if pd.to_datetime(texts, format=layout, errors="coerce").notna().all():
            return layout
    return None
