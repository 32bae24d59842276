# SPDX-License-Identifier: Apache-2.0
"""BMP: every depth, run-length codings, both directions, the headers of OS/2 and of Windows up to version 5."""

from __future__ import annotations

import io
import struct
from typing import Any

import numpy as np
from PIL import Image

from image_files import drawings, readers
from image_files.cases import NUMPY, PILLOW, Cases, agree
from image_files.levels import Samples, flattened, on_white, packed, scaled

RLE8, RLE4, BITFIELDS = 1, 2, 3
MASKS_555 = (0x7C00, 0x3E0, 0x1F)
MASKS_565 = (0xF800, 0x7E0, 0x1F)
MASKS_8888 = (0xFF0000, 0xFF00, 0xFF, 0xFF000000)


def add_to(cases: Cases) -> None:
    """Adds all of them."""
    _add_by_pillow(cases)
    _add_indexed(cases)
    _add_runs(cases)
    _add_16_bit(cases)
    _add_direct(cases)


def written(
    size: tuple[int, int],
    bits: int,
    body: bytes,
    *,
    header: int = 40,
    compression: int = 0,
    palette: Samples | None = None,
    masks: tuple[int, ...] = (),
    top_down: bool = False,
    gap: int = 0,
) -> bytes:
    """Writes a file.

    Args:
        size: height and width.
        bits: of a pixel.
        body: the rows, padded to 4 bytes, from the bottom unless ``top_down``.
        header: its length: 12 for OS/2, 40, 56, 108 or 124 for Windows.
        compression: its number.
        palette: of shape (colours, 3).
        masks: of red, green, blue and maybe alpha.
        top_down: whether the body starts with the topmost row.
        gap: bytes between header and body that mean nothing.
    """
    height, width = size
    colours = b""
    if palette is not None:
        colours = b"".join(bytes(c[::-1]) + (b"" if header == 12 else b"\0") for c in palette)
    if header == 12:
        head = struct.pack("<IHHHH", 12, width, height, 1, bits)
    else:
        used = 0 if palette is None or len(palette) == 1 << bits else len(palette)
        signed = -height if top_down else height
        head = struct.pack("<IiiHHIIiiII", header, width, signed, 1, bits, compression, len(body), 2835, 2835, used, 0)
        head += struct.pack(f"<{len(masks)}I", *masks)
        if header > 56:
            head += b"BGRs".ljust(header - len(head), b"\0")  # sRGB, so nothing else counts.
    start = 14 + len(head) + len(colours) + gap
    file = struct.pack("<2sIHHI", b"BM", start + len(body), 0, 0, start)
    return file + head + colours + bytes([0xA5]) * gap + body


def _rows(rows: list[bytes], *, top_down: bool = False) -> bytes:
    return b"".join(row + bytes(-len(row) % 4) for row in (rows if top_down else rows[::-1]))


def _add(cases: Cases, kind: str, data: bytes, drawn: Samples, within: int = 0, **more: Any) -> None:
    """Adds a file; where ``within`` isn't 0, Pillow rounds otherwise than to the nearest."""
    agree(kind, readers.by_pillow(data), drawn, within)
    cases.add(f"bmp/{kind}.bmp", data, drawn, oracle=NUMPY if within else PILLOW, **more)


def _add_by_pillow(cases: Cases) -> None:
    bilevel, grey, colours = drawings.grey("bmp", 1), drawings.grey("bmp"), drawings.rgb("bmp")
    indices, palette = drawings.indexed("bmp", 256)
    indexed = Image.fromarray(indices, "P")
    indexed.putpalette(palette.tobytes())
    for kind, image, drawn in (
        ("grey-1", Image.fromarray(bilevel.astype(bool)), flattened(scaled(bilevel, 1))),
        ("grey-8", Image.fromarray(grey), flattened(grey)),
        ("palette-8", indexed, palette[indices]),
        ("rgb-24", Image.fromarray(colours), colours),
        ("rgba-without-mask", Image.fromarray(drawings.with_alpha(colours, "bmp")), colours),  # So it's opaque.
    ):
        file = io.BytesIO()
        image.save(file, "BMP")
        _add(cases, kind, file.getvalue(), drawn)


def _add_indexed(cases: Cases) -> None:
    for bits, colours, header, top_down in (
        (1, 2, 40, False),
        (1, 2, 12, False),
        (4, 16, 40, False),
        (4, 11, 40, True),
        (4, 16, 12, False),
        (8, 200, 40, False),
        (8, 256, 40, True),
        (8, 256, 12, False),
        (8, 256, 124, False),
    ):
        kind = f"palette-{bits}-of-{colours}-header-{header}" + ("-top-down" if top_down else "")
        indices, palette = drawings.indexed(f"bmp {kind}", colours)
        body = _rows([packed(row[np.newaxis], bits) for row in indices], top_down=top_down)
        data = written(indices.shape, bits, body, header=header, palette=palette, top_down=top_down)
        _add(cases, kind, data, palette[indices])


def _add_runs(cases: Cases) -> None:
    for bits, code in ((8, RLE8), (4, RLE4)):
        indices, palette = drawings.indexed(f"bmp runs {bits}", 1 << bits)
        indices[3:9, 5:30] = 2
        for kind, runs in (("runs", True), ("mixed", False)):
            body = b"".join(_coded(row, bits, runs) + b"\0\0" for row in indices[::-1])[:-2] + b"\0\1"
            data = written(indices.shape, bits, body, compression=code, palette=palette)
            _add(cases, f"rle{bits}-{kind}", data, palette[indices])


def _coded(row: Samples, bits: int, runs: bool) -> bytes:
    """Codes a row in runs, or in turn in plain pixels and in runs."""
    count = 7 if bits == 8 else 6  # An odd number of bytes in both; Pillow 12 can't read an odd one of 4-bit pixels.
    out, at, plain = b"", 0, not runs
    while at < len(row):
        if plain and len(row) - at > count:
            content = packed(row[np.newaxis, at : at + count], bits)
            out += bytes([0, count]) + content + bytes(len(content) % 2)
            at, plain = at + count, False
            continue
        end = at + 1
        while end < len(row) and row[end] == row[at]:
            end += 1
        if bits == 4 and end == at + 1 and end < len(row):  # Two alternate, here for two pixels.
            out += bytes([2, int(row[at]) << 4 | int(row[end])])
            at += 2
        else:
            value = int(row[at])
            out += bytes([end - at, value if bits == 8 else value << 4 | value])
            at = end
        plain = not runs
    return out


def _add_16_bit(cases: Cases) -> None:
    colours = drawings.rgb("bmp 16")
    for kind, widths, masks in (
        ("555", (5, 5, 5), ()),
        ("555-masks", (5, 5, 5), MASKS_555),
        ("565-masks", (5, 6, 5), MASKS_565),
    ):
        few = [colours[..., i] >> (8 - width) for i, width in enumerate(widths)]
        words = few[0].astype("<u2") << (widths[1] + 5) | few[1].astype("<u2") << 5 | few[2]
        drawn = np.dstack([scaled(part, (1 << width) - 1) for part, width in zip(few, widths, strict=True)])
        body = _rows([row.tobytes() for row in words])
        data = written(words.shape, 16, body, compression=BITFIELDS if masks else 0, masks=masks)
        _add(cases, f"rgb-16-{kind}", data, drawn, within=1)


def _add_direct(cases: Cases) -> None:
    colours = drawings.rgb("bmp direct")
    samples = drawings.with_alpha(colours, "bmp direct")
    bgr = [row.tobytes() for row in colours[..., ::-1]]
    bgra = [row.tobytes() for row in samples[..., (2, 1, 0, 3)]]
    size = colours.shape[:2]
    _add(cases, "rgb-24-header-12", written(size, 24, _rows(bgr), header=12), colours)
    _add(cases, "rgb-24-header-108", written(size, 24, _rows(bgr), header=108, masks=(0, 0, 0, 0)), colours)
    _add(cases, "rgb-24-top-down", written(size, 24, _rows(bgr, top_down=True), top_down=True), colours)
    _add(cases, "rgb-24-gap", written(size, 24, _rows(bgr), gap=10), colours)
    _add(cases, "rgb-32", written(size, 32, _rows(bgra)), colours)
    _add(cases, "rgb-32-top-down", written(size, 32, _rows(bgra, top_down=True), top_down=True), colours)
    masked = written(size, 32, _rows(bgra), compression=BITFIELDS, masks=MASKS_8888[:3])
    _add(cases, "rgb-32-masks", masked, colours)
    for header in (56, 108, 124):
        data = written(size, 32, _rows(bgra), header=header, compression=BITFIELDS, masks=MASKS_8888)
        _add(cases, f"rgba-32-header-{header}", data, on_white(colours, samples[..., 3]), alpha=True)
    rgba = [row.tobytes() for row in samples]
    masks = (0xFF, 0xFF00, 0xFF0000, 0xFF000000)
    data = written(size, 32, _rows(rgba), header=124, compression=BITFIELDS, masks=masks)
    _add(cases, "rgba-32-other-masks", data, on_white(colours, samples[..., 3]), alpha=True)
