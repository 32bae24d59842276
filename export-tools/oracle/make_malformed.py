# SPDX-License-Identifier: Apache-2.0
"""Writes malformed pictures, for tests that a decoder refuses them, or at least bounds what they cost.

    python oracle/make_malformed.py OUT_DIR

Everything is made from pictures that are drawn here. The files are the same on every run with the same
NumPy, Pillow and zlib; those three decide what good files hold, and none of what is wrong with the others.

OUT_DIR gets a folder for each format, in it files named ``KIND-DETAIL.EXTENSION``, and ``malformed.json``:
a list of ``{"file", "format", "kind", "expect", "by_header"}``. It is written last: where it is, the rest
is whole.

- ``file``: the path within OUT_DIR, with ``/``.
- ``format``: ``png``, ``jpeg``, ``webp``, ``tiff``, ``bmp``, ``gif``, ``pnm`` or ``tga``, as the first bytes
  say or would say; ``none`` for what is none of these.
- ``kind``: ``truncated``, ``flipped`` (a bit) and ``garbled`` (16 bytes) are made from a good file of each
  variant, see :mod:`malformed_case`; ``bomb``, ``exif``, ``icc`` and ``stranger`` are what they say; the rest
  name the part that lies.
- ``expect``: ``refused`` where any correct strict reader refuses the file. Else ``any``: a reader may give
  a picture or refuse. Either way it ends soon, and takes no more memory than the picture that the header
  declares needs. Two of these are without fault, only large or slow: the bombs ``largest-picture`` and
  ``allowed-scans``.
- ``by_header``: whether the fields that state size and type, wherever they are, suffice to refuse the file,
  so that nothing noticeable may be allocated for it.

What is refused:

- Each picture with sides of 0 or beyond 65,535, or of more than 2^27 pixels; a GIF's screen counts as well
  as its frames (but one of 0 may be overlooked), and a TIFF's tile as well as its picture.
- What the format forbids outright, or leaves without meaning: unknown types and methods, chunks that are
  missing, twice or misplaced, tables that the data need and lack.
- PNGs with a wrong checksum in any chunk, with an unknown critical chunk, or without IEND.
- Pictures with pixels missing, though decoders like to leave those blank: data that end early by the file's
  end, by their own end code, or by the size that the file states for them (but no size at all, 0, in a TIFF
  may be overlooked).
- WebPs whose RIFF size is not that of their chunks, where the file itself is whole.
- Data that leave the picture: runs past the last row of a BMP, WebP frames outside of the canvas, a canvas
  unlike the only frame. Data of which there is too much, after the last pixel, may be overlooked.

Not refused for it alone: what follows the end of the picture, or is missing there (a JPEG's EOI, a GIF's
trailer, a TGA's footer); metadata of any kind; later frames and IFDs.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import malformed_bmp
import malformed_bombs
import malformed_gif
import malformed_jpeg
import malformed_jpeg_segments
import malformed_metadata
import malformed_png
import malformed_pnm
import malformed_strangers
import malformed_tga
import malformed_tiff
import malformed_tiff_data
import malformed_tiff_fields
import malformed_webp
from malformed_case import Case, Good, spoilt


def goods() -> Iterator[Good]:
    """Yields the pictures without fault that are cut and damaged."""
    for module in (
        malformed_png,
        malformed_jpeg,
        malformed_webp,
        malformed_tiff,
        malformed_bmp,
        malformed_gif,
        malformed_pnm,
        malformed_tga,
    ):
        yield from module.goods()


def cases() -> Iterator[Case]:
    """Yields the whole corpus."""
    yield from spoilt(goods())
    for module in (
        malformed_png,
        malformed_jpeg,
        malformed_jpeg_segments,
        malformed_webp,
        malformed_tiff_fields,
        malformed_tiff_data,
        malformed_bmp,
        malformed_gif,
        malformed_pnm,
        malformed_tga,
        malformed_metadata,
        malformed_bombs,
        malformed_strangers,
    ):
        yield from module.lies()


def make(out: Path) -> None:
    """Writes everything into ``out``, a folder that is made if need be."""
    out.mkdir(parents=True, exist_ok=True)
    index = out / "malformed.json"
    index.unlink(missing_ok=True)
    records: dict[str, dict[str, object]] = {}
    for case in cases():
        if case.file in records:
            raise ValueError(f"{case.file} is made twice")
        path = out / case.file
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(case.data)
        records[case.file] = {
            "file": case.file,
            "format": case.format,
            "kind": case.kind,
            "expect": case.expect,
            "by_header": case.by_header,
        }
    part = out / "malformed.json.part"
    part.write_text(json.dumps(list(records.values()), indent=1) + "\n", encoding="utf-8")
    part.replace(index)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python make_malformed.py OUT_DIR")
    make(Path(sys.argv[1]))
