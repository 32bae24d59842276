#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A peer of Percept as a process that answers as Percept's own driver does: ``peer.py NAME MODEL.onnx THREADS``.

Requests are JSON objects on standard input, a line each (see the Java class Driver). ``seconds`` of an answer is
from pictures in memory to losses on the heap; ``layers`` has, for each pair, the layers' mean squared feature
differences, or only their sum where a peer gives no more.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

NAMES = {
    "PyTorch": ("torch", "eager"),
    "PyTorch channels_last": ("torch", "channels_last"),
    "torch.compile": ("torch", "compiled"),
    "PyTorch float64": ("torch", "float64"),
    "piq ContentLoss": ("piq", ""),
    "OpenVINO f32": ("openvino", ""),
    "ONNX Runtime (Python)": ("onnxruntime", ""),
}
"""Each with the package whose version counts, and a variety."""


def losses_of(name: str, model: str, threads: int) -> Callable[..., Any]:
    package, kind = NAMES[name]
    if package == "openvino":
        from runtime_peers import openvino_losses

        return openvino_losses(model, threads)
    if package == "onnxruntime":
        from runtime_peers import onnxruntime_losses

        return onnxruntime_losses(model, threads)
    import onnx
    import torch
    from onnx import numpy_helper

    from torch_peers import piq_losses, torch_losses

    torch.set_num_threads(threads)
    tensors = {t.name: numpy_helper.to_array(t) for t in onnx.load(model).graph.initializer}
    return piq_losses(tensors) if package == "piq" else torch_losses(tensors, kind)


def main() -> None:
    name, model, threads = sys.argv[1:]
    # For libraries that count processors for themselves, when they are loaded.
    os.environ["OMP_NUM_THREADS"] = threads
    from pictures import read
    from processes import serve

    losses = losses_of(name, model, int(threads))

    def measure(request: dict[str, Any]) -> dict[str, object]:
        pictures = read(Path(request["file"]), request["width"], request["height"])
        pairs = request["pairs"]
        step = pairs if request["way"] == "pairs" else 1
        start = time.perf_counter()
        layers: list[Any] = []
        for at in range(0, pairs, step):
            layers += losses(pictures[at : at + step], pictures[pairs + at : pairs + at + step])
        return {"seconds": time.perf_counter() - start, "layers": layers}

    package = NAMES[name][0]
    serve({"versions": {package: version(package)}}, measure)


if __name__ == "__main__":
    main()
