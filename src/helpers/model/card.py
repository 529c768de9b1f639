"""The model card (Mitchell et al. 2019): what a model is, where it comes from, how good it is, what it is not for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from helpers.model import accept
from helpers.problem import Problem
from helpers.report.text import number, share

_SPECIAL = {ord(c): f"&#{ord(c)};" for c in "\\`*_{}[]<>#|$&\"'"}


def card(
    problem: Problem,
    provenance: Mapping[str, Any],
    recipe: Mapping[str, Any],
    evaluation: Mapping[str, Any],
    acceptance: Mapping[str, Any],
    family: str,
) -> str:
    """Return the card as Markdown; what comes from data is escaped."""
    parts = [
        f"# Model card: {_md(problem.name)}",
        _purpose(problem, family),
        _data(provenance),
        _features(recipe),
        _quality(problem, evaluation, acceptance),
        _use(problem, evaluation),
        _groups(evaluation),
        _limits(problem, provenance),
    ]
    return "\n\n".join(parts) + "\n"


def signature(
    problem: Problem, recipe: Mapping[str, Any], evaluation: Mapping[str, Any], family: str
) -> dict[str, Any]:
    """Return what goes into the model and what comes out, as the bundle keeps it."""
    return {
        "version": 1,
        "name": problem.name,
        "task": problem.task,
        "target": problem.target,
        "family": family,
        "classes": problem.classes,
        "positive": problem.positive,
        "threshold": evaluation["threshold"],
        "thresholds": evaluation.get("thresholds"),
        "costs": evaluation.get("costs"),
        "shift": evaluation.get("shift"),
        "intervals": _intervals(problem, evaluation),
        "measure": problem.measure,
        "quantile": problem.quantile,
        "identifiers": problem.identifiers,
        "personal": [
            s for s in problem.treated if s["columns"][0] in problem.identifiers and s["step"] != "parse_date"
        ],
        "joins": problem.joins,
        "inputs": recipe["inputs"],
        "model_inputs": recipe["outputs"],
    }


def _intervals(problem: Problem, evaluation: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what makes intervals or sets of classes of new rows; None where nothing can be promised."""
    fitted = evaluation.get("conformal")
    if fitted is None or fitted["quantile"] is None:
        return None
    kind = "set of classes" if problem.is_classification else "interval"
    return {"kind": kind, "level": fitted["level"], "quantile": fitted["quantile"]}


def _purpose(problem: Problem, family: str) -> str:
    numbers = {"mean": "the number", "counts": "the count", "quantile": f"the {problem.quantile} quantile of"}
    what = {
        "binary": f"the probability that {_md(problem.target)} is {_md(problem.positive)}",
        "multiclass": f"which of {len(problem.classes)} classes {_md(problem.target)} is",
        "multilabel": f"which of {len(problem.classes)} labels hold, each with a probability of its own",
        "regression": f"{numbers[problem.fitted_to]} {_md(problem.target)}",
    }[problem.task]
    return f"## Purpose\n\nPredicts {what}. Kind of model: {_md(family)}."


def _data(p: Mapping[str, Any]) -> str:
    lines = [
        *(f"- joined: {_md(line)}" for line in p.get("joins") or []),
        f"- source: {_md(p['source'])} ({p['rows_read']:,} rows, SHA-256 {p['sha256'][:16]}…)",
        f"- retrieved: {_md(p['retrieved'])}",
        f"- origin: {_md(p.get('origin') or 'not stated')}",
        f"- licence: {_md(p.get('licence') or 'not stated')}",
        f"- rows without a target, left out: {p['rows_without_target']:,}",
        f"- rows sealed for the acceptance test: {p['sealed_rows']:,}",
    ]
    return "## Data\n\n" + "\n".join(lines)


def _features(recipe: Mapping[str, Any]) -> str:
    rows = "\n".join(f"| {_md(i['name'])} | {_md(i['kind'])} |" for i in recipe["inputs"])
    steps = "\n".join(
        f"- {_md(s['step'])} ({_md(s['columns'] if isinstance(s['columns'], str) else ', '.join(s['columns']))}): "
        f"{_md(s.get('reason') or 'no reason given')}"
        for s in recipe["steps"]
    )
    return (
        f"## Input\n\n| column | kind |\n|---|---|\n{rows}\n\nThe recipe:\n\n{steps or 'no step is needed'}"
    )


def _quality(problem: Problem, evaluation: Mapping[str, Any], acceptance: Mapping[str, Any]) -> str:
    low, high = acceptance["interval"]["low"], acceptance["interval"]["high"]
    rows = "\n".join(
        f"| {_md(name)} | {_number(value)} | {_number(acceptance['measures'].get(name))} | "
        f"{_number(acceptance['baseline_measures'].get(name))} |"
        for name, value in evaluation["measures"].items()
    )
    coverage, promised = acceptance.get("coverage"), ""
    if coverage:
        what = "Sets of classes" if problem.is_classification else "Intervals"
        promised = f" {what}: {accept.coverage_said(coverage)}."
    if acceptance.get("served"):
        said = accept.served_said(acceptance["served"], evaluation["threshold"])
        promised += f" {said[0].upper()}{said[1:]}."
    if acceptance.get("below") is not None:
        promised += (
            f" {share(acceptance['below'])} of the sealed rows lie at or below their prediction, "
            f"{_number(problem.quantile)} is meant."
        )
    if acceptance.get("shifted"):
        said = accept.shift_test(acceptance["shifted"])["said"]
        promised += f" {said[0].upper()}{said[1:]}."
    costs = acceptance.get("costs")
    if costs:
        promised += (
            f" A sealed row costs {_number(costs['cost'])} on average; {_number(costs['cost_most_probable'])} if the "
            f"most probable class were named, {_number(costs['cost_one_class'])} at least with always the same one."
        )
    return (
        f"## Quality\n\n{_md(acceptance['reason'])} ({acceptance['rows']:,} sealed rows; 95 % interval "
        f"{_number(low)} to {_number(high)}).{promised}\n\n"
        f"| measure | validation | sealed rows | baseline on sealed rows |\n|---|---|---|---|\n{rows}"
        + ("\n\nAccuracies are those of the most probable class." if problem.is_classification else "")
    )


def _use(problem: Problem, evaluation: Mapping[str, Any]) -> str:
    text = "## Use\n\nScore raw rows with the bundle; it brings its recipe. "
    if problem.task == "binary":
        text += f"The prediction is {_md(problem.positive)} from a probability of {_number(evaluation['threshold'])} on"
        if evaluation["objective"].get("text"):
            text += f", which serves {_md(evaluation['objective']['text'])}"
        text += "."
    if evaluation.get("shift"):
        text += (
            f"The prediction is what the model expects and {_number(evaluation['shift'])} added, which serves "
            f"{_md(evaluation['objective']['text'])}; `unshifted` is without it, and the measures are of that."
        )
    if problem.task == "multilabel":
        text += _thresholds(problem, evaluation)
    if evaluation.get("costs") is not None:
        text += _costs(problem, evaluation["costs"])
    return text + _sure(_intervals(problem, evaluation))


def _sure(intervals: Mapping[str, Any] | None) -> str:
    """Return how sure a prediction is, and how to ask for that."""
    if intervals is None:
        return ""
    quantile = intervals["quantile"]
    what = f"`low` and `high`, {_number(quantile)} below and above what the model expects, enclose"
    if intervals["kind"] == "set of classes":
        what = f"`classes`, those of a probability of {_number(1 - quantile)} at least, hold"
    return (
        f"\n\nWith `workbench predict --intervals`, {what} the truth of {share(intervals['level'])} of rows that come "
        "as these did."
    )


def _thresholds(problem: Problem, evaluation: Mapping[str, Any]) -> str:
    """Return from which probability on each label is predicted, as a table."""
    lines = [
        f"| {_md(label)} | {_number(threshold)} |"
        for label, threshold in zip(problem.classes, evaluation["thresholds"], strict=True)
    ]
    return (
        "The prediction is the set of labels that reach their thresholds, or (none). They serve "
        f"{_md(evaluation['objective']['text'])}, label by label:\n\n| label | from |\n|---|---|\n"
        + "\n".join(lines)
    )


def _costs(problem: Problem, costs: Sequence[Sequence[float]]) -> str:
    """Return which class is named, and the costs (true, predicted) as a table."""
    head = ["true, named as", *problem.classes]
    lines = ["| " + " | ".join(map(_md, head)) + " |", "|" + "---|" * len(head)]
    for name, row in zip(problem.classes, costs, strict=True):
        lines.append(f"| {_md(name)} | " + " | ".join(map(_number, row)) + " |")
    return "The prediction is the class of least expected cost, by these costs:\n\n" + "\n".join(lines)


def _groups(evaluation: Mapping[str, Any]) -> str:
    """Return how the model treats groups of rows, or that nobody asked."""
    groups = evaluation.get("groups") or {}
    if not groups:
        return (
            "## Groups\n\nWhether groups are treated alike was not examined; `evaluate.groups` names columns."
        )
    parts = []
    for name, records in groups.items():
        head = list(records[0]) if records else []
        lines = ["| " + " | ".join(_md(k) for k in head) + " |", "|" + "---|" * len(head)]
        lines += ["| " + " | ".join(_cell(r[k]) for k in head) + " |" for r in records]
        parts.append(f"By {_md(name)}, on the validation rows:\n\n" + "\n".join(lines))
    return "## Groups\n\n" + "\n\n".join(parts)


def _cell(value: Any) -> str:
    return _md(value) if isinstance(value, str) else _number(value)


def _limits(problem: Problem, provenance: Mapping[str, Any]) -> str:
    return (
        "## Limits\n\nIt knows only what its data show: rows of another population, time or way of measuring may score "
        "wrongly without a sign. It tells what goes together, not what causes what. Compare new data with the "
        "attribute profile of the run before relying on it."
    )


def _number(value: Any) -> str:
    return number(value, 4)


def _md(value: object) -> str:
    flat = "".join(c if c.isprintable() else " " for c in str(value))
    return flat.translate(_SPECIAL)
