# SPDX-License-Identifier: Apache-2.0
"""What does not depend on the picture is evaluated beforehand, and nothing else is."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper

import foreign
from percept_export.folding import folded


def constant(name: str, *values: int) -> onnx.TensorProto:
    return numpy_helper.from_array(np.array(values, np.int64), name)


def run(model: onnx.ModelProto) -> np.ndarray:
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"pixels": np.arange(48, dtype=np.float32).reshape(1, 3, 4, 4)})[0]


def test_paddings_that_an_exporter_computes_become_constants() -> None:
    model = foreign.model(
        [
            helper.make_node("Constant", [], ["four"], value=constant("four", 4)),
            helper.make_node("ConstantOfShape", ["four"], ["zeros"], value=constant("zero", 0)),
            helper.make_node("Concat", ["zeros", "sides"], ["pads"], axis=0),
            helper.make_node("Reshape", ["pads", "shape"], ["turned"]),
            helper.make_node("Reshape", ["turned", "flat"], ["back"]),
            helper.make_node("Pad", ["pixels", "back"], ["logits"]),
        ],
        [constant("sides", 0, 0, 1, 2), constant("shape", 2, 4), constant("flat", 8)],
        rank=4,
    )
    result = folded(model)
    assert [node.op_type for node in result.graph.node] == ["Pad"]
    assert [(tensor.name, list(numpy_helper.to_array(tensor))) for tensor in result.graph.initializer] == [
        ("back", [0, 0, 0, 0, 0, 0, 1, 2])
    ]
    np.testing.assert_array_equal(run(result), run(model))
    assert run(result).shape == (1, 3, 5, 6)


def test_what_depends_on_the_picture_or_on_chance_or_would_grow_stays() -> None:
    nodes = [
        helper.make_node("Shape", ["pixels"], ["sides"]),
        helper.make_node("ConstantOfShape", ["many"], ["large"]),
        helper.make_node("RandomNormal", [], ["chance"], shape=[1]),
        helper.make_node("ReduceSum", ["large"], ["sum"], keepdims=0),
        helper.make_node("Cast", ["sides"], ["float"], to=onnx.TensorProto.FLOAT),
        helper.make_node("Sum", ["float", "sum", "chance"], ["logits"]),
    ]
    result = folded(foreign.model(nodes, [constant("many", 100, 100)], rank=1))
    assert [node.op_type for node in result.graph.node] == [node.op_type for node in nodes]
    assert [tensor.name for tensor in result.graph.initializer] == ["many"]


def test_an_output_is_never_folded_away() -> None:
    model = foreign.model([helper.make_node("Neg", ["k"], ["logits"])], [foreign.kernel("k", 2, 2)])
    assert folded(model) == model
