# SPDX-License-Identifier: Apache-2.0
"""Writes a model: equal models give equal bytes, and an unchecked or half-written file never has
the final name.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import onnx

from percept_export.check import Report, check_file
from percept_export.errors import FileError


def save(model: onnx.ModelProto, out: Path) -> Report:
    """Writes ``model`` beside ``out``, checks the file as it lies there, and moves it to ``out``.

    A file that is already there is replaced, in one step and only by one that passed.

    Args:
        model: a model with its description attached.
        out: the final name; its folder must exist.

    Returns:
        What the check found, under the final name.

    Raises:
        FileError: no such folder, no permission, a full disk; nothing new is left behind.
        ModelError, SpecError: the model does not pass :func:`percept_export.check.check_file`.
    """
    with written_beside(out, model.SerializeToString(deterministic=True)) as part:
        return check_file(part, name=out.name)


@contextlib.contextmanager
def written_beside(out: Path, content: bytes) -> Iterator[Path]:
    """Writes ``content`` beside ``out``, under a name that is yielded, and moves it to ``out`` if nothing is raised.

    Raises:
        FileError: no such folder, no permission, a full disk; nothing new is left behind.
    """
    if not out.parent.is_dir():
        raise FileError(f"cannot write {out}: there is no folder {out.parent}")
    if out.is_dir():
        raise FileError(f"cannot write {out}: it is a folder")
    # The number of the process keeps two exports to one name apart; the last one wins, whole.
    part = out.with_name(f"{out.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        yield part
        part.replace(out)
    except OSError as error:
        raise FileError(f"cannot write {out}: {error.strerror or error}") from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink()
