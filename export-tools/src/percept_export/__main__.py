# SPDX-License-Identifier: Apache-2.0
"""``python -m percept_export`` is ``percept-export``."""

from percept_export.cli import run

run()
