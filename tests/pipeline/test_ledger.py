"""The ledger is only ever appended to, by however many at once, and a crash costs no other line."""

import json
import multiprocessing

import pytest

from helpers.errors import Failed
from helpers.pipeline.ledger import NAME, note_opening, openings


def test_every_opening_is_noted_in_its_order_with_who_opened_what(tmp_path):
    note_opening(tmp_path, "seal", "model one", stage="accept", by="hand")
    note_opening(tmp_path, "other", "model one")
    note_opening(tmp_path, "seal", "model zwei é\n", stage="accept")
    found = openings(tmp_path, "seal")
    assert [o["model"] for o in found] == ["model one", "model zwei é\n"]
    assert (found[0]["stage"], found[0]["by"]) == ("accept", "hand")
    assert all(o["at"].endswith("+00:00") for o in found)
    assert len(openings(tmp_path, "other")) == 1


def test_what_is_written_stays_byte_for_byte(tmp_path):
    before = b""
    for n in range(20):
        note_opening(tmp_path, "seal", f"model {n}")
        now = (tmp_path / NAME).read_bytes()
        assert now.startswith(before)
        assert now.count(b"\n") == n + 1
        before = now


def test_nothing_was_opened_before_there_is_a_ledger(tmp_path):
    assert openings(tmp_path, "seal") == []


def test_a_line_cut_short_by_a_crash_costs_no_other_opening(tmp_path):
    note_opening(tmp_path, "seal", "one")
    whole = (tmp_path / NAME).read_bytes()
    for cut in range(1, len(whole)):
        (tmp_path / NAME).write_bytes(whole + whole[:cut])
        note_opening(tmp_path, "seal", "after the crash")
        told = [o["model"] for o in openings(tmp_path, "seal")]
        assert told[0] == "one"
        assert told[-1] == "after the crash"
        assert len(told) == (3 if cut == len(whole) - 1 else 2)  # all but the line break was written


def test_lines_of_another_kind_are_passed_over(tmp_path):
    (tmp_path / NAME).write_text('12\n"seal"\nnull\n[]\n\nwords\n')
    note_opening(tmp_path, "seal", "one")
    assert len(openings(tmp_path, "seal")) == 1


def _open_many(folder, who):
    for n in range(50):
        note_opening(folder, "seal", f"{who} {n}", more="x" * 300)


def test_many_processes_at_once_lose_no_opening(tmp_path):
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_open_many, args=(tmp_path, who)) for who in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    lines = [json.loads(line) for line in (tmp_path / NAME).read_text().splitlines() if line]
    assert sorted(o["model"] for o in lines) == sorted(f"{who} {n}" for who in range(4) for n in range(50))


def test_a_folder_that_cannot_be_written_is_told_in_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Failed) as told:
        note_opening(tmp_path / "file", "seal", "one")
    assert "--workspace" in str(told.value)
    assert "\n" not in str(told.value)
