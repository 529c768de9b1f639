"""Suites of ready-made checks as YAML that a person reads, edits and names by the parameter suite_file.

    version: 1
    checks:
    - check: in_range
      column: tenure
      low: 0
      high: 100
      severity: warning
      reason: 0 to 72 in 6,338 rows

Whatever stands beside check, severity and reason is a parameter of that check (notebook 04 lists all).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from helpers.data.checks import across, addresses, drift, keys, texts, values, whole  # noqa: F401
from helpers.data.checks.check import SEVERITIES, Check
from helpers.data.checks.library import find
from helpers.errors import Answerable, BadInput, nearest
from helpers.plain_yaml import PlainDumper, PlainLoader, read_yaml

VERSION = 1
OF_ALL = ("check", "severity", "reason")
HEADER = (
    "# Checks of the rows. Edit what is too strict or too lax, add your own, and name the file by suite_file.\n"
    "# severity: note and warning are told, stop ends the run.\n"
)


def suite_text(checks: Sequence[Check]) -> str:
    """Return a suite as YAML; `read_suite` gives the same checks. BadInput for one that is no ready-made check."""
    import yaml

    def line(name: str, value: Any) -> str:
        text = yaml.dump(value, Dumper=PlainDumper, default_flow_style=True, allow_unicode=True, width=10**6)
        plain = text.removesuffix("...\n").strip()
        return f"{name}: {plain}\n"

    parts = [HEADER, f"version: {VERSION}\n", "checks:\n" if checks else "checks: []\n"]
    for one in checks:
        if not one.rule:
            raise BadInput(f"check {one.name!r}{one.place} is a function, which no suite can hold")
        entry = {"check": one.rule, **one.given, "severity": one.severity}
        entry |= {"reason": one.reason} if one.reason else {}
        lines = [line(name, value) for name, value in entry.items()]
        parts.append("- " + "  ".join(lines))
    return "".join(parts)


def write_suite(path: Path, checks: Sequence[Check]) -> Path:
    """Write a suite as YAML and return its path."""
    path.write_text(suite_text(checks), encoding="utf-8")
    return path


def rules_table(checks: Sequence[Check]) -> pd.DataFrame:
    """Return one row a rule: how many checks it has of each severity, and what they expect, or the first of several."""
    records = [(c.rule or c.name, c.severity, c.message) for c in checks]
    table = pd.DataFrame(records, columns=["rule", "severity", "expects"])
    counts = pd.crosstab(table["rule"], table["severity"]).reindex(columns=SEVERITIES[::-1], fill_value=0)
    expected = table.groupby("rule", sort=False)["expects"].agg(_first_of)
    return counts.join(expected).loc[expected.index].rename_axis(columns=None)


def _first_of(messages: pd.Series) -> str:
    others = messages.nunique() - 1
    return f"{messages.iloc[0]} (and {others:,} more)" if others else messages.iloc[0]


def read_suite(path: Path) -> list[Check]:
    """Return the checks of a suite; BadInput names the line of what is wrong, and the nearest right name."""
    if not path.is_file():
        raise BadInput(f"there is no suite of checks {str(path)!r}")
    record, lines = _read(path)
    odd = [key for key in record if key not in ("version", "checks")]
    if odd:
        raise BadInput(
            f"{path.name}: a suite has version and checks, not {odd[0]!r}{nearest(str(odd[0]), ['checks'])}"
        )
    if record.get("version") != VERSION:
        raise BadInput(f"{path.name}: the version is {record.get('version')!r}; this program reads {VERSION}")
    entries = record.get("checks")
    if not isinstance(entries, list):
        raise BadInput(f"{path.name}: checks must be a list, each entry a mapping that names its check")
    return [
        _check(entry, f"{path.name}, line {line}", at)
        for entry, (line, at) in zip(entries, lines, strict=True)
    ]


def _check(entry: Any, where: str, at: dict[str, str]) -> Check:
    if not isinstance(entry, dict) or not isinstance(entry.get("check"), str):
        raise BadInput(f"{where}: an entry must be a mapping that names its check, such as check: present")
    rule = find(entry["check"], where)
    given = {key: value for key, value in entry.items() if key not in OF_ALL}
    odd = next((key for key in given if key not in rule.parameters), None)
    if odd is not None:
        known = [*rule.parameters, *OF_ALL]
        near = f"{nearest(str(odd), known)} (it has {', '.join(known)})"
        raise BadInput(f"{at.get(str(odd), where)}: {rule.name} has no parameter {odd!r}{near}")
    reason = entry.get("reason") or ""
    if not isinstance(reason, str):
        raise BadInput(f"{at.get('reason', where)}: reason must be text")
    try:
        return rule(given, entry.get("severity", "warning"), reason, f"{rule.name}")
    except Answerable as error:
        raise BadInput(f"{where}: {error}") from None


def _read(path: Path) -> tuple[dict[str, Any], list[tuple[int, dict[Any, str]]]]:
    """Return the mapping in a file, and for each entry of its checks the line, and where each of its keys stands."""
    import yaml

    record = read_yaml(path)
    root = yaml.compose(path.read_text(encoding="utf-8"), PlainLoader)
    lines: list[tuple[int, dict[Any, str]]] = []
    for key, value in root.value if root is not None else []:
        if key.value == "checks" and isinstance(value, yaml.SequenceNode):
            for node in value.value:
                pairs = node.value if isinstance(node, yaml.MappingNode) else []
                at = {k.value: f"{path.name}, line {k.start_mark.line + 1}" for k, _ in pairs}
                lines.append((node.start_mark.line + 1, at))
    return record, lines
