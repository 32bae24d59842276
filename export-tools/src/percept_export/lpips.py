# SPDX-License-Identifier: Apache-2.0
"""LPIPS as a feature graph (Zhang et al. 2018, arXiv 1801.03924; version 0.1 of the package ``lpips``).

LPIPS compares features φ that have unit length over the channels: Σ_l mean over (h, w) of Σ_c a_lc · (φ_lc(x) −
φ_lc(y))², with learned a_lc ≥ 0. So a layer's output here is √a · φ / (‖φ‖ + ε), the sum over the channels is C times
their mean, and Percept's formula gives LPIPS with weight C and distance ``mse``. Without linear weights a_lc = 1,
which the package calls the baseline.

The package's own shift and scale of pictures on [−1, 1] are ImageNet's mean and standard deviation on [0, 1].
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx

from percept_export import tensor_files
from percept_export.errors import ExtraMissingError, WeightsError
from percept_export.graphs import OPSET, Draft, Tensors
from percept_export.networks import ALEXNET, INPUT, MEAN, SQUEEZENET, STD, VGG16, Network
from percept_export.spec import InputSpec, LayerSpec, SizeSpec, Spec, WeightsSpec
from percept_export.tensor_files import Shapes, by
from percept_export.weights import digest_of, normal, seed_of

EPSILON = 1e-10
"""Added to the length of a cell's features, as in ``lpips.normalize_tensor``."""
PACKAGE_LICENCE = "BSD-2-Clause"
EXTRA_LPIPS = (
    "the linear weights come with the Python package lpips, which needs torch (about 5.7 GB with CUDA on Linux): "
    "pip install 'percept-export[torch]'; --linear PATH.safetensors or --baseline need nothing more"
)


@dataclass(frozen=True)
class Variant:
    """A backbone of LPIPS: the layers whose features it compares, and its linear weights' published digest."""

    name: str
    network: Network
    layers: tuple[str, ...]
    sha256: str

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The linear weights' shapes by the package's names."""
        steps = (self.network.by_name[layer] for layer in self.layers)
        return {_linear(i): (1, step.channels, 1, 1) for i, step in enumerate(steps)}


VARIANTS: Mapping[str, Variant] = {
    variant.name: variant
    for variant in (
        Variant(
            "vgg",
            VGG16,
            ("relu1_2", "relu2_2", "relu3_3", "relu4_3", "relu5_3"),
            "a78928a0af1e5f0fcb1f3b9e8f8c3a2a5a3de244d830ad5c1feddc79b8432868",
        ),
        Variant(
            "alex",
            ALEXNET,
            ("relu1", "relu2", "relu3", "relu4", "relu5"),
            "df73285e35b22355a2df87cdb6b70b343713b667eddbda73e1977e0c860835c0",
        ),
        Variant(
            "squeeze",
            SQUEEZENET,
            ("relu1", "fire3", "fire5", "fire6", "fire7", "fire8", "fire9"),
            "4a5350f23600cb79923ce65bb07cbf57dca461329894153e05a1346bd531cf76",
        ),
    )
}


def load_linear(source: str, variant: Variant) -> tuple[Tensors, WeightsSpec]:
    """Returns the linear weights by the package's names, and where they came from.

    Args:
        source: ``lpips`` for the installed package's, ``random:SEED``, or the path of a ``.safetensors`` or
            ``.pth`` file with tensors ``lin0.model.1.weight`` and so on.
        variant: whose they must be.

    Raises:
        UsageError: ``source`` is none of these.
        FileError: the file is not there or cannot be read.
        WeightsError: a tensor is missing, negative, not finite, of another shape, or not LPIPS's.
        ExtraMissingError: the package, or torch for a ``.pth`` file, is not installed.
    """
    if source.startswith("random:"):
        seed = seed_of(source)
        bits = np.random.PCG64(seed)
        drawn = {name: np.abs(normal(bits, shape)).astype(np.float32) for name, shape in variant.shapes.items()}
        return drawn, WeightsSpec(source=f"random:{seed}", sha256=digest_of(drawn), random=True)
    path = _packaged(variant) if source == "lpips" else tensor_files.find(source, "--linear", "lpips, random:SEED")
    digest = tensor_files.digest(path)
    shapes = variant.shapes
    tensors = tensor_files.read(path, shapes, lambda found: _require_linear(found, variant, path))
    for name, tensor in tensors.items():
        if tensor.min() < 0:
            raise WeightsError(
                f"tensor '{name}' of {path} holds {tensor.min():g}: LPIPS's linear weights are not negative"
            )
    if digest == variant.sha256:  # The package's file, by whatever way it came.
        described = WeightsSpec(f"lpips 0.1.4, weights/v0.1/{variant.name}.pth", sha256=digest, licence=PACKAGE_LICENCE)
        return tensors, described
    return tensors, WeightsSpec(source=path.name, sha256=digest)


def build(
    variant: Variant, tensors: Tensors, weights: WeightsSpec, linear: tuple[Tensors, WeightsSpec] | None
) -> onnx.ModelProto:
    """Builds the graph; outputs are called like the layers with ``_weighted`` behind, ``_unit`` in the baseline.

    Args:
        variant: the backbone.
        tensors: its parameters, float32 by name.
        weights: where they came from.
        linear: what :func:`load_linear` returned; absent for the baseline.

    Returns:
        The model with its description; equal arguments give equal bytes.

    Raises:
        WeightsError: a tensor is missing or has another shape.
    """
    network, draft = variant.network, Draft()
    draft.append(network.needed(variant.layers), tensors)
    draft.constant("epsilon", np.array(EPSILON, np.float32))
    outputs: dict[str, tuple[str | int, ...]] = {}
    layers = []
    for i, layer in enumerate(variant.layers):
        channels = network.by_name[layer].channels
        length = draft.node("ReduceL2", [layer], f"{layer}_length", axes=[1], keepdims=1)
        divisor = draft.node("Add", [length, "epsilon"], f"{layer}_divisor")
        output = draft.node("Div", [layer, divisor], f"{layer}_unit")
        if linear is not None:
            root = draft.constant(f"{layer}_root", np.sqrt(linear[0][_linear(i)].astype(np.float64)).astype(np.float32))
            output = draft.node("Mul", [output, root], f"{layer}_weighted")
        outputs[output] = ("batch", channels, f"{layer}_height", f"{layer}_width")
        layers.append(LayerSpec(name=layer, output=output, channels=channels, weight=channels))
    name = f"lpips-{variant.name}{'' if linear else '-baseline'}"
    how = "learned linear weights" if linear else "baseline: without linear weights"
    # The package takes pictures as long as a cell is left of them; so does this.
    size = SizeSpec(minimum=network.minimum_side(variant.layers, cells=1))
    spec = Spec(
        name=name,
        description=f"LPIPS 0.1 (Zhang et al. 2018) on {network.title}, {how}",
        input=InputSpec(INPUT, mean=MEAN, std=STD, size=size),
        layers=tuple(layers),
        weights=weights if linear is None else _both(weights, linear[1]),
        opset=OPSET,
    )
    return draft.model(name, outputs, spec)


def _linear(i: int) -> str:
    return f"lin{i}.model.1.weight"


def _packaged(variant: Variant) -> Path:
    found = importlib.util.find_spec("lpips")
    if found is None or found.origin is None:
        raise ExtraMissingError(EXTRA_LPIPS)
    path = Path(found.origin).parent / "weights" / "v0.1" / f"{variant.name}.pth"
    if not path.is_file():
        raise WeightsError(f"the installed package lpips has no {path}: install lpips 0.1.4")
    return path


def _require_linear(found: Shapes, variant: Variant, path: Path) -> None:
    whose = f"LPIPS's linear weights for {variant.network.title}"
    for name, shape in found.items():
        expected = variant.shapes.get(name)
        if expected is None:
            raise WeightsError(f"tensor '{name}' of {path} is none of {whose}, which are called {_linear(0)} and so on")
        if shape != expected:
            raise WeightsError(f"tensor '{name}' of {path} has shape {by(shape)}, {whose} have {by(expected)}")
    for name in variant.shapes:
        if name not in found:
            raise WeightsError(f"tensor '{name}' is missing from {path}: these are not {whose}")


def _both(backbone: WeightsSpec, linear: WeightsSpec) -> WeightsSpec:
    """Describes two sets of parameters as one; the digest is the backbone's, the linear weights' is in the text."""
    known = backbone.licence is not None and linear.licence is not None
    return WeightsSpec(
        source=f"{backbone.source}; linear weights: {linear.source} (SHA-256 {linear.sha256})",
        sha256=backbone.sha256,
        licence=f"{backbone.licence} AND {linear.licence}" if known else None,
        random=backbone.random or linear.random,
    )
