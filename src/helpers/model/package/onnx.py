"""The model as ONNX, in double precision: skl2onnx carries the pipeline, converters of ours its parts."""

from __future__ import annotations

import logging
import warnings
from typing import Any

import onnx
import pandas as pd
from onnx import helper
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import DoubleTensorType, StringTensorType

from helpers.errors import Answerable, Failed, one_line
from helpers.model.package import onnx_features, onnx_linear, onnx_trees  # noqa: F401  (they register)
from helpers.model.package.graph import CARRIED_ML_OPSET, ML_OPSET, OPSET


def to_onnx(model: Any, outputs: list[dict[str, str]]) -> bytes:
    """Return a fitted pipeline as ONNX.

    outputs are those of the fitted recipe, [{"name", "kind"}]: inputs x0, x1 … of the graph, (n, 1) each, double
    or string. The graph gives "probabilities" (n, k) for classes, "prediction" (n, 1) for numbers. The same model
    gives the same bytes. Failed names what cannot be converted.
    """
    types = {"number": DoubleTensorType, "category": StringTensorType}
    initial = [(f"x{n}", types[o["kind"]]([None, 1])) for n, o in enumerate(outputs)]
    renamed = _with_positions(model, [o["name"] for o in outputs])
    options = {"zipmap": False} if hasattr(model, "classes_") else None
    logging.getLogger("skl2onnx").setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            graph = convert_sklearn(
                renamed, "model", initial, target_opset={"": OPSET, "ai.onnx.ml": CARRIED_ML_OPSET},
                options={id(renamed): options} if options else None,
            )  # fmt: skip
    except Answerable:
        raise
    except Exception as error:
        raise Failed(
            f"the model cannot be written as ONNX: {type(error).__name__}: {one_line(str(error), 200)}"
        ) from error
    return _finished(graph, hasattr(model, "classes_"))


def _with_positions(model: Any, names: list[str]) -> Any:
    """Return the pipeline with its columns named x0, x1 …; the fitted parts are shared, nothing is copied."""
    from copy import copy

    position = {name: f"x{n}" for n, name in enumerate(names)}
    pipeline, transformer = copy(model), copy(model.named_steps["features"])
    fitted = [
        (n, t, [position[c] for c in columns]) for n, t, columns in transformer.transformers_ if len(columns)
    ]
    transformer.transformers_ = [f for f in fitted if not (isinstance(f[1], str) and f[1] == "drop")]
    transformer.transformers = transformer.transformers_
    transformer.feature_names_in_ = pd.Index([f"x{n}" for n in range(len(names))]).to_numpy(object)
    pipeline.steps = [("features", transformer), ("model", model.named_steps["model"])]
    return pipeline


def _finished(graph: onnx.ModelProto, has_classes: bool) -> bytes:
    """Return the bytes without what differs from call to call, the label left out."""
    kept = graph.graph.output[-1]
    del graph.graph.output[:]
    graph.graph.output.append(kept)
    final = "probabilities" if has_classes else "prediction"
    for node in graph.graph.node:
        for n, name in enumerate(node.output):
            if name == kept.name:
                node.output[n] = final
    graph.graph.output[0].name = final
    graph.producer_name, graph.producer_version, graph.domain, graph.doc_string = "workbench", "", "", ""
    graph.graph.name = "model"
    del graph.opset_import[:]
    graph.opset_import.extend([helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", ML_OPSET)])
    used = {name for node in graph.graph.node for name in node.input} | {final}
    alive = [node for node in graph.graph.node if set(node.output) & used]
    del graph.graph.node[:]
    graph.graph.node.extend(alive)
    onnx.checker.check_model(graph)
    return graph.SerializeToString(deterministic=True)
