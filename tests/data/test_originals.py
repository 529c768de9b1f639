"""Originals: a copy is what was copied, for ever; encrypted or not kept at all where that is wished."""

import base64
import collections
import concurrent.futures
import gzip
import hashlib
import io
import json
import os
import shutil
import stat
import subprocess

import pandas as pd
import pyarrow as pa
import pytest

from helpers.data import ingest, originals, vault
from helpers.data.originals import keep, sha256
from helpers.data.sources import Source, open_source
from helpers.data.space import room_for
from helpers.errors import BadInput, Failed

ROWS = b"id,zip\n1,00501\n2,02134\n"
SECRET = b"02134"
Usage = collections.namedtuple("Usage", "total used free")


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "table.csv"
    path.write_bytes(ROWS)
    return path


@pytest.fixture
def kept(tmp_path):
    return tmp_path / "originals"


@pytest.fixture
def key(monkeypatch):
    monkeypatch.setenv(vault.NAME, base64.b64encode(os.urandom(32)).decode())


def copy(path, kept, how="plain"):
    """Keep a file: the path of the copy that can be read, and its record."""
    temporary = kept.with_name("temporary")
    temporary.mkdir(exist_ok=True)
    made = keep(open_source(str(path)), kept, temporary, how)
    return made.folder / made.names[0], made.record


def read(path, kept, how="plain"):
    """What ingest makes of a file, as a frame."""
    temporary = kept.with_name("temporary")
    temporary.mkdir(exist_ok=True)
    return ingest.original(ingest.found(str(path), None, path.parent), kept, temporary, how)[0].frame()


def database(frame, key="sqlite:///x.db"):
    return Source(key, key, "database", read=lambda: pa.Table.from_pandas(frame).to_reader())


def holds(folder, word):
    """The files below a folder that hold a word."""
    return [p for p in folder.rglob("*") if p.is_file() and word in p.read_bytes()]


def test_the_copy_is_byte_identical_and_nobody_may_write_to_it(source, kept):
    path, record = copy(source, kept)
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
    assert copy(source, kept)[1]["sha256"] == sha256(source)


def test_the_same_content_is_kept_once_with_its_first_record(source, kept):
    first = copy(source, kept)
    assert copy(source, kept) == first
    assert len([p for p in kept.iterdir() if p.is_dir()]) == 1


@pytest.mark.parametrize("how", ["plain", "encrypted", "none"])
def test_a_file_that_was_renamed_to_its_right_kind_is_read_as_that(tmp_path, kept, key, how, monkeypatch):
    wrong, right = tmp_path / "table.csv", tmp_path / "table.csv.gz"
    wrong.write_bytes(gzip.compress(ROWS))
    with pytest.raises(BadInput, match="binary"):
        read(wrong, kept, how)
    wrong.rename(right)
    assert len(read(right, kept, how)) == len(read(right, kept, how)) > 0
    monkeypatch.setenv(originals.PINNED, "{}")
    assert len(read(right, kept, how)) > 0


@pytest.mark.parametrize("how", ["encrypted", "none"])
def test_no_plain_copy_stays_of_a_file_that_was_renamed(source, kept, key, how):
    copy(source, kept)
    copy(source.rename(source.with_suffix(".txt")), kept, how)
    assert not holds(kept, SECRET)


def test_a_changed_source_is_a_new_original_and_the_old_one_stays(source, kept):
    old, old_record = copy(source, kept)
    source.write_bytes(ROWS + b"3,90210\n")
    new, new_record = copy(source, kept)
    assert new.read_bytes() == ROWS + b"3,90210\n"
    assert old.read_bytes() == ROWS
    assert old_record["sha256"] != new_record["sha256"]


def test_a_changed_copy_is_refused(source, kept):
    path, _ = copy(source, kept)
    path.chmod(0o644)
    path.write_bytes(ROWS.replace(b"00501", b"00502"))
    with pytest.raises(BadInput) as told:
        copy(source, kept)
    assert "changed" in str(told.value)
    assert "\n" not in str(told.value)


def test_a_repeated_run_reads_the_copy_even_when_the_source_changed_or_is_gone(source, kept, monkeypatch):
    copy(source, kept)
    monkeypatch.setenv(originals.PINNED, "{}")
    source.write_bytes(b"id\n9\n")
    assert copy(source, kept)[0].read_bytes() == ROWS
    source.unlink()
    assert read(source, kept)["zip"].tolist() == ["00501", "02134"]


def test_a_repeated_run_finds_the_copy_though_the_folder_of_the_project_was_moved(source, kept, monkeypatch):
    _, record = copy(source, kept)
    for pointer in kept.glob("*.source"):  # it goes by where the source stood
        pointer.unlink()
    monkeypatch.setenv(originals.PINNED, json.dumps({open_source(str(source)).shown: record["sha256"]}))
    source.write_bytes(b"id\n9\n")
    assert copy(source, kept)[0].read_bytes() == ROWS


def test_several_files_are_one_original_and_keep_their_places(tmp_path, kept):
    folder = tmp_path / "many"
    for name in ("2020/a.csv", "2021/a.csv"):
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_bytes(ROWS)
    made = keep(open_source(str(folder)), kept, tmp_path)
    assert made.names == ["2020/a.csv", "2021/a.csv"]
    assert all((made.folder / name).read_bytes() == ROWS for name in made.names)
    assert made.record["bytes"] == 2 * len(ROWS)
    (folder / "2021/a.csv").write_bytes(ROWS + b"3,4\n")
    assert keep(open_source(str(folder)), kept, tmp_path).folder != made.folder


def test_an_original_of_an_earlier_version_is_still_read(source, kept, monkeypatch):
    place = kept / sha256(source)
    place.mkdir(parents=True)
    shutil.copy(source, place)
    old = {"sha256": sha256(source), "bytes": len(ROWS), "retrieved": "2024-01-01T00:00:00+00:00"}
    old |= {"modified": old["retrieved"], "file": source.name}
    (place / "origin.json").write_text(json.dumps(old))
    path, record = copy(source, kept)
    assert path.read_bytes() == ROWS
    assert record["retrieved"] == old["retrieved"]


@pytest.mark.parametrize("free", [0, 3 * len(ROWS) - 1])
def test_too_little_space_is_refused_before_anything_is_copied(source, tmp_path, monkeypatch, free):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**9, 10**9 - free, free))
    with pytest.raises(Failed) as told:
        room_for(open_source(str(source)), tmp_path / "workspace")
    assert "free" in str(told.value)
    assert "\n" not in str(told.value)
    assert list((tmp_path / "workspace").iterdir()) == []


def test_just_enough_space_is_enough_and_the_room_is_told(source, tmp_path, monkeypatch):
    free = 3 * len(ROWS)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**9, 10**9 - free, free))
    room = room_for(open_source(str(source)), tmp_path / "workspace")
    assert (room.source, room.needed, room.free) == (len(ROWS), free, free)
    assert room.memory > len(ROWS)


def test_a_copy_that_fails_half_way_leaves_nothing(source, kept, monkeypatch):
    found = open_source(str(source))

    def broken():
        raise OSError(28, "No space left on device")

    half = Source(
        found.shown, found.key, "file", [found.files[0], type(found.files[0])("b.csv", 1, None, broken)]
    )
    with pytest.raises(OSError, match="No space"):
        keep(half, kept, kept)
    assert list(kept.iterdir()) == []


def test_a_source_that_changes_while_it_is_copied_is_refused(source, kept):
    found = open_source(str(source))

    def changing():
        source.write_bytes(ROWS + b"3,x\n")
        return io.BytesIO(ROWS)

    file = type(found.files[0])("table.csv", len(ROWS), None, changing, source)
    with pytest.raises(Failed, match="changed while"):
        keep(Source("x", "x", "file", [file]), kept, kept)
    assert list(kept.iterdir()) == []


def test_many_at_once_keep_one_copy(source, kept):
    source.write_bytes(ROWS * 50_000)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: copy(source, kept), range(16)))
    assert len({path for path, _ in found}) == 1
    assert len([p for p in kept.iterdir() if p.is_dir()]) == 1


def test_a_file_may_have_the_name_of_the_record(kept, tmp_path):
    source = tmp_path / "origin.json"
    source.write_text(json.dumps([{"a": 1}, {"a": 2}]))
    path, record = copy(source, kept)
    assert path.read_bytes() == source.read_bytes()
    assert record["bytes"] == source.stat().st_size


def test_a_database_snapshot_is_kept_like_a_file_and_pinned_like_one(kept, tmp_path, monkeypatch):
    frame = pd.DataFrame({"a": [1, 2], "s": ["x", None]})
    made = keep(database(frame), kept, tmp_path)
    pd.testing.assert_frame_equal(pd.read_parquet(made.folder / made.names[0]), frame)
    assert made.record["sha256"] == sha256(made.folder / made.names[0])
    monkeypatch.setenv(originals.PINNED, "{}")
    changed = database(pd.DataFrame({"a": [3], "s": ["y"]}))
    assert keep(changed, kept, tmp_path) == made
    other = database(pd.DataFrame({"a": [3], "s": ["y"]}), "sqlite:///other.db")
    assert keep(other, kept, tmp_path).record["sha256"] != made.record["sha256"]


def test_an_encrypted_original_cannot_be_read_on_the_disk_and_is_what_it_was_with_the_key(
    source, kept, key, monkeypatch
):
    assert read(source, kept, "encrypted")["zip"].tolist() == ["00501", "02134"]
    assert holds(kept, SECRET) == []
    assert [p for p in kept.with_name("temporary").iterdir() if p.suffix != ".parquet"] == []
    monkeypatch.setenv(originals.PINNED, "{}")
    source.unlink()
    assert read(source, kept)["zip"].tolist() == ["00501", "02134"]


def test_another_key_or_a_changed_byte_is_told_in_one_line(source, kept, key, monkeypatch):
    read(source, kept, "encrypted")
    monkeypatch.setenv(originals.PINNED, "{}")
    encrypted = next(kept.rglob(f"*{vault.SUFFIX}"))
    content = bytearray(encrypted.read_bytes())
    content[-1] ^= 1
    encrypted.chmod(0o644)
    encrypted.write_bytes(content)
    with pytest.raises(BadInput, match="another key") as told:
        read(source, kept)
    assert "\n" not in str(told.value)
    content[-1] ^= 1
    encrypted.write_bytes(content)
    assert len(read(source, kept)) == 2
    monkeypatch.setenv(vault.NAME, base64.b64encode(os.urandom(32)).decode())
    with pytest.raises(BadInput, match="another key"):
        read(source, kept)


@pytest.mark.parametrize("size", [0, 1, vault.CHUNK - 1, vault.CHUNK, vault.CHUNK + 1, 3 * vault.CHUNK])
def test_a_file_of_any_length_comes_back_and_one_that_is_cut_or_reordered_does_not(tmp_path, key, size):
    plain, secret, back = (tmp_path / n for n in ("plain", "secret", "back"))
    content = os.urandom(size)
    plain.write_bytes(content)
    vault.encrypt(plain, secret)
    vault.decrypt(secret, back)
    assert back.read_bytes() == content
    whole, block = secret.read_bytes(), vault.CHUNK + vault.TAG
    broken = {whole[: vault.SALT + block]} if size > vault.CHUNK else {whole[:-1]}
    if size == 3 * vault.CHUNK:
        salt, a, b, c = (whole[: vault.SALT], *(whole[vault.SALT + i * block :][:block] for i in range(3)))
        broken |= {salt + b + a + c, salt + a + c, salt + a + b}
    for one in broken:
        secret.write_bytes(one)
        with pytest.raises(BadInput):
            vault.decrypt(secret, back)
        assert not back.exists()


@pytest.mark.parametrize("value", [None, "short", "bm90IDMyIGJ5dGVz", "keyring:nothing"])
def test_without_a_right_key_nothing_is_written(source, kept, monkeypatch, value):
    monkeypatch.delenv(vault.NAME, raising=False)
    if value:
        monkeypatch.setenv(vault.NAME, value)
    with pytest.raises(BadInput) as told:
        read(source, kept, "encrypted")
    assert "\n" not in str(told.value)
    assert not kept.exists()


def test_an_original_that_is_not_kept_leaves_its_hash_alone(source, kept, monkeypatch):
    assert read(source, kept, "none")["zip"].tolist() == ["00501", "02134"]
    assert holds(kept, SECRET) == []
    assert json.loads(next(kept.rglob("origin.json")).read_text())["sha256"] == sha256(source)
    monkeypatch.setenv(originals.PINNED, "{}")
    assert len(read(source, kept)) == 2
    source.write_bytes(ROWS + b"3,x\n")
    with pytest.raises(Failed, match="has changed"):
        read(source, kept)


@pytest.mark.parametrize("how", ["encrypted", "none"])
def test_a_copy_that_was_kept_plain_is_removed_when_it_shall_be_so_no_more(source, kept, key, how):
    read(source, kept)
    assert holds(kept, SECRET)
    read(source, kept, how)
    assert holds(kept, SECRET) == []
    read(source, kept)
    assert holds(kept, SECRET)


def test_an_unknown_way_to_keep_is_refused(source, kept):
    with pytest.raises(BadInput, match="did you mean 'encrypted'"):
        read(source, kept, "encrypt")


@pytest.mark.parametrize("source", ["", "nowhere.csv"])
def test_no_source_or_an_absent_one_is_told_in_one_line(source, tmp_path):
    with pytest.raises(BadInput) as told:
        ingest.found(source, None, tmp_path)
    assert "\n" not in str(told.value)
