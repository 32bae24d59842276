# SPDX-License-Identifier: Apache-2.0
"""Content and style losses without torch: their features, Gram matrices and descriptions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from percept_export import perceptual, weights
from percept_export.networks import VGG16, VGG19, shapes_of
from percept_export.perceptual import PRESETS, Loss, Normalisation
from percept_export.spec import LayerSpec, SizeSpec, Spec, WeightsSpec, read

Cli = Callable[..., tuple[int, str, str]]
PICTURE = np.random.Generator(np.random.PCG64(5)).standard_normal((2, 3, 21, 34)).astype(np.float32)


def built(loss: Loss) -> onnx.ModelProto:
    shapes = shapes_of(loss.network.needed(tuple(loss.layers)))
    return perceptual.build(loss, *weights.load("random:0", shapes, loss.network))


def described(loss: Loss) -> Spec:
    """What a loss says of itself, without the time that weights take."""
    zeros = {name: np.zeros(shape, np.float32) for name, shape in loss.network.shapes.items()}
    return read(perceptual.build(loss, zeros, WeightsSpec("none")))


def run(model: onnx.ModelProto) -> dict[str, np.ndarray]:
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(None, {"image": PICTURE}), strict=True))


@pytest.mark.parametrize(("normalisation", "divisor"), [("raw", 1), ("hw", 10 * 17), ("chw", 128 * 10 * 17)])
def test_gram_matrices_of_each_normalisation(normalisation: Normalisation, divisor: int) -> None:
    layers = {"conv2_1": 1.0}
    features = run(built(Loss("content", "own", VGG16, layers)))["conv2_1"].astype(np.float64)
    gram = run(built(Loss("style", "own", VGG16, layers, normalisation=normalisation)))["conv2_1_gram"]
    expected = np.einsum("nchw,ndhw->ncd", features, features) / divisor
    np.testing.assert_allclose(gram, expected, rtol=1e-4, atol=1e-5 * np.abs(expected).max())


def test_a_convolution_s_features_are_those_before_its_relu() -> None:
    features = run(built(Loss("content", "own", VGG19, {"conv2_2": 1, "relu2_2": 1, "conv1_1": 1})))
    assert features["conv2_2"].min() < 0
    assert features["conv1_1"].min() < 0
    np.testing.assert_array_equal(features["relu2_2"], np.maximum(features["conv2_2"], 0))


def test_average_pooling_is_that() -> None:
    layers = {"relu1_2": 1.0, "conv2_1": 1.0}
    model = built(Loss("content", "own", VGG16, layers, pooling="average"))
    node = next(node for node in model.graph.node if node.name == "pool1")
    assert node.op_type == "AveragePool"
    probe = onnx.ModelProto()
    probe.CopyFrom(model)
    probe.graph.output.append(onnx.helper.make_tensor_value_info("pool1", onnx.TensorProto.FLOAT, [None] * 4))
    features = run(probe)
    blocks = features["relu1_2"][:, :, :20, :34].reshape(2, 64, 10, 2, 17, 2)
    np.testing.assert_allclose(features["pool1"], blocks.mean(axis=(3, 5)), rtol=1e-5, atol=1e-6)
    assert (features["conv2_1"] != run(built(Loss("content", "own", VGG16, layers)))["conv2_1"]).any()


@pytest.mark.parametrize(("kind", "name"), PRESETS)
def test_presets_describe_themselves(kind: perceptual.Kind, name: str) -> None:
    loss = PRESETS[kind, name]
    spec = described(loss)
    assert spec.name == f"{kind}-{name}"
    assert spec.description is not None
    assert spec.description.endswith(f": {loss.source}")
    assert loss.source.startswith("https://github.com/")
    assert {layer.name: layer.weight for layer in spec.layers} == loss.layers
    assert {layer.distance for layer in spec.layers} == {loss.distance}


def test_pix2pixhd_sees_pictures_from_minus_one_to_one() -> None:
    entry = described(PRESETS["content", "pix2pixhd"]).input
    assert (entry.range, entry.mean, entry.std) == ((-1, 1), (0, 0, 0), (1, 1, 1))


def test_a_loss_of_one_s_own(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = ("--net=vgg16", "--layers=relu1_2=3,conv2_1", "--distance=mae", "--weights=random:0")
    assert cli("style", *arguments, "--normalise=hw", "--pooling=average")[::2] == (0, "")
    spec = read(onnx.load("style-vgg16.onnx"))
    assert spec.layers == (
        LayerSpec("relu1_2", 64, "relu1_2_gram", 3, "mae", "NLC"),
        LayerSpec("conv2_1", 128, "conv2_1_gram", 1, "mae", "NLC"),
    )
    assert spec.description == "VGG16's Gram matrices over H·W at relu1_2, conv2_1, average pooling"
    assert spec.input.size == SizeSpec(minimum=2)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("content",), "say which loss: --preset NAME, or --layers NAMES"),
        (("content", "--preset=piq", "--net=vgg19"), "the preset piq has its own --net"),
        (("style", "--preset=piq", "--normalise=hw"), "the preset piq has its own --normalise"),
        (("style", "--preset=pix2pixhd"), "invalid choice: 'pix2pixhd'"),
        (("content", "--layers=relu3_4", "--net=vgg16"), "VGG16 has no layer 'relu3_4'; it has conv1_1, relu1_1"),
        (("content", "--layers=relu1_1", "--normalise=hw"), "--normalise"),
    ],
)
def test_what_makes_no_sense_is_refused(cli: Cli, arguments: tuple[str, ...], reason: str) -> None:
    code, _, err = cli(*arguments, "--weights=random:0")
    assert (code, reason in err) == (2, True), err
