"""Write ONNX nodes in double precision, and register converters of ours in skl2onnx."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from onnx import numpy_helper
from skl2onnx import update_registered_converter
from skl2onnx.common.data_types import DoubleTensorType, Int64TensorType, StringTensorType
from sklearn.base import is_classifier

from helpers.errors import Failed

DOUBLE, INT64 = 11, 7  # onnx.TensorProto
OPSET, ML_OPSET = 18, 5
CARRIED_ML_OPSET = 3  # the highest that skl2onnx knows; the finished graph says ML_OPSET

Emit = Callable[["Nodes", Any, str], str]
_EMIT: dict[type, Emit] = {}


class Nodes:
    """A graph being written: every method adds a node and returns the name of its output."""

    def __init__(self, scope: Any, container: Any) -> None:
        self._scope, self._container = scope, container

    def constant(self, values: Any, dtype: Any = np.float64) -> str:
        """Return the name of a constant tensor."""
        array = np.ascontiguousarray(values, dtype)
        name = self._scope.get_unique_variable_name("c")
        data = numpy_helper.from_array(array, name)
        self._container.add_initializer(name, data.data_type, array.shape, array.ravel().tolist())
        return name

    def node(self, op: str, *inputs: str, domain: str = "", version: int = OPSET, **attributes: Any) -> str:
        """Return the output of an operator."""
        return self._added(op, inputs, 1, op_domain=domain, op_version=version, **attributes)[0]

    def second(self, op: str, *inputs: str, **attributes: Any) -> str:
        """Return the second output of an operator that has two."""
        return self._added(op, inputs, 2, op_domain="", op_version=OPSET, **attributes)[1]

    def _added(self, op: str, inputs: tuple[str, ...], outputs: int, **attributes: Any) -> list[str]:
        names = [self._scope.get_unique_variable_name("n") for _ in range(outputs)]
        name = self._scope.get_unique_operator_name(op)
        self._container.add_node(op, list(inputs), names, name=name, **attributes)
        return names

    def add(self, a: str, values: Any) -> str:
        """Return a plus constants."""
        return self.node("Add", a, self.constant(values))

    def times(self, a: str, values: Any) -> str:
        """Return a times constants."""
        return self.node("Mul", a, self.constant(values))

    def matmul(self, a: str, matrix: Any) -> str:
        """Return the matrix product with constants."""
        return self.node("MatMul", a, self.constant(matrix))

    def double(self, a: str) -> str:
        """Return a as double."""
        return self.node("Cast", a, to=DOUBLE)

    def concat(self, *parts: str) -> str:
        """Return columns side by side."""
        return parts[0] if len(parts) == 1 else self.node("Concat", *parts, axis=1)

    def columns(self, a: str, positions: Any) -> str:
        """Return some columns."""
        return self.node("Gather", a, self.constant(positions, np.int64), axis=1)

    def take(self, table: Any, positions: str) -> str:
        """Return the rows of a constant table that integer positions name."""
        return self.node("Gather", self.constant(table), positions, axis=0)

    def both(self, positive: str) -> str:
        """Return (n, 2) probabilities of the probability (n, 1) of the second class."""
        return self.concat(self.node("Sub", self.constant([[1.0]]), positive), positive)

    def sum_rows(self, a: str) -> str:
        """Return the sum over columns, (n, 1)."""
        return self.node("ReduceSum", a, self.constant([1], np.int64), keepdims=1)

    def emit(self, estimator: Any, x: str) -> str:
        """Return what an estimator makes of x: a matrix of features, probabilities (n, k), or numbers (n, 1)."""
        if type(estimator) not in _EMIT:
            raise Failed(
                f"{type(estimator).__name__} has no exact export to ONNX; choose another family to tune"
            )
        return _EMIT[type(estimator)](self, estimator, x)


def features(*classes: type, width: Callable[[Any], int]) -> Callable[[Emit], Emit]:
    """Register the converter of transformers; width tells how many columns a fitted one gives."""

    def shape(operator: Any) -> None:
        operator.outputs[0].type = DoubleTensorType([None, width(operator.raw_operator)])

    return _registered(classes, shape, _convert)


def model(*classes: type) -> Callable[[Emit], Emit]:
    """Register the converter of models: probabilities (n, k) of classes, or numbers (n, 1)."""

    def shape(operator: Any) -> None:
        fitted = operator.raw_operator
        if hasattr(fitted, "classes_"):
            operator.outputs[0].type = Int64TensorType([None])
            operator.outputs[1].type = DoubleTensorType([None, len(fitted.classes_)])
        else:
            operator.outputs[0].type = DoubleTensorType([None, 1])

    return _registered(classes, shape, _convert)


def _registered(classes: tuple[type, ...], shape: Callable, convert: Callable) -> Callable[[Emit], Emit]:
    def register(emit: Emit) -> Emit:
        for one in classes:
            _EMIT[one] = emit
            options = {o: [False, True] for o in ("zipmap", "nocl", "output_class_labels", "raw_scores")}
            alias, allowed = f"Workbench{one.__name__}", options if is_classifier(one()) else None
            update_registered_converter(one, alias, shape, convert, overwrite=True, options=allowed)
        return emit

    return register


def _convert(scope: Any, operator: Any, container: Any) -> None:
    nodes = Nodes(scope, container)
    x = nodes.concat(*(v.full_name for v in operator.inputs))
    if not isinstance(operator.inputs[0].type, DoubleTensorType | StringTensorType):
        x = nodes.double(x)
    made = nodes.emit(operator.raw_operator, x)
    outputs = [o.full_name for o in operator.outputs]
    if len(outputs) == 2:
        label = nodes.node("ArgMax", made, axis=1, keepdims=0)
        container.add_node(
            "Identity", [label], [outputs[0]], op_version=OPSET, name=scope.get_unique_operator_name("i")
        )
    container.add_node(
        "Identity", [made], [outputs[-1]], op_version=OPSET, name=scope.get_unique_operator_name("i")
    )


def labels(nodes: Nodes, column: str, keys: Any, values: Any, default: int) -> str:
    """Return the integer that each text in a column stands for, `default` for unknown ones."""
    return nodes.node(
        "LabelEncoder", column, domain="ai.onnx.ml", version=CARRIED_ML_OPSET,
        keys_strings=[str(k) for k in keys], values_int64s=[int(v) for v in values], default_int64=int(default),
    )  # fmt: skip


__all__ = ["CARRIED_ML_OPSET", "ML_OPSET", "OPSET", "Nodes", "features", "labels", "model"]
