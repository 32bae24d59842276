# SPDX-License-Identifier: Apache-2.0
"""What several tests share: no test reads the user's cache, the network, or a proxy setting."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import onnx
import pytest

from hub import Hub
from percept_export import vgg, weights
from percept_export.cli import main


@pytest.fixture(autouse=True)
def _apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERCEPT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr("percept_export.download._PAUSE_S", 0.01)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A server on this machine in the place of the Hugging Face hub."""
    with Hub() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        yield server


@pytest.fixture(scope="session")
def small_model() -> Callable[..., onnx.ModelProto]:
    """Builds VGG19 with seeded weights up to a shallow layer."""

    def build(*layers: str) -> onnx.ModelProto:
        chosen = layers or ("relu1_1",)
        tensors, source = weights.load("random:0", vgg.shapes_of(vgg.needed(chosen)))
        return vgg.build(chosen, tensors, source)

    return build


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Runs the command line in this process; gives exit code, stdout and stderr."""

    def run(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return run
