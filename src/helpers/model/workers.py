"""Processes that fit models side by side, one core each: one that hangs or dies costs only what it was doing."""

from __future__ import annotations

import contextlib
import ctypes
import multiprocessing
import os
import pickle
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing import connection
from typing import Any

from threadpoolctl import threadpool_limits

from helpers.errors import Answerable, one_line

Task = Callable[[Any], Any]
METHOD = "fork" if sys.platform == "linux" else "spawn"
PR_SET_PDEATHSIG = 1  # Linux, prctl(2): a signal when the parent ends


@dataclass(frozen=True)
class Outcome:
    """What became of a job: its answer, or in one line why there is none; seconds as seen from outside.

    late  whether it was ended because its time was over
    """

    key: Any
    answer: Any
    trouble: str
    seconds: float
    late: bool = False


class _Worker:
    """One process and what it is doing."""

    def __init__(self, task: Task, context: Any) -> None:
        self.channel, theirs = context.Pipe()
        given = task if context.get_start_method() == "fork" else _Sent(task)
        self.process = context.Process(target=_serve, args=(given, theirs, os.getpid()), daemon=True)
        self.process.start()
        theirs.close()
        self.key: Any = None
        self.began = self.until = 0.0

    def end(self) -> None:
        self.process.kill()
        self.process.join(5)
        self.channel.close()


class _Sent:
    """A task on its way to a process that was not forked: its functions may stand in a cell or a person's own file."""

    def __init__(self, task: Task) -> None:
        self.task = task

    def __reduce__(self) -> tuple:
        import cloudpickle

        return pickle.loads, (cloudpickle.dumps(self.task),)


class Workers:
    """A few processes that do one task on the jobs that they are given; use it as a context.

    task is called with a job in another process. Where the system can fork, data that it holds is shared, not copied.
    """

    def __init__(self, task: Task, count: int, method: str = METHOD) -> None:
        self._task = task
        self._context: Any = multiprocessing.get_context(method)
        self._busy: list[_Worker] = []
        self._idle = [_Worker(task, self._context) for _ in range(max(1, count))]
        self._begun, self._worked = time.monotonic(), 0.0
        self.count = len(self._idle)

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in [*self._idle, *self._busy]:
            worker.end()

    @property
    def idle(self) -> int:
        """How many of them have nothing to do."""
        return len(self._idle)

    @property
    def busy(self) -> list[Any]:
        """The keys of the jobs under way."""
        return [worker.key for worker in self._busy]

    @property
    def share_busy(self) -> float:
        """The share of the time so far, over all of them, in which they worked."""
        return self._worked / max(1e-9, (time.monotonic() - self._begun) * self.count)

    def start(self, key: Any, job: Any, seconds: float) -> None:
        """Give a job to an idle one; after so many seconds it is ended."""
        worker = self._idle.pop()
        worker.key, worker.began = key, time.monotonic()
        worker.until = worker.began + seconds
        worker.channel.send(job)
        self._busy.append(worker)

    def wait(self, seconds: float) -> list[Outcome]:
        """Return what was finished, has died or has run out of its time, within so many seconds at most."""
        if not self._busy:
            return []
        end = min(time.monotonic() + seconds, *(w.until for w in self._busy))
        ready = connection.wait([w.channel for w in self._busy], max(0.0, end - time.monotonic()))
        now = time.monotonic()
        found = [(w, self._heard(w)) for w in self._busy if w.channel in ready]
        late = [w for w in self._busy if w.channel not in ready and now >= w.until]
        found += [(w, (None, f"stopped: it took more than {w.until - w.began:.0f} s", False)) for w in late]
        return [self._freed(worker, now, *heard) for worker, heard in found]

    def run(self, jobs: Iterable[tuple[Any, Any]], seconds: float) -> Iterator[Outcome]:
        """Do jobs, (key, job), each within so many seconds, and yield what became of them in the order of their ends.

        The next job is asked for when one of them is idle, so which one comes may depend on what has ended.
        """
        waiting, more = iter(jobs), True
        while more or self.busy:
            while more and self.idle:
                following = next(waiting, None)
                more = following is not None
                if following is not None:
                    self.start(*following, seconds)
            yield from self.wait(seconds)

    def _heard(self, worker: _Worker) -> tuple[Any, str, bool]:
        try:
            return (*worker.channel.recv(), True)
        except (EOFError, OSError):
            worker.process.join(1)
            return None, f"its process died ({worker.process.exitcode}); it may have run out of memory", False

    def _freed(self, worker: _Worker, now: float, answer: Any, trouble: str, lives: bool) -> Outcome:
        late = not lives and now >= worker.until
        outcome = Outcome(worker.key, answer, trouble, now - worker.began, late)
        self._busy.remove(worker)
        self._worked += outcome.seconds
        if not lives:
            worker.end()
            worker = _Worker(self._task, self._context)
        self._idle.append(worker)
        return outcome


def _serve(task: Task, channel: Any, parent: int) -> None:
    """Answer jobs until the other side is gone; what a library prints or how it is interrupted is not heard."""
    if not _ends_with(parent):
        return
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    silent = os.open(os.devnull, os.O_RDWR)
    for stream in (1, 2):
        os.dup2(silent, stream)
    with threadpool_limits(1), contextlib.suppress(EOFError, OSError):
        while True:
            channel.send(answered(task, channel.recv()))


def _ends_with(parent: int) -> bool:
    """Have this process end when its parent does, however that ends; False when it has already.

    Forked ones need it: each holds the other side of its neighbours' channels open, so none would hear the end.
    """
    if sys.platform != "linux":
        return True
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    return os.getppid() == parent


def answered(task: Task, job: Any) -> tuple[Any, str]:
    """Return the answer to a job and an empty text; or None, and in one line why there is no answer."""
    try:
        return task(job), ""
    except Answerable as error:
        return None, one_line(str(error), 160)
    except Exception as error:
        first = str(error).strip().splitlines()[:1]
        return None, one_line(": ".join([type(error).__name__, *first]), 160)
