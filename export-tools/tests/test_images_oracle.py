# SPDX-License-Identifier: Apache-2.0
"""That make_images.py keeps the contract which its docstring states; what it writes it checks on its own."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

import make_images


def test_writes_what_the_contract_says(tmp_path: Path) -> None:
    make_images.make(tmp_path)
    written = json.loads((tmp_path / "images.json").read_text(encoding="utf-8"))
    assert len(written["cases"]) >= 220
    assert len({(case["format"], case["kind"]) for case in written["cases"]}) == len(written["cases"])
    for case in [*written["cases"], *written["ignored"]]:
        pixels = np.load(tmp_path / case["expected"])
        assert pixels.shape == (case["height"], case["width"], 3), case
        assert pixels.dtype.str == {8: "|u1", 16: "<u2"}[case["bits"]], case
        assert pixels.flags.c_contiguous
        assert (tmp_path / case["file"]).is_file()
        assert case["tolerance"] in (0, 1, 2, None)
    for resize in written["resizes"]:
        assert np.load(tmp_path / resize["expected"]).shape == (resize["height"], resize["width"], 3), resize
