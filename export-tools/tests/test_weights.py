# SPDX-License-Identifier: Apache-2.0
"""Sources of weights: files of every float type, and every way in which a file can be wrong."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from hub import Hub
from percept_export import vgg, weights
from percept_export.errors import ExtraMissingError, FileError, UsageError, WeightsError

SHAPES = vgg.shapes_of(vgg.needed(["relu1_2"]))
TENSORS = dict(weights.random_tensors(0, SHAPES))


def write(path: Path, changes: dict[str, Any] | None = None) -> Path:
    """Writes the first two convolutions; ``changes`` replace tensors, None removes one."""
    tensors = {name: tensor for name, tensor in (TENSORS | (changes or {})).items() if tensor is not None}
    save_file(tensors, path)
    return path


def write_bfloat16(path: Path) -> Path:
    """The same file with every value's upper half, byte by byte, as no NumPy can save it."""
    header, data = {}, b""
    for name, tensor in TENSORS.items():
        halves = (np.ascontiguousarray(tensor).view(np.uint32) >> 16).astype("<u2").tobytes()
        offsets = [len(data), len(data) + len(halves)]
        header[name] = {"dtype": "BF16", "shape": list(tensor.shape), "data_offsets": offsets}
        data += halves
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)
    return path


def test_reads_what_is_needed_and_says_where_it_came_from(tmp_path: Path) -> None:
    path = write(tmp_path / "mine.safetensors", {"classifier.0.weight": np.zeros((2, 2), np.float32)})
    tensors, source = weights.load(str(path), SHAPES)
    assert list(tensors) == list(SHAPES)
    for name, tensor in tensors.items():
        np.testing.assert_array_equal(tensor, TENSORS[name])
    assert source.source == "mine.safetensors"
    assert source.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert not source.random
    assert source.licence is None


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 0), ("float16", 1e-3)])
def test_other_float_types_become_float32(tmp_path: Path, dtype: str, tolerance: float) -> None:
    path = write(tmp_path / "w.safetensors", {name: tensor.astype(dtype) for name, tensor in TENSORS.items()})
    tensors, _ = weights.load(str(path), SHAPES)
    for name, tensor in tensors.items():
        assert tensor.dtype == np.float32
        np.testing.assert_allclose(tensor, TENSORS[name], rtol=tolerance, atol=tolerance * 1e-3)


def test_bfloat16_becomes_float32(tmp_path: Path) -> None:
    tensors, _ = weights.load(str(write_bfloat16(tmp_path / "w.safetensors")), SHAPES)
    for name, tensor in tensors.items():
        np.testing.assert_array_equal(tensor, (TENSORS[name].view(np.uint32) & 0xFFFF0000).view(np.float32))


NOT_FINITE = TENSORS["features.2.bias"].copy()
NOT_FINITE[5] = np.nan


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"features.2.bias": None}, r"'features\.2\.bias' is missing"),
        ({"features.2.bias": np.zeros(63, np.float32)}, r"'features\.2\.bias' .* has shape 63, VGG19's has 64"),
        ({"features.2.weight": np.zeros((64, 64, 3), np.float32)}, "has shape 64×64×3, VGG19's has 64×64×3×3"),
        ({"features.2.bias": NOT_FINITE}, r"'features\.2\.bias' .* not finite"),
        ({"features.2.bias": np.full(64, 1e300)}, r"'features\.2\.bias' .* not finite"),
        ({"features.2.bias": np.zeros(64, np.int32)}, r"'features\.2\.bias' .* holds I32"),
        ({"features.17.weight": np.zeros((512, 256, 3, 3), np.float32)}, r"'features\.17\.weight' .* another network"),
        ({"features.1.running_mean": np.zeros(64, np.float32)}, r"'features\.1\.running_mean' .* another network"),
        ({"features.10.weight": np.zeros((1, 1, 3, 3), np.float32)}, r"'features\.10\.weight' .* has shape"),
    ],
    ids=["missing", "length", "axes", "nan", "overflow", "integers", "vgg16", "batch-norm", "not-needed"],
)
def test_wrong_weights_are_refused_by_the_tensor_s_name(tmp_path: Path, changes: dict[str, Any], reason: str) -> None:
    path = write(tmp_path / "w.safetensors", changes)
    with pytest.raises(WeightsError, match=reason) as caught:
        weights.load(str(path), SHAPES)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("keep", [0, 7, 100, -1])
def test_a_truncated_file_is_refused(tmp_path: Path, keep: int) -> None:
    path = write(tmp_path / "w.safetensors")
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(WeightsError, match="not a whole safetensors file"):
        weights.load(str(path), SHAPES)


def test_a_file_that_is_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    path.write_text("not weights at all, only text")
    with pytest.raises(WeightsError, match="not a whole safetensors file"):
        weights.load(str(path), SHAPES)


@pytest.mark.parametrize("source", ["random:", "random:-1", "random:x", "random:1.5", "weights.bin", "hF", ""])
def test_a_source_that_is_none_is_a_usage_error(source: str) -> None:
    with pytest.raises(UsageError):
        weights.load(source, SHAPES)


def test_a_missing_file_or_a_folder_is_a_file_error(tmp_path: Path) -> None:
    (tmp_path / "folder.safetensors").mkdir()
    for name in ("none.safetensors", "none.pth", "folder.safetensors"):
        with pytest.raises(FileError, match="there is no weights file"):
            weights.load(str(tmp_path / name), SHAPES)


def test_pth_without_torch_says_what_to_install_and_how_large_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cli: Callable[..., tuple[int, str, str]]
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    path = tmp_path / "w.pth"
    path.write_bytes(b"")
    with pytest.raises(ExtraMissingError, match=r"5\.7 GB .* pip install 'percept-export\[torch\]'"):
        weights.load(str(path), SHAPES)
    code, out, err = cli("vgg19", "--weights", path, "--out", tmp_path / "out.onnx")
    assert (code, out, err.count("\n")) == (69, "", 1)


@pytest.fixture
def pinned(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hub:
    """A hub that serves a small file, and this package made to want that one."""
    hub.content = write(tmp_path / "served.safetensors").read_bytes()
    digest = hashlib.sha256(hub.content).hexdigest()
    monkeypatch.setitem(weights.PINNED, "vgg19", replace(weights.PINNED["vgg19"], sha256=digest, megabytes=1))
    return hub


def test_hf_end_to_end(pinned: Hub, tmp_path: Path, cli: Callable[..., tuple[int, str, str]]) -> None:
    out = tmp_path / "out.onnx"
    code, text, err = cli("vgg19", "--layers", "relu1_2", "--out", out)
    assert (code, "100%" in err) == (0, True)
    assert weights.PINNED["vgg19"].source in text
    code, _, err = cli("vgg19", "--layers", "relu1_2", "--out", out)
    assert (code, err) == (0, "")
    assert len(pinned.requests) == 1


def test_the_pinned_file_fetched_by_hand_is_as_good(
    pinned: Hub, tmp_path: Path, cli: Callable[..., tuple[int, str, str]]
) -> None:
    fetched, by_hand = tmp_path / "fetched.onnx", tmp_path / "by_hand.onnx"
    assert cli("vgg19", "--layers", "relu1_2", "--out", fetched)[0] == 0
    source = tmp_path / "served.safetensors"
    assert cli("vgg19", "--layers", "relu1_2", "--weights", source, "--out", by_hand)[0] == 0
    assert fetched.read_bytes() == by_hand.read_bytes()
    _, described = weights.load(str(source), SHAPES)
    assert (described.source, described.licence) == (weights.PINNED["vgg19"].source, "BSD-3-Clause")


def test_a_wrong_download_installs_and_writes_nothing(
    pinned: Hub, tmp_path: Path, cli: Callable[..., tuple[int, str, str]]
) -> None:
    pinned.content = pinned.content[:-4] + b"oops"
    out = tmp_path / "out.onnx"
    code, text, err = cli("vgg19", "--layers", "relu1_2", "--out", out)
    assert (code, text, out.exists()) == (1, "", False)
    assert "nothing was kept" in err.splitlines()[-1]
    cache = tmp_path / "cache" / "weights"
    assert [path.name for path in cache.iterdir() if path.suffix != ".lock"] == []


def test_no_network_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cli: Callable[..., tuple[int, str, str]]
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:1")
    code, out, err = cli("vgg19", "--out", tmp_path / "out.onnx")
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "http://127.0.0.1:1/timm/vgg19.tv_in1k/resolve/128d4708565b3a414bcbb9bbad440b2fe37b9f18/model" in err
    assert str(tmp_path / "cache" / "weights") in err
    assert "--weights PATH.safetensors" in err
