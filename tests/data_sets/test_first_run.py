"""What is typed for a table's first run stands in its config afterwards, also where that run was ended."""

import os
import signal
import time

import numpy as np
import pandas as pd
import pytest
import yaml


@pytest.fixture
def table(clone):
    draw = np.random.default_rng(0)
    x = draw.normal(size=(200, 2)).round(3)
    frame = pd.DataFrame(x, columns=["a", "b"]).assign(
        day=np.arange(200), y=np.where(x[:, 0] > 0, "yes", "no")
    )
    frame.to_csv(clone.root / "rows.csv", index=False)
    return clone


def test_parameters_of_the_first_run_are_kept(table):
    done = table.run("run", "rows.csv", "--target", "y", "--to", "ingest", "-p", "ingest.time=day")
    assert done.returncode == 0, done.stderr
    config = yaml.safe_load((table.root / "configs" / "rows.yaml").read_text())
    assert config["ingest"] == {"source": "rows.csv", "target": "y", "time": "day"}
    assert "time" not in table.run("plan", "rows", "--to", "ingest").stdout


def test_a_first_run_that_is_ended_leaves_its_config(table):
    given = ["run", "rows.csv", "--target", "y", "--name", "ended", "-p", "train.folds=4"]
    running = table.start(*given)
    started = time.monotonic()
    while not list(table.root.glob("reports/ended/*/02_explore.html")) and time.monotonic() - started < 120:
        time.sleep(0.2)
    os.kill(running.pid, signal.SIGINT)
    running.communicate(timeout=60)
    assert running.returncode == 130
    config = yaml.safe_load((table.root / "configs" / "ended.yaml").read_text())
    assert config["train"] == {"folds": 4}
