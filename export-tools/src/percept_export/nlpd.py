# SPDX-License-Identifier: Apache-2.0
"""The embedded default: the normalised Laplacian pyramid distance as a feature graph, with colour.

Luminance follows V. Laparra, J. Ballé, A. Berardino and E. P. Simoncelli, *Perceptual image quality
assessment using a normalized Laplacian pyramid* (Electronic Imaging 2016), with the parameters that
the authors published in their MATLAB script ``NLP_dist.m`` and with that script's borders. A picture
becomes six bands; each sample is divided by a constant plus the weighted magnitudes of its
neighbours in the same band. The distance of two pictures is the mean over the bands of the root mean
square difference, which is what six layers of distance ``rms`` and weight 1/6 say.

The published metric is blind to colour. Two colour channels, differences of R, G and B and so exactly
zero where a picture is grey, go through a shorter pyramid of the same filters, and their bands are
four more layers. They are not normalised: a linear band grows in proportion with saturation, and with
the sine of half the angle when hues are turned. Their weights are this project's, not fitted to
opinions; ``docs/adr/0003-embedded-default-nlpd.md`` says how they were chosen.

Layers, for an input of [n, 3, h, w], where h/k means h/k rounded up:

========== ================= ==================================================================
layer      shape             holds
========== ================= ==================================================================
luma1 … 5  n, 1, h/2ᵏ, w/2ᵏ  normalised Laplacian band k + 1 of luminance, k = 0 … 4, no unit
luma6      n, 1, h/32, w/32  normalised low-pass residual of luminance, no unit
chroma1…3  n, 2, h/2ᵏ, w/2ᵏ  Laplacian band k + 1 of R − G and of (R + G)/2 − B, full intensity = 1
chroma4    n, 2, h/8, w/8    low-pass residual of the same two channels, full intensity = 1
========== ================= ==================================================================
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from percept_export.spec import EXPORTER_NAME, ExporterSpec, InputSpec, LayerSpec, Spec, WeightsSpec, attach

REVISION = "0.1.0"
"""Version of this package that last changed the graph or its description.

It stands in the file in place of the package's own version: a release that changes nothing here must
not change the file, whose SHA-256 is part of every score's provenance.
"""

OPSET = 17
IR_VERSION = 8
"""The oldest that opset 17 goes with, so that older runtimes read the file."""
INPUT = "image"

LUMA_LAYERS = 6
"""Five normalised Laplacian bands and the normalised low-pass residual, as published."""
CHROMA_LAYERS = 4
"""Three Laplacian bands and the low-pass residual."""
LUMA_WEIGHT = 1 / LUMA_LAYERS
"""Makes the sum over the luminance layers the mean that is the published metric."""
CHROMA_WEIGHTS = (1.0, 1.0, 1.0, 2.0)
"""Finest band first. Chosen, not fitted: see the ADR."""

_LUMINANCE = (0.298936, 0.587043, 0.114021)
"""R, G and B in MATLAB's ``rgb2gray``, which the authors' figures went through; here nothing is rounded to 8 bits."""

_RED_GREEN = (1.0, -1.0, 0.0)
_YELLOW_BLUE = (0.5, 0.5, -1.0)
"""Multiples of one half, so that a grey pixel gives exactly 0 in float32, whatever the order of additions.

With Cb and Cr of BT.601 at constant luma the two are 0.344·Cb + 2.116·Cr and −1.944·Cb + 0.344·Cr: nearly a
turn and a scaling of that plane, so no hue direction counts much more than another.
"""

_LOW_PASS = (0.05, 0.25, 0.4, 0.25, 0.05)
"""Burt and Adelson's kernel (1983), applied along each axis."""

_SIGMAS = (0.0248, 0.0185, 0.0179, 0.0191, 0.0220, 0.2782)
"""The constant of each band's divisor, in luminance of full intensity = 1."""

_NEIGHBOURS: tuple[tuple[tuple[float, ...], ...], ...] = (
    ((0, 0.1011, 0, 0), (0.1493, 0, 0.1460, 0.0072), (0, 0.1015, 0, 0)),
    ((0, 0.0757, 0), (0.1986, 0, 0.1846), (0, 0.0837, 0)),
    ((0, 0.0477, 0), (0.2138, 0, 0.2243), (0, 0.0467, 0)),
    ((0.2503, 0, 0.2616),),
    ((0.2598, 0, 0.2552),),
    ((0.2215, 0, 0.0717),),
)
"""Weights of the neighbours in each band's divisor, as printed in ``NLP_dist.m`` without the outer rows and columns of
zeros. The sample itself is at row and column 1, or row 0 where there is one row; its own weight is 0."""


def build() -> onnx.ModelProto:
    """Builds the model, with its description attached; equal bytes every time.

    Input ``image`` is float32 [batch, 3, height, width], RGB, black 0 and full intensity 1; every size from
    1×1 on. Outputs are the layers of the table above, under their names.
    """
    graph = _Graph()
    planes = graph.opponent(INPUT, "planes1")
    for level in range(1, LUMA_LAYERS):
        channels = 3 if level < CHROMA_LAYERS else 1
        if level == CHROMA_LAYERS:
            planes = graph.split(planes, f"{planes}_luma", f"chroma{level}")
        reduced = graph.reduce(planes, channels, level)
        band = graph.node("Sub", [planes, graph.expand(reduced, planes, channels, level)], f"band{level}")
        graph.normalise(band, channels, level)
        planes = reduced
    graph.normalise(planes, 1, LUMA_LAYERS)

    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "nlpd",
            [_value(INPUT, 3, 1)],
            [_value(layer.name, layer.channels, scale) for layer, scale in _layers()],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name=EXPORTER_NAME,
        producer_version=REVISION,
    )
    attach(model, _spec())
    return model


def _spec() -> Spec:
    return Spec(
        name="nlpd",
        description="Normalised Laplacian pyramid distance (Laparra et al. 2016) on luminance, and linear colour bands",
        input=InputSpec(name=INPUT),
        layers=tuple(layer for layer, _ in _layers()),
        weights=WeightsSpec(
            source="none: parameters published by Laparra et al. (2016); colour weights chosen, not fitted",
            licence="Apache-2.0",
        ),
        exporter=ExporterSpec(version=REVISION),
        opset=OPSET,
    )


def _layers() -> list[tuple[LayerSpec, int]]:
    """All layers in the order of the outputs, each with how many input pixels lie between two samples."""
    luma = [
        (LayerSpec(f"luma{i}", channels=1, weight=LUMA_WEIGHT, distance="rms"), 2 ** (i - 1))
        for i in range(1, LUMA_LAYERS + 1)
    ]
    chroma = [
        (LayerSpec(f"chroma{i}", channels=2, weight=weight, distance="rms"), 2 ** (i - 1))
        for i, weight in enumerate(CHROMA_WEIGHTS, start=1)
    ]
    return luma + chroma


def _value(name: str, channels: int, scale: int) -> onnx.ValueInfoProto:
    sides = [side if scale == 1 else f"ceil({side}/{scale})" for side in ("height", "width")]
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", channels, *sides])


def _interpolator() -> NDArray[np.float64]:
    """[4, 1, 3, 3]: the four samples that one sample becomes, from it and its eight neighbours.

    Zeros between the samples, then the low-pass at twice its gain along each axis, is the same as: at the
    sample's own place its taps 0, 2 and 4, half a step further its taps 1 and 3.
    """
    taps = [2 * tap for tap in _LOW_PASS]
    here, between = np.array([taps[0], taps[2], taps[4]]), np.array([0, taps[1], taps[3]])
    return np.stack([np.outer(rows, columns) for rows in (here, between) for columns in (here, between)])[:, np.newaxis]


class _Graph:
    """The nodes and constants so far. Nodes are known by the one value they give; names of their own would only
    make the file longer."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self._constants: dict[tuple[str, tuple[int, ...], bytes], onnx.TensorProto] = {}

    @property
    def constants(self) -> list[onnx.TensorProto]:
        """The graph's initializers, in the order of their first use."""
        return list(self._constants.values())

    def node(self, operator: str, inputs: Sequence[str], name: str, **attributes: Any) -> str:
        """Adds a node of one output and returns the output's name."""
        self.nodes.append(helper.make_node(operator, inputs, [name], **attributes))
        return name

    def conv(self, values: str, kernels: NDArray[np.float64], name: str, **attributes: Any) -> str:
        """A convolution in ONNX's sense, which does not turn its kernels."""
        return self.node("Conv", [values, self._floats(kernels)], name, **attributes)

    def opponent(self, image: str, name: str) -> str:
        """Luminance and the two colour channels from R, G and B.

        A product of matrices, because ONNX Runtime would compute a 1×1 convolution in blocks of sixteen
        channels and throw thirteen away.
        """
        pixels = self.node("Reshape", [image, self._integers([0, 3, -1])], f"{name}_pixels")
        matrix = self._floats(np.array([_LUMINANCE, _RED_GREEN, _YELLOW_BLUE]))
        mixed = self.node("MatMul", [matrix, pixels], f"{name}_mixed")
        return self.node("Reshape", [mixed, self.node("Shape", [image], f"{name}_shape")], name)

    def split(self, planes: str, luma: str, chroma: str) -> str:
        """Gives the first of three channels the name ``luma``, the others ``chroma``; returns ``luma``."""
        self._slice(planes, [1], [3], [1], chroma)
        return self._slice(planes, [0], [1], [1], luma)

    def reduce(self, planes: str, channels: int, level: int) -> str:
        """Low-pass, then every second sample from the first on; [n, c, h, w] to [n, c, h/2, w/2] rounded up."""
        taps = np.tile(np.array(_LOW_PASS), (channels, 1, 1, 1))
        rows = self._symmetric(planes, 2, f"reduce{level}_rows")
        rows = self.conv(rows, taps.swapaxes(2, 3), f"reduce{level}_rows", group=channels, strides=[2, 1])
        columns = self._symmetric(rows, 3, f"reduce{level}_columns")
        return self.conv(columns, taps, f"planes{level + 1}", group=channels, strides=[1, 2])

    def expand(self, reduced: str, like: str, channels: int, level: int) -> str:
        """Interpolates to twice the size, less one where ``like`` has an odd side."""
        name = f"expand{level}"
        bordered = self.node("Pad", [reduced, self._integers([0, 0, 1, 1, 0, 0, 1, 1])], f"{name}_edge", mode="edge")
        kernels = np.tile(_interpolator(), (channels, 1, 1, 1))
        fourfold = self.conv(bordered, kernels, f"{name}_phases", group=channels)
        # CRD keeps the four samples of one channel together, which is how a grouped convolution gives them.
        doubled = self.node("DepthToSpace", [fourfold], f"{name}_doubled", blocksize=2, mode="CRD")
        sides = self.node("Shape", [like], f"{name}_sides", start=2, end=4)
        inputs = [doubled, self._integers([0, 0]), sides, self._integers([2, 3])]
        return self.node("Slice", inputs, name)

    def normalise(self, band: str, channels: int, layer: int) -> None:
        """Divides luminance by sigma plus its neighbours' weighted magnitudes, zero beyond the border: the outputs.

        Three channels are divided together, colour by exactly 1: a grouped convolution of three channels is
        cheaper than one of a single channel, which ONNX Runtime would compute in a block of sixteen.
        """
        # conv2 turns its matrix by 180°, ONNX's Conv does not.
        kernel = np.array(_NEIGHBOURS[layer - 1])[::-1, ::-1]
        height, width = kernel.shape
        # Where the sample itself came to lie by that turn.
        top, left = height // 2, width - 2
        kernels = np.zeros((channels, 1, height, width))
        kernels[0, 0] = kernel
        constants = np.array([_SIGMAS[layer - 1], 1.0, 1.0])[:channels]
        magnitude = self.node("Abs", [band], f"magnitude{layer}")
        divisor = self.node(
            "Conv",
            [magnitude, self._floats(kernels), self._floats(constants)],
            f"divisor{layer}",
            group=channels,
            pads=[top, left, height - 1 - top, width - 1 - left],
        )
        if channels == 1:
            self.node("Div", [band, divisor], f"luma{layer}")
        else:
            self.split(self.node("Div", [band, divisor], f"divided{layer}"), f"luma{layer}", f"chroma{layer}")

    def _symmetric(self, planes: str, axis: int, name: str) -> str:
        """Two more samples at both ends: x₁ x₀ | x₀ x₁ … which no mode of ONNX's Pad gives.

        Pad's mode edge gives the inner one, x₀. The outer one is then the third sample from the end, and for
        a side of one pixel, where there is no x₁, that is x₀ again, as MATLAB has it.
        """
        begin_end = [0] * 8
        begin_end[axis] = begin_end[axis + 4] = 1
        edge = self.node("Pad", [planes, self._integers(begin_end)], f"{name}_edge", mode="edge")
        first = self._slice(edge, [2], [3], [axis], f"{name}_first")
        last = self._slice(edge, [-3], [-2], [axis], f"{name}_last")
        return self.node("Concat", [first, edge, last], f"{name}_symmetric", axis=axis)

    def _slice(self, values: str, start: list[int], end: list[int], axis: list[int], name: str) -> str:
        return self.node("Slice", [values, *(self._integers(numbers) for numbers in (start, end, axis))], name)

    def _floats(self, numbers: NDArray[np.float64]) -> str:
        return self._constant(numbers.astype(np.float32), "f")

    def _integers(self, numbers: Sequence[int]) -> str:
        return self._constant(np.array(numbers, dtype=np.int64), "i")

    def _constant(self, numbers: NDArray[Any], prefix: str) -> str:
        """The name of the constant of this type, shape and these numbers; one for all that use it."""
        key = (numbers.dtype.str, numbers.shape, numbers.tobytes())
        if key not in self._constants:
            name = f"{prefix}{len(self._constants)}"
            self._constants[key] = numpy_helper.from_array(np.ascontiguousarray(numbers), name)
        return self._constants[key].name
