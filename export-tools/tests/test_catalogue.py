# SPDX-License-Identifier: Apache-2.0
"""The committed catalogue is what the command writes, its skeletons need only values, and pins name the right bytes."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import jsonschema
import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from safetensors.numpy import save_file

from percept_export import catalogue, vgg, weights
from percept_export.networks import VGG16
from percept_export.spec import WeightsSpec, read

Cli = Callable[..., tuple[int, str, str]]
ROOT = Path(__file__).parents[2]
COMMITTED = ROOT / "core/src/main/resources/dev/percept/models"
SCHEMA = json.loads((ROOT / "docs/schema/percept-catalogue-1.schema.json").read_text("utf-8"))


def test_the_committed_catalogue_is_what_the_command_writes(tmp_path: Path) -> None:
    shutil.copy(COMMITTED / catalogue.FILE, tmp_path)
    catalogue.write(tmp_path)
    written = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*.*")}
    committed = {path: (COMMITTED / path).read_bytes() for path in written}
    assert written == committed, "run percept-export catalogue write from the repository's root"
    assert {f"{name}.onnx" for name in catalogue.ENTRIES} == {
        path.name for path in (COMMITTED / catalogue.SKELETONS).iterdir()
    }


def test_the_committed_catalogue_conforms_to_its_schema() -> None:
    document = json.loads((COMMITTED / catalogue.FILE).read_text("utf-8"))
    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    assert {"vgg19", "vgg16", "content-piq", "style-piq"} <= set(document["models"])


@pytest.mark.parametrize("name", catalogue.ENTRIES)
def test_a_skeleton_is_called_like_its_model_and_takes_kilobytes(name: str) -> None:
    content = (COMMITTED / catalogue.SKELETONS / f"{name}.onnx").read_bytes()
    assert len(content) < 10_000
    assert read(onnx.load_from_string(content)).name == name


def test_a_filled_skeleton_is_the_model_itself() -> None:
    pinned = weights.PINNED["vgg19"]
    model = onnx.load_from_string((COMMITTED / catalogue.SKELETONS / "vgg19.onnx").read_bytes())
    tensors, _ = weights.load("random:0", vgg.shapes_of(vgg.needed(vgg.DEFAULT_LAYERS)))
    for tensor in model.graph.initializer:
        tensor.raw_data = numpy_helper.from_array(tensors[tensor.name]).raw_data
    source = WeightsSpec(pinned.source, pinned.sha256, pinned.licence)
    assert model == vgg.build(vgg.DEFAULT_LAYERS, tensors, source)


def test_pinning_names_each_tensors_bytes(tmp_path: Path, cli: Cli) -> None:
    file = tmp_path / "vgg16.safetensors"
    save_file({**weights.random_tensors(0, VGG16.shapes), "head.fc.bias": np.zeros(3, np.float32)}, file)
    shutil.copy(COMMITTED / catalogue.FILE, tmp_path)
    document = json.loads((tmp_path / catalogue.FILE).read_text("utf-8"))
    code, _, err = cli("catalogue", "pin", "vgg16", "--file", str(file), "--folder", str(tmp_path))
    assert code == 4 and "it is not what vgg16 is pinned to" in err

    content = file.read_bytes()
    document["weights"]["vgg16"]["sha256"] = hashlib.sha256(content).hexdigest()
    (tmp_path / catalogue.FILE).write_text(json.dumps(document), "utf-8")
    assert cli("catalogue", "pin", "vgg16", "--file", str(file), "--folder", str(tmp_path))[0] == 0
    document = json.loads((tmp_path / catalogue.FILE).read_text("utf-8"))
    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    entry = document["weights"]["vgg16"]
    assert entry["size"] == len(content)
    assert set(entry["tensors"]) == set(VGG16.shapes)
    for name, values in weights.random_tensors(0, VGG16.shapes).items():
        offset = entry["tensors"][name]["offset"]
        assert content[offset : offset + values.nbytes] == values.tobytes()
        assert entry["tensors"][name]["sha256"] == hashlib.sha256(values.tobytes()).hexdigest()


def test_pins_stay_while_the_file_is_the_same(tmp_path: Path) -> None:
    shutil.copy(COMMITTED / catalogue.FILE, tmp_path)
    document = json.loads((tmp_path / catalogue.FILE).read_text("utf-8"))
    document["weights"]["vgg16"] |= {"size": 99, "tensors": {}}
    document["weights"]["vgg19"] |= {"size": 99, "tensors": {}, "sha256": "0" * 64}
    (tmp_path / catalogue.FILE).write_text(json.dumps(document), "utf-8")
    catalogue.write(tmp_path)
    written = json.loads((tmp_path / catalogue.FILE).read_text("utf-8"))["weights"]
    assert written["vgg16"]["size"] == 99
    assert "size" not in written["vgg19"]


@pytest.mark.parametrize("arguments", [("write", "vgg19"), ("pin",), ("pin", "alexnet")])
def test_misuse_is_told(arguments: tuple[str, ...], cli: Cli) -> None:
    assert cli("catalogue", *arguments)[0] == 2
