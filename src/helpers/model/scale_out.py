"""The folds of trials on a Dask cluster: on this machine, or wherever its scheduler is.

Workers need this package and those of requirements.lock, in the same versions.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from functools import partial
from typing import Any

from helpers.errors import BadInput, Failed, MissingExtra, one_line
from helpers.model.trial import Drawn, Ground, Judged, Processes, Spread, judged
from helpers.model.workers import answered

AGAIN = 3  # workers that may die under one fold before it counts as its own fault
WAIT = 30  # seconds for a scheduler to answer, and for a worker to be there
LOOK = 1.0  # seconds between two looks at whether there is a worker


@contextmanager
def spread(cluster: str | None, ground: Ground, jobs: int, seconds: float) -> Iterator[Spread]:
    """Yield where folds are computed: in processes (None), on a cluster made here ("local"), or on one that there is.

    A fold that takes more than so many seconds is ended. BadInput when there is no such scheduler, or it has no
    worker; MissingExtra without the package distributed.
    """
    if cluster is None:
        with Processes(ground, jobs, seconds) as processes:
            yield processes
        return
    with _client(cluster, jobs) as client:
        yield OnCluster(client, ground, seconds)


class OnCluster:
    """Folds as tasks of a Dask client. A fold whose worker is lost is computed again by another."""

    def __init__(self, client: Any, ground: Ground, seconds: float) -> None:
        self._client, self._seconds = client, seconds
        self.count = max(1, sum(client.nthreads().values()))
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # the rows go through the scheduler, which so keeps them for new workers
            self._ground = client.submit(_given, ground, pure=False)

    def __call__(self, drawn: Drawn, folds: Sequence[int]) -> list[Judged | str]:
        """Return what each of the folds says, up to one that says nothing, and of that in one line why."""
        futures = [self._client.submit(_heard, self._ground, (drawn, n), pure=False) for n in folds]
        found: list[Judged | str] = []
        try:
            for future in futures:
                found.append(self._answer(future, futures))
                if isinstance(found[-1], str):
                    break
        except (CancelledError, OSError):
            raise Failed(
                "the Dask cluster is gone; run again when it is back: ended trials are kept"
            ) from None
        finally:
            self._client.cancel(futures)
        return found

    def _answer(self, future: Any, together: Sequence[Any]) -> Judged | str:
        from distributed import KilledWorker

        began = seen = time.monotonic()
        while True:
            try:
                return future.result(timeout=LOOK)
            except KilledWorker as error:
                if error.task != future.key:
                    raise Failed(
                        "workers of the Dask cluster died when they got the rows; give them more memory"
                    ) from None
                return f"{AGAIN + 1} workers died while they fitted it; they may need more memory"
            except TimeoutError:
                now = time.monotonic()
            if now - began > self._seconds:
                self._end(together)
                return f"stopped: it took more than {self._seconds:.0f} s"
            if self._client.nthreads():
                seen = now
            elif now - seen > WAIT:
                raise Failed(
                    f"the Dask cluster has had no worker for {WAIT} s; start some ({_worker(self._client)}) and run "
                    "again: ended trials are kept"
                )

    def _end(self, futures: Sequence[Any]) -> None:
        """Restart the workers that are at work on these: a thread of theirs cannot be ended."""
        keys, processing = {f.key for f in futures}, self._client.processing()
        self._client.cancel(futures)
        busy = [worker for worker, theirs in processing.items() if keys & set(theirs)]
        try:
            self._client.restart_workers(busy, timeout=WAIT)
        except (TimeoutError, ValueError) as error:  # one without a nanny, say
            raise Failed(
                f"a worker of the Dask cluster hangs and cannot be restarted: {one_line(str(error), 120)}"
            ) from None


def _heard(ground: Ground, job: tuple[Drawn, int]) -> Judged | str:
    answer, trouble = answered(partial(judged, ground), job)
    return trouble or answer


def _worker(client: Any) -> str:
    return f"dask worker {client.scheduler.address}"


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
    # Else a cluster made here gives up a worker that is being restarted a second time within it.
    dask.config.set({"distributed.deploy.lost-worker-timeout": "1 hour"})
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
        try:
            client.wait_for_workers(1, timeout=WAIT)
        except TimeoutError:
            raise BadInput(
                f"tune.cluster: the scheduler at {cluster} has no worker; start some: {_worker(client)}"
            ) from None
        yield client
