# SPDX-License-Identifier: Apache-2.0
"""NLPD in NumPy and float64: an independent reading of the paper, to hold the ONNX graph against.

Written from V. Laparra, J. Ballé, A. Berardino and E. P. Simoncelli, "Perceptual image quality
assessment using a normalized Laplacian pyramid" (Electronic Imaging 2016) and from what the authors'
MATLAB script ``NLP_dist.m`` does at the borders, which the paper leaves open. It shares nothing with
``percept_export.nlpd``, the constants included, and follows the loops of the definition rather than
any trick of the graph: filters are two-dimensional, borders are lists of indices, and expanding
really puts zeros between the samples.

The colour terms are this project's own (see ``docs/adr/0003-embedded-default-nlpd.md``).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.float64]

LUMINANCE = (0.298936, 0.587043, 0.114021)
"""R, G, B in the luminance of MATLAB's ``rgb2gray``; six digits, as its documentation gives them."""

LOW_PASS = (0.05, 0.25, 0.4, 0.25, 0.05)
"""The generating kernel of Burt and Adelson (1983) with a = 0.4."""

LEVELS = 6
CHROMA_LEVELS = 4

SIGMAS = (0.0248, 0.0185, 0.0179, 0.0191, 0.0220, 0.2782)
"""What is added to the pooled neighbourhood, finest level first."""

# Neighbours that divide, per level: (rows down, columns right, weight) as MATLAB's matrices show
# them, the middle of the 5x5 matrix being (0, 0).
NEIGHBOURS: tuple[tuple[tuple[int, int, float], ...], ...] = (
    ((-1, 0, 0.1011), (0, -1, 0.1493), (0, 1, 0.1460), (0, 2, 0.0072), (1, 0, 0.1015)),
    ((-1, 0, 0.0757), (0, -1, 0.1986), (0, 1, 0.1846), (1, 0, 0.0837)),
    ((-1, 0, 0.0477), (0, -1, 0.2138), (0, 1, 0.2243), (1, 0, 0.0467)),
    ((0, -1, 0.2503), (0, 1, 0.2616)),
    ((0, -1, 0.2598), (0, 1, 0.2552)),
    ((0, -1, 0.2215), (0, 1, 0.0717)),
)


def symmetric(index: int, length: int) -> int:
    """MATLAB's ``'symmetric'`` border: the picture is mirrored with its edge pixel repeated."""
    index %= 2 * length
    return index if index < length else 2 * length - 1 - index


def lower(plane: Plane) -> Plane:
    """Low-pass and every second sample, the first one kept; borders symmetric."""
    height, width = plane.shape
    result = np.zeros(((height + 1) // 2, (width + 1) // 2))
    for down, vertical in enumerate(LOW_PASS, start=-2):
        rows = [symmetric(row + down, height) for row in range(0, height, 2)]
        for right, horizontal in enumerate(LOW_PASS, start=-2):
            columns = [symmetric(column + right, width) for column in range(0, width, 2)]
            result += vertical * horizontal * plane[np.ix_(rows, columns)]
    return result


def raise_to(plane: Plane, height: int, width: int) -> Plane:
    """Interpolates to ``height`` and ``width``: replicate, zeros between samples, four times the kernel."""
    bordered = np.pad(plane, 1, mode="edge")
    spread = np.zeros((2 * bordered.shape[0], 2 * bordered.shape[1]))
    spread[::2, ::2] = 4 * bordered
    result = np.zeros((height, width))
    # The one sample of border became two, so the picture's own first sample lies at (2, 2).
    for down, vertical in enumerate(LOW_PASS):
        for right, horizontal in enumerate(LOW_PASS):
            result += vertical * horizontal * spread[down : down + height, right : right + width]
    return result


def laplacian(plane: Plane, levels: int) -> list[Plane]:
    """``levels - 1`` Laplacian bands, finest first, and the low-pass residual."""
    bands = []
    for _ in range(levels - 1):
        reduced = lower(plane)
        bands.append(plane - raise_to(reduced, *plane.shape))
        plane = reduced
    return [*bands, plane]


def normalise(band: Plane, level: int) -> Plane:
    """Divides each sample by sigma and its neighbours' weighted magnitudes; zeros beyond the border.

    ``level`` counts from 0. ``conv2`` turns its matrix: a weight that stands one column to the right
    belongs to the neighbour on the left.
    """
    height, width = band.shape
    magnitude = np.pad(np.abs(band), 2)
    pooled = np.full(band.shape, SIGMAS[level])
    for down, right, weight in NEIGHBOURS[level]:
        top, left = 2 - down, 2 - right
        pooled += weight * magnitude[top : top + height, left : left + width]
    return band / pooled


def features(picture: npt.NDArray[np.uint8]) -> dict[str, Plane]:
    """All layers of one picture.

    Args:
        picture: ``[height, width, 3]``, 8-bit RGB.

    Returns:
        ``luma1`` … ``luma6`` as ``[1, h, w]`` and ``chroma1`` … ``chroma4`` as ``[2, h, w]``.
    """
    red, green, blue = (picture[..., channel] / 255.0 for channel in range(3))
    luminance = LUMINANCE[0] * red + LUMINANCE[1] * green + LUMINANCE[2] * blue
    layers = {
        f"luma{level + 1}": normalise(band, level)[np.newaxis]
        for level, band in enumerate(laplacian(luminance, LEVELS))
    }
    red_green = laplacian(red - green, CHROMA_LEVELS)
    yellow_blue = laplacian((red + green) / 2 - blue, CHROMA_LEVELS)
    for level, bands in enumerate(zip(red_green, yellow_blue, strict=True)):
        layers[f"chroma{level + 1}"] = np.stack(bands)
    return layers


def weights() -> dict[str, float]:
    """Each layer's part in the total: a sixth for luminance, and the colour weights of the ADR."""
    luminance = {f"luma{level}": 1 / 6 for level in range(1, LEVELS + 1)}
    return {**luminance, "chroma1": 1.0, "chroma2": 1.0, "chroma3": 1.0, "chroma4": 2.0}


def distances(reference: npt.NDArray[np.uint8], candidate: npt.NDArray[np.uint8]) -> dict[str, float]:
    """The root mean square difference of every layer, unweighted, of two pictures of one size."""
    first, second = features(reference), features(candidate)
    return {layer: float(np.sqrt(np.mean((first[layer] - second[layer]) ** 2))) for layer in first}


def total(layers: dict[str, float]) -> float:
    """The score: the weighted sum of what :func:`distances` gives."""
    return sum(weight * layers[layer] for layer, weight in weights().items())
