# SPDX-License-Identifier: Apache-2.0
"""TIFF: by Pillow what it writes, by tiff_writer the rest."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import Image

from image_files import drawings, exif, profiles, readers
from image_files.cases import LITTLE_CMS, NUMPY, PILLOW, TIFFFILE, Cases, Record, agree
from image_files.exif import INTEL, MOTOROLA
from image_files.levels import Samples, flattened, on_white, scaled, upright
from image_files.tiff_writer import BLACK_IS_ZERO, PALETTE, RGB, WHITE_IS_ZERO, Page, written

ICC = 34675
ORDERS = {INTEL: "little", MOTOROLA: "big"}
DEEP_CODINGS = {
    INTEL: [("none", False), ("lzw", False), ("lzw", True), ("deflate", False), ("deflate", True), ("packbits", False)],
    MOTOROLA: [("none", False), ("lzw", True), ("deflate", True)],
}
"""Compressions, and whether of differences."""


def add_to(cases: Cases) -> None:
    """Adds all of them."""
    _add_by_pillow(cases)
    _add_jpeg(cases)
    _add_compressed(cases)
    _add_deep(cases)
    _add_laid_out(cases)
    _add_shallow(cases)
    _add_transparent(cases)
    _add_pages(cases)
    _add_turned(cases)
    _add_profiled(cases)


def saved(image: Image.Image, **options: Any) -> bytes:
    """Writes a TIFF by Pillow."""
    file = io.BytesIO()
    image.save(file, "TIFF", **options)
    return file.getvalue()


def _add(
    cases: Cases,
    kind: str,
    data: bytes,
    drawn: Samples,
    *,
    stored: Samples | None = None,
    lzw: bool = False,
    **more: Any,
) -> Record:
    """Adds a file that holds ``drawn``.

    Pillow is asked for 8 bits and 16-bit grey, and for the high bytes of what else has 16 bits. tifffile is
    asked where it's told what samples are ``stored``, but for LZW, which it can't read without more packages.
    """
    oracle = PILLOW
    expected = drawn
    if stored is not None and not lzw:
        agree(kind, readers.by_tifffile(data), stored)
    if drawn.dtype == np.uint8:
        expected = agree(kind, readers.by_pillow(data), drawn)
    elif stored is not None and not lzw:
        oracle = TIFFFILE
    elif stored is None or stored.shape[2] == 1:
        expected = agree(kind, readers.grey_16_by_pillow(data), drawn)
    else:
        agree(kind, readers.narrowed_by_pillow(data), (stored >> 8).astype(np.uint8))
        oracle = f"{PILLOW}, {NUMPY}"
    return cases.add(f"tiff/{kind}.tif", data, expected, oracle=oracle, **more)


def _add_by_pillow(cases: Cases) -> None:
    grey, colours = drawings.grey("tiff"), drawings.rgb("tiff")
    samples = drawings.with_alpha(colours, "tiff")
    indices, palette = drawings.indexed("tiff", 256)
    indexed = Image.fromarray(indices, "P")
    indexed.putpalette(palette.tobytes())
    bilevel = drawings.grey("tiff bilevel", 1)
    deep = drawings.grey("tiff", 16)
    compressions = ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits")
    for compression in compressions:
        end = compression.removeprefix("tiff_").replace("_", "-")
        options = {"compression": compression}
        _add(cases, f"grey-8-{end}", saved(Image.fromarray(grey), **options), flattened(grey))
        _add(cases, f"rgb-8-{end}", saved(Image.fromarray(colours), **options), colours)
        _add(cases, f"rgba-8-{end}", saved(Image.fromarray(samples), **options), flattened(samples), alpha=True)
        _add(cases, f"palette-8-{end}", saved(indexed, **options), palette[indices])
        _add(cases, f"grey-16-{end}", saved(Image.fromarray(deep), **options), flattened(deep))
    black_and_white = Image.fromarray(bilevel.astype(bool))
    for compression in (*compressions, "group3", "group4"):
        end = compression.removeprefix("tiff_").replace("_", "-")
        drawn = flattened(scaled(bilevel, 1))
        _add(cases, f"grey-1-{end}", saved(black_and_white, compression=compression), drawn)
        data = saved(black_and_white, compression=compression, tiffinfo={262: WHITE_IS_ZERO})
        _add(cases, f"grey-1-white-is-zero-{end}", data, drawn)


def _add_jpeg(cases: Cases) -> None:
    colours, grey = drawings.rgb("tiff jpeg", (48, 61)), drawings.grey("tiff jpeg", 8, (48, 61))
    for kind, image, drawn in (
        ("jpeg-grey", Image.fromarray(grey), flattened(grey)),
        ("jpeg-rgb", Image.fromarray(colours), colours),
        ("jpeg-ycc", Image.fromarray(colours).convert("YCbCr"), colours),
    ):
        data = saved(image, compression="jpeg", quality=90, strip_size=61 * 3 * 16)
        expected = readers.by_pillow(data)
        if np.abs(expected.astype(np.int64) - drawn).mean() > 12:
            raise ValueError(f"{kind} is not like what was drawn")
        cases.add(f"tiff/{kind}.tif", data, expected, oracle=PILLOW, tolerance=1)


def _add_compressed(cases: Cases) -> None:
    colours = drawings.rgb("tiff compressed")
    for compression in ("lzw", "deflate", "old-deflate", "packbits"):
        for differences in (False, True):
            if compression == "packbits" and differences:
                continue  # No one writes that.
            page = Page(colours, RGB, compression=compression, differences=differences, rows=8)
            end = "-differences" if differences else ""
            _add(cases, f"rgb-8-strips-{compression}{end}", written([page]), colours)
    page = Page(drawings.grey("tiff differences")[..., np.newaxis], BLACK_IS_ZERO, compression="lzw", differences=True)
    _add(cases, "grey-8-lzw-differences", written([page]), flattened(page.samples))
    noise = drawings.rgb_16("tiff noise", (60, 70)).astype(np.uint8)  # So much of it that LZW starts anew.
    _add(cases, "rgb-8-lzw-noise", written([Page(noise, RGB, compression="lzw")]), noise)


def _add_deep(cases: Cases) -> None:
    grey, colours = drawings.grey("tiff deep", 16)[..., np.newaxis], drawings.rgb_16("tiff deep")
    samples = drawings.with_alpha(colours, "tiff deep")
    for order, name in ORDERS.items():
        for kind, some, photometric, extra in (
            ("grey", grey, BLACK_IS_ZERO, None),
            ("rgb", colours, RGB, None),
            ("rgba", samples, RGB, 2),
        ):
            for compression, differences in DEEP_CODINGS[order]:
                page = Page(some, photometric, 16, extra, compression, differences, rows=10)
                _add(
                    cases,
                    f"{kind}-16-{name}-{compression}" + ("-differences" if differences else ""),
                    written([page], order),
                    flattened(some),
                    stored=some,
                    lzw=compression == "lzw",
                    **({"alpha": True} if extra else {}),
                )


def _add_laid_out(cases: Cases) -> None:
    shallow, deep = drawings.rgb("tiff layout", (37, 61)), drawings.rgb_16("tiff layout", (37, 61))
    for order, compression in ((INTEL, "none"), (MOTOROLA, "deflate")):
        for colours in (shallow, deep):
            for kind, layout in (
                ("tiles", {"tile": (16, 32)}),
                ("planes", {"planes": True, "rows": 7}),
                ("planes-tiles", {"planes": True, "tile": (16, 16)}),
                ("one-row-strips", {"rows": 1}),
            ):
                bits = 8 * colours.dtype.itemsize
                data = written([Page(colours, RGB, bits, compression=compression, **layout)], order)
                _add(cases, f"{kind}-{bits}-{ORDERS[order]}-{compression}", data, colours, stored=colours)


def _add_shallow(cases: Cases) -> None:
    for bits in (1, 2, 4):
        grey = drawings.grey(f"tiff {bits}", bits)
        drawn = flattened(scaled(grey, (1 << bits) - 1))
        top = np.uint8((1 << bits) - 1)
        if bits > 1:
            _add(cases, f"grey-{bits}", written([Page(grey[..., np.newaxis], BLACK_IS_ZERO, bits)]), drawn)
            page = Page((top - grey)[..., np.newaxis], WHITE_IS_ZERO, bits)
            _add(cases, f"grey-{bits}-white-is-zero", written([page], MOTOROLA), drawn)
        indices, palette = drawings.indexed(f"tiff palette {bits}", 1 << bits)
        colours = exif.shorts(INTEL, *(int(v) * 257 for v in palette.T.flat))
        page = Page(indices[..., np.newaxis], PALETTE, bits, tags={320: colours})
        _add(cases, f"palette-{bits}", written([page]), palette[indices])
    grey = drawings.grey("tiff inverted")
    page = Page(255 - grey[..., np.newaxis], WHITE_IS_ZERO)
    _add(cases, "grey-8-white-is-zero", written([page]), flattened(grey))
    deep = drawings.grey("tiff inverted", 16)
    page = Page(65535 - deep[..., np.newaxis], WHITE_IS_ZERO, 16)
    # Pillow forgets to invert 16 bits.
    _add(cases, "grey-16-white-is-zero", written([page]), flattened(deep), stored=page.samples)


def _add_transparent(cases: Cases) -> None:
    grey = drawings.with_alpha(drawings.grey("tiff alpha")[..., np.newaxis], "tiff alpha")
    data = written([Page(grey, BLACK_IS_ZERO, extra=2)])
    _add(cases, "grey-alpha-8", data, flattened(grey), stored=grey, alpha=True)
    deep = drawings.with_alpha(drawings.grey("tiff alpha", 16)[..., np.newaxis], "tiff alpha")
    data = written([Page(deep, BLACK_IS_ZERO, 16, extra=2)], MOTOROLA)
    _add(cases, "grey-alpha-16", data, flattened(deep), stored=deep, alpha=True)
    for bits, draw in ((8, drawings.rgb), (16, drawings.rgb_16)):
        samples = drawings.with_alpha(draw(f"tiff multiplied {bits}"), "tiff multiplied")
        colours, alpha = samples[..., :3], samples[..., 3:]
        top = (1 << bits) - 1
        multiplied = ((colours.astype(np.int64) * alpha + top // 2) // top).astype(colours.dtype)
        page = Page(np.dstack([multiplied, alpha]), RGB, bits, extra=1)
        data = written([page])
        stored = agree("rgba-multiplied", readers.by_tifffile(data), page.samples)
        # On white there's nothing to divide; readers that divide first, like Pillow, are off by rounding.
        expected = (stored[..., :3].astype(np.int64) + top - stored[..., 3:]).astype(colours.dtype)
        if bits == 8:
            agree("rgba-multiplied", readers.by_pillow(data), expected, within=1)
        more: Record = {"oracle": f"{TIFFFILE}, {NUMPY}", "tolerance": 1, "alpha": True}
        cases.add(f"tiff/rgba-{bits}-multiplied.tif", data, expected, **more)


def _add_pages(cases: Cases) -> None:
    drawn = [drawings.rgb(f"tiff page {i}", size) for i, size in enumerate(((29, 37), (40, 50), (10, 12)))]
    data = written([Page(colours, RGB, compression="deflate") for colours in drawn])
    _add(cases, "pages-3", data, drawn[0], stored=drawn[0])
    first, *rest = [Image.fromarray(colours) for colours in drawn]
    data = saved(first, save_all=True, append_images=rest, compression="tiff_lzw")
    _add(cases, "pages-3-lzw", data, drawn[0])


def _add_turned(cases: Cases) -> None:
    for orientation in range(1, 9):
        order = INTEL if orientation % 2 else MOTOROLA
        colours = drawings.rgb(f"tiff turned {orientation}")
        page = Page(colours, RGB, rows=8, tags={exif.ORIENTATION: exif.shorts(order, orientation)})
        data = written([page], order)
        stored = agree("orientation", readers.by_tifffile(data), colours)
        kind = f"orientation-{orientation}"
        record = _add(cases, kind, data, upright(colours, orientation), orientation=orientation)
        cases.add_ignored(record, "orientation", stored, oracle=TIFFFILE)
    deep = drawings.rgb_16("tiff turned deep")
    page = Page(deep, RGB, 16, compression="deflate", tags={exif.ORIENTATION: exif.shorts(INTEL, 5)})
    _add(cases, "orientation-5-rgb-16", written([page]), upright(deep, 5), stored=deep, orientation=5)


def _add_profiled(cases: Cases) -> None:
    for short, profile in profiles.RGB_PROFILES.items():
        colours = drawings.rgb(f"tiff {short}")
        samples = drawings.with_alpha(colours, f"tiff {short}")
        tags = {ICC: exif.undefined(profile.data)}
        for kind, page, stored in (
            ("rgb-8", Page(colours, RGB, compression="lzw", tags=tags), colours),
            ("rgba-8", Page(samples, RGB, extra=2, tags=tags), flattened(samples)),
        ):
            data = written([page])
            calculated = profiles.by_arithmetic(colours, profile)
            more: Record = {"profile": profile.name}
            if page.extra:
                calculated = on_white(calculated, samples[..., 3])
                more["alpha"] = True
            expected = agree(kind, readers.by_pillow(data), calculated, within=1)
            name = f"tiff/{kind}-icc-{short}.tif"
            record = cases.add(name, data, expected, oracle=LITTLE_CMS, tolerance=2, **more)
            agree(kind, readers.by_pillow(data, icc=False), stored)
            cases.add_ignored(record, "icc", stored, oracle=PILLOW)
        deep = drawings.rgb_16(f"tiff {short}")
        data = written([Page(deep, RGB, 16, compression="deflate", tags=tags)], MOTOROLA)
        stored = agree(short, readers.by_tifffile(data), deep)
        expected = profiles.by_arithmetic(deep, profile)
        name = f"tiff/rgb-16-icc-{short}.tif"
        record = cases.add(name, data, expected, oracle=NUMPY, tolerance=2, profile=profile.name)
        cases.add_ignored(record, "icc", stored, oracle=TIFFFILE)
