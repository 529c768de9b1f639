"""What several folders of tests share: a small project of real notebooks, and a rule about skipping."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from hypothesis import settings

os.environ.setdefault(
    "OMP_NUM_THREADS", "1"
)  # as in the pipeline's kernels: what runs side by side are tests

# A check that decides about a change draws the same examples every time; at home they are new ones.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI") == "true":
    settings.load_profile("ci")

REPOSITORY = Path(__file__).parents[1]
WORKBENCH = Path(sys.executable).with_name("workbench")

GRAPH = """
stages:
  first: {notebook: notebooks/data/first.ipynb, files: [source], writes: [numbers, secret]}
  left: {notebook: notebooks/data/left.ipynb, reads: [numbers], writes: [total]}
  right: {notebook: notebooks/data/right.ipynb, reads: [numbers], writes: [largest]}
  last: {notebook: notebooks/model/last.ipynb, reads: [total, largest, secret], writes: [verdict, bundle]}
  after: {notebook: notebooks/deploy/after.ipynb, reads: [verdict, bundle], writes: [report]}
sealed: {secret: last}
publish: {bundle: models}
download: [bundle]
"""
READ = "from helpers.pipeline import Stage\nhere = Stage({name!r}, run)\n"
NOTEBOOKS = {
    "data/first": (
        'source = "numbers.txt"  # a file of numbers\nscale = 1  # factor',
        "numbers = [scale * int(line) for line in open(here.root / source)]\n"
        "here.write('numbers', numbers)\nhere.write('secret', {'answer': 42})",
    ),
    "data/left": (
        "power = 1  # exponent",
        "here.write('total', sum(n ** power for n in here.read('numbers')))",
    ),
    "data/right": ("", "here.write('largest', max(here.read('numbers')))"),
    "model/last": (
        "limit = 1000  # largest total that is accepted",
        "total = here.read('total')\n"
        "answer = here.unseal('secret', model=here.hash('total'))['answer']\n"
        "folder = here.scratch / 'bundle'\nfolder.mkdir(exist_ok=True)\n"
        "(folder / 'model.txt').write_text(str(total + answer))\n"
        "here.write('bundle', folder)\nhere.measure('total', total, of='numbers')\n"
        "here.write('verdict', {'ok': total <= limit})\n"
        "if total > limit:\n    here.reject('the total is too large')",
    ),
    "deploy/after": ("", "here.write('report', (here.read('bundle') / 'model.txt').read_text())"),
}


def write_notebook(path, parameters, code):
    """A notebook of three cells: title, parameters, code."""
    name = path.stem
    cells = [
        nbformat.v4.new_markdown_cell(f"# The stage {name}"),
        nbformat.v4.new_code_cell(
            f'run = "numbers"  # the run\n{parameters}', metadata={"tags": ["parameters"]}
        ),
        nbformat.v4.new_code_cell(READ.format(name=name) + code),
    ]
    kernel = {"name": "workbench", "display_name": "Workbench", "language": "python"}
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)


class Project:
    """A small project in a folder of its own; `run` is the command line in it."""

    def __init__(self, root):
        self.root = root
        (root / "configs").mkdir(parents=True)
        (root / "configs" / "numbers.yaml").write_text("first:\n  source: numbers.txt\n")
        (root / "numbers.txt").write_text("1\n2\n3\n")
        (root / "pipeline.yaml").write_text(GRAPH)
        for name, (parameters, code) in NOTEBOOKS.items():
            write_notebook(root / "notebooks" / f"{name}.ipynb", parameters, code)

    def environment(self):
        kept = {k: v for k, v in os.environ.items() if not k.startswith("WORKBENCH_")}
        return kept | {"COLUMNS": "200"}

    def run(self, *arguments, **more):
        return subprocess.run(
            [WORKBENCH, *arguments], cwd=self.root, env=self.environment(), capture_output=True, text=True,
            timeout=300, **more,
        )  # fmt: skip

    def python(self, code):
        """What Python code does in the project, in a process of its own."""
        return subprocess.run(
            [sys.executable, "-c", code],
            cwd=self.root,
            env=self.environment(),
            capture_output=True,
            text=True,
        )

    def start(self, *arguments):
        return subprocess.Popen(
            [WORKBENCH, *arguments], cwd=self.root, env=self.environment(), stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip

    def change(self, name, parameters=None, code=None):
        old_parameters, old_code = NOTEBOOKS[name]
        path = self.root / "notebooks" / f"{name}.ipynb"
        write_notebook(
            path, old_parameters if parameters is None else parameters, old_code if code is None else code
        )

    def code(self, name):
        return NOTEBOOKS[name][1]

    def manifests(self):
        import json

        found = sorted((self.root / "reports").glob("*/*/manifest.json"), key=lambda p: p.stat().st_mtime)
        return [json.loads(p.read_text()) for p in found]

    def states(self):
        return {s["name"]: s["state"] for s in self.manifests()[-1]["stages"]}


class Clone(Project):
    """The notebooks and configs of the repository in a folder of their own, its data beside them."""

    def __init__(self, root):
        self.root = root
        root.mkdir(parents=True)
        for name in ("notebooks", "configs"):
            shutil.copytree(REPOSITORY / name, root / name, ignore=shutil.ignore_patterns(".*"))
        shutil.copy(REPOSITORY / "pipeline.yaml", root)
        (root / "data").symlink_to(REPOSITORY / "data")


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path / "project")


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    return Clone(tmp_path_factory.mktemp("clone") / "project")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """In CI nothing skips silently: a skip is a failure there."""
    outcome = yield
    report = outcome.get_result()
    if report.skipped and os.environ.get("CI") == "true" and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI: {report.longrepr}"


@pytest.fixture(scope="module")
def packaged(tmp_path_factory):
    """A bundle made of raw rows with dates and gaps: .folder, .rows (n, p), .model, .recipe and .problem."""
    import numpy as np
    import pandas as pd

    from helpers.bundle import Bundle, write_bundle
    from helpers.model import proof
    from helpers.model.card import signature
    from helpers.model.families import families
    from helpers.model.features import model_pipeline
    from helpers.model.package.onnx import to_onnx
    from helpers.model.scoring import target
    from helpers.problem import Problem
    from helpers.recipe import PlannedStep, Recipe
    from helpers.recipe.columns import from_frame

    draw, count = np.random.default_rng(0), 300
    rows = pd.DataFrame(
        {
            "id": [f"c-{n:04d}" for n in range(count)],
            "age": draw.integers(18, 90, count).astype(float),
            "plan": draw.choice(["basic", "plus", None], count),
            "since": pd.Timestamp("2020-01-31") + pd.to_timedelta(draw.integers(0, 900, count), "D"),
        }
    )
    rows.loc[::9, "age"] = np.nan
    rows["left"] = np.where((rows["age"].fillna(50) > 50) ^ (draw.random(count) < 0.2), "yes", "no")
    types = {"age": "integer", "plan": "category", "since": "date"}
    problem = Problem("clients", "left", "binary", "roc_auc", ["no", "yes"], "yes", ["id"], types)
    plan = Recipe(
        [PlannedStep("date_parts", ["since"], {"parts": ["year", "month"]}, "a model reads no date")]
    )
    fitted = plan.fit(from_frame(rows[list(types)]), rows["left"].to_numpy(), kinds=types)
    x, family = fitted.apply_frame(rows), families("binary")["random forest"]
    model = model_pipeline(x, family.make(0), "binary", **family.features).fit(x, target(problem, rows))
    about = signature(problem, fitted.to_dict(), {"threshold": 0.4}, "RandomForestClassifier")
    folder = tmp_path_factory.mktemp("packaged") / "bundle"
    write_bundle(folder, to_onnx(model, fitted.outputs), about, fitted.to_dict(), "# Card\n", {})
    sample = proof.sample_of(Bundle(folder), rows)
    write_bundle(folder, to_onnx(model, fitted.outputs), about, fitted.to_dict(), "# Card\n", sample)

    class Packaged:
        pass

    made = Packaged()
    made.folder, made.rows, made.model, made.recipe, made.problem = folder, rows, model, fitted, problem
    return made


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """A small project that was run twice, the second time with another parameter."""
    project = Project(tmp_path_factory.mktemp("ran") / "project")
    assert project.run("run", "numbers").returncode == 0
    assert project.run("run", "numbers", "-p", "left.power=2").returncode == 0
    return project
