# SPDX-License-Identifier: Apache-2.0
"""Malformed JPEGs: good ones to spoil, and headers of frames that lie."""

from __future__ import annotations

import functools
import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from PIL import Image

from malformed_case import HEIGHT, MAX_SIDE, SQUARE_INSIDE, SQUARE_OUTSIDE, WIDTH, Case, Cases, Good, picture

SOF0, SOF1, SOF2, DHT, SOI, SOS, DQT, DNL, DRI = 0xC0, 0xC1, 0xC2, 0xC4, 0xD8, 0xDA, 0xDB, 0xDC, 0xDD
APP0, APP1, APP2, COM = 0xE0, 0xE1, 0xE2, 0xFE
FRAMES = {0xC0 + i for i in range(16)} - {DHT, 0xC8, 0xCC}
START, END = b"\xff\xd8", b"\xff\xd9"

CASES = Cases("jpeg")


@dataclass(frozen=True)
class Segment:
    """A marker, what its length covers, and, of a scan, the data that follow.

    Args:
        length: in the file, if another one than the body has.
    """

    marker: int
    body: bytes
    scan: bytes = b""
    length: int | None = None

    def write(self) -> bytes:
        length = len(self.body) + 2 if self.length is None else self.length
        return struct.pack(">BBH", 0xFF, self.marker, length) + self.body + self.scan

    def edited(self, at: int, *values: int) -> Segment:
        """Returns this with other bytes from ``at``."""
        return replace(self, body=self.body[:at] + bytes(values) + self.body[at + len(values) :])

    @property
    def is_frame(self) -> bool:
        return self.marker in FRAMES


Segments = list[Segment]


def segments(data: bytes) -> Segments:
    """Takes a good file apart: what stands between SOI and EOI."""
    found: Segments = []
    at = 2
    while data[at : at + 2] != END:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        body, at = data[at + 4 : at + 2 + length], at + 2 + length
        begin = at
        if marker == SOS:
            while data[at] != 0xFF or data[at + 1] == 0 or data[at + 1] in range(0xD0, 0xD8):
                at += 1
        found.append(Segment(marker, body, data[begin:at]))
    return found


def jpeg(parts: Segments) -> bytes:
    """Puts a file together."""
    return START + b"".join(part.write() for part in parts) + END


def changed(parts: Segments, marker: int, *to: Segment, which: int = 0) -> bytes:
    """Puts a file together in which others stand in the place of the first, or a later, segment of a kind."""
    at = [i for i, part in enumerate(parts) if part.marker == marker][which]
    return jpeg([*parts[:at], *to, *parts[at + 1 :]])


def edited(parts: Segments, marker: int, at: int, *values: int, which: int = 0) -> bytes:
    """Puts a file together with other bytes in a segment."""
    found = [part for part in parts if part.marker == marker][which]
    return changed(parts, marker, found.edited(at, *values), which=which)


@functools.cache
def _saved(name: str) -> bytes:
    options: dict[str, dict[str, Any]] = {
        "baseline": {"subsampling": "4:2:0"},
        "baseline-444": {"subsampling": "4:4:4", "optimize": True},
        "progressive": {"progressive": True},
        "restarts": {"restart_marker_blocks": 1},
        "grey": {},
        "cmyk": {},
    }
    image = Image.fromarray(picture(11))
    if name == "grey":
        image = image.convert("L")
    if name == "cmyk":
        inks = [*image.split(), Image.fromarray(picture(12)[..., 0])]
        image = Image.merge("CMYK", inks)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=88, **options[name])
    return buffer.getvalue()


def parts_of(name: str) -> Segments:
    """The segments of a good file."""
    return segments(_saved(name))


def goods() -> Iterator[Good]:
    for name in ("baseline", "baseline-444", "progressive", "restarts", "grey", "cmyk"):
        data = _saved(name)
        head = 2
        for part in parts_of(name):
            head += len(part.write())
            if part.is_frame:
                break
        yield Good("jpeg", name, data, head, len(data) - 2)


def lies() -> Iterator[Case]:
    base, progressive = parts_of("baseline"), parts_of("progressive")
    yield from _sizes(base)
    yield from _frames(base)
    yield from _other_processes(base, progressive)


def _sizes(base: Segments) -> Iterator[Case]:
    def sized(width: int, height: int) -> bytes:
        return edited(base, SOF0, 1, *struct.pack(">HH", height, width))

    yield CASES.by_header("header", "width-0", sized(0, HEIGHT))
    yield CASES.by_header("header", "height-0-without-dnl", sized(WIDTH, 0))
    yield CASES.by_header("header", "sides-0", sized(0, 0))
    for side in (MAX_SIDE, 65_500, SQUARE_OUTSIDE):
        yield CASES.by_header("header", f"sides-{side}", sized(side, side))
    padded = [Segment(COM, b"\0" * max(0, 5 * 1024 - len(jpeg(base)) - 4)), *base]
    yield CASES.by_header("header", "sides-64250-in-5-kb", edited(padded, SOF0, 1, *struct.pack(">HH", 64_250, 64_250)))
    for width, height in (
        (WIDTH + 1, HEIGHT),
        (WIDTH, HEIGHT + 1),
        (WIDTH + 16, HEIGHT),
        (WIDTH, HEIGHT + 16),
        (MAX_SIDE, HEIGHT),
        (WIDTH, MAX_SIDE),
        (MAX_SIDE, 2048),
        (SQUARE_INSIDE, SQUARE_INSIDE),
    ):
        yield CASES.refused("header", f"size-{width}x{height}", sized(width, height))
    for width, height in ((WIDTH - 1, HEIGHT), (WIDTH, HEIGHT - 1), (WIDTH - 16, HEIGHT), (WIDTH, HEIGHT - 16), (1, 1)):
        yield CASES.any("header", f"size-{width}x{height}", sized(width, height))
    scan = next(part for part in base if part.marker == SOS)
    defined_later = [part.edited(1, 0, 0) if part.is_frame else part for part in base]
    dnl = Segment(DNL, struct.pack(">H", HEIGHT))
    yield CASES.any("header", "height-0-with-dnl", changed(defined_later, SOS, scan, dnl))
    yield CASES.any("header", "dnl-unlike-frame", changed(base, SOS, scan, Segment(DNL, b"\xff\xff")))


def _frames(base: Segments) -> Iterator[Case]:
    frame = next(part for part in base if part.is_frame)
    for precision in (0, 1, 7, 9, 12, 16, 255):
        yield CASES.by_header("header", f"precision-{precision}", edited(base, SOF0, 0, precision))
    twelve = replace(frame.edited(0, 12), marker=SOF1)
    yield CASES.any("header", "sof1-precision-12", changed(base, SOF0, twelve))

    def components(count: int, listed: bytes) -> bytes:
        return changed(base, SOF0, replace(frame, body=frame.body[:5] + bytes([count]) + listed))

    listed = frame.body[6:]
    yield CASES.by_header("header", "components-0", components(0, b""))
    for count in (0, 1, 2, 4, 255):
        yield CASES.by_header("header", f"components-{count}-of-3", components(count, listed))
    yield CASES.refused("header", "components-2-for-scan-of-3", components(2, listed[:6]))
    yield CASES.refused("header", "components-5-for-scan-of-3", components(5, listed + b"\4\x11\0\5\x11\0"))
    yield CASES.any("header", "components-alike", components(3, listed[:3] * 3))
    for sampling in (0x00, 0x01, 0x10, 0x15, 0x51, 0x1F, 0xF1, 0xFF):
        yield CASES.by_header("header", f"sampling-{sampling:02x}", edited(base, SOF0, 7, sampling))
    yield CASES.refused("header", "sampling-44", edited(base, SOF0, 7, 0x44))  # 18 blocks in a unit, of 10.
    yield CASES.any("header", "sampling-11-of-22", edited(base, SOF0, 7, 0x11))
    yield CASES.any("header", "sampling-third-33", edited(base, SOF0, 13, 0x33))
    for table in (3, 4, 255):
        yield CASES.refused("header", f"quantisation-table-{table}", edited(base, SOF0, 8, table))
    for length in (0, 1, 2, 8, len(frame.body) + 1, len(frame.body) + 3, MAX_SIDE):
        yield CASES.refused("header", f"sof-length-{length}", changed(base, SOF0, replace(frame, length=length)))


def _other_processes(base: Segments, progressive: Segments) -> Iterator[Case]:
    frame = next(part for part in base if part.is_frame)
    # Differential frames need a hierarchical file; C8 is reserved, F7 is JPEG-LS.
    for marker in (0xC5, 0xC6, 0xC7, 0xC8, 0xCD, 0xCE, 0xCF, 0xF7):
        yield CASES.by_header("header", f"sof-{marker:02x}", changed(base, SOF0, replace(frame, marker=marker)))
    for marker, name in {0xC3: "lossless", 0xC9: "arithmetic", 0xCA: "arithmetic-progressive"}.items():
        yield CASES.any("header", f"sof-{marker:02x}-{name}", changed(base, SOF0, replace(frame, marker=marker)))
    yield CASES.refused("header", "progressive-of-baseline", changed(base, SOF0, replace(frame, marker=SOF2)))
    frame = next(part for part in progressive if part.is_frame)
    yield CASES.refused("header", "baseline-of-progressive", changed(progressive, SOF2, replace(frame, marker=SOF0)))
