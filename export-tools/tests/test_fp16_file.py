# SPDX-License-Identifier: Apache-2.0
"""VGG19 in half precision as a file: what is half in it, what isn't, and that it scores as float does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx.reference import ReferenceEvaluator

from percept_export import halves, measure, vgg, weights
from percept_export.check import Conv, check_file
from percept_export.errors import ModelError
from percept_export.samples import samples
from percept_export.spec import PrecisionSpec, WeightsSpec, attach, read

LAYERS = ("relu2_1", "relu3_1")
HALF = PrecisionSpec("fp16", 0.0, "nothing")
Small = Callable[..., onnx.ModelProto]


def tensors() -> dict[str, np.ndarray]:
    return dict(weights.random_tensors(0, vgg.shapes_of(vgg.needed(LAYERS))))


def loud(times: float = 1e5) -> dict[str, np.ndarray]:
    """A network whose conv2_1 leaves half's range; conv2_2 brings the values back."""
    changed = tensors()
    changed["features.5.weight"] = changed["features.5.weight"] * np.float32(times)
    changed["features.7.weight"] = changed["features.7.weight"] / np.float32(times)
    return changed


def scores(model: onnx.ModelProto) -> dict[str, dict[str, float]]:
    """The loss as ONNX Runtime gives it for the first sample, by the kind of candidate and the layer."""
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]

    def features(picture: np.ndarray) -> list[np.ndarray]:
        values = session.run(None, {"image": measure.normalised(picture)[np.newaxis]})
        return [value.astype(np.float64) for value in values]

    sample = samples()[0]
    reference = features(sample.reference)
    return {
        kind: {name: float(np.mean((x - y) ** 2)) for name, x, y in zip(names, reference, features(other), strict=True)}
        for kind, other in sample.candidates.items()
    }


def test_half_precision_s_file(tmp_path: Path) -> None:
    source = WeightsSpec("none")
    precision = measure.measured(LAYERS, tensors())
    model, plain = vgg.build(LAYERS, tensors(), source, precision), vgg.build(LAYERS, tensors(), source)
    first = model.graph.node[0]
    assert (first.op_type, list(first.input), first.attribute[0].i) == ("Cast", ["image"], onnx.TensorProto.FLOAT16)
    assert [node.name for node in model.graph.node][1:] == [node.name for node in plain.graph.node]
    assert model.graph.input[0] == plain.graph.input[0]
    assert {tensor.data_type for tensor in model.graph.initializer} == {onnx.TensorProto.FLOAT16}
    assert {output.type.tensor_type.elem_type for output in model.graph.output} == {onnx.TensorProto.FLOAT16}
    assert 0.5 < len(model.SerializeToString()) / len(plain.SerializeToString()) < 0.51
    again = vgg.build(LAYERS, tensors(), source, measure.measured(LAYERS, tensors()))
    assert model.SerializeToString(deterministic=True) == again.SerializeToString(deterministic=True)
    got, true = scores(model), scores(plain)
    for kind in true:
        assert sum(got[kind].values()) == pytest.approx(sum(true[kind].values()), rel=0.01)
        assert got[kind] != true[kind]
    path = tmp_path / "half.onnx"
    path.write_bytes(model.SerializeToString())
    numbers = next(line for line in str(check_file(path)).splitlines() if line.startswith("  numbers"))
    assert numbers.startswith(f"  numbers  fp16, loss within {100 * precision.loss_error:.3g}% of fp32's on 28 pairs")
    assert "in fp32" not in numbers


def test_the_reference_evaluator_rounds_as_the_emulation_does() -> None:
    precision = measure.measured(("relu2_1",), tensors())
    model = vgg.build(("relu2_1",), tensors(), WeightsSpec("none"), precision)
    picture = measure.normalised(samples()[0].reference[:32, :32])
    (got,) = ReferenceEvaluator(model, new_ops=[Conv]).run(None, {"image": picture[np.newaxis]})
    assert got.dtype == np.float16
    expected = halves.Network(("relu2_1",), tensors(), ["conv1_1", "conv1_2", "conv2_1"]).run(picture)["relu2_1"]
    exact = halves.Network(("relu2_1",), tensors()).run(picture)["relu2_1"]
    assert (got[0] == expected).mean() > 0.95
    assert (got[0] == exact).mean() < 0.5


def test_a_plain_graph_that_says_fp16_is_a_contradiction(small_model: Small, tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    model = small_model("relu1_1")
    plain = read(model)
    attach(model, replace(plain, precision=HALF))
    path.write_bytes(model.SerializeToString())
    with pytest.raises(ModelError, match="the description says precision fp16, the graph holds no float16"):
        check_file(path)
    half = vgg.build(("relu1_1",), tensors(), WeightsSpec("none"), HALF)
    path.write_bytes(half.SerializeToString())
    check_file(path)
    attach(half, plain)
    path.write_bytes(half.SerializeToString())
    with pytest.raises(ModelError, match=r"output 'relu1_1' is float16, not float32$"):
        check_file(path)
    attach(half, replace(plain, precision=replace(HALF, fp32_nodes=("conv9_1",))))
    path.write_bytes(half.SerializeToString())
    with pytest.raises(ModelError, match="keeps 'conv9_1' in float32, the graph has no such node"):
        check_file(path)


def test_an_overflowing_layer_is_kept_in_float_and_the_rest_in_half(tmp_path: Path) -> None:
    precision = measure.measured(LAYERS, loud())
    assert precision.fp32_nodes == ("conv2_1", "conv2_2")
    assert precision.loss_error < 0.01
    model = vgg.build(LAYERS, loud(), WeightsSpec("none"), precision)
    types = {output.name: output.type.tensor_type.elem_type for output in model.graph.output}
    assert types == {"relu2_1": onnx.TensorProto.FLOAT, "relu3_1": onnx.TensorProto.FLOAT16}
    path = tmp_path / "loud.onnx"
    path.write_bytes(model.SerializeToString())
    spec = check_file(path).spec
    assert spec.precision is not None
    assert spec.precision.fp32_nodes == ("conv2_1", "relu2_1", "conv2_2", "relu2_2", "pool2")
    got, true = scores(model), scores(vgg.build(LAYERS, loud(), WeightsSpec("none")))
    for kind in true:
        assert sum(got[kind].values()) == pytest.approx(sum(true[kind].values()), rel=0.01)
        assert got[kind]["relu3_1"] == pytest.approx(true[kind]["relu3_1"], rel=0.02)
    # All of it in half, the same network has no finite features.
    naive = vgg.build(LAYERS, loud(), WeightsSpec("none"), replace(precision, fp32_nodes=()))
    path.write_bytes(naive.SerializeToString())
    with pytest.raises(ModelError, match="layer 'relu2_1' has values that are not finite"):
        check_file(path)
