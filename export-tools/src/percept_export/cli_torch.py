# SPDX-License-Identifier: Apache-2.0
"""The commands for PyTorch networks: ``torch`` and ``timm``."""

from __future__ import annotations

import argparse
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from percept_export import cli_foreign, torch_export, torch_networks
from percept_export.cli_foreign import CommandOf
from percept_export.graph_shapes import image_input
from percept_export.messages import complain, mention_sidecar
from percept_export.networks import INPUT, MEAN, STD
from percept_export.save import save
from percept_export.spec import InputSpec, SizeSpec, WeightsSpec
from percept_export.tensor_files import digest
from percept_export.wrap import describe, parse_layers, wrapped

_SIZE = (224, 224)
_LEAST = 32
"""The smallest side that is tried with a network of any size."""


def add_to(command_of: CommandOf) -> None:
    """Adds the commands to a command line.

    Args:
        command_of: makes one, of its name, what runs it, and a line of help.
    """
    command = command_of("torch", _of_torch, "write layers of a PyTorch network that some function makes")
    command.add_argument("factory", metavar="MODULE:FACTORY", help="MODULE may be a .py file; runs its code")
    command.add_argument(
        "--arg", action="append", default=[], metavar="KEY=VALUE", help="an argument of FACTORY; VALUE is JSON, or text"
    )
    source = command.add_mutually_exclusive_group()
    source.add_argument("--random", action="store_true", help="say in the file that nobody trained its weights")
    source.add_argument("--state", type=Path, metavar="FILE", help="a .pth or .safetensors file of parameters")
    cli_foreign.add_description(command)
    _add_common(command)

    command = command_of("timm", _of_timm, "write layers of one of timm's networks")
    command.add_argument("network", metavar="NAME", help="as timm.list_models() has it, with a tag for its weights")
    source = command.add_mutually_exclusive_group()
    source.add_argument("--random", action="store_true", help="weights that nobody trained, for tests")
    source.add_argument("--state", type=Path, metavar="FILE", help="a .pth or .safetensors file of parameters")
    command.add_argument("--distance", choices=("mse", "mae", "rms"), default="mse", help="default %(default)s")
    _add_common(command)


def _add_common(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--nodes",
        metavar="NAMES",
        help="the layers, separated by commas, each with =WEIGHT if that is not 1; without, the nodes are listed",
    )
    command.add_argument("--size", type=cli_foreign.size, metavar="HxW", help="for pictures of this size only")
    command.add_argument("--layer-layout", choices=("NCHW", "NHWC", "NLC", "NC"), help="where shapes don't tell it")
    command.add_argument("--out", type=Path, metavar="FILE", help="default NAME.onnx")


def _of_torch(options: argparse.Namespace) -> None:
    arguments = dict(torch_networks.parse_argument(text) for text in options.arg)
    network = torch_networks.made(options.factory, arguments)
    weights = cli_foreign.weights_of(options)
    if options.random:
        described = weights or WeightsSpec("random: as the factory initialises them")
        weights = replace(described, random=True)
    if options.state is not None:
        torch_networks.load_state(network, options.state)
        described = weights or WeightsSpec(options.state.name)
        weights = replace(described, sha256=digest(options.state))
    name = options.name or _name(options.factory.rpartition(":")[2])
    # ImageNet's mean and standard deviation are those of pictures on [0, 1].
    mean, std = (MEAN, STD) if options.range is None else ((0.0,) * 3, (1.0,) * 3)
    entry = {"range": options.range or (0.0, 1.0), "channel_order": options.order}
    entry |= {"mean": options.mean or mean, "std": options.std or std}
    _write(options, network, name, entry, weights, options.size or _SIZE)


def _of_timm(options: argparse.Namespace) -> None:
    pretrained = not options.random and options.state is None
    network, config = torch_networks.made_by_timm(options.network, pretrained=pretrained)
    weights = WeightsSpec(f"timm {options.network}, {config.get('hf_hub_id') or 'pretrained'}")
    if options.random:
        weights = WeightsSpec("random: as timm initialises them", random=True)
    if options.state is not None:
        torch_networks.load_state(network, options.state)
        weights = WeightsSpec(options.state.name, digest(options.state))
    size = options.size or (int(config["input_size"][1]), int(config["input_size"][2]))
    entry = {"mean": tuple(config["mean"]), "std": tuple(config["std"])}
    _write(options, network, _name(options.network), entry, weights, size)


def _write(
    options: argparse.Namespace,
    network: Any,
    name: str,
    entry: dict[str, Any],
    weights: WeightsSpec | None,
    size: tuple[int, int],
) -> None:
    if options.nodes is None:
        print("\n".join(torch_export.node_names(network)))
        return
    wanted = parse_layers(options.nodes)
    nodes = [layer.name for layer in wanted]
    model, fixed = torch_export.export(network, nodes, size, fixed=options.size is not None, say=complain)
    picture = image_input(model)
    sizes = SizeSpec(fixed=size) if fixed else SizeSpec(minimum=_LEAST)
    fed = InputSpec(INPUT, size=sizes, **entry)
    spec = describe(model, name, picture, fed, wanted, options.distance, options.layer_layout, weights)
    out = options.out or Path(f"{name}.onnx")
    print(save(wrapped(model, spec), out))
    mention_sidecar(out)


def _name(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._+-]+", "-", text).lstrip("._+-") or "model"
