"""Which values are missing together: a common cause shows as a common pattern."""

from __future__ import annotations

import pandas as pd

from helpers.data.explore import redundant


def patterns(rows: pd.DataFrame, most_columns: int = 15, most: int = 10) -> pd.DataFrame:
    """Return the most frequent combinations of missing values: a boolean column a name, and `share` of the rows.

    Of the columns with missing values those with the most are looked at; the most frequent pattern comes first.
    """
    gone = rows.isna()
    share = gone.mean().sort_values(ascending=False, kind="stable")
    names = list(share[share > 0].index[:most_columns])
    if not names:
        return pd.DataFrame({"share": [1.0]})
    counts = gone[names].value_counts(normalize=True, sort=True).head(most)
    return counts.rename("share").reset_index()


def missing_together(rows: pd.DataFrame, at_least: float = 0.9) -> list[list[str]]:
    """Return groups of columns that are missing in nearly the same rows, largest first.

    Every two of a group share `at_least` of the rows in which one of them is missing (Jaccard's index).
    """
    gone = rows.loc[:, rows.isna().any()].isna()
    gone = gone.loc[:, gone.mean() < 1].astype(float)
    if gone.shape[1] < 2:
        return []
    both = gone.T @ gone
    single = gone.sum().to_numpy()
    either = single[:, None] + single[None, :] - both
    return redundant(both / either, None, at_least)
