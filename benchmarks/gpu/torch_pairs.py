#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Scores pairs with VGG19 in PyTorch, as Percept does, and prints how fast: one JSON object a line.

    torch_pairs.py CONFIGURATION cuda|cpu MODEL.onnx PAIRS.bin SIDE BATCHES ROUNDS

CONFIGURATION is fp32, tf32 or fp16 with ``eager`` or ``compiled`` (channels_last on a GPU): each line
has ``batch`` and ``pairs_per_s``, the fastest of ROUNDS with the pictures in pinned host memory. Or it
is ``losses``: the first pair's mean squared feature differences by layer; or ``matmul``: what products of
half-precision matrices reach, as ``tflop_per_s``.

MODEL.onnx is Percept's own file; only its weights are taken. PAIRS.bin holds uint8 RGB pictures of
SIDE × SIDE pixels: all references, then all candidates. BATCHES are numbers of pairs, separated by
commas.
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np
import onnx
import torch
from onnx import numpy_helper

CHANNELS = (64, 64, "M", 128, 128, "M", 256, 256, 256, 256, "M", 512, 512, 512, 512, "M", 512)
LAYERS = {3: "relu2_1", 9: "relu4_1", 13: "relu5_1"}
"""Convolutions, counted from 1, whose rectified outputs are compared."""
TIME_LIMIT = 60.0
"""Seconds after which no further batch is begun; compiling for one can take longer than that."""


class Loss(torch.nn.Module):
    """The mean squared feature difference per layer: uint8 NHWC pairs in, float (layers, pairs) out."""

    def __init__(self, tensors: dict[str, np.ndarray]) -> None:
        super().__init__()
        weights = sorted((n for n in tensors if n.endswith(".weight")), key=lambda n: int(n.split(".")[1]))
        biases = [name.replace(".weight", ".bias") for name in weights]
        self.weights = torch.nn.ParameterList([self._frozen(tensors[name]) for name in weights])
        self.biases = torch.nn.ParameterList([self._frozen(tensors[name]) for name in biases])
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1))

    @staticmethod
    def _frozen(array: np.ndarray) -> torch.nn.Parameter:
        return torch.nn.Parameter(torch.from_numpy(array.astype(np.float32)), requires_grad=False)

    def forward(self, references: torch.Tensor, candidates: torch.Tensor) -> torch.Tensor:
        x = torch.cat([references, candidates]).permute(0, 3, 1, 2).float() / 255
        x = ((x - self.mean.float()) / self.std.float()).to(self.weights[0].dtype)
        losses, conv = [], 0
        for channels in CHANNELS:
            if channels == "M":
                x = torch.nn.functional.max_pool2d(x, 2)
                continue
            x = torch.relu(torch.nn.functional.conv2d(x, self.weights[conv], self.biases[conv], padding=1))
            conv += 1
            if conv in LAYERS:
                left, right = x.float().chunk(2)
                losses.append(((left - right) ** 2).mean((1, 2, 3)))
        return torch.stack(losses)


def main() -> None:
    configuration, device, model, pairs_file, side, batches, rounds = sys.argv[1:]
    if configuration == "matmul":
        emit({"tflop_per_s": matmul_rate()})
        return
    tensors = {t.name: numpy_helper.to_array(t) for t in onnx.load(model).graph.initializer}
    pictures = torch.from_numpy(np.fromfile(pairs_file, np.uint8).reshape(2, -1, int(side), int(side), 3))
    if configuration == "losses":
        with torch.inference_mode():
            losses = Loss(tensors)(pictures[0, :1], pictures[1, :1])[:, 0]
        emit(dict(zip(LAYERS.values(), losses.tolist(), strict=True)))
        return
    precision, mode = configuration.split(" ")
    measure(precision, mode, device, tensors, pictures, [int(batch) for batch in batches.split(",")], int(rounds))


def measure(
    precision: str,
    mode: str,
    device: str,
    tensors: dict[str, np.ndarray],
    pictures: torch.Tensor,
    sizes: list[int],
    rounds: int,
) -> None:
    started = time.monotonic()
    torch.backends.cudnn.benchmark = True
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
    net = Loss(tensors).to(device).eval()
    if precision == "fp16":
        net = net.half()
    if device == "cuda":
        net = net.to(memory_format=torch.channels_last)
    call = torch.compile(net, mode="max-autotune-no-cudagraphs") if mode == "compiled" else net
    for batch in sizes:
        if time.monotonic() - started > TIME_LIMIT:
            return
        host = [picture[:batch].contiguous() for picture in pictures]
        if device == "cuda":
            host = [picture.pin_memory() for picture in host]
        best = float("inf")
        with torch.inference_mode():
            for _ in range(rounds + 2):
                start = time.perf_counter()
                call(*(picture.to(device, non_blocking=True) for picture in host)).cpu()
                best = min(best, time.perf_counter() - start)
        emit({"batch": batch, "pairs_per_s": batch / best})


def matmul_rate() -> float:
    """10¹² operations per second of a product of two 8192 × 8192 matrices in half precision."""
    side = 8192
    a, b = (torch.randn(side, side, device="cuda", dtype=torch.float16) for _ in range(2))
    best = float("inf")
    for _ in range(20):
        torch.cuda.synchronize()
        start = time.perf_counter()
        a @ b
        torch.cuda.synchronize()
        best = min(best, time.perf_counter() - start)
    return 2 * side**3 / best / 1e12


def emit(row: dict[str, object]) -> None:
    print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
