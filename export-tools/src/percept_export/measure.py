# SPDX-License-Identifier: Apache-2.0
"""Decides which convolutions half precision can hold, and measures what it does to the loss.

The figures do not depend on the machine: the pictures are made of integers, and what is summed is
summed in float64, whose last digits are far below the three that are kept.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_CEILING, Context, Decimal

import numpy as np
from numpy.typing import NDArray

from percept_export.errors import WeightsError
from percept_export.graphs import Tensors
from percept_export.halves import LARGEST, Network
from percept_export.networks import MEAN, STD
from percept_export.samples import Picture, Sample, described, extremes, samples
from percept_export.spec import PrecisionSpec
from percept_export.vgg import Conv, needed

MARGIN = 4.0
"""How many times larger than on the measuring pictures a value may become before it leaves half's range."""
_DIGITS = Context(prec=3, rounding=ROUND_CEILING)


def measured(layers: Sequence[str], tensors: Tensors) -> PrecisionSpec:
    """Measures half precision against float.

    Args:
        layers: of the backbone; each has weight 1 and distance ``mse``.
        tensors: float32 parameters by name.

    Returns:
        What stands in the description; ``fp32_nodes`` has the convolutions to be kept in float.

    Raises:
        WeightsError: no convolution fits into half, or the features are the same whatever the picture.
    """
    exact = Network(layers, tensors)
    true = [distance for sample in samples() for distance in distances(exact, sample).values()]
    if not any(sum(pair.values()) for pair in true):
        raise WeightsError("the features are the same for every picture, so half precision's error can't be measured")
    for picture in extremes():
        exact.run(normalised(picture))
    convs = needed(layers)
    floats = unfit(convs, tensors, exact.peaks)
    half = [conv.name for conv in convs if conv.name not in floats]
    if not half:
        raise WeightsError("every convolution leaves half precision's range: export with --precision fp32")
    rounded = Network(layers, tensors, half)
    got = [distance for sample in samples() for distance in distances(rounded, sample).values()]
    pairs = list(zip(got, true, strict=True))
    return PrecisionSpec(
        type="fp16",
        loss_error=rounded_up(max(relative(sum(g.values()), sum(t.values())) for g, t in pairs)),
        layer_errors={layer: rounded_up(max(relative(g[layer], t[layer]) for g, t in pairs)) for layer in layers},
        fp32_nodes=floats,
        measured_on=described(),
    )


def unfit(convs: Sequence[Conv], tensors: Tensors, peaks: Mapping[str, float]) -> tuple[str, ...]:
    """Names the convolutions that half can't hold: a parameter, the output or the input is too large.

    Args:
        convs: in the order of evaluation.
        tensors: their parameters.
        peaks: the largest absolute value of each layer, which must stay :data:`MARGIN` times below half's largest.
    """
    names, input_peak = [], 0.0  # The picture itself is far from it.
    for conv in convs:
        largest = max(float(np.abs(tensors[name]).max()) for name in conv.shapes)
        if largest > LARGEST or MARGIN * max(input_peak, peaks[conv.name]) > LARGEST:
            names.append(conv.name)
        input_peak = peaks[conv.relu]
    return tuple(names)


def distances(network: Network, sample: Sample) -> dict[str, dict[str, float]]:
    """Returns each layer's mean squared difference, by the kind of candidate."""
    reference = network.run(normalised(sample.reference))

    def to(candidate: Picture) -> Iterator[tuple[str, float]]:
        for layer, values in network.run(normalised(candidate)).items():
            yield layer, float(np.mean((reference[layer] - values) ** 2))

    return {kind: dict(to(candidate)) for kind, candidate in sample.candidates.items()}


def normalised(picture: Picture) -> NDArray[np.float32]:
    """Returns what the graph's input takes, without the batch: float32 of shape (3, height, width)."""
    mean, std = np.array(MEAN), np.array(STD)
    values: NDArray[np.float32] = ((picture / 255.0 - mean) / std).astype(np.float32).transpose(2, 0, 1)
    return values


def relative(got: float, true: float) -> float:
    """Returns the relative error of ``got``; where nothing was expected, any other value is infinitely wrong."""
    if true == 0:
        return 0.0 if got == 0 else math.inf
    return abs(got - true) / true


def rounded_up(value: float) -> float:
    """Returns ``value`` to three digits, never smaller."""
    return float(_DIGITS.create_decimal(Decimal(value)))
