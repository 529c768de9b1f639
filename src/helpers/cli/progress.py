"""Show a run while it goes on (one live line a stage, plain lines off a terminal) and write its pages."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from helpers.pipeline.places import Places

MARKS = {"done": "✓", "cached": "↺", "failed": "✗", "rejected": "✗", "skipped": "·", "interrupted": "!"}


class Progress:
    """Follows a run: `tell` is what the runner calls; `manifest` is the latest that it told."""

    def __init__(self, places: Places, quiet: bool = False, pages: bool = True) -> None:
        self._places, self._quiet, self._pages = places, quiet, pages
        self._live: Any = None
        self.manifest: Mapping[str, Any] = {"stages": []}
        self._begun: dict[str, float] = {}
        self._said: dict[str, str] = {}

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._live is not None:
            self._live.stop()

    def tell(self, event: str, manifest: Mapping[str, Any], stage: str | None) -> None:
        """Take the news of a run: "start", "cell", "stage" or "end"; or "died", of an earlier one."""
        if event == "died":
            self._write_run(manifest)
            return
        self.manifest = manifest
        if stage is not None:
            self._begun.setdefault(stage, time.monotonic())
        if not self._quiet:
            self._show(event, stage)
        if self._pages and event != "cell":
            self._write(event, stage)

    def _show(self, event: str, stage: str | None) -> None:
        if not sys.stdout.isatty():
            if stage is not None and event == "stage":
                self._print_line(stage)
            return
        if self._live is None:
            from rich.live import Live

            self._live = Live(get_renderable=self._table, refresh_per_second=5, transient=False)
            self._live.start()
        if event == "end":
            self._live.stop()

    def _print_line(self, name: str) -> None:
        stage = self._stage(name)
        if self._said.get(name) == stage["state"] or stage["state"] == "skipped":
            return
        self._said[name] = stage["state"]
        if stage["state"] == "running":
            print(f"{name:<10} running   {stage['reason']}", flush=True)
        else:
            print(f"{name:<10} {stage['state']:<9} {self._time(stage)}".rstrip(), flush=True)

    def _table(self) -> Any:
        from rich.table import Table
        from rich.text import Text

        table = Table.grid(padding=(0, 2))
        colours = {"done": "green", "cached": "cyan", "failed": "red", "rejected": "red", "running": "yellow"}
        for stage in self.manifest["stages"]:
            style = colours.get(stage["state"], "dim")
            done, total = stage.get("progress") or (0, 0)
            cells = f"cell {done + 1}/{total}" if total and stage["state"] == "running" else ""
            mark = MARKS.get(stage["state"], "▸" if stage["state"] == "running" else " ")
            about = "" if stage["state"] in ("done", "pending") else stage["reason"]
            line = [mark, stage["name"], stage["state"], cells or self._time(stage), about]
            if cells:
                line[3] = f"{cells}  {time.monotonic() - self._begun[stage['name']]:.0f} s"
            table.add_row(
                *(
                    Text(text, style=style if n < 3 else "dim", overflow="ellipsis", no_wrap=True)
                    for n, text in enumerate(line)
                )
            )
        return table

    def _time(self, stage: Mapping[str, Any]) -> str:
        return f"{stage['times']['wall']:.1f} s" if stage["times"] and stage["state"] != "cached" else ""

    def _stage(self, name: str) -> Mapping[str, Any]:
        return next(s for s in self.manifest["stages"] if s["name"] == name)

    def _write(self, event: str, stage: str | None) -> None:
        from helpers.report import pages

        if stage is not None and self._stage(stage)["executed"]:
            pages.write_stage(self._folder(self.manifest), dict(self.manifest), stage)
        if event in ("start", "end"):
            self._write_run(self.manifest)

    def _write_run(self, manifest: Mapping[str, Any]) -> None:
        from helpers.report import pages

        pages.write_run(self._folder(manifest), dict(manifest))
        pages.write_index(self._places.reports)

    def _folder(self, manifest: Mapping[str, Any]) -> Path:
        return self._places.reports / manifest["name"] / manifest["run"]
