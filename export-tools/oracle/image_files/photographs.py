# SPDX-License-Identifier: Apache-2.0
"""The sample pictures that scikit-image's package brings along: files that other programs wrote."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import skimage
from PIL import Image, ImageCms, UnidentifiedImageError

from image_files import readers
from image_files.cases import LITTLE_CMS, PILLOW, PYPNG, Cases, Record
from image_files.levels import Samples

FOLDER = Path(skimage.__file__).parent / "data"
FORMATS = {".png": "png", ".jpg": "jpeg", ".gif": "gif", ".tif": "tiff"}
MODES = ("1", "L", "LA", "P", "RGB", "RGBA")
GAMMA_OF_SRGB = 0.45455
DEPTH_OF_PNG = 24
"""Where a PNG file says how many bits a sample has."""


def add_to(cases: Cases) -> None:
    """Adds all that Pillow can vouch for: 8 bits, and no gamma but sRGB's."""
    for path in sorted(FOLDER.iterdir()):
        if path.suffix in FORMATS:
            data = path.read_bytes()
            try:
                more = _described(data)
            except UnidentifiedImageError:
                continue  # multipage_rgb.tif is of 64-bit floats.
            if more is None:
                continue
            lossy = path.suffix == ".jpg"
            tolerance, oracle = (2, LITTLE_CMS) if "profile" in more else (int(lossy), PILLOW)
            name = f"{FORMATS[path.suffix]}/photograph-{path.name}"
            if path.suffix == ".png" and data[DEPTH_OF_PNG] == 16:
                cases.add(name, data, readers.by_pypng(data), oracle=PYPNG, tolerance=0)
                continue
            cases.add(name, data, readers.by_pillow(data), oracle=oracle, tolerance=tolerance, **more)


def crop(name: str, size: tuple[int, int]) -> Samples:
    """Returns 8-bit RGB of a part near the middle of a sample picture, its profile disregarded."""
    with Image.open(FOLDER / name) as image:
        pixels = np.array(image.convert("RGB"))
    top, left = (pixels.shape[0] - size[0]) // 2, (pixels.shape[1] - size[1]) // 2
    return pixels[top : top + size[0], left : left + size[1]].copy()


def _described(data: bytes) -> Record | None:
    """What a case's record says beyond the usual, or None where Pillow is no oracle."""
    with Image.open(io.BytesIO(data)) as image:
        if image.mode not in MODES or image.info.get("gamma", GAMMA_OF_SRGB) != GAMMA_OF_SRGB:
            return None
        more: Record = {}
        orientation = image.getexif().get(274)
        if orientation is not None:
            more["orientation"] = orientation
        if image.info.get("icc_profile"):
            profile = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
            more["profile"] = ImageCms.getProfileDescription(profile).strip()
        if image.has_transparency_data:
            more["alpha"] = True
        return more
