# SPDX-License-Identifier: Apache-2.0
"""What the colour weights of ``nlpd`` were chosen by: points of score per unit of CIEDE2000.

Run from ``export-tools``::

    python tests/nlpd_calibration.py

Changes of luminance alone and of colour alone, on scikit-image's photographs. For each: the mean CIEDE2000 of
all pixels (a colour difference without any notion of structure), and the part of the score that the luminance
layers and the colour layers give, per unit of it. From the float64 reading in ``nlpd_reference``.
"""

from __future__ import annotations

import numpy as np
from skimage.color import deltaE_ciede2000, rgb2lab
from skimage.filters import gaussian

import nlpd_distortions as distortions
from nlpd_distortions import LUMA, Picture, photograph, rounded
from nlpd_reference import distances, weights

PHOTOGRAPHS = ("astronaut.png", "chelsea.png", "coffee.png", "motorcycle_left.png", "retina.jpg", "rocket.jpg")


def luma(picture: Picture) -> np.ndarray:
    return (picture @ LUMA)[..., np.newaxis]


def brighter(picture: Picture, levels: float) -> Picture:
    return rounded(picture + float(levels))


def flatter(picture: Picture, loss: float) -> Picture:
    """Less contrast of luma, colour kept."""
    return rounded(picture + loss * (luma(picture).mean() - luma(picture)))


def softer(picture: Picture, sigma: float) -> Picture:
    """Luma blurred, colour kept."""
    return rounded(picture + gaussian(luma(picture), (sigma, sigma, 0), mode="reflect") - luma(picture))


def tinted(picture: Picture, levels: float) -> Picture:
    """Cb and Cr moved, luma kept."""
    return rounded(picture + np.linalg.inv(distortions.YCBCR) @ np.array([0, levels, levels]))


CASES = {
    "brightness +20": (brighter, 20),
    "luma contrast -50%": (flatter, 0.5),
    "luma blur 2": (softer, 2),
    "luma noise 10": (distortions.grey_noise, 10),
    "tint 20": (tinted, 20),
    "desaturation 50%": (distortions.desaturated, 0.5),
    "desaturation 100%": (distortions.desaturated, 1),
    "hue 30 degrees": (distortions.turned, 30),
    "hue 90 degrees": (distortions.turned, 90),
}


if __name__ == "__main__":
    print(f"{'change':<20}{'CIEDE2000':>10}{'luma/unit':>11}{'chroma/unit':>13}")
    for case, (distort, strength) in CASES.items():
        rows = []
        for name in PHOTOGRAPHS:
            reference = photograph(name)
            candidate = distort(reference, strength)
            parts = {layer: weights()[layer] * value for layer, value in distances(reference, candidate).items()}
            rows.append(
                (
                    float(deltaE_ciede2000(rgb2lab(reference), rgb2lab(candidate)).mean()),
                    sum(value for layer, value in parts.items() if layer.startswith("luma")),
                    sum(value for layer, value in parts.items() if layer.startswith("chroma")),
                )
            )
        difference, luminance, colour = np.mean(rows, axis=0)
        print(f"{case:<20}{difference:>10.1f}{luminance / difference:>11.4f}{colour / difference:>13.4f}")
