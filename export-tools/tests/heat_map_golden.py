# SPDX-License-Identifier: Apache-2.0
"""Golden values of PyTorch's bilinear interpolation, for the Java tests of heat maps.

Run from ``export-tools``, with torch installed::

    python tests/heat_map_golden.py > ../core/src/test/resources/dev/percept/heat-map-golden.json

Each case has cells as a layer's map has them, and the pixels of a picture that ``torch.nn.functional.interpolate``
makes of them in double precision, both row by row. ``npy`` is a file as NumPy writes it, in hexadecimal.
"""

from __future__ import annotations

import io
import json
import sys
from typing import Any

import numpy as np
import torch
import torch.nn.functional as functional

COMMAND = "python tests/heat_map_golden.py > ../core/src/test/resources/dev/percept/heat-map-golden.json"
SEED = 20261128
# Rows and columns of cells, and of pixels: whole multiples, odd sizes, one cell, as many cells as pixels, and more.
CASES = [
    ((3, 4), (6, 8)),
    ((2, 3), (9, 7)),
    ((7, 5), (15, 11)),
    ((1, 1), (3, 5)),
    ((1, 4), (4, 9)),
    ((4, 3), (4, 3)),
    ((6, 8), (5, 3)),
]
SHAPES = [(2, 3), (4,), (2, 1, 3)]


def golden() -> dict[str, Any]:
    """All cases, as the JSON file holds them."""
    generator = np.random.default_rng(SEED)
    cases = []
    for cells, pixels in CASES:
        values = generator.random(cells).astype(np.float32)
        tensor = torch.from_numpy(values).double()[None, None]
        drawn = functional.interpolate(tensor, size=pixels, mode="bilinear", align_corners=False)
        cases.append(
            {
                "rows": cells[0],
                "columns": cells[1],
                "cells": values.ravel().tolist(),
                "height": pixels[0],
                "width": pixels[1],
                "pixels": drawn.numpy().ravel().tolist(),
            }
        )
    return {"command": COMMAND, "cases": cases, "npy": [npy(shape) for shape in SHAPES]}


def npy(shape: tuple[int, ...]) -> dict[str, Any]:
    """An array that counts from 0 in steps of a half, and the file of it."""
    array = (np.arange(np.prod(shape)) / 2).reshape(shape).astype("<f4")
    file = io.BytesIO()
    np.lib.format.write_array(file, array, version=(1, 0))
    return {"shape": list(shape), "file": file.getvalue().hex()}


if __name__ == "__main__":
    json.dump(golden(), sys.stdout, indent=1)
    print()
