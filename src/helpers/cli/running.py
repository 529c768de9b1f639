"""The commands that run the pipeline: run, plan, verify."""

from __future__ import annotations

import json
import shlex
import signal
import sys
import time
from collections.abc import Mapping, Set
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from helpers.cli import budget, everywhere
from helpers.cli.progress import Progress
from helpers.errors import BadInput, one_line
from helpers.pipeline import configs
from helpers.pipeline.graph import Graph, read_graph
from helpers.pipeline.manifest import stage_of
from helpers.pipeline.parameters import assignment, declared_parameters, read_notebook
from helpers.pipeline.places import Places, project_root, reports_of, workspace_of
from helpers.pipeline.plan import Planner, Request
from helpers.pipeline.store import Store

NO_TARGET = "no target is named"
EXIT = {"done": 0, "failed": 1, "rejected": 3, "interrupted": 130}


@dataclass(frozen=True)
class Ask:
    """What was typed after run or plan."""

    what: str | None
    target: str | list[str] | None
    name: str | None
    first: str | None
    last: str | None
    only: str | None
    force: bool
    parameters: list[str]
    jobs: int
    budget: str | None = None
    cluster: str | None = None
    began: float = field(default_factory=time.time)


def places() -> Places:
    """Return the project at hand, its workspace and its reports."""
    root = project_root()
    return Places(root, workspace_of(root), reports_of(root))


def run(ask: Ask, as_json: bool) -> int:
    """Run the pipeline and return the exit status."""
    from helpers.pipeline.runner import run as run_pipeline

    here = places()
    graph = read_graph(here.root)
    asked, request = _requested(ask, here, graph)
    signal.signal(signal.SIGTERM, _as_interrupt)
    progress = Progress(here, quiet=as_json)
    try:
        with progress:
            manifest, is_new = run_pipeline(here, graph, request, progress.tell)
    except KeyboardInterrupt:
        _keep_config(asked, progress.manifest)
        raise
    _keep_config(asked, manifest)
    _print_end(here, manifest, is_new, asked, ask.only, as_json)
    if request.stages and manifest["state"] == "done" and not as_json:
        print(_without_target(manifest))
    return _status(manifest)


def _keep_config(asked: configs.Asked, manifest: Mapping[str, Any]) -> None:
    """Write the config of a table that had none, or the target that it lacked, once rows could be ingested."""
    if not manifest.get("problem"):
        return
    if asked.is_new:
        configs.write_new(asked)
    elif asked.first_target and manifest["problem"]["target"] is not None:
        if not configs.write_target(asked.file, asked.first_target):
            target = one_line(json.dumps(asked.first_target, ensure_ascii=False))
            print(f"note: {_near(asked.file)} stays as it is; write target: {target} there", file=sys.stderr)
    else:
        return
    configs.note_inferred(asked.file, manifest["problem"])


def plan(ask: Ask, as_json: bool) -> int:
    """Print what a run would do."""
    here = places()
    graph = read_graph(here.root)
    _, request = _requested(ask, here, graph)
    store = Store(here.workspace)
    store.open()
    decisions = Planner(here.root, graph, store, request).plan()
    rows = [{"stage": s, "action": d.action, "reason": d.reason} for s, d in decisions.items()]
    aside = "optional; runs when --only, --to, -p or the config names it"
    rows += [{"stage": s, "action": "skip", "reason": aside} for s in graph.stages if s not in decisions]
    if as_json:
        print(json.dumps(rows, indent=1, ensure_ascii=False))
        return 0
    words = {"wait": "run if needed", "restore": "cached", "keep": "kept"}
    for row in rows:
        print(f"{row['stage']:<10} {words.get(row['action'], row['action']):<14} {row['reason']}")
    return 0


def verify(which: str | None, jobs: int, as_json: bool) -> int:
    """Build a run again and print the comparison; 1 when anything differs."""
    from helpers.cli.reading import one_run
    from helpers.pipeline import specification
    from helpers.pipeline.manifest import commit_of
    from helpers.pipeline.verify import verify as build_again

    here = places()
    is_file = which is not None and which.endswith(".json")
    manifest = specification.read(Path(which)) if is_file and which else one_run(here.reports, which)
    for line in specification.differences(manifest, commit_of(here.root)["commit"]):
        print(f"note: {line}", file=sys.stderr)
    signal.signal(signal.SIGTERM, _as_interrupt)
    with Progress(here, quiet=as_json, pages=False) as progress:
        rows = build_again(here, read_graph(here.root), manifest, jobs, progress.tell)
    same, differ = ([r for r in rows if r["same"] is known] for known in (True, False))
    if as_json:
        print(json.dumps(rows, indent=1))
    else:
        for r in rows:
            word = {True: "same", False: "DIFFERS", None: "may differ"}[r["same"]]
            print(f"{r['stage']:<10} {r['what']:<28} {word:<10} {_short(r['was'])} {_short(r['is'])}")
        of = f"{manifest['name']}/{manifest['run']}"
        print(
            f"{of}: {len(same)} of {len(same) + len(differ)} artifacts and measures were built again as they were"
        )
    return 1 if differ else 0


def _requested(ask: Ask, here: Places, graph: Graph) -> tuple[configs.Asked, Request]:
    asked = configs.resolve(ask.what, here.root, ask.target, ask.name)
    seconds = None if ask.budget is None else budget.seconds_of(ask.budget)
    if seconds is not None and ask.cluster:
        raise BadInput("a run with --budget searches on this machine; leave --budget or --cluster out")
    typed: dict[str, dict[str, Any]] = {}
    for text in ask.parameters:
        stage, name, value = assignment(text)
        spec = graph.stage(stage)
        declared = declared_parameters(read_notebook(here.root / spec.notebook), Path(spec.notebook).name)
        if name not in declared:
            raise BadInput(f"stage {stage} has no parameter {name!r}; it has {', '.join(declared)}")
        typed.setdefault(stage, {})[name] = declared[name].read_text(value, f"-p {stage}.{name}")
    everywhere_set = everywhere.by_stage({"budget": seconds, "cluster": ask.cluster}, graph, here.root)
    values = configs.merged(asked.values, everywhere_set, typed)
    configs.refuse_secrets(values)
    if asked.is_new:  # its config is written later, and says what was asked for
        asked = replace(asked, values=configs.merged(asked.values, typed))
    for stage in values:
        graph.stage(stage)
    if "ingest" in graph.stages and "source" not in values.get(
        "ingest", {}
    ):  # else it would be the example's
        raise BadInput(
            f"{asked.file.name} names no table; write source: FILE below ingest, or -p ingest.source=FILE"
        )
    command = shlex.join(["workbench", *sys.argv[1:]])
    json.dumps([command, values], ensure_ascii=False).encode()  # a name that no JSON can hold raises here
    chosen: dict[str, Any] = {"first": ask.first, "last": ask.last, "only": ask.only, "force": ask.force}
    ingest = values.get("ingest", {})
    if "target" in ingest and not ingest["target"] and not (ask.first or ask.last or ask.only):
        chosen |= {"stages": _of_the_data(graph, values), "aside": NO_TARGET}
    deadline = None if seconds is None else ask.began + seconds
    return asked, Request(asked.name, values, **chosen, jobs=ask.jobs, command=command, deadline=deadline)


def _of_the_data(graph: Graph, values: Mapping[str, Any]) -> frozenset[str]:
    """Return the stages that need no target: those of the data, and the optional ones that are asked for."""
    asked = graph.only(set(values))
    return frozenset(s.name for s in asked.stages.values() if s.level == "data" or s.optional)


def _without_target(manifest: Mapping[str, Any]) -> str:
    """Return in a line why the run ended early, which columns may be the target, and how to go on."""
    first = (manifest.get("target_candidates") or [])[:3]
    named = "; ".join(one_line(f"{one['name']} ({one['reason']})", 200) for one in first)
    told = f"Most likely one is {named}." if named else "No column looks like one."
    target = shlex.quote(first[0]["name"]) if first else "COLUMN"
    go_on = one_line(f"workbench run {shlex.quote(manifest['name'])} --target {target}", 300)
    return f"{NO_TARGET.capitalize()}, so the run ends after the stages of the data. {told} To go on: {go_on}"


def _print_end(
    here: Places,
    manifest: Mapping[str, Any],
    is_new: bool,
    asked: configs.Asked,
    only: str | None,
    as_json: bool,
) -> None:
    """Print what came out, in --only of that stage alone, and where the report is."""
    folder = here.reports / manifest["name"] / manifest["run"]
    page = folder / "index.html"
    if as_json:
        print(json.dumps(dict(manifest) | {"page": str(page), "new": is_new}, indent=1, ensure_ascii=False))
        return
    if not is_new:
        print(f"Nothing changed since run {manifest['run']}.")
    if asked.is_new and manifest["problem"]:
        inferred = "" if manifest["problem"]["target"] is None else "what was inferred stands in it; "
        print(f"Config   {_near(asked.file)}  ({inferred}edit and run again)")
    stages = manifest["stages"] if only is None else [stage_of(manifest, only)]
    for stage in stages:
        for m in stage["measures"]:
            print(f"{m['name']} of {m['of']}: {m['value']:.4g}")
    _print_verdict(here, manifest, {artifact for stage in stages for artifact in stage["writes"]})
    if only is not None and (folder / stage_of(manifest, only)["page"]).is_file():
        page = folder / stage_of(manifest, only)["page"]
    print(f"Report   {_near(page)}")
    _print_failure(manifest, folder)


def _print_verdict(here: Places, manifest: Mapping[str, Any], written: Set[str]) -> None:
    """Print the verdict, what makes it doubtful, and the model, where they are among the artifacts written."""
    acceptance = manifest.get("acceptance")
    if acceptance and "acceptance" in written:
        print(
            f"{'Accepted' if acceptance.get('accepted') else 'Not accepted'}: {acceptance.get('reason', '')}"
        )
    for warning in manifest.get("warnings", []) if {"suspects", "provenance"} & written else []:
        print(f"Warning: {warning}")
    if manifest.get("bundle") and "bundle" in written:
        bundle = manifest["bundle"]
        print(f"Model    {_near(here.workspace / 'models' / bundle['name'] / str(bundle['version']))}")


def _print_failure(manifest: Mapping[str, Any], folder: Path) -> None:
    """Print what stopped each stage that failed, how to see it, and what it left among the files of the report."""
    for stage in manifest["stages"]:
        error = stage["error"]
        if error:
            cell = f", cell {error['cell']}" if error["cell"] else ""
            print(
                f"workbench: stage {stage['name']}{cell}: {error['name']}: {error['message']}",
                file=sys.stderr,
            )
            print(f"           to see it: workbench show {manifest['name']} {stage['name']}", file=sys.stderr)
            titles = {artifact.replace("_", " ") for artifact in stage["left"]}
            files = [d["file"] for d in manifest["downloads"] if d["title"] in titles]
            if files:
                print(
                    f"           what it left: {', '.join(str(_near(folder / f)) for f in files)}",
                    file=sys.stderr,
                )


def _status(manifest: Mapping[str, Any]) -> int:
    errors = [s["error"] for s in manifest["stages"] if s["error"]]
    if any(e["name"] in ("BadInput", "MissingExtra") for e in errors):
        return 2
    return EXIT.get(manifest["state"], 1)


def _near(path: Path) -> str:
    """Return a path as it is shortest from here."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _short(value: Any) -> str:
    return (
        value[:12] if isinstance(value, str) else f"{value:.6g}" if isinstance(value, float) else str(value)
    )


def _as_interrupt(*_: object) -> None:
    raise KeyboardInterrupt
