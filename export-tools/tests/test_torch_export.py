# SPDX-License-Identifier: Apache-2.0
"""PyTorch networks as models: layers by node, values as torch's, and everything that may be wrong."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest

from efficientnet_lite0_layers import LAYERS
from nlpd_distortions import COLOUR, RISING, photograph
from percept_export import torch_export, torch_networks
from percept_export.cli import main
from percept_export.errors import ModelError
from percept_export.spec import LayerSpec, SizeSpec, read

torch = pytest.importorskip("torch", reason="the oracle needs torch")
pytest.importorskip("timm", reason="the oracle needs timm")

from safetensors.torch import save_file  # noqa: E402

from formula import Model  # noqa: E402

Cli = Callable[..., tuple[int, str, str]]
EFFICIENTNET = Path(__file__).with_name("efficientnet_lite0.py")
MINE = """
import torch

class Net(torch.nn.Module):
    def __init__(self, channels=4):
        super().__init__()
        self.conv = torch.nn.Conv2d(3, channels, 3, stride=2, padding=1)
        self.relu = torch.nn.ReLU(inplace=True)
        self.fc = torch.nn.Linear(channels, 2)

    def forward(self, x):
        x = self.relu(self.conv(x))
        return self.fc(x.mean((2, 3)))

def make(channels=4):
    print("making it")
    return Net(channels)

def numbered():
    return torch.nn.Sequential(torch.nn.Conv2d(3, 4, 1), torch.nn.ReLU())

class Branching(torch.nn.Module):
    def forward(self, x):
        return x if x.sum() > 0 else -x

def number():
    return 7
"""


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text(MINE)
    return "mine.py:make"


def test_a_network_of_one_s_own(mine: str, cli: Cli) -> None:
    code, out, err = cli(
        "torch", mine, "--nodes=conv,relu=0.5,fc", "--arg=channels=6", "--mean=0,0,0", "--std=1,1,1", "--random"
    )
    assert (code, out.startswith("make.onnx: ok\n")) == (0, True), err
    assert "making it" in err
    assert "percept-export: comparing it with torch at 256×288" in err
    spec = read(onnx.load("make.onnx"))
    assert spec.layers == (
        LayerSpec("conv", 6), LayerSpec("relu", 6, weight=0.5), LayerSpec("fc", 2, layout="NC")
    )  # fmt: skip
    assert (spec.input.mean, spec.input.size) == ((0, 0, 0), SizeSpec(minimum=32))
    assert spec.weights is not None
    assert spec.weights.random


def test_a_convolution_s_features_are_those_before_a_relu_in_place(mine: str, cli: Cli) -> None:
    assert cli("torch", mine, "--nodes=conv,relu")[0] == 0
    conv, relu = Model(Path("make.onnx")).features(np.arange(40 * 48 * 3, dtype=np.uint8).reshape(40, 48, 3))
    assert conv.min() < 0
    np.testing.assert_array_equal(relu, np.maximum(conv, 0))


def test_sums_in_place_and_functions_in_place_leave_layers_alone(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(
        "import torch\n"
        "class Net(torch.nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.first = torch.nn.Conv2d(3, 4, 1)\n"
        "        self.second = torch.nn.Conv2d(4, 4, 1)\n"
        "    def forward(self, x):\n"
        "        x = self.first(x)\n"
        "        y = self.second(torch.nn.functional.relu(x, True))\n"
        "        y += x\n"
        "        return y.sigmoid_()\n"
    )
    out = tmp_path / "net.onnx"
    code, _, err = cli("torch", f"{tmp_path / 'net.py'}:Net", "--nodes=first,relu,second,add,sigmoid_", "--out", out)
    assert code == 0, err
    picture = np.random.Generator(np.random.PCG64(3)).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    first, relu, second, added, last = Model(out).features(picture)
    assert first.min() < 0
    np.testing.assert_array_equal(relu, np.maximum(first, 0))
    np.testing.assert_allclose(added, second + first, atol=1e-5)
    np.testing.assert_allclose(last, 1 / (1 + np.exp(-added)), atol=1e-5)


def test_how_pictures_are_fed_and_whose_the_weights_are(mine: str, cli: Cli) -> None:
    assert cli("torch", mine, "--nodes=conv", "--name=first", "--source=me", "--random")[0] == 0
    first = read(onnx.load("first.onnx"))
    assert (first.input.range, first.input.mean[0], first.input.std[0]) == ((0, 1), 0.485, 0.229)
    assert first.weights is not None
    assert (first.weights.source, first.weights.random) == ("me", True)
    assert cli("torch", mine, "--nodes=conv", "--name=second", "--range=-1,1", "--order=BGR", "--size=40x48")[0] == 0
    second = read(onnx.load("second.onnx"))
    assert (second.input.range, second.input.mean, second.input.std) == ((-1, 1), (0, 0, 0), (1, 1, 1))
    assert (second.input.channel_order, second.input.size) == ("BGR", SizeSpec(fixed=(40, 48)))
    assert second.weights is None


def test_names_that_torch_refuses_are_no_obstacle(mine: str, cli: Cli) -> None:
    assert cli("torch", "mine.py:numbered", "--nodes=0,1", "--name=numbered")[0] == 0
    before, after = Model(Path("numbered.onnx")).features(np.arange(3072, dtype=np.uint8).reshape(32, 32, 3))
    np.testing.assert_array_equal(after, np.maximum(before, 0))


def test_without_nodes_it_lists_them(mine: str, cli: Cli) -> None:
    code, out, _ = cli("torch", mine)
    assert (code, out.split()) == (0, ["x", "conv", "relu", "mean", "fc"])


def test_parameters_from_a_file(mine: str, cli: Cli) -> None:
    network = torch_networks.made(mine, {})
    state = {name: torch.full_like(tensor, 0.25) for name, tensor in network.state_dict().items()}
    torch.save(state, "w.pth")
    assert cli("torch", mine, "--nodes=conv", "--state=w.pth")[0] == 0
    model = onnx.load("make.onnx")
    weights = read(model).weights
    assert weights is not None
    assert (weights.source, weights.random) == ("w.pth", False)
    assert {onnx.numpy_helper.to_array(tensor).flat[0] for tensor in model.graph.initializer} == {0.25}
    save_file(state, "w.safetensors")
    assert cli("torch", mine, "--nodes=conv", "--state=w.safetensors", "--out=again.onnx")[0] == 0
    assert onnx.load("again.onnx").graph == model.graph
    torch.save({**state, "conv.bias": torch.zeros(5)}, "shape.pth")
    torch.save({name: tensor for name, tensor in state.items() if name != "fc.bias"}, "missing.pth")
    torch.save([1, 2], "list.pth")
    torch.save({**state, "head.weight": torch.zeros(5)}, "more.pth")
    for file, code, reason in (
        ("shape.pth", 4, "tensor 'conv.bias' of shape.pth has shape (5,), the network's has (4,)"),
        ("missing.pth", 4, "tensor 'fc.bias' is missing from missing.pth"),
        ("more.pth", 4, "tensor 'head.weight' of more.pth is none of the network's"),
        ("list.pth", 4, "list.pth holds list, not tensors by name"),
        ("none.pth", 1, "there is no weights file none.pth"),
        ("mine.py", 4, "mine.py holds no plain tensors that torch can read"),
    ):
        actual, _, err = cli("torch", mine, "--nodes=conv", f"--state={file}")
        assert (actual, reason in err) == (code, True), err


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (("mine.py:make", "--nodes=konv"), 2, "the network has no node 'konv'; near it are 'conv'"),
        (("mine.py:mak",), 2, "mine.py has no 'mak'; near it are 'make'"),
        (("mine.py",), 2, "'mine.py' is not MODULE:FACTORY"),
        (("none.py:make",), 1, "there is no file none.py"),
        (("no_such_module:make",), 2, "no_such_module cannot be imported: ModuleNotFoundError"),
        (("mine.py:make", "--arg=depth=3"), 2, "mine.py:make fails: TypeError"),
        (("mine.py:make", "--arg=3"), 2, "'3' is not KEY=VALUE"),
        (("mine.py:number",), 2, "mine.py:number makes int, which is no torch.nn.Module"),
        (("mine.py:Branching", "--nodes=x"), 2, "torch.fx cannot trace the network: TraceError"),
    ],
)
def test_what_is_wrong_is_one_line(mine: str, cli: Cli, arguments: tuple[str, ...], code: int, reason: str) -> None:
    actual, out, err = cli("torch", *arguments)
    assert (actual, out, reason in err) == (code, "", True), err


def test_a_graph_whose_values_are_not_torch_s_is_refused(mine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    exported = torch_export._exported

    def spoilt(*arguments: object, fixed: bool) -> onnx.ModelProto:
        model = exported(*arguments, fixed=fixed)
        bias = next(tensor for tensor in model.graph.initializer if tensor.dims == [4])
        bias.CopyFrom(onnx.numpy_helper.from_array(onnx.numpy_helper.to_array(bias) + np.float32(1e-3), bias.name))
        return model

    monkeypatch.setattr(torch_export, "_exported", spoilt)
    with pytest.raises(ModelError, match=r"layer 'conv' differs from torch's by .* of its maximum at 224×224"):
        torch_export.export(torch_networks.made(mine, {}), ["conv"], (224, 224), fixed=False, say=lambda text: None)


def test_without_torch_it_says_what_to_install(mine: str, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    code, _, err = cli("torch", mine)
    assert (code, "pip install 'percept-export[torch]'" in err) == (69, True)


def test_timm_s_transformers_are_for_one_size(cli: Cli, tmp_path: Path) -> None:
    out = tmp_path / "vit.onnx"
    code, _, err = cli("timm", "test_vit", "--random", "--nodes=blocks.1,norm", "--out", out)
    assert code == 0, err
    spec = read(onnx.load(out))
    assert [(layer.name, layer.layout, layer.channels) for layer in spec.layers] == [
        ("blocks.1", "NLC", 64), ("norm", "NLC", 64)
    ]  # fmt: skip
    assert spec.input.size == SizeSpec(fixed=(160, 160))
    assert (spec.input.mean, spec.input.std) == ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
    assert spec.weights is not None
    assert spec.weights.random


def test_timm_s_convolutional_networks_are_for_any_size(cli: Cli, tmp_path: Path) -> None:
    out = tmp_path / "resnet.onnx"
    code, _, err = cli("timm", "test_resnet", "--random", "--nodes=layer1,layer3=2", "--out", out)
    assert code == 0, err
    spec = read(onnx.load(out))
    assert [(layer.name, layer.layout, layer.weight) for layer in spec.layers] == [
        ("layer1", "NCHW", 1), ("layer3", "NCHW", 2)
    ]  # fmt: skip
    assert spec.input.size == SizeSpec(minimum=32)
    code, _, err = cli("timm", "test_resnett")
    assert (code, "timm has no network 'test_resnett'; near it are" in err) == (2, True)


def test_weights_that_timm_cannot_fetch(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_network(*_: object, **__: object) -> None:
        raise ConnectionError("no network")

    monkeypatch.setattr("timm.create_model", no_network)
    code, _, err = cli("timm", "test_resnet", "--nodes=layer1")
    assert (code, err) == (
        1,
        "percept-export: timm cannot fetch the weights of 'test_resnet': no network; fetch them by some other way and "
        "say --state FILE\n",
    )


def test_without_timm_it_says_what_to_install(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "timm", None)
    code, _, err = cli("timm", "resnet18")
    assert (code, "pip install 'percept-export[torch]'" in err) == (69, True)


@pytest.fixture(scope="session")
def efficientnet(tmp_path_factory: pytest.TempPathFactory) -> Model:
    """The worked example of the documentation, with weights that somebody trained."""
    pytest.importorskip("efficientnet_lite_pytorch", reason="the oracle needs efficientnet-lite-pytorch")
    out = tmp_path_factory.mktemp("efficientnet") / "efficientnet-lite0.onnx"
    assert main(["torch", f"{EFFICIENTNET}:make", "--nodes", ",".join(LAYERS), "--out", str(out)]) == 0
    return Model(out)


def test_efficientnet_s_features_are_torch_s(efficientnet: Model) -> None:
    network = torch_networks.made(f"{EFFICIENTNET}:make", {})
    seen: dict[str, np.ndarray] = {}
    for name in LAYERS:
        network.get_submodule(name).register_forward_hook(
            lambda _module, _inputs, output, name=name: seen.__setitem__(name, output.numpy())
        )
    picture = photograph("chelsea.png", 224)
    mean, std = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    values = ((picture / 255.0 - mean) / std).astype(np.float32).transpose(2, 0, 1)[np.newaxis]
    with torch.inference_mode():
        network(torch.from_numpy(values))
    for layer, feature in zip(efficientnet.spec.layers, efficientnet.features(picture), strict=True):
        expected = seen[layer.name]
        assert feature.shape == expected.shape
        assert np.abs(feature - expected).max() < 1e-4 * np.abs(expected).max()


SERIES = {name: RISING[name] for name in RISING if name not in ("strong blur", "strong noise", "coarse jpeg")}
SERIES |= {name: COLOUR[name] for name in ("desaturation", "hue")}


@pytest.mark.parametrize("name", SERIES)
@pytest.mark.parametrize("picture", ["chelsea.png", "coffee.png", "astronaut.png"])
def test_efficientnet_s_scores_rise_with_every_distortion(efficientnet: Model, picture: str, name: str) -> None:
    assert len(SERIES) == 10
    reference = photograph(picture, 192)
    distort, strengths = SERIES[name]
    scores = [efficientnet.score(reference, distort(reference, strength)) for strength in strengths[::2]]
    assert scores[0] > 0
    assert all(a < b for a, b in itertools.pairwise(scores)), scores
