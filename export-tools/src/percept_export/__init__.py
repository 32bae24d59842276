# SPDX-License-Identifier: Apache-2.0
"""Writes backbones for Percept: ONNX feature graphs that describe themselves.

A backbone is one ONNX file with one image input and one output per feature layer. What a reader
must know (layout, range, mean, weights of the layers and where the parameters came from) stands in
the file itself, see :mod:`percept_export.spec`. No part of this package is needed to score images.
"""

__version__ = "0.1.0"
