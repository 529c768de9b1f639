"""The graph of stages: which notebook reads and writes which artifacts, as pipeline.yaml says."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, field, replace
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from helpers.errors import BadInput, nearest
from helpers.pipeline.places import GRAPH
from helpers.plain_yaml import read_yaml

STAGE_KEYS = ("notebook", "reads", "writes", "files", "optional")
TOP_KEYS = ("stages", "sealed", "publish", "volatile", "timely", "rebuild", "download")


@dataclass(frozen=True)
class StageSpec:
    """One stage: a notebook (path relative to the project), the artifacts it reads and those it writes.

    files are the parameters that name outside files, which count as input. An optional stage runs only when it
    is asked for by name.
    """

    name: str
    notebook: str
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    optional: bool = False

    @property
    def level(self) -> str:
        """The folder of the notebook: data, model or deploy."""
        return Path(self.notebook).parent.name


@dataclass(frozen=True)
class Graph:
    """All stages in an order in which they can run, and what is special about some artifacts.

    sealed    artifact -> the only stage that may open it
    publish   artifact -> folder of the workspace in which every version is kept
    volatile  artifacts that may differ when a run is repeated
    timely    artifacts that may differ when a run with a budget is repeated
    rebuild   artifacts from which a stage can build again what it found in a budget
    download  artifacts that a reader of the report gets as files
    """

    stages: dict[str, StageSpec]
    sealed: dict[str, str] = field(default_factory=dict)
    publish: dict[str, str] = field(default_factory=dict)
    volatile: tuple[str, ...] = ()
    timely: tuple[str, ...] = ()
    rebuild: tuple[str, ...] = ()
    download: tuple[str, ...] = ()

    @cached_property
    def writers(self) -> dict[str, str]:
        """Artifact -> the stage that writes it."""
        return {artifact: s.name for s in self.stages.values() for artifact in s.writes}

    def stage(self, name: str) -> StageSpec:
        """Return the stage of that name; BadInput with the nearest name when there is none."""
        if name not in self.stages:
            known = ", ".join(self.stages)
            raise BadInput(f"there is no stage {name!r}{nearest(name, self.stages)} (stages: {known})")
        return self.stages[name]

    def needs(self, name: str) -> list[str]:
        """Return the stages whose artifacts the stage reads, in order of the graph."""
        wanted = {self.writers[artifact] for artifact in self.stages[name].reads}
        return [s for s in self.stages if s in wanted]

    def upstream(self, name: str) -> set[str]:
        """Return all stages that the stage depends on, itself left out."""
        found: set[str] = set()
        for need in self.needs(name):
            found |= {need} | self.upstream(need)
        return found

    def downstream(self, name: str) -> set[str]:
        """Return all stages that depend on the stage, itself left out."""
        return {s for s in self.stages if name in self.upstream(s)}

    @cached_property
    def spenders(self) -> set[str]:
        """The stages that a budget is spent on: those that can build again what they found in it."""
        return {self.writers[artifact] for artifact in self.rebuild}

    @cached_property
    def aside(self) -> set[str]:
        """The stages that lead to no stage that a budget is spent on, and come from none."""
        near = self.spenders.union(*(self.upstream(s) | self.downstream(s) for s in self.spenders))
        return set(self.stages) - near

    def only(self, names: Set[str]) -> Graph:
        """Return the graph without the optional stages that are neither among the names nor needed by one."""
        wanted = set(names).union(*(self.upstream(n) for n in names))
        return replace(self, stages={n: s for n, s in self.stages.items() if n in wanted or not s.optional})


def read_graph(root: Path) -> Graph:
    """Return the graph that pipeline.yaml describes; BadInput names the mistake."""
    record = read_yaml(root / GRAPH)
    _only(record, TOP_KEYS, GRAPH)
    if not isinstance(record.get("stages"), dict) or not record["stages"]:
        raise BadInput(f"{GRAPH}: stages must be a mapping of stage name to its notebook, reads and writes")
    stages = {str(name): _stage(str(name), entry) for name, entry in record["stages"].items()}
    graph = Graph(
        stages,
        _texts_by_name(record, "sealed"),
        _texts_by_name(record, "publish"),
        _names(record, "volatile", GRAPH),
        _names(record, "timely", GRAPH),
        _names(record, "rebuild", GRAPH),
        _names(record, "download", GRAPH),
    )
    _check(graph)
    order = _ordered(graph)
    return replace(graph, stages={n: stages[n] for n in order})


def _only(record: dict, known: tuple[str, ...], where: str) -> None:
    for key in record:
        if key not in known:
            raise BadInput(f"{where} has no key {key!r}{nearest(str(key), known)} ({', '.join(known)})")


def _stage(name: str, entry: Any) -> StageSpec:
    if not isinstance(entry, dict) or not isinstance(entry.get("notebook"), str):
        raise BadInput(f"{GRAPH}: stage {name} must be a mapping that names its notebook")
    _only(entry, STAGE_KEYS, f"{GRAPH}: stage {name}")
    lists = {key: _names(entry, key, f"{GRAPH}: stage {name}") for key in ("reads", "writes", "files")}
    optional = entry.get("optional", False)
    if not isinstance(optional, bool):
        raise BadInput(f"{GRAPH}: stage {name}: optional must be true or false, not {optional!r}")
    return StageSpec(name, entry["notebook"], **lists, optional=optional)


def _names(record: dict, key: str, where: str) -> tuple[str, ...]:
    names = record.get(key) or []
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise BadInput(f"{where}: {key} must be a list of names, such as [{names}]")
    return tuple(names)


def _texts_by_name(record: dict, key: str) -> dict[str, str]:
    found = record.get(key) or {}
    if not isinstance(found, dict) or not all(isinstance(t, str) for pair in found.items() for t in pair):
        raise BadInput(f"{GRAPH}: {key} must be a mapping of artifact to name, such as {{artifact: name}}")
    return dict(found)


def _check(graph: Graph) -> None:
    seen: dict[str, str] = {}
    for stage in graph.stages.values():
        for artifact in stage.writes:
            if artifact in seen:
                raise BadInput(
                    f"{GRAPH}: {artifact} is written by two stages, {seen[artifact]} and {stage.name}"
                )
            seen[artifact] = stage.name
    for stage in graph.stages.values():
        for artifact in stage.reads:
            if artifact not in seen:
                raise BadInput(
                    f"{GRAPH}: stage {stage.name} reads {artifact}, and no stage writes it{nearest(artifact, seen)}"
                )
            if graph.stages[seen[artifact]].optional and not stage.optional:
                raise BadInput(
                    f"{GRAPH}: stage {stage.name} reads {artifact} of {seen[artifact]}, which is optional; "
                    f"then {stage.name} must be optional too"
                )
    for artifact in (
        *graph.sealed,
        *graph.publish,
        *graph.volatile,
        *graph.timely,
        *graph.rebuild,
        *graph.download,
    ):
        if artifact not in seen:
            raise BadInput(f"{GRAPH}: no stage writes {artifact}{nearest(artifact, seen)}")
    for artifact, keeper in graph.sealed.items():
        if artifact not in graph.stage(keeper).reads:
            raise BadInput(f"{GRAPH}: {artifact} is sealed for stage {keeper}, which does not read it")


def _ordered(graph: Graph) -> list[str]:
    """Return the stages in a possible order, as close to the file's as the needs allow."""
    try:
        sorter = TopologicalSorter({name: graph.needs(name) for name in graph.stages})
        sorter.prepare()
    except CycleError as error:
        raise BadInput(f"{GRAPH}: stages wait for each other: {' → '.join(error.args[1])}") from None
    order: list[str] = []
    position = {name: n for n, name in enumerate(graph.stages)}
    ready = list(sorter.get_ready())
    while ready:
        ready.sort(key=position.__getitem__)
        order.append(ready.pop(0))
        sorter.done(order[-1])
        ready += sorter.get_ready()
    return order
