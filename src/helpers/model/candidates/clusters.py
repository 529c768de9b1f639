"""Families for tables without a target: groups of like rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.cluster import DBSCAN, HDBSCAN, KMeans, MiniBatchKMeans
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import NearestNeighbors

from helpers.model.families import GROUPS, Family


class ReachDBSCAN(ClusterMixin, BaseEstimator):
    """DBSCAN (Ester 1996) whose reach is read off the rows: within it, nine of ten have their neighbours."""

    def __init__(self, min_samples: int = 5) -> None:
        self.min_samples = min_samples

    def fit(self, x: Any, y: Any = None) -> ReachDBSCAN:
        """Find the reach, then the groups; labels_ (n,) is -1 for rows in none."""
        known = NearestNeighbors(n_neighbors=min(self.min_samples, len(x) - 1)).fit(x)
        self.reach_ = max(float(np.quantile(known.kneighbors()[0][:, -1], 0.9)), 1e-9)
        self.labels_ = DBSCAN(eps=self.reach_, min_samples=self.min_samples).fit_predict(x)
        return self


def _mixture(seed: int, n_clusters: int = 8, **given: Any) -> GaussianMixture:
    return GaussianMixture(n_clusters, covariance_type="diag", reg_covar=1e-3, random_state=seed, **given)


FAMILIES = [
    Family(
        "k-means",
        GROUPS,
        lambda seed, **given: KMeans(**{"n_init": 5, "random_state": seed} | given),
        lambda trial: {"n_clusters": trial.suggest_int("n_clusters", 2, 12)},
        {"scale": "standard"},
    ),
    Family(
        "mini-batch k-means",
        GROUPS,
        lambda seed, **given: MiniBatchKMeans(**{"n_init": 5, "random_state": seed} | given),
        lambda trial: {"n_clusters": trial.suggest_int("n_clusters", 2, 12)},
        {"scale": "standard"},
        cost=0.2,
    ),
    Family(
        "Gaussian mixture",
        GROUPS,
        _mixture,
        lambda trial: {"n_clusters": trial.suggest_int("n_clusters", 2, 12)},
        {"scale": "standard"},
        cost=3.0,
    ),
    Family(
        "DBSCAN",
        GROUPS,
        lambda seed, **given: ReachDBSCAN(**given),
        features={"scale": "standard"},
    ),
    Family(
        "HDBSCAN",
        GROUPS,
        lambda seed, **given: HDBSCAN(**{"min_cluster_size": 15, "copy": True} | given),
        features={"scale": "standard"},
        cost=10.0,
    ),
]
