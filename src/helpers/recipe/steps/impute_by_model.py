"""Fill missing numbers from the other numbers of the row: by a linear model, or by the nearest training rows."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np

from helpers.recipe.parameters import Between
from helpers.recipe.registry import table_step
from helpers.recipe.steps.scale import centre_and_spread

Columns = dict[str, np.ndarray]
REFERENCE, AT_ONCE = 500, 4096


def linear_models(columns: Columns) -> dict[str, Any]:
    """Return {"centres", "weights"}: each number as a weighted sum of the others, all in standard units.

    Weights (p, p) of a ridge regression, penalty 0.001 a row, on the rows that have the number; gaps in the others
    count as their mean.
    """
    centres, units = _in_units(columns)
    filled = np.nan_to_num(units, nan=0.0)
    weights = np.zeros((len(columns), len(columns)))
    for place in range(len(columns)):
        rows, others = ~np.isnan(units[:, place]), np.arange(len(columns)) != place
        x, y = filled[rows][:, others], units[rows, place]
        square = x.T @ x + 1e-3 * max(len(x), 1) * np.eye(x.shape[1])
        weights[place, others] = np.linalg.solve(square, x.T @ y)
    return {"centres": centres, "weights": weights.tolist()}


@table_step("number", fit=linear_models)
def impute_linear(columns: Columns, state: dict[str, Any]) -> Columns:
    """Put what a linear model of the training rows says of the row's other numbers where a number is missing."""
    units = [
        np.nan_to_num(_unit(v, c), nan=0.0) for v, c in zip(columns.values(), state["centres"], strict=True)
    ]
    filled = {}
    for (name, values), weights, centre in zip(
        columns.items(), state["weights"], state["centres"], strict=True
    ):
        guess = np.zeros(len(values))
        for weight, unit in zip(
            weights, units, strict=True
        ):  # column by column: the same sum for one row and many
            guess = guess + weight * unit
        filled[name] = np.where(np.isnan(values), _back(guess, centre), values)
    return filled


def reference_rows(columns: Columns) -> dict[str, Any]:
    """Return {"centres", "rows"}: at most 500 training rows, evenly spaced, in standard units, None for missing."""
    centres, units = _in_units(columns)
    known = units[~np.isnan(units).all(axis=1)]
    chosen = known[np.unique(np.linspace(0, len(known) - 1, min(REFERENCE, len(known))).astype(int))]
    rows = [[None if np.isnan(v) else float(v) for v in row] for row in chosen]
    return {"centres": centres, "rows": rows}


@table_step("number", fit=reference_rows)
def impute_neighbours(
    columns: Columns, state: dict[str, Any], *, neighbours: Annotated[int, Between(1, 100)] = 5
) -> Columns:
    """Put the mean of the nearest training rows that have the number where it is missing.

    Distances are Euclidean over the numbers that both rows have, in standard units, scaled up for those that they
    have not (as scikit-learn's KNNImputer does). At most 500 training rows are asked; without any near one the mean.
    """
    reference = np.array(state["rows"], float).reshape(len(state["rows"]), len(columns))
    units = [_unit(v, c) for v, c in zip(columns.values(), state["centres"], strict=True)]
    filled = {n: v.copy() for n, v in columns.items()}
    gaps = np.flatnonzero(np.logical_or.reduce([np.isnan(v) for v in columns.values()]))
    for start in range(0, len(gaps), AT_ONCE):
        rows = gaps[start : start + AT_ONCE]
        order = _distances([u[rows] for u in units], reference)
        for place, (name, values) in enumerate(columns.items()):
            wanting = np.isnan(values[rows])
            guess = _nearest_mean(order[wanting], reference[:, place], neighbours)
            filled[name][rows[wanting]] = _back(guess, state["centres"][place])
    return filled


def _distances(units: list[np.ndarray], reference: np.ndarray) -> np.ndarray:
    """Return the distances (m, r) of rows to the reference rows; infinite where they have no number in common."""
    total, common = (np.zeros((len(units[0]), len(reference))) for _ in range(2))
    for place, values in enumerate(units):
        apart = values[:, None] - reference[None, :, place]
        known = ~np.isnan(apart)
        total += np.where(known, apart * apart, 0.0)
        common += known
    with np.errstate(all="ignore"):
        return np.where(common > 0, total / common, np.inf)


def _nearest_mean(distances: np.ndarray, values: np.ndarray, neighbours: int) -> np.ndarray:
    """Return the mean (m,) of the values (r,) at the least distances (m, r); 0, the mean, where there is none."""
    present = ~np.isnan(values)
    distances, values = distances[:, present], values[present]
    nearest = np.argsort(distances, axis=1, kind="stable")[:, :neighbours]
    total, count = np.zeros(len(distances)), np.zeros(len(distances))
    for column in nearest.T:
        reached = np.isfinite(distances[np.arange(len(distances)), column])
        total, count = total + np.where(reached, values[column], 0.0), count + reached
    return total / np.maximum(count, 1)


def _in_units(columns: Columns) -> tuple[list[dict[str, Any]], np.ndarray]:
    centres = [centre_and_spread(v) for v in columns.values()]
    units = [_unit(v, c) for v, c in zip(columns.values(), centres, strict=True)]
    return centres, np.stack(units, axis=1)


def _unit(values: np.ndarray, centre: dict[str, Any]) -> np.ndarray:
    return (values - centre["mean"]) / centre["deviation"]


def _back(units: np.ndarray, centre: dict[str, Any]) -> np.ndarray:
    return units * centre["deviation"] + centre["mean"]
