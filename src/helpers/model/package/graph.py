"""Write an ONNX graph in double precision, one operator after the other; converters register here by estimator."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

from helpers.model.package.onnx_carried import carry

DOUBLE, INT64, STRING = onnx.TensorProto.DOUBLE, onnx.TensorProto.INT64, onnx.TensorProto.STRING
OPSET, ML_OPSET, IR = 20, 5, 10

Emit = Callable[["Nodes", Any, Any], str]
_EMIT: dict[str, Emit] = {}


def converts(*estimators: type | str) -> Callable[[Emit], Emit]:
    """Register a converter: (nodes, fitted estimator, input) -> output.

    Features and numbers come as (n, p), text columns as (n, 1) each; a transformer gives a matrix, a model
    probabilities (n, k) or numbers (n, 1), all in double. An estimator of a package that is imported only where it
    is used is named, as "lightgbm.LGBMClassifier".
    """

    def register(emit: Emit) -> Emit:
        _EMIT.update({e if isinstance(e, str) else _key(e): emit for e in estimators})
        return emit

    return register


def carried(estimator: Any) -> bool:
    """Whether there is a converter for an estimator."""
    return _key(type(estimator)) in _EMIT


class Nodes:
    """A graph being written: every method adds a node and returns the name of its output.

    The same operator on the same inputs is written once.
    """

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self._known: dict[bytes, list[str]] = {}

    def constant(self, values: Any, dtype: Any = np.float64) -> str:
        """Return the name of a constant tensor."""
        array = np.ascontiguousarray(values, dtype)
        about = f"{array.dtype} {array.shape} ".encode()
        key = hashlib.sha256(
            about + (repr(array.tolist()).encode() if dtype is object else array.tobytes())
        ).digest()
        if key not in self._known:
            self._known[key] = [f"c{len(self.constants)}"]
            self.constants.append(numpy_helper.from_array(array, self._known[key][0]))
        return self._known[key][0]

    def scalar(self, value: float) -> str:
        """Return the name of a constant without dimensions."""
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.array(value, np.float64), name))
        return name

    def node(self, op: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """Return the output of an operator."""
        return self._added(op, inputs, 1, domain, attributes)[0]

    def two(self, op: str, *inputs: str, **attributes: Any) -> list[str]:
        """Return both outputs of an operator that has two."""
        return self._added(op, inputs, 2, "", attributes)

    def _added(
        self, op: str, inputs: tuple[str, ...], outputs: int, domain: str, attributes: dict
    ) -> list[str]:
        made = helper.make_node(op, list(inputs), [], domain=domain, **attributes)
        key = made.SerializeToString(deterministic=True)
        if key not in self._known:
            self._known[key] = [f"n{len(self.nodes)}{'ab'[n] if n else ''}" for n in range(outputs)]
            made.output.extend(self._known[key])
            self.nodes.append(made)
        return self._known[key]

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

    def whole(self, a: str) -> str:
        """Return a as integers."""
        return self.node("Cast", a, to=INT64)

    def concat(self, *parts: str) -> str:
        """Return columns side by side."""
        return parts[0] if len(parts) == 1 else self.node("Concat", *parts, axis=1)

    def columns(self, a: str, positions: Any) -> str:
        """Return some columns."""
        return self.node("Gather", a, self.constant(positions, np.int64), axis=1)

    def take(self, table: Any, positions: str) -> str:
        """Return the rows of a constant table that integer positions name."""
        return self.node("Gather", self.constant(table), positions, axis=0)

    def reshape(self, a: str, *shape: int) -> str:
        """Return a in another shape; 0 keeps a size, -1 is what is left."""
        return self.node("Reshape", a, self.constant(shape, np.int64))

    def both(self, positive: str) -> str:
        """Return (n, 2) probabilities of the probability (n, 1) of the second class."""
        return self.concat(self.node("Sub", self.constant([[1.0]]), positive), positive)

    def sum_rows(self, a: str) -> str:
        """Return the sum over columns, (n, 1)."""
        return self.node("ReduceSum", a, self.constant([1], np.int64), keepdims=1)

    def where(self, condition: str, yes: Any, no: str) -> str:
        """Return constants where a condition holds, else `no`."""
        return self.node("Where", condition, self.constant(yes), no)

    def labels(self, column: str, keys: Any, values: Any, default: int) -> str:
        """Return the integer that each text in a column stands for, `default` for unknown ones."""
        return self.node(
            "LabelEncoder", column, domain="ai.onnx.ml", keys_strings=[str(k) for k in keys],
            values_int64s=[int(v) for v in values], default_int64=int(default),
        )  # fmt: skip

    def emit(self, estimator: Any, x: Any) -> str:
        """Return what an estimator makes of x: a matrix of features, probabilities (n, k), or numbers (n, 1)."""
        if not carried(estimator):
            return carry(self, estimator, x)
        return _EMIT[_key(type(estimator))](self, estimator, x)

    def spliced(self, graph: onnx.GraphProto, x: str) -> str:
        """Return the last output of a graph with one input, written into this one under names of its own."""
        mark = f"s{len(self.nodes)}_"
        renamed = {graph.input[0].name: x, "": ""}
        for constant in graph.initializer:
            renamed[constant.name] = mark + constant.name
            copied = onnx.TensorProto()
            copied.CopyFrom(constant)
            copied.name = renamed[constant.name]
            self.constants.append(copied)
        for node in graph.node:
            copy = onnx.NodeProto()
            copy.CopyFrom(node)
            copy.name = ""
            copy.input[:] = [renamed[name] for name in node.input]
            renamed |= {name: mark + name for name in node.output}
            copy.output[:] = [renamed[name] for name in node.output]
            self.nodes.append(copy)
        return renamed[graph.output[-1].name]

    def finished(self, inputs: Mapping[str, int], output: str, name: str) -> bytes:
        """Return the bytes of the graph: inputs (n, 1) by name and element type, one output, (n, ?) double."""
        last = helper.make_node("Identity", [output], [name])
        graph = helper.make_graph(
            [*self.nodes, last], "model",
            [helper.make_tensor_value_info(x, kind, [None, 1]) for x, kind in inputs.items()],
            [helper.make_tensor_value_info(name, DOUBLE, [None, None])], self.constants,
        )  # fmt: skip
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", ML_OPSET)]
        whole = helper.make_model(graph, opset_imports=opsets, ir_version=IR, producer_name="workbench")
        onnx.checker.check_model(whole)
        return whole.SerializeToString(deterministic=True)


def _key(estimator: type) -> str:
    return f"{estimator.__module__.split('.')[0]}.{estimator.__name__}"
