"""What a run would do, stage by stage, and why; nothing is executed here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import helpers
from helpers.errors import BadInput
from helpers.pipeline import fingerprint
from helpers.pipeline.graph import Graph, StageSpec
from helpers.pipeline.parameters import Parameter, checked, declared_parameters, read_notebook, source_of
from helpers.pipeline.places import named
from helpers.pipeline.store import Entry, Store, read_json

Values = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Request:
    """What a person asks for.

    name      of the run
    values    stage -> parameter -> value, those that differ from the notebooks' defaults
    first, last, only    the stages of --from, --to and --only
    stages    just these stages, when not empty
    aside     why the other stages don't run
    force     run the chosen stages even where nothing changed
    jobs      stages at once
    command   what was typed, for the record
    deadline  when the run should be over, in seconds since 1970; None when it takes the time it takes
    again     artifacts (name -> entry) of the run that is being built again
    kept      its sources (name -> hash of the content), whose originals are read again
    """

    name: str
    values: Values = field(default_factory=dict)
    first: str | None = None
    last: str | None = None
    only: str | None = None
    stages: frozenset[str] = frozenset()
    aside: str = "not asked for"
    force: bool = False
    jobs: int = 2
    command: str = ""
    deadline: float | None = None
    again: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    kept: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Prepared:
    """A stage ready to be decided about: its title, parameters in full, and all parts of its fingerprint but reads."""

    spec: StageSpec
    title: str
    declared: dict[str, Parameter]
    values: dict[str, Any]
    parts: dict[str, Any]
    imports: list[str]


@dataclass(frozen=True)
class Decision:
    """What happens to a stage: action is "restore", "run", "wait" (for what others write), "keep" or "skip"."""

    action: str
    reason: str
    parts: dict[str, Any] = field(default_factory=dict)
    fingerprint: str = ""
    record: dict[str, Any] | None = None


class Planner:
    """Decides about the stages of one request; optional ones that it doesn't name are no part of its graph."""

    def __init__(self, root: Path, graph: Graph, store: Store, request: Request) -> None:
        self.chosen = _chosen(graph, request)
        self.graph, self.store, self.request = graph.only(self.chosen), store, request
        self.latest = read_json(store.workspace / "runs" / f"{request.name}.json") or {}
        self.stages = {s: self._prepare(graph.stages[s], root) for s in self.graph.stages if s in self.chosen}

    def decide(self, stage: str, artifacts: Mapping[str, dict[str, Any]]) -> Decision:
        """Return what happens to a stage, given the artifacts (name -> entry) that there are so far."""
        if stage not in self.chosen:
            return self._kept(stage, artifacts)
        spec = self.graph.stages[stage]
        missing = [a for a in spec.reads if a not in artifacts]
        if missing:
            return Decision("wait", f"after {self.graph.writers[missing[0]]}")
        parts = self.stages[stage].parts | {"reads": {a: artifacts[a]["hash"] for a in spec.reads}}
        print_ = fingerprint.fingerprint(parts)
        if self.request.force:
            return Decision("run", "forced", parts, print_)
        record = self.store.record(stage, print_)
        if record and self._whole(record):
            return Decision("restore", "nothing changed", parts, print_, record)
        return Decision("run", fingerprint.why(self._parts_before(stage), parts), parts, print_)

    def plan(self) -> dict[str, Decision]:
        """Return the decisions for all stages, as far as they can be told without running any."""
        artifacts: dict[str, dict[str, Any]] = {}
        decisions, stopped = {}, False
        for stage in self.graph.stages:
            decision = self.decide(stage, artifacts)
            if stopped and decision.action == "wait":
                decision = Decision("skip", "the model was not accepted")
            decisions[stage] = decision
            if decision.action in ("restore", "keep") and decision.record:
                artifacts |= decision.record["writes"]
                if decision.record.get("rejected"):
                    stopped = True
                    artifacts = {a: e for a, e in artifacts.items() if a not in decision.record["writes"]}
        return decisions

    def _kept(self, stage: str, artifacts: Mapping[str, dict[str, Any]]) -> Decision:
        """Return that a stage which was not asked for stays as it is, as long as it was made from what there is."""
        print_ = self.latest.get("fingerprints", {}).get(stage)
        record = self.store.record(stage, print_) if print_ else None
        needed = any(stage in self.graph.upstream(chosen) for chosen in self.chosen)
        if record and not needed and any(artifacts.get(a, {}).get("hash") != h for a, h in _read_by(record)):
            return Decision("skip", f"{self.request.aside}; kept only while what it reads stays the same")
        if record and self._whole(record):
            return Decision("keep", f"kept from run {self.latest['run']}", {}, print_, record)
        if needed:
            once = f"with --to {stage}" if self.graph.stages[stage].optional else "without --from and --only"
            raise BadInput(
                f"stage {stage} of run {self.request.name!r} is needed and has not run yet; run once {once}"
            )
        return Decision("skip", self.request.aside)

    def _whole(self, record: Mapping[str, Any]) -> bool:
        sealed = self.graph.sealed
        return all(self.store.has(Entry(**entry), name in sealed) for name, entry in record["writes"].items())

    def _parts_before(self, stage: str) -> dict[str, Any] | None:
        print_ = self.latest.get("fingerprints", {}).get(stage)
        record = self.store.record(stage, print_) if print_ else None
        return record["parts"] if record else None

    def _prepare(self, spec: StageSpec, root: Path) -> Prepared:
        notebook = read_notebook(root / spec.notebook)
        declared = declared_parameters(notebook, Path(spec.notebook).name)
        given = checked(self.request.values.get(spec.name, {}), declared, spec.name, "parameters")
        values = {p.name: p.default for p in declared.values()} | given | {"run": self.request.name}
        values |= {f: self._named(values[f], f"{spec.name}.{f}", root) for f in spec.files if f in values}
        code = fingerprint.code_of(notebook)
        source = Path(helpers.__file__).parents[1]
        modules, foreign = fingerprint.closure(fingerprint.imports(code), source)
        cache = self.store.workspace / "tmp" / "hashes.json"
        parts = {
            "code": code,
            "parameters": values,
            "helpers": modules,
            "packages": fingerprint.versions(foreign),
            "files": {
                f: fingerprint.file_hash(values.get(f), root, cache, self.request.kept) for f in spec.files
            },
            "python": fingerprint.python_version(),
        }
        return Prepared(spec, _title(notebook, spec.name), declared, values, parts, foreign)

    def _named(self, value: Any, parameter: str, root: Path) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return named(value, root, self.store.workspace, self.graph.publish.values(), self.request.name)
        except BadInput as error:
            raise BadInput(f"{parameter}: {error}") from error


def _read_by(record: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    return record["parts"]["reads"].items()


def _chosen(graph: Graph, request: Request) -> set[str]:
    for name in (request.first, request.last, request.only, *request.values):
        if name is not None:
            graph.stage(name)
    if request.stages:
        return set(request.stages)
    if request.only and (request.first or request.last):
        raise BadInput("--only runs one stage alone; leave --from and --to out, or leave --only out")
    if request.only:
        return {request.only}
    named = {n for n in (request.first, request.last, *request.values) if n is not None}
    chosen = set(graph.only(named).stages)
    if request.last:
        chosen &= graph.upstream(request.last) | {request.last}
    if request.first:
        chosen &= graph.downstream(request.first) | {request.first}
    if not chosen:
        raise BadInput(f"no stage lies between --from {request.first} and --to {request.last}")
    return chosen


def _title(notebook: Mapping[str, Any], fallback: str) -> str:
    for cell in notebook["cells"]:
        for line in source_of(cell).splitlines():
            if cell["cell_type"] == "markdown" and line.startswith("# "):
                return line[2:].strip()
    return fallback
