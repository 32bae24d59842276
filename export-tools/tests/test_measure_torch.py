# SPDX-License-Identifier: Apache-2.0
"""The emulation of half precision against torch's own halves, whose CPU kernels sum in float32 too.

Skipped where torch is not installed. Another order of summation moves single values to the neighbouring half, and
deeper layers carry that on: what must agree is how far half is from float, not every value.
"""

from __future__ import annotations

import numpy as np
import pytest

from percept_export import halves, measure, vgg, weights
from percept_export.graphs import Tensors
from percept_export.samples import samples

torch = pytest.importorskip("torch", reason="the oracle needs torch")

LAYERS = vgg.DEFAULT_LAYERS
CONVS = vgg.needed(LAYERS)


class Torch:
    """VGG19 in ``torch.float16``; gives features as :class:`halves.Network` does."""

    def __init__(self, tensors: Tensors) -> None:
        self._tensors = {name: torch.from_numpy(tensor).half() for name, tensor in tensors.items()}

    def run(self, picture: np.ndarray) -> dict[str, np.ndarray]:
        features = {}
        value = torch.from_numpy(np.ascontiguousarray(picture)).half()[None]
        with torch.inference_mode():
            for conv in CONVS:
                if conv.number == 1 and conv.block > 1:
                    value = torch.nn.functional.max_pool2d(value, 2)
                kernel, bias = self._tensors[conv.weight], self._tensors[conv.bias]
                value = torch.nn.functional.conv2d(value, kernel, bias, padding=1).relu()
                features[conv.relu] = value[0].numpy().astype(np.float64)
        return {layer: features[layer] for layer in LAYERS}


def rms(values: np.ndarray) -> float:
    return float(np.sqrt(np.mean(values**2)))


def test_torch_s_halves_are_as_far_from_float() -> None:
    tensors = weights.random_tensors(0, vgg.shapes_of(CONVS))
    half = [conv.name for conv in CONVS]
    networks = (Torch(tensors), halves.Network(LAYERS, tensors, half), halves.Network(LAYERS, tensors))
    sample = samples(side=48)[0]
    picture = measure.normalised(sample.reference)
    theirs, ours, exact = (network.run(picture) for network in networks)
    for layer in LAYERS:
        error = rms(ours[layer] - exact[layer])
        assert 1e-4 < error / rms(exact[layer]) < 2e-3
        assert rms(theirs[layer] - exact[layer]) == pytest.approx(error, rel=0.05)
    # Before roundings have met others, the values themselves are torch's.
    assert (theirs["relu2_1"] == ours["relu2_1"]).mean() > 0.95
    got, emulated, true = (measure.distances(network, sample) for network in networks)
    for kind, expected in true.items():
        total = sum(expected.values())
        # The loss itself: both within a per cent of float, and of each other.
        assert sum(got[kind].values()) == pytest.approx(total, rel=0.01)
        assert sum(got[kind].values()) == pytest.approx(sum(emulated[kind].values()), rel=0.005)
        assert got[kind]["relu2_1"] == pytest.approx(emulated[kind]["relu2_1"], rel=2e-4)
