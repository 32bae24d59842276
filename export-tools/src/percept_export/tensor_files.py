# SPDX-License-Identifier: Apache-2.0
"""Reads named tensors from ``.safetensors`` and ``.pth`` files, as finite float32 and nothing else."""

from __future__ import annotations

import importlib
import json
import warnings
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from percept_export.download import sha256_of
from percept_export.errors import ExtraMissingError, FileError, UsageError, WeightsError
from percept_export.graphs import Tensors

EXTRA_TORCH = (
    "reading a .pth file needs torch (about 5.7 GB with CUDA on Linux): pip install 'percept-export[torch]'; "
    "a .safetensors file needs nothing more"
)

Shapes = Mapping[str, tuple[int, ...]]


def find(source: str, option: str, choices: str) -> Path:
    """Returns the file that an option names.

    Args:
        source: the option's value.
        option: its name, and
        choices: what else it may be, both for messages.

    Raises:
        UsageError: the name ends in no known way.
        FileError: there is no such file.
    """
    path = Path(source)
    if path.suffix.lower() not in (".safetensors", ".pth", ".pt"):
        raise UsageError(f"{option} is {choices}, or a .safetensors or .pth file, not '{source}'")
    if not path.is_file():
        raise FileError(f"there is no weights file {path}")
    return path


def digest(path: Path) -> str:
    """Returns a file's SHA-256.

    Raises:
        FileError: it cannot be read.
    """
    try:
        return sha256_of(path)
    except OSError as error:
        raise FileError(f"cannot read {path}: {error.strerror or error}") from error


def read(path: Path, names: Collection[str], require: Callable[[Shapes], None]) -> Tensors:
    """Reads tensors by name.

    Args:
        path: a ``.safetensors`` file, or one that ``torch.save`` wrote, which is read without running code from it.
        names: the tensors wanted, in the order of the result.
        require: is given the shapes of all that the file holds, and raises if it lacks one of
            ``names`` or is another network's.

    Raises:
        FileError: the file cannot be read.
        WeightsError: it is damaged, or a tensor is not finite or not of floating point.
        ExtraMissingError: torch is needed and not installed.
    """
    return (_safetensors if path.suffix.lower() == ".safetensors" else _torch)(path, names, require)


def _safetensors(path: Path, names: Collection[str], require: Callable[[Shapes], None]) -> Tensors:
    try:
        with safe_open(path, framework="numpy") as file:
            slices = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118
            require({name: tuple(part.get_shape()) for name, part in slices.items()})
            tensors = {}
            for name in names:
                dtype = slices[name].get_dtype()
                if dtype == "BF16":
                    values = _bfloat16(path, name)
                elif dtype in ("F16", "F32", "F64"):
                    values = file.get_tensor(name)
                else:
                    raise WeightsError(f"tensor '{name}' of {path} holds {dtype}, not F64, F32, F16 or BF16")
                tensors[name] = _float32(name, values, path)
    except SafetensorError as error:
        raise WeightsError(f"{path} is not a whole safetensors file: {error}") from error
    except OSError as error:
        raise FileError(f"cannot read {path}: {error.strerror or error}") from error
    return tensors


def _bfloat16(path: Path, name: str) -> NDArray[np.float32]:
    """Reads one tensor of a type that NumPy has not: the upper half of a float32.

    The file is known to be sound: eight bytes of header length, a JSON header, the data.
    """
    with path.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        entry = json.loads(stream.read(length))[name]
        begin, end = entry["data_offsets"]
        stream.seek(8 + length + begin)
        halves = np.frombuffer(stream.read(end - begin), dtype="<u2")
    values: NDArray[np.float32] = (halves.astype(np.uint32) << 16).view(np.float32).reshape(entry["shape"])
    return values


def _torch(path: Path, names: Collection[str], require: Callable[[Shapes], None]) -> Tensors:
    try:
        torch: Any = importlib.import_module("torch")
    except ImportError as error:
        raise ExtraMissingError(f"{path}: {EXTRA_TORCH}") from error
    state = read_state(path, torch)
    found = {str(name): tensor for name, tensor in state.items() if isinstance(tensor, torch.Tensor)}
    require({name: tuple(tensor.shape) for name, tensor in found.items()})
    tensors = {}
    for name in names:
        if not found[name].is_floating_point():
            raise WeightsError(f"tensor '{name}' of {path} holds {found[name].dtype}, not floating-point numbers")
        tensors[name] = _float32(name, found[name].detach().to(torch.float32).contiguous().numpy(), path)
    return tensors


def read_state(path: Path, torch: Any) -> Mapping[Any, Any]:
    """Reads a network's state with torch: from a ``.safetensors`` file, or else from one that ``torch.save`` wrote.

    Raises:
        WeightsError: it holds no plain tensors by name.
    """
    try:
        if path.suffix.lower() == ".safetensors":
            state = importlib.import_module("safetensors.torch").load_file(path)
        else:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # About old formats, which are read all the same.
                # weights_only: a .pth file is a pickle, and a pickle can run any code.
                state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises whatever its pickle and zip readers do.
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise WeightsError(f"{path} holds no plain tensors that torch can read: {first}") from error
    if isinstance(state, Mapping) and isinstance(state.get("state_dict"), Mapping):
        state = state["state_dict"]
    if not isinstance(state, Mapping):
        raise WeightsError(f"{path} holds {type(state).__name__}, not tensors by name")
    return state


def by(shape: tuple[int, ...]) -> str:
    """Returns a shape for people, such as 64×3×3×3."""
    return "×".join(str(side) for side in shape) or "no axes"


def _float32(name: str, tensor: NDArray[Any], path: Path) -> NDArray[np.float32]:
    with np.errstate(over="ignore"):
        values = np.ascontiguousarray(tensor, dtype=np.float32)
    if not np.isfinite(values).all():
        raise WeightsError(f"tensor '{name}' of {path} holds values that are not finite")
    return values
