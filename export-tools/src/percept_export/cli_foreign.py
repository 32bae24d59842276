# SPDX-License-Identifier: Apache-2.0
"""The commands for ONNX files that something else wrote: ``inspect`` and ``wrap``."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import onnx
from onnx import TensorProto

from percept_export.candidates import candidates
from percept_export.check import check_file, load_model
from percept_export.download import sha256_of
from percept_export.errors import UsageError
from percept_export.graph_shapes import ImageInput, image_input
from percept_export.messages import mention_sidecar
from percept_export.save import save, written_beside
from percept_export.spec import METADATA_KEY, InputSpec, SizeSpec, Spec, WeightsSpec, read
from percept_export.wrap import describe, parse_layers, require_outputs, wrapped

CommandOf = Callable[[str, Callable[[argparse.Namespace], None], str], argparse.ArgumentParser]


def add_to(command_of: CommandOf) -> None:
    """Adds the commands to a command line.

    Args:
        command_of: makes one, of its name, what runs it, and a line of help.
    """
    command = command_of("inspect", _inspect, "show a foreign model's tensors that may serve as layers")
    _add_graph(command)

    command = command_of("wrap", _wrap, "describe a foreign model, in a new file or in a sidecar")
    _add_graph(command)
    command.add_argument(
        "--layers",
        required=True,
        metavar="NAMES",
        help="tensors or nodes of the graph, separated by commas, each with =WEIGHT if its weight is not 1",
    )
    add_description(command)
    command.add_argument("--layer-layout", choices=("NCHW", "NHWC", "NLC", "NC"), help="where shapes don't tell it")
    command.add_argument("--batch", type=_count, metavar="N", help="pictures per run, if not any number")
    command.add_argument(
        "--size", type=size, metavar="HxW", help="exactly this height and width; default as the graph says, or any"
    )
    command.add_argument("--multiple", type=_count, metavar="N", help="both sides are multiples of N")
    command.add_argument("--minimum", type=_count, metavar="N", help="neither side is smaller than N")
    command.add_argument(
        "--sidecar",
        action="store_true",
        help="write FILE.json beside the model and no new file",
    )
    command.add_argument("--out", type=Path, metavar="FILE", help="the new file; default NAME-features.onnx")


def add_description(command: argparse.ArgumentParser) -> None:
    """Adds the options that say how pictures are fed and what the model is called."""
    command.add_argument(
        "--mean", type=_triple, metavar="R,G,B", help="subtracted after mapping to the range; default 0,0,0"
    )
    command.add_argument("--std", type=_triple, metavar="R,G,B", help="divided by after that; default 1,1,1")
    command.add_argument(
        "--range", type=_range, metavar="LOW,HIGH", help="what black and full intensity are mapped to; default 0,1"
    )
    command.add_argument("--order", choices=("RGB", "BGR"), default="RGB", help="of the channels; default %(default)s")
    command.add_argument("--distance", choices=("mse", "mae", "rms"), default="mse", help="default %(default)s")
    command.add_argument("--name", help="what results call the model; default the file's name")
    command.add_argument("--source", metavar="TEXT", help="where the weights came from, such as an address")
    command.add_argument("--licence", metavar="SPDX", help="the weights' licence; with --source")


def _add_graph(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", type=Path, metavar="FILE.onnx")
    command.add_argument("--input", metavar="NAME", help="the graph's input for pictures, where it has several")
    command.add_argument("--layout", choices=("NCHW", "NHWC"), help="of the input, where the graph does not say it")


def _inspect(options: argparse.Namespace) -> None:
    model = load_model(options.file, str(options.file))
    picture = image_input(model, options.input, options.layout)
    opset = max((entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx")), default=0)
    described = any(entry.key == METADATA_KEY for entry in model.metadata_props)
    inside = "a description inside" if described else "no description inside"
    print(f"{options.file}: opset {opset}, {len(model.graph.node)} nodes, {inside}")
    constants = {tensor.name for tensor in model.graph.initializer}
    for value in model.graph.input:
        if value.name not in constants:
            print(f"  input    {_value(value)}")
    for value in model.graph.output:
        print(f"  output   {_value(value)}")
    found = candidates(model, picture)
    print("  layers that may serve:" if found else "  no tensor is known to be fit for a layer, but wrap takes any")
    width = max((len(candidate.tensor) for candidate in found), default=0)
    for candidate in found:
        print(f"  {candidate.tensor:<{width}}  {'×'.join(map(str, candidate.shape))}  {candidate.reason}")


def _wrap(options: argparse.Namespace) -> None:
    if options.sidecar and options.out:
        raise UsageError("--sidecar writes FILE.json beside FILE, so --out makes no sense with it")
    model = load_model(options.file, str(options.file))
    picture = image_input(model, options.input, options.layout)
    name = options.name or re.sub(r"[^A-Za-z0-9._+-]+", "-", options.file.stem).lstrip("._+-") or "model"
    spec = describe(
        model,
        name,
        picture,
        _entry(options, picture),
        parse_layers(options.layers),
        options.distance,
        options.layer_layout,
        weights_of(options) or _weights_inside(model, str(options.file)),
    )
    if options.sidecar:
        _write_sidecar(options.file, model, spec)
        return
    out = options.out or Path(f"{options.file.stem}-features.onnx")
    if out.exists() and out.samefile(options.file):
        raise UsageError(f"{out} is the model itself: give --out another name, or use --sidecar")
    print(save(wrapped(model, spec), out))
    mention_sidecar(out)


def _write_sidecar(file: Path, model: onnx.ModelProto, spec: Spec) -> None:
    require_outputs(model, spec)
    report = check_file(file, spec=spec)
    spec = replace(spec, sha256=sha256_of(file))
    with written_beside(file.with_name(file.name + ".json"), (spec.to_json() + "\n").encode("ascii")):
        pass
    print(report)


def weights_of(options: argparse.Namespace) -> WeightsSpec | None:
    """Returns what ``--source`` and ``--licence`` say."""
    if options.source is None:
        if options.licence is not None:
            raise UsageError("--licence needs --source, which says whose weights these are")
        return None
    return WeightsSpec(source=options.source, licence=options.licence)


def _weights_inside(model: onnx.ModelProto, where: str) -> WeightsSpec | None:
    """What a description that is replaced says of the weights: above all, that nobody trained them."""
    described = any(entry.key == METADATA_KEY for entry in model.metadata_props)
    return read(model, where).weights if described else None


def _entry(options: argparse.Namespace, picture: ImageInput) -> InputSpec:
    plain = picture.dtype == "uint8"
    if plain and any((options.mean, options.std, options.range)):
        raise UsageError(f"input '{picture.name}' is uint8, which takes no --mean, --std or --range")
    fixed = (picture.height, picture.width) if picture.height and picture.width else options.size
    if fixed and (options.multiple or options.minimum):
        raise UsageError(f"the size is fixed at {fixed[0]}×{fixed[1]}, so --multiple and --minimum make no sense")
    size = SizeSpec(fixed, options.multiple, options.minimum) if fixed or options.multiple or options.minimum else None
    return InputSpec(
        name=picture.name,
        layout=picture.layout,
        dtype=picture.dtype,
        range=options.range or ((0.0, 255.0) if plain else (0.0, 1.0)),
        channel_order=options.order,
        mean=options.mean or (0.0, 0.0, 0.0),
        std=options.std or (1.0, 1.0, 1.0),
        batch=options.batch or picture.batch or "free",
        size=size,
    )


def _value(value: onnx.ValueInfoProto) -> str:
    tensor = value.type.tensor_type
    sides = [str(dim.dim_value) if dim.HasField("dim_value") else dim.dim_param or "?" for dim in tensor.shape.dim]
    return f"{value.name} {TensorProto.DataType.Name(tensor.elem_type).lower()} {'×'.join(sides)}"


def _numbers(text: str, count: int) -> tuple[float, ...]:
    numbers = tuple(float(part) for part in text.split(","))
    if len(numbers) != count:
        raise argparse.ArgumentTypeError(f"'{text}' is not {count} numbers separated by commas")
    return numbers


def _triple(text: str) -> tuple[float, ...]:
    return _numbers(text, 3)


def _range(text: str) -> tuple[float, ...]:
    return _numbers(text, 2)


def size(text: str) -> tuple[int, int]:
    """Reads ``HEIGHTxWIDTH``, as a type of an option."""
    match = re.fullmatch(r"([1-9]\d{0,5})x([1-9]\d{0,5})", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"'{text}' is not HEIGHTxWIDTH")
    return int(match[1]), int(match[2])


def _count(text: str) -> int:
    if not re.fullmatch(r"[1-9]\d{0,5}", text):
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number above 0")
    return int(text)
