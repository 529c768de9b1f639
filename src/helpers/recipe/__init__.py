"""Recipes: what turns raw columns into model input, written once for a table and for one record."""

from helpers.recipe.design import PlannedStep, Recipe
from helpers.recipe.fitted import FittedRecipe, load
from helpers.recipe.own_steps import use
from helpers.recipe.registry import column_step, known_steps, selector, table_step, training_step

__all__ = [
    "FittedRecipe",
    "PlannedStep",
    "Recipe",
    "column_step",
    "known_steps",
    "load",
    "selector",
    "table_step",
    "training_step",
    "use",
]
