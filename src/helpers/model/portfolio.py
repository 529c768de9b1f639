"""Good defaults, in the order in which they are worth their time; those that a search under a budget starts from.

A few settings of each strong family that err differently: other encodings, depths and amounts of chance. They follow
what was found to complement each other over many tables (Salinas and Erickson 2024, "TabRepo"), not those at hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from helpers.model.families import Family
from helpers.model.fits import Candidate

Setting = tuple[str, dict[str, Any], dict[str, Any]]  # family, transformations, hyperparameters

BINNED = {"impute": "none", "encode": "ordinal"}
BINNED_LEVELS = {"impute": "none", "encode": "levels"}
BINNED_ONE_HOT = {"impute": "none", "encode": "one-hot"}
BINNED_MIXED = {"impute": "none", "encode": "mixed"}
BINNED_TARGET = {"impute": "none", "encode": "target"}
FILLED = {"encode": "ordinal"}
SCALED = {"scale": "standard", "encode": "one-hot"}
SCALED_LOG = {"scale": "standard", "encode": "mixed", "log": True, "indicator": True}

BOTH: list[Setting] = [
    ("CatBoost", BINNED_MIXED, {"depth": 6}),
    ("LightGBM", BINNED_LEVELS, {}),
    ("linear", SCALED, {}),
    ("extra trees", FILLED, {}),
    ("LightGBM", BINNED_ONE_HOT, {"extra_trees": True, "colsample_bytree": 0.6}),
    ("CatBoost", BINNED_TARGET, {"depth": 8, "l2_leaf_reg": 5.0}),
    ("random forest", FILLED, {}),
    ("neural network", SCALED_LOG, {"hidden_layer_sizes": (128, 64), "alpha": 1e-3}),
    (
        "LightGBM",
        BINNED_TARGET,
        {"num_leaves": 96, "min_child_samples": 5, "colsample_bytree": 0.8, "reg_lambda": 1.0},
    ),
    ("CatBoost", BINNED, {"depth": 4, "l2_leaf_reg": 3.0, "random_strength": 2.0}),
    ("linear", SCALED_LOG, {}),
    ("kernel SVM", SCALED, {}),
    ("LightGBM", BINNED_ONE_HOT, {"num_leaves": 8, "min_child_samples": 10, "colsample_bytree": 0.5}),
    ("histogram boosting", BINNED, {}),
]
FORESTS = ("extra trees", "random forest")
FOREST = {
    "binary": {"min_samples_leaf": 3},
    "multiclass": {"min_samples_leaf": 2},
    "multilabel": {"min_samples_leaf": 3},
    "regression": {"min_samples_leaf": 2},
}
LINEAR = ("logistic regression", "ridge", "Poisson regression", "quantile regression")  # the first there is

RATES = {"CatBoost": (0.05, 0.3), "LightGBM": (0.03, 0.25)}  # learning rate: where there is time, at most
RACED = 0.1  # learning rate in the race
STOPPING = 4.0  # rounds times rate until boosting that gains no more has stopped (see rounds.patience)


def portfolio(known: Mapping[str, Family], task: str, rows: int) -> list[Candidate]:
    """Return the candidates for a task in order, without families that are unknown, inexact or too slow.

    Families that are known and not in the portfolio follow, with standard hyperparameters and their own features.
    """
    found: list[Candidate] = []
    standing = usual(known)
    settings = [(_linear(known) if f == "linear" else f, options, given) for f, options, given in BOTH]
    more: list[Setting] = [
        (n, dict(f.features), {}) for n, f in known.items() if n != "dummy" and n not in standing
    ]
    for name, options, parameters in settings + more:
        if name not in known or not known[name].exact or rows > (known[name].most or rows):
            continue
        if options == BINNED_LEVELS and known[name].features.get("encode") != "levels":
            options = BINNED  # a family of one's own by that name
        if name in FORESTS:
            parameters = FOREST[task] | parameters
        number = 1 + sum(c.family == name for c in found)
        found.append(Candidate(f"{name} {number}", name, parameters, options))
    return found


def usual(known: Mapping[str, Family]) -> set[str]:
    """Return the families that a search under a budget tries unless others are named."""
    return {_linear(known) if family == "linear" else family for family, _, _ in BOTH} & known.keys()


def _linear(known: Mapping[str, Family]) -> str:
    return next((name for name in LINEAR if name in known), "")


def learning_rate(family: str, seconds: float, seconds_a_round: float, learnt: float) -> float:
    """Return the rate at which boosting finds what there is to find in the time of a fit.

    learnt is rounds times rate after which an earlier fit had found it: a smaller rate needs more rounds, and finds
    a little more.

    >>> learning_rate("LightGBM", 60.0, 0.02, 12.0), learning_rate("LightGBM", 2.0, 0.02, 12.0)
    (0.03, 0.16)
    """
    usual, most = RATES[family]
    return float(np.clip((learnt + STOPPING) * seconds_a_round / max(seconds, 1e-3), usual, most))
