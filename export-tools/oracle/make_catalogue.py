# SPDX-License-Identifier: Apache-2.0
"""Writes a catalogue of its own with the weights it names, for tests that what is installed is what is exported.

    python oracle/make_catalogue.py OUT_DIR

OUT_DIR gets ``model.safetensors``, VGG19's features with the weights random:0 in the layout of the pinned file; a
catalogue that names and pins it, with its skeletons; and the exports of that file that the skeletons must be filled to:
``vgg19.onnx`` and ``style-basicsr.onnx``. ``catalogue.json`` is written last: where it is, the rest is whole.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from percept_export import catalogue, weights
from percept_export.download import sha256_of
from percept_export.networks import VGG19
from percept_export.save import save
from percept_export.spec import WeightsSpec


def main(out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    file = out / "model.safetensors"
    tensors = weights.random_tensors(0, VGG19.shapes)
    save_file({**tensors, "pre_logits.fc1.bias": np.zeros(4096, np.float32)}, file)
    size = round(file.stat().st_size / 1e6)
    pinned = replace(weights.PINNED["vgg19"], revision="0" * 40, sha256=sha256_of(file), megabytes=size)
    source = WeightsSpec(pinned.source, pinned.sha256, pinned.licence)
    for name in ("vgg19", "style-basicsr"):
        save(catalogue.ENTRIES[name].build(tensors, source), out / f"{name}.onnx")
    whole = out / "whole"
    catalogue.write(whole, {**weights.PINNED, "vgg19": pinned})
    catalogue.pin(whole / catalogue.FILE, "vgg19", file)
    for path in (catalogue.SKELETONS, catalogue.FILE):
        (whole / path).rename(out / path)
    whole.rmdir()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
