# SPDX-License-Identifier: Apache-2.0
"""VGG19 as a feature graph, up to the deepest layer that is asked for.

Simonyan and Zisserman, *Very Deep Convolutional Networks for Large-Scale Image Recognition*
(arXiv 1409.1556), configuration E: sixteen 3×3 convolutions in five blocks, each followed by a ReLU,
with a 2×2 maximum pooling between blocks. Parameters are called as in torchvision's ``vgg19``:
``features.N.weight`` and ``features.N.bias``, where N counts convolutions, ReLUs and poolings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from percept_export import __version__
from percept_export.errors import UsageError, WeightsError
from percept_export.spec import (
    EXPORTER_NAME,
    InputSpec,
    LayerSpec,
    PrecisionSpec,
    SizeSpec,
    Spec,
    WeightsSpec,
    attach,
)

Tensors = Mapping[str, NDArray[np.float32]]
"""Parameters by name."""

OPSET = 17
IR_VERSION = 8
"""The oldest that opset 17 goes with, so that older runtimes read the file."""
INPUT = "image"
MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)
DEFAULT_LAYERS = ("relu2_1", "relu4_1", "relu5_1")
"""The three slices of torchvision's ``features`` that Percept's reference metric compares."""

_BLOCKS = ((2, 64), (2, 128), (4, 256), (4, 512), (4, 512))
"""Convolutions and channels of each block."""


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
    index, inputs = 0, 3
    for block, (count, channels) in enumerate(_BLOCKS, start=1):
        for number in range(1, count + 1):
            convs.append(Conv(block, number, index, inputs, channels))
            inputs = channels
            index += 2  # The convolution and its ReLU.
        index += 1  # The pooling that ends the block.
    return tuple(convs)


CONVS = _convs()
"""The sixteen convolutions in the order of evaluation."""
LAYERS = tuple(layer for conv in CONVS for layer in (conv.name, conv.relu))
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
                f"({', '.join(f'{count} in block {block}' for block, (count, _) in enumerate(_BLOCKS, 1))})"
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
    return 1 << needed(layers)[-1].block


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
    convs = needed(layers)
    in_float = {conv.name for conv in convs} if precision is None else set(precision.fp32_nodes)
    nodes, initializers, types = [], [], {}
    value, dtype = INPUT, TensorProto.FLOAT
    for i, conv in enumerate(convs):
        if conv.number == 1 and conv.block > 1:
            pool = f"pool{conv.block - 1}"
            nodes.append(helper.make_node("MaxPool", [value], [pool], name=pool, kernel_shape=[2, 2], strides=[2, 2]))
            value, types[pool] = pool, dtype
        wanted = TensorProto.FLOAT if conv.name in in_float else TensorProto.FLOAT16
        if wanted != dtype:
            cast = f"{value}_{'fp16' if wanted == TensorProto.FLOAT16 else 'fp32'}"
            nodes.append(helper.make_node("Cast", [value], [cast], name=cast, to=wanted))
            value, dtype = cast, wanted
        initializers += [_initializer(name, shape, tensors, dtype) for name, shape in conv.shapes.items()]
        nodes.append(
            helper.make_node(
                "Conv",
                [value, conv.weight, conv.bias],
                [conv.name],
                name=conv.name,
                kernel_shape=[3, 3],
                pads=[1, 1, 1, 1],
            )
        )
        value, types[conv.name] = conv.name, dtype
        if i < len(convs) - 1 or conv.relu in layers:
            # A value of its own: the convolution's output stays as it is, unlike with torchvision's
            # ReLUs, which overwrite it.
            nodes.append(helper.make_node("Relu", [value], [conv.relu], name=conv.relu))
            value, types[conv.relu] = conv.relu, dtype
    graph = helper.make_graph(
        nodes,
        "vgg19",
        [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, ["batch", 3, "height", "width"])],
        [_output(layer, types[layer]) for layer in layers],
        initializers,
    )
    model = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name=EXPORTER_NAME,
        producer_version=__version__,
    )
    if precision is not None:
        named = tuple(name for name, dtype in types.items() if dtype == TensorProto.FLOAT)
        precision = replace(precision, fp32_nodes=named)
    attach(model, _spec(layers, weights, precision))
    return model


def conv_of(layer: str) -> Conv:
    """Returns the convolution that ``layer`` is, or whose ReLU it is."""
    return CONVS[LAYERS.index(layer) // 2]


def _initializer(name: str, shape: tuple[int, ...], tensors: Tensors, dtype: int) -> TensorProto:
    tensor = tensors.get(name)
    if tensor is None:
        raise WeightsError(f"tensor '{name}' is missing")
    if tensor.shape != shape:
        raise WeightsError(f"tensor '{name}' has shape {tensor.shape}, not {shape}")
    stored = np.ascontiguousarray(tensor, dtype=helper.tensor_dtype_to_np_dtype(dtype))
    return numpy_helper.from_array(stored, name)


def _output(layer: str, dtype: int) -> onnx.ValueInfoProto:
    conv = conv_of(layer)
    sides: list[str] = ["height", "width"]
    if conv.block > 1:
        sides = [f"{side}_over_{2 ** (conv.block - 1)}" for side in sides]
    return helper.make_tensor_value_info(layer, dtype, ["batch", conv.channels, *sides])


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
