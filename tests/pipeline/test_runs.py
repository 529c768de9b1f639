"""What a person relies on when running the pipeline, on a small project with real notebooks and kernels."""

import hashlib
import json
import shutil
import subprocess
import sys
import time

import pytest
from tests.conftest import WORKBENCH

from helpers.pipeline.places import named


def test_a_run_executes_every_stage_and_a_second_one_none(project):
    first = project.run("run", "numbers")
    assert first.returncode == 0, first.stderr
    assert set(project.states().values()) == {"done"}
    second = project.run("run", "numbers")
    assert second.returncode == 0
    assert "Nothing changed" in second.stdout
    assert len(project.manifests()) == 1


def test_only_what_depends_on_a_change_runs_again(project):
    project.run("run", "numbers")
    project.run("run", "numbers", "-p", "left.power=2")
    states = project.states()
    assert states == {"first": "cached", "right": "cached", "left": "done", "last": "done", "after": "done"}
    assert stage(project, "left")["reason"] == "parameter power 1 → 2"


def test_a_changed_file_is_read_again_and_an_equal_result_stops_the_wave(project):
    project.run("run", "numbers")
    (project.root / "numbers.txt").write_text("3\n2\n1\n")
    project.run("run", "numbers")
    states = project.states()
    assert states["first"] == states["left"] == states["right"] == "done"
    assert states["last"] == states["after"] == "cached"  # total and largest are what they were
    assert stage(project, "first")["reason"] == "file source changed"


def test_prose_in_a_notebook_changes_nothing_and_code_does(project):
    project.run("run", "numbers")
    path = project.root / "notebooks" / "data" / "right.ipynb"
    notebook = json.loads(path.read_text())
    notebook["cells"][0]["source"] = "# Another title"
    path.write_text(json.dumps(notebook))
    assert "Nothing changed" in project.run("run", "numbers").stdout
    project.change("data/right", code="here.write('largest', sorted(here.read('numbers'))[-1])")
    project.run("run", "numbers")
    assert project.states()["right"] == "done"
    assert project.states()["last"] == "cached"


@pytest.mark.parametrize(("more", "waits"), [(["--budget", "60s"], True), ([], False)])
def test_what_the_model_does_not_need_waits_until_the_budget_is_spent(project, more, waits):
    graph = project.root / "pipeline.yaml"
    graph.write_text(f"{graph.read_text()}rebuild: [total]\n")
    done = project.run("run", "numbers", *more)
    assert set(project.states().values()) == {"done"}, done.stderr
    told = [line.split()[:2] for line in done.stdout.splitlines()]
    assert (told.index(["left", "done"]) < told.index(["right", "running"])) == waits


@pytest.mark.parametrize("asked", [["--to", "right"], ["--only", "right"], ["--force", "--from", "right"]])
def test_a_stage_that_is_asked_for_runs_under_a_budget_whatever_else_does(project, asked):
    graph = project.root / "pipeline.yaml"
    graph.write_text(f"{graph.read_text()}rebuild: [total]\n")
    assert project.run("run", "numbers").returncode == 0
    project.change("data/right", code="here.write('largest', max(here.read('numbers')) + 0)")
    assert project.run("run", "numbers", "--budget", "60s", *asked).returncode == 0
    assert project.states()["right"] == "done"


def test_the_page_of_a_killed_run_says_that_it_was_interrupted_once_the_next_run_began(project):
    project.run("run", "numbers", "--only", "first")
    folder = next((project.root / "reports").glob("numbers/*"))
    manifest = json.loads((folder / "manifest.json").read_text()) | {"state": "running"}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / "index.html").write_text("running")
    project.run("run", "numbers", "--only", "first", "--force")
    assert "interrupted" in (folder / "index.html").read_text()


def test_a_failing_cell_stops_what_depends_on_it_and_nothing_else(project):
    project.change("data/left", code="1 / 0")
    done = project.run("run", "numbers")
    assert done.returncode == 1
    assert project.states() == {
        "first": "done", "right": "done", "left": "failed", "last": "skipped", "after": "skipped"
    }  # fmt: skip
    assert "stage left, cell 3: ZeroDivisionError: division by zero" in done.stderr
    assert "workbench show numbers left" in done.stderr
    error = stage(project, "left")["error"]
    assert error["name"] == "ZeroDivisionError"
    assert "1 / 0" in error["source"]


def test_a_repaired_stage_goes_on_from_where_the_run_stopped(project):
    project.change("data/left", code="1 / 0")
    project.run("run", "numbers")
    project.change("data/left")
    assert project.run("run", "numbers").returncode == 0
    states = project.states()
    assert states["first"] == states["right"] == "cached"
    assert states["left"] == states["after"] == "done"


def test_what_a_failed_stage_wrote_for_readers_is_handed_to_them_and_to_no_stage(project):
    graph = project.root / "pipeline.yaml"
    graph.write_text(graph.read_text().replace("download: [bundle]", "download: [bundle, total, largest]"))
    project.change("data/left", code=f"{project.code('data/left')}\nassert here.read('numbers') == [1]")
    done = project.run("run", "numbers")
    assert done.returncode == 1
    manifest = project.manifests()[-1]
    folder = project.root / "reports" / "numbers" / manifest["run"]
    assert (folder / "files" / "total.json").read_text().strip() == "6"
    assert [d["file"] for d in manifest["downloads"]] == ["files/total.json", "files/largest.json"]
    assert f"what it left: reports/numbers/{manifest['run']}/files/total.json" in done.stderr
    assert stage(project, "left")["writes"] == {}
    assert project.states()["last"] == "skipped"
    assert project.run("run", "numbers").returncode == 1
    assert (project.states()["left"], project.states()["right"]) == (
        "failed",
        "cached",
    )  # it ran, and again in vain
    project.change("data/left")
    assert project.run("run", "numbers").returncode == 0
    assert project.states()["left"] == "done"


def test_a_rejected_model_ends_with_3_and_is_not_packaged(project):
    done = project.run("run", "numbers", "-p", "last.limit=1")
    assert done.returncode == 3
    assert project.states()["last"] == "rejected"
    assert project.states()["after"] == "skipped"
    assert project.run("run", "numbers", "-p", "last.limit=1").returncode == 3  # remembered


def test_a_stage_that_does_not_write_what_it_promised_fails(project):
    project.change("data/right", code="pass")
    done = project.run("run", "numbers")
    assert done.returncode == 1
    assert "without writing largest" in done.stderr


def test_the_death_of_a_kernel_is_told_in_one_line(project):
    project.change("data/right", code="import os\nos.kill(os.getpid(), 9)")
    done = project.run("run", "numbers")
    assert done.returncode == 1
    assert "the kernel was killed" in done.stderr
    assert "Traceback" not in done.stderr


def test_from_keeps_earlier_stages_and_only_runs_one(project):
    project.run("run", "numbers")
    (project.root / "numbers.txt").write_text("5\n")
    project.run("run", "numbers", "--from", "last", "--force")
    states = project.states()
    assert states == {"first": "cached", "left": "cached", "right": "cached", "last": "done", "after": "done"}
    project.run("run", "numbers", "--only", "right", "--force")
    assert project.states() == {
        "first": "cached", "right": "done", "left": "cached", "last": "cached", "after": "cached"
    }  # fmt: skip


def test_from_without_an_earlier_run_says_what_to_do(project):
    done = project.run("run", "numbers", "--from", "last")
    assert done.returncode == 2
    assert "has not run yet" in done.stderr


def test_only_is_refused_beside_from_and_to(project):
    for other in ("--from", "--to"):
        refused = project.run("plan", "numbers", "--only", "right", other, "last")
        assert refused.returncode == 2
        assert "--only runs one stage alone" in refused.stderr


def test_to_leaves_later_stages_alone(project):
    project.run("run", "numbers", "--to", "left")
    assert project.states() == {
        "first": "done", "left": "done", "right": "skipped", "last": "skipped", "after": "skipped"
    }  # fmt: skip


def test_later_stages_are_kept_only_while_what_they_read_stays_the_same(project):
    project.run("run", "numbers")
    project.run("run", "numbers", "--to", "left", "--force")
    assert project.states() == {
        "first": "done", "left": "done", "right": "cached", "last": "cached", "after": "cached"
    }  # fmt: skip
    project.run("run", "numbers", "--to", "left", "-p", "left.power=2")
    assert project.states() == {
        "first": "cached", "left": "done", "right": "cached", "last": "skipped", "after": "skipped"
    }  # fmt: skip
    assert "only while what it reads stays the same" in stage(project, "last")["reason"]


def test_a_run_that_fails_shows_no_model_of_an_earlier_one(project):
    project.run("run", "numbers")
    project.change("data/left", code="raise ValueError('no')")
    done = project.run("run", "numbers", "--to", "left")
    assert done.returncode == 1
    assert project.states()["last"] == "skipped"
    assert project.manifests()[-1]["bundle"] is None
    assert "Model" not in done.stdout


def test_the_same_content_keeps_its_version_and_another_gets_the_next(project):
    models = project.root / "workspace" / "models" / "numbers"
    project.run("run", "numbers")
    project.run("run", "numbers", "--force")
    assert [p.name for p in models.glob("[0-9]*")] == ["1"]
    project.run("run", "numbers", "-p", "first.scale=2")
    assert sorted(p.name for p in models.glob("[0-9]*")) == ["1", "2"]
    assert (models / "1" / "model.txt").read_text() == "48"
    assert (models / "2" / "model.txt").read_text() == "54"


def test_the_latest_model_is_what_was_published_last_whatever_its_number(project):
    for power in (1, 2, 1):
        assert project.run("run", "numbers", "-p", f"left.power={power}").returncode == 0
    assert project.manifests()[-1]["bundle"]["version"] == 1
    workspace = project.root / "workspace"
    assert named("latest", project.root, workspace, ["models"], "numbers") == "workspace/models/numbers/1"
    (workspace / "models" / "numbers" / "latest").unlink()
    assert named("latest", project.root, workspace, ["models"], "numbers") == "workspace/models/numbers/2"


def test_a_model_that_was_removed_is_packaged_again(project):
    project.run("run", "numbers")
    shutil.rmtree(project.root / "workspace" / "models")
    assert "Nothing changed" not in project.run("run", "numbers").stdout
    assert (project.root / "workspace" / "models" / "numbers" / "1" / "model.txt").read_text() == "48"
    assert set(project.states().values()) == {"cached"}


def test_the_manifest_tells_hashes_that_anyone_can_compute(project):
    project.run("run", "numbers")
    manifest = project.manifests()[-1]
    file = manifest["bundle"]["files"][0]
    assert file["sha256"] == hashlib.sha256(b"48").hexdigest()
    folder = project.root / "reports" / "numbers" / manifest["run"]
    for download in manifest["downloads"]:
        content = (folder / download["file"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == download["sha256"]


def test_every_opening_of_the_seal_stands_in_the_ledger(project):
    project.run("run", "numbers")
    project.run("run", "numbers", "--only", "last", "--force")
    lines = (project.root / "workspace" / "ledger.jsonl").read_text().splitlines()
    assert [json.loads(line)["stage"] for line in lines] == ["last", "last"]
    assert project.manifests()[-1]["seal"]["openings"] == 2


def test_an_opening_by_verify_stands_in_the_ledger_as_one(project):
    project.run("run", "numbers")
    assert project.run("verify", "numbers").returncode == 0
    lines = (project.root / "workspace" / "ledger.jsonl").read_text().splitlines()
    assert [json.loads(line)["by"] for line in lines] == ["pipeline", "verify"]


def with_provenance(project, code):
    """Have the first stage write where its rows came from, too."""
    graph = project.root / "pipeline.yaml"
    graph.write_text(graph.read_text().replace("secret]}", "secret, provenance]}", 1))
    project.change("data/first", code=code)


def test_openings_of_the_same_rows_are_counted_on_whatever_columns_they_have(project):
    sealed = (
        "import hashlib, pandas as pd\n"
        "text = open(here.root / source).read()\nhere.write('numbers', [scale])\n"
        "rows = pd.DataFrame({'answer': 42, 'scale': scale}, pd.Index([3, 17], name='row'))\n"
        "here.write('secret', rows)\n"
        "here.write('provenance', {'sha256': hashlib.sha256(text.encode()).hexdigest()})"
    )
    with_provenance(project, sealed)
    project.change("model/last", code=project.code("model/last").replace("['answer']", "['answer'].max()"))
    for scale in (1, 2):
        assert project.run("run", "numbers", "-p", f"first.scale={scale}").returncode == 0
    assert project.manifests()[-1]["seal"]["openings"] == 2
    (project.root / "numbers.txt").write_text("other rows")
    assert project.run("run", "numbers", "-p", "first.scale=3").returncode == 0
    assert project.manifests()[-1]["seal"]["openings"] == 1


def test_no_other_stage_can_open_the_seal(project):
    project.change("data/left", code="here.unseal('secret', model='x')")
    done = project.run("run", "numbers")
    assert "only the stage last may open it" in done.stderr
    project.change("model/last", code="here.read('secret')")
    project.change("data/left")
    assert "may open it once, with unseal" in project.run("run", "numbers").stderr


def test_no_stage_but_its_keeper_reads_the_file_of_the_sealed_rows(project):
    audit = (
        "import sys\nopened = []\n"
        "sys.addaudithook(lambda e, a: opened.append(str(a[0])) if e == 'open' and 'sealed' in str(a[0]) else None)\n"
    )
    for name in ("data/left", "data/right", "deploy/after"):
        project.change(name, code=audit + project.code(name) + "\nassert not opened, opened")
    assert project.run("run", "numbers").returncode == 0


def test_verify_builds_the_same_again_and_tells_what_differs(project):
    project.run("run", "numbers")
    done = project.run("verify", "numbers")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "7 of 7" in done.stdout or "DIFFERS" not in done.stdout
    project.change(
        "data/right", code="import time\nhere.write('largest', [max(here.read('numbers')), time.time()])"
    )
    project.change(
        "model/last", code=project.code("model/last").replace("folder =", "here.read('largest'); folder =")
    )
    project.run("run", "numbers")
    done = project.run("verify", "numbers")
    assert done.returncode == 1
    assert "largest" in next(line for line in done.stdout.splitlines() if "DIFFERS" in line)
    assert not list((project.root / "workspace").glob("verify-*"))


def test_verify_needs_no_source_whose_original_is_kept(project):
    keeping = (
        "import os\nkept = here.originals / 'one'\n"
        "if not kept.exists():\n    kept.write_text(open(here.root / source).read())\n"
        "here.write('numbers', [int(line) for line in open(kept)])\nhere.write('secret', {'answer': 42})\n"
        "here.write('provenance', {'source': source, 'sha256': 'abc'})"
    )
    with_provenance(project, keeping)
    project.run("run", "numbers")
    (project.root / "numbers.txt").unlink()
    done = project.run("verify", "numbers")
    assert done.returncode == 0, done.stderr


def test_two_jobs_and_one_make_the_same(project):
    project.run("run", "numbers", "--jobs", "1")
    one = {s["name"]: s["writes"] for s in project.manifests()[-1]["stages"]}
    project.run("run", "numbers", "--jobs", "2", "--force")
    assert {s["name"]: s["writes"] for s in project.manifests()[-1]["stages"]} == one


def test_a_notebook_run_by_hand_never_changes_a_recorded_run(project):
    project.run("run", "numbers")
    before = (project.root / "workspace" / "runs" / "numbers.json").read_bytes()
    command = [
        sys.executable,
        "-m",
        "papermill",
        "notebooks/data/left.ipynb",
        "out.ipynb",
        "-p",
        "power",
        "3",
    ]
    subprocess.run(command, cwd=project.root, env=project.environment(), check=True, capture_output=True)
    assert (project.root / "workspace" / "runs" / "numbers.json").read_bytes() == before
    probe = "from helpers.pipeline import Stage; print(Stage('last', 'numbers').read('total'))"
    done = subprocess.run(
        [sys.executable, "-c", probe],
        cwd=project.root,
        env=project.environment(),
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == "36"  # by hand, what was written by hand is seen
    assert "Nothing changed" in project.run("run", "numbers").stdout
    assert project.manifests()[-1]["stages"][1]["measures"] == []


ALONE = """
import time
from helpers.pipeline import Stage
with Stage("left", "numbers").alone():
    print("at work", flush=True)
    time.sleep({seconds})
"""


def test_a_run_is_told_of_a_notebook_by_hand_that_works_in_the_same_folder_and_a_dead_one_holds_nothing(
    project,
):
    project.change("data/left", code="with here.alone():\n    " + project.code("data/left"))
    by_hand = subprocess.Popen(
        [sys.executable, "-c", ALONE.format(seconds=300)],
        cwd=project.root,
        env=project.environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert by_hand.stdout.readline() == "at work\n"
    told = project.run("run", "numbers")
    assert told.returncode == 2
    who = f"a notebook that was opened by hand (process {by_hand.pid})"
    assert f"stage left of run 'numbers' is at work already, in {who}; wait" in told.stderr
    by_hand.kill()
    by_hand.communicate()
    assert project.run("run", "numbers").returncode == 0
    assert project.python(ALONE.format(seconds=0)).stdout == "at work\n"


def test_a_run_leaves_the_temporary_files_of_a_notebook_by_hand_alone(project):
    by_hand = (
        "import subprocess, sys\nfrom helpers.pipeline import Stage\nhere = Stage('left', 'numbers')\n"
        "(here.temporary / 'mine').write_text('x')\nhere.write('total', 1)\n"
        "half = here._store.temporary / 'half-written'\nhalf.write_text('x')\n"
        "(here.workspace / 'tmp' / 'of-the-dead').mkdir()\n"
        f"subprocess.run([{str(WORKBENCH)!r}, 'run', 'numbers', '--only', 'first', '--force'], check=True)\n"
        "assert (here.temporary / 'mine').exists() and half.exists()\n"
        "assert not (here.workspace / 'tmp' / 'of-the-dead').exists()"
    )
    done = project.python(by_hand)
    assert done.returncode == 0, done.stderr
    assert [p.name for p in (project.root / "workspace" / "tmp").iterdir()] == ["hashes.json"]


def test_a_notebook_by_hand_is_told_of_the_run_that_works_in_the_same_folder(project):
    slow = "import time\nwith here.alone():\n    time.sleep(6)\n"
    project.change("data/left", code=slow + project.code("data/left"))
    running = project.start("run", "numbers")
    note = project.root / "workspace" / "scratch" / "numbers" / "left" / "at_work.txt"
    while not note.exists():
        assert running.poll() is None
        time.sleep(0.05)
    assert (
        "is at work already, in a run of the pipeline (process"
        in project.python(ALONE.format(seconds=0)).stderr
    )
    running.communicate(timeout=60)
    assert running.returncode == 0


def stage(project, name):
    return next(s for s in project.manifests()[-1]["stages"] if s["name"] == name)


def test_the_latest_published_version_can_be_named_where_a_file_is_asked_for(project):
    """The stage right reads what is in the folder that it names, and runs again only when another is the latest."""
    graph = project.root / "pipeline.yaml"
    graph.write_text(graph.read_text().replace("right.ipynb, reads", "right.ipynb, files: [before], reads"))
    read = "text = (here.root / here.named(before) / 'model.txt').read_text() if before else ''\n"
    code = read + "here.write('largest', [max(here.read('numbers')), text])"
    project.change("data/right", "before: str | None = None  # an earlier version", code)
    refused = project.run("run", "numbers", "-p", "right.before=latest")
    assert refused.returncode == 2
    assert "right.before: there is no latest model of 'numbers' yet" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    assert project.run("run", "numbers", "-p", "left.power=2").returncode == 0  # the first version
    assert project.run("run", "numbers").returncode == 0  # the second
    done = project.run("run", "numbers", "-p", "right.before=latest")
    assert done.returncode == 0, done.stderr
    assert stage(project, "right")["parameters"]["before"]["value"] == "workspace/models/numbers/2"
    project.change("data/right", 'before: str | None = "latest"  # an earlier version', code)
    assert "Nothing changed" in project.run("run", "numbers").stdout  # by the notebook's own default, too
