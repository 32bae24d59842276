# SPDX-License-Identifier: Apache-2.0
"""A small baseline JPEG encoder for what Pillow doesn't write: any sampling, any markers, a scan for each component.

ITU-T T.81 without a thought for speed. The Huffman tables are the ones of its annex K, as libjpeg writes them.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from image_files.levels import Samples

Table = dict[int, tuple[int, int]]
"""From a symbol to its code and the code's length."""

ZIGZAG = sorted(range(64), key=lambda i: (i // 8 + i % 8, (i // 8 if (i // 8 + i % 8) % 2 else i % 8)))
COSINES = np.array([[np.cos((2 * x + 1) * u * np.pi / 16) / 2 for x in range(8)] for u in range(8)])
COSINES[0] /= np.sqrt(2)


@dataclass(frozen=True)
class Component:
    """A component's number in the file, its sampling factors, and its samples at full size."""

    number: int
    across: int
    down: int
    samples: Samples


def written(components: Sequence[Component], step: int, markers: bytes = b"", *, interleaved: bool = True) -> bytes:
    """Writes a JPEG.

    Args:
        components: their samples all have the picture's size; those whose factors are below the largest are averaged.
        step: what each coefficient is divided by.
        markers: what comes first, JFIF's and the like.
        interleaved: whether one scan holds all components.
    """
    height, width = components[0].samples.shape
    most = max(c.across for c in components), max(c.down for c in components)
    frame = struct.pack(">BHHB", 8, height, width, len(components))
    frame += b"".join(bytes([c.number, c.across << 4 | c.down, 0]) for c in components)
    tables, segments = _huffman_tables()
    data = b"\xff\xd8" + markers + segment(0xDB, b"\0" + bytes([step]) * 64) + segment(0xC0, frame) + segments
    blocks = [_quantised(c, most, step) for c in components]
    for scan in [range(len(components))] if interleaved else [[i] for i in range(len(components))]:
        some = [components[i] for i in scan]
        head = bytes([len(some)]) + b"".join(bytes([c.number, 0]) for c in some) + b"\0\x3f\0"
        if len(some) > 1:
            order = _interleaved(some, [blocks[i] for i in scan])
        else:
            order = _alone(some[0], blocks[scan[0]], (height, width), most)
        data += segment(0xDA, head) + _entropy(order, len(some), tables)
    return data + b"\xff\xd9"


def segment(marker: int, content: bytes) -> bytes:
    """A marker with its content."""
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def _quantised(component: Component, most: tuple[int, int], step: int) -> NDArray[np.int64]:
    """Returns (rows, columns, 64) of a component's blocks, as many as whole units need."""
    every_x, every_y = most[0] // component.across, most[1] // component.down
    height, width = component.samples.shape
    tall, wide = _up(height, 8 * most[1]) * 8 * most[1], _up(width, 8 * most[0]) * 8 * most[0]
    full = np.pad(component.samples, ((0, tall - height), (0, wide - width)), mode="edge") - 128.0
    few = full.reshape(tall // every_y, every_y, wide // every_x, every_x).mean(axis=(1, 3))
    blocks = few.reshape(len(few) // 8, 8, -1, 8).transpose(0, 2, 1, 3)
    return np.rint((COSINES @ blocks @ COSINES.T) / step).astype(np.int64).reshape(*blocks.shape[:2], 64)[..., ZIGZAG]


Order = Iterator[tuple[int, NDArray[np.int64]]]
"""Blocks as they come in a scan, each with the place of its component."""


def _interleaved(components: Sequence[Component], blocks: Sequence[NDArray[np.int64]]) -> Order:
    rows, columns = len(blocks[0]) // components[0].down, blocks[0].shape[1] // components[0].across
    for unit in range(rows * columns):
        row, column = divmod(unit, columns)
        for i, component in enumerate(components):
            for y in range(component.down):
                for x in range(component.across):
                    yield i, blocks[i][row * component.down + y, column * component.across + x]


def _alone(component: Component, blocks: NDArray[np.int64], size: tuple[int, int], most: tuple[int, int]) -> Order:
    """A scan of one component has no blocks that only fill up units."""
    rows = _up(_up(size[0] * component.down, most[1]), 8)
    columns = _up(_up(size[1] * component.across, most[0]), 8)
    for row in range(rows):
        for column in range(columns):
            yield 0, blocks[row, column]


def _up(value: int, by: int) -> int:
    return (value + by - 1) // by


def _entropy(order: Order, components: int, tables: dict[int, Table]) -> bytes:
    before = [0] * components
    bits: list[str] = []

    def put(table: Table, zeros: int, value: int) -> None:
        size = abs(value).bit_length()
        code, length = table[zeros << 4 | size]
        bits.append(f"{code:0{length}b}")
        if size:
            bits.append(f"{value if value > 0 else value + (1 << size) - 1:0{size}b}")

    for i, block in order:
        put(tables[0x00], 0, int(block[0]) - before[i])
        before[i] = int(block[0])
        zeros = 0
        for value in map(int, block[1 : 1 + np.flatnonzero(block[1:]).max(initial=-1) + 1]):
            if value == 0:
                zeros += 1
                continue
            while zeros > 15:
                put(tables[0x10], 15, 0)
                zeros -= 16
            put(tables[0x10], zeros, value)
            zeros = 0
        if block[63] == 0:
            put(tables[0x10], 0, 0)
    whole = "".join(bits)
    whole += "1" * (-len(whole) % 8)
    return int(whole, 2).to_bytes(len(whole) // 8, "big").replace(b"\xff", b"\xff\0")


def _huffman_tables() -> tuple[dict[int, Table], bytes]:
    """Reads the tables for luminance out of a JPEG that Pillow writes, with the segments that hold them."""
    file = io.BytesIO()
    Image.new("L", (8, 8)).save(file, "JPEG")
    data, at = file.getvalue(), 2
    tables: dict[int, Table] = {}
    segments = b""
    while data[at + 1] != 0xDA:
        length = struct.unpack(">H", data[at + 2 : at + 4])[0]
        if data[at + 1] == 0xC4:
            content = data[at + 4 : at + 2 + length]
            code, place, table = 0, 17, {}
            for size, count in enumerate(content[1:17], start=1):
                for symbol in content[place : place + count]:
                    table[symbol] = code, size
                    code += 1
                place, code = place + count, code << 1
            tables[content[0]] = table
            segments += data[at : at + 2 + length]
        at += 2 + length
    return tables, segments
