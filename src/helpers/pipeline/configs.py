"""From what a person names (a config, a table, a database URL) to a run: its name and the values of its parameters."""

from __future__ import annotations

import glob
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import yaml

from helpers.errors import BadInput, nearest
from helpers.pipeline.store import write_text
from helpers.plain_yaml import PlainDumper, PlainLoader, read_yaml
from helpers.secrets import is_url, refuse_secret
from helpers.sheets import file_and_sheet

DEFAULT = "churn"
INFERRED = "# Inferred; take the # away to change one"
SHOWN = ("task", "positive", "measure", "identifiers")


@dataclass(frozen=True)
class Asked:
    """The run that a person asks for: its name, its config file and the values in it.

    first_target is the target that was typed where the file has a place for one and none in it.
    """

    name: str
    file: Path
    values: dict[str, dict[str, Any]]
    is_new: bool = False
    first_target: str | list[str] | None = None


def resolve(
    what: str | None, root: Path, target: str | list[str] | None = None, name: str | None = None
) -> Asked:
    """Return the run that `what` names: nothing (churn), a config by name or path, a table, or a database URL.

    A table or URL without a config gets one (`write_new` keeps it). BadInput when it is none of these.
    """
    configs = root / "configs"
    known = sorted(f.stem for f in configs.glob("*.yaml"))
    what = what or DEFAULT
    if what in known or Path(what).suffix in (".yaml", ".yml"):
        file = configs / f"{what}.yaml" if what in known else Path(what)
        return _with_target(Asked(_checked_name(name or file.stem), file, _values(file)), target)
    table = Path(file_and_sheet(what)[0]).expanduser()
    if "://" in what:
        refuse_secret(what)
        source = what
    elif table.exists() or any(glob.iglob(str(table), recursive=True)):
        source = _relative(table.resolve(), root) + what.removeprefix(file_and_sheet(what)[0])
    else:
        raise BadInput(
            f"there is no config and no table {what!r}{nearest(what, known)} (configs: {', '.join(known)})"
        )
    return _of_table(source, configs, target, name)


def write_new(asked: Asked) -> None:
    """Keep the config of a table that had none, for the person to edit."""
    lines = [
        f"# {asked.name}: what differs from the notebooks' defaults; workbench params lists them all",
        "",
    ]
    text = yaml.dump(asked.values, Dumper=PlainDumper, sort_keys=False, allow_unicode=True, width=100)
    write_text(asked.file, "\n".join(lines) + text)


def write_target(file: Path, target: str | list[str]) -> bool:
    """Write a target into a config with `target: null`; return whether it was: other forms stay as they are."""
    head, rest = _at_ingest(file.read_text(encoding="utf-8"))
    line = re.compile(r"^([ \t]+)target:(?:[ \t]*(?:null|~))?(?=[ \t]*(?:#|$))", re.MULTILINE)
    text = head + line.sub(lambda found: found[1] + _as_yaml("target", target), rest, count=1)
    fits = yaml.load(text, PlainLoader) == merged(read_yaml(file), {"ingest": {"target": target}})
    if fits:
        write_text(file, text)
    return fits


def note_inferred(file: Path, problem: Mapping[str, Any]) -> None:
    """Add what ingest inferred of a target to a config, as lines that are comments until the person wants them."""
    text = file.read_text(encoding="utf-8")
    head, rest = _at_ingest(text)
    if INFERRED in text or not head or problem.get("task") == "none":
        return
    given = read_yaml(file).get("ingest", {})
    news = {k: problem[k] for k in SHOWN if k not in given and problem.get(k)}
    shown = [f"  # {_as_yaml(k, v)}" for k, v in news.items()]
    if shown:
        body = re.match(r"(?:[ \t]+.*\n|[ \t]*\n)*", rest)
        end = body.end() if body else 0
        lines = "\n".join([f"  {INFERRED}", *shown]) + "\n"
        write_text(file, head + rest[:end] + lines + rest[end:])


def _at_ingest(text: str) -> tuple[str, str]:
    """Return the text of a config to the line `ingest:`, and what is below it; no head where no line is such."""
    found = re.search(r"^ingest:[ \t]*(?:#.*)?\n", text, re.MULTILINE)
    return (text[: found.end()], text[found.end() :]) if found else ("", text)


def merged(*values: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return stage -> parameter -> value, later ones over earlier ones."""
    result: dict[str, dict[str, Any]] = {}
    for one in values:
        for stage, parameters in one.items():
            result[stage] = result.get(stage, {}) | dict(parameters)
    return result


def _of_table(source: str, configs: Path, target: str | list[str] | None, name: str | None) -> Asked:
    name = _checked_name(name) if name else _name_of(source)
    file = configs / f"{name}.yaml"
    if file.is_file():
        values = _values(file)
        there = values.get("ingest", {}).get("source")
        if there != source:
            raise BadInput(f"configs/{name}.yaml is for {there!r}; give this run another name with --name")
        return _with_target(Asked(name, file, values), target)
    values = {"ingest": {"source": source, "target": target}}  # without a target, not the notebook's own
    return Asked(name, file, values, is_new=True)


def _values(file: Path) -> dict[str, dict[str, Any]]:
    values = read_yaml(file)
    for stage, parameters in values.items():
        if not isinstance(parameters, dict):
            raise BadInput(f"{file.name}: {stage} must be a mapping of parameter to value")
    return values


def _with_target(asked: Asked, target: str | list[str] | None) -> Asked:
    if not target:
        return asked
    values = merged(asked.values, {"ingest": {"target": target}})
    is_first = asked.values.get("ingest", {}).get("target", "") is None
    return replace(asked, values=values, first_target=target if is_first else None)


def refuse_secrets(values: Mapping[str, Mapping[str, Any]]) -> None:
    """Refuse a password or key in the value of any parameter: configs, manifests and reports would keep it."""
    for parameters in values.values():
        for value in parameters.values():
            for text in value if isinstance(value, list) else [value]:
                if isinstance(text, str) and is_url(text):
                    refuse_secret(text)


def _relative(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


def _name_of(source: str) -> str:
    if "://" in source:
        scheme, _, rest = source.partition("://")
        place, _, asked = rest.partition("?")
        stem = parse_qs(asked).get("table", [place.partition("/")[2].rpartition("/")[2] or scheme])[0]
    else:
        stem = Path(source).name.partition(".")[0] or Path(source).name.strip(".")
    return re.sub(r"[^A-Za-z0-9_-]+", "_", stem).strip("_-")[:64].lower() or "table"


def _checked_name(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", name):
        raise BadInput(f"the name of a run is made of letters, digits, - and _, 64 at most; not {name!r}")
    return name


def _as_yaml(key: str, value: Any) -> str:
    flow = yaml.dump(
        [value], Dumper=PlainDumper, default_flow_style=True, allow_unicode=True, width=10**6
    ).strip()
    return f"{key}: {flow[1:-1]}"
