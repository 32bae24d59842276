# SPDX-License-Identifier: Apache-2.0
"""The metrics as others compute them, with parameters of ours put in: what parity is measured against.

lpips, piq and torchmetrics are their own packages. fast_neural_style, BasicSR, Real-ESRGAN and pix2pixHD are no
packages that install beside today's torch; what their files define (the addresses stand in
``percept_export.perceptual``) is stated here again on torchvision's modules with torch's own losses.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from unittest import mock

import lpips
import numpy as np
import piq
import torch
import torchvision
from numpy.typing import NDArray
from torchmetrics.functional.image.lpips import _LPIPS

from percept_export.networks import Network

Picture = NDArray[np.uint8]
Metric = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
"""Takes two pictures on [0, 1], float32 NCHW."""

_PARAMETER = re.compile(r".*?(\d+\.(?:(?:squeeze|expand1x1|expand3x3)\.)?(?:weight|bias))")


def score(metric: Metric, reference: Picture, candidate: Picture) -> float:
    """Returns a metric of two 8-bit pictures, in the float32 that its users get."""
    with torch.inference_mode():
        return float(metric(_tensor(reference), _tensor(candidate)))


def features(network: Network, tensors: Mapping[str, NDArray[np.float32]]) -> torch.nn.Sequential:
    """Returns torchvision's ``features`` with these parameters, ReLUs in place as torchvision makes them."""
    with _bare():
        made = getattr(torchvision.models, network.name)(weights=None).features
    _fill(made, tensors)
    return made.eval()


def of_lpips(net: str, tensors: Mapping[str, NDArray[np.float32]], *, baseline: bool = False) -> Metric:
    """Returns the package lpips' own, with its published linear weights unless it is the ``baseline``."""
    with _bare():
        made = lpips.LPIPS(net=net, pnet_rand=True, lpips=not baseline, verbose=False)
    _fill(made.net, tensors)
    return lambda x, y: made(x, y, normalize=True)


def of_torchmetrics(net: str, tensors: Mapping[str, NDArray[np.float32]]) -> Metric:
    """Returns torchmetrics' LPIPS, with its published linear weights."""
    with _bare():
        made = _LPIPS(net=net, pnet_rand=True)
    _fill(made.net, tensors)
    return lambda x, y: made(x, y, normalize=True)


def of_piq_lpips(
    network: Network, tensors: Mapping[str, NDArray[np.float32]], linear: Mapping[str, NDArray[np.float32]]
) -> Metric:
    """Returns piq's LPIPS; its linear weights, which it downloads, are taken from ``linear``."""
    roots = [torch.from_numpy(values) for values in linear.values()]
    with mock.patch("torch.hub.load_state_dict_from_url", return_value=roots), piq_backbone(network, tensors):
        return piq.LPIPS()


@contextlib.contextmanager
def piq_backbone(network: Network, tensors: Mapping[str, NDArray[np.float32]]) -> Iterator[None]:
    """Makes piq's losses, made within, use these parameters instead of downloading torchvision's."""
    whole = mock.Mock(features=features(network, tensors))
    with mock.patch(f"piq.perceptual.{network.name}", return_value=whole):
        yield


def of_preset(kind: str, name: str, network: Network, tensors: Mapping[str, NDArray[np.float32]]) -> Metric:
    """Returns the original of a content or style preset."""
    if name == "piq":
        with piq_backbone(network, tensors):
            return piq.ContentLoss() if kind == "content" else piq.StyleLoss()
    modules = features(network, tensors)

    def taps(x: torch.Tensor, indices: Sequence[int]) -> list[torch.Tensor]:
        kept = []
        for i, module in enumerate(modules[: max(indices) + 1]):
            x = module(x)
            if i in indices:
                kept.append(x.clone())  # As BasicSR does: the next ReLU overwrites x.
        return kept

    def imagenet(x: torch.Tensor) -> torch.Tensor:
        mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
        return (x - mean.view(1, 3, 1, 1)) / std.view(1, 3, 1, 1)

    def gram(x: torch.Tensor) -> torch.Tensor:
        _, c, h, w = x.shape
        return torch.einsum("nchw,ndhw->ncd", x, x) / (c * h * w)

    indices, factors, distance, prepare = _DEFINITIONS[kind, name]
    look = gram if kind == "style" else torch.nn.Identity()

    def metric(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        ready = imagenet if prepare == "imagenet" else lambda value: value * 2 - 1
        pairs = zip(factors, taps(ready(x), indices), taps(ready(y), indices), strict=True)
        return sum((factor * distance(look(a), look(b)) for factor, a, b in pairs), torch.zeros(()))

    return metric


_MSE, _L1 = torch.nn.functional.mse_loss, torch.nn.functional.l1_loss
_DEFINITIONS: Mapping[tuple[str, str], tuple[Sequence[int], Sequence[float], Metric, str]] = {
    ("content", "fast-neural-style"): ((8,), (1e5,), _MSE, "imagenet"),
    ("content", "basicsr"): ((34,), (1.0,), _L1, "imagenet"),
    ("content", "real-esrgan"): ((2, 7, 16, 25, 34), (0.1, 0.1, 1.0, 1.0, 1.0), _L1, "imagenet"),
    ("content", "pix2pixhd"): ((1, 6, 11, 20, 29), (1 / 32, 1 / 16, 1 / 8, 1 / 4, 1.0), _L1, "[-1, 1]"),
    ("style", "fast-neural-style"): ((3, 8, 15, 22), (1e10,) * 4, _MSE, "imagenet"),
    ("style", "basicsr"): ((34,), (1.0,), _L1, "imagenet"),
}
"""By torchvision's indices of VGG16's or VGG19's ``features``, as the projects' files count them."""


def _fill(module: torch.nn.Module, tensors: Mapping[str, NDArray[np.float32]]) -> None:
    """Replaces parameters by the numbers in their names, which all packages take from torchvision."""
    state = {}
    for name in module.state_dict():
        match = _PARAMETER.fullmatch(name)
        assert match is not None, name
        if (tensor := tensors.get(f"features.{match[1]}")) is not None:
            state[name] = torch.from_numpy(tensor)
    # Steps behind the last layer need no parameters of ours: they are not evaluated.
    assert len(state) == len(tensors)
    module.load_state_dict(state, strict=False)


@contextlib.contextmanager
def _bare() -> Iterator[None]:
    """Networks made within download nothing, and take no time to draw numbers that are replaced at once."""
    drawing = ("kaiming_normal_", "kaiming_uniform_", "normal_", "uniform_", "trunc_normal_")
    with contextlib.ExitStack() as stack:
        for name in drawing:
            stack.enter_context(mock.patch.object(torch.nn.init, name, lambda tensor, *_, **__: tensor))
        stack.enter_context(
            mock.patch("torch.hub.load_state_dict_from_url", side_effect=AssertionError("no network in tests"))
        )
        yield


def _tensor(picture: Picture) -> torch.Tensor:
    return torch.from_numpy(picture.transpose(2, 0, 1)[np.newaxis].astype(np.float32) / np.float32(255))
