# SPDX-License-Identifier: Apache-2.0
"""Small files that unpack to much, or that take a decoder long: a reader bounds both, whatever it answers."""

from __future__ import annotations

import functools
import struct
import zlib
from collections.abc import Iterator
from dataclasses import replace

import malformed_lzw
import malformed_png
import malformed_tiff
from malformed_case import HEIGHT, SQUARE_INSIDE, Case, Cases, picture
from malformed_jpeg import APP0, DHT, DQT, SOF2, SOS, Segment, jpeg
from malformed_png import GREY, RGBA, chunk, header, idat, png
from malformed_tiff import DEFLATE, LONG, LZW, SHORT, Tag, Tiff

BYTES = 100 << 20
"""What a bomb unpacks to."""
SIDE = 2048
"""Of the pictures in many scans."""
BLOCKS = (SIDE // 8) ** 2


def lies() -> Iterator[Case]:
    yield from _png()
    yield from _tiff()
    yield from _jpeg()


@functools.cache
def _deflated(size: int = BYTES) -> bytes:
    """Zeros at a thousandth of their size."""
    packer = zlib.compressobj(9)
    piece = bytes(1 << 20)
    whole, rest = divmod(size, len(piece))
    return b"".join(packer.compress(piece) for _ in range(whole)) + packer.compress(piece[:rest]) + packer.flush()


def _png() -> Iterator[Case]:
    cases = Cases("png")
    head, data = header(), idat(malformed_png.raw_rgb())
    zeros = _deflated()
    for name, content in {
        "ztxt": chunk(b"zTXt", b"Comment\0\0" + zeros),
        "itxt": chunk(b"iTXt", b"Comment\0\1\0\0\0" + zeros),
        "iccp": chunk(b"iCCP", b"Profile\0\0" + zeros),
        "ztxt-4-times": chunk(b"zTXt", b"Comment\0\0" + zeros) * 4,
    }.items():
        yield cases.any("bomb", name, png(head, content, data))
    # The picture is whole after the first 4 KB of zeros, whatever follows.
    yield cases.any("bomb", "idat-of-small-picture", png(head, chunk(b"IDAT", zeros)))
    yield cases.any("bomb", "idat-after-picture", png(head, data, chunk(b"IDAT", zeros)))
    side = SQUARE_INSIDE
    for name, depth, colour, interlace in (
        ("grey8", 8, GREY, 0),
        ("rgba16", 16, RGBA, 0),
        ("rgba16-interlaced", 16, RGBA, 1),
    ):
        declared = header(side, side, depth=depth, colour=colour, interlace=interlace)
        yield cases.refused("bomb", f"{name}-of-{side}-square", png(declared, chunk(b"IDAT", zeros)))
        yield cases.refused("bomb", f"{name}-of-{side}-square-in-4-kb", png(declared, data))
    # No damage at all: the largest picture that is read, and as small as that gets.
    bits = header(16_384, 8192, depth=1, colour=GREY)
    yield cases.any("bomb", "largest-picture", png(bits, chunk(b"IDAT", _deflated(8192 * (16_384 // 8 + 1)))))


def _tiff() -> Iterator[Case]:
    cases = Cases("tiff")
    lzw = malformed_lzw.pack(malformed_lzw.zeros(8, BYTES), 8, tiff=True)
    for name, compression, strip in (("deflate", DEFLATE, _deflated()), ("lzw", LZW, lzw)):
        small = replace(malformed_tiff.striped(picture(31), compression, rows=HEIGHT), data=[strip])
        small = small.having(Tag.STRIP_BYTE_COUNTS, LONG, len(strip))
        yield cases.any("bomb", f"{name}-of-small-picture", small.write())

        def large(channels: int, bits: int, small: Tiff = small) -> Tiff:
            declared = small.having(Tag.IMAGE_WIDTH, LONG, SQUARE_INSIDE).having(Tag.IMAGE_LENGTH, LONG, SQUARE_INSIDE)
            declared = declared.having(Tag.SAMPLES_PER_PIXEL, SHORT, channels)
            declared = declared.having(Tag.BITS_PER_SAMPLE, SHORT, *[bits] * channels)
            return declared.having(Tag.ROWS_PER_STRIP, LONG, SQUARE_INSIDE)

        for channels, bits in ((3, 8), (4, 16)):
            missing = large(channels, bits).having(Tag.EXTRA_SAMPLES, SHORT, *[2] * (channels - 3))
            missing = missing if channels > 3 else missing.lacking(Tag.EXTRA_SAMPLES)
            yield cases.refused("bomb", f"{name}-{channels}x{bits}-of-{SQUARE_INSIDE}-square", missing.write())
    # Strips that share their bytes: 4 KB of them, 32768 times.
    rows = 1 << 15
    shared = malformed_tiff.striped(picture(31)[:1], rows=1)
    strip = bytes(4096 * 3)
    shared = replace(shared, data=[strip]).having(Tag.IMAGE_WIDTH, LONG, 4096).having(Tag.IMAGE_LENGTH, LONG, rows)
    shared = shared.having(Tag.STRIP_BYTE_COUNTS, LONG, *[len(strip)] * rows)
    start = len(shared.having(Tag.STRIP_OFFSETS, LONG, *[0] * rows).write()) - len(strip)
    yield cases.any("bomb", "strips-that-overlap", shared.having(Tag.STRIP_OFFSETS, LONG, *[start] * rows).write())
    empty = shared.having(Tag.STRIP_OFFSETS, LONG, *[start] * rows).having(Tag.STRIP_BYTE_COUNTS, LONG, *[1] * rows)
    yield cases.refused("bomb", "strips-of-1-byte", empty.write())


def _jpeg() -> Iterator[Case]:
    cases = Cases("jpeg")
    bogus = [*_first_scans(1), *[_empty(1, 1, 63, 0x00)] * 20_000]
    yield cases.any("bomb", "20000-empty-scans", jpeg(_progressive(1) + bogus))
    refining = [*_first_scans(1), _empty(1, 1, 63, 0x01), *[_empty(1, 1, 63, 0x10)] * 20_000]
    yield cases.any("bomb", "20000-empty-refinements", jpeg(_progressive(1) + refining))
    # What the format allows: each coefficient of each component by itself, each bit by itself.
    steps = [0x0D, *(high << 4 | high - 1 for high in range(13, 0, -1))]
    allowed = [_empty(part, k, k, step) for part in (1, 2, 3) for k in range(1, 64) for step in steps]
    yield cases.any("bomb", f"{len(allowed) + 3}-allowed-scans", jpeg(_progressive(3) + _first_scans(3) + allowed))
    no_scans = jpeg(_progressive(3, SQUARE_INSIDE))
    yield cases.refused("bomb", f"progressive-{SQUARE_INSIDE}-square-without-scans", no_scans)
    lone = jpeg([*_progressive(3, SQUARE_INSIDE), _empty(1, 1, 63, 0x00)])
    yield cases.refused("bomb", f"progressive-{SQUARE_INSIDE}-square-1-scan", lone)


def _progressive(components: int, side: int = SIDE) -> list[Segment]:
    """The headers of a picture whose Huffman codes are one bit: no difference, or a run of 16384 empty blocks."""
    listed = b"".join(bytes([i + 1, 0x11, 0]) for i in range(components))
    return [
        Segment(APP0, b"JFIF\0\1\1\0\0\1\0\1\0\0"),
        Segment(DQT, b"\0" + b"\1" * 64),
        Segment(SOF2, struct.pack(">BHHB", 8, side, side, components) + listed),
        Segment(DHT, b"\0\1" + bytes(15) + b"\0"),
        Segment(DHT, b"\x10\1" + bytes(15) + b"\xe0"),
    ]


def _first_scans(components: int) -> list[Segment]:
    """The mean of each block: no difference to the last one."""
    return [Segment(SOS, bytes([1, i + 1, 0, 0, 0, 0]), bytes(BLOCKS // 8)) for i in range(components)]


def _empty(component: int, first: int, last: int, bits: int) -> Segment:
    """A scan of nothing: runs of 16384 blocks, each a code of one bit and 14 bits more."""
    size = BLOCKS // 16_384 * 15
    padding = -size % 8
    data = ((1 << padding) - 1).to_bytes((size + padding) // 8, "big")
    return Segment(SOS, bytes([1, component, 0, first, last, bits]), data)
