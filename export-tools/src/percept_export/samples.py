# SPDX-License-Identifier: Apache-2.0
"""Made-up pictures that half precision is measured on.

Made of integers and of operations that round once, in a fixed order: the same on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from percept_export.weights import normal

Picture = NDArray[np.uint8]
"""8-bit RGB, shape (height, width, 3)."""

SIDE = 64
"""Of the pictures, in pixels."""
SIGMAS = (1.0, 2.0, 8.0, 25.0)
"""Standard deviations of the noise, of 255."""
_FALLS = (0.6, 0.9, 0.6, 0.9)
"""How strong each octave of a picture is, against the next larger: smooth like a photograph, or busy."""
STEPS = 10
"""What the brighter candidates are brighter by, of 255."""


@dataclass(frozen=True)
class Sample:
    """A reference and what it is compared with, by the kind of distortion."""

    reference: Picture
    candidates: dict[str, Picture]


def samples(sigmas: tuple[float, ...] = SIGMAS, side: int = SIDE) -> tuple[Sample, ...]:
    """Returns smooth and busy pictures, each with the same kinds of candidates."""
    return tuple(_sample(seed, fall, sigmas, side) for seed, fall in enumerate(_FALLS))


def extremes(side: int = SIDE) -> tuple[Picture, ...]:
    """Returns pictures of the strongest contrasts: all white, single pixels, patches, and noise of single channels."""
    row, column = np.indices((side, side))
    checks = [np.repeat(255 * ((row // size + column // size) % 2)[..., np.newaxis], 3, axis=2) for size in (1, 8)]
    channels = 255 * (np.random.PCG64(2).random_raw(side * side * 3) & 1).reshape(side, side, 3)
    return tuple(picture.astype(np.uint8) for picture in (np.full((side, side, 3), 255), *checks, channels))


def described() -> str:
    """Returns what :func:`samples` gives, for people."""
    sigmas = f"{', '.join(f'{sigma:g}' for sigma in SIGMAS[:-1])} and {SIGMAS[-1]:g}"
    pictures = len(_FALLS)
    return (
        f"{pictures * (len(SIGMAS) + 3)} pairs of {SIDE}×{SIDE}: {pictures} made-up pictures, each against itself with "
        f"noise of sigma {sigmas} (of 255), blurred, shifted by a pixel, and {STEPS} levels brighter"
    )


def _sample(seed: int, fall: float, sigmas: tuple[float, ...], side: int) -> Sample:
    bits = np.random.PCG64(seed)
    wide = _octaves(bits, side + 1, fall)
    picture = wide[:, :-1].copy()[:side]
    candidates = {f"noise {sigma:g}": _rounded(picture + sigma * normal(bits, picture.shape)) for sigma in sigmas} | {
        "blur": _rounded(_blurred(_blurred(picture.astype(np.float64)).swapaxes(0, 1)).swapaxes(0, 1)),
        "shift": wide[:side, 1:],
        "brighter": _rounded(picture + float(STEPS)),
    }
    return Sample(picture, candidates)


def _octaves(bits: np.random.PCG64, side: int, fall: float) -> Picture:
    """Patches at every scale; each is ``fall`` times as strong as the next larger."""
    total, strength = np.zeros((side, side, 3)), 60.0
    cells = 2
    while cells <= 2 * side:
        across = _enlarged(normal(bits, (cells, cells, 3)), side)
        total += strength * _enlarged(across.swapaxes(0, 1), side)
        cells, strength = 2 * cells, strength * fall
    return _rounded(127.5 + total)


def _enlarged(grid: NDArray[np.float64], length: int) -> NDArray[np.float64]:
    """Interpolates the first axis linearly to ``length``."""
    at = np.arange(length) * ((len(grid) - 1) / (length - 1))
    below = np.minimum(at.astype(np.int64), len(grid) - 2)
    part = (at - below)[:, np.newaxis, np.newaxis]
    result: NDArray[np.float64] = grid[below] * (1 - part) + grid[below + 1] * part
    return result


def _blurred(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Averages neighbours of the first axis with weights 1 2 1."""
    padded = np.concatenate([values[:1], values, values[-1:]])
    result: NDArray[np.float64] = (padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4
    return result


def _rounded(values: NDArray[np.float64]) -> Picture:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
