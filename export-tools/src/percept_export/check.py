# SPDX-License-Identifier: Apache-2.0
"""Checks that an ONNX file is sound and does what its description says.

The graph is really run, by ONNX's own reference evaluator (plain NumPy, so nothing more need be
installed), on made-up pictures of two sizes: the smallest that the description allows, and a larger
one of unequal sides in a batch of two. Where size or batch is fixed, that is what is run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto
from onnx.reference import ReferenceEvaluator
from onnx.reference.ops.op_conv import Conv as ReferenceConv

from percept_export.download import sha256_of
from percept_export.errors import FileError, ModelError, SpecError
from percept_export.spec import InputSpec, LayerSpec, PrecisionSpec, Spec, read

LEAST_OPSET = 13
"""The oldest opset that Percept reads."""

_ANY_SIZE = 32
"""What "any size" is tried with: small enough to be quick, large enough for five poolings."""
_DTYPES = {"float32": TensorProto.FLOAT, "float16": TensorProto.FLOAT16, "uint8": TensorProto.UINT8}


@dataclass(frozen=True)
class Trial:
    """One run: the picture's ``size`` as (height, width), and each layer's shape in the spec's order."""

    size: tuple[int, int]
    shapes: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Report:
    """What a file that passed says of itself and what running it gave."""

    name: str
    spec: Spec
    trials: tuple[Trial, ...]

    def __str__(self) -> str:
        spec, weights = self.spec, self.spec.weights
        lines = [f"{self.name}: ok", f"  model    {spec.name}"]
        if weights is not None:
            note = ", random: scores mean nothing" if weights.random else ""
            lines.append(f"  weights  {weights.source}{note}")
        if spec.precision is not None:
            kept = f"; in fp32: {', '.join(spec.precision.fp32_nodes)}" if spec.precision.fp32_nodes else ""
            error = f"loss within {100 * spec.precision.loss_error:.3g}% of fp32's"
            lines.append(f"  numbers  {spec.precision.type}, {error} on {spec.precision.measured_on}{kept}")
        lines.append(f"  input    {spec.input.name} {spec.input.dtype} {spec.input.layout} {spec.input.channel_order}")
        for i, layer in enumerate(spec.layers):
            shapes = ", ".join(
                f"{'×'.join(map(str, trial.shapes[i]))} at {trial.size[0]}×{trial.size[1]}" for trial in self.trials
            )
            lines.append(f"  layer    {layer.name} {layer.distance} weight {layer.weight:g}: {shapes}")
        return "\n".join(lines)


def check_file(path: Path, name: str | None = None, spec: Spec | None = None) -> Report:
    """Checks a model file; a sidecar ``FILE.json`` beside it takes the place of its own description.

    Args:
        path: the ONNX file.
        name: what to call it in messages and in the report, if not by ``path``.
        spec: what takes the place of both.

    Raises:
        FileError: the file cannot be read.
        SpecError: there is no description, or it breaks the schema, or names another SHA-256.
        ModelError: the file is no sound ONNX model, or the graph contradicts the description:
            input, outputs, types, ranks, channels, precision, opset; or it cannot be run, or gives other
            shapes, or values that are not finite.
    """
    called = str(path) if name is None else name
    model = load_model(path, called)
    if spec is None:
        spec = _description(path, model, called)
    try:
        _check_structure(model, spec)
        trials = _run(model, spec)
    except ModelError as error:
        raise ModelError(f"{called}: {error}") from error
    return Report(called, spec, trials)


def load_model(path: Path, called: str) -> onnx.ModelProto:
    """Reads a file that may be anything.

    Args:
        path: the file.
        called: how messages call it.

    Raises:
        FileError: it cannot be read.
        ModelError: it is no sound ONNX model.
    """
    try:
        with path.open("rb") as stream:
            stream.read(1)
    except OSError as error:
        raise FileError(f"cannot read {called}: {error.strerror or error}") from error
    try:
        model = onnx.load(path)
        onnx.checker.check_model(model, full_check=True)
    except Exception as error:  # The parser, the checker and shape inference each have their own.
        raise ModelError(f"{called} is not a sound ONNX model: {_first_line(error)}") from error
    return model


def _description(path: Path, model: onnx.ModelProto, called: str) -> Spec:
    sidecar = path.with_name(path.name + ".json")
    if not sidecar.exists():
        return read(model, called)
    try:
        text = sidecar.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError(f"cannot read {sidecar}: {error}") from error
    spec = Spec.from_json(text, str(sidecar))
    if spec.sha256 is not None and (actual := sha256_of(path)) != spec.sha256:
        raise SpecError(f"{called} has SHA-256 {actual}, but {sidecar} says {spec.sha256}")
    return spec


def _check_structure(model: onnx.ModelProto, spec: Spec) -> None:
    opset = max((entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx")), default=0)
    if opset < LEAST_OPSET:
        raise ModelError(f"opset {opset} is too old, at least {LEAST_OPSET} is needed")
    if spec.opset is not None and spec.opset != opset:
        raise ModelError(f"the description says opset {spec.opset}, the graph has {opset}")
    initialized = {tensor.name for tensor in model.graph.initializer}
    inputs = {value.name: value for value in model.graph.input if value.name not in initialized}
    if spec.input.name not in inputs:
        raise ModelError(f"the description names the input '{spec.input.name}', the graph has {_names(inputs)}")
    if len(inputs) > 1:
        raise ModelError(f"one input is allowed, the graph has {_names(inputs)}")
    _check_input(inputs[spec.input.name], spec.input)
    outputs = {value.name: value for value in model.graph.output}
    for layer in spec.layers:
        if layer.output_name not in outputs:
            raise ModelError(f"the description names the output '{layer.output_name}', the graph has {_names(outputs)}")
        _check_output(outputs[layer.output_name], layer, _feature_types(spec))
    if spec.precision is not None:
        _check_precision(model.graph, spec.precision)


def _check_input(value: onnx.ValueInfoProto, spec: InputSpec) -> None:
    if value.type.tensor_type.elem_type != _DTYPES[spec.dtype]:
        raise ModelError(f"input '{value.name}' is {_dtype_name(value)}, the description says {spec.dtype}")
    if spec.dtype == "uint8" and (spec.range != (0, 255) or any(spec.mean) or set(spec.std) != {1.0}):
        raise ModelError(f"input '{value.name}' is uint8, so range must be [0, 255] and mean and std left out")
    sides = _sides(value, spec.layout)
    expected: dict[str, int | None] = {"C": 3, "N": None if spec.batch == "free" else int(spec.batch)}
    fixed = spec.size.fixed if spec.size is not None else None
    expected["H"], expected["W"] = fixed or (None, None)
    for axis, wanted in expected.items():
        actual = sides[axis]
        # A graph may leave open what the description fixes, except that it must not fix more.
        if actual is not None and actual != wanted:
            words = {"C": "channels", "N": "batch", "H": "height", "W": "width"}[axis]
            raise ModelError(f"input '{value.name}' has {words} {actual}, the description says {wanted or 'free'}")


def _feature_types(spec: Spec) -> tuple[str, ...]:
    """What a layer may hold; with fp16 either, since a layer that half can't hold stays in float."""
    return ("float32",) if spec.precision is None else ("float32", "float16")


def _check_output(value: onnx.ValueInfoProto, layer: LayerSpec, allowed: tuple[str, ...]) -> None:
    if value.type.tensor_type.elem_type not in [_DTYPES[name] for name in allowed]:
        raise ModelError(f"output '{value.name}' is {_dtype_name(value)}, not {' or '.join(allowed)}")
    channels = _sides(value, layer.layout)["C"]
    if channels is not None and channels != layer.channels:
        raise ModelError(f"output '{value.name}' has {channels} channels, the description says {layer.channels}")


def _check_precision(graph: onnx.GraphProto, precision: PrecisionSpec) -> None:
    types = [tensor.data_type for tensor in graph.initializer]
    types += [value.type.tensor_type.elem_type for value in graph.output]
    types += [attribute.t.data_type for node in graph.node for attribute in node.attribute]
    types += [attribute.i for node in graph.node if node.op_type == "Cast" for attribute in node.attribute]
    if TensorProto.FLOAT16 not in types:
        raise ModelError(f"the description says precision {precision.type}, the graph holds no float16")
    nodes = {node.name for node in graph.node}
    for name in precision.fp32_nodes:
        if name not in nodes:
            raise ModelError(f"the description keeps '{name}' in float32, the graph has no such node")


def _sides(value: onnx.ValueInfoProto, layout: str) -> dict[str, int | None]:
    """The extent of each axis by its letter in ``layout``, None where the graph leaves it open."""
    tensor = value.type.tensor_type
    if not tensor.HasField("shape"):
        return dict.fromkeys(layout)
    dims = tensor.shape.dim
    if len(dims) != len(layout):
        raise ModelError(f"'{value.name}' has {len(dims)} axes, the description says {layout}")
    return {axis: dim.dim_value if dim.HasField("dim_value") else None for axis, dim in zip(layout, dims, strict=True)}


class Conv(ReferenceConv):
    """Sums halves in float, as hardware does; NumPy's own product of halves is far slower.

    The evaluator knows the operator by the name of the class.
    """

    op_domain = ""

    def _run(self, X: Any, W: Any, B: Any = None, **attributes: Any) -> Any:  # type: ignore[override]  # noqa: N803
        run: Callable[..., Any] = super()._run
        if X.dtype != np.float16:
            return run(X, W, B, **attributes)
        wide = (None if values is None else values.astype(np.float32) for values in (X, W, B))
        return (run(*wide, **attributes)[0].astype(np.float16),)


def _run(model: onnx.ModelProto, spec: Spec) -> tuple[Trial, ...]:
    outputs = [layer.output_name for layer in spec.layers]
    trials = []
    try:
        evaluator = ReferenceEvaluator(model, new_ops=[Conv])
    except Exception as error:
        raise ModelError(f"the graph cannot be evaluated: {_first_line(error)}") from error
    for i, size in enumerate(_sizes(spec.input)):
        batch = i + 1 if spec.input.batch == "free" else int(spec.input.batch)
        where = f"at {size[0]}×{size[1]}, batch {batch}"
        try:
            with np.errstate(all="ignore"):
                features = evaluator.run(outputs, {spec.input.name: _picture(spec.input, batch, size)})
        except Exception as error:  # Whatever an operator's NumPy code raises.
            raise ModelError(f"the graph cannot be evaluated {where}: {_first_line(error)}") from error
        for layer, feature in zip(spec.layers, features, strict=True):
            _check_feature(np.asarray(feature), layer, batch, where, _feature_types(spec))
        trials.append(Trial(size, tuple(np.shape(feature) for feature in features)))
    return tuple(trials)


def _sizes(spec: InputSpec) -> list[tuple[int, int]]:
    """The smallest size that is allowed and a larger one of unequal sides; one where it is fixed."""
    if spec.size is None:
        least, step = _ANY_SIZE, 1
    elif spec.size.fixed is not None:
        return [spec.size.fixed]
    else:
        step = spec.size.multiple or 1
        least = -(-max(spec.size.minimum or step, step) // step) * step
    return [(least, least), (least + step, 2 * least + step)]


def _picture(spec: InputSpec, batch: int, size: tuple[int, int]) -> NDArray[Any]:
    """Made-up pictures as ``spec`` wants them, the same every time."""
    values = np.random.Generator(np.random.PCG64(0)).integers(0, 256, (batch, *size, 3), dtype=np.uint8)
    if spec.dtype == "float32":
        low, high = spec.range
        mapped = low + values / 255.0 * (high - low)
        picture = ((mapped - np.array(spec.mean)) / np.array(spec.std)).astype(np.float32)
    else:
        picture = values
    return np.ascontiguousarray(picture.transpose(0, 3, 1, 2) if spec.layout == "NCHW" else picture)


def _check_feature(feature: NDArray[Any], layer: LayerSpec, batch: int, where: str, allowed: tuple[str, ...]) -> None:
    if feature.ndim != len(layer.layout):
        raise ModelError(f"layer '{layer.name}' has {feature.ndim} axes {where}, the description says {layer.layout}")
    if feature.dtype.name not in allowed:
        raise ModelError(f"layer '{layer.name}' is {feature.dtype} {where}, not {' or '.join(allowed)}")
    if feature.shape[0] != batch or feature.shape[layer.layout.index("C")] != layer.channels or not feature.size:
        shape = "×".join(map(str, feature.shape))
        raise ModelError(f"layer '{layer.name}' is {shape} {where}, the description says {layer.channels} channels")
    if not np.isfinite(feature).all():
        raise ModelError(f"layer '{layer.name}' has values that are not finite {where}")


def _dtype_name(value: onnx.ValueInfoProto) -> str:
    return str(TensorProto.DataType.Name(value.type.tensor_type.elem_type)).lower()


def _names(values: dict[str, Any]) -> str:
    return ", ".join(f"'{name}'" for name in values) or "none"


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
