"""The recipe of a table: what it starts from, what is configured beside it, what it makes, and what it leaves open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from helpers.data.reshape import same_steps
from helpers.data.reshaping import STEPS as TABLE_STEPS
from helpers.data.rows import Rows
from helpers.errors import BadInput, nearest, within
from helpers.problem import Problem
from helpers.recipe import FittedRecipe, PlannedStep, Recipe, known_steps, use
from helpers.recipe.columns import from_frame, to_frame, with_columns
from helpers.recipe.parameters import NO_DEFAULT, Parameter, described
from helpers.recipe.steps.isolation import isolation_forest
from helpers.recipe.steps.outliers import inside, limits
from helpers.report.text import count

HEADER = (
    "# Edit it and name it by wrangle.recipe_file; where it has a section table, by ingest.table_steps, too, and what\n"
    "# it uses by wrangle.own_steps, so that a change of that file is seen. What parameters of the run add\n"
    "# (missing_values, outliers_as, ingest.personal) is added again, so it is not in here.\n"
)
EQUAL_ROWS = "equal rows"  # the check (no_equal_rows) that `drop_duplicates` answers
FAR = 0.001  # share of far values from which a configured step concerns a column
_LEVELS = PlannedStep(
    "impute_most_frequent", "categories", reason="missing levels become the most frequent one"
)
MISSING: dict[str, list[PlannedStep]] = {
    "keep": [],
    "zero": [PlannedStep("impute_zero", "numbers", reason="a missing number counts as 0"), _LEVELS],
    "mean": [PlannedStep("impute_mean", "numbers", reason="missing numbers become the mean"), _LEVELS],
    "median": [PlannedStep("impute_median", "numbers", reason="missing numbers become the median"), _LEVELS],
    "most frequent": [
        PlannedStep("impute_most_frequent", "numbers", reason="missing numbers become the most frequent one"),
        _LEVELS,
    ],
    "constant": [
        PlannedStep("missing_indicator", "numbers", reason="that a number is missing may tell something"),
        PlannedStep("impute_constant", "numbers", {"value": -1.0}, "missing numbers become -1"),
        PlannedStep("impute_constant", "categories", {"value": "(missing)"}, "missing is a level of its own"),
    ],
    "linear": [
        PlannedStep("impute_linear", "numbers", reason="the other numbers of the row tell the missing ones"),
        _LEVELS,
    ],
    "neighbours": [
        PlannedStep("impute_neighbours", "numbers", reason="the nearest rows tell the missing numbers"),
        _LEVELS,
    ],
    "drop rows": [PlannedStep("drop_missing_rows", "all", reason="rows with gaps do not train")],
    "drop columns": [
        PlannedStep("drop_mostly_missing", "all", {"share": 0.0}, "columns with gaps are left out")
    ],
}
METHODS = {
    "iqr": "more than {:g} interquartile ranges beyond the quartiles",
    "robust_z": "more than {:g} robust standard deviations from the median",
    "quantile": "in the last 1 % at either end",
}
FAR_STEPS = {"clip": "clip_outliers", "missing": "outliers_to_missing", "remove": "drop_outlier_rows"}
OUTLIERS = ("keep", "clip", "missing", "remove", "remove isolated")


def configured(
    recipe: Recipe, missing: str, far: str, method: str, table: pd.DataFrame, factor: float = 3.0
) -> Recipe:
    """Return the recipe with steps for missing values and outliers as two words say.

    missing  a key of MISSING; far one of OUTLIERS; method that of the limits: iqr, robust_z or quantile
    table    what `outliers` found: columns with few values far out are left alone
    factor   how many interquartile ranges (iqr) or robust standard deviations (robust_z) are far
    """
    given = (
        (missing, MISSING, "missing_values"),
        (far, OUTLIERS, "outliers_as"),
        (method, METHODS, "outlier_method"),
    )
    for word, known, name in given:
        if word not in known:
            raise BadInput(f"wrangle.{name}: there is no {word!r}{nearest(word, known)} ({', '.join(known)})")
    within("wrangle.outlier_factor", factor, 0)
    gone = {c for s in recipe.steps if s.step == "drop" for c in s.columns}
    there = [str(c) for c in table.index[(table > FAR).any(axis=1)] if c not in gone]
    first: list[PlannedStep] = []
    if far in FAR_STEPS and there:
        why = f"values {METHODS[method].format(factor)}: {far}"
        first = [PlannedStep(FAR_STEPS[far], there, {"method": method, "factor": factor}, why)]
    last = [PlannedStep("drop_isolated_rows", "numbers", reason="rows unlike the others do not train")]
    steps = [*recipe.steps, *first, *MISSING[missing], *(last if far == "remove isolated" else [])]
    return replace(recipe, steps=steps)


def outliers_told(chosen: Recipe, recipe: Recipe, rows: pd.DataFrame, problem: Problem) -> str:
    """Return in words what of some rows the step for outliers treats that `configured` added to a chosen recipe.

    Its limits are learnt from the training rows later on, so the numbers are near to what will be, and not the same.
    """
    known = (*FAR_STEPS.values(), "drop_isolated_rows")
    step = next((s for s in recipe.steps[len(chosen.steps) :] if s.step in known), None)
    if step is None:
        return "No step treats outliers."
    columns = from_frame(rows[raw_features(rows, problem)])
    made = fitted(chosen, rows, problem, unfinished=True).apply(columns)
    numbers = {name: values for name, values in made.items() if values.dtype.kind == "f"}
    if step.step == "drop_isolated_rows":
        limit = isolation_forest(numbers)["limit"] if numbers else 1.0
        return f"The step for outliers leaves out the 1 % of the rows that score highest; here, above {limit:.3f}."
    there = [numbers[c] for c in step.columns if c in numbers]  # the fit tells which are not, in one line
    beyond = np.array([~inside(values, limits(values, **step.parameters)) for values in there])
    far = METHODS[step.parameters["method"]].format(step.parameters["factor"])
    treats = f"{count(int(beyond.sum()), 'value')} in {count(int(beyond.any(axis=0).sum()), 'row')}"
    return f"The step for outliers treats {treats} of {len(rows):,}: those {far}."


def read_recipe(file: str | None, own_steps: str | None, root: Any, suggested: Recipe) -> Recipe:
    """Return the recipe of a person's file, else the suggested one; own_steps is run first, where it is named."""
    uses = [use(own_steps, root)] if own_steps else []
    if file is None:
        return replace(suggested, uses=uses)
    try:
        text = (root / file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"the recipe {file} cannot be read: {getattr(error, 'strerror', error)}") from None
    read = Recipe.from_yaml(text, own=root)
    return replace(read, uses=[*uses, *(u for u in read.uses if u not in uses)])


def to_edit(chosen: Recipe, problem: Problem) -> str:
    """Return the YAML of a recipe that a person edits and gives back, as recipe_file and as ingest.table_steps.

    chosen is what `read_recipe` returned: what `configured` and `with_treated` add to it, every run adds again.
    """
    return HEADER + replace(chosen, table=problem.table[1:]).to_yaml()


def with_treated(recipe: Recipe, rows: pd.DataFrame, problem: Problem) -> Recipe:
    """Return the recipe after what ingest did: table steps, and the steps that treat personal columns or read dates.

    On rows that were treated those change nothing. BadInput for table steps of the recipe that did not run then.
    """
    if recipe.table and not same_steps(recipe.table, problem.table[1:]):
        raise BadInput(
            "the recipe has table steps other than those that ran, and they run before rows are sealed: set "
            "ingest.table_steps to it"
        )
    features = raw_features(rows, problem)
    reason = "as ingest did, so that new rows are treated alike"
    first = [PlannedStep(**s, reason=reason) for s in problem.treated if s["columns"][0] in features]
    return replace(recipe, steps=[*first, *recipe.steps], table=problem.table)


def raw_features(rows: pd.DataFrame, problem: Problem) -> list[str]:
    """Return the columns that the recipe starts from: the features, and the time that some are told from."""
    features = set(problem.features(list(rows.columns)))
    found = [c for c in rows.columns if c in features or c == problem.time]
    if not found:
        raise BadInput(
            "no column is left to learn from: each is the target, names a row, or goes along with it; see ingest.drop "
            "and ingest.identifiers"
        )
    return found


def fitted(recipe: Recipe, rows: pd.DataFrame, problem: Problem, unfinished: bool = False) -> FittedRecipe:
    """Return the recipe as learnt from raw rows; `unfinished` says that more steps follow."""
    features = raw_features(rows, problem)
    kinds = {name: kind for name, kind in problem.types.items() if name in features} | problem.written
    target = None if problem.target is None else rows[problem.target].to_numpy()
    made = recipe.fit(from_frame(rows[features]), target, kinds=kinds, unfinished=unfinished)
    if not made.outputs:
        raise BadInput("the recipe drops every column, so nothing is left to learn from; keep one at least")
    return made


def learnt(recipe: Recipe, first: FittedRecipe, rows: pd.DataFrame, problem: Problem) -> FittedRecipe:
    """Return the steps that waited for the split, as learnt from training rows that went through the first ones."""
    target = None if problem.target is None else rows[problem.target].to_numpy()
    return recipe.waiting().fit(from_frame(rows[[o["name"] for o in first.outputs]]), target)


def applied(
    fitted: FittedRecipe, table: Rows, problem: Problem, places: np.ndarray | None = None
) -> pa.RecordBatchReader:
    """Return rows (at places, if given) after a recipe, batch by batch, with what goes along beside them."""
    carry = carried(problem)
    return table.changed(lambda frame: fitted.apply_frame(frame, carry), places)


def for_training(
    fitted: FittedRecipe, table: Rows, problem: Problem, places: np.ndarray, left_out: list[int]
) -> pa.RecordBatchReader:
    """Return training rows after a recipe as `applied` does, without those that training-only steps leave out.

    left_out gets one number a batch, how many these were, as the batches are read.
    """
    run, carry, names = fitted.on_training(), carried(problem), fitted.training_columns()

    def change(frame: pd.DataFrame) -> pd.DataFrame:
        made, kept = run(from_frame(frame[names]))
        left_out.append(int((~kept).sum()))
        there = frame[kept]
        return with_columns(to_frame(made, there.index), {n: there[n] for n in carry if n in there})

    return table.changed(change, places)


def carried(problem: Problem) -> list[str]:
    """Return the columns that go along with the model input: target, identifiers, time, group and weight."""
    names = [problem.target, *problem.identifiers, problem.time, problem.group, problem.weight]
    return list(dict.fromkeys(n for n in names if n is not None))


def steps_table(recipe: Recipe) -> pd.DataFrame:
    """Return one row a step: its name, columns, and why it is there."""
    records = [
        {
            "step": s.step,
            "columns": s.columns if isinstance(s.columns, str) else ", ".join(s.columns),
            "why": s.reason,
        }
        for s in recipe.steps
    ]
    return pd.DataFrame(records, columns=["step", "columns", "why"])


def catalogue() -> pd.DataFrame:
    """Return all steps by name, table steps last: what each takes, its parameters, what it does and when."""
    records = []
    for name, step in known_steps().items():
        when = (
            "training only" if step.training_only else "after the split" if step.learns else "any row alone"
        )
        takes = "any" if len(step.takes) == 3 else ", ".join(step.takes)
        records.append((name, takes, _shown(step.parameters), when, step.summary))
    for name, table_step in TABLE_STEPS.items():
        records.append(
            (name, "a table", _shown(table_step.parameters), "before the seal", table_step.summary)
        )
    columns = ["step", "takes", "parameters", "when", "what it does"]
    return pd.DataFrame(records, columns=columns).set_index("step")


def _shown(parameters: Mapping[str, Parameter]) -> str:
    return "; ".join(
        f"{p.name}: {described(p.type)}" + ("" if p.default is NO_DEFAULT else f" = {p.default!r}")
        for p in parameters.values()
    )


def families() -> pd.DataFrame:
    """Return the names of all steps by family, the file that they stand in; those of whole tables are one."""
    by: dict[str, list[str]] = {"whole tables": list(TABLE_STEPS)}
    for name, step in known_steps().items():
        by.setdefault(step.run.__module__.rpartition(".")[2].replace("_", " "), []).append(name)
    return pd.DataFrame({"steps": {family: ", ".join(names) for family, names in sorted(by.items())}})


def left_open(findings: pd.DataFrame, recipe: Recipe) -> pd.DataFrame:
    """Return what the checks found that no step of the recipe is about, a line a check, most rows first.

    A step is about the columns that it names; `drop_duplicates` is about equal rows; of the table as a whole is none.
    listed counts the findings that the checks list; where they are not all, the message tells how many rows there are.
    """
    named = {c for s in recipe.steps if isinstance(s.columns, list) for c in s.columns}
    answered = findings["column"].isin(named)
    if any(s.step == "drop_duplicates" for s in recipe.steps):
        answered |= findings["check"] == EQUAL_ROWS
    grouped = findings[~answered].groupby("check", sort=False)
    table = grouped.agg(column=("column", "first"), listed=("message", "size"), message=("message", "last"))
    return table.fillna({"column": ""}).sort_values("listed", ascending=False, kind="stable")


def missing_table(attributes: pd.DataFrame) -> pd.DataFrame:
    """Return the columns with missing values and their share, most first."""
    some = attributes[attributes["missing"] > 0].set_index("name")[["missing", "missing_ratio"]]
    return some.sort_values("missing", ascending=False, kind="stable")
