"""How anonymous rows are: the sizes of the groups that share all that an outsider may know.

k-anonymity: every row shares its quasi-identifiers with k - 1 others at least (Samarati and Sweeney 1998).
l-diversity: every such group has l different sensitive values at least (Machanavajjhala et al. 2007); entropy
l-diversity is the exponential of the lowest entropy of the sensitive values in a group.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from helpers.errors import BadInput, nearest


@dataclass(frozen=True)
class Anonymity:
    """k is the size of the smallest group, below the rows in groups smaller than wanted; l is None without a
    sensitive column."""

    quasi_identifiers: list[str]
    wanted: int
    groups: int
    k: int
    rows: int
    below: int
    unique: int
    sensitive: str | None = None
    l: int | None = None  # noqa: E741
    entropy_l: float | None = None

    def as_dict(self) -> dict:
        """Return the figures as plain JSON."""
        return asdict(self)


def anonymity(
    rows: pd.DataFrame, quasi: Sequence[str], wanted: int = 5, sensitive: str | None = None
) -> Anonymity:
    """Return k and l of rows (n, p); a missing value is a value like any other.

    BadInput for unknown columns, and when the sensitive column is a quasi-identifier itself.
    """
    if not quasi:
        raise BadInput("ingest.quasi_identifiers is empty, so there is nothing to be anonymous by")
    must_suit(list(rows.columns), quasi, wanted, sensitive)
    codes, sizes = _groups(rows, quasi)
    small = sizes[codes] < wanted
    figures = {"groups": len(sizes), "k": int(sizes.min(initial=len(rows))), "rows": len(rows)}
    figures |= {"below": int(small.sum()), "unique": int((sizes == 1).sum())}
    lowest, entropy = (None, None) if sensitive is None else _diversity(codes, rows[sensitive])
    return Anonymity(list(quasi), wanted, **figures, sensitive=sensitive, l=lowest, entropy_l=entropy)


def smallest_groups(rows: pd.DataFrame, quasi: Sequence[str], most: int = 10) -> pd.DataFrame:
    """Return how many groups there are of each size, the smallest first; which ones they are stays untold."""
    must_suit(list(rows.columns), quasi)
    sizes, counts = np.unique(_groups(rows, quasi)[1], return_counts=True)
    table = pd.DataFrame({"size": sizes, "groups": counts, "rows": sizes * counts})
    return table.head(most).set_index("size")


def _groups(rows: pd.DataFrame, quasi: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return the number (n,) of each row's group and the size of every group."""
    codes = rows.groupby(list(quasi), dropna=False, sort=False, observed=True).ngroup().to_numpy()
    return codes, np.bincount(codes) if len(codes) else np.zeros(0, int)


def _diversity(codes: np.ndarray, values: pd.Series) -> tuple[int, float]:
    """Return the least number of different values in a group, and the exponential of the least entropy."""
    levels = pd.factorize(values, use_na_sentinel=False)[0]
    pairs, counts = np.unique(np.column_stack([codes, levels]), axis=0, return_counts=True)
    group = pairs[:, 0]
    share = counts / np.bincount(group, counts)[group]
    entropy = np.bincount(group, -share * np.log(share))
    return int(np.bincount(group).min()), float(np.exp(entropy.min()))


def must_suit(
    columns: Sequence[str], quasi: Sequence[str], wanted: int = 5, sensitive: str | None = None
) -> None:
    """Raise BadInput for a column that is not there, for one that is both, and for a k below 2."""
    if wanted < 2:
        raise BadInput(f"ingest.k must be 2 at least, not {wanted}: a row alone is never anonymous")
    names = [str(c) for c in columns]
    for name in [*quasi, *([sensitive] if sensitive else [])]:
        if name not in names:
            parameter = "quasi_identifiers" if name in quasi else "sensitive"
            raise BadInput(f"ingest.{parameter}: there is no column {name!r}{nearest(name, names)}")
    if sensitive in quasi:
        raise BadInput(f"{sensitive!r} is the sensitive column and cannot be a quasi-identifier too")
