"""Originals: a copy is what was copied, for ever."""

import collections
import concurrent.futures
import hashlib
import json
import os
import shutil
import stat
import subprocess

import pandas as pd
import pytest

from helpers.data import originals
from helpers.data.ingest import original
from helpers.data.originals import keep_file, keep_table, room_for, sha256, snapshot
from helpers.errors import BadInput, Failed

ROWS = b"id,zip\n1,00501\n2,02134\n"
Usage = collections.namedtuple("Usage", "total used free")


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "table.csv"
    path.write_bytes(ROWS)
    return path


@pytest.fixture
def kept(tmp_path):
    return tmp_path / "originals"


def test_the_copy_is_byte_identical_and_nobody_may_write_to_it(source, kept):
    path, record = keep_file(source, kept)
    assert path.read_bytes() == ROWS
    assert path != source
    assert stat.S_IMODE(path.stat().st_mode) & 0o222 == 0
    assert record["bytes"] == len(ROWS)
    assert source.read_bytes() == ROWS


def test_the_hash_is_that_of_the_standard_tools(source, kept):
    content = os.urandom(300_000)
    source.write_bytes(content)
    assert sha256(source) == hashlib.sha256(content).hexdigest()
    if shutil.which("sha256sum"):
        told = subprocess.run(["sha256sum", source], capture_output=True, text=True, check=True)
        assert sha256(source) == told.stdout.split()[0]
    assert keep_file(source, kept)[1]["sha256"] == sha256(source)


def test_the_same_content_is_kept_once_with_its_first_record(source, kept, tmp_path):
    first = keep_file(source, kept)
    other = tmp_path / "elsewhere.csv"
    other.write_bytes(ROWS)
    assert keep_file(source, kept) == first
    assert keep_file(other, kept) == first


def test_a_changed_source_is_a_new_original_and_the_old_one_stays(source, kept):
    old, old_record = keep_file(source, kept)
    source.write_bytes(ROWS + b"3,90210\n")
    new, new_record = keep_file(source, kept)
    assert new.read_bytes() == ROWS + b"3,90210\n"
    assert old.read_bytes() == ROWS
    assert old_record["sha256"] != new_record["sha256"]


def test_a_changed_copy_is_refused(source, kept):
    path, _ = keep_file(source, kept)
    path.chmod(0o644)
    path.write_bytes(ROWS.replace(b"00501", b"00502"))
    with pytest.raises(BadInput) as told:
        keep_file(source, kept)
    assert "changed" in str(told.value)
    assert "\n" not in str(told.value)


def test_a_repeated_run_reads_the_copy_even_when_the_source_changed_or_is_gone(source, kept, monkeypatch):
    keep_file(source, kept)
    monkeypatch.setenv(originals.PINNED, "1")
    source.write_bytes(b"id\n9\n")
    assert keep_file(source, kept)[0].read_bytes() == ROWS
    source.unlink()
    assert keep_file(source, kept)[0].read_bytes() == ROWS
    table, _ = original(str(source), None, source.parent, kept)
    assert table["zip"].tolist() == ["00501", "02134"]


@pytest.mark.parametrize("free", [0, 3 * len(ROWS) - 1])
def test_too_little_space_is_refused_before_anything_is_copied(source, kept, monkeypatch, free):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**9, 10**9 - free, free))
    with pytest.raises(Failed) as told:
        original(source.name, None, source.parent, kept)
    assert "free" in str(told.value)
    assert "\n" not in str(told.value)
    assert list(kept.iterdir()) == []


def test_just_enough_space_is_enough_and_the_room_is_told(source, kept, monkeypatch):
    free = 3 * len(ROWS)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**9, 10**9 - free, free))
    room = room_for(source, kept)
    assert (room["bytes"], room["free"]) == (len(ROWS), free)
    assert len(original(source.name, None, source.parent, kept)[0]) == 2


def test_a_copy_that_fails_half_way_leaves_nothing(source, kept, monkeypatch):
    def broken(_, to):
        to.write_bytes(ROWS[:5])
        raise OSError(28, "No space left on device")

    kept.mkdir()
    monkeypatch.setattr(shutil, "copyfile", broken)
    with pytest.raises(OSError, match="No space"):
        keep_file(source, kept)
    assert list(kept.iterdir()) == []


def test_a_source_that_changes_while_it_is_copied_is_refused(source, kept, monkeypatch):
    monkeypatch.setattr(shutil, "copyfile", lambda _, to: to.write_bytes(ROWS + b"3,x\n"))
    with pytest.raises(Failed, match="changed while"):
        keep_file(source, kept)
    assert list(kept.iterdir()) == []


def test_many_at_once_keep_one_copy(source, kept):
    source.write_bytes(ROWS * 50_000)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: keep_file(source, kept), range(16)))
    assert len({path for path, _ in found}) == 1
    assert len([p for p in kept.iterdir() if p.is_dir()]) == 1


def test_a_file_may_have_the_name_of_the_record(kept, tmp_path):
    source = tmp_path / "origin.json"
    source.write_text(json.dumps([{"a": 1}, {"a": 2}]))
    path, record = keep_file(source, kept)
    assert path.read_bytes() == source.read_bytes()
    assert record["bytes"] == source.stat().st_size


def test_a_database_snapshot_is_kept_like_a_file_and_pinned_like_one(kept, monkeypatch):
    frame = pd.DataFrame({"a": [1, 2], "s": ["x", None]})
    path, record = keep_table(frame, "sqlite:///x.db", kept)
    pd.testing.assert_frame_equal(pd.read_parquet(path), frame)
    assert record["sha256"] == sha256(path)
    assert snapshot("sqlite:///x.db", kept) is None
    keep_table(pd.DataFrame({"a": [3]}), "sqlite:///other.db", kept)
    monkeypatch.setenv(originals.PINNED, "1")
    assert snapshot("sqlite:///x.db", kept) == (path, record)
    assert snapshot("sqlite:///never.db", kept) is None


@pytest.mark.parametrize("source", ["", "nowhere.csv"])
def test_no_source_or_an_absent_one_is_told_in_one_line(source, tmp_path):
    with pytest.raises(BadInput) as told:
        original(source, None, tmp_path, tmp_path / "originals")
    assert "\n" not in str(told.value)
