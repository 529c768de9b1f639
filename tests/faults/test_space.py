"""A disk that is too small is told before anything is copied to it."""

import os
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


def test_a_table_too_large_for_the_disk_is_refused_before_a_byte_of_it_is_copied(clone, disk):
    rows = "".join(f"{n},{'yes' if n * 7 % 5 < 2 else 'no'},{'x' * 90}\n" for n in range(20_000))
    (clone.root / "large.csv").write_text("n,y,filler\n" + rows)
    arguments = [
        "--workspace",
        str(disk / "workspace"),
        "run",
        "large.csv",
        "--target",
        "y",
        "--to",
        "ingest",
    ]
    ended = clone.run(*arguments)
    assert ended.returncode == 1
    first, *rest = ended.stderr.strip().splitlines()
    assert "needs about" in first
    assert "--workspace" in first
    assert [line for line in rest if "to see it" not in line] == []
    assert not list((disk / "workspace").rglob("large.csv"))
    assert not (clone.root / "configs" / "large.yaml").exists()
