# SPDX-License-Identifier: Apache-2.0
"""Small foreign models, as other programs write them: without a description, with features inside the graph."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def kernel(name: str, *shape: int) -> onnx.TensorProto:
    """Returns a constant of small numbers, the same every time."""
    values = np.random.Generator(np.random.PCG64(sum(shape))).standard_normal(shape) / np.sqrt(np.prod(shape[1:]))
    return numpy_helper.from_array(values.astype(np.float32), name)


def model(
    nodes: Sequence[onnx.NodeProto],
    constants: Sequence[onnx.TensorProto],
    *,
    shape: Sequence[str | int] = ("n", 3, "h", "w"),
    dtype: int = TensorProto.FLOAT,
    rank: int = 2,
) -> onnx.ModelProto:
    """Returns a model with the output ``logits``, whose sides are not said."""
    graph = helper.make_graph(
        list(nodes),
        "foreign",
        [helper.make_tensor_value_info("pixels", dtype, list(shape))],
        [helper.make_tensor_value_info("logits", dtype, [None] * rank)],
        list(constants),
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def classifier(shape: Sequence[str | int] = ("n", 3, "h", "w")) -> onnx.ModelProto:
    """Two blocks of convolutions, each with a SiLU or ReLU behind, and a linear layer on their means."""
    return model(
        [
            helper.make_node("Conv", ["pixels", "k1"], ["c1"], name="/block1/conv", pads=[1, 1, 1, 1]),
            helper.make_node("Sigmoid", ["c1"], ["s1"], name="/block1/gate"),
            helper.make_node("Mul", ["c1", "s1"], ["a1"], name="/block1/act"),
            helper.make_node(
                "Conv",
                ["a1", "k2"],
                ["c2"],
                name="/block2/conv",
                pads=[1, 1, 1, 1],
                strides=[2, 2],
                kernel_shape=[3, 3],
            ),
            helper.make_node("Relu", ["c2"], ["a2"], name="/block2/act"),
            helper.make_node("GlobalAveragePool", ["a2"], ["g"], name="/pool"),
            helper.make_node("Flatten", ["g"], ["f"], name="/flatten"),
            helper.make_node("Gemm", ["f", "k3"], ["logits"], name="/fc"),
        ],
        [kernel("k1", 8, 3, 3, 3), kernel("k2", 12, 8, 3, 3), kernel("k3", 12, 10)],
        shape=shape,
    )


def transformer() -> onnx.ModelProto:
    """Patches of 8 by 8 of one picture of 16 by 32 as tokens, with one residual branch, and the mean of the tokens."""
    return model(
        [
            helper.make_node("Conv", ["pixels", "patch"], ["p"], name="patch", strides=[8, 8]),
            helper.make_node("Reshape", ["p", "shape"], ["r"], name="reshape"),
            helper.make_node("Transpose", ["r"], ["t"], name="tokens", perm=[0, 2, 1]),
            helper.make_node("MatMul", ["t", "mix"], ["m"], name="mix"),
            helper.make_node("Add", ["t", "m"], ["block1"], name="residual"),
            helper.make_node("ReduceMean", ["block1"], ["logits"], name="mean", axes=[1], keepdims=0),
        ],
        [
            kernel("patch", 6, 3, 8, 8),
            kernel("mix", 6, 6),
            numpy_helper.from_array(np.array([1, 6, 8], np.int64), "shape"),
        ],
        shape=(1, 3, 16, 32),
    )
