"""Joins keep every row once and in its place, and find what pandas finds."""

import datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.data.beside import Beside
from helpers.data.enrichment import Enrichment
from helpers.data.joins import read_join
from helpers.data.kinds import typed
from helpers.errors import BadInput

DAY = datetime.timedelta(days=1)
START = datetime.datetime(2020, 1, 1)


def arrow(frame):
    return pa.Table.from_pandas(frame, preserve_index=False)


def beside(line, frame):
    rows, kinds = typed(frame)
    return Beside(read_join(line), arrow(rows), kinds)


def joined(ours, *others, size=1000):
    """Our rows (a frame) with all that lines and frames join to it, and the report."""
    table = arrow(ours)
    with Enrichment([beside(line, frame) for line, frame in others], table.schema) as enrichment:
        pieces = [enrichment(table.slice(n, size)) for n in range(0, table.num_rows, size)]
        return pa.concat_tables(pieces).to_pandas(), enrichment.report()


def refused(ours, line, frame):
    with pytest.raises(BadInput) as told:
        joined(ours, (line, frame))
    assert "\n" not in str(told.value)
    return str(told.value)


@pytest.fixture
def clients():
    return pd.DataFrame(
        {"id": ["a", "b", "c", "b", None], "region": [1, 2, 2, 3, 1], "age": [30, 40, 50, 60, 70]}
    )


@pytest.fixture
def regions():
    return pd.DataFrame({"region": [1, 2, 9], "name": ["north", "south", "sea"], "age": [5, 6, 7]})


def test_every_row_stays_once_and_in_its_place_with_the_columns_of_the_other_table(clients, regions):
    made, report = joined(clients, ("regions.csv on region", regions), size=2)
    pd.testing.assert_frame_equal(made[list(clients)], clients)
    assert made["name"].tolist() == ["north", "south", "south", None, "north"]
    assert report[0] == {
        "table": "regions", "rows before": 5, "rows after": 5, "matched": 0.8, "rows without a match": 1,
        "of these without a key": 0, "keys without a match": 1, "columns added": ["name", "regions_age"],
    }  # fmt: skip


def test_a_name_that_is_taken_gets_that_of_its_table_and_a_prefix_goes_before_all(clients, regions):
    made, _ = joined(
        clients, ("regions.csv on region", regions), ("regions.csv on region prefix r_", regions)
    )
    assert list(made)[3:] == ["name", "regions_age", "r_name", "r_age"]
    assert made["age"].tolist() == clients["age"].tolist()


def test_keys_may_have_other_names_and_be_several_and_only_some_columns_be_taken(clients):
    other = pd.DataFrame({"who": ["a", "b", "b"], "where": [1, 2, 3], "x": [1.5, 2.5, 3.5], "y": [1, 2, 3]})
    made, _ = joined(clients, ("other.csv on id = who and region = where take x", other))
    assert made["x"].fillna(-1).tolist() == [1.5, 2.5, -1, 3.5, -1]
    assert "y" not in made


def test_a_later_join_may_use_what_an_earlier_one_brought(clients, regions):
    heads = pd.DataFrame({"name": ["north", "south"], "head": ["Ann", "Bob"]})
    made, _ = joined(clients, ("regions.csv on region take name", regions), ("heads.csv on name", heads))
    assert made["head"].tolist() == ["Ann", "Bob", "Bob", None, "Ann"]


def test_text_finds_the_number_that_it_is_and_leading_zeros_stay_text():
    ours = pd.DataFrame({"k": ["1", " 2", "03", "x", None]})
    made, report = joined(ours, ("t.csv on k", pd.DataFrame({"k": [1, 2, 3], "v": ["one", "two", "three"]})))
    assert made["v"].tolist() == ["one", "two", None, None, None]
    assert report[0]["of these without a key"] == 3
    codes = pd.DataFrame({"k": ["01", "03"], "v": [1, 3]})
    assert joined(ours, ("t.csv on k", codes))[0]["v"].fillna(0).tolist() == [0, 0, 3, 0, 0]


def test_a_float_column_of_whole_numbers_finds_integers_and_missing_finds_nothing():
    ours = pd.DataFrame({"k": [1.0, np.nan, 2.5, 3.0]})
    made, _ = joined(ours, ("t.csv on k", pd.DataFrame({"k": [1, 2, 3], "v": [10, 20, 30]})))
    assert made["v"].fillna(0).tolist() == [10, 0, 0, 30]


def test_as_of_takes_the_latest_row_up_to_the_moment_before_excludes_it_and_within_limits_its_age():
    times = [START, START + 2 * DAY, START + 10 * DAY]
    other = pd.DataFrame({"t": times, "v": [0, 2, 10]})
    ours = pd.DataFrame({"t": [START - DAY, START, START + 3 * DAY, START + 10 * DAY, pd.NaT]})
    found = {line: joined(ours, (f"t.csv {line}", other))[0]["v"].fillna(-1).tolist() for line in (
        "as of t", "before t", "as of t within 1d", "before t within 1w")}  # fmt: skip
    assert found["as of t"] == [-1, 0, 2, 10, -1]
    assert found["before t"] == [-1, -1, 2, 2, -1]
    assert found["as of t within 1d"] == [-1, 0, 2, 10, -1]
    assert found["before t within 1w"] == [-1, -1, 2, -1, -1]


def test_moments_are_compared_in_one_time_zone_whatever_they_are_written_in():
    ours = pd.DataFrame({"t": ["2020-01-01T02:00:00+02:00", "2020-01-01 00:30:00", "2019-12-31T23:00:00Z"]})
    other = pd.DataFrame({"t": [pd.Timestamp("2020-01-01", tz="UTC")], "v": [1]})
    assert joined(ours, ("t.csv as of t", other))[0]["v"].fillna(0).tolist() == [1, 1, 0]


@settings(deadline=None, max_examples=25)
@given(st.data())
def test_as_of_joins_find_what_pandas_finds(data):
    draw = np.random.default_rng(data.draw(st.integers(0, 10**6)))
    ours = pd.DataFrame(
        {"k": draw.choice(list("abcd"), 60), "t": START + pd.to_timedelta(draw.integers(0, 500, 60), "h")}
    )
    other = pd.DataFrame(
        {"k": draw.choice(list("abc"), 40), "t": START + pd.to_timedelta(draw.integers(0, 500, 40), "h")}
    )
    other = other.drop_duplicates().assign(v=lambda f: np.arange(len(f)))
    strictly, within = data.draw(st.booleans()), data.draw(st.sampled_from([None, 5, 50]))
    line = f"t.csv on k {'before' if strictly else 'as of'} t {f'within {within}h' if within else ''}"
    made, _ = joined(ours, (line, other), size=data.draw(st.sampled_from([7, 60])))
    right = pd.merge_asof(
        ours.reset_index().sort_values("t"), other.sort_values("t"), on="t", by="k", allow_exact_matches=not strictly,
        tolerance=pd.Timedelta(hours=within) if within else None,
    ).sort_values("index")  # fmt: skip
    assert made["v"].fillna(-1).tolist() == right["v"].fillna(-1).tolist()


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10**6))
def test_joins_by_keys_and_their_aggregates_find_what_pandas_finds(seed):
    draw = np.random.default_rng(seed)
    ours = pd.DataFrame({"k": draw.integers(0, 9, 50), "j": draw.choice(["x", "y", None], 50)})
    many = pd.DataFrame(
        {"k": draw.integers(0, 7, 80), "j": draw.choice(["x", "y"], 80), "v": draw.normal(size=80)}
    )
    made, _ = joined(
        ours, ("m.csv on k and j aggregate mean and sum and min and max and count", many), size=13
    )
    grouped = many.groupby(["k", "j"])["v"].agg(["mean", "sum", "min", "max", "count"]).reset_index()
    right = ours.merge(grouped, on=["k", "j"], how="left")
    for name in ("mean", "sum", "min", "max"):
        np.testing.assert_allclose(made[f"v_{name}"], right[name])
    assert made["m_count"].tolist() == right["count"].fillna(0).tolist()


def test_an_aggregate_by_time_counts_only_what_was_there_before():
    orders = pd.DataFrame(
        {"id": ["a", "a", "a", "b"], "t": [START + n * DAY for n in (0, 1, 5, 2)], "sum": [1, 2, 4, 8]}
    )
    ours = pd.DataFrame({"id": ["a", "a", "b", "c"], "t": [START + n * DAY for n in (2, 9, 1, 9)]})
    made, report = joined(ours, ("orders.csv on id before t aggregate sum and count", orders))
    assert made["sum_sum"].fillna(0).tolist() == [3, 7, 0, 0]
    assert made["orders_count"].tolist() == [2, 3, 0, 0]
    assert report[0]["rows without a match"] == 2
    lately, _ = joined(ours, ("orders.csv on id before t within 5d aggregate count", orders))
    assert lately["orders_count"].tolist() == [2, 1, 0, 0]


def test_rows_that_are_equal_in_all_that_is_taken_are_one(clients):
    twice = pd.DataFrame({"region": [1, 1, 2, 3], "name": ["n", "n", "s", "e"], "year": [1, 2, 3, 4]})
    made, _ = joined(clients, ("r.csv on region take name", twice))
    assert made["name"].tolist() == ["n", "s", "s", "e", "n"]
    assert "multiply" in refused(clients, "r.csv on region", twice)


def test_column_names_that_sql_would_misread_are_only_names(clients):
    odd = pd.DataFrame(
        {'x" ; DROP TABLE t0 --': [1, 2, 3], "K": ["p", "q", "r"], "k": [1, 2, 3], "a": [7, 8, 9]}
    )
    made, _ = joined(clients, ('odd.csv on region = "x"" ; DROP TABLE t0 --"', odd))
    assert made["K"].tolist() == ["p", "q", "q", "r", "p"]
    assert made["a"].tolist() == [7, 8, 8, 9, 7]


def test_the_other_table_may_be_a_parquet_file(clients, regions, tmp_path):
    pq.write_table(arrow(regions), tmp_path / "r.parquet")
    one = Beside(read_join("r.parquet on region take name"), tmp_path / "r.parquet", typed(regions)[1])
    with Enrichment([one], arrow(clients).schema) as enrichment:
        assert enrichment(arrow(clients)).column("name").to_pylist() == [
            "north",
            "south",
            "south",
            None,
            "north",
        ]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("regions.csv on regoin", ["our table has no column 'regoin'", "did you mean 'region'"]),
        ("regions.csv on region = regoin", ["regions has no column 'regoin'", "did you mean 'region'"]),
        ("regions.csv on region take nam", ["no column 'nam' to take", "did you mean 'name'"]),
        ("regions.csv on id = region", ["none of 5 rows finds its id", "could be compared"]),
        ("regions.csv on region = name", ["none of 5 rows"]),
        ("regions.csv on region as of age", ["'age' of regions is integer", "a time is needed"]),
        ("regions.csv on region take name aggregate mean", ["'name' of regions is category", "no mean"]),
        ("regions.csv on region = age", ["none of 5 rows finds its region in regions"]),
    ],
)
def test_a_join_that_cannot_be_is_told_in_one_line(clients, regions, line, words):
    told = refused(clients, line, regions)
    assert line in told
    assert all(word in told for word in words)


def test_fan_out_is_refused_with_its_extent_and_what_to_do(clients):
    several = pd.DataFrame({"region": [1, 1, 1, 2, 2, 3], "v": range(6)})
    told = refused(clients, "several.csv on region", several)
    assert "2 values of region in several rows of several, 3 at most, would multiply our rows" in told
    assert "aggregate mean" in told


def test_two_rows_of_one_moment_are_refused_too():
    other = pd.DataFrame({"t": [START, START], "v": [1, 2]})
    assert "1 value of t in several rows" in refused(pd.DataFrame({"t": [START]}), "o.csv as of t", other)


def test_an_empty_table_or_one_of_keys_alone_is_refused(clients):
    gone = pd.DataFrame({"region": pd.Series([None, None], dtype="Int64"), "v": [1, 2]})
    assert "has a value in every key" in refused(clients, "gone.csv on region", gone)
    assert "no column that it could add" in refused(
        clients, "keys.csv on region", pd.DataFrame({"region": [1]})
    )


def test_kinds_that_never_agree_are_refused(clients):
    dated = pd.DataFrame({"day": [START, START + DAY], "v": [1, 2]})
    told = refused(clients, "dated.csv on age = day", dated)
    assert "'age' is integer and 'day' of dated is date" in told


def test_a_prefix_that_makes_a_name_twice_is_refused(clients, regions):
    ours = clients.assign(r_name="x")
    assert "two columns 'r_name'" in refused(ours, "regions.csv on region prefix r_", regions)


def test_no_value_of_a_key_is_told_in_errors_or_reports(clients):
    secret = pd.DataFrame({"id": ["a", "a", "b"], "v": [1, 2, 3]})
    told = refused(clients, "secret.csv on id", secret)
    assert "'a'" not in told
