# SPDX-License-Identifier: Apache-2.0
"""The pictures that are written to the files. A name is the seed: another name, an unrelated picture."""

from __future__ import annotations

import zlib

import numpy as np

from image_files.levels import Samples
from pictures import smooth

SIZE = (29, 37)
"""Height and width of most pictures: odd, so that bytes, blocks and passes end within the picture."""


def rgb(name: str, size: tuple[int, int] = SIZE) -> Samples:
    """Draws 8-bit RGB; each of ``size`` is at least 1."""
    height, width = size
    return smooth(max(2, height), max(2, width), _seed(name))[:height, :width].copy()


def rgb_16(name: str, size: tuple[int, int] = SIZE) -> Samples:
    """Draws 16-bit RGB whose low bytes are noise, so that no one can get away with dropping them."""
    low = np.random.Generator(np.random.PCG64(_seed(name))).integers(0, 256, (*size, 3))
    return (rgb(name, size).astype(np.uint16) << 8) + low.astype(np.uint16)


def grey(name: str, bits: int = 8, size: tuple[int, int] = SIZE) -> Samples:
    """Draws grey of 1 to 16 bits."""
    if bits == 16:
        return rgb_16(name, size)[..., 1]
    return rgb(name, size)[..., 1] >> (8 - bits)


def alpha(name: str, bits: int = 8, size: tuple[int, int] = SIZE) -> Samples:
    """Draws transparency with areas that are wholly clear and wholly opaque."""
    top = (1 << bits) - 1
    values = grey("alpha of " + name, bits, size).astype(np.int64)
    return np.clip(2 * values - top // 2, 0, top).astype(np.uint8 if bits <= 8 else np.uint16)


def with_alpha(colours: Samples, name: str) -> Samples:
    """Adds a channel of transparency, as deep as the colours are."""
    bits = 8 * colours.dtype.itemsize
    return np.dstack([colours, alpha(name, bits, (colours.shape[0], colours.shape[1]))])


def indexed(name: str, colours: int, size: tuple[int, int] = SIZE) -> tuple[Samples, Samples]:
    """Draws (height, width) indices into a palette of shape (colours, 3); both are 8 bits wide."""
    values = rgb(name, size)[..., 1].astype(np.int64)
    palette = (rgb_16("palette of " + name, (16, 16)) & 255).astype(np.uint8).reshape(256, 3)[:colours]
    indices = (values * colours) >> 8
    indices.flat[0] = colours - 1  # So that the last colour is used, whatever was drawn.
    return indices.astype(np.uint8), palette


def _seed(name: str) -> int:
    return zlib.crc32(name.encode())
