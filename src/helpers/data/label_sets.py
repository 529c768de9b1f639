"""Several labels a row, written in one column or as columns of yes and no, made one column: the set that holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd

from helpers.data.label import target_as_text
from helpers.data.table import Table
from helpers.errors import BadInput, nearest
from helpers.labels import BETWEEN, NONE, joined
from helpers.recipe.columns import WORDS

SEPARATORS = ("|", ";", ",")
LEAST = 10  # rows that must have, and lack, a label of a list: so one of each may be sealed

Target = str | list[str] | None


def named(target: Target) -> list[str]:
    """Return the columns that are to be predicted."""
    return [target] if isinstance(target, str) and target else list(target or [])


def one_target(
    rows: Table, kinds: dict[str, str], target: Target, task: str | None
) -> tuple[Table, str | None, str | None, dict[str, str]]:
    """Return the rows with one target, its name, the task, and what to say about it; kinds follow.

    Several targets, or one whose task is "multilabel", become a column of sets of labels: "action|comedy", "(none)"
    where none holds, missing where one of several columns is. Any other target stays as it is.
    """
    columns = named(target)
    if len(columns) < 2 and task != "multilabel":
        return rows, columns[0] if columns else None, task, {}
    _must_be_labels(rows, kinds, columns, task)
    if len(columns) == 1:
        sets, said = of_list(rows[columns[0]], columns[0])
        kinds[columns[0]] = "category"
        return rows.with_column(columns[0], sets), columns[0], "multilabel", said
    sets, name = of_columns({c: rows[c] for c in columns}), _name(columns)
    for column in columns:
        del kinds[column]
    kinds[name] = "category"
    said = {"task": f"{len(columns)} targets are named, each of yes and no"}
    return rows.without(columns).with_column(name, sets), name, "multilabel", said


def of_list(values: pd.Series, name: str) -> tuple[pd.Series, dict[str, str]]:
    """Return the sets (n,) of cells such as "action|comedy" (or ; or ,), and what to say about them.

    An empty cell is an empty set. A label that fewer than LEAST rows have, or lack, is left out.
    """
    texts = target_as_text(values).map(lambda text: text or "")
    between = next((s for s in SEPARATORS if texts.str.contains(s, regex=False).any()), None)
    if between is None:
        raise BadInput(
            f"no cell of {name!r} holds several labels, parted by {' '.join(SEPARATORS)}; leave ingest.task out"
        )
    rows_of = texts.value_counts()
    parts = {text: {p.strip() for p in text.split(between)} - {"", NONE} for text in rows_of.index}
    counts: Counter[str] = Counter()
    for text, count in rows_of.items():
        counts.update(dict.fromkeys(parts[text], int(count)))
    kept = {label for label, count in counts.items() if LEAST <= count <= len(texts) - LEAST}
    if len(kept) < 2:
        raise BadInput(
            f"{name!r} has {len(kept)} label(s) that {LEAST} rows have, and {LEAST} lack; two at least are needed"
        )
    sets = texts.map({text: BETWEEN.join(sorted(own & kept)) or NONE for text, own in parts.items()})
    said = {
        "no label": f"{int((sets == NONE).sum()):,} of {len(sets):,} rows have none; an empty cell is no label"
    }
    if left := sorted(counts.keys() - kept):
        more = f" and {len(left) - 3:,} more" if len(left) > 3 else ""
        said["labels left out"] = f"{', '.join(left[:3])}{more}; under {LEAST} rows have them, or lack them"
    return sets, said


def of_columns(columns: dict[str, pd.Series]) -> pd.Series:
    """Return the sets (n,) of columns of yes and no; missing where one of a row's cells is."""
    answers = {name: _answers(values, name) for name, values in columns.items()}
    labels = sorted(answers)
    held = np.column_stack([answers[name] for name in labels])
    known = ~np.isnan(held).any(axis=1)
    sets = joined(np.nan_to_num(held), labels)
    sets[~known] = None
    return pd.Series(sets, index=next(iter(columns.values())).index)


def _answers(values: pd.Series, name: str) -> np.ndarray:
    """Return 1 where a label holds (n,), 0 where not, NaN where its cell is missing."""
    texts = target_as_text(values)
    words = {text: WORDS.get(text.strip().lower()) for text in texts.dropna().unique()}
    if odd := [text for text, answer in words.items() if answer is None]:
        raise BadInput(
            f"the label {name!r} holds {', '.join(map(repr, sorted(odd)[:3]))}; "
            "a label is yes or no, true or false, 1 or 0"
        )
    found = set(words.values())
    if len(found) < 2:
        what = "is missing in every row" if not found else "always holds" if 1.0 in found else "never holds"
        raise BadInput(f"the label {name!r} {what}, so there is nothing to learn; leave it out")
    return texts.map(words).to_numpy(float, na_value=np.nan)


def _must_be_labels(rows: Table, kinds: dict[str, str], columns: Sequence[str], task: str | None) -> None:
    if not columns:
        raise BadInput(
            "the task multilabel needs a target: --target COLUMN, once a label or once for a list of them"
        )
    if task not in (None, "", "multilabel"):
        raise BadInput(
            f"{len(columns)} targets are the labels of one row, and the task is {task}; name one --target"
        )
    for name in columns:
        if name not in rows:
            raise BadInput(
                f"the table has no column {name!r}{nearest(name, rows.columns)}, which is the target"
            )
        if columns.count(name) > 1:
            raise BadInput(f"the target {name!r} is named twice")
        if kinds[name] in ("date", "structured"):
            raise BadInput(f"the target {name!r} is a {kinds[name]}; a label is yes or no")
        if len(columns) > 1 and (BETWEEN in name or name == NONE):
            raise BadInput(f"the label {name!r} must not hold {BETWEEN!r} or be {NONE!r}; rename the column")


def _name(columns: Sequence[str]) -> str:
    """Return what a column of sets is called."""
    if len(columns) <= 3:
        return ", ".join(columns)
    return f"{columns[0]}, {columns[1]} and {len(columns) - 2} more"
