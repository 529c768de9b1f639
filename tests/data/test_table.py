"""A table on its way: whatever its length and its types, what comes out is what went in, and the proof would see it."""

import datetime
import decimal
import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import csv as arrow_csv
from pyarrow import feather

from helpers.data import ingest, table
from helpers.data.kinds import typed, typed_table
from helpers.data.roundtrip import prove
from helpers.data.seal import hashes
from helpers.data.sources import open_source
from helpers.errors import Failed

calm = settings(max_examples=40, deadline=None)
WORDS = st.sampled_from(
    ["", "NA", "nan", "null", "007", "1e5", " 7 ", '{"a": [1, {"b": null}]}', "é\n", "2024-02-30"]
)
VALUES = {
    "long": (st.integers(-(2**63), 2**63 - 1), pa.int64()),
    "float": (st.floats(), pa.float64()),
    "exact": (st.decimals(-(10**20), 10**20, places=8), pa.decimal128(38, 8)),
    "moment": (
        st.datetimes(datetime.datetime(1, 1, 2), datetime.datetime(9999, 12, 30)),
        pa.timestamp("us", tz="UTC"),
    ),
    "day": (st.dates(), pa.date32()),
    "text": (st.one_of(WORDS, st.text(max_size=9)), pa.string()),
    "flag": (st.booleans(), pa.bool_()),
    "bytes": (st.binary(max_size=9), pa.binary()),
    "nested": (
        st.fixed_dictionaries({"a": st.lists(st.floats(), max_size=3)}),
        pa.struct({"a": pa.list_(pa.float64())}),
    ),
}


@st.composite
def tables(draw):
    """Tables of all types, values missing anywhere."""
    rows = draw(st.integers(1, 12))
    columns = {}
    for name, (one, kind) in VALUES.items():
        values = draw(st.lists(st.one_of(st.none(), one), min_size=rows, max_size=rows))
        columns[name] = pa.array(values, kind)
    return pa.table(columns)


def bits(value):
    """A value such that NaN equals itself and -0.0 differs from 0.0."""
    if isinstance(value, float):
        return np.float64(value).tobytes()
    if isinstance(value, dict):
        return {k: bits(v) for k, v in value.items()}
    return [bits(v) for v in value] if isinstance(value, list) else value


def converted(path, folder, how="plain"):
    source = open_source(str(path))
    return ingest.original(source, folder / "originals", folder, how)[0]


@calm
@given(tables(), st.sampled_from(["parquet", "feather"]), st.integers(1, 5))
def test_every_value_of_every_type_is_the_same_after_conversion(tmp_path_factory, made, kind, size):
    folder = tmp_path_factory.mktemp("t")
    path = folder / f"a.{kind}"
    if kind == "parquet":
        pq.write_table(made, path, row_group_size=size)
    else:
        feather.write_feather(made, path, chunksize=size)
    found = pq.read_table(converted(path, folder).path, partitioning=None).select(made.schema.names)
    assert found.schema.types == made.schema.types
    assert [bits(row) for row in found.to_pylist()] == [bits(row) for row in made.to_pylist()]


@calm
@given(
    st.lists(
        st.tuples(st.one_of(st.none(), WORDS), st.one_of(st.none(), st.text("ab\"',;\n", max_size=5))),
        min_size=1,
    )
)
def test_a_csv_keeps_missing_apart_from_empty_and_from_na(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("t")
    made = pa.table(
        {"a": pa.array([r[0] for r in rows], pa.string()), "b": pa.array([r[1] for r in rows], pa.string())}
    )
    arrow_csv.write_csv(made, folder / "a.csv", arrow_csv.WriteOptions(quoting_style="needed"))
    found = pq.read_table(converted(folder / "a.csv", folder).path, partitioning=None).select(["a", "b"])
    assert found.to_pylist() == made.to_pylist()


@calm
@given(
    st.lists(
        st.dictionaries(
            st.sampled_from("abc"),
            st.one_of(st.none(), st.integers(), st.text(max_size=5), st.lists(st.integers(), max_size=2)),
            min_size=1,
        ),
        min_size=1,
        max_size=9,
    )
)
def test_json_lines_keep_every_value_or_write_it_out_as_text(tmp_path_factory, records):
    folder = tmp_path_factory.mktemp("t")
    (folder / "a.jsonl").write_text("\n".join(map(json.dumps, records)))
    found = converted(folder / "a.jsonl", folder)
    for name in found.columns:
        values = pq.read_table(found.path, partitioning=None)[name].to_pylist()
        for value, record in zip(values, records, strict=True):
            expected = record.get(name)
            if isinstance(value, str) and not isinstance(expected, str):
                value = json.loads(value)
            assert value == expected


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([1.0, float("nan")], [1.0, None]),
        ([0.0], [-0.0]),
        ([None], [float("nan")]),
        (["NA"], [None]),
        ([""], [None]),
        (["007"], ["7"]),
        ([2**53 + 1], [2**53]),
        ([{"a": 1}], [{"a": 2}]),
        ([decimal.Decimal("1.10")], [decimal.Decimal("1.1")]),
        ([1, 2], [1]),
        ([1], [1, 2]),
    ],
)
def test_the_proof_sees_every_kind_of_change(tmp_path, before, after):
    made = table.written(pa.table({"x": after}).to_reader(), tmp_path)
    prove(pa.table({"x": after}).to_reader(), made)
    with pytest.raises(Failed, match=r"length|'x', row"):
        prove(pa.table({"x": before}).to_reader(), made)


@pytest.fixture
def small_batches(monkeypatch):
    monkeypatch.setattr(table, "MOST_ROWS", 7)


def mixed(rows=100):
    draw = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "row": draw.integers(0, 9, rows).astype(str),
            "n": [str(v) if v % 3 else "" for v in range(rows)],
            "x": [f"{v:.3f}" for v in draw.normal(size=rows)],
            "day": [f"2024-01-{1 + v % 28:02d}" for v in range(rows)],
            "flag": ["true" if v % 2 else "FALSE" for v in range(rows)],
            "note": ["a long text of many words " * 3 if v % 5 else None for v in range(rows)],
        }
    )
    return frame.rename_axis(index="row")


def test_batches_give_the_same_kinds_and_values_as_the_whole_table(tmp_path, small_batches):
    frame = mixed()
    whole, kinds = typed(frame)
    rows, told = typed_table(table.of_frame(frame, tmp_path))
    assert (
        told
        == kinds
        == {"row": "integer", "n": "integer", "x": "float", "day": "date", "flag": "boolean", "note": "text"}
    )
    assert len(list(rows.batches())) > 10
    pd.testing.assert_frame_equal(rows.frame(), whole)


def test_what_is_written_for_pandas_reads_back_with_index_and_kinds(tmp_path, small_batches):
    rows, _ = typed_table(table.of_frame(mixed(), tmp_path))
    mask = np.arange(100) % 2 == 0
    chosen = rows.where(mask).with_column("x", pd.Series(["label"] * 50)).without(["flag"])
    pq.write_table(chosen.reader().read_all(), tmp_path / "kept.parquet")
    found = pd.read_parquet(tmp_path / "kept.parquet")
    expected = typed(mixed())[0][mask].assign(x="label").drop(columns="flag")
    pd.testing.assert_frame_equal(found, expected)


def test_choices_upon_choices_meet_the_right_rows(tmp_path, small_batches):
    rows = table.of_frame(pd.DataFrame({"a": range(100), "b": range(100)}), tmp_path)
    some = rows.where(np.arange(100) % 2 == 0).with_column("c", pd.Series(np.arange(50) * 2))
    few = some.where(np.arange(50) % 5 == 0)
    frame = few.frame()
    assert frame["a"].tolist() == frame["c"].tolist() == frame.index.tolist() == list(range(0, 100, 10))
    assert few.distinct("a").to_pylist() == frame["a"].tolist()
    assert few.where(np.zeros(10, bool)).frame().shape == (0, 3)
    drawn = rows.sample(20)
    assert len(drawn) == 20
    assert drawn["a"].is_monotonic_increasing
    assert rows.sample(20)["a"].tolist() == drawn["a"].tolist()
    assert rows.sample(1000) is rows


def test_a_change_batch_by_batch_may_drop_rows_and_columns_and_change_types(tmp_path, small_batches):
    rows = table.of_frame(pd.DataFrame({"a": range(100), "b": ["x"] * 100}), tmp_path)
    changed = rows.rewritten(lambda f: f[f["a"] % 10 == 0].assign(a=lambda g: g["a"].astype(str), b=None))
    assert changed["a"].tolist() == [str(v) for v in range(0, 100, 10)]
    assert changed.frame().index.tolist() == list(range(0, 100, 10))


def test_hashes_of_rows_are_those_of_pandas_whatever_the_batches():
    frame = typed(mixed())[0]
    texts = frame.astype(object).where(frame.notna(), "").astype(str)
    expected = pd.util.hash_pandas_object(texts, index=False).to_numpy()
    assert (hashes(frame) == expected).all()
    parts = [hashes(frame.iloc[n : n + 9]) for n in range(0, 100, 9)]
    assert (np.concatenate(parts) == expected).all()


STREAM = """
import resource, sys
from pathlib import Path
from helpers.data.sources.files import read
from helpers.data.roundtrip import prove
from helpers.data.table import written
folder, name = Path(sys.argv[1]), sys.argv[2]
def peak():
    return int(next(l for l in open("/proc/self/status") if l.startswith("VmHWM")).split()[1])
before = peak()
table = written(read(folder, [name]), folder)
prove(read(folder, [name]), table)
print(len(table), peak() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is read from /proc")
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_long_table_streams_in_memory_that_its_length_does_not_change(tmp_path, kind):
    part = pa.table({f"c{n}": np.arange(100_000) * 10**9 + n for n in range(12)})
    peaks = []
    for times in (16, 48):  # both longer than what Arrow and the allocator keep at hand
        path = tmp_path / f"{times}.{kind}"
        writer = (
            pq.ParquetWriter(path, part.schema)
            if kind == "parquet"
            else arrow_csv.CSVWriter(path, part.schema)
        )
        with writer:
            for _ in range(times):
                writer.write_table(part)
        told = subprocess.run(
            [sys.executable, "-c", STREAM, tmp_path, path.name], capture_output=True, text=True, check=True
        ).stdout.split()
        assert int(told[0]) == times * 100_000
        peaks.append(int(told[1]))
    assert peaks[1] < peaks[0] * 1.5 + 30_000
