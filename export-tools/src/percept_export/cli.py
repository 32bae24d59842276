# SPDX-License-Identifier: Apache-2.0
"""The command line ``percept-export``: one line per error on stderr, and an exit code that tells."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from percept_export import (
    __version__,
    cli_catalogue,
    cli_foreign,
    cli_metrics,
    cli_torch,
    measure,
    nlpd,
    vgg,
    weights,
)
from percept_export.check import check_file
from percept_export.errors import EXIT_OK, EXIT_UNEXPECTED, EXIT_USAGE, ExportError
from percept_export.messages import complain, mention_sidecar
from percept_export.save import save

_INTERRUPTED = 130  # What shells give for a program ended by Ctrl-C.

_LOSS_ERROR_TO_MENTION = 0.01
"""Above it, half precision may not be what somebody wants."""

_EPILOG = """\
exit codes:
  0   done
  1   a file could not be read or written, no network, or something unexpected
  2   usage
  4   a model, its description or its weights are not what they should be
  69  torch is needed and not installed"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command.

    Args:
        arguments: without the program's name; those of the process if absent.

    Returns:
        The exit code, see :mod:`percept_export.errors`.
    """
    try:
        options = _parser().parse_args(arguments)
    except SystemExit as end:  # How argparse ends --help, --version and usage errors.
        return end.code if isinstance(end.code, int) else EXIT_UNEXPECTED
    try:
        options.run(options)
        sys.stdout.flush()
    except KeyboardInterrupt:
        complain("interrupted")
        return _INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has enough; keep Python from complaining once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_OK
    except Exception as error:
        if options.debug:
            traceback.print_exc()
        if isinstance(error, ExportError):
            complain(str(error))
            return error.exit_code
        complain(f"unexpected {type(error).__name__}: {error} (--debug shows where)")
        return EXIT_UNEXPECTED
    return EXIT_OK


def run() -> NoReturn:
    """Entry point of the console script: :func:`main`, and ends the process."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a file's name must not stop an export.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    sys.exit(main())


def _vgg19(options: argparse.Namespace) -> None:
    layers = vgg.parse_layers(options.layers)
    tensors, source = weights.load(options.weights, vgg.shapes_of(vgg.needed(layers)))
    precision = measure.measured(layers, tensors) if options.precision == "fp16" else None
    out = options.out or Path("vgg19.onnx" if precision is None else "vgg19-fp16.onnx")
    print(save(vgg.build(layers, tensors, source, precision), out))
    if precision is not None and precision.loss_error > _LOSS_ERROR_TO_MENTION:
        complain(f"with these weights fp16 changes the loss by up to {100 * precision.loss_error:.3g}%; fp32 does not")
    mention_sidecar(out)


def _nlpd(options: argparse.Namespace) -> None:
    print(save(nlpd.build(), options.out))
    mention_sidecar(options.out)


def _check(options: argparse.Namespace) -> None:
    print(check_file(options.file))


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in two lines instead of printing the whole usage."""

    def error(self, message: str) -> NoReturn:
        complain(message)
        print(f"try: {self.prog} --help", file=sys.stderr)
        raise SystemExit(EXIT_USAGE)


def _parser() -> argparse.ArgumentParser:
    layout = argparse.RawDescriptionHelpFormatter
    common = _Parser(add_help=False)
    common.add_argument("--debug", action="store_true", help="show where an error came from")
    parser = _Parser(
        prog="percept-export",
        description="Writes backbones for Percept: ONNX feature graphs that describe themselves.",
        epilog=_EPILOG,
        formatter_class=layout,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"percept-export {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command_of(name: str, run: Callable[[argparse.Namespace], None], text: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, parents=[common], allow_abbrev=False, help=text)
        command.set_defaults(run=run)
        return command

    command = command_of("vgg19", _vgg19, "write VGG19's feature layers")
    command.add_argument(
        "--weights",
        default="hf",
        metavar="SOURCE",
        help="hf (download the pinned file once, default), torchvision (what it downloads), a .safetensors file, "
        "a .pth file (needs torch), or random:SEED (for tests only)",
    )
    command.add_argument(
        "--layers",
        default=",".join(vgg.DEFAULT_LAYERS),
        metavar="NAMES",
        help="conv1_1 … relu5_4, separated by commas; default %(default)s",
    )
    command.add_argument(
        "--precision",
        choices=("fp32", "fp16"),
        default="fp32",
        help="fp16: half the file's size, for GPUs; what that does to the loss is measured and stands in the file",
    )
    command.add_argument(
        "--out", type=Path, metavar="FILE", help="default vgg19.onnx, or vgg19-fp16.onnx with --precision fp16"
    )

    cli_metrics.add_to(command_of)

    command = command_of("nlpd", _nlpd, "write the embedded default model")
    command.add_argument("--out", type=Path, default=Path("nlpd.onnx"), metavar="FILE", help="default %(default)s")

    cli_foreign.add_to(command_of)
    cli_torch.add_to(command_of)
    cli_catalogue.add_to(command_of)

    command = command_of("check", _check, "check a model against its own description")
    command.add_argument("file", type=Path, metavar="FILE")
    return parser
