# SPDX-License-Identifier: Apache-2.0
"""GIF: palettes of all sizes, interlacing at heights that lack passes, transparency, frames smaller than the screen."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from image_files import drawings, lzw, readers
from image_files.cases import NUMPY, PILLOW, Cases, agree
from image_files.levels import Samples, on_white


@dataclass(frozen=True)
class Frame:
    """A frame of a GIF: its indices, its place on the screen (top, left), its own palette, its clear index."""

    indices: Samples
    at: tuple[int, int] = (0, 0)
    palette: Samples | None = None
    clear: int | None = None
    interlaced: bool = False


def add_to(cases: Cases) -> None:
    """Adds all of them."""
    _add_palettes(cases)
    _add_interlaced(cases)
    _add_transparent(cases)
    _add_placed(cases)
    _add_by_pillow(cases)


def written(
    frames: list[Frame],
    palette: Samples | None,
    screen: tuple[int, int] | None = None,
    *,
    version: bytes = b"89a",
    comment: bytes | None = None,
) -> bytes:
    """Writes a file; the screen is as large as the first frame unless given. The background is colour 1."""
    height, width = screen or frames[0].indices.shape
    flags, colours = _table(palette)
    data = b"GIF" + version + struct.pack("<HHBBB", width, height, flags | 0x70, 1, 0) + colours
    if comment is not None:
        data += b"!\xfe" + _blocks(comment)
    for frame in frames:
        if frame.clear is not None or len(frames) > 1:
            clear = frame.clear is not None
            data += b"!\xf9\4" + struct.pack("<BHB", clear, 10, frame.clear or 0) + b"\0"
        height, width = frame.indices.shape
        flags, colours = _table(frame.palette)
        place = struct.pack("<HHHH", frame.at[1], frame.at[0], width, height)
        data += b"," + place + bytes([flags | frame.interlaced << 6]) + colours
        used = frame.palette if frame.palette is not None else palette
        bits = max(2, (len(used) - 1).bit_length()) if used is not None else 8
        rows = _interlaced(frame.indices) if frame.interlaced else frame.indices
        data += bytes([bits]) + _blocks(lzw.gif(rows.tobytes(), bits))
    return data + b";"


def _table(palette: Samples | None) -> tuple[int, bytes]:
    """A palette, filled up to a power of two, with the flags that tell."""
    if palette is None:
        return 0, b""
    bits = max(1, (len(palette) - 1).bit_length())
    return 0x80 | bits - 1, palette.tobytes().ljust(3 << bits, b"\0")


def _blocks(data: bytes) -> bytes:
    pieces = [data[start : start + 255] for start in range(0, len(data), 255)]
    return b"".join(bytes([len(piece)]) + piece for piece in pieces) + b"\0"


def _interlaced(rows: Samples) -> Samples:
    return np.concatenate([rows[0::8], rows[4::8], rows[2::4], rows[1::2]])


def _add(cases: Cases, kind: str, data: bytes, drawn: Samples, **more: Any) -> None:
    expected = agree(kind, readers.by_pillow(data), drawn)
    cases.add(f"gif/{kind}.gif", data, expected, oracle=PILLOW, **more)


def _add_palettes(cases: Cases) -> None:
    for colours in (2, 3, 4, 8, 16, 32, 64, 100, 128, 256):
        indices, palette = drawings.indexed(f"gif {colours}", colours)
        _add(cases, f"{colours}-colours", written([Frame(indices)], palette), palette[indices])
    indices, palette = drawings.indexed("gif of its own", 64)
    other = drawings.indexed("gif of another", 16)[1]
    _add(cases, "local-palette", written([Frame(indices, palette=palette)], None), palette[indices])
    _add(cases, "both-palettes", written([Frame(indices, palette=palette)], other), palette[indices])
    _add(cases, "87a", written([Frame(indices)], palette, version=b"87a"), palette[indices])
    comment = bytes(range(256)) * 3
    _add(cases, "comment", written([Frame(indices)], palette, comment=comment), palette[indices])
    # So much noise that LZW fills its table and starts anew.
    noise = (drawings.rgb_16("gif noise", (90, 110))[..., 0] & 255).astype(np.uint8)
    palette = drawings.indexed("gif noise", 256)[1]
    _add(cases, "noise", written([Frame(noise)], palette), palette[noise])


def _add_interlaced(cases: Cases) -> None:
    for height in (1, 2, 3, 4, 5, 8, 9, 29):
        indices, palette = drawings.indexed(f"gif interlaced {height}", 32, (height, 37))
        data = written([Frame(indices, interlaced=True)], palette)
        _add(cases, f"interlaced-37x{height}", data, palette[indices])
    indices, palette = drawings.indexed("gif 1x1", 2, (1, 1))
    _add(cases, "1x1", written([Frame(indices)], palette), palette[indices])


def _add_transparent(cases: Cases) -> None:
    for colours, clear in ((2, 0), (16, 15), (256, 100)):
        indices, palette = drawings.indexed(f"gif clear {colours}", colours)
        for interlaced in (False, True):
            data = written([Frame(indices, clear=clear, interlaced=interlaced)], palette)
            alpha = np.where(indices == clear, 0, 255).astype(np.uint8)
            kind = f"transparent-{colours}" + ("-interlaced" if interlaced else "")
            _add(cases, kind, data, on_white(palette[indices], alpha), alpha=True)


def _add_placed(cases: Cases) -> None:
    """Where the first frame leaves the screen free it's clear, whatever is called the background.

    Pillow has no transparency there unless the frame has: it's asked for the frame.
    """
    height, width, top, left = 40, 50, 5, 8
    for kind, clear, interlaced in (
        ("placed", None, False),
        ("placed-transparent", 3, False),
        ("placed-interlaced", None, True),
    ):
        indices, palette = drawings.indexed(f"gif {kind}", 16)
        data = written([Frame(indices, (top, left), None, clear, interlaced)], palette, (height, width))
        alpha = np.where(indices == (-1 if clear is None else clear), 0, 255).astype(np.uint8)
        part = on_white(palette[indices], alpha)
        within = slice(top, top + len(indices)), slice(left, left + indices.shape[1])
        expected = np.full((height, width, 3), 255, np.uint8)
        expected[within] = agree(kind, readers.by_pillow(data)[within], part)
        if clear is not None:
            agree(kind, readers.by_pillow(data), expected)
        cases.add(f"gif/{kind}.gif", data, expected, oracle=f"{PILLOW}, {NUMPY}", alpha=True)


def _add_by_pillow(cases: Cases) -> None:
    drawn = [drawings.indexed(f"gif frame {i}", 128) for i in range(3)]
    frames = [Frame(indices, palette=palette) for indices, palette in drawn]
    _add(cases, "animated", written(frames, None), drawn[0][1][drawn[0][0]])
    images = []
    for indices, palette in drawn:
        image = Image.fromarray(indices, "P")
        image.putpalette(palette.tobytes())
        images.append(image)
    for kind, options in (
        ("pillow", {"interlace": 0}),
        ("pillow-interlaced", {"interlace": 1}),
        ("pillow-animated", {"save_all": True, "append_images": images[1:], "duration": 100, "loop": 0}),
    ):
        file = io.BytesIO()
        images[0].save(file, "GIF", **options)
        _add(cases, kind, file.getvalue(), drawn[0][1][drawn[0][0]])
