"""What is done with personal columns: the grammar of `ingest.personal`, and the steps that it means.

column=drop             the column is left out
column=mask             every value is covered; in free text, only the personal values that are found in it
column=hash             a keyed hash (HMAC-SHA256) stands for each value; the key comes from the environment
column=generalise:10    numbers: the lower end of a band of that width
column=generalise:month dates: the first day of the month; or year
column=generalise:prefix3  texts: their first characters
column=keep             it stays, and is no longer warned of
auto=drop, mask, hash   the same for every column that is found and not named here
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from helpers.data.label_sets import Target, named
from helpers.data.privacy.detect import Finding
from helpers.errors import BadInput, nearest

WHAT = ("drop", "mask", "hash", "generalise", "keep")
AUTO = "auto"
HOW = "it must have the form column=drop, column=mask, column=hash, column=keep or column=generalise:10"


@dataclass(frozen=True)
class Action:
    """What to do with one column; how is "month", "year", "prefix3" or a width for generalise, else empty."""

    column: str
    what: str
    how: str = ""

    def told(self) -> str:
        """Return the action as it is written in a config, without the column."""
        return f"{self.what}:{self.how}" if self.how else self.what


def chosen(personal: Sequence[str], table: pd.DataFrame, found: Sequence[Finding]) -> list[Action]:
    """Return the action for each column that the parameter names, and by `auto` for each that was found.

    BadInput for an unknown column, action or width, and for a column named twice.
    """
    actions: dict[str, Action] = {}
    for text in personal:
        action = _parsed(text)
        if action.column in actions:
            raise BadInput(f"ingest.personal names {action.column!r} twice")
        if action.column not in table and action.column != AUTO:
            near = nearest(action.column, [str(c) for c in table.columns])
            raise BadInput(f"ingest.personal names {action.column!r}, no such column{near}")
        actions[action.column] = action
    every = None if AUTO in table else actions.pop(AUTO, None)
    for finding in found if every else ():
        actions.setdefault(finding.column, Action(finding.column, every.what))  # type: ignore[union-attr]
    return list(actions.values())


def must_spare(actions: Sequence[Action], target: Target, **kept: str | None) -> None:
    """Refuse to drop, cover or hash what the problem is told by; BadInput names the parameter."""
    for action in actions:
        if action.column in named(target) and action.what != "keep":
            raise BadInput(
                f"ingest.personal would {action.what} {action.column!r}, which is the target; say "
                f"{action.column}=keep, or drop another column"
            )
        for parameter, column in kept.items():
            lost = action.what in ("drop", "mask") or (parameter == "time" and action.what == "hash")
            if action.column == column and lost:
                raise BadInput(
                    f"ingest.personal would {action.what} {column!r}, which ingest.{parameter} needs; "
                    f"generalise it, or choose another column"
                )


def _parsed(text: str) -> Action:
    column, equals, action = text.rpartition("=")
    if not equals or not column:
        raise BadInput(f"ingest.personal: {text!r} is not understood; {HOW}")
    what, colon, how = action.strip().partition(":")
    if what not in WHAT:
        raise BadInput(f"ingest.personal: {text!r}: there is no action {what!r}{nearest(what, WHAT)}; {HOW}")
    if what != "generalise":
        if colon:
            raise BadInput(f"ingest.personal: {text!r}: {what} takes nothing after it")
        return Action(column, what)
    if column == AUTO:
        raise BadInput("ingest.personal: auto=generalise is not enough to go by; name the columns one by one")
    return Action(column, what, _checked(how, text))


def _checked(how: str, text: str) -> str:
    """Return what follows `generalise:`; BadInput unless it is month, year, prefix and a length, or a width."""
    if how in ("month", "year"):
        return how
    prefix = re.fullmatch(r"prefix(\d+)", how)
    if prefix and int(prefix[1]) > 0:
        return how
    try:
        width = float(how)
    except ValueError:
        width = 0.0
    if not 0 < width < 1e300:
        raise BadInput(
            f"ingest.personal: {text!r}: generalise wants a width above 0 such as 10, or month, year or prefix3"
            f"{nearest(how, ('month', 'year', 'prefix3')) if how else ''}"
        )
    return how
