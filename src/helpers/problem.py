"""What is to be predicted: the one record that ingest writes and every later stage reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from helpers.errors import BadInput
from helpers.labels import strata

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

COUNTS = "neg_mean_poisson_deviance"  # the measure of counts
PINBALL = "neg_mean_pinball_loss"  # the measure of a quantile
HAMMING = "neg_hamming_loss"  # of several labels: minus the share of labels that are wrong
TASKS = ("binary", "multiclass", "multilabel", "regression", "none")


@dataclass(frozen=True)
class Problem:
    """A problem: its target, task and the columns that are no features.

    name         name of the run, also of the model
    target       column to predict; None when task is "none"
    task         "binary", "multiclass", "multilabel", "regression" or "none"
    classes      the classes as text, in a fixed order (two for binary, the positive one last), or the labels
    positive     the class whose probability is scored, in binary problems
    measure      scikit-learn name of the scorer; greater is better
    identifiers  columns that name a row; carried along, never a feature
    types        column -> integer, float, boolean, category, text, date or structured (source columns)
    time, group  columns by which rows are split, when set
    weight       column that tells how much a row counts in fitting and in the measures, when set
    quantile     the quantile of the target that is predicted, when set; else regression predicts the mean
    above        the target was derived as "is it above this value", when set
    treated      recipe steps that treated personal columns or read dates, and must treat new rows first
    joins        {"join", "sha256", "columns"} for each table that was joined, in order
    table        table steps that the rows went through, and that new tables must go through first
    """

    name: str
    target: str | None
    task: str
    measure: str
    classes: list[str] = field(default_factory=list)
    positive: str | None = None
    identifiers: list[str] = field(default_factory=list)
    types: dict[str, str] = field(default_factory=dict)
    time: str | None = None
    group: str | None = None
    weight: str | None = None
    quantile: float | None = None
    above: float | None = None
    treated: list[dict[str, Any]] = field(default_factory=list)
    joins: list[dict[str, Any]] = field(default_factory=list)
    table: list[dict[str, Any]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return the record as a dictionary that JSON carries unchanged; `Problem(**record)` reads it."""
        return asdict(self)

    @property
    def is_classification(self) -> bool:
        """Whether the target is a class, or a set of labels."""
        return self.task in ("binary", "multiclass", "multilabel")

    @property
    def fitted_to(self) -> str:
        """What the loss of the measure makes models fit: "counts", a "quantile", or the "mean" (or classes)."""
        if self.quantile is not None:
            return "quantile"
        return "counts" if self.measure == COUNTS else "mean"

    @property
    def written(self) -> dict[str, str]:
        """The kind in which new rows bring the columns whose texts were read as dates."""
        return {c: "category" for s in self.treated if s["step"] == "parse_date" for c in s["columns"]}

    @property
    def judging(self) -> list[str]:
        """The columns without which rows cannot judge a model: target and weight."""
        return [c for c in (self.target, self.weight) if c is not None]

    def strata(self, values: np.ndarray) -> np.ndarray:
        """Return the groups (n,) of target values by which rows are dealt out to parts: classes, or sets of labels."""
        return strata(values) if self.task == "multilabel" else values

    def features(self, columns: Sequence[str]) -> list[str]:
        """Return those of the columns that a model may see, in their order.

        The column of time is none itself: what is told from it (a weekday, say) is.
        """
        aside = {self.target, self.time, self.group, self.weight, *self.identifiers}
        return [c for c in columns if c not in aside]

    def split(self, rows: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
        """Return features (n, p) and target (n,): text classes or sets of labels, or float64 in regression."""
        if self.target is None:
            raise BadInput("no target is named, so there is nothing to train on; add --target COLUMN")
        if self.target not in rows:
            raise BadInput(f"the rows have no column {self.target!r}, which is the target")
        y = rows[self.target]
        values = y.astype(str).to_numpy(object) if self.is_classification else y.to_numpy(float)
        return rows[self.features(list(rows.columns))], values
