"""The families of models: one file a family in candidates/, each declaring one or more of them."""

from __future__ import annotations

import contextlib
import importlib
import pkgutil
import runpy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helpers.errors import Answerable, BadInput, nearest
from helpers.problem import Problem

if TYPE_CHECKING:
    import optuna

CLASSES, NUMBERS = ("binary", "multiclass"), ("regression",)
GROUPS, UNUSUAL = ("groups",), ("unusual rows",)  # without a target
Space = Callable[["optuna.Trial"], dict[str, Any]]


@dataclass(frozen=True)
class Family:
    """A family of models.

    name      the field's name for it
    tasks     those that it can do
    make      (seed, **hyperparameters) -> estimator; without hyperparameters, with standard ones
    space     trial -> hyperparameters to try
    features  how it likes its input by default (arguments of `features.transformer`)
    most      rows beyond which it is left out, since it would take too long
    exports   the formats that carry it exactly; without "onnx" it is compared and never tuned
    cost      seconds to fit 10,000 rows of 20 columns on one core with standard hyperparameters, roughly
    mean      whether it predicts classes or the mean of a number
    counts    hyperparameters with which it is fitted to counts, all predictions positive; None: it cannot
    quantile  quantile -> hyperparameters with which it is fitted to that; None: it cannot
    """

    name: str
    tasks: tuple[str, ...]
    make: Callable[..., Any]
    space: Space = field(default=lambda trial: {})
    features: Mapping[str, Any] = field(default_factory=dict)
    most: int | None = None
    exports: tuple[str, ...] = ("onnx", "skops", "pickle")
    cost: float = 1.0
    mean: bool = True
    counts: Mapping[str, Any] | None = None
    quantile: Callable[[float], Mapping[str, Any]] | None = None

    @property
    def exact(self) -> bool:
        """Whether the exported graph scores every row as the model does."""
        return "onnx" in self.exports


def families(task: str, only: list[str] | None = None) -> dict[str, Family]:
    """Return the families for a task by name, the dummy first; BadInput for a name that is none of them.

    Those of a person's own file, once it is in use, come with them; of two of one name, the person's own.
    """
    from helpers.model import candidates

    found: dict[str, Family] = {}
    for module in sorted(m.name for m in pkgutil.iter_modules(candidates.__path__)):
        for family in importlib.import_module(f"helpers.model.candidates.{module}").FAMILIES:
            found |= _able(family, task)
    for family in _own:
        found |= _able(family, task)
    for name in only or []:
        if name not in found:
            raise BadInput(
                f"there is no family {name!r} for {task}{nearest(name, found)} ({', '.join(found)})"
            )
    chosen = {n: f for n, f in found.items() if not only or n in only or n == "dummy"}
    return {"dummy": chosen.pop("dummy"), **chosen} if "dummy" in chosen else chosen


def _able(family: Family, task: str) -> dict[str, Family]:
    """Return the family by its name where it can do the task; one of two classes does several labels one by one."""
    if task == "multilabel" and "binary" in family.tasks:
        return {family.name: replace(family, make=partial(label_by_label, family.make))}
    return {family.name: family} if task in family.tasks else {}


def label_by_label(make: Callable[..., Any], *given: Any, **hyperparameters: Any) -> Any:
    """Return an estimator of several labels: one model a label, knowing nothing of the others (binary relevance)."""
    from sklearn.multiclass import OneVsRestClassifier

    return OneVsRestClassifier(make(*given, **hyperparameters))


def suited(problem: Problem, only: list[str] | None = None) -> dict[str, Family]:
    """Return the families for a problem as `families` does, each fitted to what its measure asks for.

    BadInput for a name of `only` that cannot be fitted to counts, or to a quantile.
    """
    found = {n: _fitted_to(f, problem) for n, f in families(problem.task, only).items()}
    able = {n: f for n, f in found.items() if f is not None}
    for name in only or []:
        if name not in able:
            others = [n for n, f in families(problem.task).items() if _fitted_to(f, problem)]
            raise BadInput(
                f"the family {name!r} cannot be fitted to a target like this ({problem.fitted_to}); these can: "
                f"{', '.join(others)}"
            )
    return able


def _fitted_to(family: Family, problem: Problem) -> Family | None:
    """Return the family with the hyperparameters of the loss that the problem asks for; None where it has none."""
    if problem.task == "multilabel" and family.most:
        family = replace(family, most=family.most // len(problem.classes))  # a fit is one of each label
    if problem.fitted_to == "mean":
        return family if family.mean else None
    if problem.quantile is not None:
        given = None if family.quantile is None else family.quantile(problem.quantile)
    else:
        given = family.counts
    return None if given is None else replace(family, make=partial(family.make, **given))


def imported(candidates: Mapping[str, Family], seed: int) -> None:
    """Have every package imported that a family needs, once, before there are several processes to do it."""
    for family in candidates.values():
        with contextlib.suppress(Exception):  # it will fail again where it is told
            family.make(seed)


def too_slow(family: Family, rows: int) -> str:
    """Return in words why a family is left out of so many rows."""
    return f"left out: {rows:,} rows, and it is slow beyond {family.most:,}"


_own: list[Family] = []


def use_own(file: str | None, folder: Path) -> list[Family]:
    """Run a Python file (relative to folder) that declares FAMILIES, have `families` list them too, and return them.

    The file is run, so give only your own. A model must be opened by later stages, which know nothing of the file:
    the classes of its estimators must stand in a package that is installed. BadInput says what is wrong with it.
    """
    _own.clear()
    if not file:
        return []
    path = folder / Path(file).expanduser()
    if not path.is_file() or path.suffix != ".py":
        raise BadInput(f"there is no Python file {file!r} with families in {folder}")
    try:
        found = runpy.run_path(str(path), run_name="own_families").get("FAMILIES")
    except Answerable:
        raise
    except Exception as error:
        raise BadInput(
            f"the file of families {file!r} does not run: {type(error).__name__}: {error}"
        ) from error
    if not isinstance(found, list) or not found or not all(isinstance(f, Family) for f in found):
        raise BadInput(f"{file!r} must declare FAMILIES, a list of helpers.model.families.Family")
    for family in found:
        _check(family, file)
    _own.extend(found)
    return found


def _check(family: Family, file: str) -> None:
    unknown = [t for t in family.tasks if t not in CLASSES + NUMBERS]
    if unknown:
        raise BadInput(
            f"{file!r}: the family {family.name!r} has a task {unknown[0]!r} ({', '.join(CLASSES + NUMBERS)})"
        )
    try:
        made = family.make(0)
    except Exception as error:
        raise BadInput(
            f"{file!r}: the family {family.name!r} cannot be made: {type(error).__name__}: {error}"
        ) from error
    if type(made).__module__ == "own_families":
        raise BadInput(
            f"{file!r}: the class {type(made).__name__} stands in the file itself, and later stages could not open a "
            "model of it; put the class into a package that is installed, and import it"
        )
