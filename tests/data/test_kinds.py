"""Kinds told from text: right for what people write, and no value is lost whatever they write."""

import datetime
import decimal
import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from helpers.data.ingest import kinds_table
from helpers.data.kinds import kind_of, typed, typed_table
from helpers.data.sources.files import read_one
from helpers.data.table import written
from helpers.errors import BadInput
from helpers.recipe.columns import coerce, from_frame

calm = settings(max_examples=200, deadline=None)


def read(values, given=None):
    rows, kinds = typed(pd.DataFrame({"x": pd.Series(values, dtype=object)}), given)
    return rows["x"], kinds["x"]


@pytest.mark.parametrize(
    ("texts", "kind", "values"),
    [
        (["1", "-20", "+3", "0"], "integer", [1, -20, 3, 0]),
        (["1", None, "3"], "integer", [1, None, 3]),
        ([" 1 ", "2"], "integer", [1, 2]),
        (["1", "NA", "n/a", "null"], "integer", [1, None, None, None]),
        (["9007199254740993", "-9223372036854775808"], "integer", [2**53 + 1, -(2**63)]),
        (["1.5", "2", "-1e3", ".5", "7."], "float", [1.5, 2.0, -1000.0, 0.5, 7.0]),
        (["1.5", None], "float", [1.5, None]),
        (["10000000000000000000", "5"], "float", [1e19, 5.0]),
        (["true", "False", "TRUE"], "boolean", [True, False, True]),
        (["true", None, "false"], "boolean", [True, None, False]),
        (["00501", "02134", "90210"], "category", ["00501", "02134", "90210"]),
        (["-01", "1"], "category", ["-01", "1"]),
        (["12345678901234567891", "12345678901234567892"], "category", None),
        (["1,5", "2,5"], "category", ["1,5", "2,5"]),
        (["1 000", "2"], "category", ["1 000", "2"]),
        (["1_000", "2"], "category", ["1_000", "2"]),
        (["0x10", "1"], "category", ["0x10", "1"]),
        (["5 %", "6 %"], "category", ["5 %", "6 %"]),
        (["yes", "no"], "category", ["yes", "no"]),
        (["1", "x"], "category", ["1", "x"]),
        (["inf", "1.5"], "category", ["inf", "1.5"]),
        (["1e400", "1.5"], "category", ["1e400", "1.5"]),
        (["+1e400", "1.5"], "category", ["+1e400", "1.5"]),
        (["+9223372036854775807", "1"], "integer", [2**63 - 1, 1]),
        (["1\n2", "3"], "category", ["1\n2", "3"]),
        (["\u0661", "2"], "category", ["\u0661", "2"]),
        (['{"a": 1}', "[1, 2]"], "structured", ['{"a": 1}', "[1, 2]"]),
        ([None, None], "float", [None, None]),
        (
            ["A long remark of some length, as people write them.", "And another one, which is as long."],
            "text",
            None,
        ),
    ],
)
def test_a_kind_is_told_from_all_values(texts, kind, values):
    found, told = read(texts)
    assert told == kind
    expected = texts if values is None else values
    assert [None if pd.isna(v) else v for v in found.astype(object)] == expected


@pytest.mark.parametrize(
    ("texts", "moments"),
    [
        (["2020-02-29", "1999-12-31"], ["2020-02-29", "1999-12-31"]),
        (["2020-02-29 12:30", "2020-02-29T12:30:15.25"], ["2020-02-29T12:30", "2020-02-29T12:30:15.250"]),
        (["2020-02-29T12:30Z", "2020-02-29 12:30+02:00"], ["2020-02-29T12:30", "2020-02-29T10:30"]),
        (["2020-02-29 12:30+02:00", "2020-02-29 12:30"], ["2020-02-29T10:30", "2020-02-29T12:30"]),
        (["2020-02-29T12:30-0500", "2020-02-29"], ["2020-02-29T17:30", "2020-02-29"]),
        (["2020-02-29", None, "NA"], ["2020-02-29", None, None]),
    ],
)
def test_iso_dates_are_dates_in_utc(texts, moments):
    found, kind = read(texts)
    assert kind == "date"
    assert found.dtype == "datetime64[us]"
    expected = np.array(["NaT" if m is None else m for m in moments], "datetime64[us]")
    np.testing.assert_array_equal(found.to_numpy(), expected)


@pytest.mark.parametrize(
    "texts",
    [
        ["01/02/2020", "03/04/2020"],  # January or February? Nobody can tell
        ["13/02/2020", "01/02/2020"],
        ["2020-01-02", "02.01.2020"],
        ["2020-01-02", "x"],
        ["2020-02-30", "2020-01-01"],
        ["20200101", "00200102"],
        ["12:30", "12:31"],
    ],
)
def test_a_date_that_may_be_another_one_stays_text(texts):
    found, kind = read(texts)
    assert kind == "category"
    assert found.tolist() == texts


def test_a_column_of_one_late_exception_is_not_what_its_first_rows_look_like():
    found, kind = read([str(n) for n in range(5000)] + ["n. a. (asked twice)"])
    assert kind == "category"
    assert found.iloc[-1] == "n. a. (asked twice)"
    found, kind = read([*range(5000), "late", *range(20)])
    assert kind == "category"
    assert found.iloc[5000] == "late"
    assert found.iloc[0] == "0"


def test_identifiers_keep_every_digit():
    keys = [str(n) for n in range(9007199254740990, 9007199254741010)]
    found, kind = read(keys)
    assert kind == "integer"
    assert [str(v) for v in found] == keys
    beyond = [str(2**64 + n) for n in range(20)]
    found, kind = read(beyond)
    assert found.tolist() == beyond
    found, _ = read(["1" * 5000, "2"])
    assert found.tolist() == ["1" * 5000, "2"]


WRITTEN = st.one_of(
    st.none(),
    st.integers(-(10**25), 10**25).map(str),
    st.integers(-99, 99).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.decimals(-1000, 1000, places=3).map(str),
    st.dates().map(datetime.date.isoformat),
    st.datetimes().map(lambda d: d.isoformat(" ")),
    st.from_regex(r"0[0-9]{1,5}", fullmatch=True),
    st.sampled_from(["NA", "", "true", "False", "null", " 7 ", "{}", "[1]", "yes"]),
    st.text(max_size=6),
)
COLUMNS = st.one_of(
    st.lists(WRITTEN, min_size=1, max_size=12),
    *(
        st.lists(st.one_of(st.none(), one), min_size=1, max_size=12)
        for one in (
            st.integers(-(2**63), 2**63 - 1).map(str),
            st.floats(allow_nan=False, allow_infinity=False).map(repr),
            st.datetimes(datetime.datetime(1700, 1, 1), datetime.datetime(2200, 1, 1)).map(
                lambda d: d.isoformat()
            ),
        )
    ),
)
MISSING = {"", "na", "n/a", "nan", "null", "none", "nat"}


@calm
@given(texts=COLUMNS)
@example(texts=["9999-12-31", "2020-01-01"])
@example(texts=["0001-01-01"])
@example(texts=["1e400", "1"])
@example(texts=["0.1234567890123456", "123456.7890123456789"])
def test_no_value_is_lost_whatever_the_texts(texts):
    found, kind = read(texts)
    assert len(found) == len(texts)
    for text, value in zip(texts, found.astype(object), strict=True):
        if not text or (kind not in ("category", "text", "structured") and text.strip().lower() in MISSING):
            assert value is None or pd.isna(value)
        elif kind == "integer":
            assert value == int(text)
        elif kind == "float":
            assert value == float(text)
            assert np.isfinite(value)
        elif kind == "boolean":
            assert str(value).lower() == text.strip().lower()
        elif kind == "date":
            assert value == datetime.datetime.fromisoformat(text.strip())
        else:
            assert value == text


@calm
@given(
    st.one_of(
        st.lists(st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)), min_size=1, max_size=9),
        st.lists(st.one_of(st.none(), st.booleans()), min_size=1, max_size=9),
        st.lists(st.one_of(st.none(), st.floats(allow_nan=False)), min_size=1, max_size=9),
        st.lists(st.one_of(st.none(), st.dates()), min_size=1, max_size=9),
        st.lists(st.one_of(st.none(), st.datetimes()), min_size=1, max_size=9),
    )
)
def test_no_value_of_a_database_or_json_column_is_lost(values):
    found, kind = read(values)
    for given_value, value in zip(values, found.to_numpy(object, na_value=None), strict=True):
        if given_value is None:
            assert value is None or pd.isna(value)
        elif kind == "date":
            assert np.datetime64(value, "us") == np.datetime64(given_value, "us")
        else:
            assert value == given_value


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1), st.integers(0, 17))
def test_texts_become_the_floats_that_python_reads(numbers, digits):
    texts = [*map(repr, numbers), *(f"{number:.{digits}e}" for number in numbers), "NA", ""]
    frame, _ = typed(pd.DataFrame({"x": texts}), {"x": "float"})
    read = [float(text) for text in texts[:-2]]
    assert frame["x"].to_numpy().view("int64")[:-2].tolist() == np.array(read).view("int64").tolist()
    assert typed(pd.DataFrame({"x": texts[:-2]}), {"x": "float"})[0]["x"].tolist() == read


def test_decimals_become_the_nearest_floats_and_moments_utc():
    found, kind = read([decimal.Decimal("1.10"), None, decimal.Decimal("-3")])
    assert (kind, found.iloc[0], found.iloc[2]) == ("float", 1.1, -3.0)
    zone = datetime.timezone(datetime.timedelta(hours=2))
    found, kind = read(
        [datetime.datetime(2020, 1, 1, 1, tzinfo=zone), datetime.datetime(1500, 1, 1, tzinfo=zone)]
    )
    assert kind == "date"
    assert found.astype(str).tolist() == ["2019-12-31 23:00:00", "1499-12-31 22:00:00"]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (pd.Series([1, 2], dtype="int8"), "integer"),
        (pd.Series([1.0, np.nan]), "integer"),
        (pd.Series([1.5, np.inf]), "float"),
        (pd.Series([True, False]), "boolean"),
        (pd.Series([True, None], dtype="boolean"), "boolean"),
        (pd.Series(pd.to_datetime(["2020-01-01"])), "date"),
        (pd.Series(["a", "b"], dtype="category"), "category"),
        (pd.Series(["a", "b"], dtype="string"), "category"),
        (pd.Series([1, 2], dtype="category"), "integer"),
    ],
)
def test_columns_that_have_a_type_already_keep_its_kind(values, kind):
    rows, kinds = typed(pd.DataFrame({"x": values}))
    assert kinds["x"] == kind
    assert rows["x"].isna().tolist() == values.isna().tolist()


@pytest.mark.parametrize("dtype", ["uint64", "UInt64"])
def test_whole_numbers_beyond_64_bits_with_a_sign_stay_what_they_are(dtype):
    numbers = [2**64 - 1, 1, 2**63 + 1] + [None] * (dtype == "UInt64")
    rows, kinds = typed(pd.DataFrame({"x": pd.Series(numbers, dtype=dtype)}))
    assert kinds["x"] == "category"
    assert [v and int(v) for v in rows["x"]] == numbers


def test_lists_and_dictionaries_of_a_table_are_the_json_that_a_request_gives(tmp_path):
    values = [{"a": 1, "b": ["é"]}, {"a": None, "b": []}, None, {"a": 2, "b": None}]
    lists = [[1, None], [], None, [2**53 + 1]]
    (tmp_path / "made").mkdir()
    pq.write_table(pa.table({"s": values, "l": lists}), tmp_path / "t.parquet")
    table, _ = typed_table(written(read_one(tmp_path / "t.parquet"), tmp_path / "made"))
    kinds = [{"name": "s", "kind": "structured"}, {"name": "l", "kind": "structured"}]
    asked = coerce({"s": values, "l": lists}, kinds)
    learnt = from_frame(table.frame())
    assert learnt["s"].tolist() == asked["s"].tolist()
    assert learnt["l"].tolist() == asked["l"].tolist()
    assert [v and json.loads(v) for v in learnt["s"]] == values
    assert [v and json.loads(v) for v in learnt["l"]] == lists


def test_kinds_that_are_given_win_and_impossible_ones_name_the_column():
    found, kind = read(["1", "2"], {"x": "category"})
    assert (kind, found.tolist()) == ("category", ["1", "2"])
    found, kind = read(["1", "2"], {"x": "float"})
    assert found.dtype == "float64"
    for wrong in ("integer", "float", "boolean", "date"):
        with pytest.raises(BadInput) as told:
            read(["1", "some words"], {"x": wrong})
        assert "'x'" in str(told.value)
        assert "\n" not in str(told.value)


def test_a_misspelt_column_or_kind_offers_the_nearest():
    frame = pd.DataFrame({"tenure": ["1"]})
    with pytest.raises(BadInput, match="did you mean 'tenure'"):
        typed(frame, {"tenur": "float"})
    with pytest.raises(BadInput, match="did you mean 'integer'"):
        typed(frame, {"tenure": "integr"})


def test_the_index_and_the_order_of_columns_stay():
    frame = pd.DataFrame({"b": ["1", "2"], "a": ["x", "y"]}, index=pd.Index([5, 3], name="row"))
    rows, kinds = typed(frame)
    assert list(rows.columns) == list(kinds) == ["b", "a"]
    assert rows.index.equals(frame.index)
    assert kind_of(frame["b"]) == "integer"


def test_every_column_of_a_kind_is_named_and_of_very_wide_tables_the_first_hundred():
    kinds = {f"column_{i}": "integer" for i in range(1000)} | {"a": "date", "b": "date"}
    found = kinds_table(kinds)
    assert found.loc["date", "names"] == "a, b"
    assert found["columns"].to_dict() == {"date": 2, "integer": 1000}
    assert found.loc["integer", "names"].endswith("column_99 and 900 more (attributes.csv has them all)")
