"""Optional stages: they run when they are named, and are no part of anything else."""

import json

import pytest
from tests.conftest import GRAPH, write_notebook

from helpers.errors import BadInput
from helpers.pipeline.graph import read_graph

STAGES = """
  aside: {notebook: notebooks/data/aside.ipynb, reads: [numbers], writes: [smallest], optional: true}
  beyond: {notebook: notebooks/data/beyond.ipynb, reads: [smallest], writes: [twice], optional: true}
sealed:"""


@pytest.fixture
def project(project):
    (project.root / "pipeline.yaml").write_text(GRAPH.replace("\nsealed:", STAGES, 1))
    folder = project.root / "notebooks" / "data"
    write_notebook(
        folder / "aside.ipynb",
        "shift = 0  # added",
        "here.write('smallest', shift + min(here.read('numbers')))",
    )
    write_notebook(folder / "beyond.ipynb", "", "here.write('twice', 2 * here.read('smallest'))")
    return project


def test_a_default_run_leaves_optional_stages_out_of_everything(project):
    assert project.run("run", "numbers").returncode == 0
    assert set(project.states()) == {"first", "left", "right", "last", "after"}
    page = next((project.root / "reports").glob("numbers/*/index.html")).read_text()
    assert "aside" not in page


def test_an_optional_stage_runs_alone_and_a_default_run_then_finds_nothing_changed(project):
    project.run("run", "numbers")
    done = project.run("run", "numbers", "--only", "aside")
    assert done.returncode == 0, done.stderr
    assert project.states()["aside"] == "done"
    assert "total of" not in done.stdout  # the measures of other stages were told before
    assert done.stdout.rstrip().endswith("aside.html")
    assert "aside" in max((project.root / "reports").glob("numbers/*/index.html")).read_text()
    assert "Nothing changed" in project.run("run", "numbers").stdout
    verified = project.run("verify", "numbers", "--json")
    assert verified.returncode == 0, verified.stderr
    assert {r["what"] for r in json.loads(verified.stdout)} >= {"smallest", "total"}


def test_naming_one_by_to_brings_what_it_needs_and_nothing_else(project):
    done = project.run("run", "numbers", "--to", "beyond")
    assert done.returncode == 0, done.stderr
    assert {s: state for s, state in project.states().items() if state != "skipped"} == {
        "first": "done", "aside": "done", "beyond": "done"
    }  # fmt: skip


def test_a_config_or_a_parameter_that_names_one_makes_it_part_of_the_run(project):
    assert project.run("run", "numbers", "-p", "aside.shift=2").returncode == 0
    assert project.states()["aside"] == "done"
    assert "beyond" not in project.states()
    (project.root / "configs" / "numbers.yaml").write_text("first:\n  source: numbers.txt\nbeyond: {}\n")
    assert project.run("run", "numbers").returncode == 0
    assert project.states()["beyond"] == "done"


def test_the_plan_names_those_that_would_not_run_and_params_lists_theirs(project):
    rows = {r["stage"]: r for r in json.loads(project.run("plan", "numbers", "--json").stdout)}
    assert rows["aside"]["action"] == "skip"
    assert "optional" in rows["aside"]["reason"]
    asked = {
        r["stage"]: r for r in json.loads(project.run("plan", "numbers", "--to", "aside", "--json").stdout)
    }
    assert asked["aside"]["action"] in ("wait", "run")
    assert "aside.shift" in project.run("params", "aside").stdout


def test_one_that_needs_another_says_how_to_run_that_first(project):
    project.run("run", "numbers")
    done = project.run("run", "numbers", "--only", "beyond")
    assert done.returncode == 2
    assert "--to aside" in done.stderr


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("writes: [twice], optional: true", "writes: [twice]", ["beyond", "optional too"]),
        ("writes: [twice], optional: true", "writes: [twice], optional: yes", ["true or false"]),
        ("writes: [twice], optional: true", "writes: [twice], optinal: true", ["did you mean 'optional'"]),
    ],
)
def test_a_mistake_about_optional_stages_is_told(project, old, new, words):
    path = project.root / "pipeline.yaml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(BadInput) as told:
        read_graph(project.root)
    assert all(word in str(told.value) for word in words)
