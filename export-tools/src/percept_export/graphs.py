# SPDX-License-Identifier: Apache-2.0
"""ONNX from a network's steps and its parameters."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from percept_export import __version__
from percept_export.errors import WeightsError
from percept_export.networks import INPUT, Step
from percept_export.spec import EXPORTER_NAME, Spec, attach

Tensors = Mapping[str, NDArray[np.float32]]
"""Parameters by name."""

OPSET = 17
IR_VERSION = 8
"""The oldest that opset 17 goes with, so that older runtimes read the file."""


@dataclass
class Draft:
    """A graph that is being written: its nodes, its constants, and the element type of each result."""

    nodes: list[onnx.NodeProto] = field(default_factory=list)
    initializers: list[TensorProto] = field(default_factory=list)
    types: dict[str, int] = field(default_factory=lambda: {INPUT: TensorProto.FLOAT})

    def node(self, op: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        """Appends a node that is called like its output; returns that name."""
        self.nodes.append(helper.make_node(op, list(inputs), [output], name=output, **attributes))
        self.types[output] = self.types.get(inputs[0], TensorProto.FLOAT)
        return output

    def constant(self, name: str, values: NDArray[np.float32] | NDArray[np.int64]) -> str:
        """Adds a constant; returns its name."""
        self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def append(self, steps: Sequence[Step], tensors: Tensors, in_half: Collection[str] = ()) -> None:
        """Appends a network's steps.

        Args:
            steps: in the order of evaluation; the first reads :data:`percept_export.networks.INPUT`.
            tensors: float32 parameters by name; more than the needed ones may be there.
            in_half: the convolutions that compute in half, as do the ReLU and the pooling behind each.
                Casts stand where the type changes.

        Raises:
            WeightsError: a tensor is missing or has another shape.
        """
        for step in steps:
            if step.op == "Conv":
                dtype = TensorProto.FLOAT16 if step.name in in_half else TensorProto.FLOAT
                value = self._cast(step.inputs[0], dtype)
                self.initializers += [_initializer(name, shape, tensors, dtype) for name, shape in step.shapes.items()]
                kernel, pads = [step.kernel] * 2, [step.padding] * 4
                strides = {} if step.stride == 1 else {"strides": [step.stride] * 2}
                inputs = [value, step.weight, step.bias]
                self.node("Conv", inputs, step.name, kernel_shape=kernel, pads=pads, **strides)
            elif step.op in ("MaxPool", "AveragePool"):
                ceil = {"ceil_mode": 1} if step.ceil else {}
                sides = {"kernel_shape": [step.kernel] * 2, "strides": [step.stride] * 2}
                self.node(step.op, step.inputs, step.name, **sides, **ceil)
            else:
                # A ReLU has a value of its own: the convolution's stays as it is, unlike with torchvision's ReLUs,
                # which overwrite it.
                axis = {"axis": 1} if step.op == "Concat" else {}
                self.node(step.op, step.inputs, step.name, **axis)

    def model(self, name: str, outputs: Mapping[str, Sequence[str | int]], spec: Spec) -> onnx.ModelProto:
        """Returns the finished model with its description; equal drafts give equal bytes.

        Args:
            name: of the graph.
            outputs: the results to give out, in order, and the shape of each.
            spec: attached as it is.
        """
        graph = helper.make_graph(
            self.nodes,
            name,
            [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, ["batch", 3, "height", "width"])],
            [helper.make_tensor_value_info(output, self.types[output], shape) for output, shape in outputs.items()],
            self.initializers,
        )
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
            producer_name=EXPORTER_NAME,
            producer_version=__version__,
        )
        attach(model, spec)
        return model

    def _cast(self, value: str, dtype: int) -> str:
        if self.types[value] == dtype:
            return value
        cast = self.node("Cast", [value], f"{value}_{'fp16' if dtype == TensorProto.FLOAT16 else 'fp32'}", to=dtype)
        self.types[cast] = dtype
        return cast


def _initializer(name: str, shape: tuple[int, ...], tensors: Tensors, dtype: int) -> TensorProto:
    tensor = tensors.get(name)
    if tensor is None:
        raise WeightsError(f"tensor '{name}' is missing")
    if tensor.shape != shape:
        raise WeightsError(f"tensor '{name}' has shape {tensor.shape}, not {shape}")
    stored = np.ascontiguousarray(tensor, dtype=helper.tensor_dtype_to_np_dtype(dtype))
    return numpy_helper.from_array(stored, name)
