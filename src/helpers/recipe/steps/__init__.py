"""The steps that come with the workbench: one family a file; importing a file registers its steps."""

from helpers.recipe.steps import (
    combine,
    dates,
    impute,
    levels,
    outliers,
    parse,
    scale,
    select,
    text,
    training,
)

__all__ = ["combine", "dates", "impute", "levels", "outliers", "parse", "scale", "select", "text", "training"]
