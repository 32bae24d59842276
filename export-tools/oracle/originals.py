# SPDX-License-Identifier: Apache-2.0
"""The metrics as their own packages compute them, with parameters of ours put in: what parity is measured against."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping
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
    with _no_downloads():
        made = getattr(torchvision.models, network.name)(weights=None).features
    _fill(made, tensors)
    return made.eval()


def of_lpips(net: str, tensors: Mapping[str, NDArray[np.float32]], *, baseline: bool = False) -> Metric:
    """Returns the package lpips' own, with its published linear weights unless it is the ``baseline``."""
    with _no_downloads():
        made = lpips.LPIPS(net=net, pnet_rand=True, lpips=not baseline, verbose=False)
    _fill(made.net, tensors)
    return lambda x, y: made(x, y, normalize=True)


def of_torchmetrics(net: str, tensors: Mapping[str, NDArray[np.float32]]) -> Metric:
    """Returns torchmetrics' LPIPS, with its published linear weights."""
    with _no_downloads():
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
def _no_downloads() -> Iterator[None]:
    with mock.patch("torch.hub.load_state_dict_from_url", side_effect=AssertionError("no network in tests")):
        yield


def _tensor(picture: Picture) -> torch.Tensor:
    return torch.from_numpy(picture.transpose(2, 0, 1)[np.newaxis].astype(np.float32) / np.float32(255))
