# SPDX-License-Identifier: Apache-2.0
"""TGA: types and depths, run-length coded or not, both directions, with and without version 2's footer."""

from __future__ import annotations

import io
import struct
from typing import Any

from PIL import Image

from image_files import drawings, readers
from image_files.cases import NUMPY, PILLOW, Cases, agree
from image_files.levels import Samples, flattened, scaled

FOOTER = 26
"""Bytes that version 2 adds at the end, and Pillow always writes."""


def add_to(cases: Cases) -> None:
    """Adds all of them."""
    colours = drawings.rgb("tga")
    samples = drawings.with_alpha(colours, "tga")
    grey = drawings.grey("tga")
    for array in (colours, samples, grey):
        array[4:9, 3:30] = array[4, 3]  # Something for runs.
    indices, palette = drawings.indexed("tga", 256)
    indices[4:9, 3:30] = 7
    indexed = Image.fromarray(indices, "P")
    indexed.putpalette(palette.tobytes())
    for kind, image, drawn in (
        ("grey-8", Image.fromarray(grey), flattened(grey)),
        ("rgb-24", Image.fromarray(colours), colours),
        ("rgba-32", Image.fromarray(samples), flattened(samples)),
        ("palette-8", indexed, palette[indices]),
    ):
        for coding in (None, "tga_rle"):
            for orientation, direction in ((-1, ""), (1, "-top-down")):
                for footer in (True, False):
                    file = io.BytesIO()
                    image.save(file, "TGA", compression=coding, orientation=orientation)
                    data = file.getvalue() if footer else file.getvalue()[:-FOOTER]
                    name = kind + ("-rle" if coding else "") + direction + ("" if footer else "-no-footer")
                    more = {"alpha": True} if kind == "rgba-32" else {}
                    _add(cases, name, data, drawn, **more)
    file = io.BytesIO()
    Image.fromarray(colours).save(file, "TGA", id_section=b"made up")
    _add(cases, "rgb-24-with-name", file.getvalue(), colours)
    for height, width in ((1, 1), (1, 37), (29, 1)):
        small = drawings.rgb("tga shape", (height, width))
        file = io.BytesIO()
        Image.fromarray(small).save(file, "TGA", compression="tga_rle")
        _add(cases, f"rgb-24-rle-{width}x{height}", file.getvalue(), small)
    _add_16_bit(cases)


def _add(cases: Cases, kind: str, data: bytes, drawn: Samples, within: int = 0, **more: Any) -> None:
    """Adds a file; where ``within`` isn't 0, Pillow rounds otherwise than to the nearest."""
    agree(kind, readers.by_pillow(data), drawn, within)
    cases.add(f"tga/{kind}.tga", data, drawn, oracle=NUMPY if within else PILLOW, **more)


def _add_16_bit(cases: Cases) -> None:
    few = drawings.rgb("tga 16") >> 3
    few[4:9, 3:30] = few[4, 3]
    drawn = scaled(few, 31)
    words = few[..., 0].astype("<u2") << 10 | few[..., 1].astype("<u2") << 5 | few[..., 2]
    height, width = words.shape
    for kind, number, rows, flags in (
        ("rgb-16", 2, words[::-1], 0),
        ("rgb-16-top-down", 2, words, 0x20),
        ("rgb-16-rle", 10, words[::-1], 0),
    ):
        head = struct.pack("<BBBHHBHHHHBB", 0, 0, number, 0, 0, 0, 0, 0, width, height, 16, flags)
        body = b"".join(_runs(row) for row in rows) if number == 10 else rows.tobytes()
        _add(cases, kind, head + body, drawn, within=1)


def _runs(row: Samples) -> bytes:
    """Codes a row of 16-bit pixels: runs, and single ones as they are."""
    out, at = b"", 0
    while at < len(row):
        end = at + 1
        while end < len(row) and row[end] == row[at]:
            end += 1
        out += bytes([0x80 | end - at - 1 if end - at > 1 else 0]) + row[at].tobytes()
        at = end
    return out
