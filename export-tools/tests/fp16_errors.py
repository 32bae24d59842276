# SPDX-License-Identifier: Apache-2.0
"""What half precision does to the loss, by kind and strength of distortion.

Run from ``export-tools``::

    python tests/fp16_errors.py [SOURCE]

SOURCE is what ``--weights`` takes, ``random:0`` if absent. Each figure is the largest relative error against float
over the measuring pictures that an export uses, here with noise of more strengths.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

from percept_export import vgg, weights
from percept_export.halves import Network
from percept_export.measure import distances, measured, relative
from percept_export.samples import samples

SIGMAS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 25.0, 50.0)

if __name__ == "__main__":
    layers = vgg.DEFAULT_LAYERS
    tensors, _ = weights.load(sys.argv[1] if len(sys.argv) > 1 else "random:0", vgg.shapes_of(vgg.needed(layers)))
    precision = measured(layers, tensors)
    half = [conv.name for conv in vgg.needed(layers) if conv.name not in precision.fp32_nodes]
    print(f"in the file: loss_error {precision.loss_error:.3g}, {precision.layer_errors}")
    networks = [Network(layers, tensors, half), Network(layers, tensors)]
    pairs = [[distances(network, sample) for network in networks] for sample in samples(SIGMAS)]
    print(f"{'distortion':<12}{'total':>10}" + "".join(f"{layer:>10}" for layer in layers))
    for kind in pairs[0][0]:
        total = max(relative(sum(got[kind].values()), sum(true[kind].values())) for got, true in pairs)
        by_layer = [max(relative(got[kind][layer], true[kind][layer]) for got, true in pairs) for layer in layers]
        print(f"{kind:<12}" + "".join(f"{100 * error:>9.3f}%" for error in (total, *by_layer)))
