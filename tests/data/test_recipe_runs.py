"""A whole run of a person's own recipe: table steps, steps of their own, and a seal that only one stage opens."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

WORKBENCH = Path(sys.executable).with_name("workbench")
OWN = '''from helpers.recipe import column_step


@column_step("number")
def nearest_ten(values, *, unit: float = 10.0):
    """Round numbers to the nearest multiple of unit."""
    return (values / unit).round() * unit
'''
RECIPE = """
version: 2
table:
- step: aggregate
  parameters:
    by: [client]
    figures: {spent: [sum, amount], orders: [count], bought: [max, bought]}
  reason: a row for each client
steps:
- step: nearest_ten
  columns: [spent]
- step: drop_outlier_rows
  columns: [spent]
"""

ASKED = {
    "ingest.table_steps": "recipe.yaml", "wrangle.recipe_file": "recipe.yaml", "wrangle.own_steps": "mine.py",
    "ingest.identifiers": "[client]", "train.families": "[logistic regression]", "train.folds": "3",
    "tune.trials": "2", "tune.folds": "3",
}  # fmt: skip
RUN = [
    "run", "orders.csv", "--target", "bought", "--json",
    *(word for name, value in ASKED.items() for word in ("-p", f"{name}={value}")),
]  # fmt: skip


def orders(clients=400):
    draw = np.random.default_rng(0)
    of = np.repeat(np.arange(clients), draw.integers(1, 6, clients))
    amount = draw.gamma(2, 20, len(of)).round(2)
    bought = np.where(pd.Series(amount).groupby(of).transform("sum") > 90, "yes", "no")
    return pd.DataFrame({"client": [f"c{n}" for n in of], "amount": amount, "bought": bought})


@pytest.fixture(scope="module")
def run(clone):
    (clone.root / "orders.csv").write_text(orders().to_csv(index=False))
    (clone.root / "mine.py").write_text(OWN)
    (clone.root / "recipe.yaml").write_text(RECIPE)
    audited = clone.environment() | {
        "PYTHONPATH": str(_auditor(clone.root)),
        "OPENED": str(clone.root / "opened"),
    }
    done = subprocess.run(
        [WORKBENCH, *RUN], cwd=clone.root, env=audited, capture_output=True, text=True, timeout=500
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return json.loads(done.stdout)


def _auditor(root):
    """A folder with a sitecustomize that notes which stage's process opens a sealed file."""
    folder = root / "audit"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(
        "import json, os, sys\n"
        "def note(event, arguments):\n"
        "    if event == 'open' and '/sealed/' in str(arguments[0]) and os.environ.get('OPENED'):\n"
        "        attempt = os.environ.get('WORKBENCH_ATTEMPT')\n"
        "        try:\n"
        "            stage = json.load(open(attempt + '/attempt.json'))['stage'] if attempt else 'none'\n"
        "        except OSError:\n"
        "            stage = 'none'\n"
        "        with open(os.environ['OPENED'], 'a') as file:\n"
        "            file.write(f'{stage}\\n')\n"
        "sys.addaudithook(note)\n"
    )
    return folder


def test_a_step_of_ones_own_and_table_steps_lead_to_a_packaged_model(clone, run):
    assert {s["state"] for s in run["stages"]} == {"done"}
    bundle = clone.root / "workspace" / "models" / "orders" / "1"
    recipe = json.loads((bundle / "recipe.json").read_text())
    assert [s["step"] for s in recipe["table"]] == ["read_as", "aggregate"]
    assert [a["step"] for a in recipe["plan"]] == ["nearest_ten"]
    assert {i["name"] for i in recipe["inputs"]} == {"spent", "orders"}


@pytest.fixture(scope="module")
def scores(clone, run):
    """What the command predicts for new.csv, fifty clients."""
    (clone.root / "new.csv").write_text(orders(50).assign(bought="").to_csv(index=False))
    done = clone.run("predict", "new.csv", "--model", "orders", "-o", "scores.csv")
    assert done.returncode == 0, done.stderr
    return pd.read_csv(clone.root / "scores.csv")


def test_the_package_scores_raw_orders_client_by_client(scores):
    scores, spent = scores.set_index("client"), orders(50).groupby("client")["amount"].sum()
    assert set(scores.index) == set(spent.index)
    clear = spent[(spent < 60) | (spent > 130)]
    assert (scores["prediction"].loc[clear.index] == np.where(clear > 90, "yes", "no")).mean() > 0.95


def test_the_forecast_notebook_scores_raw_orders_as_the_command_does(clone, scores):
    done = clone.run(*RUN, "-p", "forecast.table=new.csv")
    assert done.returncode == 0, done.stderr
    stages = {s["name"]: s for s in json.loads(done.stdout)["stages"]}
    assert {n for n, s in stages.items() if s["state"] != "cached"} == {"forecast"}
    objects = clone.root / "workspace" / "store" / "objects"
    [path] = objects.rglob(f"{stages['forecast']['writes']['predictions']['hash']}*")
    pd.testing.assert_frame_equal(pd.read_parquet(path).reset_index(drop=True), scores)


def test_the_recipe_that_the_report_offers_gives_the_same_one_again_and_a_change_of_it_another(clone, run):
    offered = (clone.root / "reports" / "orders" / run["run"] / "files" / "recipe_to_edit.yaml").read_text()
    (clone.root / "saved.yaml").write_text(offered)
    (clone.root / "changed.yaml").write_text(offered.replace("drop_outlier_rows", "clip_outliers"))
    made = {}
    for file in ("recipe.yaml", "saved.yaml", "changed.yaml"):
        given = [word.replace("recipe.yaml", file) for word in RUN]
        done = clone.run(*given, "-p", "wrangle.missing_values=median", "--to", "wrangle")
        assert done.returncode == 0, done.stderr
        made[file] = json.loads(done.stdout)["stages"][4]["writes"]["recipe"]["hash"]
    assert made["saved.yaml"] == made["recipe.yaml"] != made["changed.yaml"]


def test_a_table_is_held_to_the_suite_of_a_run_after_its_table_steps(clone, run):
    done = clone.run("check", "orders.csv", "--suite", "orders")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "in 400 rows (counted from 0)" in done.stdout
    (clone.root / "less.csv").write_text(orders().drop(columns="amount").to_csv(index=False))
    done = clone.run("check", "less.csv", "--suite", "orders")
    assert done.returncode == 2
    assert "amount" in done.stderr
    assert "Traceback" not in done.stderr


def test_single_orders_are_refused_with_a_line_that_says_what_to_give(clone, run):
    code = (
        "from pathlib import Path\nfrom helpers.bundle import Bundle\n"
        "b = Bundle(Path('workspace/models/orders/1'), own=Path('.'))\n"
        "try:\n    b.predict({'client': ['c1'], 'amount': [3.0]})\nexcept Exception as e:\n    print(e)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=clone.root, capture_output=True, text=True)
    assert "went through aggregate: give the whole table" in done.stdout, done.stderr


def test_no_stage_but_accept_ever_opens_the_sealed_file_and_the_report_counts_it(clone, run):
    opened = (clone.root / "opened").read_text().split()
    assert "accept" in opened
    assert set(opened) <= {"accept", "ingest", "none"}, opened
    assert run["seal"]["openings"] == 1
    page = clone.root / "reports" / "orders" / run["run"] / "index.html"
    assert "The seal has been opened 1 time." in page.read_text()


def test_no_client_is_on_both_sides_of_the_seal(clone, run):
    sealed = next((clone.root / "workspace" / "store" / "sealed").glob("*.parquet"))
    code = "from helpers.pipeline import Stage; print(*Stage('explore', 'orders').read('rows')['client'])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=clone.root, env=clone.environment(), capture_output=True, text=True
    )
    assert not set(done.stdout.split()) & set(pd.read_parquet(sealed)["client"])
