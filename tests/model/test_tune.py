"""A search ends as it would have, whatever came between, and its best trial is the model."""

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import filelock
import numpy as np
import pandas as pd
import pytest

from helpers.errors import BadInput, Failed
from helpers.model import combinations, train, tune
from helpers.model.families import families, use_own
from helpers.model.scoring import predictions, score
from helpers.model.trial import Ground, Processes

FAMILIES = ["logistic regression", "decision tree"]


@pytest.fixture
def search(made, tmp_path):
    """A function that searches in a folder of that name, with what was asked."""
    problem, rows = made("binary", 200)
    shortlist = {f: families("binary")[f] for f in FAMILIES}

    def run(folder="one", trials=8, seed=0, jobs=2, **more):
        ground = Ground(shortlist, rows, problem, train.folds(rows, problem, 3, 0), seed)
        plan = tune.Plan(trials=trials, **more)
        with Processes(ground, jobs) as processes:
            return tune.search(ground, tmp_path / folder, "key", plan, processes)

    run.folder = tmp_path
    return run


def what(tuned):
    said = {n: tuned.predicted(n).tobytes() for n in tuned.complete}
    return tune.board(tuned).to_json(), said


@pytest.mark.parametrize("sampler", ["tpe", "random"])
def test_a_search_that_was_interrupted_ends_like_one_that_was_not(search, sampler):
    whole = what(search("whole", 12, sampler=sampler))
    search("parts", 5, sampler=sampler)
    assert what(search("parts", 12, sampler=sampler)) == whole


@pytest.mark.parametrize("shorter", [{"trials": 5}, {"trials": 12, "patience": 2}])
def test_a_search_that_follows_a_longer_one_ends_as_it_would_have_alone(search, shorter):
    alone = what(search("alone", **shorter))
    longer = what(search("both", 12))
    assert what(search("both", **shorter)) == alone
    assert alone != longer
    assert what(search("both", 12)) == longer


def test_a_trial_that_never_ended_is_not_counted(search):
    whole = what(search("whole"))
    search("parts", 4).study.ask()  # as a kill leaves it: asked for and never told
    assert what(search("parts")) == whole


def test_half_a_line_that_a_kill_left_is_cut_off(search):
    whole = what(search("whole"))
    search("parts", 4)
    journal = next((search.folder / "parts").glob("*.log"))
    with journal.open("ab") as file:
        file.write(b'{"op_code":8,"worker_id":"')
    assert what(search("parts")) == whole


SCRIPT = """
import sys
sys.path.insert(0, {tests!r})
from pathlib import Path
from conftest import problem_of, rows_of
from helpers.model import train, tune
from helpers.model.families import families
from helpers.model.trial import Ground
problem, rows = problem_of("binary"), rows_of("binary", 200)
shortlist = {{f: families("binary")[f] for f in {families!r}}}
ground = Ground(shortlist, rows, problem, train.folds(rows, problem, 3, 0), 0)
tune.search(ground, Path({folder!r}), "key", tune.Plan(trials=14))
"""


def told(folder):
    """How many trials the journal says are complete."""
    lines = [line for file in folder.glob("*.log") for line in file.read_bytes().splitlines()]
    return sum(json.loads(line).get("state") == 1 for line in lines if line.endswith(b"}"))


def test_after_kill_9_in_the_middle_no_ended_trial_is_lost_and_the_result_is_the_same(search):
    whole = what(search("whole", 14))
    chance, folder = random.Random(4), search.folder / "killed"
    code = SCRIPT.format(tests=str(Path(__file__).parent), folder=str(folder), families=FAMILIES)
    ended = 0
    for _ in range(3):
        running = subprocess.Popen([sys.executable, "-c", code])
        wanted = ended + chance.randint(1, 4)
        while (now := told(folder)) < wanted and running.poll() is None:
            time.sleep(0.01)
        time.sleep(chance.uniform(0, 0.1))
        os.kill(running.pid, signal.SIGKILL)
        running.wait()
        ended = told(folder)
        assert ended >= now
    journal = next(folder.glob("*.log"))
    with filelock.FileLock(f"{journal}.lock", timeout=0):  # the dead hold nothing
        pass
    assert what(search("killed", 14)) == whole


def test_one_process_and_two_and_five_find_the_same(search):
    assert (
        what(search("one", 14, jobs=1)) == what(search("two", 14, jobs=2)) == what(search("five", 14, jobs=5))
    )


def test_every_trial_is_computed_again_from_its_number(search):
    tuned = search()
    for number, trial in tuned.complete.items():
        value, said = tune.again(tuned, number)
        assert value == trial.value
        np.testing.assert_array_equal(said, tuned.predicted(number))


def test_predictions_out_of_fold_whose_file_is_gone_or_broken_are_computed_again(search):
    tuned = search()
    before = what(tuned)
    files = sorted(tuned.folder.glob("*.npy"))
    files[0].unlink()
    files[1].write_bytes(files[1].read_bytes()[:100])
    assert what(tuned) == before


def test_the_score_of_a_trial_is_that_of_its_predictions_out_of_fold(search):
    tuned = search()
    ground = tuned.ground
    for number, trial in tuned.complete.items():
        said, by_fold = tuned.predicted(number), []
        for fold, (_, judge) in enumerate(ground.parts):
            by_fold.append(score("roc_auc", ground.y[judge], said[ground.fold == fold], ground.problem))
        assert trial.value == pytest.approx(np.mean(by_fold), abs=1e-12)


def test_the_first_trials_are_the_standard_parameters(search):
    board = tune.board(search())
    assert list(board["family"][:2]) == FAMILIES
    assert list(board["parameters"][:2]) == ["{}", "{}"]


def test_a_search_can_end_by_time_and_has_one_trial_at_least(search):
    assert len(tune.board(search("timed", 100, seconds=1e-9))) == 1


def test_a_search_without_progress_ends_after_so_many_trials_and_another_call_adds_none(search):
    whole = tune.board(search("whole", 16, prune=False))["score"].to_numpy()
    best_so_far = np.maximum.accumulate(whole)
    since = [n - int(np.argmax(whole[: n + 1])) for n in range(len(whole))]
    last = next(n for n in range(len(FAMILIES) - 1, len(whole)) if since[n] >= 3)
    for _ in range(2):
        found = tune.board(search("patient", 16, prune=False, patience=3))["score"].to_numpy()
        assert len(found) == last + 1
        assert found.max() == best_so_far[last]


def test_another_seed_searches_elsewhere(search):
    assert what(search("one", seed=0)) != what(search("two", seed=1))


def test_pruned_trials_are_told_from_others_and_change_neither_best_nor_its_score(search):
    whole, pruned = search("whole", 14, prune=False), search("pruned", 14)
    states, scores = tune.board(pruned)["state"], tune.board(whole)["score"]
    assert set(states) == {"complete", "pruned after 2 folds"}
    assert tune.board(pruned)["score"].isna().eq(states != "complete").all()
    assert pruned.best == whole.best
    assert pruned.complete[pruned.best].value == whole.complete[whole.best].value == scores.max()
    assert scores[states != "complete"].max() < scores.max() - 0.02  # they were hopeless indeed
    assert set(tune.board(whole)["state"]) == {"complete"}


def test_the_model_is_the_best_trial_fitted_on_all_rows(search):
    tuned = search()
    ground = tuned.ground
    model, about, _ = combinations.model_of(tuned, combinations.best_trial(tuned), ground.rows)
    assert about["score"] == max(tune.board(tuned)["score"])
    again = []
    for learn, judge in ground.parts:  # by hand: the same pipeline, fold by fold
        from sklearn.base import clone

        fitted = clone(model).fit(ground.x.iloc[learn], ground.y[learn])
        said = predictions(fitted, ground.x.iloc[judge], ground.problem)
        again.append(score("roc_auc", ground.y[judge], said, ground.problem))
    assert sum(again) / len(again) == pytest.approx(about["score"], abs=1e-12)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"sampler": "tep"}, "did you mean 'tpe'"),
        ({"patience": 0}, "tune.patience must be 1 trial at least"),
    ],
)
def test_a_search_that_cannot_be_made_is_refused(search, asked, said):
    with pytest.raises(BadInput, match=said):
        search(**asked)


def test_fewer_trials_than_families_try_the_first_ones_of_the_shortlist(search):
    board = tune.board(search(trials=1))
    assert board["family"].tolist() == FAMILIES[:1]
    assert board["parameters"].tolist() == tune.board(search("two", 2))["parameters"].tolist()[:1]


@pytest.mark.parametrize(
    ("scores", "standard", "said"),
    [
        ([0.8, 0.9, 0.7], 2, "None betters the standard parameters**, of which the best score 0.9"),
        ([0.8, None, 0.9], 2, "The best scores 0.9000, the best standard parameters 0.8000."),
        ([0.8, 0.9], 0, "The best scores 0.9000."),
    ],
)
def test_what_the_search_brought_is_told_beside_the_standard_parameters(scores, standard, said):
    states = ["complete" if s else "pruned after 1 folds" for s in scores]
    board = pd.DataFrame(
        {"trial": range(len(scores)), "score": pd.Series(scores, dtype=float), "state": states}
    )
    assert said in tune.told(board, standard)


def test_trials_that_the_time_or_their_size_ended_have_not_failed():
    states = ["complete", "pruned after 1 folds", "stopped: it took more than the time that was left", "no"]
    states += [
        "the model of a fold takes 90 MB, too large to export",
        "its model would take longer to export",
    ]
    board = pd.DataFrame({"trial": range(6), "family": "ridge", "score": [0.5] + [None] * 5, "state": states})
    assert "1 judged on all folds, 4 ended before the last one, 1 failed (" in tune.told(board, 0)


def test_the_members_of_a_model_are_a_table():
    one = {"trial": 3, "family": "ridge", "weight": 1.0, "parameters": {}, "options": {"scale": "none"}}
    table = tune.members({"members": [one]})
    assert table.loc[0].to_dict() == {
        **{"trial": 3, "family": "ridge", "weight": 1.0},
        **{"hyperparameters": "standard", "transformations": '{"scale": "none"}'},
    }


@pytest.fixture
def harmed(made, harmful, tmp_path):
    """A function that searches a person's own families, of which one ends its process and one never comes back."""
    problem, rows = made("regression", 100)
    parts = train.folds(rows, problem, 3, 0)

    def run(folder, trials, names=("ends", "waits", "works"), jobs=2):
        ground = Ground({f: own[f] for f in names}, rows, problem, parts)
        with Processes(ground, jobs, seconds=4.0) as processes:
            return tune.search(ground, tmp_path / folder, "key", tune.Plan(trials=trials), processes)

    own = {f.name: f for f in use_own("mine.py", tmp_path)}
    yield run
    use_own(None, tmp_path)


def test_a_trial_that_crashes_or_hangs_is_told_with_its_reason_and_the_search_goes_on(harmed):
    board = tune.board(harmed("three", 3))
    assert re.search(r"^failed: its process died \(9\)", board["state"][0])
    assert board["state"][1] == "failed: stopped: it took more than 4 s"
    assert board["state"][2] == "complete"
    assert board["score"][2] == tune.board(harmed("one", 1, names=["works"]))["score"][0]
    assert "2 failed (the first, trial 0, ends: its process died" in tune.told(board, 3)


def test_a_search_that_goes_on_tries_none_again_that_crashed_and_ends_as_it_would_have(harmed, tmp_path):
    whole = tune.board(harmed("whole", 4, jobs=1))
    (tmp_path / "log").unlink()
    assert tune.board(harmed("parts", 3)).equals(whole[:3])
    before = (tmp_path / "log").read_text()
    assert tune.board(harmed("parts", 3)).equals(whole[:3])
    assert (tmp_path / "log").read_text() == before
    assert tune.board(harmed("parts", 4)).equals(whole)


def test_a_search_of_which_no_trial_can_be_trained_says_why(harmed):
    with pytest.raises(Failed, match=r"no trial .* the first, ends: its process died \(9\)"):
        harmed("none", 1)
