# SPDX-License-Identifier: Apache-2.0
"""Foreign graphs: what may serve as layers, their description inside a new file or beside it, and what is refused."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper

import foreign
from percept_export.check import check_file
from percept_export.errors import SpecError
from percept_export.spec import LayerSpec, SizeSpec, WeightsSpec, read

Cli = Callable[..., tuple[int, str, str]]


@pytest.fixture
def cnn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of its own, and the current folder."""
    monkeypatch.chdir(tmp_path)
    onnx.save(foreign.classifier(), "cnn.onnx")
    return Path("cnn.onnx")


def test_inspect_suggests_the_last_activation_before_each_reduction(cnn: Path, cli: Cli) -> None:
    assert cli("inspect", cnn) == (
        0,
        "cnn.onnx: opset 17, 8 nodes, no description inside\n"
        "  input    pixels float n×3×h×w\n"
        "  output   logits float ?×?\n"
        "  layers that may serve:\n"
        "  a1  1×8×224×224  Mul before /block2/conv\n"
        "  a2  1×12×112×112  Relu before /pool\n",
        "",
    )


def test_inspect_suggests_what_enters_a_bottleneck_and_not_what_is_inside(cli: Cli, tmp_path: Path) -> None:
    graph = foreign.model(
        [
            helper.make_node("Conv", ["pixels", "k1"], ["c1"]),
            helper.make_node("Relu", ["c1"], ["trunk"]),
            helper.make_node("Conv", ["trunk", "k2"], ["c2"]),
            helper.make_node("Relu", ["c2"], ["inside"]),
            helper.make_node("Conv", ["inside", "k2"], ["c3"], name="branch", strides=[2, 2]),
            helper.make_node("Conv", ["trunk", "k2"], ["c4"], name="shortcut", strides=[2, 2]),
            helper.make_node("Add", ["c3", "c4"], ["sum"]),
            helper.make_node("Relu", ["sum"], ["logits"]),
        ],
        [foreign.kernel("k1", 4, 3, 1, 1), foreign.kernel("k2", 4, 4, 1, 1)],
        rank=4,
    )
    onnx.save(graph, tmp_path / "resnet.onnx")
    code, out, _ = cli("inspect", tmp_path / "resnet.onnx")
    assert code == 0
    assert out.splitlines()[-2:] == [
        "  trunk   1×4×224×224  Relu before shortcut",
        "  logits  1×4×112×112  Relu, the last one",
    ]


def test_inspect_suggests_a_transformer_s_residual_sums(cli: Cli, tmp_path: Path) -> None:
    onnx.save(foreign.transformer(), tmp_path / "vit.onnx")
    code, out, _ = cli("inspect", tmp_path / "vit.onnx")
    assert code == 0
    assert out.splitlines()[-1] == "  block1  1×8×6  sum that ends a residual branch of tokens"


def test_inspect_says_where_nothing_is_known(cli: Cli, tmp_path: Path) -> None:
    node = helper.make_node("Neg", ["pixels"], ["logits"])
    onnx.save(foreign.model([node], [], rank=4), tmp_path / "neg.onnx")
    code, out, _ = cli("inspect", tmp_path / "neg.onnx")
    assert (code, out.splitlines()[-1]) == (0, "  no tensor is known to be fit for a layer, but wrap takes any")


def test_tensors_inside_become_outputs_and_the_rest_goes(cnn: Path, cli: Cli) -> None:
    code, out, err = cli(
        "wrap", cnn, "--layers=a1,/block2/conv=0.5", "--mean=0.5,0.4,0.3", "--std=0.2,0.2,0.2", "--range=-1,1",
        "--order=BGR", "--distance=mae", "--multiple=2", "--source=me", "--licence=MIT",
    )  # fmt: skip
    assert (code, err) == (0, "")
    assert out.startswith("cnn-features.onnx: ok\n")
    model = onnx.load("cnn-features.onnx")
    assert [node.name for node in model.graph.node] == ["/block1/conv", "/block1/gate", "/block1/act", "/block2/conv"]
    assert [tensor.name for tensor in model.graph.initializer] == ["k1", "k2"]
    spec = read(model)
    assert spec.layers == (
        LayerSpec("a1", 8, distance="mae"),
        LayerSpec("/block2/conv", 12, output="c2", weight=0.5, distance="mae"),
    )
    assert (spec.name, spec.input.name, spec.input.channel_order) == ("cnn", "pixels", "BGR")
    assert (spec.input.range, spec.input.mean, spec.input.std) == ((-1, 1), (0.5, 0.4, 0.3), (0.2, 0.2, 0.2))
    assert (spec.input.size, spec.weights) == (SizeSpec(multiple=2), WeightsSpec("me", licence="MIT"))
    picture = np.random.Generator(np.random.PCG64(1)).standard_normal((1, 3, 10, 14)).astype(np.float32)
    session = onnxruntime.InferenceSession("cnn-features.onnx", providers=["CPUExecutionProvider"])
    before, after = session.run(["a1", "c2"], {"pixels": picture})
    assert after.shape == (1, 12, 5, 7)
    assert (before.min() > -0.3, after.min() < 0) == (True, True)  # A SiLU ends at −0.28.


def test_a_sidecar_leaves_the_file_alone(cnn: Path, cli: Cli) -> None:
    data = cnn.read_bytes()
    code, out, err = cli("wrap", cnn, "--layers=logits", "--sidecar", "--name=my-net")
    assert (code, out.startswith("cnn.onnx: ok\n"), err) == (0, True, "")
    assert cnn.read_bytes() == data
    sidecar = json.loads(Path("cnn.onnx.json").read_text())
    assert (sidecar["name"], sidecar["sha256"]) == ("my-net", hashlib.sha256(data).hexdigest())
    assert [(layer["layout"], layer["channels"]) for layer in sidecar["layers"]] == [("NC", 10)]
    assert check_file(cnn).spec.name == "my-net"
    changed = foreign.classifier()
    changed.producer_name = "another"
    onnx.save(changed, cnn)
    with pytest.raises(SpecError, match="has SHA-256"):
        check_file(cnn)


def test_tokens_of_a_fixed_size(cli: Cli, tmp_path: Path) -> None:
    onnx.save(foreign.transformer(), tmp_path / "vit.onnx")
    out = tmp_path / "out.onnx"
    assert cli("wrap", tmp_path / "vit.onnx", "--layers=residual,mean", "--out", out)[::2] == (0, "")
    spec = read(onnx.load(out))
    assert [(layer.layout, layer.channels) for layer in spec.layers] == [("NLC", 6), ("NC", 6)]
    assert (spec.input.batch, spec.input.size) == (1, SizeSpec(fixed=(16, 32)))


@pytest.mark.parametrize(
    ("to_nchw", "layout", "channels"), [(True, "NCHW", 3), (False, "NHWC", 3)], ids=["inside NCHW", "inside NHWC"]
)
def test_the_layout_is_told_by_what_stays_the_same(
    cli: Cli, tmp_path: Path, to_nchw: bool, layout: str, channels: int
) -> None:
    turn = helper.make_node("Transpose", ["pixels"], ["t"], perm=[0, 3, 1, 2])
    nodes = [
        turn if to_nchw else helper.make_node("Neg", ["pixels"], ["t"]),
        helper.make_node("Relu", ["t"], ["logits"]),
    ]
    onnx.save(foreign.model(nodes, [], shape=("n", "h", "w", 3), rank=4), tmp_path / "keras.onnx")
    out = tmp_path / "out.onnx"
    assert cli("wrap", tmp_path / "keras.onnx", "--layers=t", "--out", out)[::2] == (0, "")
    spec = read(onnx.load(out))
    assert (spec.input.layout, spec.layers[0].layout, spec.layers[0].channels) == ("NHWC", layout, channels)


@pytest.mark.parametrize(("height", "width"), [(32, 32), (32, 48), (33, 47)])
@pytest.mark.parametrize("turn", [None, [0, 2, 3, 1]], ids=["NCHW", "NHWC"])
def test_the_layout_of_a_fixed_size_is_told_by_the_picture_s_form(
    cli: Cli, tmp_path: Path, height: int, width: int, turn: list[int] | None
) -> None:
    conv = helper.make_node("Conv", ["pixels", "k"], ["c"], strides=[2, 2], pads=[1, 1, 1, 1])
    last = helper.make_node("Transpose", ["c"], ["logits"], perm=turn or [0, 1, 2, 3])
    model = foreign.model([conv, last], [foreign.kernel("k", 5, 3, 3, 3)], shape=(1, 3, height, width), rank=4)
    onnx.save(model, tmp_path / "fixed.onnx")
    out = tmp_path / "out.onnx"
    assert cli("wrap", tmp_path / "fixed.onnx", "--layers=logits", "--out", out)[::2] == (0, "")
    layer = read(onnx.load(out)).layers[0]
    assert (layer.layout, layer.channels) == ("NHWC" if turn else "NCHW", 5)


def test_what_a_file_says_of_its_weights_is_kept(cli: Cli, tmp_path: Path) -> None:
    first, second = tmp_path / "vgg19.onnx", tmp_path / "again.onnx"
    assert cli("vgg19", "--weights=random:0", "--layers=relu1_2", "--out", first)[0] == 0
    assert cli("wrap", first, "--layers=conv1_1", "--out", second)[0] == 0
    weights = read(onnx.load(second)).weights
    assert weights is not None
    assert (weights.source, weights.random) == ("random:0", True)


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (("--layers=/block1/akt",), 2, "no tensor and no node '/block1/akt'; near it are '/block1/act'"),
        (("--layers=zzz",), 2, "the graph has no tensor and no node 'zzz'"),
        (("--layers=a1,a1",), 2, "layer 'a1' is given twice"),
        (("--layers=a1,/block1/act",), 2, "layer 'a1' is tensor 'a1', which is given twice"),
        (("--layers=a1=x",), 2, "'a1=x' in --layers is not NAME or NAME=WEIGHT"),
        (("--layers=a1", "--sidecar"), 2, "'a1' is inside the graph, and a sidecar can name outputs only (logits)"),
        (("--layers=logits", "--sidecar", "--out=o.onnx"), 2, "--out makes no sense with it"),
        (("--layers=a1", "--out=cnn.onnx"), 2, "cnn.onnx is the model itself"),
        (("--layers=a1", "--layer-layout=NLC"), 4, "tensor 'a1' is 1×8×224×224, which is not NLC"),
        (("--layers=a1", "--input=image"), 2, "the graph has no input 'image'"),
        (("--layers=a1", "--mean=1,2"), 2, "'1,2' is not 3 numbers"),
        (("--layers=a1", "--std=0,1,1"), 4, "input.std[0] must be a finite number above 0"),
        (("--layers=a1", "--size=10"), 2, "'10' is not HEIGHTxWIDTH"),
        (("--layers=a1", "--size=10x10", "--minimum=3"), 2, "the size is fixed at 10×10"),
        (("--layers=a1", "--licence=MIT"), 2, "--licence needs --source"),
        (("--layers=a1", "--out=none/o.onnx"), 1, "there is no folder none"),
    ],
)
def test_errors_name_what_is_wrong(cnn: Path, cli: Cli, arguments: tuple[str, ...], code: int, reason: str) -> None:
    actual, out, err = cli("wrap", cnn, *arguments)
    assert (actual, out, reason in err) == (code, "", True), err
    assert err.count("\n") == (2 if "try: " in err else 1)
    assert sorted(path.name for path in Path().iterdir()) == ["cnn.onnx"]


@pytest.mark.parametrize(
    ("shape", "dtype", "arguments", "code", "reason"),
    [
        (("n", 3, "h", "w"), TensorProto.DOUBLE, (), 4, "input 'pixels' is double; Percept feeds float32 or uint8"),
        (("n", 3, "h"), TensorProto.FLOAT, (), 4, "input 'pixels' has 3 axes"),
        (("n", "c", "h", "w"), TensorProto.FLOAT, (), 2, "add --layout NCHW or NHWC"),
        (("n", 1, "h", "w"), TensorProto.FLOAT, ("--layout=NCHW",), 4, "input 'pixels' has 1 channels"),
        (("n", 3, "h", "w"), TensorProto.UINT8, ("--mean=1,1,1",), 2, "is uint8, which takes no --mean"),
        (("n", 3, "h", "w"), TensorProto.UINT8, (), 4, "tensor 'logits' is uint8; a layer is float32"),
    ],
)
def test_inputs_that_are_no_pictures_are_refused(
    cli: Cli,
    tmp_path: Path,
    shape: tuple[str | int, ...],
    dtype: int,
    arguments: tuple[str, ...],
    code: int,
    reason: str,
) -> None:
    graph = foreign.model(
        [helper.make_node("Identity", ["pixels"], ["logits"])], [], shape=shape, dtype=dtype, rank=len(shape)
    )
    onnx.save(graph, tmp_path / "odd.onnx")
    actual, _, err = cli("wrap", tmp_path / "odd.onnx", "--layers=logits", "--out", tmp_path / "o.onnx", *arguments)
    assert (actual, reason in err) == (code, True), err
