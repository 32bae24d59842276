# SPDX-License-Identifier: Apache-2.0
"""OpenVINO and plain ONNX Runtime, both from Percept's own file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from pictures import MEAN, STD

Pictures = npt.NDArray[np.uint8]
Losses = Callable[[Pictures, Pictures], Sequence[Sequence[float]]]


def openvino_losses(model: str, threads: int) -> Losses:
    """OpenVINO as it is fastest at f32: one static graph per shape, which takes bytes and sums squares, too."""
    import openvino as ov
    from openvino import opset13 as ops
    from openvino.preprocess import PrePostProcessor

    core = ov.Core()
    config = {
        "INFERENCE_PRECISION_HINT": "f32",
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_NUM_THREADS": threads,
    }
    compiled: dict[tuple[int, ...], Any] = {}

    def compile_for(shape: tuple[int, ...]) -> Any:
        graph = core.read_model(model)
        graph.reshape([shape[0], 3, shape[1], shape[2]])
        sums, counts = [], []
        for result in graph.results:
            feature = result.input_value(0)
            halves = ops.split(feature, ops.constant(0), 2)
            difference = ops.subtract(halves.output(0), halves.output(1))
            # The rest is summed in double, as all others do.
            sums.append(ops.reduce_sum(ops.multiply(difference, difference), ops.constant([3]), keep_dims=False))
            counts.append(int(np.prod(list(feature.shape)[1:])))
        graph = ov.Model(sums, graph.get_parameters(), "loss")
        steps = PrePostProcessor(graph)
        steps.input().tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
        steps.input().model().set_layout(ov.Layout("NCHW"))
        steps.input().preprocess().convert_element_type(ov.Type.f32).mean([255 * m for m in MEAN]).scale(
            [255 * s for s in STD]
        )
        return core.compile_model(steps.build(), "CPU", config).create_infer_request(), counts

    def losses(references: Pictures, candidates: Pictures) -> Sequence[Sequence[float]]:
        pictures = np.concatenate([references, candidates])
        if pictures.shape not in compiled:
            compiled[pictures.shape] = compile_for(pictures.shape)
        request, counts = compiled[pictures.shape]
        request.infer([ov.Tensor(pictures, shared_memory=True)])
        values = [
            request.get_output_tensor(i).data.sum(axis=(1, 2), dtype=np.float64) / count
            for i, count in enumerate(counts)
        ]
        return [[float(v) for v in pair] for pair in zip(*values, strict=True)]

    return losses


def onnxruntime_losses(model: str, threads: int) -> Losses:
    """ONNX Runtime as its Python documentation uses it, around it NumPy."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    mean = 255 * np.array(MEAN, np.float32).reshape(1, 3, 1, 1)
    scale = 1 / (255 * np.array(STD, np.float32)).reshape(1, 3, 1, 1)

    def losses(references: Pictures, candidates: Pictures) -> Sequence[Sequence[float]]:
        x = np.concatenate([references, candidates]).transpose(0, 3, 1, 2).astype(np.float32, order="C")
        x -= mean
        x *= scale
        values = []
        for feature in session.run(None, {"image": x}):
            left, right = np.split(feature, 2)
            difference = left - right
            squares = np.einsum("nchw,nchw->nch", difference, difference)
            values.append(squares.sum(axis=(1, 2), dtype=np.float64) / difference[0].size)
        return [[float(v) for v in pair] for pair in zip(*values, strict=True)]

    return losses
