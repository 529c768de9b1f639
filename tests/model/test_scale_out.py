"""Folds on a cluster give what threads give, and a worker that dies costs only what it was doing."""

import os
import signal
import sys
import threading
import time

import pytest

from helpers.errors import BadInput, MissingExtra
from helpers.model import scale_out, train, tune
from helpers.model.families import families
from helpers.model.trial import Ground


@pytest.fixture
def ground(made):
    problem, rows = made("binary", 150)
    shortlist = {f: families("binary")[f] for f in ("logistic regression", "decision tree")}
    return Ground(shortlist, rows, problem, train.folds(rows, problem, 3, 0))


def test_a_worker_killed_in_the_middle_changes_nothing_of_the_result(ground, tmp_path):
    plan = tune.Plan(trials=8)
    wanted = tune.board(tune.search(ground, tmp_path / "threads", "key", plan))
    with scale_out.spread("local", ground, 2) as spread:
        pids = list(spread._client.run(os.getpid).values())
        assert len(pids) == spread.count == 2

        def kill():
            while len(list((tmp_path / "cluster").rglob("*.npy"))) < 2:
                time.sleep(0.02)
            os.kill(pids[0], signal.SIGKILL)

        threading.Thread(target=kill, daemon=True).start()
        found = tune.board(tune.search(ground, tmp_path / "cluster", "key", plan, spread))
        assert pids[0] not in spread._client.run(os.getpid).values()
    assert found.equals(wanted)


def test_a_cluster_made_here_has_as_many_workers_as_asked_for(ground):
    with scale_out.spread("local", ground, 1) as spread:
        assert spread.count == 1


def test_a_scheduler_that_is_not_there_is_told_in_one_line(ground, monkeypatch):
    monkeypatch.setattr(scale_out, "WAIT", 1)
    with (
        pytest.raises(BadInput, match="no Dask scheduler answers at tcp"),
        scale_out.spread("tcp://127.0.0.1:1", ground, 1),
    ):
        pass
    with pytest.raises(BadInput, match='must be "local" or an address'), scale_out.spread("lokal", ground, 1):
        pass


def test_without_the_package_the_line_that_installs_it_is_named(ground, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(MissingExtra, match=r"pip install -e '\.\[cluster\]'"),
        scale_out.spread("local", ground, 1),
    ):
        pass
