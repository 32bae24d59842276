# SPDX-License-Identifier: Apache-2.0
"""LZW as GIF and TIFF have it, down to single codes: to write what no encoder would."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

LAST = 4093
"""The entry at which the table is cleared: within GIF's 4095 and TIFF's 4093."""


def encode(data: bytes, bits: int, *, tiff: bool) -> bytes:
    """Compresses symbols of ``bits`` bits."""
    return pack(codes(data, bits), bits, tiff=tiff)


def codes(data: bytes, bits: int) -> Iterator[int]:
    """Yields the codes of ``data``, from the clear code to the end code."""
    clear = 1 << bits
    table: dict[bytes, int] = {}
    known = b""
    yield clear
    for symbol in data:
        longer = known + bytes([symbol])
        if len(longer) == 1 or longer in table:
            known = longer
            continue
        yield known[0] if len(known) == 1 else table[known]
        known = longer[-1:]
        if clear + 2 + len(table) < LAST:
            table[longer] = clear + 2 + len(table)
        else:
            yield clear
            table.clear()
    if known:
        yield known[0] if len(known) == 1 else table[known]
    yield clear + 1


def zeros(bits: int, at_least: int) -> Iterator[int]:
    """Yields the codes of so many zeros, or up to a table's worth more: 7 MB of them in 5 KB."""
    clear = 1 << bits
    total = 0
    while total < at_least:
        yield clear
        yield 0
        yield from range(clear + 2, LAST)
        strings = LAST - clear - 1
        total += strings * (strings + 1) // 2
    yield clear + 1


def pack(stream: Iterable[int], bits: int, *, tiff: bool) -> bytes:
    """Writes codes as wide as their decoder takes them: GIF's from the lowest bit, TIFF's from the highest."""
    clear = 1 << bits
    early = 1 if tiff else 0
    width, entries, first = bits + 1, clear + 2, False
    out = bytearray()
    pending, count = 0, 0
    for code in stream:
        pending = pending << width | code if tiff else pending | code << count
        count += width
        while count >= 8:
            count -= 8
            out.append(pending >> count & 0xFF if tiff else pending & 0xFF)
            pending = pending & ((1 << count) - 1) if tiff else pending >> 8
        if code == clear:
            width, entries, first = bits + 1, clear + 2, True
        elif first:
            first = False
        else:
            entries += 1
            if entries + early == 1 << width and width < 12:
                width += 1
    if count:
        out.append(pending << (8 - count) & 0xFF if tiff else pending & 0xFF)
    return bytes(out)
