# SPDX-License-Identifier: Apache-2.0
"""Malformed TIFFs: headers and fields that lie, of TIFF and BigTIFF."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import replace

from malformed_case import HEIGHT, MAX_SIDE, SQUARE_INSIDE, SQUARE_OUTSIDE, WIDTH, Case, Cases, picture
from malformed_tiff import (
    ASCII,
    BYTE,
    DEFLATE,
    JPEG,
    LONG,
    LONG8,
    LZW,
    PACKBITS,
    SHORT,
    UNDEFINED,
    Entry,
    Tag,
    Tiff,
    striped,
)

MANY = (2**31 - 1, 2**31, 2**32 - 1)
CASES = Cases("tiff")


def lies() -> Iterator[Case]:
    base = striped(picture(31))
    yield from _headers(base)
    yield from _sizes(base)
    yield from _types(base)
    yield from _counts(base)
    yield from _big(replace(base, big=True))


def _headers(base: Tiff) -> Iterator[Case]:
    good = base.write()
    for start in (b"IM", b"MI", b"MM", b"ii", b"XX", bytes(2)):
        yield CASES.by_header("header", f"order-{start.hex()}", start + good[2:])
    for magic in (0, 1, 41, 43, 44, 65535):
        yield CASES.by_header("header", f"magic-{magic}", good[:2] + struct.pack("<H", magic) + good[4:])
    for first in (0, len(good), len(good) - 1, *MANY):
        yield CASES.by_header("header", f"ifd-at-{first}-of-{len(good)}", replace(base, first=first).write())
    for first in (2, 4, 9, 20):
        yield CASES.refused("header", f"ifd-at-{first}", replace(base, first=first).write())


def _sizes(base: Tiff) -> Iterator[Case]:
    def sized(width: int, height: int) -> bytes:
        return base.having(Tag.IMAGE_WIDTH, LONG, width).having(Tag.IMAGE_LENGTH, LONG, height).write()

    for value in (0, MAX_SIDE + 1, *MANY):
        yield CASES.by_header("header", f"width-{value}", sized(value, HEIGHT))
        yield CASES.by_header("header", f"height-{value}", sized(WIDTH, value))
        yield CASES.by_header("header", f"sides-{value}", sized(value, value))
    for side in (MAX_SIDE, SQUARE_OUTSIDE):
        yield CASES.by_header("header", f"sides-{side}", sized(side, side))
    yield CASES.refused("header", f"sides-{SQUARE_INSIDE}", sized(SQUARE_INSIDE, SQUARE_INSIDE))
    for value in (WIDTH + 1, MAX_SIDE):
        yield CASES.refused("header", f"width-{value}", sized(value, HEIGHT))
    for value in (HEIGHT + 1, MAX_SIDE):
        yield CASES.refused("header", f"height-{value}", sized(WIDTH, value))
    yield CASES.any("header", f"width-{WIDTH - 1}", sized(WIDTH - 1, HEIGHT))
    yield CASES.any("header", f"height-{HEIGHT - 1}", sized(WIDTH, HEIGHT - 1))
    for tag in (Tag.IMAGE_WIDTH, Tag.IMAGE_LENGTH):
        name = tag.name.lower().replace("_", "-")
        yield CASES.by_header("header", f"{name}-missing", base.lacking(tag).write())
        yield CASES.by_header("header", f"{name}-of-no-values", base.having(tag, LONG, 0, count=0).write())
        for type_ in (0, 99, 65535):
            yield CASES.by_header("header", f"{name}-of-type-{type_}", base.having(tag, type_, 48).write())
        for type_ in (ASCII, 5, 9, 11, 12):
            yield CASES.any("header", f"{name}-of-type-{type_}", base.having(tag, type_, 48).write())
        for count in (2, *MANY):
            yield CASES.any("header", f"{name}-of-{count}-values", base.having(tag, LONG, 48, count=count).write())


def _types(base: Tiff) -> Iterator[Case]:
    for bits in (0, 65535):
        yield CASES.by_header("header", f"bits-{bits}", base.having(Tag.BITS_PER_SAMPLE, SHORT, *[bits] * 3).write())
    for bits in (12, 16, 32, 64):
        yield CASES.refused("header", f"bits-{bits}-of-8", base.having(Tag.BITS_PER_SAMPLE, SHORT, *[bits] * 3).write())
    for bits in (1, 3, 7):
        yield CASES.any("header", f"bits-{bits}-of-8", base.having(Tag.BITS_PER_SAMPLE, SHORT, *[bits] * 3).write())
    yield CASES.any("header", "bits-8-8-16", base.having(Tag.BITS_PER_SAMPLE, SHORT, 8, 8, 16).write())
    yield CASES.any("header", "bits-missing", base.lacking(Tag.BITS_PER_SAMPLE).write())
    for samples in (0, 65535):
        wrong = base.having(Tag.SAMPLES_PER_PIXEL, SHORT, samples)
        yield CASES.by_header("header", f"samples-{samples}", wrong.write())
    for samples in (1, 2, 4):
        yield CASES.refused("header", f"samples-{samples}", base.having(Tag.SAMPLES_PER_PIXEL, SHORT, samples).write())
    full = base.having(Tag.SAMPLES_PER_PIXEL, SHORT, 65535).having(Tag.BITS_PER_SAMPLE, SHORT, *[8] * 65535)
    yield CASES.refused("header", "samples-65535-with-their-bits", full.write())
    for value in (11, 255, 65535):
        yield CASES.by_header("header", f"photometric-{value}", base.having(Tag.PHOTOMETRIC, SHORT, value).write())
    for value in (3, 5):
        yield CASES.refused("header", f"photometric-{value}", base.having(Tag.PHOTOMETRIC, SHORT, value).write())
    for value in (0, 4, 6, 8, 32803, 32845):
        yield CASES.any("header", f"photometric-{value}", base.having(Tag.PHOTOMETRIC, SHORT, value).write())
    for value in (0, 9, 99, 32766, 65535):
        yield CASES.by_header("header", f"compression-{value}", base.having(Tag.COMPRESSION, SHORT, value).write())
    for value in (3, 4, LZW, 6, JPEG, DEFLATE, 32946, 34661, 34712, 34925, 50000, 50001):
        yield CASES.refused("header", f"compression-{value}-of-raw", base.having(Tag.COMPRESSION, SHORT, value).write())
    for value in (2, PACKBITS, 32809):
        yield CASES.any("header", f"compression-{value}-of-raw", base.having(Tag.COMPRESSION, SHORT, value).write())
    for value in (0, 3, 65535):
        yield CASES.by_header("header", f"planar-{value}", base.having(Tag.PLANAR, SHORT, value).write())
    yield CASES.refused("header", "planar-2-of-1", base.having(Tag.PLANAR, SHORT, 2).write())
    for tag, values in {
        Tag.SAMPLE_FORMAT: (0, 3, 6, 255),
        Tag.ORIENTATION: (0, 9, 65535),
        Tag.FILL_ORDER: (0, 2, 3),
        Tag.EXTRA_SAMPLES: (1, 9),
    }.items():
        for value in values:
            name = tag.name.lower().replace("_", "-")
            yield CASES.any("header", f"{name}-{value}", base.having(tag, SHORT, value).write())


def _counts(base: Tiff) -> Iterator[Case]:
    """Counts that no file could hold, of fields that are needed and of others.

    A reader can do without the sizes of strips: each is read until it has all of its rows.
    """
    palette = striped(picture(32)[..., :1], photometric=3).having(Tag.COLOR_MAP, SHORT, *range(768))
    packed = striped(picture(31), LZW)
    for name, made, tag in (
        ("strip-offsets", base, Tag.STRIP_OFFSETS),
        ("strip-byte-counts", packed, Tag.STRIP_BYTE_COUNTS),
        ("bits", base, Tag.BITS_PER_SAMPLE),
        ("color-map", palette, Tag.COLOR_MAP),
    ):
        entry, needed = made.entries[tag], tag != Tag.STRIP_BYTE_COUNTS
        for count in (0, *MANY):
            lied = replace(made, entries=made.entries | {tag: replace(entry, count=count)})
            yield Case(
                "tiff", "field", f"{name}-of-{count}-values", lied.write(), needed and (count > 0 or name != "bits")
            )
        for offset in (len(made.write()) - 1, *MANY):
            lied = made.having(tag, entry.type, count=max(3, len(entry.values)), offset=offset)
            yield Case("tiff", "field", f"{name}-at-{offset}", lied.write(), needed)
    for count in (1, 10, 255, 767):
        yield CASES.refused(
            "field", f"color-map-{count}-of-768", palette.having(Tag.COLOR_MAP, SHORT, *range(count)).write()
        )
    yield CASES.refused("field", "color-map-missing", palette.lacking(Tag.COLOR_MAP).write())
    for name, optional, type_ in (
        ("icc-profile", Tag.ICC_PROFILE, UNDEFINED),
        ("xmp", Tag.XMP, BYTE),
        ("description", Tag.DESCRIPTION, ASCII),
        ("software", Tag.SOFTWARE, ASCII),
        ("exif-ifd", Tag.EXIF_IFD, LONG),
        ("sub-ifds", Tag.SUB_IFDS, LONG),
        ("65000", 65000, LONG),
    ):
        for count in MANY:
            lied = base.having(optional, type_, count=count, offset=8)
            yield CASES.any("field", f"{name}-of-{count}-values", lied.write())
        lied = base.having(optional, type_, count=100, offset=2**32 - 1)
        yield CASES.any("field", f"{name}-at-{2**32 - 1}", lied.write())
    yield CASES.any("field", "of-type-255", base.having(65000, 255, 1, 2, 3).write())


def _big(base: Tiff) -> Iterator[Case]:
    good = base.write()
    for size in (0, 4, 16, 65535):
        yield CASES.by_header("bigtiff", f"offsets-of-{size}-bytes", good[:4] + struct.pack("<H", size) + good[6:])
    yield CASES.by_header("bigtiff", "reserved-not-0", good[:6] + b"\1\0" + good[8:])
    for first in (0, len(good), 2**32, 2**63 - 1, 2**63, 2**64 - 1):
        yield CASES.by_header("bigtiff", f"ifd-at-{first}", replace(base, first=first).write())
    for count in (0, 65535, 2**31, 2**32, 2**63, 2**64 - 1):
        yield CASES.refused("bigtiff", f"of-{count}-entries", replace(base, entries_count=count).write())
    for value in (2**32 + WIDTH, 2**63, 2**64 - 1):
        yield CASES.by_header("bigtiff", f"width-{value}", base.having(Tag.IMAGE_WIDTH, LONG8, value).write())
        offsets = base.having(Tag.STRIP_OFFSETS, LONG8, *[value] * 4)
        yield CASES.refused("bigtiff", f"strips-at-{value}", offsets.write())
        lied = replace(base, entries=base.entries | {Tag.STRIP_OFFSETS: Entry(LONG, (), count=value)})
        yield CASES.refused("bigtiff", f"strip-offsets-of-{value}-values", lied.write())
    for following in (16, 2**63, 2**64 - 1):
        yield CASES.any("bigtiff", f"next-at-{following}", replace(base, following=following).write())
