"""Run every notebook by hand, in the order of the graph and on its defaults, and keep what it shows.

The environment says in which workspace (`make outputs` takes an empty one). Pictures are kept in 64 colours,
which makes them small.
"""

import base64
import io
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from PIL import Image

from helpers.pipeline.graph import read_graph


def small(png: str) -> str:
    """Return a picture (base64) in 64 colours."""
    picture = Image.open(io.BytesIO(base64.b64decode(png)))
    kept = io.BytesIO()
    picture.convert("RGB").quantize(64, dither=Image.Dither.NONE).save(kept, "PNG", optimize=True)
    return base64.b64encode(kept.getvalue()).decode()


def show(path: Path) -> None:
    """Run one notebook and write it back with its outputs."""
    notebook = nbformat.read(path, as_version=4)
    kernel = notebook.metadata.kernelspec.name
    there = {"metadata": {"path": str(path.parent)}}
    NotebookClient(notebook, kernel_name=kernel, record_timing=False, resources=there).execute()
    for output in (o for c in notebook.cells for o in c.get("outputs", [])):
        if "image/png" in output.get("data", {}):
            output.data["image/png"] = small(output.data["image/png"])
    nbformat.write(notebook, path)


root = Path(__file__).parents[1]
for spec in read_graph(root).stages.values():
    print(spec.notebook, flush=True)
    show(root / spec.notebook)
