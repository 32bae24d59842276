# SPDX-License-Identifier: Apache-2.0
"""The independent readers: what Pillow, pypng and tifffile say that a file's pixels are."""

from __future__ import annotations

import io

import numpy as np
import png
import tifffile
from PIL import Image, ImageOps

from image_files import profiles
from image_files.levels import Samples, flattened, on_white, scaled


def by_pillow(data: bytes, *, orientation: bool = True, icc: bool = True) -> Samples:
    """Reads 8-bit pixels of the first picture in a file; deeper ones lose their low bytes.

    Args:
        data: the file.
        orientation: whether its orientation is applied; Pillow always applies TIFF's.
        icc: whether its profile is applied.
    """
    with Image.open(io.BytesIO(data)) as opened:
        profile = opened.info.get("icc_profile") if icc else None
        image = ImageOps.exif_transpose(opened) if orientation else opened
        alpha = None
        if image.has_transparency_data:
            image = image.convert("RGBA")
            alpha = np.asarray(image.getchannel("A"))
        if profile and profiles.is_grey(profile):
            colours = profiles.by_littlecms(image.convert("L"), profile)
        elif profile:
            colours = profiles.by_littlecms(image.convert("RGB"), profile)
        else:
            colours = image.convert("RGB")
        pixels = np.array(colours)
    return pixels if alpha is None else on_white(pixels, alpha)


def grey_16_by_pillow(data: bytes) -> Samples:
    """Reads 16-bit grey, the only thing that Pillow reads with more than 8 bits."""
    with Image.open(io.BytesIO(data)) as image:
        return flattened(np.array(image).astype(np.uint16))


def narrowed_by_pillow(data: bytes) -> Samples:
    """Reads 8-bit samples as they are stored, (height, width, channels)."""
    with Image.open(io.BytesIO(data)) as image:
        return np.array(image)


def by_pypng(data: bytes) -> Samples:
    """Reads the pixels of a PNG, with all their bits; profile, gamma and orientation don't count."""
    width, height, rows, info = png.Reader(bytes=data).asDirect()
    values = np.vstack([np.asarray(row, np.uint16) for row in rows]).reshape(height, width, info["planes"])
    return flattened(scaled(values, (1 << info["bitdepth"]) - 1))


def by_tifffile(data: bytes) -> Samples:
    """Reads the samples of a TIFF's first page as they are stored, (height, width, channels)."""
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        page = file.pages[0]
        values = page.asarray()
        if page.planarconfig == 2 and values.ndim == 3:
            values = values.transpose(1, 2, 0)
    values = values.astype(values.dtype.newbyteorder("="))
    return values[..., np.newaxis] if values.ndim == 2 else values
