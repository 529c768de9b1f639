"""The pages of the report: facts in, one self-contained HTML file out; written at once or not at all."""

from __future__ import annotations

import base64
import datetime
import functools
import hashlib
import json
import os
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from helpers.report import text

HERE = Path(__file__).parent
STATES = {
    "done": "done",
    "failed": "failed",
    "rejected": "not accepted",
    "interrupted": "interrupted",
    "running": "running",
}


def notebook_page(notebook: Mapping[str, Any], stage: Mapping[str, Any], manifest: Mapping[str, Any]) -> str:
    """Return the page of one stage: its notebook with folded code, and what went in and came out."""
    from helpers.report.notebook import cells

    shown = list(cells(notebook))
    changed = {k: p for k, p in stage["parameters"].items() if p["value"] != p["default"] and k != "run"}
    return _page(
        "notebook.html", manifest=manifest, stage=stage, cells=shown, changed=changed, title=stage["title"]
    )


def run_page(manifest: Mapping[str, Any]) -> str:
    """Return the page of a run: graph, measures, verdict, model card, provenance, files."""
    from helpers.report.graph_picture import svg
    from helpers.report.notebook import markdown

    card = markdown(_lower_headings(manifest["model_card"])) if manifest.get("model_card") else ""
    failed = [s for s in manifest["stages"] if s["error"]]
    changed = [
        {"stage": s["name"], "name": k, **p}
        for s in manifest["stages"]
        for k, p in s["parameters"].items()
        if p["value"] != p["default"] and k not in ("run", "budget")  # which the command says
    ]
    return _page(
        "run.html", manifest=manifest, graph=svg(manifest), card=card, failed=failed, changed=changed,
        measures=_measures(manifest), title=f"{manifest['name']} · {manifest['run']}",
    )  # fmt: skip


def index_page(manifests: list[dict[str, Any]]) -> str:
    """Return the page that lists all runs, newest first, by name."""
    by_name: dict[str, list[dict[str, Any]]] = {}
    for manifest in sorted(manifests, key=lambda m: (_began(m), m["run"]), reverse=True):
        by_name.setdefault(manifest["name"], []).append(manifest)
    groups = [
        {"name": n, "runs": [{"m": m, "measures": _headlines(m)} for m in ms]} for n, ms in by_name.items()
    ]
    return _page("index.html", groups=groups, title="Runs")


def _began(manifest: Mapping[str, Any]) -> datetime.datetime:
    return datetime.datetime.fromisoformat(manifest["started"])  # as text, other zones would be out of order


def compare_page(a: Mapping[str, Any], b: Mapping[str, Any]) -> str:
    """Return the page that puts two runs side by side: measures, parameters, artifacts, stages."""
    measures = [{m["key"]: m["value"] for m in _measures(x)} for x in (a, b)]
    parameters = [
        {
            f"{s['name']}.{k}": p["value"]
            for s in x["stages"]
            for k, p in s["parameters"].items()
            if k != "run"
        }
        for x in (a, b)
    ]
    artifacts = [{k: e["hash"][:12] for s in x["stages"] for k, e in s["writes"].items()} for x in (a, b)]
    packages = [x.get("packages", {}) for x in (a, b)]
    tables = {
        "Parameters": _changes(*parameters),
        "Artifacts": _changes(*artifacts),
        "Packages": _changes(*packages),
    }
    rows = [{"key": k, "a": measures[0].get(k), "b": measures[1].get(k)} for k in measures[0] | measures[1]]
    return _page("compare.html", a=a, b=b, rows=rows, tables=tables, title=f"{a['run']} and {b['run']}")


def write_stage(folder: Path, manifest: Mapping[str, Any], stage: str) -> None:
    """Write the page of a stage whose executed notebook lies in the folder of the run."""
    part = next(s for s in manifest["stages"] if s["name"] == stage)
    notebook = json.loads((folder / part["executed"]).read_text(encoding="utf-8"))
    _write(folder / part["page"], notebook_page(notebook, part, manifest))


def write_run(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Write the page of a run into its folder."""
    _write(folder / "index.html", run_page(manifest))


def write_index(reports: Path) -> None:
    """Write the index of all runs that have a manifest under reports/."""
    manifests = []
    for path in reports.glob("*/*/manifest.json"):
        try:
            manifests.append(json.loads(path.read_text(encoding="utf-8")))
        except ValueError:
            continue
    _write(reports / "index.html", index_page([m for m in manifests if _is_ours(m)]))


def _is_ours(manifest: Any) -> bool:
    return isinstance(manifest, dict) and manifest.get("version") == 1 and "stages" in manifest


def write_comparison(reports: Path, a: Mapping[str, Any], b: Mapping[str, Any]) -> Path:
    """Write the comparison of two runs and return where it is."""
    path = reports / f"compare-{a['name']}-{a['run']}-{b['name']}-{b['run']}.html"
    _write(path, compare_page(a, b))
    return path


def _page(template: str, **facts: Any) -> str:
    return _templates().get_template(template).render(**facts)


@functools.cache
def _templates() -> Any:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"), autoescape=True, trim_blocks=True, lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )  # fmt: skip
    script = (HERE / "templates" / "page.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    environment.globals |= {
        "style": (HERE / "templates" / "page.css").read_text(encoding="utf-8"),
        "script": script,
        "policy": f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'",
        "states": STATES,
    }
    environment.filters |= {
        "number": text.number,
        "duration": text.duration,
        "size": text.size,
        "value": _value,
    }
    environment.filters["when"] = lambda iso: str(iso or "").replace("T", " ")[:16]
    return environment


def _measures(manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"key": f"{m['name']} of {m['of']}", "name": m["name"], "of": m["of"], "value": m["value"]}
        for s in manifest["stages"]
        for m in s["measures"]
    ]


def _headlines(manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the measures that tell how good the model is, best founded last."""
    measure = (manifest.get("problem") or {}).get("measure")
    return [m for m in _measures(manifest) if m["name"] == measure][-2:]


def _changes(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"key": k, "a": a.get(k), "b": b.get(k)} for k in {**a, **b} if a.get(k) != b.get(k)]


def _value(value: Any) -> str:
    return "–" if value is None else text.number(value, 4) if isinstance(value, float) else str(value)


def _lower_headings(markdown: str) -> str:
    """Return Markdown one level of headings down, its title left out: the page has one of its own."""
    lines = [f"#{line}" if line.startswith("#") else line for line in markdown.splitlines()]
    return "\n".join(line for line in lines if not line.startswith("## Model card"))


def _write(path: Path, page: str) -> None:
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    try:
        temporary.write_text(page, encoding="utf-8")
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
