"""What a column is to the generator: something to be drawn, or something to be made anew."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from helpers.problem import Problem

NUMBER, LEVEL, IDENTIFIER, TEXT, EMPTY, CONSTANT = (
    "number", "level", "identifier", "text", "empty", "constant"
)  # fmt: skip
LIKE_NAMES = 0.9  # share of different values from which a category names a row
DAY = 86_400_000_000


def roles(rows: pd.DataFrame, problem: Problem) -> dict[str, str]:
    """Return the role of every column; dates are numbers, structured values are texts."""
    return {str(name): _role(rows[name], str(name), problem) for name in rows.columns}


def _role(values: pd.Series, name: str, problem: Problem) -> str:
    present = values.dropna()
    kind = problem.types.get(name, "")
    if present.empty:
        return EMPTY
    if name in problem.identifiers and name not in (problem.target, problem.group):
        return IDENTIFIER
    distinct = present.nunique()
    if distinct == 1 and len(present) == len(values):
        return CONSTANT
    if kind in ("text", "structured"):
        return TEXT
    if pd.api.types.is_bool_dtype(values):
        return LEVEL
    if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_datetime64_any_dtype(values):
        return NUMBER
    named = distinct > LIKE_NAMES * len(present) and len(present) >= 20
    return IDENTIFIER if named and name != problem.target else LEVEL


def as_float(values: pd.Series) -> np.ndarray:
    """Return numbers, or dates in microseconds, as float64 (n,) with NaN for missing."""
    if pd.api.types.is_datetime64_any_dtype(values):
        moments = values.to_numpy("datetime64[us]")
        return np.where(np.isnat(moments), np.nan, moments.astype("int64").astype(float))
    numbers = values.astype("Float64").to_numpy(float, na_value=np.nan)
    return np.where(np.isfinite(numbers), numbers, np.nan)


def as_levels(values: pd.Series) -> np.ndarray:
    """Return levels as objects (n,), None where missing."""
    objects = values.astype(object).to_numpy(object, copy=True)
    objects[values.isna().to_numpy()] = None
    return objects


def in_kind_of(drawn: np.ndarray, real: pd.Series) -> pd.Series:
    """Return drawn values in the type of the real column, rounded as its values are."""
    if pd.api.types.is_datetime64_any_dtype(real):
        step = DAY if (as_float(real.dropna()) % DAY == 0).all() else 1
        whole = np.round(np.where(np.isnan(drawn), 0, drawn) / step) * step
        moments = _as_coarse(whole.astype("int64").astype("datetime64[us]"), real.dropna())
        return pd.Series(np.where(np.isnan(drawn), np.datetime64("NaT", "us"), moments)).astype(real.dtype)
    if drawn.dtype == object:
        return pd.Series(drawn, dtype=object).astype(real.dtype)
    if pd.api.types.is_integer_dtype(real):
        return pd.Series(np.round(drawn)).astype("Int64").astype(real.dtype)
    return pd.Series(np.round(drawn, decimals(real))).astype(real.dtype)


def _as_coarse(moments: np.ndarray, real: pd.Series) -> np.ndarray:
    """Return moments as firsts of a year or month where all real ones are."""
    known = real.to_numpy("datetime64[us]")
    for unit in ("Y", "M"):
        if (known.astype(f"datetime64[{unit}]") == known).all():
            return moments.astype(f"datetime64[{unit}]").astype("datetime64[us]")
    return moments


def decimals(values: pd.Series, most: int = 6) -> int:
    """Return after how many decimals the values end; `most` where they don't."""
    some = as_float(values.dropna().iloc[:1000])
    for places in range(most):
        if np.allclose(np.round(some, places), some, rtol=0, atol=1e-9):
            return places
    return most


def by_role(found: Mapping[str, str], *wanted: str) -> list[str]:
    """Return the columns that have one of the roles."""
    return [name for name, role in found.items() if role in wanted]
