# SPDX-License-Identifier: Apache-2.0
"""VGG19 in half precision as a GPU computes it, emulated in NumPy.

Products of halves are exact and summed in a wider type; what is stored (kernels, biases, each
convolution's output) is rounded to half. The sums here are float64, which for this purpose is exact, so
that the figures do not depend on a BLAS's order of summation. A GPU sums in float32, whose error is some
thousandths of half's rounding: it moves single values to the neighbouring half, not the size of the error.

ONNX Runtime's CPU provider cannot measure this. It has no half kernels on x64: it inserts casts, and
so keeps activations in float.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from percept_export.graphs import Tensors
from percept_export.vgg import Conv, needed

LARGEST = 65504.0
"""The largest finite half."""

Values = NDArray[np.float64]


class Network:
    """VGG19 up to the deepest of some layers, with some of its convolutions in half.

    ``peaks`` has the largest absolute value that each convolution and each ReLU gave in any run.
    """

    def __init__(self, layers: Sequence[str], tensors: Tensors, half: Collection[str] = ()) -> None:
        """Rounds the parameters.

        Args:
            layers: whose features are wanted.
            tensors: float32 parameters by name.
            half: the convolutions that run in half, such as ``conv3_2``; the others are exact.
        """
        self._layers = layers
        self._convs = needed(layers)
        self._half = frozenset(half)
        self.peaks = dict.fromkeys((layer for conv in self._convs for layer in (conv.name, conv.relu)), 0.0)
        self._parameters = {
            name: self._stored(tensors[name].astype(np.float64), conv) for conv in self._convs for name in conv.shapes
        }

    def run(self, picture: NDArray[np.float32]) -> dict[str, Values]:
        """Returns the features of one picture of shape (3, height, width), given as the graph's input takes it."""
        features = {}
        value: Values = picture.astype(np.float64)
        for conv in self._convs:
            if conv.number == 1 and conv.block > 1:
                value = _pooled(value)
            kernel, bias = self._parameters[conv.weight], self._parameters[conv.bias]
            value = self._stored(_convolved(self._stored(value, conv), kernel, bias), conv)
            rectified = np.maximum(value, 0)
            for layer, feature in ((conv.name, value), (conv.relu, rectified)):
                self.peaks[layer] = max(self.peaks[layer], float(np.abs(feature).max()))
                if layer in self._layers:
                    features[layer] = feature
            value = rectified
        return features

    def _stored(self, values: Values, conv: Conv) -> Values:
        """``values`` as ``conv`` sees them: its input, its parameters, its output."""
        return to_half(values) if conv.name in self._half else values


def to_half(values: Values) -> Values:
    """Returns the nearest halves; infinity where there is none."""
    with np.errstate(over="ignore"):
        return values.astype(np.float16).astype(np.float64)


def _pooled(value: Values) -> Values:
    channels, height, width = value.shape[0], value.shape[1] // 2, value.shape[2] // 2
    pooled: Values = value[:, : 2 * height, : 2 * width].reshape(channels, height, 2, width, 2).max(axis=(2, 4))
    return pooled


def _convolved(value: Values, kernel: Values, bias: Values) -> Values:
    """A 3×3 convolution with zeros around: one matrix product over all shifts of the picture."""
    channels, height, width = value.shape
    padded = np.pad(value, ((0, 0), (1, 1), (1, 1)))
    shifts = np.empty((channels, 3, 3, height, width))
    for i in range(3):
        for j in range(3):
            shifts[:, i, j] = padded[:, i : i + height, j : j + width]
    with np.errstate(invalid="ignore"):  # Infinities, where half was too small.
        sums = kernel.reshape(len(kernel), -1) @ shifts.reshape(-1, height * width)
    result: Values = (sums + bias[:, np.newaxis]).reshape(-1, height, width)
    return result
