# SPDX-License-Identifier: Apache-2.0
"""The layers of the documentation's example: what ends each of EfficientNet-Lite0's scales."""

LAYERS = ("_blocks.0", "_blocks.2", "_blocks.4", "_blocks.10", "_blocks.15")
