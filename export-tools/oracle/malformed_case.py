# SPDX-License-Identifier: Apache-2.0
"""What the modules of make_malformed share: a file with its verdict, and what spoils a good file of any format."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from pictures import Picture, smooth

HEIGHT, WIDTH = 32, 48
"""Of every good file: multiples of a JPEG's and a WebP's blocks of 16, so that one pixel more needs more data."""
MAX_SIDE = 65_535
MAX_PIXELS = 1 << 27
"""What Percept reads at most; a header that declares more shows by itself that its file is refused."""
SQUARE_INSIDE, SQUARE_OUTSIDE = 11_585, 11_586
"""The largest square within :data:`MAX_PIXELS`, and the next one."""

EXTENSIONS = {
    "png": "png",
    "jpeg": "jpg",
    "webp": "webp",
    "tiff": "tif",
    "bmp": "bmp",
    "gif": "gif",
    "pnm": "pnm",
    "tga": "tga",
    "none": "bin",
}
"""By the format of :class:`Case`; ``none`` is what is no picture."""


@dataclass(frozen=True)
class Case:
    """A file of the corpus.

    Args:
        refused: whether any correct strict reader refuses it; else it may give a picture, too.
        by_header: whether the fields that state size and type suffice to refuse it.
    """

    format: str
    kind: str
    detail: str
    data: bytes
    refused: bool
    by_header: bool = False

    def __post_init__(self) -> None:
        if self.by_header and not self.refused:
            raise ValueError(f"{self.file}: what its header shows is refused")

    @property
    def file(self) -> str:
        return f"{self.format}/{self.kind}-{self.detail}.{EXTENSIONS[self.format]}"

    @property
    def expect(self) -> str:
        return "refused" if self.refused else "any"


@dataclass(frozen=True)
class Cases:
    """Makes the cases of one format."""

    format: str

    def refused(self, kind: str, detail: str, data: bytes) -> Case:
        return Case(self.format, kind, detail, data, refused=True)

    def by_header(self, kind: str, detail: str, data: bytes) -> Case:
        return Case(self.format, kind, detail, data, refused=True, by_header=True)

    def any(self, kind: str, detail: str, data: bytes) -> Case:
        return Case(self.format, kind, detail, data, refused=False)


@dataclass(frozen=True)
class Good:
    """A picture without fault.

    Args:
        header: how many bytes are needed to know its size and type.
        pixels: how many bytes are needed for all of its (first) picture. A PNG's IEND counts: it is required.
    """

    format: str
    name: str
    data: bytes
    header: int
    pixels: int


def picture(seed: int = 1, height: int = HEIGHT, width: int = WIDTH) -> Picture:
    """Returns a picture that every format holds."""
    return smooth(height, width, seed)


def spoilt(goods: Iterable[Good]) -> Iterator[Case]:
    """Cuts good files short and damages them."""
    seen: set[bytes] = set()  # Variants of a format start alike.
    for good in goods:
        yield from _truncated(good, seen)
        yield from _flipped(good)
        yield from _garbled(good)


def _truncated(good: Good, seen: set[bytes]) -> Iterator[Case]:
    size = len(good.data)
    cuts = {f"{good.name}-{length:02}-bytes": length for length in range(17)}
    cuts |= {f"{good.name}-{part:02}-sixteenths": size * part // 16 for part in range(1, 16)}
    for detail, length in cuts.items():
        data = good.data[:length]
        if data not in seen:
            seen.add(data)
            refused = length < good.pixels
            yield Case(good.format, "truncated", detail, data, refused, refused and length < good.header)


def _flipped(good: Good) -> Iterator[Case]:
    """Flips single bits, every other one among the first bytes. In a PNG each breaks a checksum or the signature."""
    is_png = good.format == "png"
    random = _random("flip", good)
    for k in range(24 if is_png else 14):
        end = min(len(good.data), 64) if k % 2 else len(good.data)
        at, bit = int(random.integers(end)), int(random.integers(8))
        data = bytearray(good.data)
        data[at] ^= 1 << bit
        detail = f"{good.name}-{k:02}-byte-{at}-bit-{bit}"
        yield Case(good.format, "flipped", detail, bytes(data), is_png, is_png and at < good.header)


def _garbled(good: Good) -> Iterator[Case]:
    """Overwrites 16 bytes with random ones: what a decoder makes of that is its own affair, but for PNG's checksums."""
    is_png = good.format == "png"
    random = _random("garble", good)
    for k in range(4):
        at = int(random.integers(len(good.data) - 16))
        data = good.data[:at] + random.bytes(16) + good.data[at + 16 :]
        detail = f"{good.name}-{k}-byte-{at}"
        yield Case(good.format, "garbled", detail, data, is_png, is_png and at + 16 <= good.header)


def _random(purpose: str, good: Good) -> np.random.Generator:
    seed = zlib.crc32(f"{purpose} {good.format} {good.name}".encode())
    return np.random.Generator(np.random.PCG64(seed))


def rubbish(size: int, seed: int) -> bytes:
    """Returns random bytes."""
    return np.random.Generator(np.random.PCG64(seed)).bytes(size)
