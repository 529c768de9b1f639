"""The model as ONNX, in double precision, with converters of ours for each of its parts."""

from __future__ import annotations

from typing import Any

import numpy as np

from helpers.errors import Answerable, Failed, one_line
from helpers.model.package import (  # noqa: F401  (they register)
    onnx_boosters,
    onnx_combined,
    onnx_features,
    onnx_gaussian,
    onnx_linear,
    onnx_trees,
)
from helpers.model.package.graph import DOUBLE, STRING, Nodes


def to_onnx(model: Any, outputs: list[dict[str, str]], classes: int = 0) -> bytes:
    """Return a fitted pipeline, or an ensemble of pipelines, as ONNX.

    outputs are those of the fitted recipe, [{"name", "kind"}]: inputs x0, x1 … of the graph, (n, 1) each, double
    or string. The graph gives "probabilities" (n, k) for classes, "prediction" (n, 1) for numbers. The same model
    gives the same bytes. classes is how many there are, where the model may have seen fewer; these have zeros.
    Failed names what cannot be converted.
    """
    types = {"number": DOUBLE, "category": STRING}
    nodes, named = Nodes(), {o["name"]: f"x{n}" for n, o in enumerate(outputs)}
    try:
        made = onnx_combined.aligned(nodes, model, np.arange(classes) if classes else None, named)
        used = {i for node in nodes.nodes for i in node.input}
        inputs = {f"x{n}": types[o["kind"]] for n, o in enumerate(outputs) if f"x{n}" in used}
        return nodes.finished(inputs, made, "probabilities" if hasattr(model, "classes_") else "prediction")
    except Answerable:
        raise
    except Exception as error:
        raise Failed(
            f"the model cannot be written as ONNX: {type(error).__name__}: {one_line(str(error), 200)}"
        ) from error
