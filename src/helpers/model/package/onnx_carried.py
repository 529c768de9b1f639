"""Estimators that have no converter of ours, as skl2onnx writes them in double; the proof over all rows decides.

A person's own family of models is so exported without a line of code, wherever skl2onnx knows its estimator.
"""

from __future__ import annotations

import logging
import warnings
from typing import TYPE_CHECKING, Any

from onnx import ModelProto
from sklearn.base import is_classifier

from helpers.errors import Failed

if TYPE_CHECKING:
    from helpers.model.package.graph import Nodes

SKL2ONNX_OPSETS = {"": 18, "ai.onnx.ml": 3}


def carry(nodes: Nodes, estimator: Any, x: str) -> str:
    """Return what skl2onnx's graph of a fitted estimator makes of a matrix (n, p); Failed when it has none."""
    try:
        written = _converted(estimator)
    except Exception as error:
        raise Failed(
            f"{type(estimator).__name__} has no export to ONNX, neither here nor in skl2onnx; choose another family"
        ) from error
    return nodes.double(nodes.spliced(written.graph, x))


def _converted(estimator: Any) -> ModelProto:
    from skl2onnx import convert_sklearn
    from skl2onnx.common.data_types import DoubleTensorType

    logging.getLogger("skl2onnx").setLevel(logging.ERROR)
    initial = [("x", DoubleTensorType([None, estimator.n_features_in_]))]
    options = {id(estimator): {"zipmap": False}} if is_classifier(estimator) else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return convert_sklearn(estimator, "model", initial, target_opset=SKL2ONNX_OPSETS, options=options)
