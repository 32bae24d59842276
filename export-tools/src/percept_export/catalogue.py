# SPDX-License-Identifier: Apache-2.0
"""The catalogue of models that Percept installs without Python, and their skeletons.

A *skeleton* is a model file as this package writes it, description and all, without the values of the tensors
that a weights file holds: kilobytes. A tensor of the skeleton is called like that of the weights file, so
filling it needs no table. ``docs/schema/percept-catalogue-1.schema.json`` has the catalogue's fields.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx

from percept_export import perceptual, vgg
from percept_export.download import PinnedFile, sha256_of
from percept_export.errors import FileError, UsageError, WeightsError
from percept_export.graphs import Tensors
from percept_export.networks import VGG16, VGG19, Network, shapes_of
from percept_export.perceptual import NETWORKS, PRESETS, Loss
from percept_export.save import written_beside
from percept_export.spec import WeightsSpec, read
from percept_export.weights import PINNED

FILE = "catalogue.json"
SKELETONS = "skeletons"
FORMAT_VERSION = 1
MAXIMUM_HEADER = 100_000_000
"""Of a safetensors file, in bytes; the format's own limit."""

_VGG16_LAYERS = ("relu1_2", "relu2_2", "relu3_3", "relu4_3", "relu5_3")
"""The last of each block."""
_COPYRIGHT = "Copyright (c) Soumith Chintala 2016, all rights reserved (torchvision's LICENSE)"


@dataclass(frozen=True)
class Entry:
    """A model of the catalogue: what its description calls it, whose weights it takes, and how it is built."""

    name: str
    network: Network
    layers: tuple[str, ...]
    build: Callable[[Tensors, WeightsSpec], onnx.ModelProto]


def _entries() -> dict[str, Entry]:
    five = Loss("content", "vgg16", VGG16, dict.fromkeys(_VGG16_LAYERS, 1.0), title="vgg16")
    entries = [
        Entry("vgg19", VGG19, vgg.DEFAULT_LAYERS, lambda t, w: vgg.build(vgg.DEFAULT_LAYERS, t, w)),
        _entry_of(five),
        *(_entry_of(loss) for loss in PRESETS.values()),
    ]
    return {entry.name: entry for entry in entries}


def _entry_of(loss: Loss) -> Entry:
    return Entry(loss.title, loss.network, tuple(loss.layers), lambda t, w: perceptual.build(loss, t, w))


ENTRIES = _entries()
"""By name."""


def skeleton(entry: Entry, pinned: PinnedFile) -> bytes:
    """Returns the model filled from ``pinned``, without what that fills in; equal arguments give equal bytes."""
    shapes = shapes_of(entry.network.needed(entry.layers))
    zeros = {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}
    model = entry.build(zeros, WeightsSpec(pinned.source, pinned.sha256, pinned.licence))
    for tensor in model.graph.initializer:
        if tensor.name in shapes:
            tensor.ClearField("raw_data")
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def write(folder: Path, pinned: Mapping[str, PinnedFile] = PINNED) -> None:
    """Writes the catalogue and every skeleton; pins that the folder's catalogue has of the same files are kept.

    Raises:
        FileError: the folder cannot be written to.
        WeightsError: its catalogue is none.
    """
    try:
        (folder / SKELETONS).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"cannot make {folder / SKELETONS}: {error.strerror or error}") from error
    known = _read(folder / FILE)["weights"] if (folder / FILE).exists() else {}
    files: dict[str, Any] = {}
    for name in NETWORKS:
        files[name] = _weights(pinned[name])
        if known.get(name, {}).get("sha256") == pinned[name].sha256:
            files[name] |= {part: known[name][part] for part in ("size", "tensors") if part in known[name]}
    models = {}
    for name, entry in ENTRIES.items():
        content = skeleton(entry, pinned[entry.network.name])
        with written_beside(folder / SKELETONS / f"{name}.onnx", content):
            pass
        description = read(onnx.load_from_string(content)).description
        models[name] = {"description": description, "weights": entry.network.name}
    _write(folder / FILE, {"percept_catalogue": FORMAT_VERSION, "models": models, "weights": files})


def pin(catalogue: Path, name: str, file: Path) -> None:
    """Fills in the size of a weights file, and where each feature tensor lies in it and its SHA-256.

    Args:
        catalogue: is replaced.
        name: of the weights.
        file: a safetensors file, which must be the one that the catalogue names.

    Raises:
        UsageError: the catalogue has no such weights.
        FileError: a file cannot be read or written.
        WeightsError: it is another file, or no whole safetensors file.
    """
    document = _read(catalogue)
    entry = document["weights"].get(name)
    if entry is None:
        raise UsageError(f"{catalogue} has no weights '{name}'; it has {', '.join(document['weights'])}")
    try:
        actual = sha256_of(file)
        if actual != entry["sha256"]:
            raise WeightsError(
                f"{file} has SHA-256 {actual}, not {entry['sha256']}: it is not what {name} is pinned to"
            )
        entry["size"] = file.stat().st_size
        entry["tensors"] = _tensors(file, NETWORKS[name])
    except OSError as error:
        raise FileError(f"cannot read {file}: {error.strerror or error}") from error
    _write(catalogue, document)


def _tensors(file: Path, network: Network) -> dict[str, Any]:
    with file.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        if not 2 <= length <= MAXIMUM_HEADER:
            raise WeightsError(f"{file} is no safetensors file: its header would take {length} bytes")
        header = json.loads(stream.read(length))
        tensors = {}
        for name, shape in network.shapes.items():
            found = header.get(name)
            if found is None:
                raise WeightsError(f"tensor '{name}' is missing from {file}")
            begin, end = found["data_offsets"]
            if found["dtype"] != "F32" or tuple(found["shape"]) != shape or end - begin != 4 * np.prod(shape):
                raise WeightsError(f"tensor '{name}' of {file} is not float32 of the shape {shape}")
            stream.seek(8 + length + begin)
            digest = hashlib.sha256(stream.read(end - begin)).hexdigest()
            tensors[name] = {"offset": 8 + length + begin, "sha256": digest}
    return tensors


def _weights(pinned: PinnedFile) -> dict[str, Any]:
    return {
        "repository": pinned.repository,
        "revision": pinned.revision,
        "path": pinned.path,
        "megabytes": pinned.megabytes,
        "sha256": pinned.sha256,
        "licence": pinned.licence,
        "copyright": _COPYRIGHT,
    }


def _read(catalogue: Path) -> dict[str, Any]:
    try:
        document: dict[str, Any] = json.loads(catalogue.read_text("utf-8"))
    except OSError as error:
        raise FileError(f"cannot read {catalogue}: {error.strerror or error}") from error
    except ValueError as error:
        raise WeightsError(f"{catalogue} is not JSON: {error}") from error
    if not isinstance(document, dict) or document.get("percept_catalogue") != FORMAT_VERSION:
        raise WeightsError(f"{catalogue} is no catalogue of version {FORMAT_VERSION}")
    return document


def _write(catalogue: Path, document: Mapping[str, Any]) -> None:
    text = json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    with written_beside(catalogue, text.encode()):
        pass
