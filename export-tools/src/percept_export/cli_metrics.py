# SPDX-License-Identifier: Apache-2.0
"""The commands for well-known metrics: ``lpips``, ``content`` and ``style``."""

from __future__ import annotations

import argparse
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import get_args

from percept_export import lpips, perceptual, weights
from percept_export.cli_foreign import CommandOf
from percept_export.errors import UsageError
from percept_export.graphs import Tensors
from percept_export.messages import mention_sidecar
from percept_export.networks import Network, Pooling, shapes_of
from percept_export.perceptual import NETWORKS, PRESETS, Kind, Loss, Normalisation
from percept_export.save import save
from percept_export.spec import Distance, WeightsSpec
from percept_export.wrap import parse_layers


def add_to(command_of: CommandOf) -> None:
    """Adds the commands to a command line.

    Args:
        command_of: makes one, of its name, what runs it, and a line of help.
    """
    command = command_of("lpips", _lpips, "write LPIPS 0.1")
    command.add_argument(
        "--net", choices=tuple(lpips.VARIANTS), default="vgg", help="the backbone; default %(default)s"
    )
    command.add_argument(
        "--weights",
        metavar="SOURCE",
        help="the backbone's: hf (download the pinned file once; default of vgg), torchvision (what the installed "
        "torchvision downloads; default of alex and squeeze), a .safetensors or .pth file, or random:SEED (for tests)",
    )
    linear = command.add_mutually_exclusive_group()
    linear.add_argument(
        "--linear",
        default="lpips",
        metavar="SOURCE",
        help="the linear weights: lpips (the installed package's; default), a .safetensors or .pth file, random:SEED",
    )
    linear.add_argument("--baseline", action="store_true", help="without linear weights, as the package's lpips=False")
    command.add_argument("--out", type=Path, metavar="FILE", help="default lpips-NET.onnx, or lpips-NET-baseline.onnx")

    kinds: tuple[tuple[Kind, str], ...] = (("content", "features"), ("style", "Gram matrices"))
    for kind, what in kinds:
        command = command_of(kind, partial(_loss, kind), f"write a loss that compares {what} of VGG16 or VGG19")
        _add_loss(command, kind)


def _add_loss(command: argparse.ArgumentParser, kind: Kind) -> None:
    names = [name for preset, name in PRESETS if preset == kind]
    command.add_argument("--preset", choices=names, help="a project's loss; it says all but the weights")
    command.add_argument("--net", choices=tuple(NETWORKS), help="without a preset; default vgg19")
    command.add_argument(
        "--layers",
        metavar="NAMES",
        help="without a preset: conv1_1 and relu1_1 onwards, separated by commas, each with =WEIGHT if it is not 1",
    )
    command.add_argument("--distance", choices=("mse", "mae"), help="without a preset; default mse")
    command.add_argument("--pooling", choices=get_args(Pooling), help="without a preset; default max")
    if kind == "style":
        command.add_argument(
            "--normalise",
            choices=get_args(Normalisation),
            help="what a Gram matrix is divided by, without a preset: nothing (raw), H·W or C·H·W (chw, default)",
        )
    _add_weights(command)
    command.add_argument("--out", type=Path, metavar="FILE", help=f"default {kind}-PRESET.onnx, or {kind}-NET.onnx")


def _add_weights(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--weights",
        metavar="SOURCE",
        help="hf (download the pinned file once; default), torchvision (what the installed torchvision downloads), "
        "a .safetensors or .pth file, or random:SEED (for tests)",
    )


def _lpips(options: argparse.Namespace) -> None:
    variant = lpips.VARIANTS[options.net]
    linear = None if options.baseline else lpips.load_linear(options.linear, variant)
    tensors, source = _load(options.weights, variant.network, variant.layers)
    out = options.out or Path(f"lpips-{variant.name}{'-baseline' if options.baseline else ''}.onnx")
    print(save(lpips.build(variant, tensors, source, linear), out))
    mention_sidecar(out)


def _loss(kind: Kind, options: argparse.Namespace) -> None:
    loss = _preset(kind, options) if options.preset else _own(kind, options)
    tensors, source = _load(options.weights, loss.network, tuple(loss.layers))
    out = options.out or Path(f"{kind}-{loss.name}.onnx")
    print(save(perceptual.build(loss, tensors, source), out))
    mention_sidecar(out)


def _preset(kind: Kind, options: argparse.Namespace) -> Loss:
    for name in ("net", "layers", "distance", "pooling", "normalise"):
        if getattr(options, name, None) is not None:
            raise UsageError(f"the preset {options.preset} has its own --{name}: leave out one of the two")
    return PRESETS[kind, options.preset]


def _own(kind: Kind, options: argparse.Namespace) -> Loss:
    if options.layers is None:
        raise UsageError("say which loss: --preset NAME, or --layers NAMES for one of your own")
    layers = {layer.name: layer.weight for layer in parse_layers(options.layers)}
    network = NETWORKS[options.net or "vgg19"]
    network.require_layers(tuple(layers))
    distance: Distance = options.distance or "mse"
    loss = Loss(kind, network.name, network, layers, distance, options.pooling or "max")
    return replace(loss, normalisation=options.normalise or "chw") if kind == "style" else loss


def _load(source: str | None, network: Network, layers: tuple[str, ...]) -> tuple[Tensors, WeightsSpec]:
    shapes = shapes_of(network.needed(layers))
    return weights.load(source or weights.default_source(network), shapes, network)
