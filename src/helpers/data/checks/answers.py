"""What a check answers, in any of its forms, and what is kept of it: the number of wrong rows and the first of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from helpers.data.checks.check import Check
from helpers.data.checks.rows import Rows
from helpers.data.checks.schema import WRONG
from helpers.errors import BadInput

LONG = 80  # characters of a value that are shown


def read(one: Check, answer: Any, frame: pd.DataFrame | None, count: int) -> str | pd.DataFrame:
    """Return an answer about a frame of `count` rows as a sentence about the table, or as a table of wrong rows.

    The table has position (from 0), message and, for pandera, column and value.
    """
    if answer is None or isinstance(answer, str):
        return answer or ""
    if isinstance(answer, bool | np.bool_):
        return one.message if answer else ""
    if isinstance(answer, pd.DataFrame):
        return _wrong_table(one, answer)
    if isinstance(answer, pd.Series) and frame is not None:
        answer = _in_order(answer, frame.index)
    positions, messages = _positions(one, answer, frame, count)
    return pd.DataFrame({"position": positions, "message": messages})


def _in_order(answer: pd.Series, index: pd.Index) -> pd.Series:
    """Return an answer about some rows, or in another order, as one about all of them in theirs."""
    if answer.index.equals(index) or not (answer.index.is_unique and index.is_unique):
        return answer
    return answer.reindex(index) if answer.index.isin(index).all() else answer


def _wrong_table(one: Check, answer: pd.DataFrame) -> pd.DataFrame:
    if list(answer.columns) != WRONG:
        raise BadInput(f"check {one.name!r}{one.place} returned a table; it must return True or False a row")
    return answer


def _positions(one: Check, answer: Any, frame: pd.DataFrame | None, count: int) -> tuple[np.ndarray, Any]:
    given = (
        pd.Series(answer) if isinstance(answer, pd.Series | np.ndarray | list | tuple | pd.Index) else None
    )
    if given is not None and len(given) == count:
        present = given.dropna()
        if pd.api.types.is_bool_dtype(given) or set(map(type, present)) <= {bool, np.bool_}:
            return np.flatnonzero(given.isin([True]).to_numpy()), one.message
        if isinstance(answer, pd.Series | np.ndarray) and all(isinstance(v, str) for v in present):
            at = np.flatnonzero(given.fillna("").ne("").to_numpy())
            return at, given.to_numpy()[at]
    labels = isinstance(answer, list | pd.Index) and not any(isinstance(v, bool | np.bool_) for v in answer)
    if labels and frame is not None and pd.Index(answer).isin(frame.index).all():
        return np.flatnonzero(frame.index.isin(answer)), one.message
    size = f" of length {len(given):,}" if given is not None else ""
    raise BadInput(
        f"check {one.name!r}{one.place} returned {type(answer).__name__}{size} for {count:,} rows; "
        "it must return True or False a row, one bool, a sentence, or row labels"
    )


class Answer:
    """What a check found so far: wrong rows in all, and the first `most` with label, column, value and message."""

    def __init__(self, check: Check, most: int) -> None:
        self.check, self.most = check, most
        self.wrong, self.seconds = 0, 0.0
        self.sentence = ""
        self._positions: list[int] = []
        self._shown: list[tuple[Any, Any, Any, str]] = []

    def take(self, answer: str | pd.DataFrame, frame: pd.DataFrame | None) -> None:
        """Add an answer about a frame; without one, about the whole table: `place` then looks its rows up."""
        if isinstance(answer, str):
            if answer and not self.sentence:
                self.sentence, self.wrong = answer, 1
            return
        self.wrong += int(answer["position"].nunique() + answer["position"].isna().any())
        for line in answer.iloc[: self.most - len(self._shown)].to_dict("records"):
            self._show(line, frame)

    def place(self, rows: Rows) -> None:
        """Add labels and values to what a check of the table found by position."""
        if not self._positions:
            return
        at, column = np.array(self._positions, int), self.check.column
        values = rows.values(column, at) if column in rows.names else [None] * len(at)
        found = zip(rows.labels(at), values, self._shown, strict=True)
        self._shown = [(label, name, value, said) for label, value, (_, name, _, said) in found]
        self._positions = []

    def lines(self) -> list[tuple]:
        """Return the findings: check, severity, column, row, value, message."""
        one = self.check
        if self.sentence:
            return [(one.name, one.severity, one.column, None, None, self.sentence)]
        lines = [
            (one.name, one.severity, column, _label(label), _text(value), said)
            for label, column, value, said in self._shown
        ]
        if self.wrong > len(lines) > 0:
            *_, said = lines[-1]
            lines[-1] = (*lines[-1][:-1], f"{said} ({self.wrong:,} rows in all)")
        return lines

    def _show(self, line: dict[Any, Any], frame: pd.DataFrame | None) -> None:
        at = line["position"]
        column = line.get("column", self.check.column)
        if frame is None:
            self._positions.append(int(at))
            self._shown.append((None, column, None, line["message"]))
            return
        if at is None or pd.isna(at):
            self._shown.append((None, column, line.get("value"), line["message"]))
            return
        value = line["value"] if "value" in line else frame[column].iloc[int(at)] if column in frame else None
        self._shown.append((frame.index[int(at)], column, value, line["message"]))


def _label(label: Any) -> int | None:
    return int(label) if isinstance(label, int | np.integer) else None


def _text(value: Any) -> str | None:
    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return None
    text = str(value)
    return text if len(text) <= LONG else f"{text[: LONG - 1]}…"
