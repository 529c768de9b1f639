"""The notebooks of one run that execute, each on a kernel forked from a warm server, the next one started ahead."""

from __future__ import annotations

import contextlib
import threading
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helpers.pipeline.places import Places
from helpers.pipeline.plan import Planner
from helpers.pipeline.stage import ATTEMPT
from helpers.pipeline.store import answered, discard, write_json

if TYPE_CHECKING:  # Jupyter is imported by the threads, and not at all where every stage is restored
    from helpers.pipeline.kernels import ForkServer, StageKernels

    Attempt = tuple[Path, StageKernels]
Report = Callable[[str, str, Any], None]


class Executions:
    """Executes stages in threads while it is entered; whoever leaves it ends all kernels.

    report(event, stage, news) is called from these threads: "cell" with (code cells done, code cells in all), and
    "ended" with (folder of the attempt or None, `Execution` or the exception that stopped it).
    """

    def __init__(self, places: Places, planner: Planner, report: Report) -> None:
        self._places, self._planner, self._report = places, planner, report
        self._ahead: dict[str, Future[Attempt]] = {}
        self._server: ForkServer | None = None
        self._stopping, self._server_lock = threading.Event(), threading.Lock()
        self._open = contextlib.ExitStack()

    def __enter__(self) -> Executions:
        self._helper = self._open.enter_context(ThreadPoolExecutor(1))
        self._pool = self._open.enter_context(ThreadPoolExecutor(self._planner.request.jobs))
        self._open.callback(self._stop)
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def start(self, name: str, artifacts: Mapping[str, Mapping[str, Any]]) -> None:
        """Execute a stage, which reads what it declares among the artifacts."""
        reads = {a: artifacts[a] for a in self._planner.graph.stages[name].reads}
        self._pool.submit(self._execute, name, reads, self._ahead.pop(name, None))

    def start_ahead(self, name: str) -> None:
        """Start the kernel of the stage that will most likely be next, so that it is ready then.

        Not before the server is warm: the first kernels are forked while it still imports.
        """
        if self._server is not None and name not in self._ahead:
            self._ahead[name] = self._helper.submit(self._attempt, name, True)

    def _attempt(self, name: str, ahead: bool = False) -> Attempt:
        """Return a folder for one execution of a stage, and its kernel, started ahead or not yet."""
        from helpers.pipeline.kernels import StageKernels

        folder = self._places.workspace / "tmp" / f"{name}-{uuid.uuid4().hex[:8]}"
        with answered(self._places.workspace):
            folder.mkdir(parents=True)
        env = {
            ATTEMPT: str(folder),
            "WORKBENCH_WORKSPACE": str(self._places.workspace),
            "WORKBENCH_REPORTS": str(self._places.reports),
        }
        kernels = StageKernels(self._warm_server(), env, folder / "executed.log")
        if ahead:
            kernels.start_ahead((self._places.root / self._planner.graph.stages[name].notebook).parent)
        return folder, kernels

    def _execute(self, name: str, reads: Mapping[str, Any], ahead: Future[Attempt] | None) -> None:
        folder, request = None, self._planner.request
        try:
            from helpers.pipeline.execute import execute

            folder, kernels = ahead.result() if ahead else self._attempt(name)
            again = {a: e for a, e in request.again.items() if a in self._planner.graph.stages[name].writes}
            record = {"stage": name, "reads": reads, "again": again, "deadline": request.deadline}
            write_json(folder / "attempt.json", record)
            prepared = self._planner.stages[name]
            outcome = execute(
                self._places.root / prepared.spec.notebook,
                folder / "executed.ipynb",
                _to_inject(prepared.values, prepared.declared),
                kernels,
                lambda done, total: self._report("cell", name, [done, total]),
            )
            self._report("ended", name, (folder, outcome))
        except BaseException as error:
            self._report("ended", name, (folder, error))

    def _warm_server(self) -> ForkServer | None:
        from helpers.pipeline.kernels import ForkServer, can_fork

        with self._server_lock:
            if self._stopping.is_set():
                raise KeyboardInterrupt
            if self._server is None and can_fork():
                stages = self._planner.stages.values()
                # The first kernel is forked before these are imported: one stage alone would import them twice.
                wanted = [n for s in stages for n in s.imports] if len(stages) > 1 else []
                self._server = ForkServer(["ipykernel.kernelapp", *dict.fromkeys(wanted)])
        return self._server

    def _stop(self) -> None:
        self._stopping.set()
        with self._server_lock:
            if self._server is not None:
                self._server.stop()  # first: a server that still imports would let the others wait
        for unused in self._ahead.values():
            with contextlib.suppress(BaseException):
                folder, kernels = unused.result()
                kernels.end()
                discard(folder)


def _to_inject(values: Mapping[str, Any], declared: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in values.items() if k == "run" or v != declared[k].default}
