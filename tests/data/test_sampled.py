"""A sample of a file is the same as one of the whole table, and missing values are counted in all rows."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from helpers.data.missing import missing_together, patterns
from helpers.data.sampled import sampled


def table(n=5000):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "x": np.where(rng.random(n) < 0.25, np.nan, rng.normal(size=n)),
            "whole": pd.array(rng.integers(0, 2**60, n), dtype="Int64"),
            "word": rng.choice(["a", "b"], n).astype(object),
            "<b>": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 999, n), unit="D"),
        },
        index=pd.RangeIndex(100, 100 + 3 * n, 3, name="row"),
    )
    frame.loc[frame.index[::9], ["whole", "word"]] = None
    return frame


@pytest.mark.parametrize("group", [700, 5000])
def test_a_sample_is_what_the_whole_table_holds_at_these_rows_in_their_order(tmp_path, group):
    frame, path = table(), tmp_path / "x.parquet"
    frame.to_parquet(path, index=True, row_group_size=group)
    found = sampled(path, 800, seed=3)
    assert (len(found.rows), found.total, found.is_part) == (800, 5000, True)
    assert found.rows.index.is_monotonic_increasing
    pd.testing.assert_frame_equal(found.rows, frame.loc[found.rows.index])
    pd.testing.assert_frame_equal(found.rows, sampled(path, 800, seed=3).rows)
    assert found.missing.to_dict() == frame.isna().mean().to_dict()


def test_a_small_table_is_read_whole(tmp_path):
    frame, path = table(50), tmp_path / "x.parquet"
    frame.to_parquet(path, index=True)
    found = sampled(path, 50)
    pd.testing.assert_frame_equal(found.rows, frame)
    assert not found.is_part


def test_nan_in_a_file_counts_as_missing_and_an_empty_table_has_no_share(tmp_path):
    pq.write_table(pa.table({"x": pa.array([1.0, float("nan"), None, 4.0])}), tmp_path / "x.parquet")
    assert sampled(tmp_path / "x.parquet", 2).missing["x"] == 0.5
    pq.write_table(pa.table({"x": pa.array([], pa.float64())}), tmp_path / "none.parquet")
    found = sampled(tmp_path / "none.parquet", 10)
    assert (found.total, len(found.rows), found.missing["x"]) == (0, 0, 0.0)


def test_patterns_count_every_combination_of_missing_values():
    frame = pd.DataFrame({"a": [1, None, None, 4], "b": [1, None, None, None], "c": [1, 2, 3, 4]})
    found = patterns(frame)
    assert list(found.columns) == ["b", "a", "share"]
    assert found.iloc[0].tolist() == [True, True, 0.5]
    assert found["share"].sum() == 1


def test_columns_missing_in_the_same_rows_are_grouped_and_others_are_not():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(1000, 6)), columns=list("abcdef"))
    frame.loc[rng.random(1000) < 0.2, ["a", "b", "c"]] = np.nan
    frame.loc[rng.random(1000) < 0.2, "d"] = np.nan
    frame["e"] = np.nan
    assert missing_together(frame) == [["a", "b", "c"]]
    assert missing_together(frame[["f"]]) == []
