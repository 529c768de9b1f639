"""The notebooks in the repository read like a chapter: short cells, a sentence before each, parameters explained."""

import ast
import re
from pathlib import Path

import nbformat
import pytest
import yaml

ROOT = Path(__file__).parents[2]
GRAPH = yaml.safe_load((ROOT / "pipeline.yaml").read_text())["stages"]
NOTEBOOKS = [ROOT / stage["notebook"] for stage in GRAPH.values()]


def is_import(cell):
    return cell.source.startswith(("from ", "import "))


def is_parameters(cell):
    return "parameters" in cell.metadata.get("tags", [])


@pytest.fixture(params=NOTEBOOKS, ids=lambda p: p.stem)
def notebook(request):
    return nbformat.read(request.param, 4)


def code(notebook):
    return [c for c in notebook.cells if c.cell_type == "code"]


def test_every_notebook_belongs_to_a_stage_and_every_stage_has_one():
    assert sorted(NOTEBOOKS) == sorted((ROOT / "notebooks").glob("*/*.ipynb"))


def test_it_begins_with_a_title_and_its_parameters(notebook):
    title, parameters = notebook.cells[:2]
    assert re.match(r"# \w+.*\n\n\w", title.source)
    assert is_parameters(parameters)
    assert sum(map(is_parameters, code(notebook))) == 1


def test_every_parameter_says_what_it_means(notebook):
    for line in notebook.cells[1].source.splitlines():
        assert re.fullmatch(r"\w+(: [^=]+)? = .+  # .+", line), line


def test_cells_have_ten_lines_at_the_most(notebook):
    for cell in code(notebook):
        lines = len(cell.source.splitlines())
        assert is_parameters(cell) or lines <= (14 if is_import(cell) else 10), cell.source


def test_a_sentence_stands_before_every_cell(notebook):
    for before, cell in zip(notebook.cells, notebook.cells[1:], strict=False):
        if cell.cell_type == "code" and not is_import(cell) and not is_parameters(cell):
            assert before.cell_type == "markdown", cell.source


def test_helpers_live_in_the_package_and_not_in_cells(notebook):
    kinds = (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef, ast.Lambda)
    for cell in code(notebook):
        assert not [node for node in ast.walk(ast.parse(cell.source)) if isinstance(node, kinds)], cell.source


def test_what_it_shows_is_there_small_and_without_error(notebook):
    outputs = [o for c in code(notebook) for o in c.outputs]
    assert outputs
    assert {o.output_type for o in outputs} <= {"display_data", "execute_result", "stream"}
    assert [c.execution_count for c in code(notebook)] == list(range(1, len(code(notebook)) + 1))
    assert len(nbformat.writes(notebook)) < 400_000
