"""Numbers and rows far from the others, by three methods that see different things; nothing is changed here."""

from __future__ import annotations

import pandas as pd

from helpers.recipe.columns import from_frame, to_frame
from helpers.recipe.steps.isolation import isolation_forest, scores

UNUSUAL = 0.6  # the score from which Liu et al. call a row a likely anomaly


def outliers(rows: pd.DataFrame) -> pd.DataFrame:
    """Return, for every number, the share of its values that two methods call outliers, most by the first.

    fences    1.5 interquartile ranges beyond the quartiles (Tukey, 1977)
    robust z  modified z-score above 3.5 (Iglewicz and Hoaglin, 1993)

    Flags (two different values) are left out; robust z is missing where half of the values are equal.
    """
    numbers = rows.select_dtypes("number").astype("float64")
    numbers = numbers.loc[:, numbers.nunique() > 2]
    table = pd.DataFrame({"fences": by_fences(numbers).mean(), "robust z": by_robust_z(numbers).mean()})
    return table.astype(float).sort_values("fences", ascending=False, kind="stable").rename_axis("column")


def by_fences(numbers: pd.DataFrame) -> pd.DataFrame:
    """Return 1 where a number (n, p) is 1.5 interquartile ranges beyond the quartiles; missing where it is."""
    low, high = numbers.quantile(0.25), numbers.quantile(0.75)
    reach = 1.5 * (high - low)
    return ((numbers < low - reach) | (numbers > high + reach)).astype(float).where(numbers.notna())


def by_robust_z(numbers: pd.DataFrame) -> pd.DataFrame:
    """Return 1 where a number (n, p) has a modified z-score above 3.5; missing where that cannot be told."""
    distance = (numbers - numbers.median()).abs()
    spread = distance.median()
    known = numbers.notna() & (spread > 0)
    return (0.6745 * distance > 3.5 * spread).astype(float).where(known)


def isolated(rows: pd.DataFrame, most: int = 20_000, seed: int = 0) -> pd.DataFrame:
    """Return the rows with their score in an isolation forest, highest first, and where each is farthest out.

    The third method: it finds rows whose numbers are usual each and unusual together. Of longer tables a sample of
    `most` rows is scored. What is infinite counts as missing.
    """
    numbers = rows.select_dtypes("number")
    numbers = numbers.sample(most, random_state=seed).sort_index() if len(numbers) > most else numbers
    if not numbers.shape[1]:
        return pd.DataFrame({"score": [], "farthest out in": []})
    columns = from_frame(numbers)
    numbers = to_frame(columns, numbers.index)
    spread = numbers.std().where(lambda s: s > 0)
    apart = ((numbers - numbers.median()).abs() / spread).fillna(-1.0).to_numpy()
    found = {
        "score": scores(columns, isolation_forest(columns, seed=seed)),
        "farthest out in": numbers.columns.to_numpy(object)[apart.argmax(axis=1)],
    }
    return pd.DataFrame(found, index=numbers.index).sort_values("score", ascending=False, kind="stable")
