# SPDX-License-Identifier: Apache-2.0
"""WebP: lossless, lossy, transparent, turned, with profiles, animated."""

from __future__ import annotations

import io
import struct
from typing import Any

import numpy as np
from PIL import Image

from image_files import drawings, exif, profiles, readers
from image_files.cases import LITTLE_CMS, NUMPY, PILLOW, Cases, Record, agree
from image_files.levels import Samples, flattened, on_white, upright


def add_to(cases: Cases) -> None:
    """Adds all of them."""
    _add_lossless(cases)
    _add_lossy(cases)
    _add_turned(cases)
    _add_profiled(cases)
    _add_animated(cases)


def saved(samples: Samples, **options: Any) -> bytes:
    """Writes RGB or RGBA by Pillow, lossless unless said otherwise."""
    file = io.BytesIO()
    Image.fromarray(samples).save(file, "WEBP", **({"lossless": True} | options))
    return file.getvalue()


def _add_lossless(cases: Cases) -> None:
    def add(kind: str, samples: Samples, **options: Any) -> None:
        data = saved(samples, **options)
        expected = agree(kind, readers.by_pillow(data), flattened(samples))
        more = {"alpha": True} if samples.shape[2] == 4 else {}
        cases.add(f"webp/{kind}.webp", data, expected, oracle=PILLOW, **more)

    for height, width in ((29, 37), (48, 64), (1, 1), (1, 37), (29, 1)):
        add(f"lossless-rgb-{width}x{height}", drawings.rgb("webp", (height, width)))
    for colours in (1, 2, 4, 16, 17, 256):  # Few colours share bytes.
        indices, palette = drawings.indexed(f"webp {colours}", colours)
        add(f"lossless-{colours}-colours", palette[indices])
    for method in (0, 6):
        add(f"lossless-method-{method}", drawings.rgb(f"webp {method}"), method=method)
    add("lossless-grey", flattened(drawings.grey("webp grey")))
    samples = drawings.with_alpha(drawings.rgb("webp alpha"), "webp alpha")
    add("lossless-rgba-exact", samples, exact=True)
    add("lossless-rgba", samples)
    on_off = samples.copy()
    on_off[..., 3] = np.where(on_off[..., 3] > 127, 255, 0)
    add("lossless-rgba-1-bit", on_off)


def _add_lossy(cases: Cases) -> None:
    colours = drawings.rgb("webp lossy", (48, 61))
    samples = drawings.with_alpha(colours, "webp lossy")
    for kind, drawn, options in (
        ("lossy-quality-50", colours, {"quality": 50}),
        ("lossy-quality-90", colours, {"quality": 90}),
        ("lossy-method-0", colours, {"quality": 80, "method": 0}),
        ("lossy-odd", drawings.rgb("webp lossy odd"), {"quality": 80}),
        ("lossy-1x1", drawings.rgb("webp lossy", (1, 1)), {"quality": 80}),
        ("lossy-rgba", samples, {"quality": 80}),
        ("lossy-rgba-alpha-quality-50", samples, {"quality": 80, "alpha_quality": 50}),
    ):
        data = saved(drawn, lossless=False, **options)
        expected = readers.by_pillow(data)
        if np.abs(expected.astype(np.int64) - flattened(drawn)).mean() > 12:
            raise ValueError(f"{kind} is not like what was drawn")
        more = {"alpha": True} if drawn.shape[2] == 4 else {}
        cases.add(f"webp/{kind}.webp", data, expected, oracle=PILLOW, **more)
    for method in range(7):
        for quality in (0, 40, 75, 100):
            data = saved(colours, lossless=False, method=method, quality=quality)
            cases.add(
                f"webp/lossy-method-{method}-quality-{quality}.webp", data, readers.by_pillow(data), oracle=PILLOW
            )
    _add_uncompressed_alpha(cases, samples)


def _add_uncompressed_alpha(cases: Cases, samples: Samples) -> None:
    """Opacity as it is, less what each of WebP's filters predicts. libwebp reads, but seldom writes it."""
    alpha = samples[..., 3].astype(np.int64)
    left, above, corner = (np.zeros_like(alpha) for _ in range(3))
    left[:, 1:], above[1:], corner[1:, 1:] = alpha[:, :-1], alpha[:-1], alpha[:-1, :-1]
    gradient = np.clip(left + above - corner, 0, 255)
    for kind, filtering, predicted in (
        ("plain", 0, 0 * alpha),
        ("left", 1, left),
        ("above", 2, above),
        ("gradient", 3, gradient),
    ):
        if filtering:
            predicted[0], predicted[1:, 0] = left[0], above[1:, 0]  # Where there is one neighbour only.
        residues = ((alpha - predicted) % 256).astype(np.uint8).tobytes()
        head = struct.pack("<I", 0x10) + _three(alpha.shape[1] - 1) + _three(alpha.shape[0] - 1)
        picture = saved(samples[..., :3], lossless=False, quality=80)[12:]
        body = b"WEBP" + _chunk(b"VP8X", head) + _chunk(b"ALPH", bytes([filtering << 2]) + residues) + picture
        data = b"RIFF" + struct.pack("<I", len(body)) + body
        cases.add(f"webp/lossy-alpha-{kind}.webp", data, readers.by_pillow(data), oracle=PILLOW, alpha=True)


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)


def _three(value: int) -> bytes:
    return struct.pack("<I", value)[:3]


def _add_turned(cases: Cases) -> None:
    for orientation in range(1, 9):
        colours = drawings.rgb(f"webp turned {orientation}")
        order = exif.MOTOROLA if orientation % 2 else exif.INTEL
        data = saved(colours, exif=exif.block(orientation, order))
        kind = f"exif-{orientation}"
        expected = agree(kind, readers.by_pillow(data), upright(colours, orientation))
        record = cases.add(f"webp/{kind}.webp", data, expected, oracle=PILLOW, orientation=orientation)
        stored = agree(kind, readers.by_pillow(data, orientation=False), colours)
        cases.add_ignored(record, "orientation", stored, oracle=PILLOW)


def _add_profiled(cases: Cases) -> None:
    for short, profile in profiles.RGB_PROFILES.items():
        colours = drawings.rgb(f"webp {short}")
        for kind, samples in (
            (f"icc-{short}", colours),
            (f"icc-{short}-rgba", drawings.with_alpha(colours, f"webp {short}")),
        ):
            data = saved(samples, icc_profile=profile.data, exact=True)
            more: Record = {"profile": profile.name}
            calculated = profiles.by_arithmetic(colours, profile)
            if samples.shape[2] == 4:
                calculated = on_white(calculated, samples[..., 3])
                more["alpha"] = True
            expected = agree(kind, readers.by_pillow(data), calculated, within=1)
            record = cases.add(f"webp/{kind}.webp", data, expected, oracle=LITTLE_CMS, tolerance=2, **more)
            stored = agree(kind, readers.by_pillow(data, icc=False), flattened(samples))
            cases.add_ignored(record, "icc", stored, oracle=PILLOW)


def _add_animated(cases: Cases) -> None:
    """Of several pictures, the first counts."""
    frames = [drawings.with_alpha(drawings.rgb(f"webp frame {i}"), f"webp frame {i}") for i in range(3)]
    for kind, channels in (("animated", 3), ("animated-rgba", 4)):
        drawn = [frame[..., :channels] for frame in frames]
        rest = [Image.fromarray(frame) for frame in drawn[1:]]
        data = saved(drawn[0], save_all=True, append_images=rest, duration=100, exact=True)
        expected = agree(kind, readers.by_pillow(data), flattened(drawn[0]))
        more = {"alpha": True} if channels == 4 else {}
        cases.add(f"webp/{kind}.webp", data, expected, oracle=PILLOW, **more)
    height, width, top, left = 40, 50, 6, 10
    data = _in_part(frames[0], (height, width), (top, left))
    expected = np.full((height, width, 3), 255, np.uint8)
    expected[top : top + frames[0].shape[0], left : left + frames[0].shape[1]] = flattened(frames[0])
    agree("animated-in-part", readers.by_pillow(data), expected)
    cases.add("webp/animated-in-part.webp", data, expected, oracle=f"{PILLOW}, {NUMPY}", alpha=True)


def _in_part(frame: Samples, canvas: tuple[int, int], at: tuple[int, int]) -> bytes:
    """Writes an animation whose first frame covers a part of the canvas, which is clear elsewhere."""

    picture = saved(frame, exact=True)[12:]
    height, width = frame.shape[:2]
    place = _three(at[1] // 2) + _three(at[0] // 2) + _three(width - 1) + _three(height - 1)
    head = struct.pack("<I", 0x12) + _three(canvas[1] - 1) + _three(canvas[0] - 1)  # Animated, with alpha.
    body = b"WEBP" + _chunk(b"VP8X", head) + _chunk(b"ANIM", b"\x40\x80\xff\xff\0\0")
    body += _chunk(b"ANMF", place + _three(100) + b"\0" + picture) * 2
    return b"RIFF" + struct.pack("<I", len(body)) + body
