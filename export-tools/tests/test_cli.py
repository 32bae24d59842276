# SPDX-License-Identifier: Apache-2.0
"""The command line: what goes where, and which exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from safetensors.numpy import save_file

import percept_export
from percept_export import vgg, weights
from percept_export.spec import read

Cli = Callable[..., tuple[int, str, str]]
SOURCES = Path(percept_export.__file__).parents[1]


def test_vgg19_then_check(cli: Cli, tmp_path: Path) -> None:
    out = tmp_path / "grün.onnx"
    code, text, err = cli("vgg19", "--weights", "random:1", "--layers", "relu1_2,conv1_1", "--out", out)
    assert (code, err) == (0, "")
    assert text.startswith("grün.onnx: ok\n")
    assert [layer.name for layer in read(onnx.load(out)).layers] == ["relu1_2", "conv1_1"]
    code, text, err = cli("check", out)
    assert (code, err) == (0, "")
    assert text.startswith(f"{out}: ok\n")


def test_the_default_name_is_in_the_current_folder(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli("vgg19", "--weights", "random:0", "--layers", "relu1_1")[0] == 0
    assert (tmp_path / "vgg19.onnx").is_file()
    assert cli("vgg19", "--weights", "random:0", "--layers", "relu1_1", "--precision", "fp16")[::2] == (0, "")
    assert (tmp_path / "vgg19-fp16.onnx").stat().st_size < (tmp_path / "vgg19.onnx").stat().st_size


def test_half_precision_is_measured_and_checked(cli: Cli, tmp_path: Path) -> None:
    out = tmp_path / "half.onnx"
    code, text, err = cli("vgg19", "--weights=random:0", "--layers=relu2_1", "--precision=fp16", "--out", out)
    assert (code, err) == (0, "")
    precision = read(onnx.load(out)).precision
    assert precision is not None
    assert f"fp16, loss within {100 * precision.loss_error:.3g}% of fp32's" in text
    assert cli("check", out) == (0, text.replace("half.onnx", str(out)), "")


def test_weights_that_half_can_t_hold_well_are_mentioned(cli: Cli, tmp_path: Path) -> None:
    shapes = vgg.shapes_of(vgg.needed(["relu1_1"]))
    faint = {name: tensor * np.float32(1e-7) for name, tensor in weights.random_tensors(0, shapes).items()}
    save_file(faint, tmp_path / "faint.safetensors")
    arguments = ("vgg19", "--weights", tmp_path / "faint.safetensors", "--layers=relu1_1", "--out", tmp_path / "o.onnx")
    code, _, err = cli(*arguments, "--precision=fp16")
    assert (code, err.count("\n")) == (0, 1)
    assert "with these weights fp16 changes the loss by up to" in err
    assert cli(*arguments)[::2] == (0, "")


def test_a_sidecar_in_the_way_is_mentioned(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "a.onnx.json").write_text("{}")
    code, _, err = cli("vgg19", "--weights", "random:0", "--layers", "relu1_1", "--out", tmp_path / "a.onnx")
    assert (code, err.count("\n")) == (0, 1)
    assert "takes the place" in err


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        ((), 2, "the following arguments are required: COMMAND"),
        (("vgg16",), 2, "invalid choice: 'vgg16'"),
        (("vgg19", "--layer", "relu1_1"), 2, "--layer"),
        (("vgg19", "--weights", "random:x"), 2, "the seed in 'random:x'"),
        (("vgg19", "--weights", "w.bin"), 2, "not 'w.bin'"),
        (("vgg19", "--precision", "fp8"), 2, "invalid choice: 'fp8'"),
        (("nlpd", "--precision", "fp16"), 2, "--precision"),
        (("vgg19", "--weights", "random:0", "--layers", "relu9_9"), 2, "no layer 'relu9_9'"),
        (("vgg19", "--weights", "none.safetensors"), 1, "there is no weights file none.safetensors"),
        (("vgg19", "--weights", "random:0", "--layers", "relu1_1", "--out", "none/x.onnx"), 1, "no folder none"),
        (("check", "none.onnx"), 1, "cannot read none.onnx"),
        (("check", "text.onnx"), 4, "text.onnx is not a sound ONNX model"),
        (("vgg19", "--weights", "text.safetensors"), 4, "text.safetensors is not a whole safetensors file"),
    ],
)
def test_errors_are_short_and_coded(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], code: int, reason: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("text.onnx", "text.safetensors"):
        (tmp_path / name).write_text("only text, however one looks at it")
    actual, out, err = cli(*arguments)
    assert (actual, out) == (code, "")
    assert reason in err
    assert err.count("\n") == (2 if "try: " in err else 1)
    assert "Traceback" not in err
    assert not list(tmp_path.glob("*.part"))


def test_debug_shows_where_an_error_came_from(cli: Cli, tmp_path: Path) -> None:
    code, _, err = cli("check", tmp_path / "none.onnx", "--debug")
    assert code == 1
    assert "Traceback" in err
    assert err.splitlines()[-1].startswith("percept-export: cannot read")


def test_a_defect_is_one_line_and_code_1(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("two\nlines")

    monkeypatch.setattr("percept_export.cli.check_file", fail)
    assert cli("check", "x") == (
        1, "", "percept-export: unexpected ZeroDivisionError: two lines (--debug shows where)\n"
    )  # fmt: skip


def test_ctrl_c_is_one_line(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("percept_export.cli.check_file", interrupt)
    assert cli("check", "x") == (130, "", "percept-export: interrupted\n")


def test_version_and_help(cli: Cli) -> None:
    assert cli("--version") == (0, f"percept-export {percept_export.__version__}\n", "")
    code, out, _ = cli("--help")
    assert code == 0
    assert "exit codes:" in out


def test_runs_as_a_program_in_a_bare_environment(tmp_path: Path) -> None:
    out = tmp_path / "grün.onnx"
    command = [
        sys.executable,
        "-m",
        "percept_export",
        "vgg19",
        "--weights=random:0",
        "--layers=relu1_1",
        f"--out={out}",
    ]
    environment = {"PYTHONPATH": str(SOURCES), "LC_ALL": "C"}
    if os.name == "nt":
        environment["SYSTEMROOT"] = os.environ["SYSTEMROOT"]
    done = subprocess.run(command, env=environment, capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode("utf-8").startswith("grün.onnx: ok\n")
    assert out.is_file()


def test_a_reader_that_has_enough_is_no_error(tmp_path: Path) -> None:
    out = tmp_path / "a.onnx"
    command = [
        sys.executable,
        "-m",
        "percept_export",
        "vgg19",
        "--weights=random:0",
        "--layers=relu1_1",
        f"--out={out}",
    ]
    process = subprocess.Popen(
        command,
        env=os.environ | {"PYTHONPATH": str(SOURCES)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(60) == 0
