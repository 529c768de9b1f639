"""Run the stages of a request: restore what is known, execute the rest, several at once, and record all."""

from __future__ import annotations

import os
import queue
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import Any

from helpers.errors import Answerable
from helpers.pipeline import manifest as manifests
from helpers.pipeline import specification
from helpers.pipeline.executions import Executions
from helpers.pipeline.graph import Graph
from helpers.pipeline.lock import is_held, lock
from helpers.pipeline.manifest import stage_of
from helpers.pipeline.places import Places
from helpers.pipeline.plan import Decision, Planner, Request
from helpers.pipeline.publish import downloads, publish
from helpers.pipeline.store import Entry, Store, answered, discard, read_json, write_json

ENDED = ("done", "cached", "failed", "rejected", "skipped", "interrupted")
Tell = Callable[[str, Mapping[str, Any], str | None], None]


def run(places: Places, graph: Graph, request: Request, tell: Tell) -> tuple[dict[str, Any], bool]:
    """Run what must be run; return the manifest and whether this is a new run.

    tell(event, manifest, stage) is called on "start", on "cell" and "stage" as stages go on and end, on "end", and
    before all on "died" with an earlier run that was killed. When nothing changed since the latest run of that name,
    its manifest is returned and nothing is done.
    KeyboardInterrupt ends the kernels, is recorded in the manifest and goes on to the caller.
    """
    store = Store(places.workspace)
    store.open()
    with lock(places.workspace):
        for dead in _clean(places):
            tell("died", dead, None)
        planner = Planner(places.root, graph, store, request)
        decisions = planner.plan()
        latest = _unchanged(places, planner, decisions)
        if latest is not None:
            return latest, False
        manifest = manifests.new(places.root, request, planner, decisions)
        _Run(places, planner, manifest, tell).go()
    return manifest, True


class _Run:
    """One execution of the graph; the main thread decides and records, the others wait for notebooks."""

    def __init__(self, places: Places, planner: Planner, manifest: dict[str, Any], tell: Tell) -> None:
        self.places, self.planner, self.manifest = places, planner, manifest
        self.graph, self.store, self.request = planner.graph, planner.store, planner.request
        self.folder = self._new_folder()
        self.events: queue.Queue[tuple[str, str, Any]] = queue.Queue()
        self.artifacts: dict[str, dict[str, Any]] = {}
        self.running: dict[str, Decision] = {}
        self._tell = tell

    def go(self) -> None:
        """Run to the end, whatever it is."""
        state = "interrupted"
        try:
            self._save("start")
            with Executions(self.places, self.planner, lambda *news: self.events.put(news)) as executions:
                self._loop(executions)
            state = _state(self.manifest)
        finally:
            self._end(state)

    def _loop(self, executions: Executions) -> None:
        self._advance(executions)
        while self.running:
            event, stage, news = self.events.get()
            if event == "cell":
                stage_of(self.manifest, stage)["progress"] = news
                self._tell("cell", self.manifest, stage)
                continue
            self._record(stage, self.running.pop(stage), news)
            self._advance(executions)

    def _advance(self, executions: Executions) -> None:
        """Restore what is known and start what can run now, as far as there is room."""
        for name in self._order:
            if name in self.running or self._settled(name):
                continue
            needs = self.graph.needs(name)
            if name not in self.planner.chosen and not all(map(self._settled, needs)):
                continue  # whether it stays as it is depends on what these give
            blocked = self._blocked(name)
            if blocked:
                self._settle(name, "skipped", blocked)
                continue
            decision = self.planner.decide(name, self.artifacts)
            if decision.action in ("restore", "keep"):
                self._restore(name, decision)
            elif decision.action == "skip":
                self._settle(name, "skipped", decision.reason)
            elif decision.action == "run" and len(self.running) < self.request.jobs and not self._waits(name):
                self._start(name, decision, executions)

    def _settled(self, name: str) -> bool:
        stage = stage_of(self.manifest, name)
        return stage["state"] in ENDED and bool(stage.get("settled"))

    @cached_property
    def _order(self) -> list[str]:
        """The stages in their order; under a budget those that can wait come last."""
        return sorted(self.graph.stages, key=lambda name: name in self._can_wait)

    @cached_property
    def _can_wait(self) -> set[str]:
        return set() if self.request.deadline is None else self.graph.aside

    def _waits(self, name: str) -> bool:
        """Whether a stage that can wait does: until the budget is spent, the others need the processors."""
        unspent = [s for s in self.graph.spenders & self.planner.chosen if not self._settled(s)]
        return name in self._can_wait and bool(unspent)

    def _blocked(self, name: str) -> str:
        for need in self.graph.needs(name):
            state = stage_of(self.manifest, need)["state"]
            if state in ("failed", "rejected", "skipped", "interrupted") and name in self.planner.chosen:
                return "the model was not accepted" if state == "rejected" else f"{need} did not end well"
        return ""

    def _start(self, name: str, decision: Decision, executions: Executions) -> None:
        stage = stage_of(self.manifest, name)
        stage |= {"state": "running", "reason": decision.reason, "fingerprint": decision.fingerprint}
        stage["reads"] = decision.parts["reads"]
        self.running[name] = decision
        self._save("stage", name)
        executions.start(name, self.artifacts)
        pending = [n for n in self._order if stage_of(self.manifest, n)["state"] == "pending"]
        following = next((n for n in pending if n in self.planner.chosen), None)
        if following is not None:
            executions.start_ahead(following)

    def _record(self, name: str, decision: Decision, news: tuple[Path | None, Any]) -> None:
        attempt, outcome = news
        stage = stage_of(self.manifest, name)
        stage.pop("progress", None)
        results = (read_json(attempt / "results.json") if attempt else None) or {}
        if attempt:
            self._keep_notebook(stage, attempt / "executed.ipynb")
        error = self._error_of(name, outcome, results)
        if attempt is None or isinstance(outcome, BaseException):
            stage["error"] = error
            if attempt is not None:
                discard(attempt)
            return self._settle(name, "failed", stage["reason"])
        stage |= {
            "times": {
                "kernel": round(outcome.kernel_seconds, 3),
                "cells": round(outcome.cell_seconds, 3),
                "wall": round(outcome.wall_seconds, 3),
            },
            "memory": outcome.memory,
            "cells": outcome.cells,
            "error": error,
            "from_run": self.manifest["run"],
            "measures": list(results.get("measures", {}).values()),
        }
        if error is None:
            self._keep_record(name, decision, stage, results, attempt)
        else:  # for readers alone: no stage goes on from it, and the next run has it written again
            stage["left"] = {a: e for a, e in results.get("writes", {}).items() if a in self.graph.download}
        discard(attempt)
        rejected = results.get("rejected", {}).get("reason")
        state = "failed" if error else "rejected" if rejected else "done"
        self._settle(name, state, rejected or stage["reason"])

    def _error_of(self, name: str, outcome: Any, results: Mapping[str, Any]) -> dict[str, Any] | None:
        if isinstance(outcome, Answerable | OSError):
            return {"cell": None, "name": type(outcome).__name__, "message": str(outcome), "source": ""}
        if isinstance(outcome, BaseException):
            return {
                "cell": None,
                "name": type(outcome).__name__,
                "message": str(outcome) or "stopped",
                "source": "",
            }
        if outcome.error is not None:
            return asdict(outcome.error)
        missing = [a for a in self.graph.stages[name].writes if a not in results.get("writes", {})]
        if missing and not results.get("rejected"):
            message = f"the notebook ended without writing {', '.join(missing)}, which pipeline.yaml promises"
            return {"cell": None, "name": "Failed", "message": message, "source": ""}
        return None

    def _keep_record(
        self, name: str, decision: Decision, stage: dict, results: Mapping[str, Any], attempt: Path
    ) -> None:
        stage["writes"] = results.get("writes", {})
        notebook = self.store.put(attempt / "executed.ipynb")
        kept = {k: stage[k] for k in ("writes", "measures", "times", "memory", "cells", "from_run")}
        rejected = results.get("rejected", {}).get("reason")
        record = kept | {"parts": decision.parts, "notebook": notebook.as_dict(), "rejected": rejected}
        self.store.keep_record(name, decision.fingerprint, record)

    def _restore(self, name: str, decision: Decision) -> None:
        assert decision.record is not None
        stage = stage_of(self.manifest, name)
        record = decision.record
        stage |= {k: record[k] for k in ("writes", "measures", "times", "memory", "cells", "from_run")}
        stage["reads"] = record["parts"]["reads"]
        stage["fingerprint"] = decision.fingerprint
        notebook = Entry(**record["notebook"])
        if self.store.has(notebook):
            self._keep_notebook(stage, self.store.path(notebook))
        rejected = record.get("rejected")
        self._settle(name, "rejected" if rejected else "cached", rejected or decision.reason)

    def _keep_notebook(self, stage: dict[str, Any], notebook: Path) -> None:
        if notebook.is_file():
            stage["executed"] = Path(stage["notebook"]).name
            with answered(self.places.reports, "--reports"):
                shutil.copyfile(notebook, self.folder / stage["executed"])

    def _settle(self, name: str, state: str, reason: str) -> None:
        """Note the end of a stage, and what others may read from now on."""
        stage = stage_of(self.manifest, name)
        stage |= {"state": state, "reason": reason, "settled": True}
        if state in ("done", "cached"):
            self.artifacts |= stage["writes"]
        write_json(self.places.workspace / "runs" / f"{self.manifest['name']}.json", self._latest())
        self._save("stage", name)

    def _latest(self) -> dict[str, Any]:
        prints = {
            s["name"]: s["fingerprint"]
            for s in self.manifest["stages"]
            if s["state"] in ("done", "cached", "rejected")
        }
        written = {a: e for s in self.manifest["stages"] for a, e in s["writes"].items()}
        return {"run": self.manifest["run"], "fingerprints": prints, "artifacts": written}

    def _end(self, state: str) -> None:
        for stage in self.manifest["stages"]:
            stage.pop("settled", None)
            stage.pop("progress", None)
            if stage["state"] in ("running", "pending"):
                stage["state"] = "interrupted" if state == "interrupted" else "skipped"
        manifests.add_facts(self.manifest, self.graph, self.store)
        if state in ("done", "rejected", "failed"):
            publish(self.manifest, self.graph, self.store)
            downloads(self.manifest, self.graph, self.store, self.folder)
        if state in ("done", "rejected"):
            specification.write(self.manifest | {"state": state}, self.store, self.folder)
        manifests.finish(self.manifest, state)
        self._save("end")

    def _new_folder(self) -> Path:
        """Make the folder of the run; a second run within a second gets a number behind its time."""
        base, number = self.manifest["run"], 1
        with answered(self.places.reports, "--reports"):
            while True:
                folder = self.places.reports / self.manifest["name"] / self.manifest["run"]
                try:
                    folder.mkdir(parents=True)
                    return folder
                except FileExistsError:
                    number += 1
                    self.manifest["run"] = f"{base}-{number}"

    def _save(self, event: str, stage: str | None = None) -> None:
        with answered(self.places.reports, "--reports"):
            manifests.save(self.manifest, self.folder)
        self._tell(event, self.manifest, stage)


def _state(manifest: Mapping[str, Any]) -> str:
    states = {s["state"] for s in manifest["stages"]}
    return next((s for s in ("failed", "interrupted", "rejected") if s in states), "done")


def _unchanged(places: Places, planner: Planner, decisions: Mapping[str, Decision]) -> dict[str, Any] | None:
    """Return the latest manifest when it tells of just this: every stage restored as it is there."""
    latest = manifests.found(places.reports, planner.request.name)[:1]
    if not latest or latest[0]["state"] not in ("done", "rejected"):
        return None
    before = [s for s in latest[0]["stages"] if s["name"] in decisions or not s.get("optional")]
    for stage in before:
        decision = decisions.get(stage["name"])
        kept = decision is not None and decision.action in ("restore", "keep")
        same = kept and decision is not None and decision.fingerprint == stage["fingerprint"]
        if not same and not (stage["state"] == "skipped" and decision and decision.action == "skip"):
            return None
    same = set(decisions) == {s["name"] for s in before} and _published(places, planner.graph, latest[0])
    return latest[0] if same else None


def _published(places: Places, graph: Graph, manifest: Mapping[str, Any]) -> bool:
    """Whether what the run published is still there: someone may have made room."""
    made = [(folder, manifest[a]) for a, folder in graph.publish.items() if manifest.get(a)]
    return all((places.workspace / f / m["name"] / str(m["version"])).is_dir() for f, m in made)


def _clean(places: Places) -> list[dict[str, Any]]:
    """Remove what a killed run left half done, and return the runs that were killed; called with the lock held."""
    for path in (places.workspace / "tmp").iterdir():
        if path.name != "hashes.json" and not is_held(path):  # a notebook by hand may be at work there
            discard(path)
    for path in places.workspace.glob("verify-*"):  # each holds a copy of the originals
        if not is_held(path):
            discard(path)
    os.makedirs(places.workspace / "runs", exist_ok=True)
    return manifests.mark_dead_runs(places.reports)
