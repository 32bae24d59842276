# SPDX-License-Identifier: Apache-2.0
"""The commands for the catalogue of models that are installed without Python: ``catalogue write`` and ``pin``."""

from __future__ import annotations

import argparse
from pathlib import Path

from percept_export import catalogue, weights
from percept_export.cli_foreign import CommandOf
from percept_export.download import fetch
from percept_export.errors import UsageError

_FOLDER = Path("core/src/main/resources/dev/percept/models")


def add_to(command_of: CommandOf) -> None:
    """Adds the command to a command line.

    Args:
        command_of: makes one, of its name, what runs it, and a line of help.
    """
    command = command_of("catalogue", _catalogue, "write what percept models install goes by, or pin its tensors")
    command.add_argument("action", choices=("write", "pin"))
    command.add_argument("name", nargs="?", metavar="NAME", help="of the weights to pin: vgg16 or vgg19")
    command.add_argument("--file", type=Path, metavar="FILE", help="those weights; without it they are downloaded once")
    command.add_argument(
        "--folder", type=Path, default=_FOLDER, metavar="FOLDER", help="the catalogue's; default %(default)s"
    )


def _catalogue(options: argparse.Namespace) -> None:
    if options.action == "write":
        if options.name is not None or options.file is not None:
            raise UsageError("catalogue write takes no NAME and no --file: it writes all there is")
        catalogue.write(options.folder)
        print(f"{options.folder / catalogue.FILE}: {len(catalogue.ENTRIES)} models")
        return
    if options.name not in weights.PINNED:
        raise UsageError(f"catalogue pin takes the name of weights: {', '.join(weights.PINNED)}")
    file = options.file or fetch(weights.PINNED[options.name])
    catalogue.pin(options.folder / catalogue.FILE, options.name, file)
    print(f"{options.folder / catalogue.FILE}: the tensors of {options.name} are pinned")
