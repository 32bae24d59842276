# SPDX-License-Identifier: Apache-2.0
"""A writer of TIFFs, of good ones and of what no library writes, and the good ones to spoil."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

import malformed_jpeg
import malformed_lzw
from malformed_case import HEIGHT, Good, picture

BYTE, ASCII, SHORT, LONG, RATIONAL, UNDEFINED, LONG8 = 1, 2, 3, 4, 5, 7, 16
FORMATS = {BYTE: "B", ASCII: "B", SHORT: "H", LONG: "I", RATIONAL: "I", UNDEFINED: "B", LONG8: "Q"}
NONE, LZW, JPEG, DEFLATE, PACKBITS = 1, 5, 7, 8, 32773
ROWS = 8
"""Of a strip of :func:`goods`."""

Order = Literal["<", ">"]
"""Of bytes, as struct and NumPy write it."""


class Tag(IntEnum):
    """The fields that are written here."""

    IMAGE_WIDTH = 256
    IMAGE_LENGTH = 257
    BITS_PER_SAMPLE = 258
    COMPRESSION = 259
    PHOTOMETRIC = 262
    FILL_ORDER = 266
    DESCRIPTION = 270
    STRIP_OFFSETS = 273
    ORIENTATION = 274
    SAMPLES_PER_PIXEL = 277
    ROWS_PER_STRIP = 278
    STRIP_BYTE_COUNTS = 279
    PLANAR = 284
    SOFTWARE = 305
    PREDICTOR = 317
    COLOR_MAP = 320
    TILE_WIDTH = 322
    TILE_LENGTH = 323
    TILE_OFFSETS = 324
    TILE_BYTE_COUNTS = 325
    SUB_IFDS = 330
    EXTRA_SAMPLES = 338
    SAMPLE_FORMAT = 339
    XMP = 700
    EXIF_IFD = 34665
    ICC_PROFILE = 34675


@dataclass(frozen=True)
class Entry:
    """A field of an IFD.

    Args:
        count: as the file states it, if another one than there are values.
        offset: where the file says that the values are; they are written nowhere then.
    """

    type: int
    values: tuple[int, ...] | bytes
    count: int | None = None
    offset: int | None = None


@dataclass(frozen=True)
class Tiff:
    """A file of one picture.

    Args:
        data: its strips or tiles.
        first: where the header says that the first IFD is; it is at its end else.
        entries_count: as the IFD states it, if another one than there are.
        following: where the IFD says that the next one is.
        ifd_last: has the IFD written after the data, not before it.
    """

    entries: dict[int, Entry]
    data: list[bytes] = field(default_factory=list)
    order: Order = "<"
    big: bool = False
    first: int | None = None
    entries_count: int | None = None
    following: int = 0
    ifd_last: bool = False

    def having(self, tag: int, type_: int, *values: int, count: int | None = None, offset: int | None = None) -> Tiff:
        """Returns this with another field."""
        return replace(self, entries=self.entries | {tag: Entry(type_, values, count, offset)})

    def lacking(self, *tags: int) -> Tiff:
        """Returns this without some fields."""
        return replace(self, entries={tag: entry for tag, entry in self.entries.items() if tag not in tags})

    def write(self) -> bytes:
        """Puts the file together: header, IFD, its values, then the data; or the data before the IFD."""
        sizes = [len(piece) for piece in self.data]
        begin = self._header_size() if self.ifd_last else self._header_size() + len(self._ifd([0] * len(sizes), 0))
        starts = [begin + sum(sizes[:i]) for i in range(len(sizes))]
        at = begin + sum(sizes) if self.ifd_last else self._header_size()
        ifd = self._ifd(starts, at)
        first = at if self.first is None else self.first
        data = b"".join(self.data)
        return self._header(first) + (data + ifd if self.ifd_last else ifd + data)

    def _header_size(self) -> int:
        return 16 if self.big else 8

    def _header(self, first: int) -> bytes:
        start = b"II" if self.order == "<" else b"MM"
        if self.big:
            return start + struct.pack(self.order + "HHHQ", 43, 8, 0, first)
        return start + struct.pack(self.order + "HI", 42, first)

    def _ifd(self, starts: list[int], at: int) -> bytes:
        size, number, count = (8, "Q", "Q") if self.big else (4, "I", "H")
        entries = dict(self.entries)
        for offsets in (Tag.STRIP_OFFSETS, Tag.TILE_OFFSETS):
            if offsets in entries and not entries[offsets].values and entries[offsets].offset is None:
                entries[offsets] = replace(entries[offsets], values=tuple(starts))
        out_at = at + struct.calcsize("<" + count) + len(entries) * (4 + 2 * size) + size
        stated = len(entries) if self.entries_count is None else self.entries_count
        head, tail = struct.pack(self.order + count, stated), b""
        for tag, entry in sorted(entries.items()):
            values = self._values(entry)
            items = len(entry.values) // (2 if entry.type == RATIONAL else 1)
            stated = items if entry.count is None else entry.count
            head += struct.pack(self.order + "HH" + number, tag, entry.type, stated)
            if entry.offset is not None:
                head += struct.pack(self.order + number, entry.offset)
            elif len(values) <= size:
                head += values.ljust(size, b"\0")
            else:
                head += struct.pack(self.order + number, out_at + len(tail))
                tail += values + b"\0" * (len(values) % 2)
        return head + struct.pack(self.order + number, self.following) + tail

    def _values(self, entry: Entry) -> bytes:
        if isinstance(entry.values, bytes):
            return entry.values
        return struct.pack(f"{self.order}{len(entry.values)}{FORMATS.get(entry.type, 'I')}", *entry.values)


def striped(
    samples: NDArray[Any], compression: int = NONE, *, order: Order = "<", photometric: int = 2, rows: int = ROWS
) -> Tiff:
    """Makes a good TIFF of (height, width, channels) in strips."""
    height, width, channels = samples.shape
    ordered = samples.astype(samples.dtype.newbyteorder(order))
    data = [
        packed(ordered[top : top + rows].tobytes(), compression, width * channels) for top in range(0, height, rows)
    ]
    made = _described(samples, compression, photometric, data, order).having(Tag.ROWS_PER_STRIP, LONG, rows)
    counts = [len(strip) for strip in data]
    return made.having(Tag.STRIP_OFFSETS, LONG).having(Tag.STRIP_BYTE_COUNTS, LONG, *counts)


def tiled(samples: NDArray[Any], compression: int = NONE, side: int = 16) -> Tiff:
    """Makes a good TIFF in tiles, of a picture of whole tiles."""
    height, width, channels = samples.shape
    data = [
        packed(samples[top : top + side, left : left + side].tobytes(), compression, side * channels)
        for top in range(0, height, side)
        for left in range(0, width, side)
    ]
    made = (
        _described(samples, compression, 2, data, "<")
        .having(Tag.TILE_WIDTH, LONG, side)
        .having(Tag.TILE_LENGTH, LONG, side)
    )
    return made.having(Tag.TILE_OFFSETS, LONG).having(Tag.TILE_BYTE_COUNTS, LONG, *[len(tile) for tile in data])


def jpeg_compressed(data: bytes) -> Tiff:
    """Makes a TIFF of one strip, a JPEG."""
    made = replace(striped(picture(), JPEG, photometric=6, rows=HEIGHT), data=[data])
    return made.having(Tag.STRIP_BYTE_COUNTS, LONG, len(data))


def _described(samples: NDArray[Any], compression: int, photometric: int, data: list[bytes], order: Order) -> Tiff:
    height, width, channels = samples.shape
    made = Tiff({}, data, order)
    for tag, values in {
        Tag.IMAGE_WIDTH: (width,),
        Tag.IMAGE_LENGTH: (height,),
        Tag.BITS_PER_SAMPLE: (samples.dtype.itemsize * 8,) * channels,
        Tag.COMPRESSION: (compression,),
        Tag.PHOTOMETRIC: (photometric,),
        Tag.SAMPLES_PER_PIXEL: (channels,),
        Tag.PLANAR: (1,),
    }.items():
        made = made.having(tag, SHORT, *values)
    return made


def packed(data: bytes, compression: int, row: int) -> bytes:
    """Compresses a strip or tile; ``row`` bytes are a row."""
    if compression == LZW:
        return malformed_lzw.encode(data, 8, tiff=True)
    if compression == DEFLATE:
        return zlib.compress(data, 9)
    if compression == PACKBITS:  # Literal runs only.
        runs = [
            data[i : min(i + 64, start + row)]
            for start in range(0, len(data), row)
            for i in range(start, start + row, 64)
        ]
        return b"".join(bytes([len(run) - 1]) + run for run in runs)
    return data


def goods() -> Iterator[Good]:
    rgb, grey = picture(31), picture(32)[..., :1]
    deep = np.asarray(picture(33), np.uint16) * 257
    palette = striped(grey, photometric=3).having(Tag.COLOR_MAP, SHORT, *(i * 85 for i in range(768)))
    files = {
        "raw": striped(rgb),
        "raw16-big-endian": striped(deep, order=">"),
        "lzw": striped(rgb, LZW),
        "deflate-ifd-last": replace(striped(rgb, DEFLATE), ifd_last=True),
        "packbits": striped(rgb, PACKBITS),
        "palette": palette,
        "tiled": tiled(rgb),
        "tiled-deflate": tiled(rgb, DEFLATE),
        "jpeg": jpeg_compressed(malformed_jpeg.jpeg(malformed_jpeg.parts_of("baseline"))),
        "bigtiff": replace(striped(rgb), big=True),
    }
    for name, tiff in files.items():
        data = tiff.write()
        size = sum(len(piece) for piece in tiff.data)
        # An end code or checksum may be missing.
        yield Good("tiff", name, data, len(data) if tiff.ifd_last else len(data) - size, len(data) - 4)
