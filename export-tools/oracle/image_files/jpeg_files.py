# SPDX-License-Identifier: Apache-2.0
"""JPEG: samplings, scans, colour spaces and the markers that tell them, profiles, orientations."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
from PIL import Image

from image_files import drawings, exif, profiles, readers
from image_files.cases import LITTLE_CMS, PILLOW, Cases, agree
from image_files.jpeg_writer import Component, segment, written
from image_files.levels import Samples, upright

SAMPLINGS = {"444": 0, "422": 1, "420": 2}
"""With the numbers that Pillow has for them."""
RARE = {
    "411": ((4, 1), (1, 1), (1, 1)),
    "410": ((4, 2), (1, 1), (1, 1)),
    "440": ((1, 2), (1, 1), (1, 1)),
    "441": ((1, 4), (1, 1), (1, 1)),
    "422-as-2x2-1x2": ((2, 2), (1, 2), (1, 2)),
    "cb-422-cr-420": ((2, 2), (1, 2), (1, 1)),
    "chroma-finer-than-luma": ((1, 1), (2, 2), (2, 2)),
}
"""Factors, across and down, of Y, Cb and Cr."""
JFIF = segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0")


def add_to(cases: Cases) -> None:
    """Adds all of them."""
    _add_samplings(cases)
    _add_shapes(cases)
    _add_codings(cases)
    _add_spaces(cases)
    _add_markers(cases)
    _add_inks(cases)
    _add_turned(cases)
    _add_profiled(cases)


def saved(samples: Samples | Image.Image, **options: Any) -> bytes:
    """Writes a JPEG by Pillow; quality 90 unless said otherwise."""
    image = samples if isinstance(samples, Image.Image) else Image.fromarray(samples)
    file = io.BytesIO()
    image.save(file, "JPEG", **({"quality": 90} | options))
    return file.getvalue()


def adobe(transform: int) -> bytes:
    """Adobe's marker: 0 for RGB or CMYK, 1 for YCbCr, 2 for YCCK."""
    return segment(0xEE, b"Adobe" + struct.pack(">HHHB", 100, 0, 0, transform))


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The markers before the first scan, each with its whole segment."""
    at = 2
    while data[at + 1] != 0xDA:
        length = 2 + struct.unpack(">H", data[at + 2 : at + 4])[0]
        yield data[at + 1], data[at : at + length]
        at += length


def without(data: bytes, *markers: int) -> bytes:
    """Takes segments out."""
    for marker, whole in list(_segments(data)):
        if marker in markers:
            data = data.replace(whole, b"", 1)
    return data


def with_first(data: bytes, *segments: bytes) -> bytes:
    """Puts segments right behind JFIF's, or the start."""
    at = 2 + sum(len(whole) for marker, whole in _segments(data) if marker == 0xE0)
    return data[:at] + b"".join(segments) + data[at:]


def _add(cases: Cases, kind: str, data: bytes, near: Samples | None, tolerance: int | None = 1) -> None:
    """Adds what Pillow reads, if on average it's near what was drawn."""
    expected = readers.by_pillow(data)
    if near is not None:
        error = float(np.abs(expected.astype(np.int64) - near).mean())
        if expected.shape != near.shape or error > 12:
            raise ValueError(f"{kind}: {expected.shape}, off by {error:.1f} on average")
    cases.add(f"jpeg/{kind}.jpg", data, expected, oracle=PILLOW, tolerance=tolerance)


def _add_samplings(cases: Cases) -> None:
    grey = drawings.grey("jpeg grey")
    for progressive in (False, True):
        end = "-progressive" if progressive else ""
        _add(cases, f"grey{end}", saved(grey, progressive=progressive), np.dstack([grey] * 3))
        for sampling, number in SAMPLINGS.items():
            for height, width in ((29, 37), (61, 47), (48, 64)):
                colours = drawings.rgb(f"jpeg {sampling} {end}", (height, width))
                data = saved(colours, subsampling=number, progressive=progressive)
                _add(cases, f"{sampling}{end}-{width}x{height}", data, colours)
    for sampling, number in SAMPLINGS.items():
        colours = drawings.rgb(f"jpeg {sampling} quality")
        for quality in (10, 50, 100):
            near = colours if quality > 10 else None
            _add(cases, f"{sampling}-quality-{quality}", saved(colours, subsampling=number, quality=quality), near)
    for name, factors in RARE.items():
        colours = drawings.rgb(f"jpeg {name}", (37, 61))
        planes = np.asarray(Image.fromarray(colours).convert("YCbCr"))
        parts = [Component(i + 1, *factor, planes[..., i]) for i, factor in enumerate(factors)]
        _add(cases, name, written(parts, 4, JFIF), colours, tolerance=None)


def _add_shapes(cases: Cases) -> None:
    for height, width in ((1, 1), (1, 37), (29, 1), (2, 3), (8, 8), (16, 16), (17, 17)):
        colours = drawings.rgb("jpeg shape", (height, width))
        _add(cases, f"420-{width}x{height}", saved(colours, subsampling=2), None)  # Too small to be alike.
    _add(cases, "422-1x29", saved(drawings.rgb("jpeg shape", (29, 1)), subsampling=1), None)


def _add_codings(cases: Cases) -> None:
    colours = drawings.rgb("jpeg coding", (48, 61))
    for sampling, number in SAMPLINGS.items():
        _add(cases, f"{sampling}-optimised", saved(colours, subsampling=number, optimize=True), colours)
    for kind, options in (
        ("restart-each-block", {"restart_marker_blocks": 1}),
        ("restart-3-blocks", {"restart_marker_blocks": 3}),
        ("restart-each-row", {"restart_marker_rows": 1}),
        ("restart-each-row-progressive", {"restart_marker_rows": 1, "progressive": True}),
    ):
        _add(cases, kind, saved(colours, subsampling=2, **options), colours)
    baseline = saved(colours, subsampling=2)
    _add(cases, "extended-sequential", baseline.replace(b"\xff\xc0\0\x11", b"\xff\xc1\0\x11", 1), colours)
    planes = np.asarray(Image.fromarray(colours).convert("YCbCr"))
    for sampling, factor in (("444", (1, 1)), ("422", (2, 1)), ("420", (2, 2))):
        parts = [Component(i + 1, *(factor if i == 0 else (1, 1)), planes[..., i]) for i in range(3)]
        _add(cases, f"{sampling}-not-interleaved", written(parts, 4, JFIF, interleaved=False), colours)
    one = Component(1, 2, 2, drawings.grey("jpeg grey of 2x2"))
    _add(cases, "grey-as-2x2", written([one], 4, JFIF, interleaved=False), np.dstack([one.samples] * 3))


def _add_spaces(cases: Cases) -> None:
    colours = drawings.rgb("jpeg space")
    for progressive in (False, True):
        end = "-progressive" if progressive else ""
        _add(cases, f"rgb-adobe{end}", saved(colours, keep_rgb=True, progressive=progressive), colours)
    planes = np.asarray(Image.fromarray(colours).convert("YCbCr"))

    def parts(samples: Samples, numbers: bytes) -> list[Component]:
        return [Component(number, 1, 1, samples[..., i]) for i, number in enumerate(numbers)]

    for kind, samples, numbers, markers in (
        ("ycc-jfif-and-adobe", planes, b"\1\2\3", JFIF + adobe(1)),
        ("ycc-adobe-only", planes, b"\1\2\3", adobe(1)),
        ("ycc-no-marker", planes, b"\1\2\3", b""),
        ("ycc-no-marker-numbers-0-1-2", planes, b"\0\1\2", b""),
        ("ycc-jfif-numbers-0-1-2", planes, b"\0\1\2", JFIF),
        ("ycc-adobe-numbers-rgb", planes, b"RGB", adobe(1)),
        ("rgb-no-marker-numbers-rgb", colours, b"RGB", b""),
        ("rgb-adobe-numbers-1-2-3", colours, b"\1\2\3", adobe(0)),
    ):
        _add(cases, kind, written(parts(samples, numbers), 2, markers), colours)


def _add_markers(cases: Cases) -> None:
    colours = drawings.rgb("jpeg marker")
    plain = saved(colours, subsampling=1)
    long = segment(0xFE, bytes(range(256)) * 255)
    unknown = [segment(0xE0 + n, b"nobody knows\0") for n in (3, 10, 13)]
    for kind, data in (
        ("comment", saved(colours, comment=b"\xff\xd8 is not a start here")),
        ("comments-of-64-kb", with_first(plain, long, segment(0xFE, b""), long)),
        ("unknown-markers", with_first(plain, *unknown)),
        ("no-jfif", without(plain, 0xE0)),
        ("fill-bytes", plain.replace(b"\xff\xda", b"\xff\xff\xff\xda", 1)),
        ("behind-the-end", plain + b"more bytes\xff\xd8\xff"),
    ):
        _add(cases, kind, data, colours)


def _add_inks(cases: Cases) -> None:
    """Four inks. Adobe stores how much is left of the paper, and Pillow writes so."""
    inks = drawings.with_alpha(drawings.rgb("jpeg inks", (48, 61)), "jpeg inks")
    inks[..., 3] //= 2  # Else the pictures are all but black.
    cmyk = Image.fromarray(inks, "CMYK")
    near = np.asarray(cmyk.convert("RGB"))
    for kind, options in (
        ("cmyk", {}),
        ("cmyk-progressive", {"progressive": True}),
        ("cmyk-quality-50", {"quality": 50}),
    ):
        _add(cases, kind, saved(cmyk, **options), near)
    # Readers disagree whether without the marker, too, the paper is stored; Pillow says yes.
    _add(cases, "cmyk-no-adobe", without(saved(cmyk), 0xEE), near, tolerance=None)
    left = 255 - inks
    # What is stored as YCbCr is the picture that the inks C, M and Y would make on their own.
    planes = [*np.moveaxis(np.asarray(Image.fromarray(inks[..., :3]).convert("YCbCr")), 2, 0), left[..., 3]]
    for kind, factors, interleaved in (
        ("ycck-444", ((1, 1), (1, 1), (1, 1), (1, 1)), True),
        ("ycck-422", ((2, 1), (1, 1), (1, 1), (2, 1)), True),
        ("ycck-420", ((2, 2), (1, 1), (1, 1), (2, 2)), True),
        ("ycck-420-not-interleaved", ((2, 2), (1, 1), (1, 1), (2, 2)), False),
    ):
        parts = [Component(i + 1, *factor, planes[i]) for i, factor in enumerate(factors)]
        _add(cases, kind, written(parts, 2, adobe(2), interleaved=interleaved), near)


def exif_segment(block: bytes) -> bytes:
    """Wraps an EXIF block for JPEG."""
    return segment(0xE1, b"Exif\0\0" + block)


def _add_turned(cases: Cases) -> None:
    xmp = segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x='adobe:ns:meta/'/>")
    turned = [
        (f"exif-{orientation}-{name}", orientation, [exif_segment(exif.block(orientation, order))])
        for name, order in (("intel", exif.INTEL), ("motorola", exif.MOTOROLA))
        for orientation in range(1, 9)
    ]
    turned += [
        ("exif-8-behind-xmp", 8, [xmp, exif_segment(exif.block(8, exif.MOTOROLA))]),
        ("exif-6-thumbnail-3", 6, [exif_segment(exif.block(6, exif.INTEL, thumbnail=3))]),
    ]
    for kind, orientation, segments in turned:
        plain = saved(drawings.rgb(f"jpeg {kind}"), subsampling=2)
        for end, data in (("", plain), ("-no-jfif", without(plain, 0xE0))):
            if end and kind != "exif-5-motorola":
                continue
            data = with_first(data, *segments)
            stored = readers.by_pillow(plain)
            expected = agree(kind, readers.by_pillow(data), upright(stored, orientation))
            name = f"jpeg/{kind}{end}.jpg"
            record = cases.add(name, data, expected, oracle=PILLOW, tolerance=1, orientation=orientation)
            cases.add_ignored(record, "orientation", stored, oracle=PILLOW, tolerance=1)


def profile_segments(profile: bytes, most: int) -> list[bytes]:
    """Wraps a profile for JPEG, ``most`` bytes in each segment."""
    parts = [profile[start : start + most] for start in range(0, len(profile), most)]
    return [segment(0xE2, b"ICC_PROFILE\0" + bytes([i, len(parts)]) + part) for i, part in enumerate(parts, start=1)]


def _add_profiled(cases: Cases) -> None:
    def add(kind: str, plain: bytes, profile: profiles.Profile, segments: list[bytes]) -> None:
        data = with_first(plain, *segments)
        stored = readers.by_pillow(plain)
        expected = readers.by_pillow(data)
        if not profiles.is_grey(profile.data):
            agree(kind, expected, profiles.by_arithmetic(stored, profile), within=1)
        more = {"profile": profile.name}
        record = cases.add(f"jpeg/{kind}.jpg", data, expected, oracle=LITTLE_CMS, tolerance=2, **more)
        cases.add_ignored(record, "icc", stored, oracle=PILLOW, tolerance=1)

    for short, profile in profiles.RGB_PROFILES.items():
        for sampling in ("444", "420"):
            plain = saved(drawings.rgb(f"jpeg {short}"), subsampling=SAMPLINGS[sampling])
            add(f"icc-{short}-{sampling}", plain, profile, profile_segments(profile.data, 65000))
    plain = saved(drawings.rgb("jpeg split"), subsampling=0)
    pieces = profile_segments(profiles.ADOBE_RGB.data, 100)
    add("icc-in-5-segments", plain, profiles.ADOBE_RGB, pieces)
    add("icc-in-5-segments-backwards", plain, profiles.ADOBE_RGB, pieces[::-1])
    table = profile_segments(profiles.SRGB.data, 1000)
    add("icc-in-3-segments-among-others", plain, profiles.SRGB, [table[0], segment(0xFE, b"between"), *table[1:]])
    rgb = saved(drawings.rgb("jpeg rgb of P3"), keep_rgb=True)
    add("icc-display-p3-rgb-adobe", rgb, profiles.DISPLAY_P3, profile_segments(profiles.DISPLAY_P3.data, 65000))
    grey = saved(drawings.grey("jpeg grey gamma"))
    add("icc-grey-gamma-1.8", grey, profiles.GREY_GAMMA, profile_segments(profiles.GREY_GAMMA.data, 65000))
