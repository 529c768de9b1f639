"""A disk that is too small is told before anything is copied to it."""

import contextlib
import os
import re
import sqlite3
import subprocess

import pytest


@pytest.fixture
def disk(tmp_path):
    """A disk of four megabytes."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk takes root")
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", place], capture_output=True)
    if mounted.returncode:
        pytest.skip(f"no small disk can be mounted here: {mounted.stderr.decode()}")
    yield place
    subprocess.run(["umount", place], check=True)


@pytest.fixture(scope="module")
def tables(clone):
    """The clone with a table of 2 MB and a small one that has its key."""
    rows = "".join(f"{n},{'yes' if n * 7 % 5 < 2 else 'no'},{'x' * 90}\n" for n in range(20_000))
    (clone.root / "large.csv").write_text("n,y,filler\n" + rows)
    small = "".join(f"{n},{'yes' if n % 3 else 'no'}\n" for n in range(60))
    (clone.root / "small.csv").write_text("n,left\n" + small)
    return clone


def run(clone, disk, *arguments):
    return clone.run("--workspace", str(disk / "workspace"), "run", *arguments)


def refused(ended, disk):
    """The one line that says that the disk is too small for large.csv; nothing of it is there."""
    assert ended.returncode == 1
    first, *rest = ended.stderr.strip().splitlines()
    assert "large.csv" in first
    assert "needs about" in first
    assert "--workspace" in first
    assert [line for line in rest if "to see it" not in line] == []
    assert not list((disk / "workspace").rglob("large.csv"))


def test_a_table_too_large_for_the_disk_is_refused_before_a_byte_of_it_is_copied(tables, disk):
    refused(run(tables, disk, "large.csv", "--target", "y", "--to", "ingest"), disk)
    assert not (tables.root / "configs" / "large.yaml").exists()


def test_so_is_a_table_that_is_joined(tables, disk):
    joins = ("-p", "ingest.joins=[large.csv on n]")
    refused(run(tables, disk, "small.csv", "--target", "left", "--to", "ingest", *joins), disk)


def test_one_that_might_be_joined_is_left_out_with_the_reason(tables, disk):
    ended = run(
        tables, disk, "small.csv", "--target", "left", "--to", "related", "-p", "related.tables=large.csv"
    )
    assert ended.returncode == 0, ended.stderr
    page = next((tables.root / "reports" / "small").glob("*/13_related.html")).read_text()
    assert re.search("large.csv was not looked at: .*needs about", page)
    assert not list((disk / "workspace").rglob("large.csv"))


def test_a_database_that_fills_the_disk_is_told_in_one_line(tables, disk):
    with contextlib.closing(sqlite3.connect(tables.root / "large.db")) as base, base:
        base.execute("create table sales (n, y, filler)")
        filler = os.urandom(700_000).hex()
        base.executemany(
            "insert into sales values (?, ?, ?)",
            [(n, "yes" if n % 3 else "no", filler[n * 70 : n * 70 + 600]) for n in range(20_000)],
        )
    source = f"sqlite:///{tables.root / 'large.db'}?table=sales"
    ended = run(tables, disk, source, "--name", "base", "--target", "y", "--to", "ingest")
    assert ended.returncode == 1
    first, *rest = ended.stderr.strip().splitlines()
    assert "No space left" in first
    assert [line for line in rest if "to see it" not in line] == []
