"""How near rows are to real ones: Gower's distance to the nearest, against that of real rows held out."""

from __future__ import annotations

import numpy as np
import pandas as pd

from helpers.data.synthetic.roles import LEVEL, NUMBER, as_float, as_levels, by_role

CELLS = 20_000_000


def nearest(
    rows: pd.DataFrame, real: pd.DataFrame, roles: dict[str, str], most: int = 2000, seed: int = 0
) -> np.ndarray:
    """Return the distance of each of at most `most` rows to the nearest of the real ones, between 0 and 1.

    Gower (Biometrics 27, 1971): the mean over the columns of the difference of numbers as a part of their range (here
    of their middle 98 %, so that one far value doesn't shrink all), and of 0 or 1 for levels. Missing equals missing.
    """
    rng = np.random.default_rng(seed)
    rows = rows.iloc[np.sort(rng.permutation(len(rows))[:most])]
    numbers, levels = by_role(roles, NUMBER), by_role(roles, LEVEL)
    if not numbers and not levels:
        return np.zeros(len(rows))
    scale = [_scaled(real[n], (rows[n], real[n])) for n in numbers]
    codes = [_coded(rows[n], real[n]) for n in levels]
    width = len(numbers) + len(levels)
    found, step = [], max(1, CELLS // max(len(real), 1))
    for start in range(0, len(rows), step):
        part = slice(start, start + step)
        total = np.zeros((len(rows[part]), len(real)), np.float32)
        for one, two in scale:
            total += np.minimum(np.abs(one[part, None] - two[None, :]), 1)
        for left, right in codes:
            total += left[part, None] != right[None, :]
        found.append(total.min(axis=1) / width)
    return np.concatenate(found)


def _scaled(real: pd.Series, both: tuple[pd.Series, pd.Series]) -> list[np.ndarray]:
    known = as_float(real)
    known = known[~np.isnan(known)]
    low, high = np.quantile(known, [0.01, 0.99]) if len(known) else (0.0, 1.0)
    reach = (high - low) or (known.max() - known.min() if len(known) else 0) or 1.0
    return [np.nan_to_num((as_float(v) - low) / reach, nan=-10.0).astype(np.float32) for v in both]


def _coded(rows: pd.Series, real: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    both = np.concatenate([as_levels(rows).astype(str), as_levels(real).astype(str)])
    codes = pd.factorize(both)[0]
    return codes[: len(rows)], codes[len(rows) :]


def compared(made: np.ndarray, held_out: np.ndarray) -> pd.DataFrame:
    """Return quantiles of the distances of synthetic and of held-out rows to the rows that were learnt from."""
    marks = {"nearest": 0.0, "5 %": 0.05, "median": 0.5, "95 %": 0.95}
    table = {what: [float(np.quantile(d, q)) if len(d) else np.nan for q in marks.values()]
             for what, d in (("synthetic rows", made), ("held-out real rows", held_out))}  # fmt: skip
    return pd.DataFrame(table, index=list(marks))
