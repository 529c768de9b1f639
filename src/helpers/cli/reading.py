"""The commands that read what is there: runs, show, compare, params."""

from __future__ import annotations

import json
import webbrowser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from helpers.cli.running import places
from helpers.errors import BadInput, nearest
from helpers.pipeline import manifest as manifests
from helpers.pipeline.graph import read_graph
from helpers.pipeline.parameters import declared_parameters, read_notebook


def one_run(reports: Path, which: str | None) -> dict[str, Any]:
    """Return the manifest of NAME/RUN, of the newest run of NAME, or of the newest run of all."""
    name, _, run = (which or "").partition("/")
    found = manifests.found(reports, name or None)
    if not found:
        names = {m["name"] for m in manifests.found(reports)}
        raise BadInput(
            f"there is no run{f' of {name!r}{nearest(name, names)}' if name else ''} yet; make one: workbench run"
        )
    if not run:
        return found[0]
    for manifest in found:
        if manifest["run"] == run:
            return manifest
    ids = [m["run"] for m in found]
    raise BadInput(f"{name} has no run {run!r}{nearest(run, ids)}; its newest is {ids[0]}")


def runs(name: str | None, as_json: bool) -> None:
    """Print the runs, newest first."""
    found = manifests.found(places().reports, name)
    if as_json:
        keys = ("name", "run", "state", "started", "seconds", "commit")
        print(json.dumps([{k: m[k] for k in keys} | {"measures": measures(m)} for m in found], indent=1))
        return
    if not found:
        print("No run yet; make one: workbench run")
    for m in found:
        shown = "  ".join(f"{k} {v:.4g}" for k, v in list(measures(m).items())[-3:])
        seconds = f"{m['seconds']:.0f} s" if m["seconds"] is not None else ""
        print(f"{m['name']}/{m['run']:<18} {m['state']:<12} {seconds:>7}  {shown}")


def show(which: str | None, stage: str | None, path_only: bool) -> None:
    """Open a page in the browser, or print where it is."""
    reports = places().reports
    manifest = one_run(reports, which)
    folder = reports / manifest["name"] / manifest["run"]
    page = folder / (manifests.stage_of(manifest, _stage(manifest, stage))["page"] if stage else "index.html")
    if not page.is_file():
        raise BadInput(f"{stage or 'the run'} has no page in run {manifest['run']}; it did not run")
    print(page)
    if not path_only:
        webbrowser.open(page.as_uri())


def compare(one: str, other: str, as_json: bool) -> None:
    """Print what differs between two runs and write a page that shows it."""
    from helpers.report import pages

    reports = places().reports
    a, b = one_run(reports, one), one_run(reports, other)
    if (a["name"], a["run"]) == (b["name"], b["run"]):
        raise BadInput(
            f"{one} and {other} are the same run, {a['name']}/{a['run']}; workbench runs lists them all"
        )
    rows = _differences(a, b)
    if as_json:
        print(json.dumps(rows, indent=1, ensure_ascii=False))
        return
    for row in rows:
        print(f"{row['what']:<44} {row['one']!s:<24} {row['other']!s}")
    print(f"Page     {pages.write_comparison(reports, a, b)}")


def params(stage: str | None, as_json: bool) -> None:
    """Print the parameters of the stages."""
    here = places()
    graph = read_graph(here.root)
    chosen = [graph.stage(stage)] if stage else list(graph.stages.values())
    rows = []
    for spec in chosen:
        notebook = read_notebook(here.root / spec.notebook)
        for p in declared_parameters(notebook, Path(spec.notebook).name).values():
            rows.append(
                {
                    "stage": spec.name,
                    "name": p.name,
                    "type": p.type,
                    "default": p.default,
                    "comment": p.comment,
                }
            )
    if as_json:
        print(json.dumps(rows, indent=1, ensure_ascii=False))
        return
    for row in rows:
        left = f"{row['stage']}.{row['name']}"
        print(
            f"{left:<30} {row['type']:<12} {json.dumps(row['default'], ensure_ascii=False):<26} {row['comment']}"
        )


def measures(manifest: Mapping[str, Any]) -> dict[str, float]:
    """Return the measures of a run by name and rows, in order of the stages."""
    return {f"{m['name']} of {m['of']}": m["value"] for s in manifest["stages"] for m in s["measures"]}


def _differences(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[dict[str, Any]]:
    left, right = _flat(a), _flat(b)
    return [
        {"what": key, "one": left.get(key), "other": right.get(key)}
        for key in {**left, **right}
        if left.get(key) != right.get(key) or " of " in key
    ]


def _flat(manifest: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {"run": f"{manifest['name']}/{manifest['run']}", "state": manifest["state"]}
    for stage in manifest["stages"]:
        flat |= {f"{stage['name']}.{k}": p["value"] for k, p in stage["parameters"].items() if k != "run"}
    for stage in manifest["stages"]:
        flat |= {f"artifact {k}": e["hash"][:12] for k, e in stage["writes"].items()}
    return flat | measures(manifest)


def _stage(manifest: Mapping[str, Any], name: str) -> str:
    names = [s["name"] for s in manifest["stages"]]
    if name not in names:
        raise BadInput(f"there is no stage {name!r}{nearest(name, names)} (stages: {', '.join(names)})")
    return name
