# SPDX-License-Identifier: Apache-2.0
"""Content and style losses on VGG16 and VGG19, and presets that are equal to those of well-known projects.

A content loss compares features, a style loss their Gram matrices G = F·Fᵀ, F being a picture's features as a matrix
of C rows and H·W columns (Gatys, Ecker and Bethge 2016, arXiv 1508.06576). Projects differ in layers, weights,
distance, in what a Gram matrix is divided by, and in whether pictures are brought to ImageNet's mean and standard
deviation; a preset states all of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import onnx

from percept_export.graphs import OPSET, Draft, Tensors
from percept_export.networks import INPUT, MEAN, STD, VGG16, VGG19, Network, Pooling
from percept_export.spec import Distance, InputSpec, LayerSpec, SizeSpec, Spec, WeightsSpec

Kind = Literal["content", "style"]
Normalisation = Literal["raw", "hw", "chw"]
"""What a Gram matrix is divided by: nothing, H·W, or C·H·W."""
NETWORKS: Mapping[str, Network] = {network.name: network for network in (VGG16, VGG19)}


@dataclass(frozen=True)
class Loss:
    """A content or style loss.

    ``layers`` has each layer's weight in the total; a convolution's features are those before its ReLU.
    ``title`` is what the model's description calls it, such as ``content-piq``, unless it says otherwise.
    ``normalisation`` is that of a style loss. ``imagenet`` means that pictures on [0, 1] are brought to
    ImageNet's mean and standard deviation; without it the network sees them on [−1, 1].
    """

    kind: Kind
    name: str
    network: Network
    layers: Mapping[str, float]
    distance: Distance = "mse"
    pooling: Pooling = "max"
    normalisation: Normalisation = "chw"
    imagenet: bool = True
    description: str = ""
    source: str = ""
    title: str = ""

    def __post_init__(self) -> None:
        if not self.title:
            object.__setattr__(self, "title", f"{self.kind}-{self.name}")


_FAST_NEURAL_STYLE = "https://github.com/pytorch/examples/blob/main/fast_neural_style/neural_style/neural_style.py"
_PIQ = "https://github.com/photosynthesis-team/piq/blob/master/piq/perceptual.py"
_BASICSR = "https://github.com/XPixelGroup/BasicSR/blob/master/basicsr/losses/basic_loss.py"
_REAL_ESRGAN = "https://github.com/xinntao/Real-ESRGAN/blob/master/options/train_realesrgan_x4plus.yml"
_PIX2PIXHD = "https://github.com/NVIDIA/pix2pixHD/blob/master/models/networks.py"

PRESETS: Mapping[tuple[Kind, str], Loss] = {
    (loss.kind, loss.name): loss
    for loss in (
        # piq averages over height and width and sums over the channels: C times the mean squared error.
        Loss("content", "piq", VGG16, {"relu3_3": 256}, description="piq.ContentLoss()", source=_PIQ),
        Loss(
            "content",
            "fast-neural-style",
            VGG16,
            {"relu2_2": 1e5},
            description="fast_neural_style's content loss with its default --content-weight",
            source=_FAST_NEURAL_STYLE,
        ),
        Loss(
            "content",
            "basicsr",
            VGG19,
            {"conv5_4": 1},
            "mae",
            description="BasicSR's PerceptualLoss({'conv5_4': 1})",
            source=_BASICSR,
        ),
        Loss(
            "content",
            "real-esrgan",
            VGG19,
            {"conv1_2": 0.1, "conv2_2": 0.1, "conv3_4": 1, "conv4_4": 1, "conv5_4": 1},
            "mae",
            description="Real-ESRGAN's perceptual_opt: BasicSR's PerceptualLoss of five layers",
            source=_REAL_ESRGAN,
        ),
        Loss(
            "content",
            "pix2pixhd",
            VGG19,
            {"relu1_1": 1 / 32, "relu2_1": 1 / 16, "relu3_1": 1 / 8, "relu4_1": 1 / 4, "relu5_1": 1},
            "mae",
            imagenet=False,
            description="pix2pixHD's VGGLoss, on its pictures of [-1, 1] (lambda_feat is not in it)",
            source=_PIX2PIXHD,
        ),
        Loss("style", "piq", VGG16, {"relu3_3": 1}, normalisation="raw", description="piq.StyleLoss()", source=_PIQ),
        Loss(
            "style",
            "fast-neural-style",
            VGG16,
            {"relu1_2": 1e10, "relu2_2": 1e10, "relu3_3": 1e10, "relu4_3": 1e10},
            description="fast_neural_style's style loss with its default --style-weight",
            source=_FAST_NEURAL_STYLE,
        ),
        Loss(
            "style",
            "basicsr",
            VGG19,
            {"conv5_4": 1},
            "mae",
            description="BasicSR's PerceptualLoss({'conv5_4': 1}, style_weight=1), its style part",
            source=_BASICSR,
        ),
    )
}
"""Each is described by what it equals, with the address of the file that defines it."""


def build(loss: Loss, tensors: Tensors, weights: WeightsSpec) -> onnx.ModelProto:
    """Builds the graph; a content loss's outputs are called like its layers, a style loss's with ``_gram`` behind.

    Args:
        loss: a preset, or one of its own.
        tensors: the network's parameters, float32 by name.
        weights: where they came from.

    Returns:
        The model with its description; equal arguments give equal bytes.

    Raises:
        UsageError: a layer that the network has not.
        WeightsError: a tensor is missing or has another shape.
    """
    network = loss.network.with_pooling(loss.pooling)
    names = tuple(loss.layers)
    network.require_layers(names)
    draft = Draft()
    draft.append(network.needed(names), tensors)
    outputs: dict[str, tuple[str | int, ...]] = {}
    layers = []
    for name, weight in loss.layers.items():
        channels = network.by_name[name].channels
        if loss.kind == "style":
            output = _gram(draft, name, channels, loss.normalisation)
            outputs[output] = ("batch", channels, channels)
            layers.append(LayerSpec(name, channels, output, weight, loss.distance, "NLC"))
        else:
            outputs[name] = ("batch", channels, f"{name}_height", f"{name}_width")
            layers.append(LayerSpec(name, channels, weight=weight, distance=loss.distance))
    size = SizeSpec(minimum=network.minimum_side(names, cells=1))
    picture = (
        InputSpec(INPUT, mean=MEAN, std=STD, size=size)
        if loss.imagenet
        else InputSpec(INPUT, range=(-1.0, 1.0), size=size)
    )
    spec = Spec(loss.title, picture, tuple(layers), description=described(loss), weights=weights, opset=OPSET)
    return draft.model(name, outputs, spec)


def described(loss: Loss) -> str:
    """Returns one line that says what a loss is."""
    if loss.description:
        return f"{loss.description}: {loss.source}"
    pooling = ", average pooling" if loss.pooling == "average" else ""
    gram = {"raw": "", "hw": " over H·W", "chw": " over C·H·W"}[loss.normalisation]
    what = f"Gram matrices{gram}" if loss.kind == "style" else "features"
    return f"{loss.network.title}'s {what} at {', '.join(loss.layers)}{pooling}"


def _gram(draft: Draft, layer: str, channels: int, normalisation: Normalisation) -> str:
    flat = draft.constant(f"{layer}_rows", np.array([0, channels, -1], np.int64))
    rows = draft.node("Reshape", [layer, flat], f"{layer}_features")
    columns = draft.node("Transpose", [rows], f"{layer}_transposed", perm=[0, 2, 1])
    if normalisation == "raw":
        return draft.node("MatMul", [rows, columns], f"{layer}_gram")
    cells = draft.node("Shape", [rows], f"{layer}_cells", start=2, end=3)
    count = draft.node("Cast", [cells], f"{layer}_count", to=onnx.TensorProto.FLOAT)
    if normalisation == "chw":
        factor = draft.constant(f"{layer}_channels", np.array([channels], np.float32))
        count = draft.node("Mul", [count, factor], f"{layer}_values")
    products = draft.node("MatMul", [rows, columns], f"{layer}_products")
    return draft.node("Div", [products, count], f"{layer}_gram")
