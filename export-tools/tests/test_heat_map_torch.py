# SPDX-License-Identifier: Apache-2.0
"""The golden values that Java's heat maps are tested with are PyTorch's and NumPy's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

heat_map_golden = pytest.importorskip("heat_map_golden", reason="the oracle needs torch")


GOLDEN = Path(__file__).parents[2] / "core/src/test/resources/dev/percept/heat-map-golden.json"


def test_golden_values_are_up_to_date() -> None:
    kept, fresh = json.loads(GOLDEN.read_text(encoding="utf-8")), heat_map_golden.golden()
    assert kept["command"] == fresh["command"]
    assert kept["npy"] == fresh["npy"]
    assert len(kept["cases"]) == len(fresh["cases"])
    for old, new in zip(kept["cases"], fresh["cases"], strict=True):
        assert old["cells"] == new["cells"]
        assert old["pixels"] == pytest.approx(new["pixels"], rel=1e-12, abs=1e-15)
