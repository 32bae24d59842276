# SPDX-License-Identifier: Apache-2.0
"""What a backbone says of itself: ``percept.spec``, version 1.

The dataclasses mirror ``docs/schema/percept-spec-1.schema.json`` field by field. A description is
kept as JSON text in the ONNX file's ``metadata_props`` under :data:`METADATA_KEY`, or, for a foreign
file ``NAME.onnx``, in a sidecar ``NAME.onnx.json`` of the same form.

Building one::

    spec = Spec(
        name="nlpd",
        description="Normalised Laplacian pyramid distance",
        input=InputSpec(name="image", size=SizeSpec(minimum=16)),
        layers=(LayerSpec(name="band1", channels=1, weight=1 / 6, distance="rms"),),
        weights=WeightsSpec(source="none"),
        opset=17,
    )
    attach(model, spec)

Nothing is checked when a dataclass is made; :meth:`Spec.to_json` and :meth:`Spec.from_json` check
the whole description against the schema, so neither writes nor returns one that breaks it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import onnx

from percept_export import __version__
from percept_export.conformance import problems_of
from percept_export.errors import SpecError

METADATA_KEY = "percept.spec"
"""Key of the description in an ONNX file's ``metadata_props``."""
FORMAT_VERSION = 1
"""The version of the format that this package writes and reads."""
EXPORTER_NAME = "percept_export"
"""How this package calls itself in ``exporter`` and in an ONNX file's ``producer_name``."""

ImageLayout = Literal["NCHW", "NHWC"]
FeatureLayout = Literal["NCHW", "NHWC", "NLC", "NC"]
DType = Literal["float32", "uint8"]
ChannelOrder = Literal["RGB", "BGR"]
Distance = Literal["mse", "mae", "rms"]
PrecisionType = Literal["fp16"]
Triple = tuple[float, float, float]


@dataclass(frozen=True)
class SizeSpec:
    """Heights and widths that a graph accepts, in pixels. All absent means any size.

    ``fixed`` is exactly ``(height, width)`` and excludes the others; both sides must be a multiple
    of ``multiple`` and neither smaller than ``minimum``.
    """

    fixed: tuple[int, int] | None = None
    multiple: int | None = None
    minimum: int | None = None


@dataclass(frozen=True)
class InputSpec:
    """The image input of a graph, and what a reader does to a picture before feeding it.

    A picture's values are mapped linearly so that black becomes ``range[0]`` and full intensity
    ``range[1]``; then ``mean`` is subtracted and the difference divided by ``std``, both in the
    order of ``channel_order``. The graph itself does none of this. ``uint8`` inputs take
    ``range=(0, 255)`` with the default mean and std. ``batch`` is ``"free"`` or the exact number of
    pictures per run.
    """

    name: str = "image"
    layout: ImageLayout = "NCHW"
    dtype: DType = "float32"
    range: tuple[float, float] = (0.0, 1.0)
    channel_order: ChannelOrder = "RGB"
    mean: Triple = (0.0, 0.0, 0.0)
    std: Triple = (1.0, 1.0, 1.0)
    batch: Literal["free"] | int = "free"
    size: SizeSpec | None = None


@dataclass(frozen=True)
class LayerSpec:
    """One feature layer: a graph output, its ``channels``, and its part in the score.

    ``output`` is the graph's output if it is not called like the layer. ``weight`` multiplies the
    ``distance`` of this layer in the total.
    """

    name: str
    channels: int
    output: str | None = None
    weight: float = 1.0
    distance: Distance = "mse"
    layout: FeatureLayout = "NCHW"

    @property
    def output_name(self) -> str:
        """The graph output that holds this layer's features."""
        return self.name if self.output is None else self.output


@dataclass(frozen=True)
class WeightsSpec:
    """Where the parameters came from.

    ``source`` is an address and revision, a file's name, ``random:SEED`` or ``none``. ``sha256`` is
    the digest (64 lower-case hex digits) of the file they were read from; with ``random`` weights,
    which no file holds, of the parameters themselves (see :func:`percept_export.weights.digest_of`).
    ``licence`` is an SPDX identifier. ``random`` is true where nobody trained them.
    """

    source: str
    sha256: str | None = None
    licence: str | None = None
    random: bool = False


@dataclass(frozen=True)
class PrecisionSpec:
    """What a model computes in, if not in float32 throughout, and what that costs.

    ``loss_error`` is the largest relative error of the total against the same model in float32 over
    the pairs that ``measured_on`` names, and ``layer_errors`` that of each layer's distance.
    ``fp32_nodes`` compute in float32 all the same, because half would overflow.
    """

    type: PrecisionType
    loss_error: float
    measured_on: str
    layer_errors: Mapping[str, float] = field(default_factory=dict)
    fp32_nodes: tuple[str, ...] = ()


@dataclass(frozen=True)
class ExporterSpec:
    """The program that wrote the file, and its version."""

    name: str = EXPORTER_NAME
    version: str = __version__


@dataclass(frozen=True)
class Spec:
    """A whole description. ``sha256`` (the ONNX file's own digest) may stand only in a sidecar."""

    name: str
    input: InputSpec
    layers: tuple[LayerSpec, ...]
    description: str | None = None
    sha256: str | None = None
    weights: WeightsSpec | None = None
    precision: PrecisionSpec | None = None
    exporter: ExporterSpec | None = field(default_factory=ExporterSpec)
    opset: int | None = None
    percept_spec: int = FORMAT_VERSION

    def to_json(self) -> str:
        """Returns the description as JSON: ASCII, sorted keys, no blanks, so equal in, equal out.

        Defaults are written out, so that a reader need not know them; absent parts are left out.

        Raises:
            SpecError: the description breaks the schema; the message names the field.
        """
        document = _plain(asdict(self))
        _require_conformance(document, f"the description of '{self.name}'")
        return json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False)

    @staticmethod
    def from_json(text: str, where: str = METADATA_KEY) -> Spec:
        """Reads a description.

        Args:
            text: the JSON text.
            where: what to call the text in messages, such as the file it was read from.

        Raises:
            SpecError: not JSON, or against the schema; the message names the field.
        """
        try:
            document = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_refuse_duplicates)
        except (ValueError, RecursionError) as error:
            raise SpecError(f"{where} is not JSON: {error}") from error
        _require_conformance(document, where)
        return _spec_of(document)


def attach(model: onnx.ModelProto, spec: Spec) -> None:
    """Writes ``spec`` into ``model``'s metadata, in place of one that may be there.

    Raises:
        SpecError: the description breaks the schema, or holds a ``sha256`` of the file it is to
            become a part of.
    """
    if spec.sha256 is not None:
        raise SpecError("sha256 of the file itself belongs in a sidecar, not into the file")
    text = spec.to_json()
    others = [(entry.key, entry.value) for entry in model.metadata_props]
    del model.metadata_props[:]
    # Sorted, so that the bytes of the file do not depend on who added what first.
    for key, value in sorted([(k, v) for k, v in others if k != METADATA_KEY] + [(METADATA_KEY, text)]):
        model.metadata_props.add(key=key, value=value)


def read(model: onnx.ModelProto, where: str = "the model") -> Spec:
    """Returns the description that stands in ``model``'s metadata.

    Raises:
        SpecError: there is none, there are two, or it breaks the schema.
    """
    texts = [entry.value for entry in model.metadata_props if entry.key == METADATA_KEY]
    if not texts:
        raise SpecError(f"{where} has no {METADATA_KEY} metadata; a foreign file needs a sidecar")
    if len(texts) > 1:
        raise SpecError(f"{where} has {len(texts)} {METADATA_KEY} entries, one is allowed")
    spec = Spec.from_json(texts[0], f"{METADATA_KEY} of {where}")
    if spec.sha256 is not None:
        raise SpecError(f"{METADATA_KEY} of {where} holds sha256, which may stand only in a sidecar")
    return spec


def _require_conformance(document: Any, where: str) -> None:
    problems = problems_of(document)
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise SpecError(f"{where}: {problems[0]}{more}")


def _refuse_constant(text: str) -> float:
    raise ValueError(f"{text} is not a JSON number")


def _refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = dict(pairs)
    if len(names) != len(pairs):
        raise ValueError("a name occurs twice in one object")
    return names


_NUMBERS = ("range", "mean", "std", "weight", "loss_error", "layer_errors")
"""Fields that are written as floats whatever was given, so that 1 and 1.0 become the same text."""


def _plain(value: Any) -> Any:
    """Turns what ``dataclasses.asdict`` gives into JSON's types, without the parts that are absent."""
    if isinstance(value, dict):
        present = {name: part for name, part in value.items() if part is not None}
        return {name: _floats(part) if name in _NUMBERS else _plain(part) for name, part in present.items()}
    return [_plain(part) for part in value] if isinstance(value, tuple | list) else value


def _floats(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _floats(part) for name, part in value.items()}
    if isinstance(value, tuple | list):
        return [_floats(part) for part in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _spec_of(document: dict[str, Any]) -> Spec:
    """Builds the dataclasses from a document that is known to conform."""
    picture = dict(document["input"])
    for name in ("range", "mean", "std"):
        if name in picture:
            picture[name] = tuple(float(value) for value in picture[name])
    if picture.get("batch", "free") != "free":
        picture["batch"] = int(picture["batch"])
    if "size" in picture:
        size = picture["size"]
        whole: dict[str, Any] = {name: int(size[name]) for name in ("multiple", "minimum") if name in size}
        fixed = (int(size["fixed"][0]), int(size["fixed"][1])) if "fixed" in size else None
        picture["size"] = SizeSpec(fixed, **whole)
    layers = tuple(
        LayerSpec(**{**layer, "channels": int(layer["channels"]), "weight": float(layer.get("weight", 1))})
        for layer in document["layers"]
    )
    return Spec(
        document["name"],
        InputSpec(**picture),
        layers,
        description=document.get("description"),
        sha256=document.get("sha256"),
        weights=WeightsSpec(**document["weights"]) if "weights" in document else None,
        precision=_precision_of(document["precision"]) if "precision" in document else None,
        exporter=ExporterSpec(**document["exporter"]) if "exporter" in document else None,
        opset=int(document["opset"]) if "opset" in document else None,
    )


def _precision_of(document: dict[str, Any]) -> PrecisionSpec:
    errors = {name: float(error) for name, error in document.get("layer_errors", {}).items()}
    nodes = tuple(document.get("fp32_nodes", ()))
    return PrecisionSpec(document["type"], float(document["loss_error"]), document["measured_on"], errors, nodes)
