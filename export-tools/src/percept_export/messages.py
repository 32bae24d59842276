# SPDX-License-Identifier: Apache-2.0
"""What commands say besides their results: one line each, on stderr."""

from __future__ import annotations

import sys
from pathlib import Path


def complain(text: str) -> None:
    """Prints one line; messages of other libraries may have several."""
    print(f"percept-export: {' '.join(text.split())}", file=sys.stderr)


def mention_sidecar(out: Path) -> None:
    """Says so if a sidecar lies beside a file that was just written."""
    sidecar = out.with_name(out.name + ".json")
    if sidecar.exists():
        complain(f"{sidecar} lies beside the new file and takes the place of its own description")
