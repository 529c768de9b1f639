"""Folds on a cluster give what processes give, and a worker that dies costs only what it was doing."""

import os
import signal
import sys
import threading
import time
from dataclasses import replace

import distributed
import pytest
from sklearn.linear_model import LogisticRegression

from helpers.errors import BadInput, Failed, MissingExtra
from helpers.model import scale_out, train, tune
from helpers.model.families import Family, families
from helpers.model.trial import Drawn, Ground


@pytest.fixture
def ground(made):
    problem, rows = made("binary", 150)
    shortlist = {f: families("binary")[f] for f in ("logistic regression", "decision tree")}
    return Ground(shortlist, rows, problem, train.folds(rows, problem, 3, 0))


def test_a_worker_killed_in_the_middle_changes_nothing_of_the_result(ground, tmp_path):
    plan = tune.Plan(trials=8)
    wanted = tune.board(tune.search(ground, tmp_path / "processes", "key", plan))
    with scale_out.spread("local", ground, 2, 120.0) as spread:
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
    with scale_out.spread("local", ground, 1, 120.0) as spread:
        assert spread.count == 1


def test_a_scheduler_that_is_not_there_is_told_in_one_line(ground, monkeypatch):
    monkeypatch.setattr(scale_out, "WAIT", 1)
    with (
        pytest.raises(BadInput, match="no Dask scheduler answers at tcp"),
        scale_out.spread("tcp://127.0.0.1:1", ground, 1, 120.0),
    ):
        pass
    with (
        pytest.raises(BadInput, match='must be "local" or an address'),
        scale_out.spread("lokal", ground, 1, 120.0),
    ):
        pass


def test_without_the_package_the_line_that_installs_it_is_named(ground, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(MissingExtra, match=r"pip install -e '\.\[cluster\]'"),
        scale_out.spread("local", ground, 1, 120.0),
    ):
        pass


def harmful(fit):
    """A family whose models fit like this; made of functions without a name, as a person's own file has them."""

    def make(seed):
        model = LogisticRegression()
        model.fit = fit
        return model

    return Family(fit.__name__, ("binary",), make)


def test_a_fold_that_fails_kills_or_hangs_is_told_and_the_cluster_goes_on(ground, monkeypatch):
    def fails(*_):
        raise ValueError("no luck")

    def ends(*_):
        os._exit(9)

    def waits(*_):
        time.sleep(3600)

    monkeypatch.setattr(scale_out, "AGAIN", 1)
    odd = {f.name: f for f in map(harmful, (fails, ends, waits))}
    fine = Drawn("logistic regression")
    with scale_out.spread("local", replace(ground, shortlist=ground.shortlist | odd), 1, 600.0) as spread:
        (score, _), *_ = spread(fine, [0])
        assert spread(Drawn("fails"), [0, 1]) == ["ValueError: no luck"]
        (trouble,) = spread(Drawn("ends"), [0])
        assert "2 workers died while they fitted it" in trouble
        spread(fine, [0])  # the new worker has imported what there is to import
        spread._seconds = 3.0
        assert spread(Drawn("waits"), [0, 1]) == ["stopped: it took more than 3 s"]
        spread._seconds = 600.0
        assert spread(fine, [0])[0][0] == score


@pytest.fixture
def elsewhere(monkeypatch):
    """A Dask cluster of no worker yet, which this one has not made."""
    monkeypatch.setattr(scale_out, "WAIT", 3)
    with distributed.LocalCluster(n_workers=0, threads_per_worker=1, dashboard_address=None) as cluster:
        yield cluster


def test_a_scheduler_without_a_worker_is_told_in_one_line_with_what_to_do(ground, elsewhere):
    address = elsewhere.scheduler_address
    with (
        pytest.raises(BadInput, match=f"at {address} has no worker; start some: dask worker {address}"),
        scale_out.spread(address, ground, 1, 600.0),
    ):
        pass


def test_when_the_last_worker_goes_the_search_ends_in_one_line_and_keeps_its_trials(
    ground, elsewhere, tmp_path
):
    elsewhere.scale(1)
    elsewhere.wait_for_workers(1)
    plan, folder = tune.Plan(trials=200, sampler="random"), tmp_path / "cluster"

    def leave():
        while len(list(folder.rglob("*.npy"))) < 2:
            time.sleep(0.02)
        elsewhere.scale(0)

    threading.Thread(target=leave, daemon=True).start()
    said = r"no worker for 3 s; start some \(dask worker tcp://.*ended trials are kept"
    with (
        scale_out.spread(elsewhere.scheduler_address, ground, 1, 600.0) as spread,
        pytest.raises(Failed, match=said),
    ):
        tune.search(ground, folder, "key", plan, spread)
    kept = tune.search(ground, folder, "key", tune.Plan(trials=1, sampler="random")).kept
    assert len(kept) >= 2
    assert not any("trouble" in trial.user_attrs for trial in kept)
