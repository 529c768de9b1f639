"""Execute one notebook with Papermill, on a kernel of its own."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helpers.pipeline.kernels import StageKernels

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class CellError:
    """What stopped a notebook: number of the code cell (from 1), name and message of the error, the cell's text."""

    cell: int
    name: str
    message: str
    source: str


@dataclass(frozen=True)
class Execution:
    """An executed notebook: seconds until the kernel was ready, in cells and in all; peak memory in bytes."""

    cells: int
    kernel_seconds: float
    cell_seconds: float
    wall_seconds: float
    memory: int | None
    error: CellError | None


def execute(
    notebook: Path,
    executed: Path,
    parameters: Mapping[str, Any],
    kernels: StageKernels,
    progress: Progress,
) -> Execution:
    """Run a notebook, write it with its outputs to `executed`, and return what happened.

    kernels starts the kernel, unless it did so already, and is ended here. progress is called with (code cells
    done, code cells in all) before each cell. An error in a cell is part of the answer; so is the death of the kernel.
    """
    _without_grammar()
    import papermill
    from nbclient.exceptions import DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    _quiet()
    watch = _Watch(progress)
    error: CellError | None = None
    try:
        papermill.execute_notebook(
            str(notebook),
            str(executed),
            parameters=dict(parameters),
            engine_name=_engine(),
            kernel_name="workbench",
            progress_bar=False,
            request_save_on_cell_execute=False,
            km=kernels,
            watch=watch,
            resources={"metadata": {"path": str(notebook.parent)}},
            on_cell_start=watch.cell_starts,
            on_cell_executed=watch.cell_ends,
            timeout=None,
        )
    except PapermillExecutionError as failure:
        error = CellError(watch.current, failure.ename, _last_line(failure), failure.source)
        watch.failed(executed, None)
    except DeadKernelError:
        error = CellError(watch.current, "KernelDied", _how_it_died(kernels), watch.source)
        watch.failed(executed, error)
    finally:
        kernels.end()
    memory = kernels.process.memory if kernels.process else None
    wall = time.monotonic() - watch.begun
    return Execution(watch.total, watch.kernel, watch.cells, wall, memory, error)


class _Watch:
    """Follows one execution: which cell runs, how long cells take, and the notebook as it fills."""

    def __init__(self, progress: Progress) -> None:
        self.begun = time.monotonic()
        self.kernel = self.cells = 0.0
        self.current = self.total = 0
        self.source = ""
        self.notebook: Any = None
        self._progress = progress
        self._cell_begun = 0.0

    def opened(self, notebook: Any) -> None:
        self.notebook = notebook
        self.total = sum(c.cell_type == "code" and bool(c.source.strip()) for c in notebook.cells)

    def cell_starts(self, cell: Any, cell_index: int) -> None:
        if cell.cell_type != "code" or not cell.source.strip():
            return
        now = time.monotonic()
        self.kernel = self.kernel or now - self.begun
        self._cell_begun, self.source = now, cell.source
        self._progress(self.current, self.total)
        self.current += 1

    def cell_ends(self, cell: Any, cell_index: int, execute_reply: Any) -> None:
        self.cells += time.monotonic() - self._cell_begun

    def failed(self, executed: Path, error: CellError | None) -> None:
        """Write the notebook as far as it came, without the marks that Papermill adds for its own readers."""
        import nbformat

        if self.notebook is None:
            return
        marks = ("papermill-error-cell-tag",)
        self.notebook.cells = [
            c for c in self.notebook.cells if not set(marks) & set(c.metadata.get("tags", []))
        ]
        if error is not None:
            shown = nbformat.v4.new_output("error", ename=error.name, evalue=error.message, traceback=[])
            for cell in self.notebook.cells:
                if cell.source == error.source and cell.cell_type == "code":
                    cell.outputs.append(shown)
                    break
        executed.write_text(nbformat.writes(self.notebook), encoding="utf-8")


def _engine() -> str:
    """Register (once) an engine that lets the watch see the notebook while it fills; return its name."""
    from papermill.engines import NBClientEngine, papermill_engines

    class WatchedEngine(NBClientEngine):
        @classmethod
        def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, watch: _Watch, **kwargs: Any) -> Any:
            watch.opened(nb_man.nb)
            return super().execute_managed_notebook(nb_man, kernel_name, **kwargs)

    if "workbench" not in papermill_engines._engines:
        papermill_engines.register("workbench", WatchedEngine)
    return "workbench"


def _without_grammar() -> None:
    """Keep jsonschema from compiling a grammar of web addresses, which notebooks never need and which takes 2 s."""
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]


def _quiet() -> None:
    """Keep Papermill's and nbclient's notes out of the terminal; what matters is in the answer."""
    for name in ("papermill", "nbclient", "traitlets", "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


def _last_line(failure: Any) -> str:
    lines = str(failure.evalue).strip().splitlines()
    return lines[0] if lines else failure.ename


def _how_it_died(kernels: StageKernels) -> str:
    code = kernels.process.returncode if kernels.process else None
    if code == -9:
        return "the kernel was killed; most often the memory was used up: take fewer rows or a larger machine"
    return f"the kernel ended by itself (status {code})"
