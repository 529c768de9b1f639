"""What a notebook sees of the pipeline: `here = Stage("train", run)`, then read and write by name.

In a pipeline run, the runner names a folder (the attempt) that says what to read and takes what was written.
By hand, in JupyterLab or with plain papermill, a stage reads what the latest run of that name left, and
whatever was since written by hand; what it writes by hand lies beside that run and never changes it.
"""

from __future__ import annotations

import os
import tempfile
import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from helpers.errors import BadInput, nearest
from helpers.pipeline.graph import read_graph
from helpers.pipeline.ledger import KEEPER, note_opening, openings, rows_of
from helpers.pipeline.lock import alone_in
from helpers.pipeline.places import named, project_root, workspace_of
from helpers.pipeline.store import Entry, Store, answered, read_json, write_json

ATTEMPT = "WORKBENCH_ATTEMPT"


class Stage:
    """One stage of a run.

    root       folder of the project
    workspace  folder of data, models and caches
    """

    def __init__(self, name: str, run: str) -> None:
        attempt = os.environ.get(ATTEMPT)
        self._attempt = Path(attempt) if attempt else None
        self.root = project_root()
        self.workspace = workspace_of(self.root)
        self._graph = read_graph(self.root)
        self._spec = self._graph.stage(name)
        self._store = Store(self.workspace)
        self._store.open()
        self._temporary: tempfile.TemporaryDirectory | None = None
        self.name, self.run = name, run
        self._again: dict[str, Any] = {}
        self._deadline: float | None = None
        self._made = time.time()
        self._inputs, self._results = self._attempted() if self._attempt else self._by_hand()

    def read(self, artifact: str) -> Any:
        """Return an artifact that the stage reads: table, dictionary, list, model, or the path of files."""
        self._must_not_be_sealed(artifact)
        return self._store.get(self._input(artifact))

    def path(self, artifact: str) -> Path:
        """Return the read-only file of an artifact that the stage reads: Parquet for a table, never loaded whole."""
        self._must_not_be_sealed(artifact)
        return self._store.whole(self._input(artifact))

    def hash(self, artifact: str) -> str:
        """Return the hash of the content of an artifact that the stage reads."""
        return self._input(artifact).hash

    def unseal(self, artifact: str, model: str) -> Any:
        """Open sealed rows to judge the model of that hash; the opening is noted in the ledger first."""
        keeper = self._graph.sealed.get(artifact)
        if keeper is None:
            raise BadInput(f"{artifact} is not sealed; use read")
        if keeper != self.name:
            raise BadInput(f"{artifact} is sealed: only the stage {keeper} may open it, not {self.name}")
        entry = self._input(artifact)
        by = "verify" if KEEPER in os.environ else "pipeline" if self._attempt else "hand"
        rows = rows_of(self._store, entry, self._provenance())
        note_opening(self._of_the_ledger, entry.hash, model, rows=rows, stage=self.name, run=self.run, by=by)
        return self._store.get(entry, sealed=True)

    def openings(self, artifact: str) -> int:
        """Return how many times these sealed rows have been opened so far, with these columns or others."""
        return len(openings(self._of_the_ledger, self._input(artifact).hash))

    def named(self, value: str) -> str:
        """Return the file or folder that a parameter names; "latest" is what was published last of this run."""
        return named(value, self.root, self.workspace, self._graph.publish.values(), self.run)

    def write(self, artifact: str, value: Any) -> None:
        """Keep an artifact: a table, JSON values, a model, or the path of a file or folder (copied).

        A table is a pandas frame, or a pyarrow.RecordBatchReader, which is written batch by batch.
        """
        if artifact not in self._spec.writes:
            raise BadInput(
                f"stage {self.name} does not write {artifact!r}{nearest(artifact, self._spec.writes)}; "
                f"pipeline.yaml says what it writes: {', '.join(self._spec.writes) or 'nothing'}"
            )
        if not self._attempt:
            self._store.temporary = self.temporary
        try:
            entry = self._store.put(value, sealed=artifact in self._graph.sealed)
        except BadInput as error:
            raise BadInput(f"{artifact}: {error}") from error
        self._note("writes", {artifact: entry.as_dict()})

    def measure(self, name: str, value: float, of: str = "validation") -> None:
        """Note a figure for the run's page: its name as scikit-learn writes it, and the rows it is of."""
        self._note("measures", {f"{name} {of}": {"name": name, "value": float(value), "of": of}})

    def reject(self, reason: str) -> None:
        """Say that the model is not accepted: what depends on this stage doesn't run, and the run ends with 3."""
        self._note("rejected", {"reason": reason})

    def seconds_left(self, budget: float | None) -> float | None:
        """Return the seconds that are left of a run's budget (in seconds); None when it has none.

        By hand, the budget counts from the moment in which this object was made.
        """
        if budget is None:
            return None
        return (self._deadline or self._made + budget) - time.time()

    def again(self, artifact: str) -> Any:
        """Return what the run wrote that is being built again by `workbench verify`; None in any other run."""
        return self._store.get(Entry(**self._again[artifact])) if artifact in self._again else None

    @property
    def originals(self) -> Path:
        """The folder of the original data, copied once and never written to again."""
        return self._folder("originals")

    @property
    def scratch(self) -> Path:
        """A folder of the stage's own that outlives the run, such as for a search that can be resumed."""
        return self._folder("scratch", self.run, self.name)

    def alone(self) -> AbstractContextManager[None]:
        """Return a context in which nobody else works in `scratch`, such as a notebook by hand beside a run."""
        who = "a run of the pipeline" if self._attempt else "a notebook that was opened by hand"
        what = f"stage {self.name} of run {self.run!r}"
        return alone_in(self.scratch, what, f"{who} (process {os.getpid()})")

    @property
    def temporary(self) -> Path:
        """A folder of the stage's own for files that nobody wants when it ends; it is removed then."""
        if self._attempt:
            return self._attempt
        if self._temporary is None:
            import filelock

            self._temporary = tempfile.TemporaryDirectory(
                prefix=f"{self.name}-", dir=self._folder("tmp"), ignore_cleanup_errors=True
            )
            self._held = filelock.FileLock(Path(self._temporary.name) / "lock")  # or the next run empties it
            self._held.acquire()
        return Path(self._temporary.name)

    def _provenance(self) -> dict[str, Any] | None:
        latest = read_json(self.workspace / "runs" / f"{self.run}.json") or {"artifacts": {}}
        entry = (latest["artifacts"] | self._inputs).get("provenance")
        return self._store.get(Entry(**entry)) if entry else None

    @property
    def _of_the_ledger(self) -> Path:
        return Path(os.environ.get(KEEPER) or self.workspace)

    def _folder(self, *parts: str) -> Path:
        folder = self.workspace.joinpath(*parts)
        with answered(self.workspace):
            folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _input(self, artifact: str) -> Entry:
        if artifact not in self._spec.reads:
            raise BadInput(
                f"stage {self.name} does not read {artifact!r}{nearest(artifact, self._spec.reads)}; "
                f"pipeline.yaml says what it reads: {', '.join(self._spec.reads) or 'nothing'}"
            )
        if artifact not in self._inputs:
            writer = self._graph.writers[artifact]
            raise BadInput(
                f"there is no {artifact} of run {self.run!r} yet; stage {writer} writes it: "
                f"workbench run {self.run} --to {writer}"
            )
        return Entry(**self._inputs[artifact])

    def _must_not_be_sealed(self, artifact: str) -> None:
        keeper = self._graph.sealed.get(artifact)
        if keeper:
            raise BadInput(f"{artifact} is sealed; the stage {keeper} may open it once, with unseal")

    def _attempted(self) -> tuple[dict, Path]:
        assert self._attempt is not None
        record = read_json(self._attempt / "attempt.json") or {}
        if record.get("stage") != self.name:
            raise BadInput(
                f"the pipeline runs stage {record.get('stage')!r} here, and the notebook says {self.name!r}"
            )
        self._again, self._deadline = record.get("again", {}), record.get("deadline")
        return record["reads"], self._attempt / "results.json"

    def _by_hand(self) -> tuple[dict, Path]:
        latest = read_json(self.workspace / "runs" / f"{self.run}.json") or {"run": "none", "artifacts": {}}
        beside = self.workspace / "by_hand" / self.run / f"{latest['run']}.json"
        written = (read_json(beside) or {}).get("writes", {})
        return latest["artifacts"] | written, beside

    def _note(self, kind: str, news: dict[str, Any]) -> None:
        import filelock  # late: it takes longer to import than all the rest

        with answered(self.workspace):
            self._results.parent.mkdir(parents=True, exist_ok=True)
            with filelock.FileLock(f"{self._results}.lock"):
                results = read_json(self._results) or {}
                results[kind] = results.get(kind, {}) | news
                write_json(self._results, results)
