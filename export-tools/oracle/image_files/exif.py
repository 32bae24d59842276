# SPDX-License-Identifier: Apache-2.0
"""Directories of tags as TIFF and EXIF have them."""

from __future__ import annotations

import struct

INTEL = "<"
MOTOROLA = ">"
ORIENTATION = 274

Value = tuple[int, int, bytes]
"""The type's number, how many, and their bytes."""


def shorts(order: str, *values: int) -> Value:
    """16-bit numbers."""
    return 3, len(values), struct.pack(f"{order}{len(values)}H", *values)


def longs(order: str, *values: int) -> Value:
    """32-bit numbers."""
    return 4, len(values), struct.pack(f"{order}{len(values)}I", *values)


def text(content: str) -> Value:
    """ASCII."""
    data = content.encode("ascii") + b"\0"
    return 2, len(data), data


def undefined(content: bytes) -> Value:
    """Bytes of some other meaning."""
    return 7, len(content), content


def header(order: str, first: int) -> bytes:
    """The start of a TIFF file or EXIF block whose first directory is at ``first``."""
    return (b"II" if order == INTEL else b"MM") + struct.pack(f"{order}HI", 42, first)


def directory(order: str, offset: int, entries: dict[int, Value]) -> bytes:
    """A directory that starts at ``offset``, an even number, and what doesn't fit into its entries.

    It is the last one: what points to the next is zero.
    """
    behind = offset + 2 + 12 * len(entries) + 4
    table, rest = struct.pack(f"{order}H", len(entries)), b""
    for tag, (kind, count, data) in sorted(entries.items()):
        table += struct.pack(f"{order}HHI", tag, kind, count)
        if len(data) <= 4:
            table += data.ljust(4, b"\0")
        else:
            table += struct.pack(f"{order}I", behind + len(rest))
            rest += data + bytes(len(data) % 2)
    return table + bytes(4) + rest


def block(orientation: int, order: str, *, thumbnail: int | None = None) -> bytes:
    """An EXIF block that says how a picture is turned, among other tags.

    Args:
        orientation: 1 to 8.
        order: :data:`INTEL` or :data:`MOTOROLA`.
        thumbnail: the orientation of a second directory, which counts for nothing.
    """
    entries = {
        271: text("Percept"),
        ORIENTATION: shorts(order, orientation),
        282: (5, 1, struct.pack(f"{order}II", 72, 1)),
        283: (5, 1, struct.pack(f"{order}II", 72, 1)),
        296: shorts(order, 2),
    }
    first = directory(order, 8, entries)
    if thumbnail is None:
        return header(order, 8) + first
    at = 2 + 12 * len(entries)
    second = directory(order, 8 + len(first), {ORIENTATION: shorts(order, thumbnail)})
    return header(order, 8) + first[:at] + struct.pack(f"{order}I", 8 + len(first)) + first[at + 4 :] + second
