# SPDX-License-Identifier: Apache-2.0
"""Malformed PNGs: lying headers, chunks out of order, missing or twice, and data that is not what it should be."""

from __future__ import annotations

import functools
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from malformed_case import HEIGHT, MAX_SIDE, SQUARE_INSIDE, SQUARE_OUTSIDE, WIDTH, Case, Cases, Good, picture, rubbish

SIGNATURE = b"\x89PNG\r\n\x1a\n"
HEADER_BYTES = 33
GREY, RGB, PALETTE, RGBA = 0, 2, 3, 6
PASSES = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))
"""Adam7: first row, first column, row step, column step."""

CASES = Cases("png")


def chunk(kind: bytes, data: bytes = b"", *, length: int | None = None, crc: int | None = None) -> bytes:
    """Writes a chunk, its length and checksum right unless given."""
    length = len(data) if length is None else length
    crc = zlib.crc32(kind + data) if crc is None else crc
    return struct.pack(">I", length) + kind + data + struct.pack(">I", crc)


def header(
    width: int = WIDTH,
    height: int = HEIGHT,
    *,
    depth: int = 8,
    colour: int = RGB,
    compression: int = 0,
    filtering: int = 0,
    interlace: int = 0,
) -> bytes:
    """Writes an IHDR."""
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, compression, filtering, interlace))


def png(*chunks: bytes) -> bytes:
    """Puts a file together: the signature, ``chunks``, IEND."""
    return SIGNATURE + b"".join(chunks) + END


def rows(samples: NDArray[Any]) -> bytes:
    """Filters (height, width, channels) by Sub."""
    raw = samples.astype(samples.dtype.newbyteorder(">"))
    step = raw.dtype.itemsize * raw.shape[2]
    lines = np.frombuffer(raw.tobytes(), np.uint8).reshape(raw.shape[0], -1)
    filtered = np.ones((lines.shape[0], lines.shape[1] + 1), np.uint8)
    filtered[:, 1 : step + 1] = lines[:, :step]
    filtered[:, step + 1 :] = lines[:, step:] - lines[:, :-step]
    return filtered.tobytes()


def interlaced(samples: NDArray[Any]) -> bytes:
    """Filters the seven passes of Adam7."""
    return b"".join(rows(samples[top::down, left::right]) for top, left, down, right in PASSES)


def idat(raw: bytes) -> bytes:
    return chunk(b"IDAT", zlib.compress(raw, 9))


END = chunk(b"IEND")
TEXT = chunk(b"tEXt", b"Comment\0drawn")


@functools.cache
def raw_rgb() -> bytes:
    """The filtered rows of the picture that most files here declare."""
    return rows(picture())


def _palette_picture() -> NDArray[np.uint8]:
    return picture()[..., :1]


PLTE = chunk(b"PLTE", bytes(i % 256 for i in range(768)))


def goods() -> Iterator[Good]:
    deep = np.asarray(picture(2), np.uint16) * 257
    grey_bits = np.packbits(picture(3)[..., 0] > 127, axis=1)[..., np.newaxis]
    rgba = np.concatenate([picture(4), picture(5)[..., :1]], axis=2)
    files = {
        "grey1": png(header(depth=1, colour=GREY), idat(rows(grey_bits))),
        "rgb8": png(header(), TEXT, idat(raw_rgb())),
        "rgb16": png(header(depth=16), idat(rows(deep))),
        "rgba8": png(header(colour=RGBA), idat(rows(rgba))),
        "palette8": png(header(colour=PALETTE), PLTE, idat(rows(_palette_picture()))),
        "interlaced": png(header(interlace=1), idat(interlaced(picture()))),
    }
    for name, data in files.items():
        yield Good("png", name, data, HEADER_BYTES, len(data))


def lies() -> Iterator[Case]:
    yield from _sizes()
    yield from _types()
    yield from _chunks()
    yield from _checksums()
    yield from _data()


def _sizes() -> Iterator[Case]:
    data = idat(raw_rgb())
    for value in (0, MAX_SIDE + 1, 2**31 - 1, 2**31, 2**32 - 1):
        yield CASES.by_header("header", f"width-{value}", png(header(width=value), data))
        yield CASES.by_header("header", f"height-{value}", png(header(height=value), data))
        yield CASES.by_header("header", f"sides-{value}", png(header(value, value), data))
    for side in (MAX_SIDE, SQUARE_OUTSIDE):
        yield CASES.by_header("header", f"sides-{side}", png(header(side, side), data))
    yield CASES.refused("header", f"sides-{SQUARE_INSIDE}", png(header(SQUARE_INSIDE, SQUARE_INSIDE), data))
    for value in (WIDTH + 1, MAX_SIDE):
        yield CASES.refused("header", f"width-{value}", png(header(width=value), data))
    for value in (HEIGHT + 1, MAX_SIDE):
        yield CASES.refused("header", f"height-{value}", png(header(height=value), data))
    # The rows shift, so pixels come to stand where filter types should.
    yield CASES.refused("header", f"width-{WIDTH - 1}", png(header(width=WIDTH - 1), data))
    yield CASES.any("header", f"height-{HEIGHT - 1}", png(header(height=HEIGHT - 1), data))


def _types() -> Iterator[Case]:
    data = idat(raw_rgb())
    for depth in (0, 1, 2, 3, 4, 7, 9, 32, 255):
        yield CASES.by_header("header", f"rgb-depth-{depth}", png(header(depth=depth), data))
    for depth in (0, 3, 16, 255):
        yield CASES.by_header("header", f"palette-depth-{depth}", png(header(depth=depth, colour=PALETTE), PLTE, data))
    for colour in (1, 5, 7, 8, 255):
        yield CASES.by_header("header", f"colour-{colour}", png(header(colour=colour), data))
    for method in (1, 8, 255):
        yield CASES.by_header("header", f"compression-{method}", png(header(compression=method), data))
        yield CASES.by_header("header", f"filter-{method}", png(header(filtering=method), data))
    for method in (2, 255):
        yield CASES.by_header("header", f"interlace-{method}", png(header(interlace=method), data))
    yield CASES.refused("header", "depth-16-of-8", png(header(depth=16), data))
    yield CASES.refused("header", "rgba-of-rgb", png(header(colour=RGBA), data))
    yield CASES.refused("header", "interlaced-of-plain", png(header(interlace=1), data))
    yield CASES.refused("header", "plain-of-interlaced", png(header(), idat(interlaced(picture()))))
    body = header()[8:-4]
    for length in (0, 1, 12, 14):
        yield CASES.by_header("header", f"length-{length}", png(chunk(b"IHDR", (body[:13] + b"\0")[:length]), data))
    for name, signature in {"mng": b"\x8aMNG", "jng": b"\x8bJNG", "no-high-bit": b"\x09PNG"}.items():
        yield CASES.by_header("header", f"signature-{name}", signature + png(header(), data)[4:])
    yield CASES.by_header("header", "signature-unix-newlines", png(header(), data).replace(b"\r\n\x1a", b"\n\x1a", 1))


def _chunks() -> Iterator[Case]:
    head, data, raw = header(), idat(raw_rgb()), zlib.compress(raw_rgb(), 9)
    halves = [chunk(b"IDAT", raw[: len(raw) // 2]), chunk(b"IDAT", raw[len(raw) // 2 :])]
    paletted, indexes = header(colour=PALETTE), idat(rows(_palette_picture()))
    for detail, content in {
        "no-ihdr": png(data),
        "ihdr-second": png(TEXT, head, data),
        "apple-cgbi-first": png(chunk(b"CgBI", b"\x50\0\x20\x02"), head, data),
        "iend-first": SIGNATURE + END + head + data + END,
    }.items():
        yield CASES.by_header("structure", detail, content)
    for detail, content in {
        "signature-only-twice": SIGNATURE * 2 + head + data + END,
        "no-idat": png(head),
        "no-iend": SIGNATURE + head + data,
        "iend-before-idat": SIGNATURE + head + END + data + END,
        "two-ihdr": png(head, head, data),
        "two-unlike-ihdr": png(head, header(width=MAX_SIDE, height=2000), data),
        "ihdr-after-idat": png(head, data, head),
        "palette-without-plte": png(paletted, indexes),
        "plte-after-idat": png(paletted, indexes, PLTE),
        "two-plte": png(paletted, PLTE, PLTE, indexes),
        "plte-empty": png(paletted, chunk(b"PLTE"), indexes),
        "plte-10-bytes": png(paletted, chunk(b"PLTE", b"0123456789"), indexes),
        "plte-257-entries": png(paletted, chunk(b"PLTE", bytes(771)), indexes),
        "idat-apart": png(head, halves[0], TEXT, halves[1]),
        "idat-in-wrong-order": png(head, *halves[::-1]),
        "unknown-critical": png(head, chunk(b"ABCD", b"12"), data),
        "chunk-not-of-letters": png(head, chunk(b"a\x00\xff1", b"12"), data),
        "idat-length-too-short": SIGNATURE + head + struct.pack(">I", len(raw) - 9) + data[4:] + END,
        "idat-length-too-long": SIGNATURE + head + struct.pack(">I", len(raw) + 9) + data[4:] + END,
    }.items():
        yield CASES.refused("structure", detail, content)
    for length in (2**31 - 1, 2**31, 2**32 - 1, MAX_SIDE << 4):
        for kind in (b"tEXt", b"PLTE", b"IDAT", b"abCd"):
            lied = SIGNATURE + head + chunk(kind, raw[:64], length=length) + data + END
            yield CASES.refused("structure", f"{kind.decode()}-length-{length}", lied)
    flood = b"".join(chunk(b"IDAT", raw[i : i + 1]) for i in range(len(raw)))
    for detail, content in {
        "plte-of-2": png(paletted, chunk(b"PLTE", bytes(6)), indexes),
        "plte-in-grey": png(header(colour=GREY), PLTE, indexes),
        "trns-too-long": png(paletted, PLTE, chunk(b"tRNS", bytes(300)), indexes),
        "trns-before-plte": png(paletted, chunk(b"tRNS", b"\0"), PLTE, indexes),
        "trns-of-1-byte": png(head, chunk(b"tRNS", b"\0"), data),
        "iend-of-4-bytes": SIGNATURE + head + data + chunk(b"IEND", b"1234"),
        "gama-zero": png(head, chunk(b"gAMA", bytes(4)), data),
        "gama-empty": png(head, chunk(b"gAMA"), data),
        "chrm-of-3-bytes": png(head, chunk(b"cHRM", b"123"), data),
        "phys-of-1-byte": png(head, chunk(b"pHYs", b"1"), data),
        "text-without-nul": png(head, chunk(b"tEXt", b"no keyword"), data),
        "ztxt-method-7": png(head, chunk(b"zTXt", b"Key\0\7rubbish"), data),
        "itxt-cut": png(head, chunk(b"iTXt", b"Key\0\1"), data),
        "time-of-month-99": png(head, chunk(b"tIME", b"\xff\xff\x63\x63\x63\x63\x63"), data),
        "actl-of-2-to-32-frames": png(head, chunk(b"acTL", b"\xff" * 8), data),
        "fctl-outside": png(head, chunk(b"acTL", bytes(7) + b"\2"), chunk(b"fcTL", b"\x7f" * 26), data),
        "idat-empty-50000": png(head, data, chunk(b"IDAT") * 50_000),
        "idat-by-bytes": png(head, flood),
        "text-50000": png(head, chunk(b"tEXt", b"A\0") * 50_000, data),
    }.items():
        yield CASES.any("structure", detail, content)


def _checksums() -> Iterator[Case]:
    chunks = {
        "ihdr": header(colour=PALETTE),
        "gama": chunk(b"gAMA", struct.pack(">I", 45_455)),
        "plte": PLTE,
        "text": TEXT,
        "idat": idat(rows(_palette_picture())),
        "iend": END,
    }
    for name in chunks:
        for detail, wrong in {"zero": 0, "inverted": None}.items():
            written = dict(chunks)
            body = written[name][:-4]
            right = int.from_bytes(written[name][-4:], "big")
            written[name] = body + struct.pack(">I", right ^ 0xFFFFFFFF if wrong is None else wrong)
            make = CASES.by_header if name == "ihdr" else CASES.refused
            yield make("checksum", f"{name}-{detail}", SIGNATURE + b"".join(written.values()))


def _data() -> Iterator[Case]:
    raw = raw_rgb()
    packed = zlib.compress(raw, 9)
    row = WIDTH * 3 + 1

    def of(data: bytes) -> bytes:
        return png(header(), chunk(b"IDAT", data))

    for filtering in (5, 6, 128, 255):
        for where in (0, HEIGHT // 2, HEIGHT - 1):
            at = where * row
            changed = raw[:at] + bytes([filtering]) + raw[at + 1 :]
            yield CASES.refused("data", f"filter-{filtering}-in-row-{where}", png(header(), idat(changed)))
    for name, size in {"nothing": 0, "1-row": row, "half": len(raw) // 2, "1-byte-less": len(raw) - 1}.items():
        yield CASES.refused("data", f"inflates-to-{name}", png(header(), idat(raw[:size])))
    for detail, data in {
        "empty": b"",
        "zlib-method-0": b"\x70" + packed[1:],
        "zlib-check-wrong": packed[:1] + bytes([packed[1] ^ 1]) + packed[2:],
        "zlib-dictionary": b"\x78\xf9" + bytes(4) + packed[2:],
        "deflate-without-zlib": packed[2:-4],
        "block-type-3": packed[:2] + b"\x07" + packed[3:],
        "distance-before-start": packed[:2] + bytes.fromhex("03020000"),
        "stored-length-wrong": packed[:2] + b"\x01\xff\xff\xff\xff" + raw,
        "half-a-stream": packed[: len(packed) // 2],
        "gzip": zlib.compress(raw, wbits=31),
        "random": rubbish(4000, 7),
        "zeros": bytes(4000),
    }.items():
        yield CASES.refused("data", detail, of(data))
    for detail, data in {
        "adler-wrong": packed[:-1] + bytes([packed[-1] ^ 1]),
        "adler-missing": packed[:-4],
        "more-after-stream": packed + rubbish(100, 8),
        "1-row-more": zlib.compress(raw + bytes(row)),
    }.items():
        yield CASES.any("data", detail, of(data))
    # With checksums that hold, so that inflate itself sees the damage.
    for k in range(12):
        at = 2 + k * (len(packed) - 20) // 12
        yield CASES.any("data", f"garbled-{k:02}", of(packed[:at] + rubbish(8, 100 + k) + packed[at + 8 :]))
