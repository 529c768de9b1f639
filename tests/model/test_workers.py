"""Fits run in processes that can be ended: what hangs or dies costs itself only."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from helpers.model.workers import Workers


def task(job):
    what, value = job
    if what == "hang":
        time.sleep(60)
    if what == "die":
        os._exit(9)
    if what == "fail":
        raise ValueError(f"no luck with {value}\nand more")
    if what == "busy":
        end = time.process_time() + value
        while time.process_time() < end:
            pass
    return value


def done(jobs, seconds=30.0, count=2):
    found, waiting = {}, list(enumerate(jobs))
    with Workers(task, count) as workers:
        while waiting or workers.busy:
            while waiting and workers.idle:
                key, job = waiting.pop(0)
                workers.start(key, job, seconds)
            for outcome in workers.wait(5.0):
                found[outcome.key] = outcome
        found["busy"] = workers.share_busy
    return found


def test_answers_come_back_by_key():
    found = done([("say", n) for n in range(6)])
    assert [found[n].answer for n in range(6)] == list(range(6))


def test_a_job_that_fails_says_why_in_one_line():
    assert done([("fail", 3)])[0].trouble == "ValueError: no luck with 3"


@pytest.mark.parametrize(("what", "said"), [("hang", "took more than"), ("die", "process died")])
def test_a_job_that_hangs_or_dies_is_told_and_the_others_are_done(what, said):
    found = done([("say", 1), (what, 0), ("say", 2), ("say", 3)], seconds=2.0)
    assert said in found[1].trouble
    assert [found[n].answer for n in (0, 2, 3)] == [1, 2, 3]


def test_processes_are_gone_when_the_work_is_over():
    with Workers(task, 2) as workers:
        workers.start("a", ("hang", 0), 60.0)
        processes = [w.process for w in (*workers._busy, *workers._idle)]
    assert not any(p.is_alive() for p in processes)


def test_both_are_busy_while_there_is_work():
    assert done([("busy", 0.1)] * 20)["busy"] > 0.85


def test_all_jobs_are_done_and_the_next_one_may_depend_on_what_has_ended():
    ended = []
    with Workers(task, 1) as workers:
        jobs = ((n, ("fail" if n == 1 else "say", n)) for n in range(9) if 1 not in ended)
        for outcome in workers.run(jobs, 30.0):
            ended.append(outcome.key)
    assert ended == [0, 1]


def test_a_function_without_a_name_is_done_where_processes_cannot_be_forked():
    with Workers(lambda job: job + 1, 1, method="spawn") as workers:
        (outcome,) = workers.run([("a", 1)], 60.0)
    assert outcome.answer == 2, outcome.trouble


STARTER = """
import time
from helpers.model.workers import Workers
with Workers(time.sleep, 2) as workers:
    workers.start("a", 300, 300.0)
    print(*(w.process.pid for w in (*workers._busy, *workers._idle)), flush=True)
    time.sleep(300)
"""


def alive(pid):
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc")
def test_processes_end_when_the_one_that_started_them_is_killed():
    starter = subprocess.Popen([sys.executable, "-c", STARTER], stdout=subprocess.PIPE, text=True)
    pids = starter.stdout.readline().split()
    assert len(pids) == 2
    assert all(alive(pid) for pid in pids)
    starter.send_signal(signal.SIGKILL)
    starter.wait()
    end = time.monotonic() + 20
    while any(alive(pid) for pid in pids):
        assert time.monotonic() < end
        time.sleep(0.05)
