"""A run may be killed at any instant: nothing is half-written, nothing is left running, the next run goes on."""

import hashlib
import json
import os
import random
import signal
import time

import pytest

KILLS = 10


def processes_of(project):
    """The ids of processes that work in this project: its runner, fork server and kernels."""
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or int(entry) == os.getpid():
            continue
        try:
            with open(f"/proc/{entry}/environ", "rb") as file:
                environment = file.read()
            if os.readlink(f"/proc/{entry}/cwd").startswith(str(project.root)) or (
                str(project.root).encode() in environment
            ):
                found.append(int(entry))
        except OSError:
            continue
    return found


def alone(project, seconds=10):
    """Wait until no process of the project is left; return those that stay."""
    end = time.monotonic() + seconds
    while (left := processes_of(project)) and time.monotonic() < end:
        time.sleep(0.05)
    return left


def broken(project):
    """What in the workspace is not whole: JSON that does not parse, objects whose content is not their name's."""
    found = []
    workspace = project.root / "workspace"
    for path in (workspace / "runs").glob("*.json"):
        json.loads(path.read_text())
    for manifest in (project.root / "reports").glob("*/*/manifest.json"):
        json.loads(manifest.read_text())
        for stage in json.loads(manifest.read_text())["stages"]:
            for name, entry in stage["writes"].items():
                path = next((workspace / "store").rglob(f"{entry['hash']}*"), None)
                if path is None:
                    found.append(f"{name} of {manifest.parent.name} is not in the store")
                elif path.is_file() and path.suffix not in (".d",) and path.stat().st_size == 0:
                    found.append(f"{path} is empty")
    return found


@pytest.mark.parametrize("part", range(3))
def test_after_kill_9_at_random_instants_the_next_run_finishes_and_no_process_stays(project, part):
    chance = random.Random(part)
    original = hashlib.sha256((project.root / "numbers.txt").read_bytes()).hexdigest()
    begun = time.monotonic()
    assert project.run("run", "numbers").returncode == 0
    usual = time.monotonic() - begun
    for attempt in range(KILLS):
        changed = f"first.scale={attempt + 2}"
        running = project.start("run", "numbers", "-p", changed)
        time.sleep(chance.uniform(0.1, usual))
        os.kill(running.pid, signal.SIGKILL)
        running.communicate()
        assert alone(project) == []
        assert broken(project) == []
        if attempt % 2:  # else the next killed run comes right after this one
            done = project.run("run", "numbers", "-p", changed)
            assert done.returncode == 0, done.stderr
            model = sorted((project.root / "workspace" / "models" / "numbers").glob("[0-9]*"))[-1]
            manifest = project.manifests()[-1]
            assert manifest["state"] == "done"
            verdict = [m["value"] for s in manifest["stages"] for m in s["measures"] if m["name"] == "total"]
            assert verdict == [6 * (attempt + 2)]
            assert model.is_dir()
    assert all(m["state"] != "running" for m in project.manifests())
    assert hashlib.sha256((project.root / "numbers.txt").read_bytes()).hexdigest() == original
