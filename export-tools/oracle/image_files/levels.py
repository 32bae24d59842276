# SPDX-License-Identifier: Apache-2.0
"""The arithmetic between what a file holds and what a decoder must answer, all of it in integers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[Any]
"""Unsigned integers, 8 or 16 bits wide; pixels have the shape (height, width, 3)."""


def highest(samples: Samples) -> int:
    """Returns what stands for white: 255 or 65535."""
    return int(np.iinfo(samples.dtype).max)


def scaled(values: Samples, maximum: int) -> Samples:
    """Spreads 0…``maximum`` over 8 bits, or over 16 where it is above 255; halves are rounded up."""
    kind = np.dtype(np.uint8 if maximum <= 255 else np.uint16)
    top = int(np.iinfo(kind).max)
    return ((values.astype(np.int64) * top + maximum // 2) // maximum).astype(kind)


def on_white(colours: Samples, alpha: Samples) -> Samples:
    """Lays (height, width, 3) colours that aren't multiplied by ``alpha``, (height, width), on white."""
    top = highest(colours)
    a = alpha.astype(np.int64)[..., np.newaxis]
    return ((colours.astype(np.int64) * a + top * (top - a) + top // 2) // top).astype(colours.dtype)


def flattened(samples: Samples) -> Samples:
    """Makes pixels of (height, width) or of 1 to 4 channels: grey, grey and alpha, RGB, RGBA."""
    if samples.ndim == 2:
        samples = samples[..., np.newaxis]
    colours = samples[..., :3] if samples.shape[2] > 2 else np.repeat(samples[..., :1], 3, axis=2)
    return on_white(colours, samples[..., -1]) if samples.shape[2] in (2, 4) else np.ascontiguousarray(colours)


def upright(pixels: Samples, orientation: int) -> Samples:
    """Turns stored pixels as EXIF's ``orientation`` says, 1 to 8."""
    match orientation:
        case 2:
            pixels = pixels[:, ::-1]
        case 3:
            pixels = pixels[::-1, ::-1]
        case 4:
            pixels = pixels[::-1]
        case 5:
            pixels = pixels.transpose(1, 0, 2)
        case 6:
            pixels = np.rot90(pixels, -1)
        case 7:
            pixels = pixels[::-1, ::-1].transpose(1, 0, 2)
        case 8:
            pixels = np.rot90(pixels, 1)
    return np.ascontiguousarray(pixels)


def packed(samples: Samples, bits: int) -> bytes:
    """Packs rows of ``bits``-wide samples, the leftmost in the highest bits; each row starts a new byte."""
    rows = samples.reshape(len(samples), -1).astype(np.uint8)
    if bits == 8:
        return rows.tobytes()
    each = np.unpackbits(rows[..., np.newaxis], axis=2)[..., 8 - bits :]
    return np.packbits(each.reshape(len(rows), -1), axis=1).tobytes()
