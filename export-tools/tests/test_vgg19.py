# SPDX-License-Identifier: Apache-2.0
"""The VGG19 graph: its taps, its size, its description, and that it is the same file every time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import numpy_helper

from percept_export import vgg, weights
from percept_export.errors import UsageError, WeightsError
from percept_export.spec import LayerSpec, SizeSpec, WeightsSpec, read


def run(model: onnx.ModelProto, *shape: int) -> list[np.ndarray]:
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    picture = np.random.Generator(np.random.PCG64(5)).standard_normal(shape).astype(np.float32)
    return session.run(None, {"image": picture})


def test_parameters_are_called_as_torchvision_documents_them() -> None:
    assert {conv.name: conv.index for conv in vgg.CONVS} == {
        "conv1_1": 0, "conv1_2": 2,
        "conv2_1": 5, "conv2_2": 7,
        "conv3_1": 10, "conv3_2": 12, "conv3_3": 14, "conv3_4": 16,
        "conv4_1": 19, "conv4_2": 21, "conv4_3": 23, "conv4_4": 25,
        "conv5_1": 28, "conv5_2": 30, "conv5_3": 32, "conv5_4": 34,
    }  # fmt: skip


def test_the_default_is_the_three_slices_and_nothing_deeper() -> None:
    tensors, source = weights.load("random:0", vgg.shapes_of(vgg.needed(vgg.DEFAULT_LAYERS)))
    model = vgg.build(vgg.DEFAULT_LAYERS, tensors, source)
    assert [output.name for output in model.graph.output] == ["relu2_1", "relu4_1", "relu5_1"]
    assert len(model.graph.initializer) == 26
    assert 51e6 < len(model.SerializeToString()) < 53e6
    features = run(model, 1, 3, 224, 224)
    assert [feature.shape for feature in features] == [(1, 128, 112, 112), (1, 512, 28, 28), (1, 512, 14, 14)]
    # He's scaling: activations stay of one size, however deep.
    assert all(0.3 < feature.std() < 3 for feature in features)


def test_every_tap_exists_and_only_convolutions_go_below_zero() -> None:
    tensors, source = weights.load("random:1", vgg.shapes_of(vgg.CONVS))
    model = vgg.build(vgg.LAYERS, tensors, source)
    assert [output.name for output in model.graph.output] == list(vgg.LAYERS)
    for layer, feature in zip(vgg.LAYERS, run(model, 1, 3, 33, 49), strict=True):
        block = int(layer[4])
        assert feature.shape[2:] == (33 >> (block - 1), 49 >> (block - 1))
        assert (feature.min() < 0) == layer.startswith("conv")


def test_a_convolution_as_the_deepest_tap_has_no_relu_behind_it(small_model: Callable[..., onnx.ModelProto]) -> None:
    model = small_model("conv2_1", "relu1_1")
    assert [node.name for node in model.graph.node] == ["conv1_1", "relu1_1", "conv1_2", "relu1_2", "pool1", "conv2_1"]
    assert [output.name for output in model.graph.output] == ["conv2_1", "relu1_1"]


def test_the_batch_is_free(small_model: Callable[..., onnx.ModelProto]) -> None:
    model = small_model("relu2_1")
    both = run(model, 2, 3, 20, 30)[0]
    one = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    picture = np.random.Generator(np.random.PCG64(5)).standard_normal((2, 3, 20, 30)).astype(np.float32)
    np.testing.assert_allclose(one.run(None, {"image": picture[1:]})[0], both[1:], rtol=1e-5, atol=1e-5)


def test_describes_itself(small_model: Callable[..., onnx.ModelProto]) -> None:
    spec = read(small_model("conv1_2", "relu3_1"))
    assert spec.name == "vgg19"
    assert (spec.input.mean, spec.input.std) == ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    assert (spec.input.layout, spec.input.range, spec.input.channel_order) == ("NCHW", (0, 1), "RGB")
    assert spec.layers == (LayerSpec("conv1_2", 64), LayerSpec("relu3_1", 256))
    assert spec.input.size == SizeSpec(minimum=8)
    assert spec.weights is not None
    assert spec.weights.random
    assert spec.weights.source == "random:0"
    assert spec.opset == 17


@pytest.mark.parametrize(
    ("layer", "minimum"), [("conv1_1", 2), ("relu2_2", 4), ("relu3_4", 8), ("conv4_1", 16), ("relu5_1", 32)]
)
def test_the_smallest_picture_depends_on_the_deepest_tap(layer: str, minimum: int) -> None:
    assert vgg.minimum_side(["relu1_1", layer]) == minimum


def test_equal_in_equal_out(small_model: Callable[..., onnx.ModelProto]) -> None:
    first, second = (small_model("relu2_1").SerializeToString(deterministic=True) for _ in range(2))
    assert first == second


def test_random_weights_are_the_same_on_every_machine() -> None:
    tensors = weights.random_tensors(0, vgg.shapes_of(vgg.CONVS))
    # Written down once: another digest means that the recipe changed, and every stored figure with it.
    assert weights.digest_of(tensors) == "d448e57b8eb64810073015576ab3a0f4fc6c63171c19acac371f4c70d94d7410"
    kernel = tensors["features.19.weight"]
    assert kernel.std() == pytest.approx(np.sqrt(2 / (256 * 9)), rel=1e-2)
    assert abs(kernel.mean()) < 1e-4
    assert tensors["features.19.bias"].std() == pytest.approx(0.05, rel=0.1)
    assert hashlib.sha256(tensors["features.0.bias"].astype("<f4").tobytes()).hexdigest()[:8] == "40c381ae"


def test_fewer_random_tensors_are_the_first_of_more() -> None:
    few = weights.random_tensors(7, vgg.shapes_of(vgg.needed(["relu2_1"])))
    more = weights.random_tensors(7, vgg.shapes_of(vgg.needed(["relu3_1"])))
    assert all((more[name] == tensor).all() for name, tensor in few.items())
    assert (weights.random_tensors(8, vgg.shapes_of(vgg.needed(["relu1_1"])))["features.0.weight"]
            != few["features.0.weight"]).all()  # fmt: skip


def test_values_in_the_file_are_those_given() -> None:
    shapes = vgg.shapes_of(vgg.needed(["relu1_1"]))
    tensors, source = weights.load("random:3", shapes)
    model = vgg.build(("relu1_1",), tensors, source)
    for stored in model.graph.initializer:
        np.testing.assert_array_equal(numpy_helper.to_array(stored), tensors[stored.name])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("relu6_1", "no layer 'relu6_1'"),
        ("relu2_3", "no layer 'relu2_3'"),
        ("", "no layer ''"),
        ("relu2_1,relu2_1", "given twice"),
        ("pool1", "no layer 'pool1'"),
    ],
)
def test_a_layer_that_is_not_there_is_a_usage_error(text: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        vgg.parse_layers(text)


def test_layers_may_be_spaced() -> None:
    assert vgg.parse_layers("relu5_1, conv1_1") == ("relu5_1", "conv1_1")


def test_missing_or_misshapen_tensors_are_named() -> None:
    with pytest.raises(WeightsError, match=r"'features\.0\.weight' is missing"):
        vgg.build(("relu1_1",), {}, WeightsSpec("none"))
    wrong = {"features.0.weight": np.zeros((64, 3, 3, 3), np.float32), "features.0.bias": np.zeros(63, np.float32)}
    with pytest.raises(WeightsError, match=r"'features\.0\.bias' has shape \(63,\), not \(64,\)"):
        vgg.build(("relu1_1",), wrong, WeightsSpec("none"))
