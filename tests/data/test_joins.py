"""A join on one line: every part is read as it is meant, and a mistake is told in one line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.data.joins import read_join, written
from helpers.errors import BadInput


def test_a_line_says_table_keys_time_tolerance_columns_and_prefix():
    join = read_join(
        "data/weather.csv.gz on origin = faa and kind before time within 1.5h take temp and rain prefix w_"
    )
    assert join.table == "data/weather.csv.gz"
    assert join.keys == (("origin", "faa"), ("kind", "kind"))
    assert (join.at, join.strictly, join.within) == (("time", "time"), True, 5400.0)
    assert (join.take, join.prefix, join.aggregate) == (("temp", "rain"), "w_", ())
    assert join.columns == [("origin", "faa"), ("kind", "kind"), ("time", "time")]


def test_as_of_takes_the_moment_itself_and_several_functions_may_aggregate():
    join = read_join("orders.csv as  of since = ordered on client aggregate count and mean")
    assert (join.at, join.strictly, join.within) == (("since", "ordered"), False, None)
    assert join.aggregate == ("count", "mean")


@pytest.mark.parametrize(
    ("table", "stem"),
    [
        ("data/nyc_planes.csv.gz", "nyc_planes"),
        ("postgresql://host/shop?table=clients", "clients"),
        ("a folder/my table.xlsx", "my_table"),
    ],
)
def test_the_other_table_has_a_short_name(table, stem):
    assert read_join(f'"{table}" on id').stem == stem


@given(st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), min_size=1).filter(str.strip))
def test_any_column_name_can_be_written(name):
    assert read_join(f"t.csv on {written(name)} = {written(name)}").keys == ((name, name),)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", ["must name a table"]),
        ("t.csv", ["by which columns"]),
        ("t.csv on", ["nothing follows 'on'"]),
        ("t.csv on x take", ["nothing follows 'take'"]),
        ("t.csv on x y", ["'x y'", "OURS = THEIRS", "`and`"]),
        ("t.csv on x =", ["'x ='"]),
        ("t.csv on x and", ["''"]),
        ("t.csv onn x", ["'onn'", "did you mean 'on'"]),
        ("t.csv where x", ["'where'", "as of"]),
        ('t.csv on "x', ["double quote"]),
        ("t.csv on x on y", ["'on'", "twice"]),
        ("t.csv on x within 3h", ["within", "column of time"]),
        ("t.csv as of t within soon", ["'soon'", "30min"]),
        ("t.csv as of t within 0h", ["'0h'"]),
        ("t.csv as of t within 3 fortnights", ["'3 fortnights'"]),
        ("t.csv as of t before u", ["one column of time"]),
        ("t.csv as of t and u", ["one column of time"]),
        ("t.csv on x aggregate median", ["'median'", "did you mean 'mean'", "count"]),
        ("t.csv on x prefix a and b", ["prefix", "one name"]),
        ("t.csv on x take a = b", ["take", "name"]),
    ],
)
def test_a_mistake_in_a_line_is_told_with_the_line(line, words):
    with pytest.raises(BadInput) as told:
        read_join(line)
    for word in [*words, line.strip()]:
        assert word in str(told.value)
    assert "\n" not in str(told.value)
