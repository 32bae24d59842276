# SPDX-License-Identifier: Apache-2.0
"""Percept's formula in NumPy: what a model file means, read from its description alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray

from percept_export.spec import Spec, read

Picture = NDArray[np.uint8]


class Model:
    """A model file, run by ONNX Runtime and scored as L = Σ w · d says."""

    def __init__(self, source: Path | onnx.ModelProto) -> None:
        model = onnx.load(source) if isinstance(source, Path) else source
        self.spec: Spec = read(model)
        self._session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])

        self._last: tuple[Picture, list[NDArray[np.float64]]] | None = None

    def features(self, picture: Picture) -> list[NDArray[np.float64]]:
        """Returns each layer's features of an 8-bit RGB picture."""
        entry = self.spec.input
        low, high = entry.range
        levels = picture if entry.channel_order == "RGB" else picture[..., ::-1]
        values = ((low + levels / 255.0 * (high - low) - np.array(entry.mean)) / np.array(entry.std)).astype(np.float32)
        batch = (values.transpose(2, 0, 1) if entry.layout == "NCHW" else values)[np.newaxis]
        outputs = [layer.output_name for layer in self.spec.layers]
        found = self._session.run(outputs, {entry.name: np.ascontiguousarray(batch)})
        return [np.asarray(feature, np.float64) for feature in found]

    def score(self, reference: Picture, candidate: Picture) -> float:
        """Returns the total of two 8-bit RGB pictures."""
        if self._last is None or self._last[0] is not reference:  # Often one reference has several candidates.
            self._last = (reference, self.features(reference))
        pairs = zip(self.spec.layers, self._last[1], self.features(candidate), strict=True)
        return sum(layer.weight * _distance(layer.distance, x - y) for layer, x, y in pairs)


def _distance(name: str, difference: NDArray[np.float64]) -> float:
    if name == "mae":
        return float(np.mean(np.abs(difference)))
    mse = float(np.mean(difference**2))
    return mse if name == "mse" else float(np.sqrt(mse))
