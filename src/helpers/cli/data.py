"""The command about data sets: `workbench data` lists what was ingested, `workbench data show` tells of one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from helpers.cli.running import places
from helpers.errors import BadInput, nearest
from helpers.pipeline.store import Entry, Store, read_json

EMPTY = "No data yet; take some in: workbench run sales.csv --target paid"


def listing(as_json: bool) -> None:
    """Print all data sets: those with a catalogue, and originals that no run tells of any more."""
    found = _sets(places().workspace)
    if as_json:
        print(json.dumps([{k: v for k, v in one.items() if k != "schema"} for one in found], indent=1))
        return
    if not found:
        print(EMPTY)
    for one in found:
        shape = f"{one['rows']:,} × {one['columns']:,}" if one["rows"] is not None else ""
        left = f"{one['name']:<24} {shape:>18} {_size(one['bytes']):>9}  {one['retrieved'][:10]}"
        print(f"{left}  {one['sha256'][:12]}  {_short(one['licence'], 24):<24}  {one['source']}")


def show(name: str, as_json: bool) -> None:
    """Print what is known of one data set, its columns last; BadInput with the nearest name when there is none."""
    found = _sets(places().workspace)
    if not found:
        raise BadInput(f"there is no data set {name!r}. {EMPTY}")
    chosen = [
        one for one in found if one["name"] == name or (len(name) > 5 and one["sha256"].startswith(name))
    ]
    if not chosen:
        names = [one["name"] for one in found]
        raise BadInput(f"there is no data set {name!r}{nearest(name, names)} (there are {', '.join(names)})")
    if as_json:
        print(json.dumps(chosen[0], indent=1, ensure_ascii=False))
        return
    for key, value in chosen[0].items():
        if key != "schema" and value not in (None, []):
            print(f"{key:<10} {', '.join(value) if isinstance(value, list) else value}")
    for column in chosen[0]["schema"]:
        print(f"  {column['column']:<30} {column['type']}")


def _sets(workspace: Path) -> list[dict[str, Any]]:
    """Return the data sets of a workspace, each with the runs that it is of."""
    from helpers.data.catalog import overview, schema

    found: dict[tuple[str, str], dict[str, Any]] = {}
    store = Store(workspace)
    for path in sorted((workspace / "runs").glob("*.json")):
        entry = (read_json(path) or {}).get("artifacts", {}).get("catalog")
        if entry is None or not store.has(Entry(**entry)):
            continue
        document = store.get(Entry(**entry))
        for one in overview(document):
            about = one | {"runs": [], "schema": schema(document, one["name"])}
            found.setdefault((one["name"], one["sha256"]), about)["runs"].append(path.stem)
    known = {one["sha256"] for one in found.values()}
    return [*found.values(), *_without_catalogue(workspace / "originals", known)]


def _without_catalogue(originals: Path, known: set[str]) -> list[dict[str, Any]]:
    rows = []
    for path in sorted(originals.glob("*/origin.json")):
        record = read_json(path)
        if isinstance(record, dict) and record.get("sha256") not in known:
            names = [file["name"] for file in record.get("files", [])] or [
                record.get("file", path.parent.name)
            ]
            missing = dict.fromkeys(("rows", "columns", "format", "owner", "rights"))
            kept = {key: record[key] for key in ("bytes", "modified", "retrieved", "sha256")}
            about = {
                "source": "run again for its catalogue",
                "licence": "",
                "aliases": names,
                "runs": [],
                "schema": [],
            }
            rows.append({"name": names[0].partition(".")[0]} | missing | kept | about)
    return rows


def _size(n: int) -> str:
    from helpers.report.text import size

    return size(n)


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 3]}..."
