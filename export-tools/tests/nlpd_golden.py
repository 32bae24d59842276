# SPDX-License-Identifier: Apache-2.0
"""Golden scores of the sample pictures for the Java tests, from the float64 reading in ``nlpd_reference``.

Run from ``export-tools``::

    python tests/nlpd_golden.py ../samples > ../core/src/test/resources/dev/percept/nlpd-golden.json

Every other PNG in the folder is compared with ``reference.png``, in the order of the names. ``layers`` are
unweighted root mean square differences, ``total`` their weighted sum, both in double precision; the graph
works in float32, so a layer that is 0 here may be a few 1e-6 there.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from nlpd_reference import distances, total

COMMAND = "python tests/nlpd_golden.py ../samples > ../core/src/test/resources/dev/percept/nlpd-golden.json"
REFERENCE = "reference.png"


def golden(samples: Path) -> dict[str, Any]:
    """The scores of all pictures in ``samples`` as the JSON file holds them."""
    reference = read(samples / REFERENCE)
    pairs = []
    for path in sorted(samples.glob("*.png"), key=lambda path: path.name):
        if path.name == REFERENCE:
            continue
        layers = distances(reference, read(path))
        pairs.append({"reference": REFERENCE, "candidate": path.name, "total": total(layers), "layers": layers})
    return {"command": COMMAND, "pairs": pairs}


def read(path: Path) -> npt.NDArray[np.uint8]:
    """[height, width, 3], 8 bit. Anything but an 8-bit RGB PNG is refused, so that no conversion can differ."""
    with Image.open(path) as image:
        if image.mode != "RGB":
            raise ValueError(f"{path} is {image.mode}, not 8-bit RGB")
        return np.asarray(image)


if __name__ == "__main__":
    json.dump(golden(Path(sys.argv[1])), sys.stdout, indent=2)
    print()
