# SPDX-License-Identifier: Apache-2.0
"""Everything that can go wrong, as types, each with the exit code the command line ends with.

A message is one line that says what is wrong, where, and what to do about it. The command line
prints it behind ``percept-export:`` and nothing else; only ``--debug`` adds a traceback.
"""

from __future__ import annotations

from typing import ClassVar

EXIT_OK = 0
"""The command did what it says."""
EXIT_UNEXPECTED = 1
"""A file could not be written or read, the network is missing, or a defect in this package."""
EXIT_USAGE = 2
"""The arguments make no sense."""
EXIT_MODEL = 4
"""A model, its description or its weights are not what they should be."""
EXIT_EXTRA_MISSING = 69
"""An optional part (torch) is needed and not installed; the launcher installs it and runs again."""


class ExportError(Exception):
    """Root of all errors that this package raises on purpose; the message is one line."""

    exit_code: ClassVar[int] = EXIT_UNEXPECTED


class UsageError(ExportError):
    """The caller asked for something that does not exist, such as a layer ``conv6_1``."""

    exit_code = EXIT_USAGE


class SpecError(ExportError):
    """A ``percept.spec`` description is missing, is not JSON, or breaks the schema."""

    exit_code = EXIT_MODEL


class ModelError(ExportError):
    """A graph is broken, or does not do what its description says."""

    exit_code = EXIT_MODEL


class WeightsError(ExportError):
    """Weights are missing, damaged, not finite, or belong to another network."""

    exit_code = EXIT_MODEL


class DownloadError(ExportError):
    """A pinned file could not be fetched; the message names the address and the way round it."""


class FileError(ExportError):
    """A file could not be read or written: no such folder, no permission, a full disk."""


class ExtraMissingError(ExportError):
    """An optional part of this package is needed; the message says which and how large it is."""

    exit_code = EXIT_EXTRA_MISSING
