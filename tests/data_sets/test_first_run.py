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


def test_without_a_target_the_data_stages_run_and_a_line_says_how_to_go_on(table):
    done = table.run("run", "rows.csv", "--name", "open")
    assert done.returncode == 0, done.stderr
    manifest = table.manifests()[-1]
    by_level = {"data": set(), "model": set(), "deploy": set()}
    for stage in manifest["stages"]:
        by_level[stage["level"]].add((stage["state"], stage["reason"]))
    assert {state for state, _ in by_level["data"]} == {"done"}
    assert by_level["model"] == by_level["deploy"] == {("skipped", "no target is named")}
    said = done.stdout.splitlines()[-1]
    assert said.startswith("No target is named")
    assert "y (last column" in said
    assert said.count("; ") == 2  # three candidates, each with its reason
    assert said.endswith("To go on: workbench run open --target y")
    again = table.run("run", "open")
    assert again.returncode == 0
    assert again.stdout.splitlines()[-1].endswith("To go on: workbench run open --target y")
    asked_for = table.run("run", "open", "--to", "train")
    assert asked_for.returncode == 2
    assert "add --target" in asked_for.stderr


def test_a_target_that_is_named_later_stands_in_the_config_from_then_on(table):
    file = table.root / "configs" / "later.yaml"
    assert table.run("run", "rows.csv", "--name", "later", "--to", "ingest").returncode == 0
    assert yaml.safe_load(file.read_text())["ingest"]["target"] is None
    assert table.run("run", "later", "--target", "no such", "--to", "ingest").returncode == 2
    assert yaml.safe_load(file.read_text())["ingest"]["target"] is None
    file.write_text(file.read_text().replace("target: null", "target: null  # to be decided"))
    assert table.run("run", "later", "--target", "y", "--to", "ingest").returncode == 0
    assert "  target: y  # to be decided\n" in file.read_text()
    assert "# task: binary" in file.read_text()
    assert table.run("run", "later", "--target", "a", "--to", "ingest").returncode == 0
    assert yaml.safe_load(file.read_text())["ingest"]["target"] == "y"  # it held one


def test_a_sheet_of_an_excel_file_runs_and_other_sheets_of_it_are_told(table):
    with pd.ExcelWriter(table.root / "book.xlsx") as book:
        pd.read_csv(table.root / "rows.csv").to_excel(book, sheet_name="All rows", index=False)
        pd.DataFrame({"note": ["x"]}).to_excel(book, sheet_name="Notes", index=False)
    refused = table.run("run", "book.xlsx", "--target", "y", "--to", "ingest")
    assert refused.returncode == 2
    assert "'All rows', 'Notes'" in refused.stderr
    done = table.run("run", "book.xlsx?sheet=All rows", "--target", "y", "--to", "ingest")
    assert done.returncode == 0, done.stderr
    config = yaml.safe_load((table.root / "configs" / "book.yaml").read_text())
    assert config["ingest"]["source"] == "book.xlsx?sheet=All rows"
    assert table.manifests()[-1]["provenance"]["rows_read"] == 200
    again = table.run("run", "book", "--to", "ingest")
    assert "Nothing changed" in again.stdout
    assert table.run("verify", "book").returncode == 0
