# SPDX-License-Identifier: Apache-2.0
"""What half precision costs is measured alike everywhere, and what it can't hold stays in float."""

from __future__ import annotations

import math

import numpy as np
import onnxruntime
import pytest

from percept_export import halves, measure, vgg, weights
from percept_export.errors import WeightsError
from percept_export.samples import SIGMAS, extremes, samples
from percept_export.spec import WeightsSpec

LAYERS = ("relu2_1", "relu3_1")
SHAPES = vgg.shapes_of(vgg.needed(LAYERS))


def tensors() -> dict[str, np.ndarray]:
    return dict(weights.random_tensors(0, SHAPES))


def test_without_halves_the_emulation_is_the_float_graph() -> None:
    network = halves.Network(LAYERS, tensors())
    session = onnxruntime.InferenceSession(
        vgg.build(LAYERS, tensors(), WeightsSpec("none")).SerializeToString(), providers=["CPUExecutionProvider"]
    )
    picture = measure.normalised(samples()[0].reference)[:, :37, :50]
    for layer, expected in zip(LAYERS, session.run(None, {"image": picture[np.newaxis]}), strict=True):
        np.testing.assert_allclose(network.run(picture)[layer], expected[0], rtol=1e-4, atol=1e-5)
    assert network.peaks["relu3_1"] == network.run(picture)["relu3_1"].max()


def test_in_half_everything_that_is_stored_is_a_half() -> None:
    network = halves.Network(LAYERS, tensors(), half=["conv1_1", "conv1_2", "conv2_1"])
    features = network.run(measure.normalised(samples()[0].reference))
    np.testing.assert_array_equal(features["relu2_1"], features["relu2_1"].astype(np.float16))
    assert (features["relu3_1"] != features["relu3_1"].astype(np.float16)).mean() > 0.3


@pytest.mark.parametrize(
    ("value", "half"),
    [(65519.9, 65504), (65520, math.inf), (1 + 2**-11, 1), (2**-25 * 1.01, 2**-24), (-2e5, -math.inf)],
)
def test_rounds_to_the_nearest_half(value: float, half: float) -> None:
    assert halves.to_half(np.array([value])) == [half]


def test_the_figures_do_not_depend_on_the_order_of_summation(monkeypatch: pytest.MonkeyPatch) -> None:
    first = measure.measured(LAYERS, tensors())
    convolved = halves._convolved
    moved = []

    def backwards(value: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> np.ndarray:
        other = convolved(value[::-1], kernel[:, ::-1], bias)
        moved.append((other != convolved(value, kernel, bias)).any())
        return other

    monkeypatch.setattr(halves, "_convolved", backwards)
    assert measure.measured(LAYERS, tensors()) == first
    assert any(moved)  # The last digits are others, as with another BLAS.


@pytest.mark.parametrize(
    ("value", "rounded"),
    [(0.0, 0.0), (0.00123, 0.00123), (0.0012301, 0.00124), (0.9991, 1.0), (1.0, 1.0), (12345.0, 12400.0), (3e-9, 3e-9)],
)
def test_errors_are_rounded_up_to_three_digits(value: float, rounded: float) -> None:
    assert measure.rounded_up(value) == pytest.approx(rounded, rel=1e-12)
    assert measure.rounded_up(measure.rounded_up(value)) == pytest.approx(rounded, rel=1.1e-2)
    assert measure.rounded_up(value) >= value


def test_the_samples_are_what_their_description_says() -> None:
    precision = measure.measured(("relu1_1",), dict(weights.random_tensors(0, vgg.shapes_of(vgg.needed(["relu1_1"])))))
    pairs = [(sample.reference, other) for sample in samples() for other in sample.candidates.values()]
    assert precision.measured_on.startswith(f"{len(pairs)} pairs of 64×64: {len(samples())} made-up pictures")
    assert all(picture.shape == (64, 64, 3) and picture.dtype == np.uint8 for pair in pairs for picture in pair)
    assert all((reference != other).any() for reference, other in pairs)
    for sample in samples():
        assert 25 < sample.reference.std() < 80
        for sigma in SIGMAS:
            noise = sample.candidates[f"noise {sigma:g}"].astype(float) - sample.reference
            inside = (sample.reference > 80) & (sample.reference < 175)
            assert noise[inside].std() == pytest.approx(math.hypot(sigma, 12**-0.5), rel=0.05)
        np.testing.assert_array_equal(sample.candidates["shift"][:, :-1], sample.reference[:, 1:])
    assert {(int(picture.min()), int(picture.max())) for picture in extremes()} == {(255, 255), (0, 255)}


def test_half_precision_is_near_float_and_its_error_is_above_zero() -> None:
    precision = measure.measured(LAYERS, tensors())
    assert precision.type == "fp16"
    assert precision.fp32_nodes == ()
    assert set(precision.layer_errors) == set(LAYERS)
    assert 1e-4 < precision.loss_error < 0.01
    assert max(precision.layer_errors.values()) >= precision.loss_error


@pytest.mark.parametrize(
    ("peaks", "floats"),
    [
        ({}, ()),
        ({"conv1_2": 16376.0}, ()),
        ({"conv1_2": 16377.0}, ("conv1_2",)),  # It comes back below zero, where the ReLU cuts it off.
        ({"conv1_2": 16377.0, "relu1_2": 16377.0}, ("conv1_2", "conv2_1")),  # And what reads it.
        ({"conv3_1": 1e9, "relu3_1": 1e9}, ("conv3_1",)),
    ],
)
def test_a_convolution_stays_in_float_where_half_has_not_four_times_its_range(
    peaks: dict[str, float], floats: tuple[str, ...]
) -> None:
    convs = vgg.needed(LAYERS)
    quiet = {layer: 1.0 for conv in convs for layer in (conv.name, conv.relu)}
    assert measure.unfit(convs, tensors(), quiet | peaks) == floats


@pytest.mark.parametrize(("value", "floats"), [(65504.0, ()), (-65505.0, ("conv1_2",))])
@pytest.mark.parametrize("name", ["features.2.weight", "features.2.bias"])
def test_a_parameter_that_is_no_half_keeps_its_convolution_in_float(
    name: str, value: float, floats: tuple[str, ...]
) -> None:
    changed = tensors()
    changed[name].flat[0] = value
    quiet = {layer: 1.0 for conv in vgg.CONVS for layer in (conv.name, conv.relu)}
    assert measure.unfit(vgg.needed(LAYERS), changed, quiet) == floats


def test_where_half_holds_nothing_there_is_no_such_file() -> None:
    shapes = vgg.shapes_of(vgg.needed(["relu1_1"]))
    changed = {name: tensor * np.float32(1e6) for name, tensor in weights.random_tensors(0, shapes).items()}
    with pytest.raises(WeightsError, match="every convolution leaves half precision's range: export with"):
        measure.measured(("relu1_1",), changed)


def test_a_dead_network_has_no_error_to_measure() -> None:
    shapes = vgg.shapes_of(vgg.needed(["relu1_1"]))
    dead = {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}
    with pytest.raises(WeightsError, match="the features are the same for every picture"):
        measure.measured(("relu1_1",), dead)


def test_values_that_sink_below_half_s_range_show_in_the_error() -> None:
    shapes = vgg.shapes_of(vgg.needed(["relu1_1"]))
    faint = {name: tensor * np.float32(1e-7) for name, tensor in weights.random_tensors(0, shapes).items()}
    assert measure.measured(("relu1_1",), faint).loss_error > 0.1
