# SPDX-License-Identifier: Apache-2.0
"""Every preset against its original, with the same seeded weights. Skipped where torch is not installed."""

from __future__ import annotations

import functools

import pytest

from percept_export import perceptual, weights
from percept_export.graphs import Tensors
from percept_export.networks import Network
from percept_export.perceptual import PRESETS, Kind
from percept_export.spec import WeightsSpec
from pictures import noisy

originals = pytest.importorskip("originals", reason="the oracle needs torch, lpips, piq and torchmetrics")

from formula import Model  # noqa: E402
from image_files.photographs import crop  # noqa: E402

REFERENCE = crop("coffee.png", (64, 49))


@functools.cache
def loaded(network: Network) -> tuple[Tensors, WeightsSpec]:
    return weights.load("random:4", network.shapes, network)


@pytest.mark.parametrize(("kind", "name"), PRESETS)
def test_scores_are_the_original_s(kind: Kind, name: str) -> None:
    loss = PRESETS[kind, name]
    tensors, source = loaded(loss.network)
    candidate = noisy(REFERENCE, 8, seed=2)
    expected = originals.score(originals.of_preset(kind, name, loss.network, tensors), REFERENCE, candidate)
    actual = Model(perceptual.build(loss, tensors, source)).score(REFERENCE, candidate)
    assert actual == pytest.approx(expected, rel=1e-4)
