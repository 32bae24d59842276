# SPDX-License-Identifier: Apache-2.0
"""VGG19 against torchvision's own, in float64, with the same seeded weights; and .pth files.

Skipped where torch is not installed. The expected values are those of ``oracle/make_parity.py``; the
environment variable ``PERCEPT_PARITY`` names a folder where it has already put them.
"""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from percept_export import vgg, weights
from percept_export.errors import WeightsError
from pictures import normalised, read_png, smooth

torch = pytest.importorskip("torch", reason="the oracle needs torch")
torchvision = pytest.importorskip("torchvision", reason="the oracle needs torchvision")
make_parity = pytest.importorskip("make_parity", reason="the oracle needs torch and torchvision")

Run = Callable[[np.ndarray], dict[str, np.ndarray]]


@pytest.fixture(scope="session")
def parity(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with what the oracle says; made here, in a minute or two, if it is not there."""
    if given := os.environ.get("PERCEPT_PARITY"):
        return Path(given)
    folder = tmp_path_factory.mktemp("parity")
    make_parity.make(folder)
    return folder


@pytest.fixture(scope="session")
def run(parity: Path) -> Run:
    """Runs the exported file; gives each layer's features of an 8-bit picture."""
    return runner((parity / "vgg19.onnx").read_bytes())


def runner(model: bytes) -> Run:
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]

    def evaluate(picture: np.ndarray) -> dict[str, np.ndarray]:
        return dict(zip(names, session.run(None, {"image": normalised(picture).astype(np.float32)}), strict=True))

    return evaluate


def of_size(parity: Path, size: tuple[int, int]) -> list[dict[str, Any]]:
    pairs = json.loads((parity / "parity.json").read_text(encoding="utf-8"))
    return [pair for pair in pairs if (pair["height"], pair["width"]) == size]


@pytest.mark.parametrize("size", [*make_parity.SIZES, make_parity.LARGE], ids=lambda size: "x".join(map(str, size)))
def test_features_and_scores_are_torchvision_s(
    parity: Path, run: Run, size: tuple[int, int], record_property: Callable[[str, object], None]
) -> None:
    pairs = of_size(parity, size)
    assert [pair["kind"] for pair in pairs] == list(
        make_parity.LARGE_KINDS if size == make_parity.LARGE else make_parity.KINDS
    )
    reference = run(read_png(parity / pairs[0]["reference"]))
    for layer in pairs[0]["layers"]:
        expected = np.load(parity / layer["features"])
        difference = np.abs(reference[layer["name"]] - expected).max() / layer["max_abs"]
        record_property(f"feature error {layer['name']}", difference)
        assert difference < 1e-5
    for pair in pairs:
        candidate = run(read_png(parity / pair["candidate"]))
        for layer in pair["layers"]:
            name = layer["name"]
            mse = np.mean((reference[name].astype(np.float64) - candidate[name].astype(np.float64)) ** 2)
            record_property(f"mse error {pair['kind']} {name}", abs(mse / layer["mse"] - 1))
            assert mse == pytest.approx(layer["mse"], rel=1e-4)


def test_every_tap_is_torchvision_s() -> None:
    tensors, source = weights.load(make_parity.SEED, vgg.shapes_of(vgg.CONVS))
    picture = smooth(64, 96, seed=9)
    actual = runner(vgg.build(vgg.LAYERS, tensors, source).SerializeToString())(picture)
    expected = make_parity.Oracle(vgg.LAYERS).features(picture)
    assert list(actual) == list(expected) == list(vgg.LAYERS)
    for layer, values in expected.items():
        assert np.abs(actual[layer] - values).max() < 1e-5 * np.abs(values).max()
        assert (values.min() < 0) == layer.startswith("conv")


def test_torchvision_s_relus_in_place_would_spoil_a_convolution_s_features() -> None:
    """The trap that the graph avoids is real: else the test above would prove nothing."""
    features = torchvision.models.vgg.make_layers(torchvision.models.vgg.cfgs["E"])[:2]
    with torch.inference_mode():
        kept = features[0](torch.randn(1, 3, 8, 8))
        assert kept.min() < 0
        features[1](kept)
        assert kept.min() == 0


def test_the_smallest_picture_is_torchvision_s() -> None:
    side = vgg.minimum_side(vgg.DEFAULT_LAYERS)
    with torch.inference_mode(), torch.device("meta"):  # Shapes without values.
        features = torchvision.models.vgg19(weights=None).features
        assert features(torch.zeros(1, 3, side, side)).shape == (1, 512, 1, 1)
        with pytest.raises(RuntimeError):
            features(torch.zeros(1, 3, side - 1, side))


SHAPES = vgg.shapes_of(vgg.needed(["relu1_2"]))
TENSORS = {name: torch.from_numpy(tensor) for name, tensor in weights.random_tensors(0, SHAPES).items()}


@pytest.mark.parametrize("wrapped", [False, True])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_reads_a_pth_file(tmp_path: Path, dtype: Any, wrapped: bool) -> None:
    path = tmp_path / "mine.pth"
    state = {name: tensor.to(dtype) for name, tensor in TENSORS.items()}
    torch.save({"state_dict": state, "epoch": 3} if wrapped else state, path)
    tensors, source = weights.load(str(path), SHAPES)
    for name, tensor in tensors.items():
        np.testing.assert_array_equal(tensor, TENSORS[name].numpy())
    assert source.source == "mine.pth"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({**TENSORS, "features.2.bias": torch.zeros(3)}, r"'features\.2\.bias' .* has shape 3"),
        ({**TENSORS, "features.2.bias": torch.zeros(64, dtype=torch.int64)}, r"'features\.2\.bias' .*int64, not"),
        ({**TENSORS, "features.2.bias": torch.full((64,), torch.nan)}, r"'features\.2\.bias' .* not finite"),
        ({"features.0.weight": TENSORS["features.0.weight"]}, r"'features\.0\.bias' is missing"),
        ([1, 2], "holds list, not tensors by name"),
    ],
)
def test_wrong_pth_files_are_refused(tmp_path: Path, content: Any, reason: str) -> None:
    path = tmp_path / "w.pth"
    torch.save(content, path)
    with pytest.raises(WeightsError, match=reason):
        weights.load(str(path), SHAPES)


class Evil:
    """A pickle that would make a file when it is read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


def test_a_pth_file_never_runs_code(tmp_path: Path) -> None:
    path, proof = tmp_path / "w.pth", tmp_path / "proof"
    torch.save(Evil(proof), path)
    with pytest.raises(WeightsError, match="holds no plain tensors"):
        weights.load(str(path), SHAPES)
    path.write_bytes(pickle.dumps(Evil(proof)))
    with pytest.raises(WeightsError, match="holds no plain tensors"):
        weights.load(str(path), SHAPES)
    assert not proof.exists()
