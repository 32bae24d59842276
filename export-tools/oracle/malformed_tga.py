# SPDX-License-Identifier: Apache-2.0
"""Malformed TGAs: types that do not exist, palettes that leave the file, runs that leave the picture."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Iterator

from malformed_case import HEIGHT, MAX_SIDE, SQUARE_INSIDE, SQUARE_OUTSIDE, WIDTH, Case, Cases, Good, picture

NO_PICTURE, PALETTE, RGB, GREY, PALETTE_RLE, RGB_RLE, GREY_RLE = 0, 1, 2, 3, 9, 10, 11
FOOTER = bytes(8) + b"TRUEVISION-XFILE.\0"
GREYS = b"".join(bytes([i, i, i]) for i in range(256))
TOP_DOWN = 0x20

CASES = Cases("tga")


def tga(
    pixels: bytes,
    *,
    width: int = WIDTH,
    height: int = HEIGHT,
    kind: int = RGB,
    bits: int = 24,
    name: bytes = b"",
    name_length: int | None = None,
    palette: bytes = b"",
    palette_kind: int | None = None,
    palette_first: int = 0,
    palette_count: int | None = None,
    palette_bits: int | None = None,
    flags: int = TOP_DOWN,
    footer: bytes = FOOTER,
) -> bytes:
    """Puts a file together, the numbers of its palette right unless given."""
    head = struct.pack(
        "<BBBHHBHHHHBB",
        len(name) if name_length is None else name_length,
        min(1, len(palette)) if palette_kind is None else palette_kind,
        kind,
        palette_first,
        len(palette) // 3 if palette_count is None else palette_count,
        (24 if palette else 0) if palette_bits is None else palette_bits,
        0,
        0,
        width,
        height,
        bits,
        flags,
    )
    return head + name + palette + pixels + footer


def rgb_pixels() -> bytes:
    """The picture that most files here declare."""
    return picture(71)[..., ::-1].tobytes()


def runs() -> bytes:
    """A grey picture of few levels, in runs that stay within their rows."""
    out = b""
    for row in picture(72)[..., 0] // 8 * 8:
        for value, group in itertools.groupby(row.tolist()):
            count = len(list(group))
            out += bytes([0x80 | count - 1, value]) if count > 1 else bytes([0, value])
    return out


def rgb_runs() -> bytes:
    """The picture of :func:`rgb_pixels` in one literal packet a row."""
    data, row = rgb_pixels(), WIDTH * 3
    return b"".join(bytes([WIDTH - 1]) + data[i : i + row] for i in range(0, len(data), row))


def goods() -> Iterator[Good]:
    files = {
        "rgb24": tga(rgb_pixels()),
        "rgb24-without-footer": tga(rgb_pixels(), footer=b"", flags=0),
        "palette8": tga(picture(73)[..., 0].tobytes(), kind=PALETTE, bits=8, palette=GREYS),
        "rgb24-rle": tga(rgb_runs(), kind=RGB_RLE),
        "grey-rle": tga(runs(), kind=GREY_RLE, bits=8),
    }
    for name, data in files.items():
        yield Good("tga", name, data, 18, len(data) - (0 if name.endswith("footer") else len(FOOTER)))


def lies() -> Iterator[Case]:
    yield from _headers()
    yield from _palettes()
    yield from _runs()
    yield from _footers()


def _headers() -> Iterator[Case]:
    data = rgb_pixels()
    for kind in (NO_PICTURE, 4, 5, 8, 12, 31, 32, 33, 34, 128, 255):
        yield CASES.by_header("header", f"type-{kind}", tga(data, kind=kind))
    for kind in (PALETTE, PALETTE_RLE):
        yield CASES.by_header("header", f"type-{kind}-without-palette", tga(data, kind=kind, bits=8))
    for kind in (2, 3, 127, 128, 255):
        yield CASES.by_header("header", f"palette-type-{kind}", tga(data, palette_kind=kind))
    for bits in (0, 1, 4, 7, 8, 12, 23, 25, 48, 64, 255):
        yield CASES.by_header("header", f"rgb-bits-{bits}", tga(data, bits=bits))
    for bits in (0, 7, 24, 255):
        yield CASES.by_header("header", f"grey-bits-{bits}", tga(data, kind=GREY, bits=bits))
        yield CASES.by_header("header", f"grey-rle-bits-{bits}", tga(data, kind=GREY_RLE, bits=bits))
    yield CASES.refused("header", "rgb-bits-32-of-24", tga(data, bits=32))
    yield CASES.any("header", "rgb-bits-16-of-24", tga(data, bits=16))
    yield CASES.any("header", "grey-bits-1", tga(data, kind=GREY, bits=1))
    for width, height in ((0, 0), (0, HEIGHT), (WIDTH, 0), (MAX_SIDE, MAX_SIDE), (SQUARE_OUTSIDE, SQUARE_OUTSIDE)):
        yield CASES.by_header("header", f"size-{width}x{height}", tga(data, width=width, height=height))
        lied = tga(rgb_runs(), width=width, height=height, kind=RGB_RLE)
        yield CASES.by_header("header", f"rle-size-{width}x{height}", lied)
    for width, height in (
        (WIDTH + 1, HEIGHT),
        (WIDTH, HEIGHT + 1),
        (MAX_SIDE, HEIGHT),
        (WIDTH, MAX_SIDE),
        (SQUARE_INSIDE, SQUARE_INSIDE),
    ):
        yield CASES.refused("header", f"size-{width}x{height}", tga(data, width=width, height=height))
        lied = tga(rgb_runs(), width=width, height=height, kind=RGB_RLE)
        yield CASES.refused("header", f"rle-size-{width}x{height}", lied)
    yield CASES.any("header", f"size-{WIDTH}x{HEIGHT - 1}", tga(data, height=HEIGHT - 1))
    yield CASES.refused("header", "name-of-255-missing", tga(data, name_length=255))
    yield CASES.any("header", "flags-interleaved", tga(data, flags=0xE0))
    yield CASES.any("header", "flags-15-bits-of-alpha", tga(data, flags=0x2F))


def _palettes() -> Iterator[Case]:
    indexes = picture(73)[..., 0].tobytes()

    def of(count: int, bits: int = 24, first: int = 0, kind: int = PALETTE) -> bytes:
        return tga(
            indexes,
            kind=kind,
            bits=8 if kind == PALETTE else 24,
            palette=GREYS,
            palette_count=count,
            palette_bits=bits,
            palette_first=first,
        )

    for bits in (0, 1, 7, 9, 12, 48, 255):
        yield CASES.by_header("palette", f"bits-{bits}", of(256, bits))
    for count, bits in ((65535, 24), (65535, 32), (65535, 16), (10_000, 24), (300, 24), (256, 32)):
        yield CASES.refused("palette", f"{count}-of-{bits}-bits", of(count, bits))
        yield CASES.refused("palette", f"{count}-of-{bits}-bits-from-65535", of(count, bits, first=65535))
    yield CASES.refused("palette", "65535-in-rgb", of(65535, kind=RGB))
    yield CASES.refused(
        "palette", "missing", tga(b"", kind=PALETTE, bits=8, palette_kind=1, palette_count=256, palette_bits=24)
    )
    yield CASES.any("palette", "0-entries", of(0))
    yield CASES.any("palette", "2-entries", of(2))
    yield CASES.any("palette", "from-65535", of(256, first=65535))
    yield CASES.any("palette", "from-128", of(256, first=128))


def _runs() -> Iterator[Case]:
    good = runs()

    def of(data: bytes, footer: bytes = FOOTER) -> bytes:
        return tga(data, kind=GREY_RLE, bits=8, footer=footer)

    for detail, data in {
        "empty": b"",
        "half": good[: len(good) // 2],
        "run-without-value": good[: len(good) // 2] + b"\xff",
        "literals-cut": good[: len(good) // 2] + b"\x7f" + bytes(100),
        "1-pixel-less": b"\xff\7" * 11 + b"\xfe\7",
    }.items():
        yield CASES.refused("rle", detail, of(data, footer=b""))
    whole = b"\xff\7" * (WIDTH * HEIGHT // 128)
    for detail, data in {
        "runs-across-rows": whole,
        "run-past-end": b"\x80\7" + whole,
        "literals-past-end": whole[:-2] + b"\xbe\7" + b"\x7f" + bytes(128),
        "50000-runs-more": whole + b"\xff\7" * 50_000,
    }.items():
        yield CASES.any("rle", detail, of(data))
    for value in (0x00, 0x7F, 0x80, 0xFF):
        endless = tga(bytes([value]) * 50_000, width=SQUARE_INSIDE, height=SQUARE_INSIDE, kind=GREY_RLE, bits=8)
        yield CASES.refused("rle", f"50000-bytes-{value:02x}-of-{SQUARE_INSIDE}-square", endless)


def _footers() -> Iterator[Case]:
    data = rgb_pixels()
    signature = b"TRUEVISION-XFILE.\0"
    end = 18 + len(data)
    for offset in (1, 17, end, end + 25, end + 26, 2**31 - 1, 2**31, 2**32 - 1):
        for name, pair in {"extension": (offset, 0), "developer": (0, offset)}.items():
            footer = struct.pack("<II", *pair) + signature
            yield CASES.any("footer", f"{name}-at-{offset}", tga(data, footer=footer))
    for size in (0, 494, 496, 65535):
        # Its last fields are the offsets of the correction table, the stamp and the scan lines.
        extension = struct.pack("<H", size) + b"\xff" * 493
        footer = extension + struct.pack("<II", end, 0) + signature
        yield CASES.any("footer", f"extension-of-{size}-bytes", tga(data, footer=footer))
    for count in (1, 65535):
        tags = struct.pack("<HHII", count, 1, 2**32 - 1, 2**32 - 1)
        footer = tags + struct.pack("<II", 0, end) + signature
        yield CASES.any("footer", f"developer-tags-{count}", tga(data, footer=footer))
    yield CASES.any("footer", "signature-cut", tga(data, footer=FOOTER[:-5]))
    yield CASES.refused("footer", "without-pixels", tga(b""))
    yield CASES.by_header("footer", "alone", FOOTER)
