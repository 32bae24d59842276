# SPDX-License-Identifier: Apache-2.0
"""Seeded pictures: waves and patches, and what makes a candidate of one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]

CHANGES = ("noise 2", "noise 0.5", "patch", "corners")
"""What candidates differ in: everywhere, by noise of that σ in levels of 255; or in one or two squares only."""
STRONG = 20.0
"""σ of the noise in those squares."""

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)
"""What the weights' pictures were normalised with, of values from 0 to 1."""


def smooth(width: int, height: int, rng: np.random.Generator) -> Picture:
    """A picture with structure at several scales, as photographs have."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    patch = ((x // 16) * 31 + (y // 16) * 17 + int(rng.integers(7))) % 7 * 9
    channels = []
    for _ in range(3):
        a, b, c, d = rng.uniform(0.02, 0.25, 4)
        channels.append(110 + 45 * np.sin(a * x + b * y) + 30 * np.sin(c * x - d * y) + patch)
    return clamped(np.stack(channels, axis=-1))


def noisy(picture: Picture, sigma: float, rng: np.random.Generator) -> Picture:
    return clamped(picture + sigma * rng.standard_normal(picture.shape))


def clamped(values: npt.NDArray[np.float64]) -> Picture:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def candidate(reference: Picture, change: str, square: int, rng: np.random.Generator) -> Picture:
    """A picture that differs from its reference as ``change`` says; ``square`` is the side of what differs."""
    if change.startswith("noise "):
        return noisy(reference, float(change.removeprefix("noise ")), rng)
    height, width = reference.shape[:2]
    if change == "corners":
        places = [(0, 0), (height - square, width - square)]
    else:
        # Where it lies in the grid of cells matters: another place each time, but never at a border.
        top, left = (int(rng.integers(side // 4, side - side // 4 - square + 1)) for side in (height, width))
        places = [(top, left)]
    changed = reference.copy()
    for top, left in places:
        part = (slice(top, top + square), slice(left, left + square))
        changed[part] = noisy(reference[part], STRONG, rng)
    return changed


def write(
    file: Path,
    size: tuple[int, int],
    references: int,
    candidates: int,
    change: str,
    square: int,
    seed: int,
) -> None:
    """Writes references, then candidates, as bytes; one reference serves all, or each candidate has its own."""
    rng = np.random.default_rng(seed)
    left = [smooth(*size, rng) for _ in range(references)]
    right = [candidate(left[min(i, references - 1)], change, square, rng) for i in range(candidates)]
    with file.open("wb") as out:
        for picture in left + right:
            picture.tofile(out)


def read(file: Path, width: int, height: int) -> Picture:
    """The pictures of a file, as NHWC."""
    return np.fromfile(file, np.uint8).reshape(-1, height, width, 3)
