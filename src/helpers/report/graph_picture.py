"""The graph of a run as a picture (SVG): stages in columns by what they need."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup, escape

WIDTH, HEIGHT, ACROSS, DOWN = 76, 46, 86, 60  # eleven columns fit the page
MARKS = {
    "done": "✓",
    "cached": "↺",
    "failed": "✗",
    "rejected": "✗",
    "skipped": "–",
    "interrupted": "!",
    "running": "▸",
}


def svg(manifest: Mapping[str, Any]) -> Markup:
    """Return the graph; each stage is a link to its page, where there is one."""
    stages = manifest["stages"]
    place = _places(stages)
    width = (max(x for x, _ in place.values()) + 1) * ACROSS - (ACROSS - WIDTH) + 4
    height = (max(y for _, y in place.values()) + 1) * DOWN - (DOWN - HEIGHT) + 4
    edges = [
        _edge(place[need], place[s["name"]])
        for s in stages
        for need in s["needs"]
        if _direct(need, s, stages)
    ]
    nodes = [_node(s, place[s["name"]]) for s in stages]
    label = escape(f"Stages of run {manifest['name']} and their states")
    return Markup(
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="group" '
        f'aria-label="{label}">{"".join(edges)}{"".join(nodes)}</svg>'
    )


def _places(stages: list[dict[str, Any]]) -> dict[str, tuple[int, int]]:
    depth: dict[str, int] = {}
    for s in stages:
        depth[s["name"]] = 1 + max((depth.get(n, -1) for n in s["needs"]), default=-1)
    used: dict[int, int] = {}
    place = {}
    for s in stages:
        x = depth[s["name"]]
        place[s["name"]] = (x, used.get(x, 0))
        used[x] = used.get(x, 0) + 1
    return place


def _direct(need: str, stage: Mapping[str, Any], stages: list[dict[str, Any]]) -> bool:
    """Whether no other need of the stage already depends on this one: such an edge says nothing new."""
    needs = {s["name"]: set(s["needs"]) for s in stages}

    def reaches(start: str) -> bool:
        return need in needs[start] or any(reaches(n) for n in needs[start])

    return not any(reaches(other) for other in stage["needs"] if other != need)


def _edge(a: tuple[int, int], b: tuple[int, int]) -> str:
    x1, y1 = a[0] * ACROSS + WIDTH + 2, a[1] * DOWN + HEIGHT / 2 + 2
    x2, y2 = b[0] * ACROSS + 2, b[1] * DOWN + HEIGHT / 2 + 2
    middle = (x1 + x2) / 2
    return f'<path class="edge" d="M{x1} {y1} C{middle} {y1} {middle} {y2} {x2} {y2}"/>'


def _node(stage: Mapping[str, Any], place: tuple[int, int]) -> str:
    x, y = place[0] * ACROSS + 2, place[1] * DOWN + 2
    times = stage["times"]
    timed = times and stage["state"] in ("done", "failed", "rejected")
    told = f"{times['wall']:.1f} s" if timed else stage["state"]
    state = escape(f"{MARKS.get(stage['state'], '·')} {told}")
    inner = (
        f'<g class="stage {escape(stage["state"])}"><title>{escape(stage["name"])}: {escape(stage["state"])}</title>'
        f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="8"/>'
        f'<text x="{x + 7}" y="{y + 19}" class="name">{escape(stage["name"])}</text>'
        f'<text x="{x + 7}" y="{y + 36}" class="state">{state}</text></g>'
    )
    return f'<a href="{escape(stage["page"])}">{inner}</a>' if stage["executed"] else inner
