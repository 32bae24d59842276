# SPDX-License-Identifier: Apache-2.0
"""What can be read off a foreign graph without running it: its image input, and every tensor's shape at some size."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

import onnx
from onnx import TensorProto

from percept_export.errors import ModelError, UsageError
from percept_export.spec import DType, ImageLayout

_DTYPES: dict[int, DType] = {TensorProto.FLOAT: "float32", TensorProto.UINT8: "uint8"}
_SIDES = ((224, 224), (256, 192))
"""Heights and widths that graphs of any size are looked at with; multiples of 32, as many networks want them."""


@dataclass(frozen=True)
class ImageInput:
    """A graph's picture: its name, and what of its type and shape is fixed (None where it is open)."""

    name: str
    dtype: DType
    layout: ImageLayout
    batch: int | None
    height: int | None
    width: int | None

    def shape(self, height: int, width: int) -> tuple[int, ...]:
        """Returns the shape of one batch of pictures; what is fixed stays as it is."""
        sides = {"N": self.batch or 1, "C": 3, "H": self.height or height, "W": self.width or width}
        return tuple(sides[axis] for axis in self.layout)


def image_input(model: onnx.ModelProto, name: str | None = None, layout: ImageLayout | None = None) -> ImageInput:
    """Finds the input that takes the picture.

    Args:
        model: the graph.
        name: the input's, where there are several.
        layout: where the graph does not say on which axis its three channels are.

    Raises:
        UsageError: there is no such input, or several and none named, or ``layout`` is needed.
        ModelError: the input is no batch of pictures in float32 or uint8.
    """
    constants = {tensor.name for tensor in model.graph.initializer}
    inputs = {value.name: value for value in model.graph.input if value.name not in constants}
    if name is None and len(inputs) != 1:
        raise UsageError(f"the graph has the inputs {', '.join(inputs) or 'none'}: name the picture's with --input")
    if name is not None and name not in inputs:
        raise UsageError(f"the graph has no input '{name}'{near(name, inputs)}")
    value = inputs[name] if name is not None else next(iter(inputs.values()))
    tensor = value.type.tensor_type
    dtype = _DTYPES.get(tensor.elem_type)
    if dtype is None:
        actual = TensorProto.DataType.Name(tensor.elem_type).lower()
        raise ModelError(f"input '{value.name}' is {actual}; Percept feeds float32 or uint8")
    dims = [dim.dim_value if dim.HasField("dim_value") else None for dim in tensor.shape.dim]
    if tensor.HasField("shape") and len(dims) != 4:
        raise ModelError(f"input '{value.name}' has {len(dims)} axes; a batch of pictures has 4")
    if not dims:
        dims = [None] * 4
    if layout is None:
        if (dims[1] == 3) == (dims[3] == 3):
            raise UsageError(f"input '{value.name}' does not say where its channels are: add --layout NCHW or NHWC")
        layout = "NCHW" if dims[1] == 3 else "NHWC"
    channels, height, width = (dims[layout.index(axis)] for axis in "CHW")
    if channels not in (None, 3):
        raise ModelError(f"input '{value.name}' has {channels} channels; Percept feeds pictures of 3")
    return ImageInput(value.name, dtype, layout, dims[0], height, width)


def inferred(model: onnx.ModelProto, picture: ImageInput, size: int = 0) -> dict[str, onnx.TypeProto.Tensor]:
    """Returns the type and shape of every tensor that ONNX can infer for a picture of a certain size.

    Args:
        model: not changed.
        picture: its input.
        size: 0 for 224 by 224, 1 for another height and width where they are free.
    """
    at = onnx.ModelProto()
    at.CopyFrom(model)
    del at.graph.value_info[:]
    for value in at.graph.input:
        if value.name == picture.name:
            del value.type.tensor_type.shape.dim[:]
            for side in picture.shape(*_SIDES[size]):
                value.type.tensor_type.shape.dim.add(dim_value=side)
    for value in at.graph.output:
        value.type.tensor_type.ClearField("shape")
    graph = onnx.shape_inference.infer_shapes(at, data_prop=True).graph
    return {value.name: value.type.tensor_type for value in [*graph.input, *graph.value_info, *graph.output]}


def dims_of(tensor: onnx.TypeProto.Tensor | None) -> tuple[int, ...] | None:
    """Returns a shape, or None where a part of it is not known."""
    if tensor is None or not tensor.HasField("shape"):
        return None
    if not all(dim.HasField("dim_value") for dim in tensor.shape.dim):
        return None
    return tuple(dim.dim_value for dim in tensor.shape.dim)


def near(name: str, names: Iterable[str]) -> str:
    """Returns, for messages, which ``names`` are spelled much like ``name``."""
    matches = difflib.get_close_matches(name, list(names), n=3, cutoff=0.5)
    return f"; near it are {', '.join(repr(match) for match in matches)}" if matches else ""
