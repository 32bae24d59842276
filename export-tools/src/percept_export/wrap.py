# SPDX-License-Identifier: Apache-2.0
"""Gives a foreign ONNX file its description: inside the file, or beside it in a sidecar.

A tensor inside the graph can be made a layer by its name. The file that is written has the layers as its only
outputs and none of the nodes behind the last of them, such as a classifier.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

from percept_export.errors import ModelError, UsageError
from percept_export.graph_shapes import ImageInput, dims_of, inferred, near
from percept_export.spec import Distance, FeatureLayout, InputSpec, LayerSpec, Spec, WeightsSpec, attach

_LAYOUTS: dict[int, tuple[FeatureLayout, ...]] = {4: ("NCHW", "NHWC"), 3: ("NLC",), 2: ("NC",)}


@dataclass(frozen=True)
class Wanted:
    """A layer that was asked for: a tensor's or a node's name, and its weight in the total."""

    name: str
    weight: float = 1.0


def parse_layers(text: str) -> tuple[Wanted, ...]:
    """Splits ``relu1,relu2=0.5`` into layers with weights.

    Raises:
        UsageError: a layer without a name, with a weight that is no finite number, or one given twice.
    """
    layers: list[Wanted] = []
    for part in text.split(","):
        name, equals, weight = part.strip().rpartition("=")
        if not equals:
            name, weight = weight, "1"
        try:
            factor = float(weight)
        except ValueError:
            factor = math.nan
        if not name or not math.isfinite(factor):
            raise UsageError(f"'{part.strip()}' in --layers is not NAME or NAME=WEIGHT")
        if any(name == layer.name for layer in layers):
            raise UsageError(f"layer '{name}' is given twice")
        layers.append(Wanted(name, factor))
    return tuple(layers)


def describe(
    model: onnx.ModelProto,
    name: str,
    picture: ImageInput,
    entry: InputSpec,
    wanted: Sequence[Wanted],
    distance: Distance = "mse",
    layout: FeatureLayout | None = None,
    weights: WeightsSpec | None = None,
) -> Spec:
    """Returns the description of some of a graph's tensors.

    Args:
        model: the graph.
        name: what results will call the model.
        picture: the graph's image input.
        entry: the same as the description says it.
        wanted: tensors or nodes; a node stands for its first output.
        distance: of every layer.
        layout: of every layer, where it cannot be seen from the shapes.
        weights: where the parameters came from, if known.

    Raises:
        UsageError: a layer that the graph has not (the message has near matches), or whose layout must be given.
        ModelError: a layer is no float32, or no batch of features.
    """
    shapes = [inferred(model, picture, size) for size in (0, 1)]
    outputs = [_tensor_of(model, layer.name) for layer in wanted]
    for layer, output in zip(wanted, outputs, strict=True):
        if outputs.count(output) > 1:
            raise UsageError(f"layer '{layer.name}' is tensor '{output}', which is given twice")
    layers = []
    for layer, output in zip(wanted, outputs, strict=True):
        pair = [dims_of(found.get(output)) for found in shapes]
        if None in pair:
            pair = [_measured(model, output, picture, size) for size in (0, 1)]
        kind = shapes[0].get(output)
        if kind is not None and kind.elem_type not in (TensorProto.UNDEFINED, TensorProto.FLOAT):
            actual = TensorProto.DataType.Name(kind.elem_type).lower()
            raise ModelError(f"tensor '{output}' is {actual}; a layer is float32")
        found = layout or _layout(output, pair[0] or (), pair[1] or (), entry)
        if len(found) != len(pair[0] or ()):
            raise ModelError(f"tensor '{output}' is {_by(pair[0])}, which is not {found}")
        channels = (pair[0] or ())[found.index("C")]
        named = None if output == layer.name else output
        layers.append(LayerSpec(layer.name, channels, named, layer.weight, distance, found))
    opset = max((entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx")), default=0)
    return Spec(name, entry, tuple(layers), weights=weights, opset=opset or None)


def wrapped(model: onnx.ModelProto, spec: Spec) -> onnx.ModelProto:
    """Returns the graph with its description inside, and with its layers as its outputs and nothing behind them.

    Args:
        model: not changed.
        spec: made by :func:`describe` for it.
    """
    result = onnx.ModelProto()
    result.CopyFrom(model)
    graph = result.graph
    known = {value.name: value for value in [*onnx.shape_inference.infer_shapes(model).graph.value_info, *graph.output]}
    del graph.output[:]
    for layer in spec.layers:
        value = known.get(layer.output_name)
        if value is None or not value.type.tensor_type.HasField("shape"):  # An output must have a shape, open or not.
            value = helper.make_tensor_value_info(layer.output_name, TensorProto.FLOAT, [None] * len(layer.layout))
        graph.output.append(value)
    _drop_what_is_behind(graph)
    attach(result, spec)
    return result


def require_outputs(model: onnx.ModelProto, spec: Spec) -> None:
    """Refuses layers that are not outputs of the graph, which a sidecar cannot make them.

    Raises:
        UsageError: the message names the tensor.
    """
    outputs = [value.name for value in model.graph.output]
    for layer in spec.layers:
        if layer.output_name not in outputs:
            raise UsageError(
                f"'{layer.output_name}' is inside the graph, and a sidecar can name outputs only "
                f"({', '.join(outputs)}): leave out --sidecar, and a new file is written where it is one"
            )


def _tensor_of(model: onnx.ModelProto, name: str) -> str:
    """Returns the tensor called ``name``, else the first output of the node of that name."""
    tensors = {output for node in model.graph.node for output in node.output if output}
    nodes: dict[str, str] = {node.name: node.output[0] for node in model.graph.node if node.name}
    if name in tensors:
        return name
    if name in nodes:
        return nodes[name]
    raise UsageError(f"the graph has no tensor and no node '{name}'{near(name, sorted(tensors | set(nodes)))}")


def _layout(output: str, first: tuple[int, ...], second: tuple[int, ...], entry: InputSpec) -> FeatureLayout:
    """Tells the layout by what stays the same where the picture's height and width change."""
    choices = _LAYOUTS.get(len(first))
    if choices is None:
        raise ModelError(f"tensor '{output}' has {len(first)} axes; a layer has 4 (NCHW, NHWC), 3 (NLC) or 2 (NC)")
    if len(choices) == 1:
        return choices[0]
    if first != second:
        fits = [choice for choice in choices if first[choice.index("C")] == second[choice.index("C")]]
    elif entry.size is not None and entry.size.fixed is not None:
        fits = [choice for choice in choices if _has_the_form_of(entry.size.fixed, first, choice)]
    else:
        fits = []
    if len(fits) == 1:
        return fits[0]
    raise UsageError(f"tensor '{output}' is {_by(first)}: say which axes these are with --layer-layout NCHW or NHWC")


def _has_the_form_of(size: tuple[int, int], shape: tuple[int, ...], layout: FeatureLayout) -> bool:
    """Whether height and width are the same part of the picture's, but for rounding."""
    height, width = shape[layout.index("H")], shape[layout.index("W")]
    return abs(height / size[0] - width / size[1]) < 1 / min(size)


def _measured(model: onnx.ModelProto, output: str, picture: ImageInput, size: int) -> tuple[int, ...]:
    """Runs the graph to see a shape that ONNX cannot infer."""
    probe = onnx.ModelProto()
    probe.CopyFrom(model)
    del probe.graph.output[:]
    probe.graph.output.append(helper.make_tensor_value_info(output, TensorProto.FLOAT, None))
    _drop_what_is_behind(probe.graph)
    shape = dims_of(inferred(model, picture, size)[picture.name])
    zeros = np.zeros(shape or (), np.float32 if picture.dtype == "float32" else np.uint8)
    try:
        with np.errstate(all="ignore"):
            features: list[Any] = list(ReferenceEvaluator(probe).run(None, {picture.name: zeros}))
            return np.shape(features[0])
    except Exception as error:  # Whatever an operator's NumPy code raises.
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ModelError(f"the shape of tensor '{output}' is unknown, and running the graph fails: {first}") from error


def _drop_what_is_behind(graph: onnx.GraphProto) -> None:
    """Removes nodes and constants that no output depends on."""
    needed = {value.name for value in graph.output}
    kept = []
    for node in reversed(graph.node):
        if needed.intersection(node.output):
            kept.append(node)
            needed.update(_read_by(node))
    kept.reverse()
    constants = [tensor for tensor in graph.initializer if tensor.name in needed]
    for field, values in ((graph.node, kept), (graph.initializer, constants)):
        copies = [type(value).FromString(value.SerializeToString()) for value in values]
        del field[:]
        field.extend(copies)
    values = [value for value in graph.value_info if value.name in needed]
    copies = [onnx.ValueInfoProto.FromString(value.SerializeToString()) for value in values]
    del graph.value_info[:]
    graph.value_info.extend(copies)


def _read_by(node: onnx.NodeProto) -> set[str]:
    """What a node reads, and what the graphs inside it read from outside."""
    names = set(node.input)
    for attribute in node.attribute:
        for inner in [attribute.g, *attribute.graphs]:
            for part in inner.node:
                names |= _read_by(part)
            names.update(value.name for value in inner.output)
    return names


def _by(shape: tuple[int, ...] | None) -> str:
    return "×".join(map(str, shape or ()))
