"""Build a finished run again in a clean workspace and compare all that it made."""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from helpers.errors import BadInput
from helpers.pipeline.fingerprint import first_name
from helpers.pipeline.graph import Graph
from helpers.pipeline.ledger import KEEPER
from helpers.pipeline.lock import alone_in
from helpers.pipeline.places import Places
from helpers.pipeline.plan import Request
from helpers.pipeline.runner import Tell, run
from helpers.pipeline.store import Entry, Store, answered, discard
from helpers.sheets import file_and_sheet

PINNED = "WORKBENCH_PINNED"


def verify(places: Places, graph: Graph, manifest: Mapping[str, Any], jobs: int, tell: Tell) -> list[dict]:
    """Return one row an artifact and measure: {"stage", "what", "was", "is", "same"}; None counts as the same
    where pipeline.yaml says that an artifact may differ.

    The originals of that run are taken from the workspace, so a source that has changed since doesn't matter, and
    the ledger there takes the openings of sealed rows.
    """
    if manifest["state"] not in ("done", "rejected"):
        raise BadInput(f"run {manifest['run']} is {manifest['state']}; only a finished run can be verified")
    for stage in manifest["stages"]:
        graph.stage(stage["name"])
    if not any(s["writes"] or s["measures"] for s in manifest["stages"] if s["state"] != "skipped"):
        raise BadInput(
            f"run {manifest['run']} tells of no artifact and no measure, so nothing can be verified"
        )
    store = Store(places.workspace)
    store.open()
    originals = _originals(manifest)
    told = {PINNED: json.dumps(originals), KEEPER: str(places.workspace)}
    with _clean(places) as clean, _environment(told):
        values = {s["name"]: _given(s) for s in manifest["stages"] if s["parameters"]}
        stages = frozenset(s["name"] for s in manifest["stages"] if s["state"] != "skipped")
        given = {a: e for s in manifest["stages"] for a, e in s["writes"].items() if a in graph.rebuild}
        copied = _copied(given, store, Store(clean.workspace))
        request = Request(
            manifest["name"], values, stages=stages, jobs=jobs, command="verify", again=copied, kept=originals
        )
        again, _ = run(clean, graph, request, tell)
    return list(_compared(manifest, again, graph))


def _copied(entries: Mapping[str, dict], store: Store, clean: Store) -> dict[str, dict[str, Any]]:
    """Put artifacts of one store into another; return their entries there."""
    clean.open()
    return {a: clean.put(store.get(Entry(**e))).as_dict() for a, e in entries.items()}


def _originals(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Return the hash of the content that each source had in a run."""
    table, joins = manifest["provenance"], (manifest["problem"] or {}).get("joins", [])
    joined = {file_and_sheet(first_name(one["join"]))[0]: one["sha256"] for one in joins}
    return joined | ({file_and_sheet(table["source"])[0]: table["sha256"]} if table else {})


def _given(stage: Mapping[str, Any]) -> dict[str, Any]:
    return {
        k: p["value"] for k, p in stage["parameters"].items() if k != "run" and p["value"] != p["default"]
    }


def _compared(was: Mapping[str, Any], now: Mapping[str, Any], graph: Graph) -> Iterator[dict[str, Any]]:
    built = {s["name"]: s for s in now["stages"]}
    for before in (s for s in was["stages"] if s["state"] != "skipped"):
        after = built[before["name"]]
        may_differ = set(graph.volatile) | (set(graph.timely) if _had_budget(before) else set())
        for artifact, entry in before["writes"].items():
            new = after["writes"].get(artifact, {}).get("hash", "missing")
            same = None if artifact in may_differ else entry["hash"] == new
            yield {"stage": before["name"], "what": artifact, "was": entry["hash"], "is": new, "same": same}
        values = {(m["name"], m["of"]): m["value"] for m in after["measures"]}
        for m in before["measures"]:
            new = values.get((m["name"], m["of"]))
            what = f"{m['name']} of {m['of']}"
            yield {
                "stage": before["name"],
                "what": what,
                "was": m["value"],
                "is": new,
                "same": None if before["writes"].keys() <= may_differ else m["value"] == new,
            }


def _had_budget(stage: Mapping[str, Any]) -> bool:
    return stage["parameters"].get("budget", {}).get("value") is not None


@contextmanager
def _clean(places: Places) -> Iterator[Places]:
    folder = places.workspace / f"verify-{uuid.uuid4().hex[:8]}"  # clean removes it, should this be killed
    workspace = folder / "workspace"
    try:
        with answered(places.workspace):
            workspace.mkdir(parents=True)
        with alone_in(folder, "a verification", f"process {os.getpid()}"):
            originals = places.workspace / "originals"
            with answered(places.workspace):
                if originals.is_dir():
                    shutil.copytree(originals, workspace / "originals")
            yield Places(places.root, workspace, folder / "reports")
    finally:
        discard(folder)


@contextmanager
def _environment(told: Mapping[str, str]) -> Iterator[None]:
    os.environ.update(told)
    try:
        yield
    finally:
        for name in told:
            del os.environ[name]
