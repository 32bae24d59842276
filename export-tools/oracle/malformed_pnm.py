# SPDX-License-Identifier: Apache-2.0
"""Malformed PBMs, PGMs and PPMs: sides and maxima that are no such numbers, and samples that are missing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from malformed_case import HEIGHT, MAX_SIDE, SQUARE_INSIDE, SQUARE_OUTSIDE, WIDTH, Case, Cases, Good, picture

NOT_SIDES = {
    "zero": "0",
    "minus-1": "-1",
    "minus-48": "-48",
    "minus-2-to-31": str(-(2**31)),
    "65536": "65536",
    "2-to-31-less-1": str(2**31 - 1),
    "2-to-31": str(2**31),
    "2-to-32-less-1": str(2**32 - 1),
    # Read into 32 or 64 bits, these would be right for a width.
    "2-to-32-more": str(2**32 + WIDTH),
    "2-to-64-more": str(2**64 + WIDTH),
    "10-to-20": str(10**20),
    "10000-digits": "9" * 10_000,
    "word": "abc",
    "hexadecimal": "0x30",
    "fraction": "48.5",
    "exponent": "4e1",
    "underscore": "4_8",
    "letter-after": "48a",
    "nul-after": "48\0",
    "not-a-number": "NaN",
    "infinite": "inf",
}
CASES = Cases("pnm")


def pnm(kind: int, pixels: bytes, width: object = WIDTH, height: object = HEIGHT, maximum: object = 255) -> bytes:
    """Puts a file together; bitmaps have no maximum."""
    head = f"P{kind}\n{width} {height}\n" + ("" if kind in (1, 4) else f"{maximum}\n")
    return head.encode() + pixels


def text(samples: bytes | list[int]) -> bytes:
    """Writes samples as words, 16 a line."""
    lines = (samples[i : i + 16] for i in range(0, len(samples), 16))
    return b"".join(" ".join(map(str, line)).encode() + b"\n" for line in lines)


def rgb() -> bytes:
    """The samples that most files here declare."""
    return picture(61).tobytes()


def goods() -> Iterator[Good]:
    grey = picture(62)[..., 0]
    deep = (np.asarray(picture(63), ">u2") * 257).astype(">u2")
    files = {
        "p3": (pnm(3, text(rgb())), 1),
        "p3-deep": (pnm(3, text(deep.ravel().tolist()), maximum=65535), 1),
        "p4": (pnm(4, np.packbits(grey > 127, axis=1).tobytes()), 0),
        "p5": (pnm(5, grey.tobytes()), 0),
        "p5-deep": (pnm(5, deep[..., 0].tobytes(), maximum=65535), 0),
        "p6": (pnm(6, rgb()), 0),
        "p6-deep": (pnm(6, deep.tobytes(), maximum=65535), 0),
    }
    for name, (data, newline) in files.items():
        lines = 2 if name == "p4" else 3
        header = sum(len(line) + 1 for line in data.split(b"\n", lines)[:lines])
        yield Good("pnm", name, data, header, len(data) - newline)


def lies() -> Iterator[Case]:
    yield from _sizes()
    yield from _maxima()
    yield from _headers()
    yield from _samples()
    yield from _long()


def _sizes() -> Iterator[Case]:
    for name, value in NOT_SIDES.items():
        yield CASES.by_header("header", f"width-{name}", pnm(6, rgb(), width=value))
        yield CASES.by_header("header", f"height-{name}", pnm(6, rgb(), height=value))
    for side in (MAX_SIDE, SQUARE_OUTSIDE):
        for kind in (3, 4, 5, 6):
            yield CASES.by_header("header", f"p{kind}-sides-{side}", pnm(kind, rgb(), side, side))
    for kind in (3, 4, 5, 6):
        pixels = text(rgb()) if kind == 3 else rgb()
        lied = pnm(kind, pixels, SQUARE_INSIDE, SQUARE_INSIDE)
        yield CASES.refused("header", f"p{kind}-sides-{SQUARE_INSIDE}", lied)
    for width, height in ((WIDTH + 1, HEIGHT), (WIDTH, HEIGHT + 1), (MAX_SIDE, HEIGHT), (WIDTH, MAX_SIDE)):
        yield CASES.refused("header", f"size-{width}x{height}", pnm(6, rgb(), width, height))
    for width, height in ((WIDTH - 1, HEIGHT), (WIDTH, HEIGHT - 1), (1, 1)):
        yield CASES.any("header", f"size-{width}x{height}", pnm(6, rgb(), width, height))
    for word in ("+48", "0048"):
        yield CASES.any("header", f"width-{word}", pnm(6, rgb(), word))


def _maxima() -> Iterator[Case]:
    for maximum in (0, -1, 65536, 2**31, 2**32 - 1, 2**32 + 255, 2**64 + 255, 10**20, "abc", "2.5", "0xff"):
        yield CASES.by_header("header", f"maximum-{maximum}", pnm(6, rgb(), maximum=maximum))
        yield CASES.by_header("header", f"plain-maximum-{maximum}", pnm(3, text(rgb()), maximum=maximum))
    for maximum in (256, 65535):
        yield CASES.refused("header", f"maximum-{maximum}-of-bytes", pnm(6, rgb(), maximum=maximum))
    yield CASES.any("header", "maximum-100-of-255", pnm(6, rgb(), maximum=100))
    yield CASES.refused("header", "plain-maximum-100-of-255", pnm(3, text(rgb()), maximum=100))


def _headers() -> Iterator[Case]:
    good = pnm(6, rgb())
    for magic in (b"P0", b"P8", b"P9", b"PX", b"p6", b"P\n", b"6P", b"Q6"):
        yield CASES.by_header("header", f"magic-{magic.hex()}", magic + good[2:])
    for detail, start in {
        "nothing-after-magic": b"P6",
        "newline-after-magic": b"P6\n",
        "no-height": b"P6\n48",
        "bitmap-then-nothing": b"P4\n48",
        "comma": b"P6\n48,32\n255\n" + rgb(),
        "comment-never-ends": b"P6\n#" + b"a" * 300_000,
        "spaces-never-end": b"P6\n" + b" " * 300_000,
        "pam-without-end": b"P7\nWIDTH 48\nHEIGHT 32\nDEPTH 3\nMAXVAL 255\n" + b"#\n" * 100,
        "pam-without-sides": b"P7\nDEPTH 3\nMAXVAL 255\nENDHDR\n" + rgb(),
        "pam-of-2-to-31": b"P7\nWIDTH 2147483648\nHEIGHT 1\nDEPTH 3\nMAXVAL 255\nENDHDR\n" + rgb(),
        "floats-of-no-sides": b"PF\n0 0\n-1.0\n" + rgb(),
    }.items():
        yield CASES.by_header("header", detail, start)
    yield CASES.refused("header", "no-maximum", b"P6\n48 32\n")
    yield CASES.refused("header", "nothing-after-maximum", b"P6\n48 32\n255")


def _samples() -> Iterator[Case]:
    for kind, size in ((4, WIDTH * HEIGHT // 8), (5, WIDTH * HEIGHT), (6, WIDTH * HEIGHT * 3)):
        yield CASES.refused("samples", f"p{kind}-none", pnm(kind, b""))
        yield CASES.refused("samples", f"p{kind}-1-byte-less", pnm(kind, rgb()[: size - 1]))
    words = text(rgb()).split()
    for detail, plain in {
        "none": b"",
        "1-less": b" ".join(words[:-1]),
        "word": b" ".join([*words[:50], b"word", *words[51:]]),
        "negative": b" ".join([*words[:50], b"-5", *words[51:]]),
        "256": b" ".join([*words[:50], b"256", *words[51:]]),
        "fraction": b" ".join([*words[:50], b"5.5", *words[51:]]),
        "2-to-32-and-5": b" ".join([*words[:50], str(2**32 + 5).encode(), *words[51:]]),
        "300-kb-of-digits": b" ".join([*words[:50], b"1" * 300_000, *words[51:]]),
        "bytes-for-words": rgb(),
        "300-kb-of-spaces": b" " * 300_000,
    }.items():
        yield CASES.refused("samples", f"p3-{detail}", pnm(3, plain))
    bits = b"01" * (WIDTH * HEIGHT // 2)
    yield CASES.refused("samples", "p1-of-2", pnm(1, b"2" + bits[1:]))
    yield CASES.refused("samples", "p1-of-letters", pnm(1, b"x" + bits[1:]))
    yield CASES.refused("samples", "p1-1-less", pnm(1, bits[:-1]))
    yield CASES.refused("samples", "p2-1-less", pnm(2, b" ".join(words[: WIDTH * HEIGHT - 1])))
    yield CASES.any("samples", "more", pnm(6, rgb() + rgb()))
    yield CASES.any("samples", "p3-more", pnm(3, text(rgb()) + text(rgb())))


def _long() -> Iterator[Case]:
    for detail, data in {
        "2-mb-comment": b"P6\n#" + b"a" * 2_000_000 + b"\n48 32\n255\n" + rgb(),
        "200000-comments": b"P6\n" + b"#\n" * 200_000 + b"48 32\n255\n" + rgb(),
        "300-kb-of-spaces": b"P6\n" + b" " * 300_000 + b"48 32\n255\n" + rgb(),
        "300-kb-of-zeros-in-width": b"P6\n" + b"0" * 300_000 + b"48 32\n255\n" + rgb(),
        "no-space-after-magic": b"P648 32\n255\n" + rgb(),
        "comment-in-number": b"P6\n4#comment\n8 32\n255\n" + rgb(),
        "comment-of-nul": b"P6\n#\0\0\0\n48 32\n255\n" + rgb(),
        "comment-in-samples": pnm(3, b"#comment\n" + text(rgb())),
        "p3-300-kb-of-spaces-between": pnm(3, text(rgb()[:3]) + b" " * 300_000 + text(rgb()[3:])),
        "newlines-of-mac": b"P6\r48 32\r255\r" + rgb(),
    }.items():
        yield CASES.any("long", detail, data)
