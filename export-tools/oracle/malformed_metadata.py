# SPDX-License-Identifier: Apache-2.0
"""Good pictures with malformed EXIF data and ICC profiles: a reader may do without, at no cost in memory or time."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

import malformed_jpeg
import malformed_png
import malformed_tiff
import malformed_webp
from malformed_case import Case, Cases, picture, rubbish
from malformed_jpeg import APP1, APP2, Segment
from malformed_tiff import ASCII, BYTE, LONG, RATIONAL, SHORT, Tag, Tiff

ORIENTATION, MAKER_NOTE, GPS_IFD, INTEROPERABILITY_IFD = Tag.ORIENTATION, 0x927C, 0x8825, 0xA005
THUMBNAIL, THUMBNAIL_LENGTH = 0x0201, 0x0202
MANY = (2**31 - 1, 2**31, 2**32 - 1)
SEGMENT = 65_519
"""How much of a profile fits into one APP2."""


def lies() -> Iterator[Case]:
    for name, data in _exif():
        yield from _with_exif(name, data)
    for name, profile in _profiles():
        yield from _with_profile(name, profile)
    yield from _jpeg_profiles()
    yield from _png_profiles()


def _with_exif(name: str, data: bytes) -> Iterator[Case]:
    parts = malformed_jpeg.parts_of("baseline")
    marked = Segment(APP1, b"Exif\0\0" + data)
    yield Cases("jpeg").any("exif", name, malformed_jpeg.jpeg([parts[0], marked, *parts[1:]]))
    pixels = malformed_png.idat(malformed_png.raw_rgb())
    png = malformed_png.png(malformed_png.header(), malformed_png.chunk(b"eXIf", data), pixels)
    yield Cases("png").any("exif", name, png)
    lossy = malformed_webp.chunks_of(malformed_webp.saved("lossy"))[0]
    head, exif = malformed_webp.vp8x(malformed_webp.EXIF), malformed_webp.Chunk(b"EXIF", data)
    yield Cases("webp").any("exif", name, malformed_webp.webp(head, lossy, exif))


def _exif() -> Iterator[tuple[str, bytes]]:
    upright = Tiff({}).having(ORIENTATION, SHORT, 6)
    good = upright.write()
    yield "empty", b""
    yield "1-byte", b"I"
    yield "header-only", b"II*\0\x08\0\0\0"
    yield "order-xx", b"XX" + good[2:]
    yield "magic-0", good[:2] + bytes(2) + good[4:]
    yield "prefix-twice", b"Exif\0\0" + good
    yield "random", rubbish(2000, 80)
    for first in (0, 1, len(good), *MANY):
        yield f"ifd-at-{first}", Tiff(upright.entries, first=first).write()
    for count in (0, 65535):
        yield f"of-{count}-entries", Tiff(upright.entries, entries_count=count).write()
    for following in (8, *MANY):
        yield f"next-at-{following}", Tiff(upright.entries, following=following).write()
    for value in (0, 9, 65535):
        yield f"orientation-{value}", upright.having(ORIENTATION, SHORT, value).write()
    for type_ in (0, BYTE, ASCII, LONG, RATIONAL, 12, 255, 65535):
        yield f"orientation-of-type-{type_}", upright.having(ORIENTATION, type_, 6, 1).write()
    for count in (0, *MANY):
        yield f"orientation-of-{count}-values", upright.having(ORIENTATION, SHORT, 6, count=count).write()
    for tag, name in {
        Tag.EXIF_IFD: "exif-ifd",
        GPS_IFD: "gps-ifd",
        INTEROPERABILITY_IFD: "interoperability-ifd",
    }.items():
        for at in (8, *MANY):
            yield f"{name}-at-{at}", upright.having(tag, LONG, at).write()
    for type_, name in {BYTE: "bytes", ASCII: "text", RATIONAL: "fractions", 12: "doubles"}.items():
        for count in MANY:
            yield f"{count}-{name}", upright.having(MAKER_NOTE, type_, count=count, offset=8).write()
    yield "values-at-end", upright.having(MAKER_NOTE, BYTE, count=1000, offset=2**32 - 1).write()
    for length in (0, 10, *MANY):
        thumbnail = upright.having(THUMBNAIL, LONG, 8).having(THUMBNAIL_LENGTH, LONG, length)
        yield f"thumbnail-of-{length}-bytes", thumbnail.write()
    chain = b"".join(struct.pack("<HI", 0, 8 + 6 * (k + 1)) for k in range(10_000))
    yield "chain-of-10000", b"II*\0\x08\0\0\0" + chain + bytes(6)
    yield "chain-in-a-loop", b"II*\0\x08\0\0\0" + chain + struct.pack("<HI", 0, 8)
    yield (
        "5000-entries",
        upright.having(THUMBNAIL, LONG, 8).write()[:8] + struct.pack("<H", 5000) + bytes(60_000) + bytes(4),
    )


def _profile(
    *,
    tags: dict[bytes, bytes] | None = None,
    size: int | None = None,
    space: bytes = b"RGB ",
    kind: bytes = b"mntr",
    connection: bytes = b"XYZ ",
    signature: bytes = b"acsp",
    version: bytes = b"\2\x10\0\0",
    count: int | None = None,
    place: tuple[int, int] | None = None,
) -> bytes:
    """Makes a profile like sRGB with a gamma of 2.2, right unless told otherwise.

    Args:
        count: of tags, as stated.
        place: offset and size that the first tag states.
    """
    tags = _tags() if tags is None else tags
    at = 132 + 12 * len(tags)
    table, body = b"", b""
    for i, (name, data) in enumerate(tags.items()):
        offset, length = place if place is not None and i == 0 else (at + len(body), len(data))
        table += name + struct.pack(">II", offset, length)
        body += data + b"\0" * (-len(data) % 4)
    total = at + len(body) if size is None else size
    head = struct.pack(">I4s4s4s4s4s12s4s", total, b"\0" * 4, version, kind, space, connection, bytes(12), signature)
    head += bytes(28) + struct.pack(">iii", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags) if count is None else count) + table + body


def _tags() -> dict[bytes, bytes]:
    def xyz(*values: float) -> bytes:
        return b"XYZ \0\0\0\0" + b"".join(struct.pack(">i", round(value * 65536)) for value in values)

    curve = b"curv\0\0\0\0\0\0\0\1\2\x33\0\0"
    text = b"text\0\0\0\0none\0"
    return {
        b"rXYZ": xyz(0.4361, 0.2225, 0.0139),
        b"gXYZ": xyz(0.3851, 0.7169, 0.0971),
        b"bXYZ": xyz(0.1431, 0.0606, 0.7141),
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
        b"wtpt": xyz(0.9642, 1, 0.8249),
        b"cprt": text,
        b"desc": b"desc\0\0\0\0\0\0\0\5none\0" + bytes(78),
    }


def _profiles() -> Iterator[tuple[str, bytes]]:
    tags, good = _tags(), _profile()
    for length in (0, 1, 4, 127, 128, 131, 132, 200, len(good) - 10):
        yield f"{length}-of-{len(good)}-bytes", good[:length]
    for size in (0, 1, 128, len(good) + 1, *MANY):
        yield f"size-{size}-of-{len(good)}", _profile(size=size)
    for count in (0, 10, 101, 65_536, *MANY):
        yield f"{count}-tags-of-9", _profile(count=count)
    for offset in (0, 100, len(good) - 1, *MANY):
        yield f"tag-at-{offset}", _profile(place=(offset, 20))
    for length in (0, 1, len(good), *MANY):
        yield f"tag-of-{length}-bytes", _profile(place=(240, length))
    yield "tag-that-wraps-around", _profile(place=(2**32 - 16, 32))
    for space in (b"GRAY", b"CMYK", b"Lab ", b"XYZ ", b"FCLR", b"\0\0\0\0", b"RGB\0"):
        yield f"space-{space.hex()}", _profile(space=space)
    for kind in (b"link", b"nmcl", b"abst", b"prtr", b"spac", b"\0\0\0\0"):
        yield f"class-{kind.hex()}", _profile(kind=kind)
    for connection in (b"Lab ", b"RGB ", b"\0\0\0\0"):
        yield f"connection-{connection.hex()}", _profile(connection=connection)
    yield "signature-zero", _profile(signature=bytes(4))
    yield "version-99", _profile(version=b"\x63\0\0\0")
    yield "no-matrix", _profile(tags={name: data for name, data in tags.items() if b"XYZ" not in name})
    yield "no-curves", _profile(tags={name: data for name, data in tags.items() if b"TRC" not in name})
    yield "matrix-zero", _profile(tags={k: b"XYZ " + bytes(16) if k.endswith(b"XYZ") else v for k, v in tags.items()})
    yield "matrix-of-other-type", _profile(tags=tags | {b"rXYZ": tags[b"rTRC"]})
    for count in (0, 2, 65_536, *MANY):
        curve = b"curv\0\0\0\0" + struct.pack(">I", count) + bytes(4)
        yield f"curve-of-{count}-values", _profile(tags=tags | {b"rTRC": curve})
    for function in (0, 4, 5, 65_535):
        curve = b"para\0\0\0\0" + struct.pack(">HH", function, 0) + b"\x80\0\0\0" * 7
        yield f"curve-function-{function}", _profile(tags=tags | {b"rTRC": curve})
    for inputs, outputs, points in ((15, 15, 255), (3, 3, 255), (3, 3, 0), (3, 3, 1), (0, 0, 2), (255, 255, 255)):
        grid = struct.pack(">BBBB", inputs, outputs, points, 0) + struct.pack(">9i", *[65_536, 0, 0, 0] * 2, 65_536)
        for form, more in ((b"mft1", b""), (b"mft2", b"\xff\xff\xff\xff")):
            table = form + bytes(4) + grid + more + bytes(1000)
            name = f"table-{form.decode()}-{inputs}-{outputs}-{points}"
            yield name, _profile(tags={b"A2B0": table, **tags}, connection=b"Lab ")
    for k in range(8):
        at = 128 + k * (len(good) - 140) // 8
        yield f"garbled-{k}", good[:at] + rubbish(8, 500 + k) + good[at + 8 :]


def _with_profile(name: str, profile: bytes) -> Iterator[Case]:
    parts = malformed_jpeg.parts_of("baseline")
    marked = Segment(APP2, b"ICC_PROFILE\0\1\1" + profile)
    yield Cases("jpeg").any("icc", name, malformed_jpeg.jpeg([parts[0], marked, *parts[1:]]))
    packed = malformed_png.chunk(b"iCCP", b"Profile\0\0" + zlib.compress(profile))
    pixels = malformed_png.idat(malformed_png.raw_rgb())
    yield Cases("png").any("icc", name, malformed_png.png(malformed_png.header(), packed, pixels))
    lossy = malformed_webp.chunks_of(malformed_webp.saved("lossy"))[0]
    head, icc = malformed_webp.vp8x(malformed_webp.ICC), malformed_webp.Chunk(b"ICCP", profile)
    yield Cases("webp").any("icc", name, malformed_webp.webp(head, icc, lossy))
    tiff = malformed_tiff.striped(picture(31)).having(Tag.ICC_PROFILE, 7, *profile)
    yield Cases("tiff").any("icc", name, tiff.write())


def _jpeg_profiles() -> Iterator[Case]:
    """Profiles in several segments, each with its number and how many there are."""
    good = _profile()
    third = len(good) // 3 + 1
    thirds = [good[i : i + third] for i in range(0, len(good), third)]
    parts = malformed_jpeg.parts_of("baseline")
    for name, numbers in {
        "second-missing": ((1, 3), (3, 3)),
        "first-missing": ((2, 3), (3, 3)),
        "number-0": ((0, 3), (1, 3), (2, 3)),
        "count-0": ((1, 0), (2, 0), (3, 0)),
        "number-past-count": ((1, 3), (2, 3), (4, 3)),
        "twice": ((1, 3), (1, 3), (1, 3)),
        "counts-unlike": ((1, 3), (2, 4), (3, 255)),
        "backwards": ((3, 3), (2, 3), (1, 3)),
        "1-of-255": ((1, 255),),
    }.items():
        marked = [Segment(APP2, b"ICC_PROFILE\0" + bytes(pair) + thirds[k]) for k, pair in enumerate(numbers)]
        yield Cases("jpeg").any("icc", f"segments-{name}", malformed_jpeg.jpeg([parts[0], *marked, *parts[1:]]))
    for name, body in {"without-number": b"ICC_PROFILE\0", "prefix-cut": b"ICC_PRO"}.items():
        yield Cases("jpeg").any("icc", name, malformed_jpeg.jpeg([parts[0], Segment(APP2, body), *parts[1:]]))
    zeros = [Segment(APP2, b"ICC_PROFILE\0" + bytes([k + 1, 8]) + bytes(SEGMENT)) for k in range(8)]
    yield Cases("jpeg").any("icc", "500-kb-of-zeros", malformed_jpeg.jpeg([parts[0], *zeros, *parts[1:]]))


def _png_profiles() -> Iterator[Case]:
    packed = zlib.compress(_profile())
    pixels = malformed_png.idat(malformed_png.raw_rgb())
    for name, body in {
        "empty": b"",
        "no-name": b"\0\0" + packed,
        "name-never-ends": b"a" * 500,
        "name-of-100": b"a" * 100 + b"\0\0" + packed,
        "method-1": b"Profile\0\1" + packed,
        "not-deflated": b"Profile\0\0" + _profile(),
        "cut": b"Profile\0\0" + packed[: len(packed) // 2],
        "adler-wrong": b"Profile\0\0" + packed[:-1] + b"\0",
    }.items():
        written = malformed_png.chunk(b"iCCP", body)
        yield Cases("png").any("icc", f"chunk-{name}", malformed_png.png(malformed_png.header(), written, pixels))
    whole = malformed_png.chunk(b"iCCP", b"Profile\0\0" + packed)
    yield Cases("png").any("icc", "chunk-twice", malformed_png.png(malformed_png.header(), whole, whole, pixels))
    yield Cases("png").any("icc", "chunk-after-idat", malformed_png.png(malformed_png.header(), pixels, whole))
    grey = malformed_png.header(colour=malformed_png.GREY)
    few = malformed_png.idat(malformed_png.rows(picture()[..., :1]))
    yield Cases("png").any("icc", "rgb-of-grey", malformed_png.png(grey, whole, few))
