# SPDX-License-Identifier: Apache-2.0
"""PNM: bitmaps, greys and colours, in words and in bytes, with any number of levels."""

from __future__ import annotations

import numpy as np

from image_files import drawings, readers
from image_files.cases import NUMPY, PILLOW, Cases, agree
from image_files.levels import Samples, flattened, scaled

EXTENSIONS = {1: "pbm", 2: "pgm", 3: "ppm", 4: "pbm", 5: "pgm", 6: "ppm"}
MAXIMA = (1, 15, 100, 254, 255, 1000, 4095, 65535)


def add_to(cases: Cases) -> None:
    """Adds all of them."""
    for number in (2, 3, 5, 6):
        for maximum in MAXIMA if number in (5, 6) else (15, 100, 255, 1000, 65535):
            _add_levels(cases, number, maximum)
    _add_bitmaps(cases)
    _add_comments(cases)
    for height, width in ((1, 1), (1, 37), (29, 1)):
        colours = drawings.rgb("pnm shape", (height, width))
        _add(cases, f"p6-{width}x{height}", 6, written(6, colours, 255), colours)


def written(number: int, samples: Samples, maximum: int, header: str | None = None) -> bytes:
    """Writes levels up to ``maximum``.

    Args:
        number: 2, 3, 5 or 6.
        samples: (height, width, channels).
        maximum: what stands for white.
        header: another one, where "{}" stand for width, height and maximum.
    """
    height, width = samples.shape[:2]
    start = (header or f"P{number}\n{{}} {{}}\n{{}}\n").format(width, height, maximum).encode()
    if number > 3:
        return start + samples.astype(">u2" if maximum > 255 else np.uint8).tobytes()
    # Six to a line, so that lines end within rows and pixels.
    words = [str(value) for value in samples.flat]
    return start + "\n".join(" ".join(words[i : i + 6]) for i in range(0, len(words), 6)).encode() + b"\n"


def _add(cases: Cases, kind: str, number: int, data: bytes, drawn: Samples, within: float = 0) -> None:
    """Adds a file of 8 bits.

    Args:
        cases: where to.
        kind: what it is.
        number: the one in its magic.
        data: the file.
        drawn: what it holds.
        within: 1 where some levels fall between two: there Pillow rounds to the even one, we up.
    """
    agree(kind, readers.by_pillow(data), drawn, within)
    cases.add(f"pnm/{kind}.{EXTENSIONS[number]}", data, drawn, oracle=NUMPY if within else PILLOW)


def _add_levels(cases: Cases, number: int, maximum: int) -> None:
    kind = f"p{number}-{maximum}"
    deep = drawings.rgb_16(f"pnm {kind}").astype(np.int64)
    samples = (deep[..., :1] if number in (2, 5) else deep) * (maximum + 1) >> 16
    data = written(number, samples, maximum)
    drawn = flattened(scaled(samples, maximum))
    halves = _has_halves(samples, maximum)
    if maximum <= 255:
        _add(cases, kind, number, data, drawn, within=1 if halves else 0)
        return
    # Pillow reads 16 bits of greys only: as such, the bytes of colours are a picture three times as wide.
    wide = samples.reshape(len(samples), -1, 1)
    read = readers.grey_16_by_pillow(written({3: 2, 6: 5}.get(number, number), wide, maximum))
    agree(kind, read[..., 0].reshape(samples.shape), scaled(samples, maximum), within=1 / 257 if halves else 0)
    if number in (3, 6):
        agree(kind, readers.by_pillow(data), ((drawn.astype(np.int64) + 128) // 257).astype(np.uint8), within=1)
    cases.add(f"pnm/{kind}.{EXTENSIONS[number]}", data, drawn, oracle=NUMPY if halves else PILLOW)


def _has_halves(samples: Samples, maximum: int) -> bool:
    top = 255 if maximum <= 255 else 65535
    return bool((samples * top % maximum * 2 == maximum).any())


def _add_bitmaps(cases: Cases) -> None:
    for height, width in ((29, 37), (5, 8), (1, 1)):
        ink = drawings.grey("pnm bitmap", 1, (height, width))
        drawn = flattened(scaled(1 - ink, 1))  # A one is black.
        size = f"{width} {height}\n".encode()
        lines = "\n".join(" ".join(str(v) for v in row) for row in ink)
        _add(cases, f"p1-{width}x{height}", 1, b"P1\n" + size + lines.encode() + b"\n", drawn)
        dense = "\n".join("".join(str(v) for v in row) for row in ink)
        _add(cases, f"p1-{width}x{height}-dense", 1, b"P1\n" + size + dense.encode() + b"\n", drawn)
        _add(cases, f"p4-{width}x{height}", 4, b"P4\n" + size + np.packbits(ink, axis=1).tobytes(), drawn)


def _add_comments(cases: Cases) -> None:
    headers = {
        "comments": "P{n}\n# one\n# 7 8 9\n{{}} # behind the width\n{{}}\n#\n{{}}\n",
        "one-line": "P{n} {{}} {{}} {{}}\n",
        "spaces": "P{n}\r\n\t{{}} \r\n\t {{}}\n\n{{}} ",
    }
    for kind, header in headers.items():
        for number in (2, 6):
            samples = drawings.rgb(f"pnm {kind}")[..., : 1 if number == 2 else 3]
            data = written(number, samples, 255, header.format(n=number))
            _add(cases, f"p{number}-{kind}", number, data, flattened(samples))
    grey = drawings.grey("pnm comments inside")[..., np.newaxis]
    data = written(2, grey, 255).replace(b"\n", b" # a comment\n", 40)
    _add(cases, "p2-comments-inside", 2, data, flattened(grey))
