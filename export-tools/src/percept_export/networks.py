# SPDX-License-Identifier: Apache-2.0
"""The structure of networks, without weights and without ONNX: which step reads what, in which order.

Parameters are called as in torchvision: ``features.N.weight`` and ``features.N.bias``, where N counts
convolutions, ReLUs, poolings and fire modules. Steps are called as in the papers:

- VGG16 and VGG19 (Simonyan and Zisserman, arXiv 1409.1556, configurations D and E): 3×3 convolutions
  ``conv3_2`` in five blocks, each with its ReLU ``relu3_2``, and a 2×2 pooling between blocks.
- AlexNet in torchvision's version (Krizhevsky, arXiv 1404.5997): ``conv1``, ``relu1`` … ``relu5``.
- SqueezeNet 1.1 (Iandola et al., arXiv 1602.07360): ``conv1``, ``relu1`` and the fire modules ``fire2``
  … ``fire9``, each of which joins the ReLUs of a 1×1 and of a 3×3 convolution.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from percept_export.errors import UsageError

INPUT = "image"
"""What the first step reads: float32 NCHW with three channels."""
MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)
"""ImageNet's, on [0, 1], with which all of these networks were trained."""

Pooling = Literal["max", "average"]


@dataclass(frozen=True)
class Step:
    """One operation and its result, which is called like it.

    ``op`` is ONNX's name. ``inputs`` are earlier steps or :data:`INPUT`. ``kernel``, ``stride`` and
    ``padding`` are the same in both directions; a pooling rounds its sides down, with ``ceil`` up. A
    convolution's parameters are those of torchvision's ``module`` and take ``depth`` channels.
    """

    name: str
    op: Literal["Conv", "Relu", "MaxPool", "AveragePool", "Concat"]
    inputs: tuple[str, ...]
    channels: int
    kernel: int = 1
    stride: int = 1
    padding: int = 0
    ceil: bool = False
    module: str = ""
    depth: int = 0

    @property
    def weight(self) -> str:
        """Name of a convolution's kernel, of shape ``(channels, depth, kernel, kernel)``."""
        return f"{self.module}.weight"

    @property
    def bias(self) -> str:
        """Name of a convolution's bias, of shape ``(channels,)``."""
        return f"{self.module}.bias"

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Both parameters' shapes, the kernel first; empty if this is no convolution."""
        if self.op != "Conv":
            return {}
        return {self.weight: (self.channels, self.depth, self.kernel, self.kernel), self.bias: (self.channels,)}

    def side(self, side: int) -> int:
        """Returns the side of the result, in cells, of an input of ``side`` cells."""
        span = side + 2 * self.padding - self.kernel
        return (-(-span // self.stride) if self.ceil else span // self.stride) + 1


@dataclass(frozen=True)
class Network:
    """A network up to its last feature layer.

    ``name`` is torchvision's, ``title`` is for people. ``taps`` are the steps that can be layers.
    """

    name: str
    title: str
    steps: tuple[Step, ...]
    taps: tuple[str, ...]

    @cached_property
    def by_name(self) -> Mapping[str, Step]:
        """The steps by their names."""
        return {step.name: step for step in self.steps}

    @cached_property
    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        """The shape of every parameter, in the order of evaluation."""
        return shapes_of(self.steps)

    def needed(self, layers: Sequence[str]) -> tuple[Step, ...]:
        """Returns the steps up to the last of ``layers``, in the order of evaluation."""
        names = list(self.by_name)
        return self.steps[: max(names.index(layer) for layer in layers) + 1]

    def minimum_side(self, layers: Sequence[str], cells: int) -> int:
        """Returns the smallest side of a picture, in pixels, that leaves every layer ``cells`` cells."""
        side = 1
        while not self._leaves(side, layers, cells):
            side += 1
        return side

    def require_layers(self, layers: Sequence[str]) -> None:
        """Refuses layers that the network has not, and repeated ones.

        Raises:
            UsageError: the message lists the layers that there are.
        """
        for i, layer in enumerate(layers):
            if layer not in self.taps:
                raise UsageError(f"{self.title} has no layer '{layer}'; it has {', '.join(self.taps)}")
            if layer in layers[:i]:
                raise UsageError(f"layer '{layer}' is given twice")

    def with_pooling(self, pooling: Pooling) -> Network:
        """Returns the same network with poolings of this kind between its blocks."""
        op: Literal["MaxPool", "AveragePool"] = "MaxPool" if pooling == "max" else "AveragePool"
        pooled = (replace(step, op=op) if step.op in ("MaxPool", "AveragePool") else step for step in self.steps)
        return replace(self, steps=tuple(pooled))

    def _leaves(self, side: int, layers: Sequence[str], cells: int) -> bool:
        sides = {INPUT: side}
        for step in self.needed(layers):
            sides[step.name] = step.side(sides[step.inputs[0]])
            if sides[step.name] < (cells if step.name in layers else 1):
                return False
        return True


def shapes_of(steps: Sequence[Step]) -> dict[str, tuple[int, ...]]:
    """Returns the shape of every parameter of ``steps``, in the order of evaluation."""
    return {name: shape for step in steps for name, shape in step.shapes.items()}


def _vgg(name: str, title: str, blocks: Sequence[tuple[int, int]]) -> Network:
    """Builds a VGG of so many convolutions and channels in each block."""
    steps: list[Step] = []
    value, depth, index = INPUT, 3, 0
    for block, (count, channels) in enumerate(blocks, start=1):
        if block > 1:
            steps.append(Step(f"pool{block - 1}", "MaxPool", (value,), depth, kernel=2, stride=2))
            value, index = steps[-1].name, index + 1
        for number in range(1, count + 1):
            layer = f"{block}_{number}"
            conv = Step(f"conv{layer}", "Conv", (value,), channels, 3, 1, 1, module=f"features.{index}", depth=depth)
            steps += [conv, Step(f"relu{layer}", "Relu", (conv.name,), channels)]
            value, depth, index = steps[-1].name, channels, index + 2
    taps = tuple(step.name for step in steps if step.op in ("Conv", "Relu"))
    return Network(name, title, tuple(steps), taps)


def _alexnet() -> Network:
    steps: list[Step] = []
    value, depth = INPUT, 3
    for number, (index, channels, kernel, stride, padding) in enumerate(
        ((0, 64, 11, 4, 2), (3, 192, 5, 1, 2), (6, 384, 3, 1, 1), (8, 256, 3, 1, 1), (10, 256, 3, 1, 1)), start=1
    ):
        if number in (2, 3):
            steps.append(Step(f"pool{number - 1}", "MaxPool", (value,), depth, kernel=3, stride=2))
            value = steps[-1].name
        module = f"features.{index}"
        conv = Step(f"conv{number}", "Conv", (value,), channels, kernel, stride, padding, module=module, depth=depth)
        steps += [conv, Step(f"relu{number}", "Relu", (conv.name,), channels)]
        value, depth = steps[-1].name, channels
    return Network("alexnet", "AlexNet", tuple(steps), tuple(s.name for s in steps if s.op != "MaxPool"))


def _squeezenet() -> Network:
    steps = [
        Step("conv1", "Conv", (INPUT,), 64, kernel=3, stride=2, module="features.0", depth=3),
        Step("relu1", "Relu", ("conv1",), 64),
    ]
    # Torchvision's index of each fire module, and its squeezed and (per branch) expanded channels.
    fires = {3: (16, 64), 4: (16, 64), 6: (32, 128), 7: (32, 128)}
    fires |= {9: (48, 192), 10: (48, 192), 11: (64, 256), 12: (64, 256)}
    for number, (index, (squeezed, expanded)) in enumerate(fires.items(), start=2):
        if index - 1 not in fires:
            above = steps[-1]
            steps.append(Step(f"pool{index - 1}", "MaxPool", (above.name,), above.channels, 3, 2, ceil=True))
        steps += _fire(f"fire{number}", f"features.{index}", steps[-1], squeezed, expanded)
    taps = ("conv1", "relu1", *(f"fire{number}" for number in range(2, 10)))
    return Network("squeezenet1_1", "SqueezeNet 1.1", tuple(steps), taps)


def _fire(name: str, module: str, above: Step, squeezed: int, expanded: int) -> list[Step]:
    steps = []
    squeeze = f"{name}_squeeze"
    for part, value, depth, channels, kernel in (
        ("squeeze", above.name, above.channels, squeezed, 1),
        ("expand1x1", f"{squeeze}_relu", squeezed, expanded, 1),
        ("expand3x3", f"{squeeze}_relu", squeezed, expanded, 3),
    ):
        conv, pad = f"{name}_{part}", kernel // 2
        steps.append(Step(conv, "Conv", (value,), channels, kernel, 1, pad, module=f"{module}.{part}", depth=depth))
        steps.append(Step(f"{conv}_relu", "Relu", (conv,), channels))
    joined = (f"{name}_expand1x1_relu", f"{name}_expand3x3_relu")
    return [*steps, Step(name, "Concat", joined, 2 * expanded)]


VGG16 = _vgg("vgg16", "VGG16", ((2, 64), (2, 128), (3, 256), (3, 512), (3, 512)))
VGG19 = _vgg("vgg19", "VGG19", ((2, 64), (2, 128), (4, 256), (4, 512), (4, 512)))
ALEXNET = _alexnet()
SQUEEZENET = _squeezenet()
