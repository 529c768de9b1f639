"""Ctrl-C, a full disk, a read-only workspace, two runs at once."""

import os
import signal
import subprocess
import time

import pytest

SLOW = "import time\nfor _ in range(600):\n    time.sleep(0.1)\nhere.write('total', 1)"


def wait_for(running, word, seconds=60):
    """Read the output of a run until a line holds the word."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        line = running.stdout.readline()
        if word in line:
            return
    raise AssertionError(f"{word!r} was never printed")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_the_kernels_is_recorded_and_exits_with_130(project, number):
    project.change("data/left", code=SLOW)
    running = project.start("run", "numbers", "--jobs", "1")
    wait_for(running, "left       running")
    time.sleep(0.5)
    os.kill(running.pid, number)
    _, errors = running.communicate(timeout=30)
    assert running.returncode == 130
    assert errors.strip().count("\n") == 0
    assert "interrupted" in errors
    assert project.manifests()[-1]["state"] == "interrupted"
    assert project.states()["left"] == "interrupted"
    assert [p for p in working_in(project)] == []


def working_in(project):
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.readlink(f"/proc/{entry}/cwd").startswith(str(project.root)):
                yield int(entry)
        except OSError:
            continue


def test_an_interrupted_run_goes_on_where_it_stopped(project):
    project.change("data/left", code=SLOW)
    running = project.start("run", "numbers", "--jobs", "1")
    wait_for(running, "left       running")
    os.kill(running.pid, signal.SIGINT)
    running.communicate(timeout=30)
    project.change("data/left")
    assert project.run("run", "numbers").returncode == 0
    assert project.states()["first"] == "cached"
    assert project.states()["left"] == "done"


def test_a_second_run_at_once_is_told_to_wait_and_the_first_is_right(project):
    project.change("data/left", code="import time\ntime.sleep(3)\n" + project.code("data/left"))
    running = project.start("run", "numbers")
    wait_for(running, "first      running")
    second = project.run("run", "numbers")
    assert second.returncode == 2
    assert "another run is at work" in second.stderr
    assert second.stderr.strip().count("\n") == 0
    running.communicate(timeout=60)
    assert running.returncode == 0


def test_a_full_disk_is_told_in_one_line_and_the_next_run_with_room_finishes(project, tmp_path):
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk takes root")
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", disk], capture_output=True)
    if mounted.returncode:
        pytest.skip(f"no small disk can be mounted here: {mounted.stderr.decode()}")
    try:
        project.change("data/first", code="here.write('numbers', 'x' * 8_000_000)\nhere.write('secret', {})")
        full = project.run("--workspace", str(disk / "workspace"), "run", "numbers")
        assert full.returncode == 1, full.stderr
        assert "no space left" in full.stderr.lower()
        assert "Traceback" not in full.stderr + full.stdout
        project.change("data/first")
        assert project.run("--workspace", str(disk / "workspace"), "run", "numbers").returncode == 0
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_workspace_that_cannot_be_written_is_told_in_one_line(project):
    (project.root / "file").write_text("")
    ended = project.run("--workspace", str(project.root / "file" / "workspace"), "run", "numbers")
    assert ended.returncode in (1, 2)
    assert ended.stderr.startswith("workbench: ")
    assert ended.stderr.strip().count("\n") == 0
    assert "workspace" in ended.stderr


def test_a_read_only_workspace_is_told_in_one_line(project):
    place = project.root / "closed"
    place.mkdir()
    if os.geteuid() == 0:  # root writes into closed folders, but not into a disk mounted read-only
        if subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", place], capture_output=True
        ).returncode:
            pytest.skip("no read-only disk can be mounted here")
    else:
        place.chmod(0o500)
    try:
        ended = project.run("--workspace", str(place), "run", "numbers")
    finally:
        if os.geteuid() == 0:
            subprocess.run(["umount", place], check=True)
    assert ended.returncode in (1, 2)
    assert ended.stderr.strip().count("\n") == 0
    assert "Traceback" not in ended.stderr


def test_the_kept_original_is_read_only_and_equal_to_the_file(clone):
    made = clone.run("run", "penguins", "--only", "ingest")
    assert made.returncode == 0, made.stderr
    kept = next((clone.root / "workspace" / "originals").glob("*/*penguins*"))
    assert kept.read_bytes() == (clone.root / "data" / "penguins.csv.gz").read_bytes()
    assert not kept.stat().st_mode & 0o222
