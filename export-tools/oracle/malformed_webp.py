# SPDX-License-Identifier: Apache-2.0
"""Malformed WebPs: lying RIFF sizes, canvases and frame headers, and chunks that are missing, cut or endless."""

from __future__ import annotations

import functools
import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image

from malformed_case import HEIGHT, SQUARE_INSIDE, WIDTH, Case, Cases, Good, picture, rubbish

ANIMATION, XMP, EXIF, ALPHA, ICC = 0x02, 0x04, 0x08, 0x10, 0x20
"""Flags of VP8X."""
HEADER_BYTES = 30

CASES = Cases("webp")


@dataclass(frozen=True)
class Chunk:
    """A chunk, padded to an even size.

    Args:
        size: as the file states it, if another one than the data have.
    """

    kind: bytes
    data: bytes
    size: int | None = None

    def write(self) -> bytes:
        size = len(self.data) if self.size is None else self.size
        return self.kind + struct.pack("<I", size) + self.data + b"\0" * (len(self.data) % 2)


def webp(*chunks: Chunk, size: int | None = None, form: bytes = b"WEBP") -> bytes:
    """Puts a file together."""
    body = form + b"".join(chunk.write() for chunk in chunks)
    return b"RIFF" + struct.pack("<I", len(body) if size is None else size) + body


def chunks_of(data: bytes) -> list[Chunk]:
    """Takes a good file apart."""
    found = []
    at = 12
    while at < len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        found.append(Chunk(data[at : at + 4], data[at + 8 : at + 8 + size]))
        at += 8 + size + size % 2
    return found


def vp8x(flags: int, width: int = WIDTH, height: int = HEIGHT) -> Chunk:
    """Makes the header of an extended file."""
    sides = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return Chunk(b"VP8X", bytes([flags, 0, 0, 0]) + sides)


def vp8_sized(chunk: Chunk, width: int, height: int) -> Chunk:
    """Has the frame of a lossy picture state other sides."""
    return Chunk(b"VP8 ", chunk.data[:6] + struct.pack("<HH", width, height) + chunk.data[10:])


def vp8l_headed(chunk: Chunk, width: int = WIDTH, height: int = HEIGHT, version: int = 0) -> Chunk:
    """Has the header of a lossless picture state other sides or another version."""
    bits = width - 1 | (height - 1) << 14 | version << 29
    return Chunk(b"VP8L", chunk.data[:1] + struct.pack("<I", bits) + chunk.data[5:])


@functools.cache
def saved(name: str) -> bytes:
    """Returns a good file."""
    image = Image.fromarray(picture(21))
    rgba = Image.fromarray(np.concatenate([picture(22), picture(23)[..., :1]], axis=2))
    buffer = io.BytesIO()
    if name == "lossy":
        image.save(buffer, "WEBP", quality=80)
    elif name == "lossless":
        image.save(buffer, "WEBP", lossless=True)
    elif name == "extended":
        rgba.save(buffer, "WEBP", quality=80, exif=b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0", xmp=b"<x:xmpmeta/>")
    else:
        image.save(buffer, "WEBP", save_all=True, append_images=[Image.fromarray(picture(24))], lossless=True)
    return buffer.getvalue()


def goods() -> Iterator[Good]:
    for name in ("lossy", "lossless", "extended", "animated"):
        data = saved(name)
        end = 12
        for chunk in chunks_of(data):
            end += 8 + len(chunk.data)
            if chunk.kind in (b"VP8 ", b"VP8L", b"ANMF"):
                break
            end += len(chunk.data) % 2
        yield Good("webp", name, data, HEADER_BYTES, end)


def lies() -> Iterator[Case]:
    lossy, lossless = chunks_of(saved("lossy"))[0], chunks_of(saved("lossless"))[0]
    yield from _riff(lossy)
    yield from _canvases(lossy)
    yield from _lossy(lossy)
    yield from _lossless(lossless)
    yield from _chunks(lossy, lossless)
    yield from _alpha()
    yield from _animations(lossless)


def _riff(lossy: Chunk) -> Iterator[Case]:
    right = len(webp(lossy)) - 8
    for size in (0, 3, 4, 12, right // 2, right - 2, right + 100, 2**31 - 1, 2**32 - 10, 2**32 - 1):
        yield CASES.refused("riff", f"size-{size}-of-{right}", webp(lossy, size=size))
    for form in (b"WAVE", b"AVI ", b"WEBQ", b"webp", bytes(4)):
        yield CASES.by_header("riff", f"form-{form.hex()}", webp(lossy, form=form))
    for start in (b"RIFX", b"FORM", b"riff"):
        yield CASES.by_header("riff", f"start-{start.hex()}", start + webp(lossy)[4:])
    yield CASES.any("riff", "more-after-end", webp(lossy) + rubbish(1000, 9))


def _canvases(lossy: Chunk) -> Iterator[Case]:
    most = 1 << 24
    for width, height in ((most, most), (most, 1), (1, most), (1 << 16, 1 << 16), (1 << 16, HEIGHT), (20_000, 20_000)):
        yield CASES.by_header("header", f"canvas-{width}x{height}", webp(vp8x(0, width, height), lossy))
    for width, height in (
        (1, 1),
        (WIDTH - 1, HEIGHT),
        (WIDTH + 1, HEIGHT),
        (HEIGHT, WIDTH),
        (2 * WIDTH, 2 * HEIGHT),
        (SQUARE_INSIDE, SQUARE_INSIDE),
    ):
        yield CASES.refused("header", f"canvas-{width}x{height}-unlike-frame", webp(vp8x(0, width, height), lossy))


def _lossy(lossy: Chunk) -> Iterator[Case]:
    data = lossy.data
    for width, height in ((0, HEIGHT), (WIDTH, 0), (0, 0), (16_383, 16_383)):
        yield CASES.by_header("header", f"vp8-{width}x{height}", webp(vp8_sized(lossy, width, height)))
    for width, height in ((16_383, HEIGHT), (WIDTH, 16_383), (10_000, 10_000), (WIDTH * 8, HEIGHT)):
        yield CASES.refused("header", f"vp8-{width}x{height}", webp(vp8_sized(lossy, width, height)))
    for width, height in ((WIDTH - 1, HEIGHT), (WIDTH + 1, HEIGHT), (1, 1)):
        yield CASES.any("header", f"vp8-{width}x{height}", webp(vp8_sized(lossy, width, height)))
    for detail, first in {
        "inter-frame": data[0] | 1,
        "profile-4": data[0] & 0xF1 | 4 << 1,
        "profile-7": data[0] & 0xF1 | 7 << 1,
        "not-shown": data[0] & 0xEF,
    }.items():
        yield CASES.by_header("header", f"vp8-{detail}", webp(Chunk(b"VP8 ", bytes([first]) + data[1:])))
    yield CASES.by_header("header", "vp8-start-code", webp(Chunk(b"VP8 ", data[:3] + b"\x9d\1\x2b" + data[6:])))
    endless = Chunk(b"VP8 ", bytes([data[0] | 0xE0, 0xFF, 0xFF]) + data[3:])
    yield CASES.refused("header", "vp8-first-partition-past-end", webp(endless))
    none = Chunk(b"VP8 ", bytes([data[0] & 0x1F, 0, 0]) + data[3:])
    yield CASES.refused("header", "vp8-first-partition-empty", webp(none))
    for size in (0, 1, 9, 10, 12, len(data) // 4, len(data) // 2):
        yield CASES.refused("data", f"vp8-of-{size}-bytes", webp(Chunk(b"VP8 ", data[:size])))
    yield CASES.any("data", "vp8-10-bytes-less", webp(Chunk(b"VP8 ", data[:-10])))
    for k in range(6):
        at = 10 + k * (len(data) - 20) // 6
        yield CASES.any("data", f"vp8-garbled-{k}", webp(Chunk(b"VP8 ", data[:at] + rubbish(8, k) + data[at + 8 :])))


def _lossless(lossless: Chunk) -> Iterator[Case]:
    data = lossless.data
    yield CASES.by_header("header", "vp8l-16384x16384", webp(vp8l_headed(lossless, 16_384, 16_384)))
    for width, height in ((16_384, HEIGHT), (WIDTH, 16_384), (8192, 16_384), (WIDTH + 1, HEIGHT), (WIDTH, HEIGHT + 1)):
        yield CASES.refused("header", f"vp8l-{width}x{height}", webp(vp8l_headed(lossless, width, height)))
    yield CASES.any("header", f"vp8l-{WIDTH}x{HEIGHT - 1}", webp(vp8l_headed(lossless, height=HEIGHT - 1)))
    for version in (1, 7):
        yield CASES.by_header("header", f"vp8l-version-{version}", webp(vp8l_headed(lossless, version=version)))
    yield CASES.by_header("header", "vp8l-signature", webp(Chunk(b"VP8L", b"\x2e" + data[1:])))
    for size in (0, 1, 4, 5, 6, 20, len(data) // 2, len(data) - 16):
        yield CASES.refused("data", f"vp8l-of-{size}-bytes", webp(Chunk(b"VP8L", data[:size])))
    for k in range(6):
        at = 5 + k * (len(data) - 20) // 6
        garbled = data[:at] + rubbish(8, 50 + k) + data[at + 8 :]
        yield CASES.any("data", f"vp8l-garbled-{k}", webp(Chunk(b"VP8L", garbled)))


def _chunks(lossy: Chunk, lossless: Chunk) -> Iterator[Case]:
    extended = vp8x(0)
    for detail, data in {
        "no-chunks": webp(),
        "vp8x-only": webp(extended),
        "exif-only": webp(Chunk(b"EXIF", bytes(20))),
        "vp8x-and-exif-only": webp(vp8x(EXIF), Chunk(b"EXIF", bytes(20))),
        "alpha-only": webp(vp8x(ALPHA), Chunk(b"ALPH", bytes(1 + WIDTH * HEIGHT))),
        "unknown-only": webp(Chunk(b"ABCD", bytes(20))),
        "vp8-in-vp8l": webp(Chunk(b"VP8L", lossy.data)),
        "vp8l-in-vp8": webp(Chunk(b"VP8 ", lossless.data)),
        "icc-past-end": webp(vp8x(ICC), Chunk(b"ICCP", bytes(10), size=1 << 20), lossy),
        "icc-hides-picture": webp(vp8x(ICC), Chunk(b"ICCP", bytes(10), size=len(lossy.data) + 18), lossy),
    }.items():
        yield CASES.refused("structure", detail, data)
    for size in (0, 9, 2**32 - 1):
        short = Chunk(b"VP8X", extended.data[: min(size, 10)], size=size)
        yield CASES.refused("structure", f"vp8x-of-{size}-bytes", webp(short, lossy))
    for chunk in (lossy, lossless):
        kind = chunk.kind.decode().strip().lower()
        for size in (0, 1, len(chunk.data) // 2, len(chunk.data) + 2, 2**31 - 1, 2**32 - 1):
            lied = Chunk(chunk.kind, chunk.data, size=size)
            yield CASES.refused("structure", f"{kind}-size-{size}-of-{len(chunk.data)}", webp(lied))
    odd = Chunk(b"ABCD", b"123")
    for detail, data in {
        "unpadded-unknown": webp(extended, lossy)[:30] + odd.write()[:-1] + lossy.write(),
        "vp8x-after-vp8": webp(lossy, extended),
        "two-vp8x": webp(extended, extended, lossy),
        "two-vp8": webp(extended, lossy, lossy),
        "vp8x-of-12-bytes": webp(Chunk(b"VP8X", extended.data + bytes(2)), lossy),
        "reserved-flags": webp(vp8x(0xC1), lossy),
        "flags-of-missing-chunks": webp(vp8x(EXIF | XMP | ICC), lossy),
        "unknown-before": webp(odd, lossy),
        "exif-past-end": webp(vp8x(EXIF), lossy, Chunk(b"EXIF", bytes(10), size=2**31)),
        "unknown-50000": webp(extended, *[Chunk(b"ABCD", b"")] * 50_000, lossy),
    }.items():
        yield CASES.any("structure", detail, data)


def _alpha() -> Iterator[Case]:
    extended, alpha, lossy = chunks_of(saved("extended"))[:3]
    for detail, data in {
        "method-2": bytes([alpha.data[0] & 0xFC | 2]) + alpha.data[1:],
        "method-3": bytes([alpha.data[0] & 0xFC | 3]) + alpha.data[1:],
        "empty": b"",
        "header-only": alpha.data[:1],
        "half": alpha.data[: len(alpha.data) // 2],
        "raw-1-byte-less": bytes(WIDTH * HEIGHT),
    }.items():
        yield CASES.refused("alpha", detail, webp(extended, Chunk(b"ALPH", data), lossy))
    yield CASES.refused("alpha", "past-end", webp(extended, Chunk(b"ALPH", alpha.data, size=2**31), lossy))
    for detail, data in {
        "preprocessing-3": bytes([alpha.data[0] | 0x30]) + alpha.data[1:],
        "raw-and-more": bytes(1 + 2 * WIDTH * HEIGHT),
        "garbled": alpha.data[:20] + rubbish(8, 60) + alpha.data[28:],
    }.items():
        yield CASES.any("alpha", detail, webp(extended, Chunk(b"ALPH", data), lossy))
    yield CASES.any("alpha", "missing", webp(extended, lossy))
    yield CASES.any("alpha", "not-flagged", webp(vp8x(0), alpha, lossy))


def _frame(picture: bytes, x: int = 0, y: int = 0, width: int = WIDTH, height: int = HEIGHT) -> Chunk:
    numbers = (x, y, width - 1, height - 1, 100)
    return Chunk(b"ANMF", b"".join(number.to_bytes(3, "little") for number in numbers) + b"\0" + picture)


def _animations(lossless: Chunk) -> Iterator[Case]:
    canvas, settings = vp8x(ANIMATION), Chunk(b"ANIM", bytes(6))
    image = lossless.write()
    good = _frame(image)
    for detail, data in {
        "no-frames": webp(canvas, settings),
        "frame-empty": webp(canvas, settings, _frame(b"")),
        "frame-of-15-bytes": webp(canvas, settings, Chunk(b"ANMF", good.data[:15])),
        "frame-past-end": webp(canvas, settings, Chunk(b"ANMF", good.data, size=2**31)),
        "frame-cut": webp(canvas, settings, Chunk(b"ANMF", good.data[: len(good.data) // 2])),
        "image-past-frame": webp(canvas, settings, _frame(Chunk(b"VP8L", lossless.data, size=1 << 24).write())),
        "frame-outside": webp(canvas, settings, _frame(image, x=WIDTH)),
        "frame-far-outside": webp(canvas, settings, _frame(image, x=(1 << 24) - 1, y=(1 << 24) - 1)),
        "frame-of-2-to-24": webp(canvas, settings, _frame(image, width=1 << 24, height=1 << 24)),
    }.items():
        yield CASES.refused("animation", detail, data)
    huge = vp8x(ANIMATION, 1 << 24, 1 << 24)
    yield CASES.by_header("animation", "canvas-16777216x16777216", webp(huge, settings, good))
    dot_file = io.BytesIO()
    Image.new("RGB", (1, 1)).save(dot_file, "WEBP", lossless=True)
    dot = _frame(chunks_of(dot_file.getvalue())[0].write(), width=1, height=1)
    for detail, data in {
        "no-anim": webp(canvas, good),
        "image-unlike-frame": webp(canvas, settings, _frame(image, width=WIDTH - 2)),
        "frame-in-frame": webp(canvas, settings, _frame(good.write())),
        "anim-empty": webp(canvas, Chunk(b"ANIM", b""), good),
        "not-flagged": webp(vp8x(0), settings, good),
        "second-frame-cut": webp(canvas, settings, good, Chunk(b"ANMF", good.data[:100])),
        "dot-on-large-canvas": webp(vp8x(ANIMATION, SQUARE_INSIDE, SQUARE_INSIDE), settings, dot),
        "10000-dots": webp(canvas, settings, good, *[dot] * 10_000),
    }.items():
        yield CASES.any("animation", detail, data)
