# SPDX-License-Identifier: Apache-2.0
"""Where a network's parameters come from: a pinned download, a file, torchvision, or random numbers for tests.

Whatever the source, tensors come out as finite float32 of the right shapes, or an error names the
first one that does not.
"""

from __future__ import annotations

import hashlib
import importlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from percept_export import tensor_files
from percept_export.download import PinnedFile, fetch
from percept_export.errors import DownloadError, ExtraMissingError, UsageError, WeightsError
from percept_export.graphs import Tensors
from percept_export.networks import VGG19, Network
from percept_export.spec import WeightsSpec
from percept_export.tensor_files import Shapes, by

PINNED = {
    "vgg16": PinnedFile(
        repository="timm/vgg16.tv_in1k",
        revision="3394518cba29aee1ea82a49d971be90d2dd1dab7",
        path="model.safetensors",
        sha256="57b026918159a6bf9faf8405c3a551903768e7138989d9c6224a14227203fad8",
        licence="BSD-3-Clause",
        megabytes=553,
    ),
    "vgg19": PinnedFile(
        repository="timm/vgg19.tv_in1k",
        revision="128d4708565b3a414bcbb9bbad440b2fe37b9f18",
        path="model.safetensors",
        sha256="11aea017b543ff59233749d8f1cf544cda749378f5790d2fedab841fb86b7669",
        licence="BSD-3-Clause",
        megabytes=575,
    ),
}
"""torchvision's ``IMAGENET1K_V1`` weights as safetensors, by the network's name."""

_FEATURE_TENSOR = re.compile(r"features\.\d+\..+")
_TORCHVISION_LICENCE = "BSD-3-Clause"


def default_source(network: Network) -> str:
    """Returns where trained weights come from by default: ``hf`` where a file is pinned, else ``torchvision``."""
    return "hf" if network.name in PINNED else "torchvision"


def load(source: str, shapes: Shapes, network: Network = VGG19) -> tuple[Tensors, WeightsSpec]:
    """Returns the parameters named in ``shapes``, and where they came from.

    Args:
        source: ``hf``, ``torchvision``, ``random:SEED``, or the path of a ``.safetensors`` or ``.pth`` file.
        shapes: the tensors wanted and the shapes they must have, in the order of evaluation.
        network: whose they are.

    Raises:
        UsageError: ``source`` is none of these, or ``hf`` and no file is pinned for this network.
        FileError: the file is not there or cannot be read.
        WeightsError: a tensor is missing, not finite, of another shape or another network.
        ExtraMissingError: a ``.pth`` file or ``torchvision``, and torch or torchvision is not installed.
        DownloadError: ``hf`` or ``torchvision``, and the file is neither in the cache nor to be had.
    """
    if source == "hf":
        pinned = PINNED.get(network.name)
        if pinned is None:
            raise UsageError(
                f"no file of {network.title} is pinned on the hub: use torchvision, a file, or random:SEED"
            )
        tensors = _from_file(fetch(pinned), shapes, network)
        return tensors, WeightsSpec(source=pinned.source, sha256=pinned.sha256, licence=pinned.licence)
    if source.startswith("random:"):
        seed = seed_of(source)
        tensors = random_tensors(seed, shapes)
        return tensors, WeightsSpec(source=f"random:{seed}", sha256=digest_of(tensors), random=True)
    if source == "torchvision":
        url, path = _from_torchvision(network)
        digest = tensor_files.digest(path)
        described = WeightsSpec(source=url, sha256=digest, licence=_TORCHVISION_LICENCE)
        return _from_file(path, shapes, network), described
    path = tensor_files.find(source, "--weights", "hf, torchvision, random:SEED")
    digest = tensor_files.digest(path)
    return _from_file(path, shapes, network), _described(path, digest)


def seed_of(source: str) -> int:
    """Returns SEED of ``random:SEED``.

    Raises:
        UsageError: it is no whole number.
    """
    seed = source.removeprefix("random:")
    if not re.fullmatch(r"[0-9]{1,18}", seed):
        raise UsageError(f"the seed in '{source}' must be a whole number such as random:0")
    return int(seed)


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


def _from_file(path: Path, shapes: Shapes, network: Network) -> Tensors:
    return tensor_files.read(path, shapes, lambda found: _require_network(found, shapes, network, path))


def _from_torchvision(network: Network) -> tuple[str, Path]:
    """Returns the address of torchvision's ``IMAGENET1K_V1`` weights, and the file, fetched if need be.

    The file's name ends in the first digits of its SHA-256, which are all that torchvision pins; they
    are compared every time.
    """
    try:
        torchvision: Any = importlib.import_module("torchvision")
        hub: Any = importlib.import_module("torch.hub")
    except ImportError as error:
        raise ExtraMissingError(
            f"{network.title}'s weights from torchvision need torch and torchvision (about 5.7 GB with CUDA on Linux): "
            f"pip install 'percept-export[torch]'; --weights PATH.safetensors needs nothing more"
        ) from error
    enum = torchvision.models.get_model_weights(network.name)
    url = str(enum.IMAGENET1K_V1.url)
    path = Path(hub.get_dir()) / "checkpoints" / url.rpartition("/")[2]
    try:
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            hub.download_url_to_file(url, str(path), progress=True)
    except Exception as error:  # urllib's, ssl's and torch's own.
        raise DownloadError(
            f"cannot fetch {url}: {error}; fetch it by some other way and say --weights PATH.pth"
        ) from error
    wanted = path.stem.rpartition("-")[2]
    if not tensor_files.digest(path).startswith(wanted):
        raise WeightsError(f"{path} is not the file that torchvision names: its SHA-256 does not begin with {wanted}")
    return url, path


def _described(path: Path, digest: str) -> WeightsSpec:
    for pinned in PINNED.values():
        if digest == pinned.sha256:  # The pinned file, by whatever way it came.
            return WeightsSpec(source=pinned.source, sha256=digest, licence=pinned.licence)
    return WeightsSpec(source=path.name, sha256=digest)


def _require_network(found: Shapes, wanted: Shapes, network: Network, path: Path) -> None:
    """Refuses a file of another network, even where the first layers alone would fit: VGG16's do VGG19."""
    title = network.title
    for name in wanted:
        if name not in found:
            raise WeightsError(f"tensor '{name}' is missing from {path}: these are not {title}'s weights")
    for name, shape in found.items():
        if not _FEATURE_TENSOR.fullmatch(name):
            continue  # Only the convolutions matter; a classifier may follow them.
        expected = network.shapes.get(name)
        if expected is None:
            raise WeightsError(f"tensor '{name}' of {path} is none of {title}'s: these are another network's weights")
        if shape != expected:
            raise WeightsError(f"tensor '{name}' of {path} has shape {by(shape)}, {title}'s has {by(expected)}")
