# SPDX-License-Identifier: Apache-2.0
"""A TIFF 6.0 encoder for what Pillow doesn't write: 16 bits, tiles, planes, big endian, differences."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from image_files import lzw
from image_files.exif import INTEL, MOTOROLA, Value, directory, header, longs, shorts
from image_files.levels import Samples, packed

WHITE_IS_ZERO = 0
BLACK_IS_ZERO = 1
RGB = 2
PALETTE = 3


def _packbits(data: bytes) -> bytes:
    """Runs of 3 and more are packed; whatever else stands as it is."""
    out, at, plain = b"", 0, b""

    def flush() -> bytes:
        return bytes([len(plain) - 1]) + plain if plain else b""

    while at < len(data):
        run = 1
        while run < 128 and data[at : at + 1] == data[at + run : at + run + 1]:
            run += 1
        if run > 2:
            out += flush() + bytes([257 - run, data[at]])
            plain = b""
        else:
            run = 1
            plain += data[at : at + 1]
            if len(plain) == 128:
                out, plain = out + flush(), b""
        at += run
    return out + flush()


COMPRESSIONS: dict[str, tuple[int, Callable[[bytes], bytes]]] = {
    "none": (1, bytes),
    "lzw": (5, lzw.tiff),
    "deflate": (8, zlib.compress),
    "old-deflate": (32946, zlib.compress),
    "packbits": (32773, _packbits),
}


@dataclass(frozen=True)
class Page:
    """A picture and how to store it.

    Attributes:
        samples: (height, width, channels), 8 or 16 bits wide.
        photometric: :data:`RGB` or one of the others.
        bits: how many of each sample's bits count.
        extra: what the fourth or second channel is: 1, multiplied in, or 2, not.
        compression: a key of :data:`COMPRESSIONS`.
        differences: whether each sample is stored as its difference to the one on its left.
        planes: whether channels are stored apart.
        tile: height and width of tiles, multiples of 16; None for strips.
        rows: the height of strips; None for one strip.
        tags: more tags, or others.
    """

    samples: Samples
    photometric: int
    bits: int = 8
    extra: int | None = None
    compression: str = "none"
    differences: bool = False
    planes: bool = False
    tile: tuple[int, int] | None = None
    rows: int | None = None
    tags: dict[int, Value] = field(default_factory=dict)


def written(pages: Sequence[Page], order: str = INTEL) -> bytes:
    """Writes a file of one page or more."""
    data = bytearray(header(order, 0))
    pointer = 4
    for page in pages:
        places, sizes = [], []
        for block in _blocks(page, order):
            places.append(len(data))
            sizes.append(len(block))
            data += block + bytes(len(block) % 2)
        entries = _tags(page, order, places, sizes) | page.tags
        data[pointer : pointer + 4] = struct.pack(f"{order}I", len(data))
        pointer = len(data) + 2 + 12 * len(entries)
        data += directory(order, len(data), entries)
    return bytes(data)


def _tags(page: Page, order: str, places: list[int], sizes: list[int]) -> dict[int, Value]:
    height, width, channels = page.samples.shape
    tags = {
        256: longs(order, width),
        257: longs(order, height),
        258: shorts(order, *[page.bits] * channels),
        259: shorts(order, COMPRESSIONS[page.compression][0]),
        262: shorts(order, page.photometric),
        277: shorts(order, channels),
        284: shorts(order, 2 if page.planes else 1),
    }
    if page.differences:
        tags[317] = shorts(order, 2)
    if page.extra is not None:
        tags[338] = shorts(order, page.extra)
    if page.tile is None:
        tags |= {273: longs(order, *places), 278: longs(order, page.rows or height), 279: longs(order, *sizes)}
    else:
        tags |= {322: longs(order, page.tile[1]), 323: longs(order, page.tile[0])}
        tags |= {324: longs(order, *places), 325: longs(order, *sizes)}
    return tags


def _blocks(page: Page, order: str) -> list[bytes]:
    height, width, channels = page.samples.shape
    planes = [page.samples[..., i : i + 1] for i in range(channels)] if page.planes else [page.samples]
    pieces: list[Samples] = []
    for plane in planes:
        if page.tile is None:
            rows = page.rows or height
            pieces += [plane[top : top + rows] for top in range(0, height, rows)]
            continue
        tall, wide = page.tile
        padded = np.pad(plane, ((0, -height % tall), (0, -width % wide), (0, 0)), mode="edge")
        pieces += [
            padded[top : top + tall, left : left + wide]
            for top in range(0, height, tall)
            for left in range(0, width, wide)
        ]
    return [COMPRESSIONS[page.compression][1](_raw(piece, page, order)) for piece in pieces]


def _raw(piece: Samples, page: Page, order: str) -> bytes:
    if page.differences:
        piece = np.concatenate([piece[:, :1], piece[:, 1:] - piece[:, :-1]], axis=1)  # Wraps around, as it should.
    if page.bits == 16:
        return piece.astype(">u2" if order == MOTOROLA else "<u2").tobytes()
    return packed(piece, page.bits)
