"""For tables without a target: how unusual a row is, by how few random cuts set it apart (Liu et al. 2008)."""

from sklearn.ensemble import IsolationForest

from helpers.model.families import UNUSUAL, Family

FAMILIES = [
    Family(
        "isolation forest",
        UNUSUAL,
        lambda seed, **given: IsolationForest(**{"n_estimators": 200, "random_state": seed} | given),
        features={"scale": "standard"},
    )
]
