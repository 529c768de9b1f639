"""The attribute profile, held against pandas and NumPy."""

import datetime
import decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.data.distributions import NOT_LOOKED_AT
from helpers.data.profile import COLUMNS, profile
from helpers.data.scan import quoted, scan
from helpers.errors import BadInput

NUMBERS = ["min", "max", "mean", "median", "std", "q05", "q25", "q75", "q95"]


def mixed(n=5000, seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "float": rng.normal(1e6, 3, n),
            "holes": np.where(rng.random(n) < 0.2, np.nan, rng.lognormal(size=n)),
            "whole": rng.integers(-5, 6, n),
            "nullable": pd.array(rng.integers(0, 100, n), dtype="Int64"),
            "flag": rng.random(n) < 0.3,
            "maybe": pd.array(rng.random(n) < 0.3, dtype="boolean"),
            "colour": rng.choice(["red", "green", "blue"], n, p=[0.6, 0.3, 0.1]).astype(object),
            "when": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 10**6, n), unit="min"),
        }
    )
    frame.loc[::7, ["nullable", "maybe", "colour", "when"]] = None
    return frame.rename_axis(index="row")


def of(table, name="x", **more):
    return profile(table, **more).set_index("name").loc[name]


def one(values, **more):
    return of(pd.DataFrame({"x": values}), **more)


@pytest.fixture(params=["frame", "arrow", "parquet"])
def read(request, tmp_path):
    def convert(frame):
        if request.param == "arrow":
            return pa.Table.from_pandas(frame, preserve_index=False)
        if request.param == "parquet":
            path = tmp_path / "it's a [table].parquet"
            frame.to_parquet(path, index=False)
            return path
        return frame

    return convert


def test_figures_agree_with_pandas_from_every_source(read):
    frame = mixed()
    found = profile(read(frame)).set_index("name")
    for name in ["float", "holes", "whole", "nullable", "flag", "maybe"]:
        x = frame[name].astype("Float64").astype(float)
        five = x.quantile([0.05, 0.25, 0.75, 0.95]).tolist()
        expected = [x.min(), x.max(), x.mean(), x.median(), x.std(), *five]
        np.testing.assert_allclose(found.loc[name, NUMBERS].astype(float), expected, rtol=1e-12, err_msg=name)


def test_counts_agree_with_pandas_from_every_source(read):
    frame = mixed()
    found = profile(read(frame)).set_index("name")
    assert (found["records"] == len(frame)).all()
    assert found["missing"].to_dict() == frame.isna().sum().to_dict()
    assert found["missing_ratio"].to_dict() == pytest.approx(frame.isna().mean().to_dict())
    assert found["distinct"].to_dict() == frame.nunique().to_dict()
    top = frame["colour"].value_counts(normalize=True)
    assert (found.loc["colour", "top"], found.loc["colour", "top_share"]) == (
        top.index[0],
        pytest.approx(top.iloc[0]),
    )
    assert (found["approximate"] == "").all()


def test_dates_have_their_first_middle_and_last_moment():
    frame = mixed()
    found = of(frame, "when")
    when = frame["when"].dropna().sort_values()
    assert (found["earliest"], found["latest"]) == (when.iloc[0], when.iloc[-1])
    assert found["middle"] == when.iloc[(len(when) - 1) // 2]
    assert found["kind"] == "date"
    assert found["distribution"] == "uniform"


def test_kinds_are_told_from_the_values_or_given():
    frame = mixed().assign(
        words=[f"a long remark about row {i} that nobody else has made so far" for i in range(5000)],
        record=['{"a": [1, 2]}'] * 5000,
    )
    assert profile(frame).set_index("name")["kind"].to_dict() == {
        **{"float": "float", "holes": "float", "whole": "integer", "nullable": "integer", "flag": "boolean"},
        **{"maybe": "boolean", "colour": "category", "when": "date", "words": "text", "record": "structured"},
    }
    given = profile(frame, types={"whole": "category"}).set_index("name")
    assert given.loc["whole", "kind"] == "category"
    assert given.loc["whole", "distribution"] == "discrete"


def test_infinite_values_are_counted_and_left_out_of_the_figures():
    found = one([1.0, 2.0, 3.0, np.inf, -np.inf, np.nan])
    assert (found["missing"], found["infinite"], found["distinct"]) == (1, 2, 5)
    assert (found["min"], found["max"], found["mean"], found["std"]) == (1, 3, 2, 1)


@pytest.mark.parametrize("held", [0, 10**9])
def test_a_small_file_is_read_once_and_has_the_same_profile(tmp_path, monkeypatch, held):
    frame = mixed(500)
    frame.to_parquet(tmp_path / "small.parquet")  # with its index, which is no column
    column_by_column = profile(tmp_path / "small.parquet", in_memory=0)
    monkeypatch.setattr("helpers.data.scan.HELD", held)
    assert (scan(tmp_path / "small.parquet").table is not None) == (held > 0)
    same(profile(tmp_path / "small.parquet"), column_by_column)


def same(one, other):
    """An example may be any value."""
    pd.testing.assert_frame_equal(one.drop(columns="example"), other.drop(columns="example"))


texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6)
moments = st.datetimes(datetime.datetime(1900, 1, 1), datetime.datetime(2100, 1, 1))
COLUMNS_OF = {
    "int64": st.integers(-(2**63), 2**63 - 1),
    "float64": st.floats(-1e100, 1e100) | st.sampled_from([np.inf, -np.inf, np.nan, -0.0, 0.0]),
    "bool": st.booleans(),
    "string": texts,
    "timestamp[us]": moments,
}


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_columns_in_memory_have_the_profile_that_duckdb_gives(data):
    n = data.draw(st.integers(0, 12))
    columns = {
        kind: pa.array(data.draw(st.lists(st.none() | st.sampled_from(some), min_size=n, max_size=n)), kind)
        for kind, values in COLUMNS_OF.items()
        if (some := data.draw(st.lists(values, min_size=1, max_size=5)))
    }
    held, by_duckdb = (profile(pa.table(columns), in_memory=rows) for rows in (100, -1))
    same(held, by_duckdb)


def test_the_first_columns_alone_have_their_distribution_told_where_that_is_asked_for():
    rows = pd.DataFrame(np.random.default_rng(0).normal(size=(500, 3)), columns=["a", "b", "c"])
    some, whole = profile(rows, laws=1), profile(rows)
    assert list(some["distribution"]) == ["normal", NOT_LOOKED_AT, NOT_LOOKED_AT]
    told = ["distribution", "evidence"]
    pd.testing.assert_frame_equal(some.drop(columns=told), whole.drop(columns=told))


@pytest.mark.parametrize("in_memory", [0, 100])
def test_zero_has_no_sign(in_memory):
    found = one([-0.0, 0.0, -0.0, -1.0], in_memory=in_memory)
    assert (found["distinct"], found["top"], found["top_share"]) == (2, "0.0", 0.75)
    assert "-0" not in found["evidence"]


def test_nan_in_arrow_and_parquet_is_missing(tmp_path):
    table = pa.table({"x": pa.array([1.0, float("nan"), None])})
    import pyarrow.parquet as pq

    pq.write_table(table, tmp_path / "x.parquet")
    assert of(table)["missing"] == of(tmp_path / "x.parquet")["missing"] == 2


@pytest.mark.parametrize(
    "values",
    [
        [None] * 5,
        [np.nan] * 5,
        pd.array([None] * 5, dtype="Int64"),
        pd.array([None] * 5, dtype="boolean"),
        pd.Series([pd.NaT] * 5),
        pd.Categorical([None] * 5, categories=["a"]),
    ],
)
def test_a_column_without_values_says_so(values):
    found = one(values)
    assert (found["missing"], found["distinct"], found["distribution"]) == (5, 0, "no values")
    assert found[["top", "mean", "example"]].isna().all()


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([[1, 2], [3]], "structured"),
        ([{"a": 1}, None], "structured"),
        ([1, "two", 3.5, None], "category"),
        ([decimal.Decimal("1.50"), decimal.Decimal("2.25")], "float"),
        ([datetime.date(2020, 1, 1), datetime.date(2021, 1, 1)], "date"),
        ([datetime.time(8), datetime.time(9)], "category"),
        (pd.to_timedelta([1, 2], unit="h"), "category"),
        (pd.date_range("2020", periods=2, tz="Europe/Berlin"), "date"),
        (pd.period_range("2020", periods=2, freq="M"), "category"),
        (pd.Categorical(["a", "b"]), "category"),
        (np.array([1, 2], dtype="float16"), "float"),
        (np.array([1, 2**64 - 1], dtype="uint64"), "integer"),
        (np.array([1 + 2j, 3]), "category"),
        ([b"ab", b"c"], "category"),
        ([10**30, 5], "category"),
    ],
)
def test_unusual_kinds_of_values_are_described(values, kind):
    found = one(values)
    assert found["kind"] == kind
    assert found["missing"] == pd.Series(values).isna().sum()


def test_moments_with_a_time_zone_are_told_in_utc():
    found = one(pd.DatetimeIndex(["2020-07-01 12:00"], tz="Europe/Berlin"))
    assert found["earliest"] == pd.Timestamp("2020-07-01 10:00")


def test_names_of_columns_are_kept_whatever_they_hold(read):
    names = [
        'a "quoted" one',
        "<script>alert(1)</script>",
        "A",
        "a",
        "naïve ✓",
        "x; DROP TABLE t",
        " ",
        "file_row_number",
    ]
    frame = pd.DataFrame({name: [i, i + 1] for i, name in enumerate(names)})
    found = profile(read(frame))
    assert found["name"].tolist() == names
    assert found["min"].tolist() == list(range(len(names)))


def test_two_columns_of_one_name_are_both_described():
    found = profile(pd.DataFrame([[1, "x"], [2, "x"]], columns=["a", "a"]))
    assert found["kind"].tolist() == ["integer", "category"]


def test_tables_without_rows_or_columns_have_a_profile_too():
    assert profile(pd.DataFrame({"x": pd.Series([], dtype=float)}))["records"].tolist() == [0]
    assert profile(pd.DataFrame()).columns.tolist() == COLUMNS


def test_the_profile_has_the_same_types_whatever_the_table(tmp_path):
    whole, empty = profile(mixed()), profile(pd.DataFrame({"x": [None]}))
    assert whole.dtypes.to_dict() == empty.dtypes.to_dict()
    whole.to_parquet(tmp_path / "profile.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "profile.parquet"), whole)


def test_huge_numbers_leave_the_deviation_unknown_and_nothing_fails():
    found = one([1e300, -1e300, 5.0])
    assert found["max"] == 1e300
    assert np.isnan(found["std"])


def test_a_profile_is_the_same_to_the_last_digit_on_any_number_of_cores():
    frame = mixed(50_000)
    pd.testing.assert_frame_equal(profile(frame, cores=1), profile(frame, cores=4), check_exact=True)


def test_estimates_are_named_and_near_the_truth():
    rng = np.random.default_rng(0)
    x = np.where(rng.random(300_000) < 0.2, 0.0, rng.normal(size=300_000))
    found = one(x, exact_distinct=1000, exact_quantiles=1000)
    assert found["approximate"] == "distinct, top, quantiles"
    assert found["distinct"] == pytest.approx(len(np.unique(x)), rel=0.2)
    assert (found["top"], found["top_share"]) == ("0.0", pytest.approx((x == 0).mean()))
    assert found["median"] == pytest.approx(np.median(x), abs=0.01)
    assert found["q95"] == pytest.approx(np.quantile(x, 0.95), abs=0.02)
    assert found["mean"] == pytest.approx(x.mean(), abs=1e-12)
    assert found["std"] == pytest.approx(x.std(ddof=1), rel=1e-9)


def test_an_estimated_text_column_finds_its_most_frequent_value():
    x = [f"name {i}" for i in range(150_000)] + ["unknown"] * 60_000
    found = one(x, exact_distinct=1000)
    assert (found["top"], found["top_share"]) == ("unknown", pytest.approx(60 / 210))


def test_a_value_that_a_sample_misses_still_makes_the_column_no_constant():
    found = one([7.0] * 99_999 + [8.0])
    assert found["distinct"] == 2
    assert found["distribution"] == "none of these"


def test_a_missing_file_and_a_file_of_another_format_are_said_in_one_line(tmp_path):
    with pytest.raises(BadInput, match="there is no Parquet file"):
        profile(tmp_path / "nothing.parquet")
    (tmp_path / "text.parquet").write_text("a,b\n1,2\n")
    with pytest.raises(BadInput, match="cannot be read as Parquet"):
        profile(tmp_path / "text.parquet")


def test_identifiers_of_sql_are_quoted_and_columns_found_by_position():
    assert quoted('a"b') == '"a""b"'
    assert scan(pd.DataFrame({1: [1], "b": [2]})).names == ["1", "b"]
