# SPDX-License-Identifier: Apache-2.0
"""Writing: only what passed gets the final name, and nothing is left where it did not."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import onnx
import pytest

from percept_export.errors import FileError, ModelError
from percept_export.save import save
from percept_export.spec import read

Small = Callable[..., onnx.ModelProto]


def test_equal_models_give_equal_files(small_model: Small, tmp_path: Path) -> None:
    report = save(small_model(), tmp_path / "one.onnx")
    save(small_model(), tmp_path / "two.onnx")
    assert (tmp_path / "one.onnx").read_bytes() == (tmp_path / "two.onnx").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["one.onnx", "two.onnx"]
    assert report.name == "one.onnx"
    assert report.spec == read(onnx.load(tmp_path / "one.onnx"))


def test_a_model_that_fails_its_check_replaces_nothing(small_model: Small, tmp_path: Path) -> None:
    out = tmp_path / "model.onnx"
    out.write_text("the old one")
    model = small_model()
    model.graph.output[0].name = "image"
    with pytest.raises(ModelError, match=r"model\.onnx"):
        save(model, out)
    assert out.read_text() == "the old one"
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["model.onnx"]


def test_a_missing_folder_or_a_folder_in_the_way_is_one_line(small_model: Small, tmp_path: Path) -> None:
    with pytest.raises(FileError, match="there is no folder"):
        save(small_model(), tmp_path / "none" / "model.onnx")
    with pytest.raises(FileError, match="it is a folder"):
        save(small_model(), tmp_path)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES])
def test_a_full_disk_leaves_nothing(
    small_model: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def fail(_: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr("percept_export.save.os.fsync", fail)
    with pytest.raises(FileError, match=os.strerror(code)):
        save(small_model(), tmp_path / "model.onnx")
    assert [path for path in tmp_path.iterdir() if path.is_file()] == []
