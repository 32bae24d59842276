# SPDX-License-Identifier: Apache-2.0
"""The structure of the networks, without weights: names, shapes and the smallest pictures."""

from __future__ import annotations

import pytest

from percept_export.errors import UsageError
from percept_export.networks import ALEXNET, SQUEEZENET, VGG16, VGG19, Network, shapes_of


def test_vgg16_s_parameters_are_called_as_torchvision_documents_them() -> None:
    assert {step.name: step.module for step in VGG16.steps if step.op == "Conv"} == {
        "conv1_1": "features.0", "conv1_2": "features.2",
        "conv2_1": "features.5", "conv2_2": "features.7",
        "conv3_1": "features.10", "conv3_2": "features.12", "conv3_3": "features.14",
        "conv4_1": "features.17", "conv4_2": "features.19", "conv4_3": "features.21",
        "conv5_1": "features.24", "conv5_2": "features.26", "conv5_3": "features.28",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("network", "parameters"),
    # Those of the papers' convolutions: weights and biases, without classifiers.
    [(VGG16, 14_714_688), (VGG19, 20_024_384), (ALEXNET, 2_469_696), (SQUEEZENET, 722_496)],
    ids=lambda value: value.name if isinstance(value, Network) else "",
)
def test_networks_have_as_many_parameters_as_torchvision_s(network: Network, parameters: int) -> None:
    count = 0
    for shape in network.shapes.values():
        size = 1
        for side in shape:
            size *= side
        count += size
    assert count == parameters


def test_only_what_a_layer_needs_is_evaluated() -> None:
    assert [step.name for step in ALEXNET.needed(["relu2", "conv1"])] == [
        "conv1", "relu1", "pool1", "conv2", "relu2"
    ]  # fmt: skip
    assert list(shapes_of(SQUEEZENET.needed(["fire2"])))[-1] == "features.3.expand3x3.bias"


@pytest.mark.parametrize(
    ("network", "layer", "cells", "side"),
    [
        (VGG16, "relu5_3", 1, 16), (VGG16, "relu5_3", 2, 32), (VGG19, "conv1_1", 2, 2),
        (ALEXNET, "relu5", 1, 31), (ALEXNET, "relu1", 1, 7), (SQUEEZENET, "fire9", 1, 17),
    ],
)  # fmt: skip
def test_the_smallest_picture_leaves_cells_in_every_layer(network: Network, layer: str, cells: int, side: int) -> None:
    assert network.minimum_side([layer], cells) == side


def test_layers_that_are_not_there_are_refused_with_those_that_are() -> None:
    with pytest.raises(UsageError, match=r"AlexNet has no layer 'relu6'; it has conv1, relu1, conv2"):
        ALEXNET.require_layers(["relu1", "relu6"])
    with pytest.raises(UsageError, match="layer 'fire2' is given twice"):
        SQUEEZENET.require_layers(["fire2", "fire2"])


def test_average_pooling_replaces_every_pooling() -> None:
    assert {step.op for step in VGG19.with_pooling("average").steps} == {"Conv", "Relu", "AveragePool"}
    assert VGG19.with_pooling("average").with_pooling("max") == VGG19
