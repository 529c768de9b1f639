"""The manifest of a run: all that a reader of its report, or a later `verify`, must know."""

from __future__ import annotations

import datetime
import os
import platform
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from helpers.pipeline.graph import Graph
from helpers.pipeline.ledger import openings
from helpers.pipeline.plan import Decision, Planner, Request
from helpers.pipeline.store import Entry, Store, read_json, write_json

VERSION = 1
FACTS = ("problem", "provenance", "target_candidates", "suspects", "evaluation", "acceptance", "proof")
MOST_SUSPECTS = 5  # that are named beside the verdict
ACTIONS = {"keep": "cached", "skip": "skipped"}


def new(root: Path, request: Request, planner: Planner, decisions: Mapping[str, Decision]) -> dict[str, Any]:
    """Return the manifest of a run that begins now."""
    now = datetime.datetime.now().astimezone()
    return {
        "version": VERSION,
        "name": request.name,
        "run": now.strftime("%Y%m%d-%H%M%S"),
        "state": "running",
        "started": now.isoformat(timespec="seconds"),
        "finished": None,
        "seconds": None,
        "command": request.command,
        **commit_of(root),
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "packages": _packages(planner),
        "jobs": request.jobs,
        "stages": [_stage(name, planner, decisions[name]) for name in planner.graph.stages],
        **dict.fromkeys(FACTS),
        "model_card": None,
        "seal": {"openings": 0},
        "bundle": None,
        "warnings": [],
        "downloads": [],
    }


def stage_of(manifest: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the part of a manifest that tells of one stage."""
    return next(s for s in manifest["stages"] if s["name"] == name)


def add_facts(manifest: dict[str, Any], graph: Graph, store: Store) -> None:
    """Copy into the manifest what the report shows first: the problem, the verdict, the model card, the seal."""
    entries = artifacts_of(manifest)
    for name in FACTS:
        if name in entries:
            manifest[name] = store.get(entries[name], name in graph.sealed)
    manifest["warnings"] = _warnings(manifest)
    for name in graph.sealed:
        if name in entries:
            manifest["seal"] = {"openings": len(openings(store.workspace, entries[name].hash))}


def _warnings(manifest: Mapping[str, Any]) -> list[str]:
    """Return what whoever sees the verdict must know of the data: what may hold the answer, and who may be named."""
    suspects = manifest["suspects"] or []
    said = [
        f"{one['name']} may hold the answer: {one['evidence']}. If it is known only afterwards, name it in ingest.drop"
        for one in suspects[:MOST_SUSPECTS]
    ]
    if len(suspects) > MOST_SUSPECTS:
        said.append(
            f"{len(suspects) - MOST_SUSPECTS} more may hold the answer; the page of explore names them"
        )
    personal = (manifest["provenance"] or {}).get("personal") or {"found": [], "done": {}}
    left = [f["column"] for f in personal["found"] if f["column"] not in personal["done"]]
    if left:
        more = f" and {len(left) - 6} more" if len(left) > 6 else ""
        said.append(
            f"nothing is done about what may be personal: {', '.join(left[:6])}{more}. See ingest.personal"
        )
    return said


def artifacts_of(manifest: Mapping[str, Any]) -> dict[str, Entry]:
    """Return all artifacts that a run has, those it restored included."""
    return {a: Entry(**entry) for s in manifest["stages"] for a, entry in s["writes"].items()}


def left_by_failed(manifest: Mapping[str, Any]) -> dict[str, Entry]:
    """Return what stages wrote for readers before they failed."""
    return {a: Entry(**entry) for s in manifest["stages"] for a, entry in s.get("left", {}).items()}


def finish(manifest: dict[str, Any], state: str) -> None:
    """Note how and when the run ended."""
    now = datetime.datetime.now().astimezone()
    begun = datetime.datetime.fromisoformat(manifest["started"])
    manifest |= {
        "state": state,
        "finished": now.isoformat(timespec="seconds"),
        "seconds": round((now - begun).total_seconds(), 1),
    }


def save(manifest: Mapping[str, Any], folder: Path) -> None:
    """Write the manifest into the folder of its run."""
    write_json(folder / "manifest.json", manifest)


def found(reports: Path, name: str | None = None) -> list[dict[str, Any]]:
    """Return the manifests of all runs (of one name), newest first; unreadable ones are left out."""
    manifests = [m for _, m in _read(reports, name)]
    return sorted(manifests, key=lambda m: (_began(m), m["run"]), reverse=True)


def folders(reports: Path) -> list[Path]:
    """Return the folders of all runs; what other programs call manifest.json is none of ours."""
    return [path.parent for path, _ in _read(reports)]


def _read(reports: Path, name: str | None = None) -> Iterator[tuple[Path, dict[str, Any]]]:
    named = (folder for folder in sorted(reports.glob("*")) if name in (None, folder.name))
    for path in (path for folder in named for path in sorted(folder.glob("*/manifest.json"))):
        manifest = read_json(path)
        if isinstance(manifest, dict) and manifest.get("version") == VERSION and "stages" in manifest:
            yield path, manifest


def _began(manifest: Mapping[str, Any]) -> datetime.datetime:
    return datetime.datetime.fromisoformat(manifest["started"])  # as text, other zones would be out of order


def mark_dead_runs(reports: Path) -> list[dict[str, Any]]:
    """Say of runs whose process has vanished that they were interrupted, and return them; whoever has the lock may."""
    dead = []
    for manifest in found(reports):
        if manifest["state"] == "running":
            for stage in manifest["stages"]:
                if stage["state"] in ("running", "pending"):
                    stage["state"] = "interrupted"
            manifest["state"] = "interrupted"
            save(manifest, reports / manifest["name"] / manifest["run"])
            dead.append(manifest)
    return dead


def _stage(name: str, planner: Planner, decision: Decision) -> dict[str, Any]:
    spec = planner.graph.stages[name]
    prepared = planner.stages.get(name)
    stem = Path(spec.notebook).stem
    declared, values = (prepared.declared, prepared.values) if prepared else ({}, {})
    parameters = {
        p.name: {"value": values[p.name], "default": p.default, "type": p.type, "comment": p.comment}
        for p in declared.values()
    }
    return {
        "name": name,
        "level": spec.level,
        "notebook": spec.notebook,
        "optional": spec.optional,
        "title": prepared.title if prepared else name,
        "executed": None,
        "page": f"{stem}.html",
        "state": ACTIONS.get(decision.action, "pending"),
        "reason": decision.reason,
        "fingerprint": decision.fingerprint or None,
        "from_run": None,
        "parameters": parameters,
        "needs": planner.graph.needs(name),
        "reads": {},
        "writes": {},
        "left": {},
        "measures": [],
        "times": None,
        "memory": None,
        "cells": None,
        "error": None,
    }


def _packages(planner: Planner) -> dict[str, str]:
    found: dict[str, str] = {}
    for prepared in planner.stages.values():
        found |= prepared.parts["packages"]
    return dict(sorted(found.items()))


def commit_of(root: Path) -> dict[str, Any]:
    """Return the commit of the project and whether its files were changed since; None where git cannot tell."""

    def git(*arguments: str) -> str | None:
        command = ["git", "-C", str(root), *arguments]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
        except (OSError, subprocess.SubprocessError):
            return None
        return done.stdout.strip()

    changes = git("status", "--porcelain", "--untracked-files=no")
    return {"commit": git("rev-parse", "HEAD"), "dirty": bool(changes) if changes is not None else None}
