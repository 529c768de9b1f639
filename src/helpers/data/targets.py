"""Which column a table was probably made to predict, when nobody says so: candidates, most likely first.

Evidence is added up in points, none of it enough alone. A target stands last or first; its name says outcome, such as
"class", "price" or "survived", and not who, where or when; its values are of a form that few other columns have, or
numbers that are often zero; many columns are linked with it, and together they tell it better than any one of them
does; it is rarely missing.

The points are the weights of a conditional logit (which column of a table is the target?), learnt from public tables
and rounded; docs/decisions/0014 says how often they are right on others.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from helpers.data.explore import Columns, as_codes, associations, matrix, narrowed, prepared
from helpers.data.joint import told_together
from helpers.data.label import FEW_LEVELS, identifiers_of, task_of
from helpers.data.power import group_power
from helpers.data.table import Table
from helpers.data.target_names import name_points
from helpers.problem import Problem

LOOKED_AT = 20_000  # rows from which kinds of values are told
ROWS, COLUMNS = 2_000, 100  # at most so many rows and columns are compared with each other
TRIED = 10  # candidates for which a model is trained
MOST_CLASSES = (
    5  # whole numbers of so few values may be classes; of more classes, the most frequent are told apart
)
_FORMS = {"two classes": 0.5, "classes": -0.5}  # points for what the values are; the other forms have none
MANY_ZEROS = 0.2
SHAPE = ["form", "distinct", "missing", "zeros"]


def ranked_targets(table: pd.DataFrame | Table, types: Mapping[str, str], seed: int = 0) -> pd.DataFrame:
    """Return the columns that may be the target, most likely first: name, task, score (points), reason.

    Of a table of more than 20,000 rows a sample is looked at.
    """
    rows = _some(table, LOOKED_AT, seed)
    columns = _compared(rows, types, seed)
    names = [n for n in columns.kinds if types[n] != "date"]
    strengths = matrix(associations(columns), list(columns.kinds))
    shapes = pd.DataFrame({n: _shape(rows[n], types[n]) for n in names}, SHAPE).T
    every = list(rows.columns)
    found = {
        n: _place(n, every) | name_points(n, every) | _values(shapes, n) | _links(strengths, n) for n in names
    }
    first = sorted(names, key=lambda n: -sum(found[n].values()))[:TRIED]
    for name in first:
        found[name] |= _told(columns, strengths, name, task_of(rows[name], types[name]) != "regression", seed)
    first.sort(key=lambda n: -sum(found[n].values()))
    records = [(n, task_of(rows[n], types[n]), sum(found[n].values()), _reason(found[n])) for n in first]
    return pd.DataFrame(records, columns=["name", "task", "score", "reason"])


def _some(table: pd.DataFrame | Table, most: int, seed: int) -> pd.DataFrame:
    if isinstance(table, Table):
        return table.sample(most, seed).frame()
    return table if len(table) <= most else table.sample(most, random_state=seed).sort_index()


def _compared(rows: pd.DataFrame, types: Mapping[str, str], seed: int) -> Columns:
    """Return some rows of the columns; of very many columns the first and the last, where targets stand."""
    ids = list(identifiers_of(rows, types, None))
    columns = prepared(
        _some(rows, ROWS, seed), Problem("", None, "none", "", types=dict(types), identifiers=ids)
    )
    names = list(columns.kinds)
    if len(names) <= COLUMNS:
        return columns
    return narrowed(columns, names[: COLUMNS // 2] + names[-COLUMNS // 2 :])


def _shape(values: pd.Series, kind: str) -> tuple[str, int, bool, bool]:
    """Return the form of a column, its number of distinct values, whether any is missing, and many are zero."""
    distinct, missing = values.nunique(), bool(values.isna().any())
    if kind in ("category", "boolean", "text"):
        form = "two classes" if distinct == 2 else "classes" if distinct <= 2 * FEW_LEVELS else "many levels"
        return form, distinct, missing, False
    if distinct == 2:
        return "flag", distinct, missing, False
    if kind == "integer" and distinct <= MOST_CLASSES:
        return "classes", distinct, missing, False
    zeros = float((values == 0).mean()) > MANY_ZEROS
    number = kind != "integer" or distinct > 3 * FEW_LEVELS
    return "number" if number else "count or grade", distinct, missing, zeros


def _place(name: str, columns: list[str]) -> dict[str, float]:
    return {"last column": 1.5 * (name == columns[-1]), "first column": 1.5 * (name == columns[0])}


def _values(shapes: pd.DataFrame, name: str) -> dict[str, float]:
    """Return points for the values of a column beside those of the others."""
    form, distinct, missing, zeros = (shapes[part].to_dict()[name] for part in SHAPE)
    others = shapes.drop(index=name)
    rare = 1 - float((others["form"] == form).mean()) if len(others) else 0.0
    most = others.loc[others["form"] == "number", "distinct"].max() if len(others) else 0
    return {
        f"its form ({form})": _FORMS.get(form, 0.0),
        "few columns are of its form": 0.5 * rare**2 * (form != "many levels"),
        "most different values": 0.25 * (form == "number" and distinct > 1.2 * most),
        "often zero": 0.75 * zeros,
        "missing values": -0.5 * missing,
    }


def _links(strengths: pd.DataFrame, name: str) -> dict[str, float]:
    """Return points for links with other columns: an effect is linked with many."""
    table = strengths.fillna(0).to_numpy(copy=True)
    np.fill_diagonal(table, 0)
    means = pd.Series(table.mean(axis=1), strengths.index)
    return {"linked with many columns": 0.75 * float((means < means[name]).mean())}


def _told(
    columns: Columns, strengths: pd.DataFrame, name: str, is_class: bool, seed: int
) -> dict[str, float]:
    """Return points for how well the other columns tell a column, together and the best of them alone."""
    y = columns.values(name)
    if is_class:
        codes = as_codes(pd.Series(y).where(y >= 0 if name in columns.levels else np.isfinite(y)), 10**6)
        y, known = codes, (codes >= 0) & (codes < MOST_CLASSES)
    else:
        known = np.isfinite(y)
        y = pd.Series(y).rank().to_numpy()
    features, y = columns.table([n for n in columns.kinds if n != name])[known], y[known]
    together = float(np.nan_to_num(told_together(features, y, is_class, seed=seed)))
    nearest = strengths[name].drop(name).nlargest(3).index
    alone = max(
        [float(np.nan_to_num(group_power(features[n].to_numpy(), y, is_class))) for n in nearest], default=0.0
    )
    return {
        f"the others tell it ({together:.2f} of 1)": 0.5 * min(together / 0.5, 1.0),
        f"none of them alone ({alone:.2f} at most)": float(np.clip((together - alone) / 0.3, 0, 1)),
        "the others tell next to nothing of it": -0.25 * (together < 0.05),
    }


def _reason(points: Mapping[str, float]) -> str:
    """Return the evidence that counted, the weightiest first."""
    told = sorted((p for p in points if abs(points[p]) >= 0.5), key=lambda p: -abs(points[p]))
    return ", ".join(told) or "nothing speaks for it"
