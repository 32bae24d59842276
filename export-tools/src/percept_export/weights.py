# SPDX-License-Identifier: Apache-2.0
"""Where VGG19's parameters come from: the pinned download, a file, or random numbers for tests.

Whatever the source, tensors come out as finite float32 of the right shapes, or an error names the
first one that does not.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import re
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from percept_export.download import PinnedFile, fetch, sha256_of
from percept_export.errors import ExtraMissingError, FileError, UsageError, WeightsError
from percept_export.spec import WeightsSpec
from percept_export.vgg import CONVS, Tensors, shapes_of

PINNED = PinnedFile(
    repository="timm/vgg19.tv_in1k",
    revision="128d4708565b3a414bcbb9bbad440b2fe37b9f18",
    path="model.safetensors",
    sha256="11aea017b543ff59233749d8f1cf544cda749378f5790d2fedab841fb86b7669",
    licence="BSD-3-Clause",
    megabytes=575,
)
"""torchvision's ``VGG19_Weights.IMAGENET1K_V1`` as safetensors."""

EXTRA_TORCH = (
    "reading a .pth file needs torch (about 5.7 GB with CUDA on Linux): pip install 'percept-export[torch]'; "
    "a .safetensors file needs nothing more"
)

_NETWORK = shapes_of(CONVS)
_FEATURE_TENSOR = re.compile(r"features\.\d+\..+")


def load(source: str, shapes: Mapping[str, tuple[int, ...]]) -> tuple[Tensors, WeightsSpec]:
    """Returns the parameters named in ``shapes``, and where they came from.

    Args:
        source: ``hf``, ``random:SEED``, or the path of a ``.safetensors`` or ``.pth`` file.
        shapes: the tensors wanted and the shapes they must have, in the order of evaluation.

    Raises:
        UsageError: ``source`` is none of these.
        FileError: the file is not there or cannot be read.
        WeightsError: a tensor is missing, not finite, of another shape or another network.
        ExtraMissingError: a ``.pth`` file, and torch is not installed.
        DownloadError: ``hf``, and the file is neither in the cache nor to be had.
    """
    if source == "hf":
        return _from_safetensors(fetch(PINNED), PINNED.sha256, shapes)
    if source.startswith("random:"):
        seed = source.removeprefix("random:")
        if not re.fullmatch(r"[0-9]{1,18}", seed):
            raise UsageError(f"the seed in '{source}' must be a whole number such as random:0")
        tensors = random_tensors(int(seed), shapes)
        return tensors, WeightsSpec(source=f"random:{int(seed)}", sha256=digest_of(tensors), random=True)
    path = Path(source)
    suffix = path.suffix.lower()
    if suffix not in (".safetensors", ".pth", ".pt"):
        raise UsageError(f"--weights is hf, random:SEED, or a .safetensors or .pth file, not '{source}'")
    if not path.is_file():
        raise FileError(f"there is no weights file {path}")
    digest = _digest(path)
    return _from_safetensors(path, digest, shapes) if suffix == ".safetensors" else _from_torch(path, digest, shapes)


def random_tensors(seed: int, shapes: Mapping[str, tuple[int, ...]]) -> Tensors:
    """Makes parameters that nobody trained, the same for one ``seed`` on every machine.

    The recipe, tensor by tensor in the order of ``shapes``: as many of :func:`normal`'s numbers
    from NumPy's ``PCG64(seed)`` as the tensor has values. Kernels are scaled by √(2 / fan-in)
    (He et al. 2015, arXiv 1502.01852), which keeps activations of the same size from layer to
    layer; biases by 0.05. All of it in float64, rounded once to float32.

    Args:
        seed: not negative.
        shapes: kernels have four axes, biases one. A longer list begins with the same tensors.
    """
    bits = np.random.PCG64(seed)
    tensors = {}
    for name, shape in shapes.items():
        scale = np.sqrt(2.0 / np.prod(shape[1:])) if len(shape) > 1 else 0.05
        tensors[name] = (normal(bits, shape) * scale).astype(np.float32)
    return tensors


def normal(bits: np.random.PCG64, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Draws nearly normal numbers of mean 0 and standard deviation 1, one per 64-bit word.

    A number is the sum of the word's four 16-bit parts, less its mean 131,070, divided by its
    standard deviation √((65536² − 1) / 3). That is close to a normal distribution (it ends at
    ±3.46) and, unlike NumPy's own normal numbers, made of exact integers and single roundings, so
    it depends on no version and no mathematics library.
    """
    words = np.asarray(bits.random_raw(int(np.prod(shape))), dtype=np.uint64)
    parts = words.view(np.uint16).reshape(-1, 4).astype(np.int64)
    # The sum does not care in which order a machine keeps the parts of a word.
    values: NDArray[np.float64] = (parts.sum(axis=1) - 131_070) / np.sqrt((65536.0**2 - 1.0) / 3.0)
    return values.reshape(shape)


def digest_of(tensors: Tensors) -> str:
    """Returns the SHA-256 of the tensors' values, little-endian float32, one tensor after another.

    Stands in a description for the digest of a file where there is none: with random weights.
    """
    digest = hashlib.sha256()
    for tensor in tensors.values():
        digest.update(tensor.astype("<f4").tobytes())
    return digest.hexdigest()


def _from_safetensors(path: Path, digest: str, shapes: Mapping[str, tuple[int, ...]]) -> tuple[Tensors, WeightsSpec]:
    try:
        with safe_open(path, framework="numpy") as file:
            slices = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118
            _require_network({name: tuple(part.get_shape()) for name, part in slices.items()}, shapes, path)
            tensors = {}
            for name in shapes:
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
    return tensors, _described(path, digest)


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


def _from_torch(path: Path, digest: str, shapes: Mapping[str, tuple[int, ...]]) -> tuple[Tensors, WeightsSpec]:
    try:
        torch: Any = importlib.import_module("torch")
    except ImportError as error:
        raise ExtraMissingError(f"{path}: {EXTRA_TORCH}") from error
    try:
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
    found = {str(name): tensor for name, tensor in state.items() if isinstance(tensor, torch.Tensor)}
    _require_network({name: tuple(tensor.shape) for name, tensor in found.items()}, shapes, path)
    tensors = {}
    for name in shapes:
        if not found[name].is_floating_point():
            raise WeightsError(f"tensor '{name}' of {path} holds {found[name].dtype}, not floating-point numbers")
        tensors[name] = _float32(name, found[name].detach().to(torch.float32).contiguous().numpy(), path)
    return tensors, _described(path, digest)


def _digest(path: Path) -> str:
    try:
        return sha256_of(path)
    except OSError as error:
        raise FileError(f"cannot read {path}: {error.strerror or error}") from error


def _described(path: Path, digest: str) -> WeightsSpec:
    if digest == PINNED.sha256:  # The pinned file, by whatever way it came.
        return WeightsSpec(source=PINNED.source, sha256=digest, licence=PINNED.licence)
    return WeightsSpec(source=path.name, sha256=digest)


def _require_network(found: Mapping[str, tuple[int, ...]], wanted: Mapping[str, tuple[int, ...]], path: Path) -> None:
    """Refuses a file that is not VGG19's, even where the first layers alone would fit: VGG16's do."""
    for name in wanted:
        if name not in found:
            raise WeightsError(f"tensor '{name}' is missing from {path}: these are not VGG19's weights")
    for name, shape in _features(found):
        expected = _NETWORK.get(name)
        if expected is None:
            raise WeightsError(f"tensor '{name}' of {path} is none of VGG19's: these are another network's weights")
        if shape != expected:
            raise WeightsError(f"tensor '{name}' of {path} has shape {_by(shape)}, VGG19's has {_by(expected)}")


def _features(found: Mapping[str, tuple[int, ...]]) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The tensors of the convolutions, which alone matter; a classifier may follow them."""
    return ((name, shape) for name, shape in found.items() if _FEATURE_TENSOR.fullmatch(name))


def _by(shape: tuple[int, ...]) -> str:
    return "×".join(str(side) for side in shape) or "no axes"


def _float32(name: str, tensor: NDArray[Any], path: Path) -> NDArray[np.float32]:
    with np.errstate(over="ignore"):
        values = np.ascontiguousarray(tensor, dtype=np.float32)
    if not np.isfinite(values).all():
        raise WeightsError(f"tensor '{name}' of {path} holds values that are not finite")
    return values
