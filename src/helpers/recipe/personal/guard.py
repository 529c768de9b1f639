"""The steps that treat personal columns, for what goes along with a prediction and is no input of the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from helpers.recipe.fitted import Application, FittedRecipe

KINDS = {"personal_band": "float", "personal_date": "date"}  # what the others take is text


def guard(steps: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> FittedRecipe:
    """Return the steps of these columns as a recipe that learnt nothing, since there is nothing to learn."""
    mine = [s for s in steps if s["columns"][0] in columns]
    inputs = [{"name": s["columns"][0], "kind": KINDS.get(s["step"], "category")} for s in mine]
    plan = [Application(s["step"], s["columns"], s["columns"], dict(s.get("parameters") or {})) for s in mine]
    kinds = {"float": "number", "date": "date"}
    outputs = [{"name": i["name"], "kind": kinds.get(i["kind"], "category")} for i in inputs]
    return FittedRecipe(inputs, outputs, plan)
