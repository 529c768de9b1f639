"""What a person types and what is answered, on a small project that was run twice."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

COMMANDS = [
    "run",
    "plan",
    "predict",
    "runs",
    "show",
    "compare",
    "params",
    "verify",
    "clean",
    "lab",
    "data",
    "check",
]


def answer(project, *arguments):
    done = project.run(*arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def document(project, *arguments):
    return json.loads(answer(project, *arguments, "--json"))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_an_example(project, command):
    text = answer(project, command, "--help")
    assert "Example" in text
    assert f"workbench {command}" in text
    assert max(map(len, text.splitlines())) <= 100


def test_help_names_every_command(project):
    text = answer(project, "--help")
    assert [c for c in COMMANDS if f" {c} " not in text] == []


def test_the_shell_is_told_how_to_complete(project):
    words = {"COMP_WORDS": "workbench ", "COMP_CWORD": "1", "_WORKBENCH_COMPLETE": "complete_bash"}
    command = [Path(sys.executable).with_name("workbench")]
    done = subprocess.run(command, env=os.environ | words, capture_output=True, text=True, cwd=project.root)
    assert set(COMMANDS) <= set(done.stdout.split())


def test_runs_are_listed_newest_first_with_their_measures(ran):
    found = document(ran, "runs")
    assert len(found) == 2
    assert [r["measures"]["total of numbers"] for r in found] == [14, 6]
    lines = answer(ran, "runs", "numbers").splitlines()
    assert len(lines) == 2
    assert found[0]["run"] in lines[0]
    assert "total of numbers 14" in lines[0]


def test_the_newest_run_is_the_one_that_began_last_in_whatever_zone(project, monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    answer(project, "run", "numbers", "--to", "left")
    monkeypatch.setenv("TZ", "America/New_York")
    answer(project, "run", "numbers", "--to", "left", "-p", "left.power=2")
    began = [run["started"] for run in document(project, "runs")]
    assert [at[-6:] for at in began] in (["-05:00", "+09:00"], ["-04:00", "+09:00"])
    page = (project.root / "reports" / "index.html").read_text()
    assert page.index(f"{began[0][:10]} {began[0][11:16]}") < page.index(f"{began[1][:10]} {began[1][11:16]}")
    assert "Nothing changed" not in answer(project, "run", "numbers", "--to", "left")


def test_runs_says_so_when_there_is_none(project):
    assert "No run yet" in answer(project, "runs")
    assert document(project, "runs") == []


def test_show_prints_the_page_of_a_run_or_of_a_stage(ran):
    page = Path(answer(ran, "show", "--path").strip())
    assert page.is_file()
    assert page.name == "index.html"
    stage = Path(answer(ran, "show", "numbers", "left", "--path").strip())
    assert "The stage left" in stage.read_text()
    assert stage.parent == page.parent


def test_compare_tells_parameters_artifacts_and_measures_that_differ(ran):
    new, old = document(ran, "runs")
    rows = {
        r["what"]: (r["one"], r["other"])
        for r in document(ran, "compare", f"numbers/{old['run']}", "numbers")
    }
    assert rows["left.power"] == (1, 2)
    assert rows["total of numbers"] == (6, 14)
    assert rows["run"] == (f"numbers/{old['run']}", f"numbers/{new['run']}")
    assert "artifact total" in rows
    assert "artifact largest" not in rows
    text = answer(ran, "compare", f"numbers/{old['run']}", "numbers")
    assert (
        Path(text.split("Page")[1].strip()).is_file() or (ran.root / text.split("Page")[1].strip()).is_file()
    )


def test_params_tells_type_default_and_comment(ran):
    assert {"stage": "left", "name": "power", "type": "int", "default": 1, "comment": "exponent"} in document(
        ran, "params"
    )
    assert [r["name"] for r in document(ran, "params", "first")] == ["run", "source", "scale"]
    assert "first.scale" in answer(ran, "params")


def test_plan_says_what_would_run_and_why_and_runs_nothing(ran):
    before = sorted(ran.root.rglob("manifest.json"))
    rows = {r["stage"]: r for r in document(ran, "plan", "numbers", "-p", "left.power=3")}
    assert rows["first"]["action"] == rows["right"]["action"] == "restore"
    assert rows["left"]["action"] == "run"
    assert rows["left"]["reason"] == "parameter power 2 → 3"
    assert rows["last"]["action"] == "wait"
    assert answer(ran, "plan", "numbers") == answer(ran, "run", "numbers", "--dry-run")
    assert sorted(ran.root.rglob("manifest.json")) == before


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_terminal_without_arrows_is_told_all_the_same(project, monkeypatch, encoding):
    monkeypatch.setenv("PYTHONIOENCODING", encoding)
    answer(project, "run", "numbers", "--to", "left")
    assert r"parameter power 1 \u2192 2" in answer(
        project, "run", "numbers", "--to", "left", "-p", "left.power=2"
    )


@pytest.mark.parametrize("value", ["9" * 5000, "[" * 5000])
def test_a_typed_value_that_no_parser_takes_is_told_in_one_line(project, value):
    done = project.run("plan", "numbers", "-p", f"left.power={value}")
    assert done.returncode == 2
    assert done.stderr.startswith("workbench: -p left.power must be a whole number")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("name", [b"\xff.txt", b"deep/\xff.txt"])
def test_a_file_whose_name_is_no_utf_8_is_told_in_one_line(project, name):
    (project.root / "deep").mkdir()
    (project.root / os.fsdecode(name)).write_text("1\n")
    given = "deep" if name.startswith(b"deep") else os.fsdecode(name)
    done = project.run("run", "numbers", "-p", f"first.source={given}")
    assert done.returncode == 2
    assert "no UTF-8" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not project.manifests()


def test_reports_that_cannot_be_written_name_their_own_option(project):
    (project.root / "taken").write_text("")
    done = project.run("--reports", "taken", "run", "numbers")
    assert done.returncode == 1
    assert done.stderr.strip().endswith("name another place with --reports")


def test_a_run_can_answer_with_its_manifest(ran):
    manifest = document(ran, "run", "numbers", "-p", "left.power=2")
    assert manifest["new"] is False
    assert manifest["state"] == "done"
    assert {s["name"] for s in manifest["stages"]} == {"first", "left", "right", "last", "after"}
    assert Path(manifest["page"]).is_file()


def test_another_name_keeps_runs_apart(project):
    answer(project, "run", "numbers", "--name", "others", "--to", "first")
    assert [r["name"] for r in document(project, "runs")] == ["others"]
    assert document(project, "runs", "numbers") == []


def test_workspace_and_reports_can_lie_elsewhere(project, tmp_path):
    places = ["--workspace", f"{tmp_path}/w", "--reports", f"{tmp_path}/r"]
    answer(project, *places, "run", "numbers", "--to", "first")
    assert list((tmp_path / "r" / "numbers").iterdir())
    assert not (project.root / "workspace").exists()
    assert not (project.root / "reports").exists()


def test_clean_says_what_it_would_free_and_keeps_models_ledger_and_reports(project):
    answer(project, "run", "numbers")
    workspace = project.root / "workspace"
    would = answer(project, "clean", "--dry-run")
    assert "would be freed" in would
    assert any((workspace / "store").iterdir())
    freed = answer(project, "clean")
    assert freed.split()[0] == would.split()[0]
    assert (workspace / "models" / "numbers" / "1" / "model.txt").read_text() == "48"
    assert (workspace / "ledger.jsonl").is_file()
    assert document(project, "runs")
    (workspace / "mine.txt").write_text("not made by a run")
    (project.root / "reports" / "mine").mkdir()
    answer(project, "clean", "--all")
    assert sorted(p.name for p in workspace.iterdir()) == ["lock", "mine.txt"]
    assert [p.name for p in (project.root / "reports").iterdir()] == ["mine"]
    assert document(project, "runs") == []
    assert (project.root / "notebooks").is_dir()
    assert "Nothing changed" not in answer(project, "run", "numbers")


def test_clean_all_takes_runs_away_and_nothing_that_lies_beside_them(project):
    answer(project, "run", "numbers", "--to", "first")
    reports = project.root / "reports"
    (reports / "numbers" / "notes.md").write_text("mine")
    (reports / "site" / "app").mkdir(parents=True)
    (reports / "site" / "app" / "manifest.json").write_text('{"version": 1, "name": "of another program"}')
    answer(project, "runs")
    answer(project, "run", "numbers", "--to", "left")
    answer(project, "clean", "--all")
    left = [p.relative_to(reports).as_posix() for p in reports.rglob("*") if p.is_file()]
    assert sorted(left) == ["numbers/notes.md", "site/app/manifest.json"]
    assert answer(project, "runs", "/tmp").startswith("No run yet")


@pytest.mark.parametrize("command", [("clean",), ("run", "numbers", "--to", "first")])
def test_what_a_killed_verification_left_is_removed(project, command):
    project.change("data/left", code="import time\ntime.sleep(2)\nhere.write('total', 1)")
    answer(project, "run", "numbers")
    verification = project.start("verify", "numbers")
    while not list(project.root.glob("workspace/verify-*/workspace/store")):
        time.sleep(0.1)
    assert "something is at work" in project.run("clean").stderr
    os.killpg(verification.pid, signal.SIGKILL)
    verification.communicate()
    assert list(project.root.glob("workspace/verify-*"))
    answer(project, *command)
    assert not list(project.root.glob("workspace/verify-*"))


def test_clean_waits_for_a_notebook_by_hand(project):
    answer(project, "run", "numbers")
    code = "from helpers.pipeline import Stage\nhere = Stage('last', 'numbers')\nwith here.alone(): print(), input()"
    with subprocess.Popen(
        [sys.executable, "-uc", code], cwd=project.root, env=project.environment(), stdin=-1, stdout=-1
    ) as by_hand:
        by_hand.stdout.readline()
        refused = project.run("clean")
        by_hand.communicate(b"\n")
    assert refused.returncode == 2
    assert refused.stderr.startswith("workbench: something is at work in")
    assert "freed" in answer(project, "clean")


def test_predict_scores_a_table_to_a_file_or_to_the_terminal(project, packaged, tmp_path):
    packaged.rows.drop(columns="left").to_csv(tmp_path / "new.csv", index=False)
    text = answer(project, "predict", f"{tmp_path}/new.csv", "--model", str(packaged.folder))
    assert text.splitlines()[0] == '"id","prediction","probability_no","probability_yes"'
    out = tmp_path / "scores.csv"
    assert "300 predictions" in answer(
        project, "predict", f"{tmp_path}/new.csv", "--model", str(packaged.folder), "-o", str(out)
    )
    assert out.read_text() == text
    assert pd.read_csv(out)["id"].tolist() == packaged.rows["id"].tolist()


@pytest.mark.parametrize("command", [("predict",), ("check", "--checks", "mine.py")])
def test_no_command_writes_over_the_table_that_it_reads(project, packaged, command):
    packaged.rows.to_csv(project.root / "new.csv", index=False)
    before = (project.root / "new.csv").read_bytes()
    model = ["--model", str(packaged.folder)] if command == ("predict",) else []
    done = project.run(*command, *model, "new.csv", "-o", str(project.root / "new.csv"))
    assert done.returncode == 2
    assert "is the table itself" in done.stderr
    assert (project.root / "new.csv").read_bytes() == before


def test_a_newer_model_is_taken_unless_a_version_is_named(project, packaged, tmp_path):
    import shutil

    models = project.root / "workspace" / "models" / "clients"
    for version in ("1", "2", "10"):
        shutil.copytree(packaged.folder, models / version)
    (models / "2" / "model_card.md").write_text("changed")
    packaged.rows.to_csv(tmp_path / "new.csv", index=False)
    answer(project, "predict", f"{tmp_path}/new.csv", "--model", "clients")
    answer(project, "predict", f"{tmp_path}/new.csv", "--model", "clients/1")
    done = project.run("predict", f"{tmp_path}/new.csv", "--model", "clients/2")
    assert done.returncode == 2
    assert "model_card.md" in done.stderr
    assert "no version 7" in project.run("predict", f"{tmp_path}/new.csv", "--model", "clients/7").stderr


def test_a_folder_beside_the_versions_that_is_none_is_passed_over(project, packaged, tmp_path):
    models = project.root / "workspace" / "models" / "clients"
    for name in ("1", "2.old"):
        shutil.copytree(packaged.folder, models / name)
    packaged.rows.to_csv(tmp_path / "new.csv", index=False)
    assert "prediction" in answer(project, "predict", f"{tmp_path}/new.csv", "--model", "clients")


def test_the_package_is_light_to_import():
    code = "import helpers, json, sys; print(json.dumps([m.split('.')[0] for m in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"numpy", "pandas", "sklearn", "typer", "papermill"} & set(json.loads(done.stdout))
