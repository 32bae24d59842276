# SPDX-License-Identifier: Apache-2.0
"""PyTorch and piq with the weights of Percept's own file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from pictures import MEAN, STD

CHANNELS: tuple[int | str, ...] = (64, 64, "M", 128, 128, "M", 256, 256, 256, 256, "M", 512, 512, 512, 512, "M", 512)
"""VGG19 up to conv5_1."""
TAPS = {"6": 128, "20": 512, "29": 512}
"""torchvision's names of relu2_1, relu4_1 and relu5_1, and their channels."""

Losses = Callable[[npt.NDArray[np.uint8], npt.NDArray[np.uint8]], Sequence[Sequence[float]]]
"""References and candidates, NHWC, to each pair's values: by layer, or only the total."""


def vgg19(tensors: dict[str, npt.NDArray[Any]]) -> torch.nn.Sequential:
    """The network as torchvision builds it: same names, ReLUs in place."""
    net = torch.nn.Sequential()
    before = 3
    for channels in CHANNELS:
        if isinstance(channels, str):
            net.append(torch.nn.MaxPool2d(2))
            continue
        conv = torch.nn.Conv2d(before, channels, 3, padding=1)
        for part in ("weight", "bias"):
            values = torch.from_numpy(tensors[f"features.{len(net)}.{part}"].copy())
            setattr(conv, part, torch.nn.Parameter(values, requires_grad=False))
        net.append(conv)
        net.append(torch.nn.ReLU(inplace=True))
        before = channels
    return net.eval()


class Loss(torch.nn.Module):
    """The mean squared feature difference per layer: uint8 NHWC pairs in, (pairs, layers) out."""

    mean: torch.Tensor
    std: torch.Tensor

    def __init__(self, net: torch.nn.Sequential, dtype: torch.dtype) -> None:
        super().__init__()
        self.net = net.to(dtype)
        self.dtype = dtype
        self.register_buffer("mean", torch.tensor(MEAN, dtype=dtype).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(STD, dtype=dtype).view(1, 3, 1, 1))

    def forward(self, references: torch.Tensor, candidates: torch.Tensor) -> torch.Tensor:
        x = torch.cat([references, candidates]).permute(0, 3, 1, 2).to(self.dtype) / 255
        x = (x - self.mean) / self.std
        losses = []
        for name, module in self.net.named_children():
            x = module(x)
            if name in TAPS:
                left, right = x.chunk(2)
                losses.append(((left - right) ** 2).mean((1, 2, 3)))
        return torch.stack(losses, dim=1)


def torch_losses(tensors: dict[str, npt.NDArray[Any]], kind: str) -> Losses:
    """PyTorch: ``eager``, ``channels_last``, ``compiled`` or ``float64``."""
    net = vgg19(tensors)
    if kind == "channels_last":
        net = net.to(memory_format=torch.channels_last)
    loss: Callable[..., torch.Tensor] = Loss(net, torch.float64 if kind == "float64" else torch.float32).eval()
    if kind == "compiled":
        import torch._inductor.config as inductor

        # Weights are constants: lets them be packed once.
        inductor.freezing = True
        # Shapes are few, and each gets its own code.
        loss = torch.compile(loss, dynamic=False)

    def losses(references: npt.NDArray[np.uint8], candidates: npt.NDArray[np.uint8]) -> Sequence[Sequence[float]]:
        with torch.inference_mode() if kind != "compiled" else torch.no_grad():
            values: list[list[float]] = loss(torch.from_numpy(references), torch.from_numpy(candidates)).tolist()
        return values

    return losses


def piq_losses(tensors: dict[str, npt.NDArray[Any]]) -> Losses:
    """piq's ContentLoss, whose layers are sums over channels: divided by their number it is Percept's total."""
    from piq import ContentLoss

    net = vgg19(tensors)
    weights = [1 / channels for channels in TAPS.values()]
    loss = ContentLoss(net, tuple(TAPS), weights, reduction="none", mean=list(MEAN), std=list(STD))

    def losses(references: npt.NDArray[np.uint8], candidates: npt.NDArray[np.uint8]) -> Sequence[Sequence[float]]:
        with torch.inference_mode():
            left, right = (torch.from_numpy(p).permute(0, 3, 1, 2).float() / 255 for p in (references, candidates))
            return [[value] for value in loss(left, right).tolist()]

    return losses
