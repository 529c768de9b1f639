"""The folds of trials on a Dask cluster: on this machine, or wherever its scheduler is.

Workers need this package and those of requirements.lock, in the same versions.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from typing import Any

from helpers.errors import BadInput, Failed, MissingExtra
from helpers.model.trial import Drawn, Ground, Judged, Spread, Threads, judged

AGAIN = 3  # workers that may die under one fold before it counts as its own fault
WAIT = 30  # seconds for a scheduler to answer


@contextmanager
def spread(cluster: str | None, ground: Ground, jobs: int) -> Iterator[Spread]:
    """Yield where folds are computed: in threads (None), on a cluster made here ("local"), or on one that there is.

    BadInput when there is no such scheduler; MissingExtra without the package distributed.
    """
    if cluster is None:
        yield Threads(ground, jobs)
        return
    with _client(cluster, jobs) as client:
        yield OnCluster(client, ground)


class OnCluster:
    """Folds as tasks of a Dask client. A fold whose worker is lost is computed again by another."""

    def __init__(self, client: Any, ground: Ground) -> None:
        self._client = client
        self.count = max(1, sum(client.nthreads().values()))
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # the rows go through the scheduler, which so keeps them for new workers
            self._ground = client.submit(_given, ground, pure=False)

    def __call__(self, drawn: Drawn, folds: Sequence[int]) -> list[Judged]:
        """Return what each of the folds says."""
        from distributed import KilledWorker

        futures = [self._client.submit(judged, self._ground, drawn, n, pure=False) for n in folds]
        try:
            return self._client.gather(futures)
        except KilledWorker:
            raise Failed(
                f"{AGAIN + 1} workers died while they fitted {drawn.family}; they may need more memory"
            ) from None
        except CancelledError:
            raise Failed(
                "the Dask cluster is gone; run again when it is back: ended trials are kept"
            ) from None
        finally:
            self._client.cancel(futures)


def _given(ground: Ground) -> Ground:
    return ground


@contextmanager
def _client(cluster: str, jobs: int) -> Iterator[Any]:
    try:
        import dask
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise MissingExtra(str(error.name or "distributed"), "cluster") from None
    if cluster != "local" and "://" not in cluster:
        raise BadInput(f'tune.cluster {cluster!r} must be "local" or an address such as tcp://host:8786')
    dask.config.set({"distributed.scheduler.allowed-failures": AGAIN})
    if cluster == "local":
        with (
            LocalCluster(
                n_workers=jobs, threads_per_worker=1, dashboard_address="127.0.0.1:0", silence_logs=50
            ) as made,
            Client(made) as client,
        ):
            yield client
        return
    try:
        client = Client(cluster, timeout=WAIT)
    except (OSError, TimeoutError, ValueError) as error:
        raise BadInput(f"tune.cluster: no Dask scheduler answers at {cluster}: {error}") from None
    with client:
        yield client
