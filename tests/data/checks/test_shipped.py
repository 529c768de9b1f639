"""A suite learnt from one half of a real table raises no alarm on the other, and finds what is planted there."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from helpers.data.checks import judge
from helpers.data.checks.suggest import suggest
from helpers.data.kinds import typed
from helpers.data.profile import profile
from helpers.data.sources.files import read_one
from helpers.problem import Problem

DATA = Path(__file__).parents[3] / "data"
TABLES = {
    "telco_churn.csv.gz": ("churn", "binary"),
    "ames_housing.csv.gz": ("Sale_Price", "regression"),
    "penguins.csv.gz": ("species", "multiclass"),
    "nyc_flights.parquet": ("arr_delay", "regression"),
}


class Half:
    """One half of a table, the suite learnt from the other, and the kinds of the columns."""

    def __init__(self, name):
        target, task = TABLES[name]
        rows, self.kinds = typed(read_one(DATA / name).read_all().to_pandas())
        rows = rows.sample(min(len(rows), 20_000), random_state=0).sort_index()
        rows = rows[rows[target].notna()]
        first = np.random.default_rng(4).random(len(rows)) < 0.5
        classes = sorted(rows[target].unique()) if task != "regression" else []
        self.problem = Problem("test", target, task, "x", classes, types=self.kinds)
        self.suite = suggest(rows[first], profile(rows[first], self.kinds), self.problem)
        self.rows = rows[~first]
        self.before = set(judge(self.rows, self.suite).raised()["check"])

    def columns(self, *kinds):
        return [c for c in self.rows if self.kinds[c] in kinds and self.rows[c].nunique() > 2]


@pytest.fixture(scope="module", params=TABLES)
def half(request):
    return Half(request.param)


def test_the_other_half_raises_no_alarm(half):
    raised = judge(half.rows, half.suite).raised()
    assert raised.loc[raised["severity"] != "note", "check"].tolist() == []


def number(rows, column, value):
    changed = rows[column].astype("float64" if isinstance(value, float) else object)
    changed.iloc[7] = value
    return rows.assign(**{column: changed})


PLANTED = {
    "a slip by a factor of a million": lambda rows, c: number(rows, c, float(rows[c].abs().max() + 1) * 1e6),
    "a sign lost, and a large number": lambda rows, c: number(rows, c, float(rows[c].abs().max() + 1) * -1e6),
    "a word": lambda rows, c: number(rows, c, "many"),
    "an infinite number": lambda rows, c: number(rows, c, float("inf")),
    "a third of the values gone": lambda rows, c: rows.assign(
        **{c: rows[c].where(np.arange(len(rows)) % 3 > 0)}
    ),
    "the column gone": lambda rows, c: rows.drop(columns=c),
    "one value for all": lambda rows, c: rows.assign(**{c: rows[c].dropna().iloc[0]}),
}


@pytest.mark.parametrize("way", PLANTED)
def test_an_error_planted_in_any_column_of_numbers_is_found(half, way):
    for column in half.columns("integer", "float")[::7][:3]:
        mine = [c for c in half.suite if not c.needs or column in c.needs]
        found = judge(PLANTED[way](half.rows, column), mine).raised()["check"]
        assert set(found) - half.before, column


def test_a_level_that_was_never_seen_is_found_in_columns_of_few_levels(half):
    for column in [c for c in half.columns("category") if half.rows[c].value_counts().min() > 50][:3]:
        rows = half.rows.assign(**{column: half.rows[column].mask(np.arange(len(half.rows)) == 7, "another")})
        found = judge(rows, [c for c in half.suite if column in c.needs]).findings
        assert found.loc[found["check"] == f"levels of {column}", "row"].tolist() == [rows.index[7]]


def test_every_range_says_what_it_was_learnt_from(half):
    assert pd.Series([c.reason for c in half.suite if c.rule == "in_range"]).str.contains(" to ").all()
