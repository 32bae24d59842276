# SPDX-License-Identifier: Apache-2.0
"""Malformed GIFs: lying screens, frames and code sizes, codes that no encoder writes, and blocks that never end."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

import malformed_lzw
from malformed_case import HEIGHT, MAX_SIDE, SQUARE_INSIDE, SQUARE_OUTSIDE, WIDTH, Case, Cases, Good, picture, rubbish

TRAILER = b"\x3b"
GREYS = b"".join(bytes([i, i, i]) for i in range(256))
CLEAR, END = 256, 257
"""Codes of eight-bit pictures."""
NO_TABLE, TABLE_256 = 0x70, 0xF7
"""Flags of a screen."""
INTERLACED, LOCAL_TABLE_256 = 0x40, 0x87
"""Flags of a frame."""
HEADER_BYTES = 13

CASES = Cases("gif")


def gif(
    *blocks: bytes,
    width: int = WIDTH,
    height: int = HEIGHT,
    flags: int = TABLE_256,
    table: bytes = GREYS,
    version: bytes = b"GIF89a",
    trailer: bytes = TRAILER,
) -> bytes:
    """Puts a file together."""
    return version + struct.pack("<HHBBB", width, height, flags, 0, 0) + table + b"".join(blocks) + trailer


def sub_blocks(data: bytes) -> bytes:
    """Cuts data into blocks of up to 255 bytes, and ends them."""
    return b"".join(bytes([len(data[i : i + 255])]) + data[i : i + 255] for i in range(0, len(data), 255)) + b"\0"


def frame(
    data: bytes,
    *,
    x: int = 0,
    y: int = 0,
    width: int = WIDTH,
    height: int = HEIGHT,
    flags: int = 0,
    code_size: int = 8,
) -> bytes:
    """Writes a frame of compressed ``data``."""
    return b"\x2c" + struct.pack("<HHHHBB", x, y, width, height, flags, code_size) + sub_blocks(data)


def pixels(seed: int = 51) -> NDArray[np.uint8]:
    """A picture of 8-bit indexes."""
    return picture(seed)[..., 0]


def packed(seed: int = 51) -> bytes:
    """The same, compressed."""
    return malformed_lzw.encode(pixels(seed).tobytes(), 8, tiff=False)


def goods() -> Iterator[Good]:
    rows = [row for first, step in ((0, 8), (4, 8), (2, 4), (1, 2)) for row in range(first, HEIGHT, step)]
    interlaced = malformed_lzw.encode(pixels(52)[rows].tobytes(), 8, tiff=False)
    few = malformed_lzw.encode((pixels(53) // 64).tobytes(), 2, tiff=False)
    loop = b"\x21\xff\x0bNETSCAPE2.0\3\1\0\0\0"
    control = b"\x21\xf9\4\0\x0a\0\0\0"
    first = gif(loop, control, frame(packed()), trailer=b"")
    files = {
        "plain": (gif(frame(packed())), None),
        "4-colours": (gif(frame(few, code_size=2), flags=0xF1, table=GREYS[:12]), None),
        "interlaced": (gif(frame(interlaced, flags=INTERLACED)), None),
        "animated": (first + control + frame(packed(54)) + control + frame(packed(55)) + TRAILER, len(first)),
    }
    for name, (data, end) in files.items():
        # The end code, the end of the blocks and the trailer may be missing.
        yield Good("gif", name, data, HEADER_BYTES, (len(data) - 1 if end is None else end) - 4)


def lies() -> Iterator[Case]:
    yield from _screens()
    yield from _frames()
    yield from _code_sizes()
    yield from _codes()
    yield from _blocks()
    yield from _endless()


def _screens() -> Iterator[Case]:
    good = frame(packed())
    for version in (b"GIF86a", b"GIF88a", b"GIF89b", b"GIF90a", b"GIF8\0\0"):
        yield CASES.any("header", f"version-{version.hex()}", gif(good, version=version))
    for version in (b"gif89a", b"GIT89a", b"\0IF89a"):
        yield CASES.by_header("header", f"signature-{version.hex()}", gif(good, version=version))
    for side in (MAX_SIDE, SQUARE_OUTSIDE, 20_000):
        yield CASES.by_header("header", f"screen-{side}x{side}", gif(good, width=side, height=side))
    for width, height in (
        (0, 0),
        (0, HEIGHT),
        (WIDTH, 0),
        (1, 1),
        (WIDTH - 1, HEIGHT),
        (MAX_SIDE, HEIGHT),
        (WIDTH, MAX_SIDE),
    ):
        yield CASES.any("header", f"screen-{width}x{height}", gif(good, width=width, height=height))
    large = gif(good, width=SQUARE_INSIDE, height=SQUARE_INSIDE)
    yield CASES.any("header", f"screen-{SQUARE_INSIDE}x{SQUARE_INSIDE}", large)
    yield CASES.any("header", "no-table", gif(good, flags=NO_TABLE, table=b""))
    yield CASES.any("header", "table-of-2", gif(good, flags=0xF0, table=GREYS[:6]))
    yield CASES.any(
        "header", "background-past-table", gif(good, flags=0xF0, table=GREYS[:6]).replace(b"\xf0\0", b"\xf0\xff", 1)
    )
    yield CASES.refused("header", "table-cut", gif(flags=TABLE_256, table=GREYS[:100], trailer=b""))
    yield CASES.refused("header", "table-missing", gif(good, table=b""))
    yield CASES.refused("header", "table-not-declared", gif(good, flags=NO_TABLE))


def _frames() -> Iterator[Case]:
    data = packed()
    for width, height in ((0, 0), (0, HEIGHT), (WIDTH, 0), (MAX_SIDE, MAX_SIDE), (SQUARE_OUTSIDE, SQUARE_OUTSIDE)):
        yield CASES.by_header("frame", f"size-{width}x{height}", gif(frame(data, width=width, height=height)))
    for width, height in (
        (WIDTH + 1, HEIGHT),
        (WIDTH, HEIGHT + 1),
        (MAX_SIDE, HEIGHT),
        (WIDTH, MAX_SIDE),
        (MAX_SIDE, 2048),
    ):
        lied = frame(data, width=width, height=height)
        yield CASES.refused("frame", f"size-{width}x{height}", gif(lied))
        yield CASES.refused("frame", f"size-{width}x{height}-and-screen", gif(lied, width=width, height=height))
    for width, height in ((WIDTH - 1, HEIGHT), (WIDTH, HEIGHT - 1), (1, 1)):
        yield CASES.any("frame", f"size-{width}x{height}", gif(frame(data, width=width, height=height)))
    for x, y in ((1, 0), (0, 1), (WIDTH, 0), (0, HEIGHT), (WIDTH, HEIGHT), (MAX_SIDE, 0), (MAX_SIDE, MAX_SIDE)):
        yield CASES.any("frame", f"at-{x}-{y}", gif(frame(data, x=x, y=y)))
    yield CASES.any("frame", "interlaced-of-plain", gif(frame(data, flags=INTERLACED)))
    yield CASES.any("frame", "reserved-flags", gif(frame(data, flags=0x18)))
    yield CASES.refused("frame", "local-table-missing", gif(frame(data, flags=LOCAL_TABLE_256)))
    yield CASES.refused("frame", "cut-in-descriptor", gif(frame(data)[:6], trailer=b""))
    yield CASES.refused("frame", "cut-before-code-size", gif(frame(data)[:10], trailer=b""))
    yield CASES.refused("frame", "cut-after-code-size", gif(frame(data)[:11], trailer=b""))


def _code_sizes() -> Iterator[Case]:
    data = packed()
    for size in (0, 1, 2, 7, 12, 13, 32, 254, 255):
        yield CASES.refused("lzw", f"code-size-{size}-of-8", gif(frame(data, code_size=size)))
    for size in (9, 10, 11):  # Codes that fit, of symbols that do not: they would if all indexes were small.
        yield CASES.refused("lzw", f"code-size-{size}-of-8", gif(frame(data, code_size=size)))
    one = malformed_lzw.encode((pixels() // 128).tobytes(), 1, tiff=False)
    yield CASES.any("lzw", "code-size-1", gif(frame(one, code_size=1)))


def _codes() -> Iterator[Case]:
    codes = list(malformed_lzw.codes(pixels().tobytes(), 8))

    def of(*stream: int) -> bytes:
        return gif(frame(malformed_lzw.pack(stream, 8, tiff=False)))

    for detail, data in {
        "code-past-table": of(*codes[:100], 416, *codes[100:]),
        "first-code-past-table": of(CLEAR, 400, *codes[2:]),
        "no-codes": gif(frame(b"")),
        "only-clear": of(CLEAR),
        "only-end": of(CLEAR, END),
        "ends-early": of(*codes[: len(codes) // 2], END),
        "ends-1-pixel-early": gif(frame(malformed_lzw.encode(pixels().tobytes()[:-1], 8, tiff=False))),
        "half-without-end": of(*codes[: len(codes) // 2]),
        "300-kb-of-clears": of(*[CLEAR] * 270_000),
        "first-block-only": gif(frame(packed()[:255])),
    }.items():
        yield CASES.refused("lzw", detail, data)
    for detail, data in {
        "no-clear-first": gif(frame(malformed_lzw.pack(codes[1:], 8, tiff=False))),
        "no-end": of(*codes[:-1]),
        "more-pixels": gif(frame(malformed_lzw.encode(pixels().tobytes() * 2, 8, tiff=False))),
        "more-after-end": gif(frame(packed() + rubbish(2000, 70))),
        "clear-before-each": of(*[code for pixel in pixels().tobytes() for code in (CLEAR, pixel)], END),
    }.items():
        yield CASES.any("lzw", detail, data)
    for k in range(8):
        data = packed()
        at = 3 + k * (len(data) - 20) // 8
        yield CASES.any("lzw", f"garbled-{k}", gif(frame(data[:at] + rubbish(8, 400 + k) + data[at + 8 :])))


def _blocks() -> Iterator[Case]:
    good = frame(packed())
    for detail, data in {
        "no-frame": gif(),
        "no-frame-no-trailer": gif(trailer=b""),
        "only-extensions": gif(b"\x21\xf9\4\0\0\0\0\0", b"\x21\xfe\3abc\0"),
        "trailer-first": gif(TRAILER, good),
        "extension-past-end": gif(b"\x21\xfe\xff", trailer=b""),
        "frame-hidden-in-comment": gif(b"\x21\xfe\xff", good),
    }.items():
        yield CASES.refused("structure", detail, data)
    for block in (b"\x01", b"\x2d", b"\xff"):
        yield CASES.refused("structure", f"block-{block.hex()}", gif(block, good))
    for detail, data in {
        "block-00": gif(b"\0", good),
        "no-trailer": gif(good, trailer=b""),
        "control-of-1-byte": gif(b"\x21\xf9\1\0\0", good),
        "control-of-255-bytes": gif(b"\x21\xf9\xff" + bytes(256), good),
        "control-of-no-frame": gif(good, b"\x21\xf9\4\0\0\0\0\0"),
        "transparent-past-table": gif(b"\x21\xf9\4\1\0\0\xff\0", good, flags=0xF0, table=GREYS[:6]),
        "unknown-extension": gif(b"\x21\x77\3abc\0", good),
        "text-of-4-gb": gif(b"\x21\x01\x0c" + b"\xff" * 12 + b"\0", good),
        "loops-65535": gif(b"\x21\xff\x0bNETSCAPE2.0\3\1\xff\xff\0", good),
        "application-of-3-bytes": gif(b"\x21\xff\3abc\0", good),
        "second-frame-cut": gif(good, good[:200], trailer=b""),
        "second-frame-zero": gif(good, frame(packed(), width=0, height=0)),
        "second-frame-huge": gif(good, frame(packed(), width=MAX_SIDE, height=MAX_SIDE)),
        "rubbish-after-frame": gif(good, rubbish(500, 71)),
    }.items():
        yield CASES.any("structure", detail, data)


def _endless() -> Iterator[Case]:
    good = frame(packed())
    dot = frame(malformed_lzw.pack([4, 0, 5], 2, tiff=False), width=1, height=1, code_size=2)
    bare = frame(b"", width=1, height=1, code_size=2)
    block = b"\xff" + bytes(255)
    yield CASES.any("endless", "100000-dots", gif(dot * 100_000, width=1, height=1))
    yield CASES.any("endless", "20000-dots-on-large-screen", gif(good, dot * 20_000, width=8192, height=8192))
    yield CASES.refused("endless", "20000-frames-without-data", gif(bare * 20_000, width=1, height=1))
    yield CASES.refused("endless", "comment", gif(b"\x21\xfe" + block * 2000, trailer=b""))
    yield CASES.refused("endless", "comment-of-1-byte-blocks", gif(b"\x21\xfe" + b"\1a" * 250_000, trailer=b""))
    yield CASES.any("endless", "comment-of-1-byte-blocks-then-frame", gif(b"\x21\xfe" + b"\1a" * 250_000 + b"\0", good))
    yield CASES.any("endless", "comment-after-frame", gif(good, b"\x21\xfe" + block * 2000, trailer=b""))
    yield CASES.any("endless", "data-after-pixels", gif(good[:-1] + block * 2000, trailer=b""))
    yield CASES.any("endless", "200000-empty-comments", gif(b"\x21\xfe\0" * 200_000, good))
    yield CASES.any(
        "endless", "data-in-1-byte-blocks", gif(good[:11] + b"".join(b"\1" + bytes([b]) for b in packed()) + b"\0")
    )
