# SPDX-License-Identifier: Apache-2.0
"""Writes a catalogue of its own with the weights it names, for tests that what is installed is what is exported.

    python oracle/make_catalogue.py OUT_DIR

OUT_DIR gets ``vgg16.safetensors`` and ``vgg19.safetensors``, the networks' features with the weights random:0 in the
layout of the pinned files; a catalogue that names and pins them, with its skeletons; and ``exports.json``, the SHA-256
of the export of each of the catalogue's models, which its filled skeleton must have. ``catalogue.json`` is written
last: where it is, the rest is whole.
"""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from percept_export import catalogue, weights
from percept_export.download import PinnedFile, sha256_of
from percept_export.graphs import Tensors
from percept_export.networks import VGG16, VGG19
from percept_export.spec import WeightsSpec


def main(out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    sources: dict[str, tuple[Tensors, WeightsSpec]] = {}
    pinned: dict[str, PinnedFile] = {}
    for network in (VGG16, VGG19):
        name = network.name
        file = out / f"{name}.safetensors"
        tensors = weights.random_tensors(0, network.shapes)
        save_file({**tensors, "pre_logits.fc1.bias": np.zeros(4096, np.float32)}, file)
        size = round(file.stat().st_size / 1e6)
        made = replace(weights.PINNED[name], revision="0" * 40, sha256=sha256_of(file), megabytes=size)
        sources[name] = (tensors, WeightsSpec(made.source, made.sha256, made.licence))
        pinned[name] = made
    exports = {}
    for name, entry in catalogue.ENTRIES.items():
        exported = entry.build(*sources[entry.network.name]).SerializeToString(deterministic=True)
        exports[name] = hashlib.sha256(exported).hexdigest()
    (out / "exports.json").write_text(json.dumps(exports, indent=1))
    whole = out / "whole"
    catalogue.write(whole, {**weights.PINNED, **pinned})
    for name in pinned:
        catalogue.pin(whole / catalogue.FILE, name, out / f"{name}.safetensors")
    for path in (catalogue.SKELETONS, catalogue.FILE):
        (whole / path).rename(out / path)
    whole.rmdir()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
