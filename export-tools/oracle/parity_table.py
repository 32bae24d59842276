# SPDX-License-Identifier: Apache-2.0
"""Prints how far Percept's metrics are from the originals, as Markdown: what stands in docs/metrics.md.

    python oracle/parity_table.py [--percept bin/percept] [--sizes N]

Original and export get the same seeded weights. The pictures are scikit-image's, at the sizes below, each against
itself with noise of sigma 8 (of 255) and, but for the largest, compressed as JPEG of quality 30. The original runs as
its users run it, in float32. The export is run by ONNX Runtime and scored as the formula says, and, with ``--percept``,
by that command. A figure is the largest relative difference of any pair.
"""

from __future__ import annotations

import argparse
import functools
import io
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import torch
from PIL import Image

import originals
from formula import Model
from image_files.photographs import crop
from percept_export import lpips, perceptual, weights
from percept_export.graphs import Tensors
from percept_export.networks import VGG16, Network
from percept_export.perceptual import PRESETS
from percept_export.spec import WeightsSpec
from pictures import Picture, noisy, write_png

SEED = "random:1"
PICTURES = (
    ("rocket.jpg", (64, 64)),
    ("chelsea.png", (97, 131)),
    ("coffee.png", (224, 224)),
    ("hubble_deep_field.jpg", (161, 255)),
    ("astronaut.png", (512, 512)),
)


@dataclass(frozen=True)
class Row:
    """A metric: what the original is called, the command that exports it, and both."""

    original: str
    command: str
    metric: originals.Metric
    model: onnx.ModelProto


def rows() -> Iterator[Row]:
    """Makes every metric, one after another, since together they would fill the memory."""
    for net, variant in lpips.VARIANTS.items():
        tensors, source = loaded(variant.network)
        linear = lpips.load_linear("lpips", variant)
        model = lpips.build(variant, tensors, source, linear)
        command = f"lpips --net {net}"
        yield Row(f"lpips `LPIPS(net='{net}')`", command, originals.of_lpips(net, tensors), model)
        yield Row(f"torchmetrics LPIPS, `{net}`", command, originals.of_torchmetrics(net, tensors), model)
        if net == "vgg":
            yield Row("piq `LPIPS()`", command, originals.of_piq_lpips(VGG16, tensors, linear[0]), model)
        name, metric = f"lpips `LPIPS(net='{net}', lpips=False)`", originals.of_lpips(net, tensors, baseline=True)
        yield Row(name, f"{command} --baseline", metric, lpips.build(variant, tensors, source, None))
    for (kind, name), loss in PRESETS.items():
        tensors, source = loaded(loss.network)
        metric = originals.of_preset(kind, name, loss.network, tensors)
        whose = loss.description.partition(" (")[0] if name == "pix2pixhd" else loss.description
        yield Row(whose, f"{kind} --preset {name}", metric, perceptual.build(loss, tensors, source))


@functools.cache
def loaded(network: Network) -> tuple[Tensors, WeightsSpec]:
    """The same numbers for the original and for the export."""
    return weights.load(SEED, network.shapes, network)


Group = tuple[Picture, list[Picture]]
"""A reference and its candidates."""


def groups(count: int) -> list[Group]:
    """Returns the first ``count`` pictures with their candidates."""
    found = []
    for i, (name, size) in enumerate(PICTURES[:count]):
        picture = crop(name, size)
        candidates = [noisy(picture, 8, seed=i), _as_jpeg(picture, 30)]
        found.append((picture, candidates if size[0] < 512 else candidates[:1]))
    return found


def by_percept(command: str, model: onnx.ModelProto, scored: list[Group], folder: Path) -> list[float]:
    """Returns what Percept's command line says."""
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    totals = []
    for reference, candidates in scored:
        names = [f"candidate{i}.png" for i in range(len(candidates))]
        for name, picture in zip(["reference.png", *names], [reference, *candidates], strict=True):
            write_png(picture, folder / name)
        arguments = ["score", "--model=model.onnx", "--device=cpu", "--format=json", "reference.png", *names]
        done = subprocess.run([command, *arguments], cwd=folder, check=True, capture_output=True, encoding="utf-8")
        found = {result["candidate"]: result["total"] for result in json.loads(done.stdout)["results"]}
        totals += [found[name] for name in names]
    return totals


def main() -> None:
    """Prints the table, a line as soon as it is there."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--percept", type=Path, help="Percept's command line, to score with it as well")
    parser.add_argument("--sizes", type=int, default=len(PICTURES), help="how many of the pictures; default all")
    options = parser.parse_args()
    torch.set_num_threads(2)
    scored = groups(options.sizes)
    more = " | Percept's command line" if options.percept else ""
    print(f"| original | `percept export …` | formula in ONNX Runtime{more} |")
    print(f"|---|---|---{'|---' if options.percept else ''}|")
    with tempfile.TemporaryDirectory() as folder:
        for row in rows():
            expected = [originals.score(row.metric, x, y) for x, candidates in scored for y in candidates]
            model = Model(row.model)
            got = [[model.score(x, y) for x, candidates in scored for y in candidates]]
            if options.percept:
                got.append(by_percept(str(options.percept.resolve()), row.model, scored, Path(folder)))
            worst = (max(map(_relative, totals, expected)) for totals in got)
            print(f"| {row.original} | `{row.command}` | {' | '.join(f'{error:.0e}' for error in worst)} |", flush=True)


def _relative(got: float, expected: float) -> float:
    return abs(got - expected) / abs(expected)


def _as_jpeg(picture: Picture, quality: int) -> Picture:
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "JPEG", quality=quality)
    return np.asarray(Image.open(stream))


if __name__ == "__main__":
    sys.exit(main())
