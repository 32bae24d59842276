# SPDX-License-Identifier: Apache-2.0
"""Malformed BMPs: lying headers, offsets and palettes, and runs that leave the picture or the file."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from malformed_case import HEIGHT, MAX_SIDE, SQUARE_INSIDE, SQUARE_OUTSIDE, WIDTH, Case, Cases, Good, picture

RGB, RLE8, RLE4, BITFIELDS = 0, 1, 2, 3
END_OF_ROW, END_OF_PICTURE = b"\0\0", b"\0\1"
MANY = (2**31 - 1, 2**31, 2**32 - 1)
GREYS = b"".join(bytes([i, i, i, 0]) for i in range(256))

CASES = Cases("bmp")


def bmp(
    pixels: bytes,
    *,
    width: int = WIDTH,
    height: int = HEIGHT,
    bits: int = 24,
    compression: int = RGB,
    palette: bytes = b"",
    header_size: int = 40,
    offset: int | None = None,
    file_size: int | None = None,
    planes: int = 1,
    image_size: int | None = None,
    used: int = 0,
    important: int = 0,
) -> bytes:
    """Puts a file together with a header of 40 bytes, whatever ``header_size`` states."""
    begin = 54 + len(palette)
    head = struct.pack(
        "<2sIIIIIIHHIIIIII",
        b"BM",
        begin + len(pixels) if file_size is None else file_size,
        0,
        begin if offset is None else offset,
        header_size,
        width & 0xFFFFFFFF,
        height & 0xFFFFFFFF,
        planes,
        bits,
        compression,
        len(pixels) if image_size is None else image_size,
        2835,
        2835,
        used,
        important,
    )
    return head + palette + pixels


def rgb_pixels() -> bytes:
    """The picture that most files here declare, bottom row first."""
    return picture(41)[::-1, :, ::-1].tobytes()


def indexes(levels: int) -> NDArray[np.uint8]:
    """A picture of few levels, so that it has runs, bottom row first."""
    return picture(42)[::-1, :, 0] // (256 // levels)


def runs(levels: int) -> bytes:
    """Encodes :func:`indexes`; four-bit indexes stand twice in a byte."""
    out = b""
    for row in indexes(levels):
        for value, group in itertools.groupby(row.tolist()):
            out += bytes([len(list(group)), value * 17 if levels == 16 else value])
        out += END_OF_ROW
    return out + END_OF_PICTURE


def goods() -> Iterator[Good]:
    rgbx = np.concatenate([picture(43)[::-1, :, ::-1], np.zeros((HEIGHT, WIDTH, 1), np.uint8)], axis=2)
    files = {
        "rgb24": bmp(rgb_pixels()),
        "rgb32": bmp(rgbx.tobytes(), bits=32),
        "palette8": bmp(picture(44)[::-1, :, 0].tobytes(), bits=8, palette=GREYS),
        "rle8": bmp(runs(32), bits=8, compression=RLE8, palette=GREYS),
        "rle4": bmp(runs(16), bits=4, compression=RLE4, palette=GREYS[:64]),
    }
    for name, data in files.items():
        # The ends of the last row and of the picture may be missing.
        yield Good("bmp", name, data, 54, len(data) - (4 if name.startswith("rle") else 0))


def lies() -> Iterator[Case]:
    yield from _sizes()
    yield from _types()
    yield from _offsets()
    yield from _palettes()
    yield from _runs()


def _sizes() -> Iterator[Case]:
    data = rgb_pixels()
    for width in (0, -1, -WIDTH, -(2**31), 2**31 - 1, MAX_SIDE + 1):
        yield CASES.by_header("header", f"width-{width}", bmp(data, width=width))
    for height in (0, -(2**31), 2**31 - 1, MAX_SIDE + 1, -MAX_SIDE - 1):
        yield CASES.by_header("header", f"height-{height}", bmp(data, height=height))
    for side in (0, MAX_SIDE, SQUARE_OUTSIDE, 2**31 - 1, -1):
        yield CASES.by_header("header", f"sides-{side}", bmp(data, width=side, height=side))
    yield CASES.refused("header", f"sides-{SQUARE_INSIDE}", bmp(data, width=SQUARE_INSIDE, height=SQUARE_INSIDE))
    for width in (WIDTH + 1, MAX_SIDE):
        yield CASES.refused("header", f"width-{width}", bmp(data, width=width))
    for height in (HEIGHT + 1, -HEIGHT - 1, MAX_SIDE, -MAX_SIDE):
        yield CASES.refused("header", f"height-{height}", bmp(data, height=height))
    yield CASES.any("header", f"width-{WIDTH - 1}", bmp(data, width=WIDTH - 1))
    for height in (HEIGHT - 1, -HEIGHT, 1, -1):
        yield CASES.any("header", f"height-{height}", bmp(data, height=height))


def _types() -> Iterator[Case]:
    data = rgb_pixels()
    for magic in (b"BA", b"CI", b"CP", b"IC", b"PT", b"bm", b"MB"):
        yield CASES.by_header("header", f"magic-{magic.hex()}", magic + bmp(data)[2:])
    for size in (0, 1, 11, 13, 39, 65535, *MANY):
        yield CASES.by_header("header", f"size-of-header-{size}", bmp(data, header_size=size))
    # The sides are of 16 bits there, and the second of them is the upper half of the width.
    yield CASES.by_header("header", "size-of-header-12", bmp(data, header_size=12))
    for size in (16, 41, 52, 56, 64, 108, 124):
        yield CASES.any("header", f"size-of-header-{size}", bmp(data, header_size=size))
    for bits in (0, 3, 5, 7, 15, 33, 65535):
        yield CASES.by_header("header", f"bits-{bits}", bmp(data, bits=bits))
    for bits in (32, 48, 64):
        yield CASES.refused("header", f"bits-{bits}-of-24", bmp(data, bits=bits))
    for bits in (1, 2, 4, 8, 16):
        yield CASES.any("header", f"bits-{bits}-of-24", bmp(data, bits=bits))
    for compression in (7, 10, 14, 255, *MANY):
        yield CASES.by_header("header", f"compression-{compression}", bmp(data, compression=compression))
    for name, bits, compression in (("rle8", 24, RLE8), ("rle4", 24, RLE4), ("rle8", 4, RLE8), ("rle4", 8, RLE4)):
        lied = bmp(data, bits=bits, compression=compression, palette=GREYS[: 4 << min(bits, 8)])
        yield CASES.by_header("header", f"{name}-of-{bits}-bits", lied)
    for compression, name in {4: "jpeg", 5: "png"}.items():
        yield CASES.refused("header", f"compression-{name}-of-raw", bmp(data, compression=compression, bits=0))
    yield CASES.by_header("header", "bit-fields-of-8-bits", bmp(data, compression=BITFIELDS, bits=8))
    for name, masks in {"zero": bytes(12), "overlapping": b"\xff" * 12, "with-gaps": b"\x55\xaa\x55\xaa" * 3}.items():
        rgbx = masks + bytes(WIDTH * HEIGHT * 4)
        masked = bmp(rgbx, compression=BITFIELDS, bits=32, offset=66)
        yield CASES.any("header", f"masks-{name}", masked)
    for planes in (0, 3, 65535):
        yield CASES.any("header", f"planes-{planes}", bmp(data, planes=planes))


def _offsets() -> Iterator[Case]:
    data = rgb_pixels()
    end = 54 + len(data)
    for offset in (end, end - 1, end - WIDTH * 3, 55, *MANY):
        yield CASES.refused("offset", f"{offset}-of-{end}", bmp(data, offset=offset))
    for offset in (0, 1, 14, 53):
        yield CASES.any("offset", f"{offset}-of-{end}", bmp(data, offset=offset))
    for size in (0, 1, 54, end - 1, end + 1, *MANY):
        yield CASES.any("offset", f"file-size-{size}-of-{end}", bmp(data, file_size=size))
        yield CASES.any("offset", f"image-size-{size}-of-{end - 54}", bmp(data, image_size=size))


def _palettes() -> Iterator[Case]:
    data = picture(44)[::-1, :, 0].tobytes()
    for used in (65_536, 1 << 24, *MANY):
        yield CASES.refused("palette", f"{used}-of-8-bits", bmp(data, bits=8, palette=GREYS, used=used))
        yield CASES.any("palette", f"{used}-of-24-bits", bmp(rgb_pixels(), used=used))
        lied = bmp(data, bits=8, palette=GREYS, important=used)
        yield CASES.any("palette", f"{used}-important", lied)
    for used in (1, 2, 255, 257):
        yield CASES.any("palette", f"{used}-of-256", bmp(data, bits=8, palette=GREYS, used=used))
    yield CASES.any("palette", "missing", bmp(data, bits=8))
    yield CASES.any("palette", "under-pixels", bmp(GREYS + data, bits=8, offset=54))
    yield CASES.refused("palette", "past-end", bmp(b"", bits=8, palette=GREYS[:100]))


def _runs() -> Iterator[Case]:
    def of(data: bytes, height: int = HEIGHT) -> bytes:
        return bmp(data, height=height, bits=8, compression=RLE8, palette=GREYS)

    row = bytes([WIDTH, 7])
    rows = (row + END_OF_ROW) * HEIGHT
    rest = row + END_OF_ROW
    for detail, data in {
        "empty": b"",
        "1-byte": b"\x40",
        "half": rows[: len(rows) // 2],
        "literals-cut": rows[: -len(rest)] + b"\0\x40" + bytes(20),
        "delta-cut": b"\0\2\1",
        "1-row-more": rows + row + END_OF_PICTURE,
        "1000-rows-more": rows + (row + END_OF_ROW) * 1000 + END_OF_PICTURE,
        "literals-past-top": rows + b"\0\x40" + bytes(64) + END_OF_PICTURE,
        "delta-out-then-run": b"\0\2\xff\xff" + row + END_OF_PICTURE,
        "deltas-far-out-then-run": b"\0\2\xff\xff" * 5000 + row + END_OF_PICTURE,
        "100000-deltas-of-0": b"\0\2\0\0" * 100_000,
        "ends-of-rows-then-run": END_OF_ROW * 100_000 + row + END_OF_PICTURE,
    }.items():
        yield CASES.refused("rle", detail, of(data))
    for detail, data in {
        "end-at-once": END_OF_PICTURE,
        "no-end": rows,
        "run-past-row": b"\xff\7" + rows[4:] + END_OF_PICTURE,
        "literals-past-row": b"\0\xff" + bytes(256) + rows[4:] + END_OF_PICTURE,
        "delta-out-then-end": b"\0\2\xff\xff" + END_OF_PICTURE,
        "runs-of-0-literals": b"\0\3\0\0\0\0" * 1000 + rows + END_OF_PICTURE,
        "more-after-end": rows + END_OF_PICTURE + rows,
    }.items():
        yield CASES.any("rle", detail, of(data))
    yield CASES.any("rle", "top-down", of(rows + END_OF_PICTURE, height=-HEIGHT))
    huge = bmp(b"", width=SQUARE_INSIDE, height=SQUARE_INSIDE, bits=8, compression=RLE8, palette=GREYS)
    yield CASES.refused("rle", f"nothing-of-{SQUARE_INSIDE}-square", huge)
