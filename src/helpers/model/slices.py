"""Where a model is worst: slices of one attribute or two, each with its rows, its error and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.tree import DecisionTreeRegressor

from helpers.bundle import decided
from helpers.errors import BadInput
from helpers.model.weights import at
from helpers.report.text import number

MOST_PAIRED = 12
MOST = 200  # columns of a wider table that are looked at


def worst_slices(x: pd.DataFrame, errors: np.ndarray, least: float = 0.03) -> pd.DataFrame:
    """Return the slices of rows (n, p) whose mean error lies surely above that of all other rows, the surest first.

    Numbers are cut where a shallow tree on the errors (n,) cuts them, categories by level. A slice of two attributes
    stands only where its error is above that of both its parts. Columns: slice, rows, error, low and high (95 %
    interval of the mean), elsewhere. A slice holds `least` of the rows, and ten, and so do the other rows. Of
    slices of the very same rows one is kept. Of a wide table those columns are looked at by which a forest tells the
    errors best.
    """
    smallest = max(int(least * len(x)), 10)
    if x.shape[1] > MOST:
        x = x[_telling(x, errors, smallest)]
    parts = {str(name): _parts(values, errors, smallest) for name, values in x.items()}
    marks = np.random.default_rng(0).integers(2**40, size=len(errors))
    rows = pd.DataFrame({"error": errors, "mark": marks})
    singles = {name: _table({name: labels}, rows, smallest) for name, labels in parts.items()}
    telling = sorted(parts, key=lambda name: -_spread(singles[name]))[:MOST_PAIRED]
    pairs = [
        _above_parents(_table({a: parts[a], b: parts[b]}, rows, smallest), singles[a], singles[b])
        for a, b in combinations(telling, 2)
    ]
    found = [table.drop(columns="of") for table in (*singles.values(), *pairs) if len(table)]
    if not found:
        return pd.DataFrame(columns=["slice", "rows", "error", "low", "high", "elsewhere"])
    board = pd.concat(found, ignore_index=True)
    surely = board["low"] - board["elsewhere"]
    order = surely.sort_values(ascending=False, kind="stable").index
    board = board.loc[order[surely[order] > 0]].drop_duplicates("held")
    return board.drop(columns="held").reset_index(drop=True)


def by_group(
    y: np.ndarray,
    predicted: np.ndarray,
    groups: pd.Series,
    threshold: float | Sequence[float] | None,
    costs: Sequence[Any] | None = None,
    weight: np.ndarray | None = None,
    least: int = 20,
) -> pd.DataFrame:
    """Return one row a group with what is right and wrong there, to see whether a model treats groups alike.

    Binary (threshold given, predicted (n, 2)): share of cases, share acted on, recall, false positive rate and
    precision (Hardt 2016). Several classes: accuracy of the class that is named, by costs where given. Numbers: mean
    error (true - predicted) and mean absolute error. Several labels, each with its threshold: as binary, all
    together. Groups of fewer than `least` rows are put together. Rows count by weight (n,), where there is one.
    """
    labels = groups.astype(object).where(groups.notna() & (groups != ""), "(missing)").astype(str).to_numpy()
    names, counts = np.unique(labels, return_counts=True)
    few = names[counts < least]
    labels = np.where(np.isin(labels, few), f"(fewer than {least} rows)", labels) if len(few) else labels
    records = {}
    for name in dict.fromkeys(sorted(labels)):
        rows = labels == name
        rates = _rates(y[rows], predicted[rows], threshold, costs, at(weight, rows))
        records[name] = {"rows": int(rows.sum()), **rates}
    return pd.DataFrame.from_dict(records, orient="index").rename_axis(str(groups.name))


def as_records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return what `by_group` gave as plain JSON: one record a group, None where a rate has no rows."""
    return [
        {"group": str(name)} | {str(k): None if pd.isna(v) else v for k, v in record.items()}
        for name, record in zip(table.index, table.to_dict("records"), strict=True)
    ]


def column_of(rows: pd.DataFrame, name: str) -> pd.Series:
    """Return a column as groups: a category as it is, a number with more than ten values in quarters."""
    if name not in rows:
        raise BadInput(f"evaluate.groups names {name!r}, no such column of the raw rows")
    values = rows[name]
    if pd.api.types.is_numeric_dtype(values) and values.nunique() > 10:
        cuts = pd.qcut(values, 4, duplicates="drop")
        return cuts.astype(object).where(cuts.notna(), None).rename(name)
    return values


def _rates(
    y: np.ndarray,
    predicted: np.ndarray,
    threshold: float | Sequence[float] | None,
    costs: Sequence[Any] | None,
    weight: np.ndarray | None,
) -> dict[str, float]:
    if predicted.ndim == 1:
        return {
            "mean error": _mean(y - predicted, weight),
            "mean absolute error": _mean(np.abs(y - predicted), weight),
        }
    if threshold is None:
        return {"accuracy": _mean(decided(predicted, None, costs) == y, weight)}
    if y.ndim == 2:
        acted, y = (predicted >= np.asarray(threshold)).ravel(), y.ravel()
    else:
        acted = predicted[:, 1] >= threshold
    return {
        "cases": _mean(y, weight),
        "acted on": _mean(acted, weight),
        "recall": _mean(acted[y == 1], at(weight, y == 1)),
        "false positives": _mean(acted[y == 0], at(weight, y == 0)),
        "precision": _mean(y[acted], at(weight, acted)),
    }


def _mean(values: np.ndarray, weight: np.ndarray | None) -> float:
    """Return the mean, by weight where there is one; NaN where there are no values, or none that weighs."""
    if not len(values) or (weight is not None and not weight.sum() > 0):
        return float("nan")
    return float(np.average(values, weights=weight))


def _table(labels: dict[str, pd.Series], rows: pd.DataFrame, smallest: int) -> pd.DataFrame:
    """Return one row a group that leaves enough rows inside and outside, with two columns beside those of slices.

    These are `of`, the labels, and `held`, the sum of the marks of its rows: random numbers, so it is the same for the
    same rows only. rows: error and mark (n).
    """
    errors, groups = rows["error"], rows.groupby([v.to_numpy() for v in labels.values()], sort=True)
    grouped = groups["error"].agg(["size", "mean", "std"]).assign(held=groups["mark"].sum())
    grouped = grouped[grouped["size"].between(smallest, len(errors) - smallest)]
    of = [row if isinstance(row, tuple) else (row,) for row in grouped.index]
    size, mean = grouped["size"].to_numpy(float), grouped["mean"].to_numpy(float)
    half = 1.96 * grouped["std"].fillna(0).to_numpy(float) / np.sqrt(size)
    return pd.DataFrame(
        {
            "slice": [" and ".join(_said(n, v) for n, v in zip(labels, row, strict=True)) for row in of],
            "rows": grouped["size"].to_numpy(int),
            "error": mean,
            "low": mean - half,
            "high": mean + half,
            "elsewhere": (errors.sum() - size * mean) / np.maximum(len(errors) - size, 1),
            "held": grouped["held"].to_numpy(),
            "of": of,
        }
    )


def _above_parents(pairs: pd.DataFrame, first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    known = [{of[0]: error for of, error in zip(t["of"], t["error"], strict=True)} for t in (first, second)]
    above = [
        all(low > part.get(label, -np.inf) for label, part in zip(of, known, strict=True))
        for of, low in zip(pairs["of"], pairs["low"], strict=True)
    ]
    return pairs[np.array(above, bool)]


def _telling(x: pd.DataFrame, errors: np.ndarray, smallest: int) -> list[Any]:
    coded = [v if pd.api.types.is_numeric_dtype(v) else pd.factorize(v)[0] for _, v in x.items()]
    forest = ExtraTreesRegressor(100, min_samples_leaf=smallest, random_state=0)
    forest.fit(np.nan_to_num(np.column_stack(coded).astype(np.float32)), errors)
    return list(x.columns[np.sort(np.argsort(-forest.feature_importances_, kind="stable")[:MOST])])


def _spread(table: pd.DataFrame) -> float:
    return float((table["rows"] * (table["error"] - table["elsewhere"]) ** 2).sum()) if len(table) else 0.0


def _said(name: str, label: str) -> str:
    return f"{name} {'' if label[0] in '<>(' else '= '}{label}"


def _parts(values: pd.Series, errors: np.ndarray, smallest: int) -> pd.Series:
    if not pd.api.types.is_numeric_dtype(values):
        return values.astype(object).where(values.notna() & (values != ""), "(missing)").astype(str)
    known = values.notna()
    labels = pd.Series("(missing)", index=values.index, dtype=object)
    if known.sum() < 2 * smallest:
        return labels.where(~known, "(any)")
    tree = DecisionTreeRegressor(max_leaf_nodes=4, min_samples_leaf=smallest, random_state=0)
    numbers = values[known].to_numpy(float)
    tree.fit(numbers[:, None], errors[known.to_numpy()])
    cuts = np.sort(tree.tree_.threshold[tree.tree_.feature >= 0])
    if (numbers % 1 == 0).all():
        cuts = np.floor(cuts)  # halves between whole numbers
    if not len(cuts):
        return labels.where(~known, "(any)")
    digits = 4
    while len({number(c, digits) for c in cuts}) < len(cuts) and digits < 17:
        digits += 1
    ends = [number(c, digits) for c in cuts]
    names = [f"<= {ends[0]}", *(f"> {a} and <= {b}" for a, b in pairwise(ends)), f"> {ends[-1]}"]
    labels[known] = np.array(names, object)[np.searchsorted(cuts, numbers, side="left")]
    return labels
