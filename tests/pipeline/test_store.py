"""The store gives back what was put into it, once for each content, and never a half of it."""

import concurrent.futures
import datetime
import decimal
import hashlib
import json
import multiprocessing
import os
import signal
import stat
import subprocess
import sys
import threading
import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.errors import BadInput, Failed
from helpers.pipeline.store import Entry, Store, content_hash, read_json, write_json, write_text

calm = settings(max_examples=60, deadline=None)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    made = Store(tmp_path_factory.mktemp("workspace"))
    made.open()
    return made


def refused(run, kind, *words):
    with pytest.raises(kind) as told:
        run()
    assert "\n" not in str(told.value)
    for word in words:
        assert word in str(told.value)


COLUMNS = {
    "int8": pd.Series([1, -2, 3], dtype="int8"),
    "uint64": pd.Series([2**64 - 1, 0, 1], dtype="uint64"),
    "int64": [2**53 + 1, -(2**63), 0],
    "Int64": pd.array([2**53 + 1, None, 0], "Int64"),
    "float32": pd.Series([0.1, np.nan, -np.inf], dtype="float32"),
    "float64": [0.1 + 0.2, np.nan, 5e-324],
    "bool": [True, False, True],
    "boolean": pd.array([True, None, False], "boolean"),
    "text": ["NA", None, ""],
    "odd text": ['é\n"', "\u2028", "x" * 5000],
    "string": pd.array(["a", None, ""], "string"),
    "category": pd.Categorical(["b", None, "a"], categories=["c", "b", "a"], ordered=True),
    "date": [datetime.date(1066, 10, 14), None, datetime.date(9999, 12, 31)],
    "moment": np.array(["2020-01-01T01:02:03.000004", "NaT", "1066-10-14"], "datetime64[us]"),
    "fine moment": np.array(["2020-01-01T00:00:00.000000001", "NaT", "1900-01-01"], "datetime64[ns]"),
    "zone": pd.to_datetime(["2020-07-01", None, "2020-01-01"]).tz_localize("Europe/Berlin"),
    "span": pd.to_timedelta(["1 day", None, "-3us"]),
    "decimal": [decimal.Decimal("1.10"), None, decimal.Decimal("-12345678901234567890.01")],
    "list": [[1, 2], None, []],
    "bytes": [b"\x00\xff", None, b""],
    "all missing": [None, None, None],
}


@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_comes_back_with_its_type_and_every_value(store, name):
    frame = pd.DataFrame({name: COLUMNS[name]})
    found = store.get(store.put(frame))
    assert found.dtypes.to_dict() == frame.dtypes.to_dict()
    for value, back in zip(frame[name].astype(object), found[name].astype(object), strict=True):
        if isinstance(value, list):
            assert list(back) == value
        elif value is None:
            assert back is None
        elif pd.isna(value):
            assert pd.isna(back)
        else:
            assert back == value
            assert type(back) is type(value)


def test_index_order_and_names_of_a_table_come_back(store):
    frame = pd.DataFrame(
        {"b": [1, 2], "a": [3, 4], 'odd "name"\n': [5, 6]}, index=pd.Index([7, 3], name="row")
    )
    entry = store.put(frame)
    pd.testing.assert_frame_equal(store.get(entry), frame)
    assert (entry.kind, entry.rows, entry.columns) == ("table", 2, 3)
    empty = frame.iloc[:0]
    pd.testing.assert_frame_equal(store.get(store.put(empty)), empty)


def test_whole_numbers_of_a_mixed_column_stay_whole(store):
    frame = pd.DataFrame({"x": pd.Series([2**53 + 1, None], dtype=object)})
    assert int(store.get(store.put(frame))["x"].iloc[0]) == 2**53 + 1


def test_a_table_that_parquet_cannot_hold_is_told_in_one_line(store):
    refused(lambda: store.put(pd.DataFrame({"x": [1, "a"]})), BadInput, "Parquet")
    refused(lambda: store.put(pd.DataFrame([[1, 2]], columns=["a", "a"])), BadInput, "Parquet")


TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), TEXT
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXT, inner, max_size=4)),
    max_leaves=12,
)


@calm
@given(JSON)
def test_dictionaries_lists_and_plain_values_come_back_exactly(store, value):
    entry = store.put(value)
    found = store.get(entry)
    assert found == value
    assert json.dumps(found) == json.dumps(value)
    assert entry.kind == "json"


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        {"x": [float("inf")]},
        {"x": {1, 2}},
        {1: "a"},
        {"x": [{None: 1}]},
        {True: 1},
        {(1, 2): 1},
        {"x": np.int64(1)},
        {"x": datetime.date(2020, 1, 1)},
        "\ud800",
    ],
)
def test_what_json_would_change_without_a_word_is_refused(store, value):
    refused(lambda: store.put(value), BadInput, "JSON")


def test_a_value_that_holds_itself_is_refused(store):
    value = []
    value.append(value)
    refused(lambda: store.put(value), BadInput, "JSON")


def test_a_model_file_or_folder_comes_back(store, tmp_path):
    from sklearn.linear_model import LinearRegression

    model = LinearRegression().fit([[0.0], [1.0]], [1.0, 3.0])
    assert store.get(store.put(model)).predict([[2.0]])[0] == pytest.approx(5)
    (tmp_path / "a.bin").write_bytes(b"\x00\xff")
    assert store.get(store.put(tmp_path / "a.bin")).read_bytes() == b"\x00\xff"
    assert store.get(store.put(tmp_path / "a.bin")).suffix == ".bin"
    (tmp_path / "folder" / "deep").mkdir(parents=True)
    (tmp_path / "folder" / "deep" / "x").write_text("é")
    assert (store.get(store.put(tmp_path / "folder")) / "deep" / "x").read_text() == "é"
    refused(lambda: store.put(tmp_path / "absent"), BadInput, "absent")


def test_equal_content_has_one_hash_and_is_kept_once(tmp_path):
    store = Store(tmp_path)
    store.open()
    frame = pd.DataFrame({name: values for name, values in COLUMNS.items()})
    entries = {store.put(frame.copy(deep=True)) for _ in range(3)}
    entries |= {store.put({"a": [1, 2.5, "x"]}) for _ in range(3)}
    assert len(entries) == 2
    kept = [p for p in (store.folder / "objects").rglob("*") if p.is_file()]
    assert len(kept) == 2
    frame.loc[0, "int64"] += 1
    assert store.put(frame) not in entries


def test_the_hash_is_the_sha_256_of_the_file(store):
    entry = store.put({"a": 1})
    assert entry.hash == hashlib.sha256(store.path(entry).read_bytes()).hexdigest()
    assert entry.bytes == store.path(entry).stat().st_size


def test_the_hash_of_a_folder_follows_names_and_contents(tmp_path):
    def made(name, files):
        for file, text in files.items():
            (tmp_path / name / file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name / file).write_text(text)
        return content_hash(tmp_path / name)

    one = made("one", {"a": "1", "d/b": "2"})
    assert made("same", {"d/b": "2", "a": "1"}) == one
    assert (
        len(
            {
                one,
                made("x", {"a": "1", "d/b": "3"}),
                made("y", {"a": "1", "d/c": "2"}),
                made("z", {"a": "12", "d/b": ""}),
            }
        )
        == 4
    )


def test_what_is_kept_is_read_only_and_sealed_things_stand_apart(store):
    entry = store.put({"secret": 42}, sealed=True)
    assert stat.S_IMODE(store.path(entry, sealed=True).stat().st_mode) & 0o222 == 0
    assert store.has(entry, sealed=True)
    assert not store.has(entry)
    refused(lambda: store.get(entry), Failed, "no longer in the store")
    assert store.get(entry, sealed=True) == {"secret": 42}


@pytest.mark.parametrize("value", [{"a": 1}, pd.DataFrame({"x": [1, 2, 3]})], ids=["json", "table"])
def test_a_file_that_was_changed_or_cut_is_refused(store, value):
    for spoil in (lambda b: b[:-1], lambda b: b[: len(b) // 2] + b"x" + b[len(b) // 2 + 1 :], lambda b: b""):
        entry = store.put(value)
        path = store.path(entry)
        whole = path.read_bytes()
        path.chmod(0o644)
        path.write_bytes(spoil(whole))
        refused(lambda entry=entry: store.get(entry), Failed, "changed")
        path.unlink()


def test_an_entry_survives_json(store):
    entry = store.put(pd.DataFrame({"x": [1, 2]}))
    assert Entry(**json.loads(json.dumps(entry.as_dict()))) == entry


def test_records_of_a_stage_are_found_by_their_fingerprint(store):
    store.keep_record("train", "abc", {"writes": {"é": 1}})
    assert store.record("train", "abc") == {"writes": {"é": 1}}
    assert store.record("train", "abd") is None
    (store.folder / "stages" / "train" / "cut.json").write_text('{"writes": ')
    assert store.record("train", "cut") is None


WRITER = """
import sys
import pandas as pd
from pathlib import Path
from helpers.pipeline.store import Store
store = Store(Path(sys.argv[1]))
store.open()
print("ready", flush=True)
for n in range(10**6):
    store.put(pd.DataFrame({"x": range(n, n + 60_000)}))
    store.put({"n": [n] * 20_000})
    store.keep_record("s", "f", {"n": [n] * 20_000})
"""


def test_a_killed_writer_leaves_nothing_half_written(tmp_path):
    rng = np.random.default_rng(0)
    for _ in range(4):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, tmp_path], stdout=subprocess.PIPE)
        assert writer.stdout.readline() == b"ready\n"
        time.sleep(0.1 + rng.random() * 0.2)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        kept = [p for p in (tmp_path / "store" / "objects").rglob("*") if p.is_file()]
        assert kept
        for path in kept:
            assert path.stem == hashlib.sha256(path.read_bytes()).hexdigest()
        record = tmp_path / "store" / "stages" / "s" / "f.json"
        if record.exists():
            assert len(set(json.loads(record.read_text())["n"])) == 1
    store = Store(tmp_path)
    store.open()  # and the next one goes on from there
    assert store.get(store.put({"a": 1})) == {"a": 1}


def test_a_reader_sees_the_old_text_or_the_new_one_never_a_part(tmp_path):
    path, texts = tmp_path / "a.json", [c * 200_000 for c in "ab"]
    write_text(path, texts[0])
    done = threading.Event()

    def write():
        for n in range(40):
            write_text(path, texts[n % 2])
        done.set()

    thread = threading.Thread(target=write)
    thread.start()
    seen = set()
    while not done.is_set():
        seen.add(path.read_text())
    thread.join()
    assert seen <= set(texts)
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


def test_a_write_that_fails_leaves_the_old_text_and_no_other_file(tmp_path):
    path = tmp_path / "a.json"
    write_json(path, {"a": 1})
    with pytest.raises(TypeError):
        write_json(path, {"a": {1}})
    with pytest.raises(UnicodeEncodeError):
        write_text(path, "\ud800")
    assert read_json(path) == {"a": 1}
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]
    assert read_json(tmp_path / "absent.json") is None


def _put_same(folder):
    store = Store(folder)
    store.open()
    (folder / f"folder-{os.getpid()}").mkdir()
    (folder / f"folder-{os.getpid()}" / "x").write_text("1" * 100_000)
    for n in range(10):
        assert store.get(store.put({"n": [n] * 5000})) == {"n": [n] * 5000}
        assert (store.get(store.put(folder / f"folder-{os.getpid()}")) / "x").read_text() == "1" * 100_000


def test_many_processes_may_put_the_same_at_once(tmp_path):
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_put_same, args=(tmp_path,)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    assert list((tmp_path / "tmp").iterdir()) == []


def test_many_threads_may_put_the_same_at_once(store):
    frame = pd.DataFrame({"x": range(5000)})
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: store.put(frame), range(24)))) == 1
    assert list((store.workspace / "tmp").iterdir()) == []


def test_a_full_disk_is_told_in_one_line_and_leaves_nothing(tmp_path, monkeypatch):
    store = Store(tmp_path)
    store.open()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    refused(lambda: store.put({"a": 1}), Failed, "no space left", "--workspace")
    refused(lambda: store.put(pd.DataFrame({"a": [1]})), Failed, "no space left")
    assert [p for p in tmp_path.rglob("*") if p.is_file() and p.name != "version"] == []


def test_a_workspace_of_another_version_or_that_is_a_file_is_told(tmp_path):
    store = Store(tmp_path / "w")
    store.open()
    (store.folder / "version").write_text("99\n")
    refused(store.open, BadInput, "another version")
    (tmp_path / "file").write_text("")
    refused(Store(tmp_path / "file").open, Failed, "--workspace")


def test_a_table_given_batch_by_batch_is_the_table_given_at_once(store):
    import pyarrow as pa

    frame = pd.DataFrame({"a": range(10), "b": list("abcdefghij")}).rename_axis(index="row").iloc[::2]
    table = pa.Table.from_pandas(frame)
    reader = pa.RecordBatchReader.from_batches(table.schema, table.to_batches(max_chunksize=2))
    entry = store.put(reader)
    assert (entry.kind, entry.rows, entry.columns) == ("table", 5, 2)
    pd.testing.assert_frame_equal(store.get(entry), frame)


def test_a_table_whose_batches_break_off_leaves_nothing(store):
    import pyarrow as pa

    def batches():
        yield pa.record_batch({"a": [1]})
        raise BadInput("the source broke off")

    schema = pa.schema({"a": pa.int64()})
    refused(lambda: store.put(pa.RecordBatchReader.from_batches(schema, batches())), BadInput, "broke off")
    assert not list((store.workspace / "tmp").iterdir())
