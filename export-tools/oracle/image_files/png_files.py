# SPDX-License-Identifier: Apache-2.0
"""PNG: every type, depth and interlacing by pypng's writer, the chunks that change colours, odd shapes."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import png
from numpy.typing import NDArray

from image_files import drawings, exif, profiles, readers
from image_files.cases import LITTLE_CMS, NUMPY, PILLOW, PYPNG, Cases, Record, agree
from image_files.levels import Samples, flattened, highest, on_white, packed, scaled, upright

SRGB_CHUNK = (b"sRGB", b"\0")
GAMMA_OF_SRGB = (b"gAMA", struct.pack(">I", 45455))
CHROMATICITIES = (b"cHRM", struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000))
LINEAR = (b"gAMA", struct.pack(">I", 100000))

Chunk = tuple[bytes, bytes]


def add_to(cases: Cases) -> None:
    """Adds all of them."""
    _add_types(cases)
    _add_keyed(cases)
    _add_shapes(cases)
    _add_unprofiled(cases)
    _add_profiled(cases)
    _add_linear(cases)
    _add_turned(cases)


def written(
    samples: Samples,
    bits: int,
    *,
    palette: Sequence[tuple[int, ...]] | None = None,
    transparent: int | tuple[int, ...] | None = None,
    interlaced: bool = False,
) -> bytes:
    """Writes (height, width, channels) samples or indices; pypng never filters."""
    height, width, channels = samples.shape
    writer = png.Writer(
        width,
        height,
        greyscale=palette is None and channels < 3,
        alpha=channels in (2, 4),
        bitdepth=bits,
        palette=palette,
        transparent=transparent,
        interlace=interlaced,
    )
    file = io.BytesIO()
    writer.write(file, samples.reshape(height, width * channels).tolist())
    return file.getvalue()


def with_chunks(data: bytes, *chunks: Chunk) -> bytes:
    """Puts chunks right behind the header."""
    return data[:33] + b"".join(map(_chunk, chunks)) + data[33:]


def _chunk(chunk: Chunk) -> bytes:
    name, content = chunk
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def _add(
    cases: Cases,
    kind: str,
    data: bytes,
    drawn: Samples,
    *,
    pillow: bool = True,
    name: str | None = None,
    **more: Any,
) -> Record:
    """Adds a file whose pixels mustn't change, having asked pypng and, up to 8 bits, Pillow."""
    expected = agree(kind, readers.by_pypng(data), drawn)
    if pillow and drawn.dtype == np.uint8:
        agree(kind, readers.by_pillow(data), expected)
    return cases.add(f"png/{name or kind}.png", data, expected, oracle=PYPNG, **more)


def _add_types(cases: Cases) -> None:
    for interlaced in (False, True):
        end = "-interlaced" if interlaced else ""
        for bits in (1, 2, 4, 8, 16):
            grey = drawings.grey(f"png grey {bits}", bits)
            drawn = flattened(scaled(grey, (1 << bits) - 1))
            _add(cases, f"grey-{bits}{end}", written(grey[..., np.newaxis], bits, interlaced=interlaced), drawn)
        for bits in (1, 2, 4, 8):
            indices, palette = drawings.indexed(f"png palette {bits}", 1 << bits)
            data = written(indices[..., np.newaxis], bits, palette=_colours(palette), interlaced=interlaced)
            _add(cases, f"palette-{bits}{end}", data, palette[indices])
        for bits, draw in ((8, drawings.rgb), (16, drawings.rgb_16)):
            colours = draw(f"png {bits}")
            _add(cases, f"rgb-{bits}{end}", written(colours, bits, interlaced=interlaced), colours)
            for kind, some in (("rgba", colours), ("grey-alpha", colours[..., :1])):
                samples = drawings.with_alpha(some, kind)
                data = written(samples, bits, interlaced=interlaced)
                _add(cases, f"{kind}-{bits}{end}", data, flattened(samples), alpha=True)


def _colours(palette: Samples) -> list[tuple[int, ...]]:
    return [tuple(int(v) for v in colour) for colour in palette]


def _add_keyed(cases: Cases) -> None:
    """One colour is clear; others share all but its last bit, which whoever narrows first gets wrong."""
    for bits in (1, 2, 4, 8, 16):
        grey = drawings.grey(f"png keyed grey {bits}", bits)
        key = int(grey[14, 18])
        grey[5:9, 5:20] = key
        grey[9:12, 5:20] = key ^ 1
        drawn = on_white(flattened(scaled(grey, (1 << bits) - 1)), _opaque(grey != key, bits))
        data = written(grey[..., np.newaxis], bits, transparent=key)
        # Pillow compares the key of 2 and 4 bits with samples that it has scaled to 8 already.
        _add(cases, f"grey-{bits}-trns", data, drawn, pillow=bits not in (2, 4), alpha=True)
    for bits, draw in ((8, drawings.rgb), (16, drawings.rgb_16)):
        colours = draw(f"png keyed {bits}")
        colour = colours[14, 18].copy()
        colours[5:9, 5:20] = colour
        colours[9:12, 5:20] = colour ^ np.array([0, 0, 1], colour.dtype)
        drawn = on_white(colours, _opaque((colours != colour).any(axis=2), bits))
        data = written(colours, bits, transparent=tuple(colour.tolist()))
        _add(cases, f"rgb-{bits}-trns", data, drawn, alpha=True)
    for bits in (1, 2, 4, 8):
        indices, palette = drawings.indexed(f"png keyed palette {bits}", 1 << bits)
        alpha = np.full(1 << bits, 255, np.uint8)
        given = (3 << bits) // 4  # The rest isn't in the chunk, and opaque.
        alpha[:given] = np.linspace(0, 230, given).astype(np.uint8)
        rgba = [(*colour, int(a)) for colour, a in zip(_colours(palette), alpha, strict=True)]
        data = written(indices[..., np.newaxis], bits, palette=rgba)
        _add(cases, f"palette-{bits}-trns", data, on_white(palette[indices], alpha[indices]), alpha=True)


def _opaque(opaque: NDArray[np.bool_], bits: int) -> Samples:
    return np.where(opaque, 65535, 0).astype(np.uint16) if bits == 16 else np.where(opaque, 255, 0).astype(np.uint8)


def _add_shapes(cases: Cases) -> None:
    for height, width in ((1, 1), (1, 37), (29, 1), (2, 3), (5, 5), (9, 8)):
        for interlaced in (False, True):
            colours = drawings.rgb("png shape", (height, width))
            kind = f"{width}x{height}" + ("-interlaced" if interlaced else "")
            _add(cases, kind, written(colours, 8, interlaced=interlaced), colours)
    grey = drawings.grey("png 9x1", 1, (1, 9))
    _add(cases, "9x1-grey-1", written(grey[..., np.newaxis], 1), flattened(scaled(grey, 1)))
    for bits, draw in ((8, drawings.rgb), (16, drawings.rgb_16)):
        samples = drawings.with_alpha(draw(f"png filters {bits}"), "png filters")
        _add(cases, f"rgba-{bits}-all-filters", _filtered(samples, bits), flattened(samples), alpha=True)
    grey = drawings.grey("png filters", 4)
    _add(cases, "grey-4-all-filters", _filtered(grey[..., np.newaxis], 4), flattened(scaled(grey, 15)))
    colours = drawings.rgb("png pieces")
    for kind, size in (("idat-of-1-byte", 1), ("idat-of-100-bytes", 100)):
        _add(cases, kind, _in_pieces(written(colours, 8), size), colours)


def _filtered(samples: Samples, bits: int) -> bytes:
    """Writes a PNG whose rows go through the filters 0 to 4 in turn."""
    height, width, channels = samples.shape
    raw = samples.astype(">u2").tobytes() if bits == 16 else packed(samples, bits)
    rows = np.frombuffer(raw, np.uint8).reshape(height, -1).astype(np.int64)
    back = max(1, channels * bits // 8)
    lines = b""
    for y, row in enumerate(rows):
        up = rows[y - 1] if y else np.zeros_like(row)
        left, corner = (np.concatenate([np.zeros(back, np.int64), r[:-back]]) for r in (row, up))
        guess = left + up - corner
        near = np.abs(np.stack([guess - left, guess - up, guess - corner]))
        paeth = np.choose(near.argmin(axis=0), [left, up, corner])  # Ties go to the first, as the standard says.
        predicted = (0, left, up, (left + up) // 2, paeth)[y % 5]
        lines += bytes([y % 5]) + ((row - predicted) % 256).astype(np.uint8).tobytes()
    header = struct.pack(">IIBBBBB", width, height, bits, {1: 0, 2: 4, 3: 2, 4: 6}[channels], 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(lines)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(map(_chunk, chunks))


def _in_pieces(data: bytes, size: int) -> bytes:
    """Splits the pixel data, and puts an empty piece in front."""
    chunks = list(png.Reader(bytes=data).chunks())
    whole = b"".join(content for name, content in chunks if name == b"IDAT")

    def split() -> Iterator[Chunk]:
        yield next(chunk for chunk in chunks if chunk[0] == b"IHDR")
        yield (b"IDAT", b"")
        for start in range(0, len(whole), size):
            yield (b"IDAT", whole[start : start + size])
        yield (b"IEND", b"")

    return data[:8] + b"".join(map(_chunk, split()))


def _add_unprofiled(cases: Cases) -> None:
    """Chunks that say what would be assumed without them."""
    for bits, draw in ((8, drawings.rgb), (16, drawings.rgb_16)):
        colours = draw(f"png srgb {bits}")
        plain = written(colours, bits)
        _add(cases, f"rgb-{bits}-gama-45455", with_chunks(plain, GAMMA_OF_SRGB), colours)
        _add(cases, f"rgb-{bits}-srgb", with_chunks(plain, SRGB_CHUNK), colours)
        three = with_chunks(plain, SRGB_CHUNK, GAMMA_OF_SRGB, CHROMATICITIES)
        _add(cases, f"rgb-{bits}-srgb-gama-chrm", three, colours)
        _add(cases, f"rgb-{bits}-srgb-over-gama-1", with_chunks(plain, LINEAR, SRGB_CHUNK), colours)


def profile_chunk(profile: profiles.Profile) -> Chunk:
    """Wraps a profile for PNG."""
    return (b"iCCP", profile.name.encode("latin-1") + b"\0\0" + zlib.compress(profile.data))


def _add_profiled(cases: Cases) -> None:
    for short, profile in profiles.RGB_PROFILES.items():
        colours = drawings.rgb(f"png {short}")
        samples = drawings.with_alpha(colours, f"png {short}")
        indices, palette = drawings.indexed(f"png {short}", 200)
        alike = palette[indices]
        chunk = profile_chunk(profile)
        for kind, data, drawn, alpha in (
            ("rgb-8", written(colours, 8), colours, None),
            ("rgba-8", written(samples, 8), colours, samples[..., 3]),
            ("palette-8", written(indices[..., np.newaxis], 8, palette=_colours(palette)), alike, None),
        ):
            data = with_chunks(data, chunk)
            calculated = profiles.by_arithmetic(drawn, profile)
            if alpha is not None:
                calculated = on_white(calculated, alpha)
            expected = agree(kind, readers.by_pillow(data), calculated, within=1)
            more = {"profile": profile.name} | ({} if alpha is None else {"alpha": True})
            record = cases.add(f"png/{kind}-icc-{short}.png", data, expected, oracle=LITTLE_CMS, tolerance=2, **more)
            stored = agree(kind, readers.by_pypng(data), drawn if alpha is None else on_white(drawn, alpha))
            cases.add_ignored(record, "icc", stored, oracle=PYPNG)
        deep = drawings.rgb_16(f"png {short}")
        data = with_chunks(written(deep, 16), chunk)
        agree(short, readers.by_pypng(data), deep)
        expected = profiles.by_arithmetic(deep, profile)
        more = {"profile": profile.name}
        record = cases.add(f"png/rgb-16-icc-{short}.png", data, expected, oracle=NUMPY, tolerance=2, **more)
        cases.add_ignored(record, "icc", deep, oracle=PYPNG)
    grey = drawings.grey("png grey gamma")
    data = with_chunks(written(grey[..., np.newaxis], 8), profile_chunk(profiles.GREY_GAMMA))
    expected = profiles.rounded(profiles.srgb_encoded(profiles.GREY_GAMMA.decoded(flattened(grey) / 255.0)), grey)
    agree("grey-8-gamma", readers.by_pillow(data), expected, within=1)
    more = {"profile": profiles.GREY_GAMMA.name}
    cases.add("png/grey-8-icc-gamma-1.8.png", data, readers.by_pillow(data), oracle=LITTLE_CMS, tolerance=2, **more)


def _add_linear(cases: Cases) -> None:
    """Files that say that their values are proportional to light."""
    grey, colours, deep = drawings.grey("png linear"), drawings.rgb("png linear"), drawings.rgb_16("png linear")
    samples = drawings.with_alpha(colours, "png linear")
    indices, palette = drawings.indexed("png linear", 256)
    for kind, data, drawn, alpha in (
        ("grey-8", written(grey[..., np.newaxis], 8), flattened(grey), None),
        ("rgb-8", written(colours, 8), colours, None),
        ("rgba-8", written(samples, 8), colours, samples[..., 3]),
        ("palette-8", written(indices[..., np.newaxis], 8, palette=_colours(palette)), palette[indices], None),
        ("rgb-16", written(deep, 16), deep, None),
    ):
        data = with_chunks(data, LINEAR)
        agree(kind, readers.by_pypng(data), drawn if alpha is None else on_white(drawn, alpha))
        expected = profiles.rounded(profiles.srgb_encoded(drawn / float(highest(drawn))), drawn)
        if alpha is not None:
            expected = on_white(expected, alpha)
        more = {} if alpha is None else {"alpha": True}
        cases.add(f"png/{kind}-gama-1.png", data, expected, oracle=NUMPY, tolerance=2, **more)


def _add_turned(cases: Cases) -> None:
    for orientation in range(1, 9):
        colours = drawings.rgb(f"png turned {orientation}")
        order = exif.INTEL if orientation % 2 else exif.MOTOROLA
        data = with_chunks(written(colours, 8), (b"eXIf", exif.block(orientation, order)))
        kind = f"exif-{orientation}"
        expected = agree(kind, readers.by_pillow(data), upright(colours, orientation))
        record = cases.add(f"png/{kind}.png", data, expected, oracle=PILLOW, orientation=orientation)
        stored = agree(kind, readers.by_pypng(data), colours)
        cases.add_ignored(record, "orientation", stored, oracle=PYPNG)
    deep = drawings.rgb_16("png turned deep")
    data = with_chunks(written(deep, 16), (b"eXIf", exif.block(6, exif.MOTOROLA)))
    expected = upright(agree("exif-6-rgb-16", readers.by_pypng(data), deep), 6)
    cases.add("png/exif-6-rgb-16.png", data, expected, oracle=PYPNG, orientation=6)
