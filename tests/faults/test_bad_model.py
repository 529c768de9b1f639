"""What a newcomer gets wrong about models, beside what the tests of each part hold: one line says what, and where."""

import numpy as np
import pandas as pd
import pytest

# Values by stage, from the last one back, so that what a case needs is never what an earlier case stopped.
CLASSES = {
    "export.formats=[pickel]": "did you mean 'pickle'",
    "export.proof_rows=0": "must be 1 row at least, not 0",
    "accept.seed=-1": "must be 0 at least",
    "evaluate.cost_missed=0": "must be above 0",
    "evaluate.cost_wasted=.nan": "must be a number, not nan",
    "evaluate.cost_under=3": "is for numbers, and the task is binary; leave it out, or set cost_missed",
    "evaluate.require=.nan": "must be a number or null, not nan",
    "evaluate.champion=nowhere": "there is no file nowhere",
    "evaluate.champion=rows.csv": "is no bundle that can be read",
    "tune.patience=0": "must be 1 at least",
    "tune.seconds=0": "must be above 0, or null",
    "tune.rows_at_most=0": "must be 2 rows at least, not 0",
    "tune.fit_at_most=-1": "must be 2 rows at least, not -1",
    "tune.jobs=0": "must be 1 at least",
    "tune.seed=-1": "must be 0 at least",
    "tune.warm_start=nowhere.csv": "there is no file nowhere.csv",
    "tune.warm_start=rows.csv": "has no column 'family'",
    "select.methods=[]": "name one at least",
    "cluster.counts=[0]": "must lie between 2 and",
    "cluster.counts=[9999]": "must lie between 2 and",
    "cluster.rows_at_most=-1": "0 rows are too few to look for groups",
    "train.families=[dummy]": "no family but the dummy",
    "train.own_families=nowhere.py": "there is no file nowhere.py",
    "train.shortlist_size=0": "must be 1 family at least, not 0",
    "train.rows_at_most=3": "3 training rows are too few for 5 folds",
    "train.seconds_at_most=0": "it took more than 0 s",
}
NUMBERS = {
    "evaluate.cost_over=-2": "must be above 0",
    "evaluate.require_objective=true": "needs costs that differ; set evaluate.cost_under and evaluate.cost_over",
    "evaluate.champion=workspace/models/classes/1": "predicts 'y' (binary), not 'y' (regression)",
    "evaluate.gain_found=2": "the task is regression; leave it out, or set cost_under",
    "evaluate.capacity=5": "the task is regression; leave it out",
    "evaluate.bound=recall >= 0.8 at precision >= 0.5": "the task is regression; leave it out",
    "evaluate.costs=[a > b = 2]": "the task is regression; leave it out, or set cost_under",
}


@pytest.fixture(scope="module")
def trained(clone):
    """The repository's notebooks with a run of classes and one of numbers, both finished."""
    draw = np.random.default_rng(0)
    x = draw.normal(size=(240, 2)).round(3)
    score = x.sum(axis=1) + draw.normal(size=240)
    frame = pd.DataFrame(x, columns=["a", "b"]).assign(kind=draw.choice(["u", "v"], 240))
    quick = ["-p", "train.curves=false", "-p", "tune.trials=4", "-p", "evaluate.recalibrate=never"]
    for name, y in (("classes", np.where(score > 0, "yes", "no")), ("numbers", score.round(3))):
        frame.assign(y=y).to_csv(clone.root / "rows.csv", index=False)
        family = "logistic regression" if name == "classes" else "ridge"
        families = ["-p", f"train.families=[{family}, LightGBM, decision tree]"]
        done = clone.run("run", "rows.csv", "--target", "y", "--name", name, *quick, *families)
        assert done.returncode == 0, done.stderr
    return clone


@pytest.mark.parametrize(
    ("name", "given"), [*(("numbers", g) for g in NUMBERS), *(("classes", g) for g in CLASSES)]
)
def test_a_value_that_makes_no_sense_is_told_in_one_line(trained, name, given):
    stage = given.partition(".")[0]
    done = trained.run("run", name, "--only", stage, "-p", given)
    told = done.stderr.strip().splitlines()
    assert done.returncode == 2, done.stderr
    assert (CLASSES if name == "classes" else NUMBERS)[given] in told[0]
    assert len(told) <= 3  # how to see the stage, and which files it left
    assert "Traceback" not in done.stderr
