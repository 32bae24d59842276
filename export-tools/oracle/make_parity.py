# SPDX-License-Identifier: Apache-2.0
"""Writes what Percept's parity tests compare with: pictures, and what torchvision says of them.

    python oracle/make_parity.py OUT_DIR

The oracle is torchvision's own ``vgg19().features`` in float64, with the weights ``random:0`` of
percept_export and with its ReLUs not in place. It shares with the export only those numbers; graph,
padding, pooling and reduction are torchvision's and NumPy's.

OUT_DIR gets, K counting the pairs:

- ``vgg19.onnx``: the export with weights ``random:0`` and the default layers.
- ``pair-K-reference.png`` and ``pair-K-candidate.png``: 8-bit RGB, the very input of the oracle.
- ``features-K-LAYER.npy``: the reference's features, little-endian float32 (1, C, H, W) in C order,
  for the first pair of each size.
- ``parity.json``: a list of pairs, each ``{"reference", "candidate", "kind", "height", "width",
  "layers": [{"name", "mse", "max_abs", "features"}]}`` with the names of the files above. ``mse`` is
  the mean over C, H, W of the squared difference, ``max_abs`` the largest absolute value of the
  reference's features, both in float64. It is written last: where it is, the rest is whole.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import torch
import torchvision
from numpy.typing import NDArray

from percept_export import vgg, weights
from percept_export.save import save
from pictures import Picture, noisy, normalised, smooth, write_png

SIZES = ((33, 47), (64, 96), (224, 224), (225, 301))
"""Height and width; each is scored for every one of :data:`KINDS`."""
LARGE = (1024, 1024)
LARGE_KINDS = ("distinct", "noise-0.5")
"""Fewer kinds where one picture takes half a minute."""
KINDS = ("distinct", "noise-2", "noise-0.5")
"""An unrelated picture, or normal noise of this standard deviation, of 255."""
SEED = "random:0"
STRIP_BYTES = 64 << 20
"""How much memory one strip of a convolution may take, unfolded."""

Features = dict[str, NDArray[np.float64]]


class Oracle:
    """torchvision's VGG19 in float64, with the same seeded weights as the export."""

    def __init__(self, layers: tuple[str, ...] = vgg.DEFAULT_LAYERS) -> None:
        # Only the features are read, so nothing of the classifier need be made.
        self._layers = {_index(layer): layer for layer in layers}
        tensors, _ = weights.load(SEED, vgg.shapes_of(vgg.CONVS))
        with torch.device("meta"):
            features = torchvision.models.vgg19(weights=None).features
        state = {name.removeprefix("features."): torch.from_numpy(tensor) for name, tensor in tensors.items()}
        features.load_state_dict(state, strict=True, assign=True)
        self._modules = features[: max(self._layers) + 1].double().eval()
        for module in self._modules:
            if isinstance(module, torch.nn.ReLU):
                module.inplace = False  # Else a convolution's features would be rectified afterwards.

    def features(self, picture: Picture) -> Features:
        """Returns each layer's features, float64 of shape (1, C, H, W)."""
        value = torch.from_numpy(normalised(picture))
        found = {}
        with torch.inference_mode():
            for i, module in enumerate(self._modules):
                value = _in_strips(module, value) if isinstance(module, torch.nn.Conv2d) else module(value)
                if i in self._layers:
                    found[self._layers[i]] = value.numpy()
        return found


def _in_strips(conv: torch.nn.Conv2d, value: torch.Tensor) -> torch.Tensor:
    """Evaluates a 3×3 convolution some rows at a time.

    In float64, PyTorch unfolds its input ninefold in memory: 4.8 GB for the second layer of a 1024²
    picture. Each strip takes one row of its neighbours on both sides, so every sum is the same.
    """
    _, channels, height, width = value.shape
    rows = max(1, STRIP_BYTES // (channels * 9 * width * 8))
    padded = torch.nn.functional.pad(value, (1, 1, 1, 1))
    strips = [
        torch.nn.functional.conv2d(padded[:, :, top : min(top + rows, height) + 2], conv.weight, conv.bias)
        for top in range(0, height, rows)
    ]
    return torch.cat(strips, dim=2)


def _index(layer: str) -> int:
    """The place of a layer in torchvision's ``features``, as its documentation counts them."""
    first = {1: 0, 2: 5, 3: 10, 4: 19, 5: 28}
    block, number = (int(digit) for digit in layer[4:].split("_"))
    return first[block] + 2 * (number - 1) + layer.startswith("relu")


def make(out: Path) -> None:
    """Writes everything into ``out``, a folder that is made if need be."""
    torch.set_num_threads(2)
    out.mkdir(parents=True, exist_ok=True)
    (out / "parity.json").unlink(missing_ok=True)
    layers = vgg.DEFAULT_LAYERS
    tensors, source = weights.load(SEED, vgg.shapes_of(vgg.needed(layers)))
    save(vgg.build(layers, tensors, source), out / "vgg19.onnx")
    oracle = Oracle(layers)
    pairs: list[dict[str, object]] = []
    for i, (size, kinds) in enumerate([*((size, KINDS) for size in SIZES), (LARGE, LARGE_KINDS)]):
        pairs += _pairs_of(oracle, size, kinds, i, len(pairs), out)
    part = out / "parity.json.part"
    part.write_text(json.dumps(pairs, indent=1) + "\n", encoding="utf-8")
    part.replace(out / "parity.json")


def _pairs_of(
    oracle: Oracle, size: tuple[int, int], kinds: tuple[str, ...], seed: int, first: int, out: Path
) -> list[dict[str, object]]:
    reference = smooth(*size, seed=100 + seed)
    expected = oracle.features(reference)
    for layer, values in expected.items():
        np.save(out / f"features-{first}-{layer}.npy", values.astype("<f4"))
    pairs: list[dict[str, object]] = []
    for k, kind in enumerate(kinds, start=first):
        if kind == "distinct":
            candidate = smooth(*size, seed=200 + seed)
        else:
            candidate = noisy(reference, float(kind.removeprefix("noise-")), seed=300 + k)
        names = {role: f"pair-{k}-{role}.png" for role in ("reference", "candidate")}
        write_png(reference, out / names["reference"])
        write_png(candidate, out / names["candidate"])
        actual = oracle.features(candidate)
        pairs.append(
            {
                **names,
                "kind": kind,
                "height": size[0],
                "width": size[1],
                "layers": [
                    {
                        "name": layer,
                        "mse": float(np.mean((expected[layer] - actual[layer]) ** 2)),
                        "max_abs": float(np.abs(expected[layer]).max()),
                        "features": f"features-{first}-{layer}.npy",
                    }
                    for layer in expected
                ],
            }
        )
    return pairs


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python make_parity.py OUT_DIR")
    make(Path(sys.argv[1]))
