# SPDX-License-Identifier: Apache-2.0
"""LPIPS without torch: what the graph computes, what it says of itself, and linear weights that are refused."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from safetensors.numpy import save_file

from percept_export import lpips, weights
from percept_export.errors import ExtraMissingError, WeightsError
from percept_export.networks import VGG16, shapes_of
from percept_export.spec import SizeSpec, read

Cli = Callable[..., tuple[int, str, str]]
ALEX = lpips.VARIANTS["alex"]


def built(*, baseline: bool = False) -> tuple[onnx.ModelProto, dict[str, np.ndarray]]:
    network = ALEX.network
    tensors, source = weights.load("random:0", shapes_of(network.needed(ALEX.layers)), network)
    linear = lpips.load_linear("random:1", ALEX)
    return lpips.build(ALEX, tensors, source, None if baseline else linear), dict(linear[0])


def run(model: onnx.ModelProto, outputs: list[str], picture: np.ndarray) -> list[np.ndarray]:
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(outputs, {"image": picture})


def test_outputs_are_the_weighted_unit_features() -> None:
    model, linear = built()
    picture = np.random.Generator(np.random.PCG64(5)).standard_normal((2, 3, 40, 63)).astype(np.float32)
    outputs = [layer.output_name for layer in read(model).layers]
    plain = onnx.ModelProto()
    plain.CopyFrom(model)
    del plain.graph.output[:]
    plain.graph.output.extend(onnx.ValueInfoProto(name=layer) for layer in ALEX.layers)
    raw = run(plain, list(ALEX.layers), picture)
    for i, (weighted, feature) in enumerate(zip(run(model, outputs, picture), raw, strict=True)):
        feature = feature.astype(np.float64)
        unit = feature / (np.sqrt((feature**2).sum(axis=1, keepdims=True)) + 1e-10)
        np.testing.assert_allclose(weighted, np.sqrt(linear[f"lin{i}.model.1.weight"]) * unit, rtol=1e-4, atol=1e-6)


def test_cells_without_features_stay_zero() -> None:
    network = ALEX.network
    tensors, source = weights.load("random:0", shapes_of(network.needed(ALEX.layers)), network)
    dead = {name: np.zeros_like(tensor) for name, tensor in tensors.items()}
    model = lpips.build(ALEX, dead, source, None)
    for feature in run(model, ["relu1_unit", "relu5_unit"], np.ones((1, 3, 31, 31), np.float32)):
        assert not feature.any()


def test_describes_itself() -> None:
    spec = read(built()[0])
    assert spec.name == "lpips-alex"
    assert [(layer.name, layer.channels, layer.weight, layer.distance) for layer in spec.layers] == [
        ("relu1", 64, 64, "mse"), ("relu2", 192, 192, "mse"), ("relu3", 384, 384, "mse"),
        ("relu4", 256, 256, "mse"), ("relu5", 256, 256, "mse"),
    ]  # fmt: skip
    assert spec.input.size == SizeSpec(minimum=31)
    assert spec.weights is not None
    assert spec.weights.random
    assert spec.weights.source.startswith("random:0; linear weights: random:1 (SHA-256 ")
    baseline = read(built(baseline=True)[0])
    assert (baseline.name, baseline.layers[0].output) == ("lpips-alex-baseline", "relu1_unit")
    assert baseline.weights is not None
    assert baseline.weights.source == "random:0"


def test_equal_in_equal_out() -> None:
    first, second = (built()[0].SerializeToString(deterministic=True) for _ in range(2))
    assert first == second


LINEAR = {name: np.full(shape, 0.5, np.float32) for name, shape in ALEX.shapes.items()}
NEGATIVE = LINEAR["lin2.model.1.weight"].copy()
NEGATIVE[0, 7] = -1e-3


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"lin2.model.1.weight": NEGATIVE}, r"'lin2\.model\.1\.weight' of .* holds -0\.001: .* not negative"),
        ({"lin0.model.1.weight": np.ones((1, 96, 1, 1), np.float32)}, r"'lin0.* has shape 1×96×1×1, .* 1×64×1×1"),
        ({"lin4.model.1.weight": None}, r"'lin4\.model\.1\.weight' is missing"),
        ({"lin5.model.1.weight": np.ones((1, 512, 1, 1), np.float32)}, r"'lin5\.model\.1\.weight' .* none of LPIPS's"),
        ({"lin1.model.1.weight": np.full((1, 192, 1, 1), np.inf)}, r"'lin1\.model\.1\.weight' .* not finite"),
    ],
    ids=["negative", "shape", "missing", "squeeze's", "infinite"],
)
def test_wrong_linear_weights_are_refused(tmp_path: Path, changes: dict[str, Any], reason: str) -> None:
    path = tmp_path / "linear.safetensors"
    save_file({name: tensor for name, tensor in (LINEAR | changes).items() if tensor is not None}, path)
    with pytest.raises(WeightsError, match=reason):
        lpips.load_linear(str(path), ALEX)


def test_a_backbone_s_file_is_no_linear_weights(tmp_path: Path, cli: Cli) -> None:
    path = tmp_path / "vgg16.safetensors"
    save_file(dict(weights.random_tensors(0, shapes_of(VGG16.needed(["relu1_1"])))), path)
    code, out, err = cli("lpips", "--weights=random:0", "--linear", path, "--out", tmp_path / "o.onnx")
    assert (code, out) == (4, "")
    assert "tensor 'features.0." in err
    assert "none of LPIPS's linear weights for VGG16, which are called lin0.model.1.weight" in err


def test_linear_weights_from_a_file(tmp_path: Path) -> None:
    save_file(LINEAR, tmp_path / "mine.safetensors")
    tensors, source = lpips.load_linear(str(tmp_path / "mine.safetensors"), ALEX)
    assert list(tensors) == list(ALEX.shapes)
    assert (source.source, source.licence, source.random) == ("mine.safetensors", None, False)


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, cli: Cli, tmp_path: Path) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ExtraMissingError, match=r"pip install 'percept-export\[torch\]'.*--baseline"):
        lpips.load_linear("lpips", ALEX)
    assert cli("lpips", "--weights=random:0", "--out", tmp_path / "o.onnx")[0] == 69


def test_torchvision_s_weights_without_torchvision(monkeypatch: pytest.MonkeyPatch, cli: Cli, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "torchvision", None)
    code, _, err = cli("lpips", "--net=alex", "--baseline", "--out", tmp_path / "o.onnx")
    assert (code, err.count("\n")) == (69, 1)
    assert "AlexNet's weights from torchvision need torch and torchvision" in err


def test_the_commands_default_names_and_refusals(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli("lpips", "--net=squeeze", "--weights=random:0", "--linear=random:0")[::2] == (0, "")
    assert cli("lpips", "--net=squeeze", "--weights=random:0", "--baseline")[::2] == (0, "")
    assert sorted(path.name for path in tmp_path.glob("*.onnx")) == [
        "lpips-squeeze-baseline.onnx", "lpips-squeeze.onnx"
    ]  # fmt: skip
    for arguments, reason in (
        (("--net=resnet",), "invalid choice: 'resnet'"),
        (("--baseline", "--linear=random:0"), "not allowed with argument"),
        (("--linear=random:x",), "the seed in 'random:x'"),
        (("--linear=w.bin",), "--linear is lpips, random:SEED, or a .safetensors or .pth file, not 'w.bin'"),
        (("--net=alex", "--linear=random:0", "--weights=hf"), "no file of AlexNet is pinned on the hub"),
    ):
        code, _, err = cli("lpips", *arguments)
        assert (code, reason in err) == (2, True), err
