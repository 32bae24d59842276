# SPDX-License-Identifier: Apache-2.0
"""LPIPS against the packages that people use: lpips, piq and torchmetrics, with the same seeded backbone.

Skipped where torch is not installed. ``oracle/parity_table.py`` prints the same for more pictures.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from percept_export import lpips, weights
from percept_export.errors import DownloadError, WeightsError
from percept_export.graphs import Tensors
from percept_export.networks import ALEXNET, SQUEEZENET, VGG16, VGG19, Network
from percept_export.spec import WeightsSpec
from pictures import noisy

torch = pytest.importorskip("torch", reason="the oracle needs torch")
originals = pytest.importorskip("originals", reason="the oracle needs lpips, piq and torchmetrics")

import parity_table  # noqa: E402
from formula import Model  # noqa: E402
from image_files.photographs import crop  # noqa: E402

Cli = Callable[..., tuple[int, str, str]]
REFERENCE = crop("chelsea.png", (65, 96))
CANDIDATE = noisy(REFERENCE, 8, seed=1)


@functools.cache
def loaded(network: Network) -> tuple[Tensors, WeightsSpec]:
    return weights.load("random:3", network.shapes, network)


def exported(net: str, *, baseline: bool = False) -> tuple[Model, dict]:
    variant = lpips.VARIANTS[net]
    tensors, source = loaded(variant.network)
    linear = None if baseline else lpips.load_linear("lpips", variant)
    return Model(lpips.build(variant, tensors, source, linear)), dict(tensors)


@pytest.mark.parametrize("network", [VGG16, VGG19, ALEXNET, SQUEEZENET], ids=lambda network: network.name)
def test_parameters_are_torchvision_s(network: Network) -> None:
    with torch.device("meta"):
        features = getattr(originals.torchvision.models, network.name)(weights=None).features
    assert {f"features.{name}": tuple(value.shape) for name, value in features.state_dict().items()} == network.shapes


@pytest.mark.parametrize("baseline", [False, True])
@pytest.mark.parametrize("net", ["vgg", "alex", "squeeze"])
def test_scores_are_the_package_s(net: str, baseline: bool) -> None:
    model, tensors = exported(net, baseline=baseline)
    expected = originals.score(originals.of_lpips(net, tensors, baseline=baseline), REFERENCE, CANDIDATE)
    assert model.score(REFERENCE, CANDIDATE) == pytest.approx(expected, rel=1e-4)


def test_scores_are_piq_s() -> None:
    model, tensors = exported("vgg")
    linear, _ = lpips.load_linear("lpips", lpips.VARIANTS["vgg"])
    expected = originals.score(originals.of_piq_lpips(VGG16, tensors, linear), REFERENCE, CANDIDATE)
    assert model.score(REFERENCE, CANDIDATE) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("net", ["vgg", "alex", "squeeze"])
def test_scores_are_torchmetrics_(net: str) -> None:
    model, tensors = exported(net)
    expected = originals.score(originals.of_torchmetrics(net, tensors), REFERENCE, CANDIDATE)
    assert model.score(REFERENCE, CANDIDATE) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("net", ["vgg", "alex", "squeeze"])
def test_the_smallest_picture_is_the_package_s(net: str) -> None:
    variant = lpips.VARIANTS[net]
    side = variant.network.minimum_side(variant.layers, cells=1)
    metric = originals.of_lpips(net, loaded(variant.network)[0])
    picture = torch.zeros(1, 3, side, side)
    assert metric(picture, picture) == 0
    with pytest.raises(RuntimeError):
        metric(picture[..., 1:], picture[..., 1:])


@pytest.mark.parametrize("net", ["vgg", "alex", "squeeze"])
def test_the_published_linear_weights_are_recognised(net: str) -> None:
    _, source = lpips.load_linear("lpips", lpips.VARIANTS[net])
    assert (source.source, source.licence) == (f"lpips 0.1.4, weights/v0.1/{net}.pth", "BSD-2-Clause")


def test_another_network_s_linear_weights_are_refused(cli: Cli, tmp_path: Path) -> None:
    path = Path(originals.lpips.__file__).parent / "weights" / "v0.1" / "alex.pth"
    code, _, err = cli("lpips", "--net=vgg", "--weights=random:0", "--linear", path, "--out", tmp_path / "o.onnx")
    assert (code, "'lin1.model.1.weight'" in err, "has shape 1×192×1×1" in err) == (4, True, True)


def test_the_table_of_the_documentation_can_be_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(lpips, "VARIANTS", {"alex": lpips.VARIANTS["alex"]})
    monkeypatch.setattr(parity_table, "PRESETS", {})
    monkeypatch.setattr("sys.argv", ["parity_table.py", "--sizes=1"])
    parity_table.main()
    head, _, *rows = capsys.readouterr().out.splitlines()
    assert head == "| original | `percept export …` | formula in ONNX Runtime |"
    assert len(rows) == 3
    assert all(float(row.split("|")[3]) < 1e-4 for row in rows)


@pytest.fixture
def torchvision_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of AlexNet's layout on an address of this machine, in the place of torchvision's."""
    part = tmp_path / "part"
    state = {name: torch.from_numpy(tensor) for name, tensor in weights.random_tensors(9, ALEXNET.shapes).items()}
    torch.save(state, part)
    path = part.rename(tmp_path / f"alexnet-{hashlib.sha256(part.read_bytes()).hexdigest()[:8]}.pth")
    enum = SimpleNamespace(IMAGENET1K_V1=SimpleNamespace(url=path.as_uri()))
    monkeypatch.setattr("torchvision.models.get_model_weights", lambda name: {"alexnet": enum}[name])
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "home"))
    return path


def test_torchvision_s_weights_are_fetched_once_and_compared_with_their_name(torchvision_file: Path) -> None:
    tensors, source = weights.load("torchvision", ALEXNET.shapes, ALEXNET)
    assert (tensors["features.0.bias"] == weights.random_tensors(9, ALEXNET.shapes)["features.0.bias"]).all()
    assert (source.source, source.licence) == (torchvision_file.as_uri(), "BSD-3-Clause")
    torchvision_file.unlink()
    weights.load("torchvision", ALEXNET.shapes, ALEXNET)
    cached = next(torchvision_file.parent.glob("home/hub/checkpoints/*.pth"))
    cached.write_bytes(cached.read_bytes()[:-1])
    with pytest.raises(WeightsError, match="its SHA-256 does not begin with"):
        weights.load("torchvision", ALEXNET.shapes, ALEXNET)
    cached.unlink()
    with pytest.raises(DownloadError, match=r"cannot fetch file://.* --weights PATH\.pth"):
        weights.load("torchvision", ALEXNET.shapes, ALEXNET)
