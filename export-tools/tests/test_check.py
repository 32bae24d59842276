# SPDX-License-Identifier: Apache-2.0
"""Checks find what is wrong, and pass foreign graphs of every layout that the format knows."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from percept_export.check import check_file
from percept_export.errors import FileError, ModelError, SpecError
from percept_export.spec import METADATA_KEY, InputSpec, LayerSpec, SizeSpec, Spec, attach, read

Small = Callable[..., onnx.ModelProto]


@pytest.fixture
def file(tmp_path: Path) -> Callable[[onnx.ModelProto], Path]:
    def write(model: onnx.ModelProto) -> Path:
        path = tmp_path / "model.onnx"
        path.write_bytes(model.SerializeToString())
        return path

    return write


def tiny(
    *nodes: onnx.NodeProto,
    spec: Spec,
    shape: tuple[str | int, ...] = ("n", 3, "h", "w"),
    dtype: int = TensorProto.FLOAT,
    out: tuple[str | int, ...] = ("n", 3, "h", "w"),
    out_dtype: int = TensorProto.FLOAT,
    opset: int = 17,
    constants: tuple[onnx.TensorProto, ...] = (),
) -> onnx.ModelProto:
    graph = helper.make_graph(
        list(nodes) or [helper.make_node("Neg", ["x"], ["y"])],
        "tiny",
        [helper.make_tensor_value_info("x", dtype, shape)],
        [helper.make_tensor_value_info("y", out_dtype, out)],
        list(constants),
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    attach(model, spec)
    return model


SPEC = Spec(name="tiny", input=InputSpec(name="x"), layers=(LayerSpec("y", 3),))


def test_an_export_passes_and_the_report_says_what_it_is(small_model: Small, file: Callable[..., Path]) -> None:
    report = check_file(file(small_model("relu1_1", "conv2_1")), name="model.onnx")
    assert [trial.size for trial in report.trials] == [(4, 4), (5, 9)]
    assert report.trials[1].shapes == ((2, 64, 5, 9), (2, 128, 2, 4))
    assert str(report).splitlines() == [
        "model.onnx: ok",
        "  model    vgg19",
        "  weights  random:0, random: scores mean nothing",
        "  input    image float32 NCHW RGB",
        "  layer    relu1_1 mse weight 1: 1×64×4×4 at 4×4, 2×64×5×9 at 5×9",
        "  layer    conv2_1 mse weight 1: 1×128×2×2 at 4×4, 2×128×2×4 at 5×9",
    ]


def test_foreign_graphs_pass(file: Callable[..., Path]) -> None:
    cast = helper.make_node("Cast", ["x"], ["y"], to=TensorProto.FLOAT)
    bytes_in = tiny(
        cast,
        spec=replace(
            SPEC,
            input=InputSpec(name="x", layout="NHWC", dtype="uint8", range=(0, 255), channel_order="BGR", batch=1),
            layers=(replace(SPEC.layers[0], layout="NHWC"),),
        ),
        shape=(1, "h", "w", 3),
        dtype=TensorProto.UINT8,
        out=(1, "h", "w", 3),
        opset=13,
    )
    assert check_file(file(bytes_in)).trials[0].shapes == ((1, 32, 32, 3),)
    tokens = tiny(
        helper.make_node("Reshape", ["x", "shape"], ["flat"]),
        helper.make_node("Transpose", ["flat"], ["y"], perm=[0, 2, 1]),
        spec=replace(
            SPEC,
            input=InputSpec(name="x", size=SizeSpec(fixed=(8, 6))),
            layers=(replace(SPEC.layers[0], layout="NLC"),),
        ),
        shape=("n", 3, 8, 6),
        out=("n", 48, 3),
        constants=(numpy_helper.from_array(np.array([0, 3, -1]), "shape"),),
    )
    assert check_file(file(tokens)).trials[0].shapes == ((1, 48, 3),)
    pooled = tiny(
        helper.make_node("ReduceMean", ["x"], ["y"], axes=[2, 3], keepdims=0),
        spec=replace(
            SPEC,
            input=InputSpec(name="x", size=SizeSpec(multiple=4, minimum=10)),
            layers=(replace(SPEC.layers[0], layout="NC"),),
        ),
        out=("n", 3),
    )
    assert [trial.size for trial in check_file(file(pooled)).trials] == [(12, 12), (16, 28)]


IMAGE = SPEC.input
LAYER = SPEC.layers[0]
CASES: dict[str, tuple[onnx.ModelProto, str]] = {
    "input name": (tiny(spec=replace(SPEC, input=InputSpec(name="z"))), "names the input 'z', the graph has 'x'"),
    "input dtype": (
        tiny(
            helper.make_node("Cast", ["x"], ["y"], to=TensorProto.FLOAT),
            spec=SPEC,
            dtype=TensorProto.UINT8,
        ),
        "input 'x' is uint8, the description says float32",
    ),
    "uint8 with a mean": (
        tiny(
            helper.make_node("Cast", ["x"], ["y"], to=TensorProto.FLOAT),
            spec=replace(SPEC, input=replace(IMAGE, dtype="uint8", range=(0, 255), mean=(1, 1, 1))),
            dtype=TensorProto.UINT8,
        ),
        r"range must be \[0, 255\]",
    ),
    "input rank": (
        tiny(spec=SPEC, shape=("n", 3, "h"), out=("n", 3, "h")),
        "'x' has 3 axes, the description says NCHW",
    ),
    "layout": (
        tiny(spec=replace(SPEC, input=replace(IMAGE, layout="NHWC"))),
        "has height 3, the description says free",
    ),
    "one channel": (tiny(spec=SPEC, shape=("n", 1, "h", "w"), out=("n", 1, "h", "w")), "has channels 1, .* says 3"),
    "fixed batch": (
        tiny(spec=SPEC, shape=(1, 3, "h", "w"), out=(1, 3, "h", "w")),
        "batch 1, the description says free",
    ),
    "fixed size": (
        tiny(
            spec=replace(SPEC, input=replace(IMAGE, size=SizeSpec(fixed=(8, 9)))),
            shape=("n", 3, 8, 8),
            out=("n", 3, 8, 8),
        ),
        "width 8, the description says 9",
    ),
    "output name": (
        tiny(spec=replace(SPEC, layers=(replace(LAYER, output="gone"),))),
        "names the output 'gone', the graph has 'y'",
    ),
    "output channels": (
        tiny(spec=replace(SPEC, layers=(LayerSpec("y", 4),))),
        "has 3 channels, the description says 4",
    ),
    "output layout": (tiny(spec=replace(SPEC, layers=(replace(LAYER, layout="NLC"),))), "has 4 axes, .* says NLC"),
    "output dtype": (
        tiny(
            helper.make_node("Cast", ["x"], ["y"], to=TensorProto.DOUBLE),
            spec=SPEC,
            out_dtype=TensorProto.DOUBLE,
        ),
        "output 'y' is double, not float32",
    ),
    "hidden channels": (
        tiny(spec=replace(SPEC, layers=(LayerSpec("y", 4),)), shape=("n", "c", "h", "w"), out=("n", "c", "h", "w")),
        "layer 'y' is 1×3×32×32 at 32×32, batch 1, the description says 4 channels",
    ),
    "old opset": (tiny(spec=SPEC, opset=12), "opset 12 is too old"),
    "other opset": (tiny(spec=replace(SPEC, opset=18)), "says opset 18, the graph has 17"),
    "not finite": (tiny(helper.make_node("Sqrt", ["x"], ["r"]), helper.make_node("Log", ["r"], ["y"]), spec=SPEC), ""),
    "smaller than it says": (
        tiny(
            helper.make_node("AveragePool", ["x"], ["y"], kernel_shape=[40, 40]),
            spec=SPEC,
            out=("n", 3, "p", "q"),
        ),
        "at 32×32",
    ),
}
CASES["not finite"] = (CASES["not finite"][0], "layer 'y' has values that are not finite at 32×32, batch 1")


@pytest.mark.parametrize("case", CASES)
def test_a_contradiction_is_named(case: str, file: Callable[..., Path]) -> None:
    model, reason = CASES[case]
    with pytest.raises(ModelError, match=reason) as caught:
        check_file(file(model))
    assert "\n" not in str(caught.value)
    assert "model.onnx: " in str(caught.value)


def test_two_inputs_are_refused(file: Callable[..., Path]) -> None:
    model = tiny(spec=SPEC)
    model.graph.input.add().CopyFrom(helper.make_tensor_value_info("extra", TensorProto.FLOAT, [1]))
    with pytest.raises(ModelError, match="one input is allowed, the graph has 'x', 'extra'"):
        check_file(file(model))


def test_weights_that_are_not_finite_are_found(small_model: Small, file: Callable[..., Path]) -> None:
    model = small_model("relu1_1")
    bias = np.array(numpy_helper.to_array(model.graph.initializer[1]))
    bias[3] = np.nan
    model.graph.initializer[1].CopyFrom(numpy_helper.from_array(bias, "features.0.bias"))
    with pytest.raises(ModelError, match="layer 'relu1_1' has values that are not finite"):
        check_file(file(model))


@pytest.mark.parametrize("content", [b"", b"this is text, not a model", b"\x08"], ids=["empty", "text", "stub"])
def test_a_file_that_is_no_model_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="is not a sound ONNX model"):
        check_file(path)


def test_a_truncated_model_is_refused(small_model: Small, tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(small_model().SerializeToString()[:-50])
    with pytest.raises(ModelError, match="is not a sound ONNX model"):
        check_file(path)


def test_a_broken_graph_is_refused(file: Callable[..., Path]) -> None:
    with pytest.raises(ModelError, match="is not a sound ONNX model"):
        check_file(file(tiny(helper.make_node("Neg", ["nowhere"], ["y"]), spec=SPEC)))


def test_missing_files_and_folders_are_file_errors(tmp_path: Path) -> None:
    for path in (tmp_path / "none.onnx", tmp_path):
        with pytest.raises(FileError, match="cannot read"):
            check_file(path)


def test_a_model_without_a_description_needs_a_sidecar(file: Callable[..., Path]) -> None:
    model = tiny(spec=SPEC)
    del model.metadata_props[:]
    path = file(model)
    with pytest.raises(SpecError, match=f"has no {METADATA_KEY}"):
        check_file(path)
    sidecar = path.with_name("model.onnx.json")
    sidecar.write_text(SPEC.to_json(), encoding="utf-8")
    assert check_file(path).spec == SPEC
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    sidecar.write_text(replace(SPEC, sha256=digest).to_json(), encoding="utf-8")
    assert check_file(path).spec.sha256 == digest
    sidecar.write_text(replace(SPEC, sha256="0" * 64).to_json(), encoding="utf-8")
    with pytest.raises(SpecError, match=f"has SHA-256 {digest}, but .* says 0000"):
        check_file(path)
    sidecar.write_bytes(b"\xff\xfe")
    with pytest.raises(SpecError, match="cannot read"):
        check_file(path)


def test_a_sidecar_takes_the_place_of_the_embedded_description(file: Callable[..., Path]) -> None:
    path = file(tiny(spec=SPEC))
    other = replace(SPEC, name="other")
    path.with_name("model.onnx.json").write_text(other.to_json(), encoding="utf-8")
    assert check_file(path).spec.name == "other"
    assert read(onnx.load(path)).name == "tiny"
