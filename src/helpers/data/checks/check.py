"""What a check is, and the decorator that makes one of a person's function."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from helpers.errors import BadInput, nearest

SEVERITIES = ("note", "warning", "stop")


@dataclass(frozen=True)
class Check:
    """A named check.

    run       says what is wrong: (frame) -> mask, texts or labels of rows; bool or sentence for the table;
              or a frame of row, column, value and message
    message   what is expected, for those answers that don't say it
    column    the column to look at, when it is one
    needs     columns that run gets; all when none is named
    by        "row": run may get the table in pieces; "whole": it gets every row at once;
              "table": it gets the `Rows`, which know names and counts without being read
    rule      name in the library, and `given` its parameters: how a suite writes it; empty for a person's own
    reason    why a suite has it
    written   file and line of a person's own function
    file      a person's own file that it stands in; empty for those of a suite
    """

    name: str
    run: Callable[[Any], Any]
    message: str
    severity: str = "warning"
    column: str | None = None
    needs: tuple[str, ...] = ()
    by: str = "whole"
    rule: str = ""
    given: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    written: str = ""
    file: str = ""

    def __post_init__(self) -> None:
        if self.severity not in SEVERITIES:
            raise BadInput(
                f"check {self.name!r}{self.place}: severity {self.severity!r} is none of {', '.join(SEVERITIES)}"
                f"{nearest(str(self.severity), SEVERITIES)}"
            )

    @property
    def place(self) -> str:
        """Where a person wrote it, in brackets; empty for those of the library."""
        return f" ({self.written})" if self.written else ""

    def at(self, severity: str) -> Check:
        """Return the same check with another severity."""
        return replace(self, severity=severity)


def check(
    severity: str | Callable = "warning",
    column: str | None = None,
    columns: Sequence[str] = (),
    by_row: bool = False,
) -> Any:
    """Turn a function of the table into a check; its name is the check's, its docstring's first line the message.

    columns  those that the function needs; the whole table when none is named
    by_row   whether it judges each row by itself, so that a large table may come in pieces
    """
    if callable(severity):
        return check()(severity)  # written without brackets

    def make(run: Callable[[Any], Any]) -> Check:
        said = (run.__doc__ or "").strip().partition("\n")[0]
        needs = tuple(dict.fromkeys([*columns, *([column] if column and columns else [])]))
        return Check(
            run.__name__,
            run,
            said or run.__name__.replace("_", " "),
            str(severity),
            column,
            needs,
            "row" if by_row else "whole",
            written=f"line {run.__code__.co_firstlineno} of {Path(run.__code__.co_filename).name}",
        )

    return make
