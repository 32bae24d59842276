# SPDX-License-Identifier: Apache-2.0
"""Collects cases: writes each file with the pixels that are expected of it, and checks what goes in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import PIL

from image_files.levels import Samples, highest

PILLOW = f"Pillow {PIL.__version__}"
LITTLE_CMS = "LittleCMS"
NUMPY = "numpy"
PYPNG = "pypng"
TIFFFILE = "tifffile"

Record = dict[str, Any]


class Cases:
    """What has been written to a folder so far."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._names: set[str] = set()
        self.decoded: list[Record] = []
        self.ignored: list[Record] = []

    def add(
        self,
        name: str,
        data: bytes,
        expected: Samples,
        *,
        oracle: str,
        tolerance: int | None = 0,
        **more: Any,
    ) -> Record:
        """Writes a file and its pixels.

        Args:
            name: FORMAT/KIND.EXTENSION.
            data: the file.
            expected: its pixels.
            oracle: who says so.
            tolerance: in 8-bit levels; None where it shall only be stated.
            more: what else its record says.
        """
        path = self._out / name
        if name in self._names:
            raise ValueError(f"{name} is written twice")
        self._names.add(name)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        record = self._record(name, path.stem, expected, oracle, tolerance) | more
        self.decoded.append(record)
        return record

    def add_ignored(
        self, record: Record, policy: str, expected: Samples, *, oracle: str, tolerance: int | None = 0
    ) -> None:
        """Writes what a file holds where ``policy``, "orientation" or "icc", is to be ignored."""
        name = str(record["file"])
        kind = str(record["kind"])
        kept = {key: record[key] for key in ("orientation", "profile", "alpha") if key in record}
        other = self._record(name, f"{kind}.{policy}-ignored", expected, oracle, tolerance)
        self.ignored.append(other | {"kind": kind} | kept | {"policy": {policy: "ignore"}})

    def _record(self, name: str, kind: str, expected: Samples, oracle: str, tolerance: int | None) -> Record:
        array = f"{name.partition('/')[0]}/{kind}.npy"
        save(expected, self._out / array)
        return {
            "file": name,
            "format": name.partition("/")[0],
            "kind": kind,
            "width": expected.shape[1],
            "height": expected.shape[0],
            "bits": 8 * expected.dtype.itemsize,
            "expected": array,
            "tolerance": tolerance,
            "oracle": oracle,
        }


def save(pixels: Samples, path: Path) -> None:
    """Writes pixels as readers in other languages expect them: in C order, little endian."""
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype not in (np.uint8, np.uint16):
        raise ValueError(f"{path.name}: no pixels: {pixels.dtype} {pixels.shape}")
    np.save(path, np.ascontiguousarray(pixels.astype(pixels.dtype.newbyteorder("<"))))


def agree(name: str, one: Samples, other: Samples, within: float = 0) -> Samples:
    """Returns ``one``, having checked that both have the same shape, depth and, to ``within`` 8-bit levels, values."""
    if one.shape != other.shape or one.dtype != other.dtype:
        raise ValueError(f"{name}: {one.dtype} {one.shape} is not {other.dtype} {other.shape}")
    unit = highest(one) // 255
    far = float(np.abs(one.astype(np.int64) - other.astype(np.int64)).max()) / unit
    if far > within:
        raise ValueError(f"{name}: two oracles differ by {far:g} of 255, more than {within:g}")
    return one
