# SPDX-License-Identifier: Apache-2.0
"""Pictures at other sizes, by Pillow's four filters that look at what they leave out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from image_files import drawings, photographs
from image_files.cases import Record, save
from image_files.levels import Samples
from pictures import write_png

FILTERS = {
    "box": Image.Resampling.BOX,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}


def add_to(out: Path) -> list[Record]:
    """Writes sources and results into ``out``/resize, and returns their records."""
    (out / "resize").mkdir(exist_ok=True)
    records: list[Record] = []
    for name, source in (
        ("smooth", drawings.rgb("resize", (47, 61))),
        ("photograph", photographs.crop("astronaut.png", (150, 200))),
        ("sharp", _sharp(48, 64)),
    ):
        file = f"resize/{name}.png"
        write_png(source, out / file)
        for size in _sizes(*source.shape[:2]):
            for short, how in FILTERS.items():
                records.append(_resized(out, file, source, size, short, how))
    return records


def _resized(out: Path, file: str, source: Samples, size: tuple[int, int], short: str, how: Image.Resampling) -> Record:
    width, height = size
    expected = f"{file.removesuffix('.png')}-{width}x{height}-{short}.npy"
    save(np.array(Image.fromarray(source).resize(size, how)), out / expected)
    return {
        "file": file,
        "width": width,
        "height": height,
        "filter": short,
        "expected": expected,
        "tolerance": 1,
    }


def _sizes(height: int, width: int) -> list[tuple[int, int]]:
    """Widths and heights."""
    both = [(max(1, round(width * by)), max(1, round(height * by))) for by in (0.5, 0.37, 1.6, 3)]
    return [*both, (1, height), (width, round(height * 0.5)), (round(width * 1.6), height), (width, height)]


def _sharp(height: int, width: int) -> Samples:
    """Draws a chessboard with fields of 2 pixels, and lines that are 1 pixel wide, some of them coloured."""
    y, x = np.mgrid[:height, :width]
    grey = np.where((y // 2 + x // 2) % 2 == 0, 0, 255).astype(np.uint8)
    picture = np.dstack([grey] * 3)
    lines = picture[:, width // 2 :]
    lines[:] = 255
    lines[3::5, 2:-2] = 0
    lines[2:-2, 4::7] = (200, 0, 30)
    lines[np.abs(y - x)[:, : lines.shape[1]] == 0] = (0, 0, 255)
    return picture
