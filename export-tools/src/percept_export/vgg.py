# SPDX-License-Identifier: Apache-2.0
"""VGG19 as a feature graph, up to the deepest layer that is asked for, in float or in half precision.

What it is made of stands in :data:`percept_export.networks.VGG19`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import onnx
from onnx import TensorProto

from percept_export.errors import UsageError
from percept_export.graphs import OPSET, Draft, Tensors
from percept_export.networks import INPUT, MEAN, STD, VGG19
from percept_export.spec import InputSpec, LayerSpec, PrecisionSpec, SizeSpec, Spec, WeightsSpec

DEFAULT_LAYERS = ("relu2_1", "relu4_1", "relu5_1")
"""The three slices of torchvision's ``features`` that Percept's reference metric compares."""


@dataclass(frozen=True)
class Conv:
    """One convolution: its place (block and number, from 1), its shape, its parameters' names."""

    block: int
    number: int
    index: int
    inputs: int
    channels: int

    @property
    def name(self) -> str:
        """The layer before the ReLU, such as ``conv3_2``."""
        return f"conv{self.block}_{self.number}"

    @property
    def relu(self) -> str:
        """The layer behind the ReLU, such as ``relu3_2``."""
        return f"relu{self.block}_{self.number}"

    @property
    def weight(self) -> str:
        """Name of the kernel, float32 of shape ``(channels, inputs, 3, 3)``."""
        return f"features.{self.index}.weight"

    @property
    def bias(self) -> str:
        """Name of the bias, float32 of shape ``(channels,)``."""
        return f"features.{self.index}.bias"

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Both parameters' shapes, the kernel first."""
        return {self.weight: (self.channels, self.inputs, 3, 3), self.bias: (self.channels,)}


def _convs() -> tuple[Conv, ...]:
    convs = []
    for step in VGG19.steps:
        if step.op == "Conv":
            block, number = (int(part) for part in step.name.removeprefix("conv").split("_"))
            convs.append(Conv(block, number, int(step.module.rpartition(".")[2]), step.depth, step.channels))
    return tuple(convs)


CONVS = _convs()
"""The sixteen convolutions in the order of evaluation."""
LAYERS = VGG19.taps
"""Every layer that can be asked for."""


def parse_layers(text: str) -> tuple[str, ...]:
    """Splits ``relu2_1,conv3_2`` into layers, in the order given.

    Raises:
        UsageError: a layer that VGG19 has not, or one given twice.
    """
    layers = tuple(part.strip() for part in text.split(","))
    for i, layer in enumerate(layers):
        if layer not in LAYERS:
            raise UsageError(
                f"VGG19 has no layer '{layer}'; it has conv1_1, relu1_1, conv1_2, … relu5_4 "
                f"({', '.join(f'{_count(block)} in block {block}' for block in range(1, 6))})"
            )
        if layer in layers[:i]:
            raise UsageError(f"layer '{layer}' is given twice")
    return layers


def needed(layers: Sequence[str]) -> tuple[Conv, ...]:
    """Returns the convolutions up to the deepest of ``layers``, in the order of evaluation."""
    deepest = max(LAYERS.index(layer) for layer in layers)
    return CONVS[: deepest // 2 + 1]


def shapes_of(convs: Sequence[Conv]) -> dict[str, tuple[int, ...]]:
    """Returns the shape of every parameter of ``convs``, in the order of evaluation."""
    return {name: shape for conv in convs for name, shape in conv.shapes.items()}


def minimum_side(layers: Sequence[str]) -> int:
    """Returns the smallest side of a picture, in pixels, for ``layers``: 2^k for block k.

    Each of the k − 1 poolings before block k halves a side, so 2^(k−1) pixels would leave a single
    column of features there, which compares next to nothing but the padding. One doubling more
    leaves two. For block 5 this is 32, the smallest picture that torchvision's own ``vgg19`` takes.
    """
    return VGG19.minimum_side(layers, cells=2)


def build(
    layers: Sequence[str], tensors: Tensors, weights: WeightsSpec, precision: PrecisionSpec | None = None
) -> onnx.ModelProto:
    """Builds the graph.

    The input ``image`` is float32 NCHW, ``(batch, 3, height, width)``, all but the channels free,
    already brought to mean 0 and standard deviation 1 as its description says. Each output is
    called like its layer and is float32 ``(batch, channels, height / 2^(k−1), width / 2^(k−1))``,
    rounded down, for block k.

    With ``precision``, convolutions are in half, as are the ReLU and the pooling behind each; so are
    the outputs that they give. Casts stand in front of the first one and around those kept in float.

    Args:
        layers: at least one of :data:`LAYERS`, each once; the outputs' order.
        tensors: float32 parameters by name; more than the needed ones may be there.
        weights: where ``tensors`` came from.
        precision: absent for float32. Its ``fp32_nodes`` are the convolutions to be kept in float;
            the description names the ReLUs and poolings behind them as well.

    Returns:
        The model with its description; equal arguments give equal bytes.

    Raises:
        WeightsError: a tensor is missing or has another shape.
    """
    half = set() if precision is None else {conv.name for conv in needed(layers)} - set(precision.fp32_nodes)
    draft = Draft()
    draft.append(VGG19.needed(layers), tensors, half)
    if precision is not None:
        steps = [step.name for step in VGG19.needed(layers)]
        named = tuple(name for name in steps if draft.types[name] == TensorProto.FLOAT)
        precision = replace(precision, fp32_nodes=named)
    outputs = {layer: ("batch", conv_of(layer).channels, *_sides(layer)) for layer in layers}
    return draft.model(VGG19.name, outputs, _spec(layers, weights, precision))


def conv_of(layer: str) -> Conv:
    """Returns the convolution that ``layer`` is, or whose ReLU it is."""
    return CONVS[LAYERS.index(layer) // 2]


def _count(block: int) -> int:
    return sum(conv.block == block for conv in CONVS)


def _sides(layer: str) -> tuple[str, str]:
    """Names of a layer's height and width, which say what the poolings leave of the picture's."""
    block = conv_of(layer).block
    over = f"_over_{2 ** (block - 1)}" if block > 1 else ""
    return f"height{over}", f"width{over}"


def _spec(layers: Sequence[str], weights: WeightsSpec, precision: PrecisionSpec | None) -> Spec:
    return Spec(
        name="vgg19",
        description=f"VGG19 features at {', '.join(layers)}{'' if precision is None else ', in half precision'}",
        input=InputSpec(name=INPUT, mean=MEAN, std=STD, size=SizeSpec(minimum=minimum_side(layers))),
        layers=tuple(LayerSpec(name=layer, channels=conv_of(layer).channels) for layer in layers),
        weights=weights,
        precision=precision,
        opset=OPSET,
    )
