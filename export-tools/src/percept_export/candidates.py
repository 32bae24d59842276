# SPDX-License-Identifier: Apache-2.0
"""Suggests which of a foreign graph's tensors may serve as layers.

In a convolutional network these are the last activations before each spatial reduction and the last one of all, as
VGG's relu1_2, relu2_2 and so on; in a transformer the sums that end a residual branch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import onnx

from percept_export.graph_shapes import ImageInput, dims_of, inferred

_ACTIVATIONS = frozenset(
    ("Celu", "Clip", "Elu", "Gelu", "HardSwish", "LeakyRelu", "Mish", "PRelu", "Relu", "Selu", "Softplus", "Tanh")
)
_REDUCING = frozenset(("Conv", "MaxPool", "AveragePool", "LpPool", "GlobalAveragePool", "GlobalMaxPool", "ReduceMean"))
_PASSING = frozenset(("BatchNormalization", "Concat", "Dropout", "Identity", "Pad", "Transpose", "Conv", "Cast"))
"""What is looked behind for an activation, where a reduction does not read one itself."""


@dataclass(frozen=True)
class Candidate:
    """A tensor, its shape at 224 by 224 or the graph's own size, and why it is suggested."""

    tensor: str
    shape: tuple[int, ...]
    reason: str


def candidates(model: onnx.ModelProto, picture: ImageInput) -> tuple[Candidate, ...]:
    """Returns what may serve as layers, in the order of evaluation; empty if nothing is known to.

    Args:
        model: the graph.
        picture: its image input.
    """
    graph = _Graph(model, picture)
    entering: dict[str, str] = {}
    for node in model.graph.node:
        tensor = graph.activation(node.input[0]) if node.op_type in _REDUCING else None
        if tensor is not None and graph.reduces(node, tensor):
            entering.setdefault(tensor, node.name or f"{node.op_type} {node.output[0]}")
    found: dict[str, Candidate] = {}
    scales: set[tuple[int, ...]] = set()
    for tensor in (name for name in graph.order if name in entering):
        shape = graph.shapes[tensor]
        # Of one scale the first: what is inside the block that reduces it comes behind what enters the block.
        if shape[2:] not in scales:
            scales.add(shape[2:])
            found[tensor] = Candidate(tensor, shape, f"{graph.op(tensor)} before {entering[tensor]}")
    last = next((name for name in reversed(graph.order) if graph.is_map(name) and graph.activated(name)), None)
    if last is not None:
        found.setdefault(last, Candidate(last, graph.shapes[last], f"{graph.op(last)}, the last one"))
    for node in model.graph.node:
        if graph.is_residual_sum(node):
            name = node.output[0]
            found.setdefault(name, Candidate(name, graph.shapes[name], "sum that ends a residual branch of tokens"))
    return tuple(found[name] for name in graph.order if name in found)


class _Graph:
    """A graph's tensors by name: who makes them, and how large they are."""

    def __init__(self, model: onnx.ModelProto, picture: ImageInput) -> None:
        self.makers: Mapping[str, onnx.NodeProto] = {name: node for node in model.graph.node for name in node.output}
        self.order = [name for node in model.graph.node for name in node.output]
        self._constants = {tensor.name for tensor in model.graph.initializer}
        known = {name: dims_of(tensor) for name, tensor in inferred(model, picture).items()}
        self.shapes = {name: dims for name, dims in known.items() if dims is not None}

    def op(self, tensor: str) -> str:
        return str(self.makers[tensor].op_type)

    def is_map(self, tensor: str) -> bool:
        """Whether a tensor has places: more than one, in two directions."""
        shape = self.shapes.get(tensor, ())
        return len(shape) == 4 and shape[2] * shape[3] > 1 and shape[1] * shape[2] > 1

    def reduces(self, node: onnx.NodeProto, tensor: str) -> bool:
        """Whether a node leaves fewer places than ``tensor`` has, which it reads, perhaps behind a padding."""
        after = self.shapes.get(node.output[0])
        if not self.is_map(tensor) or after is None:
            return False
        before = self.shapes[tensor]
        return len(after) != 4 or after[2] * after[3] < before[2] * before[3]

    def activation(self, tensor: str) -> str | None:
        """Returns ``tensor``, or what is behind it on a straight way, if that has been through an activation."""
        while tensor in self.makers:
            if self.activated(tensor):
                return tensor
            node = self.makers[tensor]
            if node.op_type not in _PASSING or len([name for name in node.input if name in self.makers]) != 1:
                return None
            tensor = next(name for name in node.input if name in self.makers)
        return None

    def activated(self, tensor: str) -> bool:
        """Whether a tensor is an activation's result, or joins such."""
        node = self.makers.get(tensor)
        if node is None:
            return False
        if node.op_type == "Concat":
            return all(self.activated(name) for name in node.input)
        if node.op_type == "Mul":  # x · sigmoid(x), and its relatives.
            gates = [self.makers[name] for name in node.input if name in self.makers]
            return any(gate.op_type in ("Sigmoid", "HardSigmoid") and gate.input[0] in node.input for gate in gates)
        return node.op_type in _ACTIVATIONS

    def is_residual_sum(self, node: onnx.NodeProto) -> bool:
        """Whether a node adds a branch to the tokens that it came from."""
        if node.op_type != "Add" or not all(name in self.makers for name in node.input):
            return False
        shape = self.shapes.get(node.output[0], ())
        return len(shape) == 3 and shape[1] > 1 and all(self.shapes.get(name) == shape for name in node.input)
