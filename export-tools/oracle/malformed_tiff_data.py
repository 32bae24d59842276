# SPDX-License-Identifier: Apache-2.0
"""Malformed TIFFs: strips and tiles that lie or are damaged, and IFDs that are cut or never end."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import replace

import malformed_jpeg
import malformed_lzw
from malformed_case import HEIGHT, MAX_SIDE, SQUARE_INSIDE, SQUARE_OUTSIDE, WIDTH, Case, Cases, picture, rubbish
from malformed_tiff import (
    ASCII,
    DEFLATE,
    LONG,
    LZW,
    PACKBITS,
    ROWS,
    Entry,
    Tag,
    Tiff,
    jpeg_compressed,
    striped,
    tiled,
)

MANY = (2**31 - 1, 2**31, 2**32 - 1)
CASES = Cases("tiff")


def lies() -> Iterator[Case]:
    base = striped(picture(31))
    yield from _strips(base)
    yield from _tiles()
    yield from _compressed()
    yield from _ifds(base)


def _strips(base: Tiff) -> Iterator[Case]:
    row = WIDTH * 3
    for rows in (0, 1, ROWS - 1, ROWS + 1, HEIGHT, *MANY):
        yield CASES.refused("strip", f"rows-{rows}", base.having(Tag.ROWS_PER_STRIP, LONG, rows).write())
    yield CASES.refused("strip", "rows-missing", base.lacking(Tag.ROWS_PER_STRIP).write())
    yield CASES.refused("strip", "offsets-missing", base.lacking(Tag.STRIP_OFFSETS).write())
    yield CASES.refused(
        "strip", "offsets-and-counts-missing", base.lacking(Tag.STRIP_OFFSETS, Tag.STRIP_BYTE_COUNTS).write()
    )
    yield CASES.any("strip", "counts-missing", base.lacking(Tag.STRIP_BYTE_COUNTS).write())
    good = base.write()
    first = len(good) - HEIGHT * row
    starts = [first + i * ROWS * row for i in range(4)]
    for offset in (len(good), *MANY):
        yield CASES.refused(
            "strip", f"last-at-{offset}", base.having(Tag.STRIP_OFFSETS, LONG, *starts[:3], offset).write()
        )
        yield CASES.refused("strip", f"all-at-{offset}", base.having(Tag.STRIP_OFFSETS, LONG, *[offset] * 4).write())
    for count in (1, 3):
        yield CASES.refused("strip", f"{count}-of-4", base.having(Tag.STRIP_OFFSETS, LONG, *starts[:count]).write())
    yield CASES.any("strip", "all-at-0", base.having(Tag.STRIP_OFFSETS, LONG, 0, 0, 0, 0).write())
    yield CASES.any("strip", "all-at-first", base.having(Tag.STRIP_OFFSETS, LONG, *starts[:1] * 4).write())
    for count in (1, ROWS * row // 2, ROWS * row - 1):
        yield CASES.refused("strip", f"counts-{count}", base.having(Tag.STRIP_BYTE_COUNTS, LONG, *[count] * 4).write())
    for count in (0, ROWS * row + 1, *MANY):
        yield CASES.any("strip", f"counts-{count}", base.having(Tag.STRIP_BYTE_COUNTS, LONG, *[count] * 4).write())
    for compression, name in {LZW: "lzw", DEFLATE: "deflate"}.items():
        packed = striped(picture(31), compression)
        sizes = [len(strip) for strip in packed.data]
        for detail, counts in {"1": [1] * 4, "half": [size // 2 for size in sizes]}.items():
            lied = packed.having(Tag.STRIP_BYTE_COUNTS, LONG, *counts)
            yield CASES.refused("strip", f"{name}-counts-{detail}", lied.write())
        for count in (0, *MANY):
            lied = packed.having(Tag.STRIP_BYTE_COUNTS, LONG, *[count] * 4)
            yield CASES.any("strip", f"{name}-counts-{count}", lied.write())
        yield CASES.any("strip", f"{name}-counts-missing", packed.lacking(Tag.STRIP_BYTE_COUNTS).write())


def _tiles() -> Iterator[Case]:
    base = tiled(picture(31), DEFLATE)
    for tag in (Tag.TILE_WIDTH, Tag.TILE_LENGTH):
        name = tag.name.lower().replace("tile_", "")
        for value in (0, *MANY):
            yield CASES.by_header("tile", f"{name}-{value}", base.having(tag, LONG, value).write())
        for value in (1, 8, 17, 32, 65536):
            yield CASES.refused("tile", f"{name}-{value}", base.having(tag, LONG, value).write())
        yield CASES.refused("tile", f"{name}-missing", base.lacking(tag).write())
    for side in (1 << 16, 1 << 20, 2**31):
        wide = base.having(Tag.TILE_WIDTH, LONG, side).having(Tag.TILE_LENGTH, LONG, side)
        yield CASES.by_header("tile", f"sides-{side}", wide.write())
    one = replace(base, data=base.data[:1])
    yield CASES.refused("tile", "1-of-6", one.having(Tag.TILE_BYTE_COUNTS, LONG, len(base.data[0])).write())
    yield CASES.refused("tile", "offsets-missing", base.lacking(Tag.TILE_OFFSETS).write())
    sizes = [len(tile) for tile in base.data]
    for detail, counts in {"1": [1] * 6, "half": [size // 2 for size in sizes]}.items():
        yield CASES.refused("tile", f"counts-{detail}", base.having(Tag.TILE_BYTE_COUNTS, LONG, *counts).write())
    yield CASES.any("tile", "counts-0", base.having(Tag.TILE_BYTE_COUNTS, LONG, *[0] * 6).write())
    for offset in MANY:
        yield CASES.refused("tile", f"all-at-{offset}", base.having(Tag.TILE_OFFSETS, LONG, *[offset] * 6).write())
        lied = replace(base, entries=base.entries | {Tag.TILE_OFFSETS: Entry(LONG, (), count=offset)})
        yield CASES.refused("tile", f"offsets-of-{offset}-values", lied.write())
    both = base.having(Tag.STRIP_OFFSETS, LONG, 8).having(Tag.STRIP_BYTE_COUNTS, LONG, WIDTH * HEIGHT * 3)
    yield CASES.any("tile", "and-strips", both.having(Tag.ROWS_PER_STRIP, LONG, HEIGHT).write())


def _compressed() -> Iterator[Case]:
    raw = picture(31).tobytes()

    def of(compression: int, strip: bytes) -> bytes:
        made = replace(striped(picture(31), compression, rows=HEIGHT), data=[strip])
        return made.having(Tag.STRIP_BYTE_COUNTS, LONG, len(strip)).write()

    codes = list(malformed_lzw.codes(raw, 8))
    for detail, stream in {
        "lzw-code-past-table": [*codes[:100], 2000, *codes[100:]],
        "lzw-ends-early": [*codes[:100], 257],
        "lzw-only-clears": [256] * 5000,
        "lzw-of-nothing": [256, 257],
        "lzw-first-code-past-table": [256, 258, *codes[2:]],
    }.items():
        yield CASES.refused("data", detail, of(LZW, malformed_lzw.pack(stream, 8, tiff=True)))
    packed = zlib.compress(raw, 9)
    for detail, strip in {
        "deflate-half": packed[: len(packed) // 2],
        "deflate-method-0": b"\x70" + packed[1:],
        "deflate-block-type-3": packed[:2] + b"\x07" + packed[3:],
        "deflate-inflates-to-half": zlib.compress(raw[: len(raw) // 2]),
        "deflate-inflates-to-nothing": zlib.compress(b""),
        "deflate-empty": b"",
    }.items():
        yield CASES.refused("data", detail, of(DEFLATE, strip))
    for detail, strip in {"only-no-ops": b"\x80" * 500_000, "run-cut": b"\x7f" + raw[:100], "empty": b""}.items():
        yield CASES.refused("data", f"packbits-{detail}", of(PACKBITS, strip))
    for compression, strip in ((LZW, malformed_lzw.encode(raw, 8, tiff=True)), (DEFLATE, packed)):
        for k in range(5):
            at = 3 + k * (len(strip) - 20) // 5
            garbled = strip[:at] + rubbish(8, 300 + k) + strip[at + 8 :]
            yield CASES.any(
                "data", f"{'lzw' if compression == LZW else 'deflate'}-garbled-{k}", of(compression, garbled)
            )
    parts = malformed_jpeg.parts_of("baseline")
    for side in (MAX_SIDE, SQUARE_OUTSIDE, SQUARE_INSIDE, 16, 0):
        inner = malformed_jpeg.edited(parts, malformed_jpeg.SOF0, 1, *struct.pack(">HH", side, side))
        yield CASES.refused("data", f"jpeg-of-sides-{side}", jpeg_compressed(inner).write())
    good = malformed_jpeg.jpeg(parts)
    for detail, inner in {"half": good[: len(good) // 2], "soi-eoi": b"\xff\xd8\xff\xd9", "empty": b""}.items():
        yield CASES.refused("data", f"jpeg-{detail}", jpeg_compressed(inner).write())


def _ifds(base: Tiff) -> Iterator[Case]:
    for count in (0, 5):
        yield CASES.refused("ifd", f"of-{count}-entries", replace(base, entries_count=count).write())
    for count in (len(base.entries) + 1, 65535):
        refused = count == 65535
        yield Case("tiff", "ifd", f"of-{count}-entries", replace(base, entries_count=count).write(), refused)
    good = base.write()
    empty = struct.pack("<H", 0)
    no_picture = struct.pack("<HHHII", 1, Tag.SOFTWARE, ASCII, 1, 0)
    for name, entries in (("empty", empty), ("small", no_picture)):
        size = len(entries) + 4
        for links, end in ((100_000, 0), (1000, len(good))):
            chain = b"".join(entries + struct.pack("<I", len(good) + (k + 1) * size) for k in range(links))
            whole = replace(base, following=len(good)).write() + chain[:-4] + struct.pack("<I", end)
            yield CASES.any("ifd", f"chain-of-{links}-{name}{'-in-a-loop' if end else ''}", whole)
    for following in (8, len(good), *MANY):
        yield CASES.any("ifd", f"next-at-{following}", replace(base, following=following).write())
    yield CASES.any("ifd", "sub-ifd-is-itself", base.having(Tag.SUB_IFDS, LONG, 8).write())
    yield CASES.any("ifd", "100000-sub-ifds", base.having(Tag.SUB_IFDS, LONG, *[8] * 100_000).write())
    lone = b"II*\0\x08\0\0\0" + no_picture
    yield CASES.refused("ifd", "no-picture", lone + bytes(4))
    yield CASES.refused("ifd", "no-picture-in-a-loop", lone + b"\x08\0\0\0")
    yield CASES.refused("ifd", "cut-after-count", b"II*\0\x08\0\0\0\x0a\0")
