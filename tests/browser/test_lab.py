"""A notebook opened in JupyterLab runs from top to bottom on its defaults, with the right kernel."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

WORKBENCH = Path(sys.executable).with_name("workbench")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def lab(clone):
    """The address of a JupyterLab that `workbench lab` has opened on the notebooks of a clone."""
    port = free_port()
    options = [
        "--no-browser",
        f"--port={port}",
        "--IdentityProvider.token=",
        "--allow-root",
        "--log-level=ERROR",
    ]
    places = {
        "WORKBENCH_WORKSPACE": str(clone.root / "workspace"),
        "WORKBENCH_REPORTS": str(clone.root / "reports"),
    }
    server = subprocess.Popen(
        [WORKBENCH, "lab", "--", *options], cwd=clone.root, env={**os.environ, **places},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    for _ in range(960):
        try:
            urllib.request.urlopen(f"{address}/api", timeout=5).close()
            break
        except OSError:
            time.sleep(0.25)
    yield address
    server.terminate()
    server.wait(20)


def run_all(browser, lab, notebook, file, seconds=600):
    """Open a notebook, run all its cells, save it; return its code cells and metadata as they were saved.

    A page that is still busy opening may miss a click, so it is asked again while no cell has begun.
    """
    tab = browser.new_page()
    tab.set_default_timeout(240_000)
    tab.goto(f"{lab}/lab/tree/{notebook}?reset")
    tab.wait_for_selector(".jp-Notebook .jp-Cell")
    tab.wait_for_selector("text=Workbench | Idle")
    ask, end, cells, saved = time.monotonic(), time.monotonic() + seconds, [], {}
    while time.monotonic() < end and not _is_over(cells):
        if time.monotonic() >= ask and not any(c["execution_count"] for c in cells):
            tab.locator(".lm-MenuBar-itemLabel", has_text="Run").first.click()
            tab.get_by_role("menuitem", name="Run All Cells", exact=True).click()
            ask = time.monotonic() + 60
        time.sleep(1)
        tab.keyboard.press("Control+s")
        with contextlib.suppress(ValueError):  # read in the middle of being written
            saved = json.loads(file.read_text())
            cells = [c for c in saved["cells"] if c["cell_type"] == "code"]
    tab.close()
    return cells, saved["metadata"]


def _is_over(cells):
    failed = any(o["output_type"] == "error" for c in cells for o in c["outputs"])
    return failed or bool(cells and cells[-1]["execution_count"])


def test_the_first_notebook_runs_in_jupyterlab_as_it_is(clone, lab, browser):
    file = clone.root / "notebooks" / "data" / "01_ingest.ipynb"
    record = json.loads(file.read_text())
    for cell in record["cells"]:
        if cell["cell_type"] == "code":
            cell |= {"outputs": [], "execution_count": None}
    file.write_text(json.dumps(record))
    cells, metadata = run_all(browser, lab, "data/01_ingest.ipynb", file)
    assert [o for c in cells for o in c["outputs"] if o["output_type"] == "error"] == []
    assert all(c["execution_count"] for c in cells)
    assert metadata["kernelspec"]["name"] == "workbench"
    assert (clone.root / "workspace" / "by_hand" / "churn").is_dir()
