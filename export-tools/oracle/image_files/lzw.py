# SPDX-License-Identifier: Apache-2.0
"""LZW as GIF and TIFF have it: the same idea, but for the order of the bits and one code that comes earlier."""

from __future__ import annotations


def gif(indices: bytes, bits: int) -> bytes:
    """Packs indices of ``bits``, at least 2, bits."""
    return _packed(_codes(indices, bits, early=False), lowest_first=True)


def tiff(data: bytes) -> bytes:
    """Packs a strip or tile."""
    return _packed(_codes(data, 8, early=True), lowest_first=False)


def _codes(data: bytes, bits: int, early: bool) -> list[tuple[int, int]]:
    """Returns codes with their widths."""
    clear, end, first = 1 << bits, (1 << bits) + 1, (1 << bits) + 2
    table = {bytes([i]): i for i in range(clear)}
    codes, width, free = [(clear, bits + 1)], bits + 1, first
    known = b""
    for value in data:
        longer = known + bytes([value])
        if longer in table:
            known = longer
            continue
        codes.append((table[known], width))
        if free + early == 1 << width and width < 12:
            width += 1
        table[longer] = free
        free += 1
        if free == 4095:  # Within what both allow.
            codes.append((clear, width))
            table = {bytes([i]): i for i in range(clear)}
            width, free = bits + 1, first
        known = bytes([value])
    if known:
        codes.append((table[known], width))
        if free + early == 1 << width and width < 12:
            width += 1
    return [*codes, (end, width)]


def _packed(codes: list[tuple[int, int]], lowest_first: bool) -> bytes:
    if lowest_first:
        bits = "".join(f"{code:0{width}b}"[::-1] for code, width in codes)
        bits += "0" * (-len(bits) % 8)
        return int(bits[::-1], 2).to_bytes(len(bits) // 8, "little")
    bits = "".join(f"{code:0{width}b}" for code, width in codes)
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")
