# SPDX-License-Identifier: Apache-2.0
"""Builds ICC profiles from their published primaries, and converts pixels from a profile to sRGB.

The conversion of 8-bit pixels is LittleCMS's, by Pillow's ImageCms with the perceptual intent, which for
such profiles is the same as the relative colorimetric one. LittleCMS is out of reach for 16-bit RGB,
since Pillow has no such mode: there it is the profile's own arithmetic in float64.
"""

from __future__ import annotations

import functools
import io
import struct
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from image_files.levels import Samples, highest

Floats = NDArray[np.float64]

D50 = np.array([0.9642, 1.0, 0.8249])
"""The white of all profiles, as ICC.1 rounds it."""
D65 = (0.3127, 0.3290)
BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
SRGB_PRIMARIES = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
P3_PRIMARIES = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
ADOBE_PRIMARIES = ((0.64, 0.33), (0.21, 0.71), (0.15, 0.06))
ADOBE_GAMMA = 563 / 256
"""As Adobe RGB (1998) defines it, for a u8Fixed8Number can hold it."""


def srgb_decoded(values: Floats) -> Floats:
    """IEC 61966-2-1, from signal to light."""
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def srgb_encoded(light: Floats) -> Floats:
    """IEC 61966-2-1, from light to signal; what is out of gamut is cut off."""
    light = np.clip(light, 0, 1)
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


def rounded(values: Floats, like: Samples) -> Samples:
    """Turns 0…1 into as many bits as ``like`` has."""
    return np.rint(values * highest(like)).astype(like.dtype)


@dataclass(frozen=True)
class Profile:
    """A profile by curve and, if it's not of greys, matrix."""

    name: str
    data: bytes
    decoded: Callable[[Floats], Floats]
    matrix: Floats
    """From light to XYZ under D50, just as the profile's numbers are rounded."""


def _matrix(primaries: tuple[tuple[float, float], ...]) -> Floats:
    def xyz(x: float, y: float) -> Floats:
        return np.array([x / y, 1.0, (1 - x - y) / y])

    columns = np.column_stack([xyz(*primary) for primary in primaries])
    white = xyz(*D65)
    matrix = columns * np.linalg.solve(columns, white)
    adapted = np.linalg.solve(BRADFORD, np.diag((BRADFORD @ D50) / (BRADFORD @ white)) @ BRADFORD)
    return adapted @ matrix


def _fixed(*values: float) -> bytes:
    return struct.pack(f">{len(values)}i", *(round(value * 65536) for value in values))


def _curve(*values: int) -> bytes:
    return b"curv" + struct.pack(f">II{len(values)}H", 0, len(values), *values)


def _text(text: str, version: int) -> bytes:
    if version == 2:
        return b"desc" + struct.pack(">II", 0, len(text) + 1) + text.encode() + bytes(1 + 4 + 4 + 2 + 1 + 67)
    wide = text.encode("utf-16-be")
    return b"mluc" + struct.pack(">III4sII", 0, 1, 12, b"enUS", len(wide), 28) + wide


def _assembled(version: int, space: bytes, tags: dict[bytes, bytes]) -> bytes:
    offset = 128 + 4 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    placed: dict[bytes, int] = {}
    for signature, content in tags.items():
        if content not in placed:  # The three curves are one.
            placed[content] = offset + len(body)
            body += content + bytes(-len(content) % 4)
        table += struct.pack(">4sII", signature, placed[content], len(content))
    header = struct.pack(
        ">I4xI4s4s4s6H4s28x3i48x",
        offset + len(body),
        {2: 0x02400000, 4: 0x04300000}[version],
        b"mntr",
        space,
        b"XYZ ",
        *(2025, 1, 1, 0, 0, 0),
        b"acsp",
        *struct.unpack(">3i", _fixed(*D50)),
    )
    return header + table + body


def _rgb(
    name: str,
    version: int,
    primaries: tuple[tuple[float, float], ...],
    curve: bytes,
    decoded: Callable[[Floats], Floats],
) -> Profile:
    matrix = np.rint(_matrix(primaries) * 65536) / 65536
    tags = {b"desc": _text(name, version), b"wtpt": b"XYZ " + bytes(4) + _fixed(*D50)}
    tags[b"cprt"] = b"text" + bytes(4) + b"CC0\0" if version == 2 else _text("CC0", version)
    for channel, column in zip((b"r", b"g", b"b"), matrix.T, strict=True):
        tags[channel + b"XYZ"] = b"XYZ " + bytes(4) + _fixed(*column)
        tags[channel + b"TRC"] = curve
    return Profile(name, _assembled(version, b"RGB ", tags), decoded, matrix)


def _grey(name: str, gamma: float) -> Profile:
    tags = {
        b"desc": _text(name, 2),
        b"wtpt": b"XYZ " + bytes(4) + _fixed(*D50),
        b"cprt": b"text" + bytes(4) + b"CC0\0",
        b"kTRC": _curve(round(gamma * 256)),
    }
    return Profile(name, _assembled(2, b"GRAY", tags), lambda v: v**gamma, np.eye(3))


# One of each kind of curve: a table, a formula, an exponent.
SRGB = _rgb(
    "sRGB",
    2,
    SRGB_PRIMARIES,
    _curve(*(int(v) for v in np.rint(srgb_decoded(np.linspace(0, 1, 1024)) * 65535))),
    srgb_decoded,
)
DISPLAY_P3 = _rgb(
    "Display P3",
    4,
    P3_PRIMARIES,
    b"para" + struct.pack(">IHH", 0, 3, 0) + _fixed(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045),
    srgb_decoded,
)
ADOBE_RGB = _rgb("Adobe RGB (1998)", 2, ADOBE_PRIMARIES, _curve(563), lambda v: v**ADOBE_GAMMA)
RGB_PROFILES = {"srgb": SRGB, "display-p3": DISPLAY_P3, "adobe-rgb": ADOBE_RGB}
GREY_GAMMA = _grey("Grey, gamma 1.8", 461 / 256)


def by_arithmetic(colours: Samples, profile: Profile) -> Samples:
    """Converts (height, width, 3) of 8 or 16 bits to sRGB in float64."""
    light = profile.decoded(colours / float(highest(colours)))
    return rounded(srgb_encoded(light @ profile.matrix.T @ np.linalg.inv(_matrix(SRGB_PRIMARIES)).T), colours)


def by_littlecms(image: Image.Image, profile: bytes) -> Image.Image:
    """Converts what is in mode RGB or L to sRGB in mode RGB."""
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    converted = ImageCms.profileToProfile(
        image, source, _destination(), renderingIntent=ImageCms.Intent.PERCEPTUAL, outputMode="RGB"
    )
    if converted is None:
        raise ValueError("nothing was converted")
    return converted


def is_grey(profile: bytes) -> bool:
    """Whether a profile is one of greys."""
    return profile[16:20] == b"GRAY"


@functools.cache
def _destination() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
