# SPDX-License-Identifier: Apache-2.0
"""Pictures and distortions for the tests of ``nlpd``: 8-bit in, 8-bit out, as files would hold them.

Photographs come with scikit-image (nothing is downloaded), shrunk to keep the tests quick; the rest is
drawn here. Every distortion takes a picture, [height, width, 3] uint8 RGB, and one strength.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import skimage
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

Picture = npt.NDArray[np.uint8]
Distortion = Callable[[Picture, float], Picture]
Series = tuple[Distortion, Sequence[float]]

LUMA = np.array([0.299, 0.587, 0.114])
"""BT.601 luma, the one that Y′CbCr, YIQ and YUV share and that JPEG uses."""
YCBCR = np.array([LUMA, [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]])
YIQ = np.array([LUMA, [0.595716, -0.274453, -0.321263], [0.211456, -0.522591, 0.311135]])


def photograph(name: str, longest: int = 256) -> Picture:
    """One of scikit-image's own photographs as RGB, its longer side at most ``longest`` pixels."""
    with Image.open(Path(skimage.__file__).parent / "data" / name) as image:
        image = image.convert("RGB")
        scale = longest / max(image.size)
        if scale < 1:
            image = image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.LANCZOS)
        return np.asarray(image)


def drawn() -> dict[str, Picture]:
    """Pictures without camera: text in colours, coloured texture, skin tones, a saturated disc."""
    side = 192
    random = np.random.default_rng(20)
    y, x = np.mgrid[0:side, 0:side] / (side - 1)

    page = Image.new("RGB", (side, side), (250, 250, 245))
    draw = ImageDraw.Draw(page)
    for line in range(15):
        colour = tuple(int(value) for value in random.integers(0, 200, 3))
        draw.text((6, 6 + 12 * line), f"The quick brown fox jumps {line}", fill=colour)

    frequency = np.hypot(np.fft.fftfreq(side)[:, np.newaxis], np.fft.fftfreq(side))[..., np.newaxis]
    spectrum = np.fft.fft2(random.normal(size=(side, side, 3)), axes=(0, 1)) / (frequency + 0.01)
    texture = np.fft.ifft2(spectrum, axes=(0, 1)).real
    texture = 128 + 90 * texture / texture.std()

    skin = np.stack([200 + 40 * np.sin(6 * x), 150 + 35 * np.sin(6 * x + 3 * y), 120 + 30 * np.cos(5 * y)], axis=-1)
    skin += random.normal(0, 3, skin.shape)

    disc = Image.new("RGB", (side, side), (255, 255, 255))
    ImageDraw.Draw(disc).ellipse((36, 36, 156, 156), fill=(230, 20, 30))
    return {"text": np.asarray(page), "texture": rounded(texture), "skin": rounded(skin), "disc": np.asarray(disc)}


def rounded(values: npt.NDArray[np.float64]) -> Picture:
    """To 8 bit, values outside clipped."""
    return np.clip(np.round(values), 0, 255).astype(np.uint8)


def blur(picture: Picture, radius: float) -> Picture:
    return np.asarray(Image.fromarray(picture).filter(ImageFilter.GaussianBlur(float(radius))))


def fixed_noise(picture: Picture, sigma: float) -> Picture:
    """One pattern of Gaussian noise, scaled."""
    return rounded(picture + sigma * np.random.default_rng(7).normal(size=picture.shape))


def fresh_noise(picture: Picture, sigma: float) -> Picture:
    """Gaussian noise, another pattern for every strength."""
    return rounded(picture + np.random.default_rng(round(100 * sigma)).normal(0, sigma, picture.shape))


def grey_noise(picture: Picture, sigma: float) -> Picture:
    """The same Gaussian noise in all channels."""
    return rounded(picture + sigma * np.random.default_rng(7).normal(size=(*picture.shape[:2], 1)))


def jpeg(picture: Picture, quality: float, subsampling: int = 2) -> Picture:
    """Encoded and decoded; ``subsampling`` 2 is 4:2:0, 0 is 4:4:4."""
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "JPEG", quality=int(quality), subsampling=subsampling)
    with Image.open(stream) as image:
        return np.asarray(image.convert("RGB"))


def jpeg_444(picture: Picture, quality: float) -> Picture:
    return jpeg(picture, quality, subsampling=0)


def less_contrast(picture: Picture, loss: float) -> Picture:
    """Towards the picture's mean; 1 leaves a flat picture."""
    mean = picture.mean()
    return rounded(mean + (1 - loss) * (picture - mean))


def more_contrast(picture: Picture, factor: float) -> Picture:
    return np.asarray(ImageEnhance.Contrast(Image.fromarray(picture)).enhance(float(factor)))


def desaturated(picture: Picture, loss: float) -> Picture:
    """Towards each pixel's own luma; 1 leaves a grey picture."""
    luma = (picture @ LUMA)[..., np.newaxis]
    return rounded(luma + (1 - loss) * (picture - luma))


def turned(picture: Picture, degrees: float, space: npt.NDArray[np.float64] = YCBCR) -> Picture:
    """Hues turned at constant luma; what leaves the gamut is clipped."""
    angle = np.radians(degrees)
    turn = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]])
    return rounded(picture @ (np.linalg.inv(space) @ turn @ space).T)


def turned_back(picture: Picture, degrees: float) -> Picture:
    return turned(picture, -degrees)


def turned_yiq(picture: Picture, degrees: float) -> Picture:
    return turned(picture, degrees, YIQ)


def turned_inside(picture: Picture, degrees: float) -> Picture:
    """Hues turned at constant luma, saturation lowered where the gamut ends, so that nothing is clipped."""
    luma = (picture @ LUMA)[..., np.newaxis]
    angle = np.radians(degrees)
    turn = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]])
    colour = picture @ (np.linalg.inv(YCBCR) @ turn @ YCBCR).T - luma
    room = np.where(colour > 0, 255 - luma, luma) / np.maximum(np.abs(colour), 1e-9)
    return rounded(luma + colour * np.minimum(room.min(axis=-1, keepdims=True), 1))


def shifted(picture: Picture, pixels: float) -> Picture:
    """To the right, the left edge repeated."""
    return np.pad(picture, ((0, 0), (int(pixels), 0), (0, 0)), mode="edge")[:, : picture.shape[1]]


def scaled(picture: Picture, factor: float) -> Picture:
    """Larger about the middle, cut to the old size."""
    return _moved(picture, np.cos(0) / factor, 0.0)


def rotated(picture: Picture, degrees: float) -> Picture:
    """About the middle, corners filled with grey."""
    return _moved(picture, float(np.cos(np.radians(degrees))), float(np.sin(np.radians(degrees))))


def _moved(picture: Picture, cosine: float, sine: float) -> Picture:
    height, width = picture.shape[:2]
    x, y = (width - 1) / 2, (height - 1) / 2
    matrix = (cosine, sine, x - cosine * x - sine * y, -sine, cosine, y + sine * x - cosine * y)
    image = Image.fromarray(picture)
    return np.asarray(
        image.transform(image.size, Image.Transform.AFFINE, matrix, Image.Resampling.BICUBIC, fillcolor=(128, 128, 128))
    )


def steps(first: float, last: float) -> list[float]:
    """Ten strengths at equal distances."""
    return [float(value) for value in np.linspace(first, last, 10)]


RISING: dict[str, Series] = {
    "blur": (blur, steps(0.5, 5)),
    "strong blur": (blur, steps(1, 10)),
    "noise": (fixed_noise, steps(2, 20)),
    "strong noise": (fixed_noise, steps(10, 100)),
    "fresh noise": (fresh_noise, steps(5, 50)),
    "grey noise": (grey_noise, steps(5, 50)),
    "jpeg": (jpeg, steps(95, 5)),
    "coarse jpeg": (jpeg, steps(50, 5)),
    "jpeg 4:4:4": (jpeg_444, steps(95, 5)),
    "less contrast": (less_contrast, steps(0.1, 1)),
    "more contrast": (more_contrast, steps(1.1, 2)),
}
"""Distortions that must score strictly more with every step, on every picture."""

COLOUR: dict[str, Series] = {
    "desaturation": (desaturated, steps(0.1, 1)),
    "slight desaturation": (desaturated, steps(0.02, 0.2)),
    "hue": (turned, steps(9, 90)),
    "hue, other way": (turned_back, steps(9, 90)),
    "hue in YIQ": (turned_yiq, steps(9, 90)),
    "hue inside gamut": (turned_inside, steps(9, 90)),
    "slight hue": (turned, steps(1, 10)),
}
"""The same, on every picture that has colour."""

MOVED: dict[str, Series] = {
    "shift": (shifted, [1, 2, 3, 5, 8, 13, 21, 34]),
    "scale": (scaled, [1.01, 1.02, 1.05, 1.1, 1.2, 1.5, 2, 3]),
    "rotation": (rotated, [0.5, 1, 2, 5, 10, 20, 45, 90]),
}
"""Nothing of these may be taken for the same picture; they need not rise."""
