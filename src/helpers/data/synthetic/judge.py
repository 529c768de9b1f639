"""How well synthetic rows resemble real ones: shapes of columns, links between them, and what a model learns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from helpers.data import explore
from helpers.data.synthetic.roles import LEVEL, NUMBER, as_float, as_levels, by_role
from helpers.problem import Problem
from helpers.report.text import share


def shapes(real: pd.DataFrame, made: pd.DataFrame, roles: dict[str, str]) -> pd.DataFrame:
    """Return one row a column: its measure, the score from 0 to 1, and the difference of the missing shares.

    numbers  1 - the Kolmogorov-Smirnov statistic          levels  1 - the total variation distance
    Missing values are left out of both, as SDMetrics' KSComplement and TVComplement have it.
    """
    records = []
    for name in by_role(roles, NUMBER, LEVEL):
        number = roles[name] == NUMBER
        score = _ks(as_float(real[name]), as_float(made[name])) if number else _tv(real[name], made[name])
        gap = abs(float(real[name].isna().mean() - made[name].isna().mean()))
        records.append(
            {"name": name, "measure": "1 - KS" if number else "1 - TV", "score": score, "missing": gap}
        )
    return pd.DataFrame(records, columns=["name", "measure", "score", "missing"]).set_index("name")


def links(
    real: pd.DataFrame, made: pd.DataFrame, problem: Problem, most: int = 60
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the association matrices (p, p) of real and synthetic rows, over the columns that both can compare."""
    both = [explore.prepared(rows, problem) for rows in (real, made)]
    names = [n for n in both[0].kinds if n in both[1].kinds]
    names = sorted(names, key=lambda n: n != problem.target)[:most]
    one, two = (explore.matrix(explore.associations(explore.narrowed(c, names)), names) for c in both)
    return one, two


def mean_difference(one: pd.DataFrame, two: pd.DataFrame) -> float:
    """Return the mean absolute difference of two association matrices off their diagonals; NaN for one column."""
    apart = np.abs(one.to_numpy() - two.to_numpy())[np.triu_indices(len(one), 1)]
    known = apart[~np.isnan(apart)]
    return float(known.mean()) if len(known) else float("nan")


def utility(
    real: pd.DataFrame, made: pd.DataFrame, held_out: pd.DataFrame, problem: Problem, seed: int = 0
) -> dict[str, Any] | None:
    """Return how gradient boosting judges held-out real rows when it learnt from real and from synthetic ones.

    AUC (one against the rest, where there are more than two classes) or R2; None where there is nothing to learn.
    """
    from sklearn.metrics import r2_score, roc_auc_score

    if problem.target is None:
        return None
    told = [
        n for n in problem.features(list(real.columns)) if problem.types.get(n) not in ("text", "structured")
    ]
    names = [n for n in told if real[n].notna().any() and made[n].notna().any()]
    y = held_out[problem.target]
    if not names or (problem.is_classification and y.nunique() < 2):
        return None
    answers = {}
    for what, rows in (("real", real), ("synthetic", made)):
        predicted, classes = _learnt(rows, held_out, names, problem, seed)
        if predicted is None:
            return None
        if not problem.is_classification:
            answers[what] = float(r2_score(y.astype(float), predicted))
        elif predicted.shape[1] == 2:
            answers[what] = float(roc_auc_score(y.astype(str) == classes[1], predicted[:, 1]))
        else:
            hits = [roc_auc_score(y.astype(str) == c, predicted[:, k]) for k, c in enumerate(classes)
                    if 0 < (y.astype(str) == c).sum() < len(y)]  # fmt: skip
            answers[what] = float(np.mean(hits))
    return {"measure": "AUC" if problem.is_classification else "R²", **answers}


def _learnt(
    rows: pd.DataFrame, held_out: pd.DataFrame, names: list[str], problem: Problem, seed: int
) -> tuple[np.ndarray | None, list[str]]:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    x, later = _encoded(rows, held_out, names)
    y = rows[problem.target]
    settings: dict[str, Any] = {
        "max_iter": 100,
        "learning_rate": 0.06,
        "max_leaf_nodes": 15,
        "random_state": seed,
    }
    if not problem.is_classification:
        return HistGradientBoostingRegressor(**settings).fit(x, y.astype(float)).predict(later), []
    if y.nunique() < 2:
        return None, []
    model = HistGradientBoostingClassifier(**settings).fit(x, y.astype(str))
    return model.predict_proba(later), [str(c) for c in model.classes_]


def _encoded(rows: pd.DataFrame, later: pd.DataFrame, names: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return both tables as numbers: a level as its rank among those of both, by how often it occurs."""
    one, two = [], []
    for name in names:
        if rows[name].dtype == object or pd.api.types.is_bool_dtype(rows[name]):
            counts = pd.concat([rows[name], later[name]]).astype(str).value_counts()
            order = {v: n for n, v in enumerate(sorted(counts.index, key=lambda v: (-counts[v], v)))}
            one.append(rows[name].astype(str).map(order).to_numpy(float))
            two.append(later[name].astype(str).map(order).to_numpy(float))
        else:
            one.append(as_float(rows[name]))
            two.append(as_float(later[name]))
    return np.column_stack(one), np.column_stack(two)


def _ks(one: np.ndarray, two: np.ndarray) -> float:
    one, two = np.sort(one[~np.isnan(one)]), np.sort(two[~np.isnan(two)])
    if not len(one) or not len(two):
        return float(len(one) == len(two))
    at = np.concatenate([one, two])
    below = [np.searchsorted(part, at, side="right") / len(part) for part in (one, two)]
    return float(1 - np.abs(below[0] - below[1]).max())


def _tv(one: pd.Series, two: pd.Series) -> float:
    shares = [pd.Series(as_levels(s.dropna()).astype(str)).value_counts(normalize=True) for s in (one, two)]
    both = pd.concat(shares, axis=1).fillna(0).to_numpy()
    return float(1 - np.abs(both[:, 0] - both[:, 1]).sum() / 2)


def verdict(near: np.ndarray, natural: np.ndarray, copied: int) -> str:
    """Return in a sentence whether synthetic rows lie nearer to real ones than held-out rows, and any is a copy.

    near (m,) and natural (n,) are distances to the nearest real row. Were all of one law, as many of both would lie
    below the 5 % quantile of the held-out ones, give or take sqrt(p (1 - p) (1 / n + 1 / m)): both samples count, for
    the quantile is an estimate too. Two such spreads are chance; beyond three times as many, rows were learnt by heart.
    """
    if not len(near) or not len(natural):
        return "There is nothing to compare."
    limit = np.quantile(natural, 0.05)
    nearer, chance = float(np.mean(near < limit)), float(np.mean(natural < limit))
    doubt = 2 * np.sqrt(max(chance, 0.05) * (1 - max(chance, 0.05)) * (1 / len(near) + 1 / len(natural)))
    if nearer - chance <= doubt:
        told = "as chance would have it"
    elif nearer - 3 * chance <= doubt:
        told = f"more than the {share(chance)} that chance gives, so look at the nearest ones"
    else:
        told = (
            f"far more than the {share(chance)} that chance gives; do not give them away before you know why"
        )
    return (
        f"**{copied} of the synthetic rows {'is a copy' if copied == 1 else 'are copies'}** of a real row; "
        f"{share(nearer)} lie nearer to a real row than 95 % of the held-out rows do: {told}."
    )


def report(
    made: Any, shapes: pd.DataFrame, gap: float, useful: dict | None, near: np.ndarray, natural: np.ndarray
) -> dict[str, Any]:
    """Return what was measured as plain JSON; made is what `generate.synthetic` returned."""
    return {
        "rows": len(made.rows),
        "copies_left_out": made.copies,
        "roles": made.roles,
        "shape": float(shapes["score"].mean()) if len(shapes) else None,
        "shapes": {str(n): float(s) for n, s in shapes["score"].items()},
        "association_difference": None if np.isnan(gap) else gap,
        "utility": useful,
        "nearest_synthetic": [float(q) for q in np.quantile(near, [0, 0.05, 0.5])] if len(near) else None,
        "nearest_held_out": [float(q) for q in np.quantile(natural, [0, 0.05, 0.5])]
        if len(natural)
        else None,
        "notes": made.notes,
    }
