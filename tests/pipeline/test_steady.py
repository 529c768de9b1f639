"""Kernels compute the same numbers whatever the processor, or the environment, would have libraries choose."""

import subprocess
import sys

import nbformat
import pytest
from nbclient import NotebookClient

from helpers.pipeline.steady import AVX2, numbers

NUMBERS = """
import hashlib
import numpy as np
a = np.random.default_rng(0).normal(size=(300, 300))
told = hashlib.sha256((a @ a).tobytes() + np.exp(a).tobytes()).hexdigest()
"""
OTHER = {"OPENBLAS_CORETYPE": "Nehalem", "NPY_DISABLE_CPU_FEATURES": "X86_V3", "OPENBLAS_NUM_THREADS": "2"}


def by_hand(folder):
    """What the kernel of the notebooks says, as JupyterLab and nbval start it."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(f"{NUMBERS}print(told)")])
    NotebookClient(notebook, kernel_name="workbench", resources={"metadata": {"path": str(folder)}}).execute()
    return notebook.cells[0].outputs[0].text.strip()


def in_a_run(project):
    code = f"{NUMBERS}(here.root / 'told.txt').write_text(told)\nhere.write('total', 1)"
    project.change("data/left", code=code)
    done = project.run("run", "numbers", "--to", "left")
    assert done.returncode == 0, done.stderr
    return (project.root / "told.txt").read_text()


@pytest.mark.skipif(not AVX2.items() <= numbers().items(), reason="only where the processor has AVX2")
def test_kernels_by_hand_and_in_a_run_add_up_alike_on_a_processor_that_others_are_told_of(
    project, tmp_path, monkeypatch
):
    plain = by_hand(tmp_path)
    for name, value in OTHER.items():
        monkeypatch.setenv(name, value)
    bare = subprocess.run(
        [sys.executable, "-c", f"{NUMBERS}print(told)"], capture_output=True, text=True, check=True
    )
    assert bare.stdout.strip() != plain  # what the environment says has an effect elsewhere
    assert by_hand(tmp_path) == plain
    assert in_a_run(project) == plain
