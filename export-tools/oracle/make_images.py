# SPDX-License-Identifier: Apache-2.0
"""Writes what Percept's decoder is compared with: picture files, and what independent readers say of them.

    python oracle/make_images.py OUT_DIR

The pictures are drawn by image_files.drawings, or are the sample pictures of the scikit-image package. Files
are written by Pillow, pypng, or encoders of our own where these lack something. What is expected comes from
Pillow, pypng, tifffile and LittleCMS, or by NumPy from what was drawn where these narrow to 8 bits, leave
gamma alone or don't round to the nearest. Where nothing is lost it must equal what was drawn, and where there
are two oracles they must agree, else this command fails. Names are the seeds: each run writes the same.

OUT_DIR gets a folder for each format, and there for each file its pixels as NAME.npy: uint8 or little-endian
uint16 of shape (height, width, 3) in C order, RGB in sRGB. uint16 exactly where the file holds more than
8 bits for a sample. On the way to them

- the orientation of EXIF, or of TIFF's own tag, is applied: width and height are those afterwards;
- an ICC profile is converted with the perceptual intent, and so is a PNG's gamma where it has neither
  profile nor sRGB chunk;
- fewer than 8 bits, or PNM's levels, are spread over 0…255 or 0…65535, halves rounded up;
- transparency is laid on white after the conversion: (c·a + max·(max − a) + max//2) // max;
- of several pictures in a file the first counts, on a clear canvas where it is smaller.

``images.json``, written last so that the rest is whole where it is:

- ``cases``: ``{"file", "format", "kind", "width", "height", "bits", "expected", "tolerance", "oracle"}``.
  ``file`` and ``expected`` are relative to OUT_DIR, ``kind`` is unique within a format, ``bits`` 8 or 16.
  ``tolerance`` is the largest difference of any sample in 8-bit levels, each of them 257 of 65535: 0 where
  nothing is lost; 1 for JPEG, for a PNG's gamma, and for TIFF's colours that are multiplied by alpha; 2 where
  a profile is converted; null where it's to be stated, not demanded: lossy WebP, rare samplings of
  JPEG, and its CMYK without Adobe's marker.
  Some have ``orientation`` (1 to 8), ``profile`` (a name), ``alpha`` (true).
- ``ignored``: the same files once more, as they are where a ``policy``, ``{"orientation": "ignore"}`` or
  ``{"icc": "ignore"}``, says so.
- ``resizes``: ``{"file", "width", "height", "filter", "expected", "tolerance"}``: the PNG ``file`` at another
  size by Pillow's ``box``, ``bilinear``, ``bicubic`` or ``lanczos``.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

from image_files import (
    bmp_files,
    gif_files,
    jpeg_files,
    photographs,
    png_files,
    pnm_files,
    resizes,
    tga_files,
    tiff_files,
    webp_files,
)
from image_files.cases import Cases


def make(out: Path) -> str:
    """Writes everything into ``out``, a folder that is made if need be, and returns a line with the counts."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "images.json").unlink(missing_ok=True)
    cases = Cases(out)
    png_files.add_to(cases)
    jpeg_files.add_to(cases)
    webp_files.add_to(cases)
    tiff_files.add_to(cases)
    bmp_files.add_to(cases)
    gif_files.add_to(cases)
    pnm_files.add_to(cases)
    tga_files.add_to(cases)
    photographs.add_to(cases)
    resized = resizes.add_to(out)
    part = out / "images.json.part"
    content = {"cases": cases.decoded, "resizes": resized, "ignored": cases.ignored}
    part.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    part.replace(out / "images.json")
    counts = Counter(str(record["format"]) for record in cases.decoded)
    formats = ", ".join(f"{name} {count}" for name, count in counts.items())
    return f"{len(cases.decoded)} cases ({formats}), {len(cases.ignored)} ignored, {len(resized)} resizes"


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python make_images.py OUT_DIR")
    print(make(Path(sys.argv[1])))
