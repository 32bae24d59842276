# SPDX-License-Identifier: Apache-2.0
"""Made-up pictures for parity tests: smooth like photographs, never twice the same by chance."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Picture = NDArray[np.uint8]
"""8-bit RGB, shape (height, width, 3)."""


def smooth(height: int, width: int, seed: int) -> Picture:
    """Returns a picture of patches at many scales, their amplitudes falling with frequency.

    Args:
        height: in pixels, at least 2.
        width: in pixels, at least 2.
        seed: another one gives an unrelated picture.
    """
    random = np.random.Generator(np.random.PCG64(seed))
    total = np.zeros((height, width, 3))
    cells, amplitude = 2, 1.0
    while cells <= 2 * max(height, width):
        for channel in range(3):
            patch = Image.fromarray(random.standard_normal((cells, cells)).astype(np.float32))
            total[..., channel] += amplitude * np.asarray(patch.resize((width, height), Image.Resampling.BICUBIC))
        cells, amplitude = cells * 2, amplitude * 0.6
    total = (total - total.mean()) / total.std()
    return to_8_bit(127.5 + 55.0 * total)


def noisy(picture: Picture, sigma: float, seed: int) -> Picture:
    """Returns ``picture`` with normal noise of standard deviation ``sigma`` (of 255), rounded to 8 bits."""
    random = np.random.Generator(np.random.PCG64(seed))
    return to_8_bit(picture + sigma * random.standard_normal(picture.shape))


def to_8_bit(values: NDArray[np.float64]) -> Picture:
    """Rounds values on [0, 255] and cuts off what lies outside."""
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def normalised(picture: Picture) -> NDArray[np.float64]:
    """Returns what VGG19 wants, (v/255 − mean)/std, as float64 NCHW of shape (1, 3, height, width)."""
    mean, std = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    return ((picture / 255.0 - mean) / std).transpose(2, 0, 1)[np.newaxis]


def write_png(picture: Picture, path: Path) -> None:
    """Writes an 8-bit RGB PNG."""
    Image.fromarray(picture).save(path)


def read_png(path: Path) -> Picture:
    """Reads what :func:`write_png` wrote."""
    with Image.open(path) as image:
        return np.asarray(image)
