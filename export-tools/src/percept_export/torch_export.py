# SPDX-License-Identifier: Apache-2.0
"""Any PyTorch network as a feature graph: traced, cut off behind its deepest layer, and compared with torch.

Layers are nodes of the traced graph as ``torchvision.models.feature_extraction`` calls them: modules such as
``layer2`` and, inside them, ``layer2.0.relu_1``.
"""

from __future__ import annotations

import importlib
import inspect
import io
import operator
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from percept_export.errors import ModelError, UsageError
from percept_export.folding import folded
from percept_export.graph_shapes import near
from percept_export.graphs import OPSET
from percept_export.networks import INPUT
from percept_export.torch_networks import torch_of_extra

TOLERANCE = 1e-4
"""How far a layer's values may be from torch's, as a part of the largest of them."""
Progress = Callable[[str], None]


def node_names(network: Any) -> list[str]:
    """Returns the names of all that can be a layer, in the order of evaluation.

    Raises:
        UsageError: the network cannot be traced.
    """
    extraction: Any = importlib.import_module("torchvision.models.feature_extraction")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return list(extraction.get_graph_node_names(network, **_tracer(network))[1])
    except Exception as error:  # torch.fx raises what the network's own code does with its stand-ins.
        raise _untraceable(error) from error


def export(
    network: Any, nodes: Sequence[str], size: tuple[int, int], *, fixed: bool, say: Progress
) -> tuple[onnx.ModelProto, bool]:
    """Exports a network's features and compares them with torch's.

    Args:
        network: in evaluation mode.
        nodes: the layers; each becomes an output of that name.
        size: height and width to trace with.
        fixed: whether the graph is to take this size only; else it is if the network or its export holds for no other.
        say: is told what is being done.

    Returns:
        The graph without a description, its input ``image``, and whether its size is fixed.

    Raises:
        UsageError: no such node, or the network cannot be traced.
        ModelError: torch cannot export it, or the graph's values are not torch's.
    """
    torch = torch_of_extra()
    names = node_names(network)
    for node in nodes:
        if node not in names and not any(name.startswith(f"{node}.") for name in names):
            raise UsageError(f"the network has no node '{node}'{near(node, names)}")
    say(f"tracing {len(nodes)} layers of {type(network).__name__}")
    extractor = _extractor(network, nodes)
    other = (size[0] + 32, size[1] + 64)
    if not fixed and _takes(extractor, other):
        try:
            say("exporting it for pictures of any size")
            model = _exported(torch, extractor, nodes, size, fixed=False)
            for at in (size, other):
                say(f"comparing it with torch at {at[0]}×{at[1]}")
                _compare(torch, extractor, model, nodes, at)
            return model, False
        except ModelError as error:
            say(f"{error}: it may hold for one size")
    say(f"exporting it for pictures of {size[0]}×{size[1]}")
    model = _exported(torch, extractor, nodes, size, fixed=True)
    say(f"comparing it with torch at {size[0]}×{size[1]}")
    _compare(torch, extractor, model, nodes, size)
    return model, True


def _tracer(network: Any) -> dict[str, Any]:
    """What timm wants for its own networks: parts that are not looked into."""
    if not type(network).__module__.startswith("timm."):
        return {}
    fx: Any = importlib.import_module("timm.models._features_fx")
    leaves, functions = list(fx.get_notrace_modules()), list(fx.get_notrace_functions())
    return {"tracer_kwargs": {"leaf_modules": leaves, "autowrap_functions": functions}}


def _extractor(network: Any, nodes: Sequence[str]) -> Any:
    extraction: Any = importlib.import_module("torchvision.models.feature_extraction")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            extractor = extraction.create_feature_extractor(network, list(nodes), **_tracer(network)).eval()
    except Exception as error:
        raise _untraceable(error) from error
    _keep_values(extractor)
    return extractor


def _keep_values(extractor: Any) -> None:
    """Takes the network's operations out of place: a layer that the next one overwrites would be the next one's."""
    for module in extractor.modules():
        if getattr(module, "inplace", False) is True:
            module.inplace = False
    for node in extractor.graph.nodes:
        if node.op == "call_function":
            node.target = _OUT_OF_PLACE.get(node.target, node.target)
            if "inplace" in (arguments := _arguments(node)):
                node.args, node.kwargs = (), arguments | {"inplace": False}
        elif node.op == "call_method" and node.target.endswith("_") and not node.target.endswith("__"):
            node.target = node.target[:-1]
    extractor.recompile()


_OUT_OF_PLACE = {
    operator.iadd: operator.add,
    operator.imul: operator.mul,
    operator.isub: operator.sub,
    operator.itruediv: operator.truediv,
}


def _arguments(node: Any) -> dict[str, Any]:
    """A function call's arguments by name; none where they cannot be told."""
    try:
        return dict(inspect.signature(node.target).bind(*node.args, **node.kwargs).arguments)
    except (TypeError, ValueError):  # Functions written in C have no signature.
        return {}


def _untraceable(error: Exception) -> UsageError:
    return UsageError(f"torch.fx cannot trace the network: {type(error).__name__}: {_first_line(error)}")


def _takes(extractor: Any, size: tuple[int, int]) -> bool:
    torch = torch_of_extra()
    try:
        with torch.inference_mode():
            extractor(torch.zeros(1, 3, *size))
    except Exception:  # Networks for one size say so each in their way.
        return False
    return True


def _exported(
    torch: Any, extractor: Any, nodes: Sequence[str], size: tuple[int, int], *, fixed: bool
) -> onnx.ModelProto:
    class Outputs(torch.nn.Module):  # type: ignore[misc]
        """Gives features in order, where the extractor gives them by name."""

        def __init__(self) -> None:
            super().__init__()
            self.extractor = extractor

        def forward(self, image: Any) -> tuple[Any, ...]:
            features = self.extractor(image)
            return tuple(features[node] for node in nodes)

    # torch refuses some names that nodes have, such as 0.
    names = [f"layer_{i}" for i in range(len(nodes))]
    sides = {} if fixed else {2: "height", 3: "width"}
    axes = {INPUT: {0: "batch"} | sides} | {name: {0: "batch"} for name in names}
    options: dict[str, Any] = {"opset_version": OPSET, "input_names": [INPUT], "output_names": names}
    if "dynamo" in inspect.signature(torch.onnx.export).parameters:
        options["dynamo"] = False  # The newer exporter needs another package and gives an opset of its own choice.
    stream = io.BytesIO()
    try:
        with warnings.catch_warnings(), torch.inference_mode():
            warnings.simplefilter("ignore")
            # Two pictures: with one, some networks' traces hold the batch fast.
            torch.onnx.export(Outputs().eval(), (torch.zeros(2, 3, *size),), stream, dynamic_axes=axes, **options)
    except Exception as error:
        raise ModelError(f"torch cannot export the network: {type(error).__name__}: {_first_line(error)}") from error
    model = folded(onnx.load_from_string(stream.getvalue()))
    _rename(model.graph, dict(zip(names, nodes, strict=True)))
    for value in model.graph.output:
        for dim in list(value.type.tensor_type.shape.dim)[1:]:
            if dim.HasField("dim_param"):  # torch calls sides alike that differ.
                dim.Clear()
    return model


def _rename(graph: onnx.GraphProto, names: Mapping[str, str]) -> None:
    """Gives tensors other names, wherever they are written or read."""
    for node in graph.node:
        for tensors in (node.input, node.output):
            for i, name in enumerate(tensors):
                tensors[i] = names.get(name, name)
    for value in [*graph.value_info, *graph.output]:
        value.name = names.get(value.name, value.name)


def _compare(torch: Any, extractor: Any, model: onnx.ModelProto, nodes: Sequence[str], size: tuple[int, int]) -> None:
    onnxruntime: Any = importlib.import_module("onnxruntime")
    picture = np.random.Generator(np.random.PCG64(0)).standard_normal((1, 3, *size)).astype(np.float32)
    with torch.inference_mode():
        expected = extractor(torch.from_numpy(picture))
    try:
        session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
        got = dict(zip(nodes, session.run(list(nodes), {INPUT: picture}), strict=True))
    except Exception as error:
        raise ModelError(f"ONNX Runtime cannot run the exported graph: {_first_line(error)}") from error
    where = f"{size[0]}×{size[1]}"
    for node in nodes:
        true: NDArray[np.float32] = expected[node].numpy()
        if true.shape != got[node].shape:
            raise ModelError(f"layer '{node}' has shape {got[node].shape} at {where}, torch's has {true.shape}")
        off = float(np.abs(got[node] - true).max()) / max(float(np.abs(true).max()), 1e-30)
        if not off <= TOLERANCE:
            raise ModelError(f"layer '{node}' differs from torch's by {off:.1e} of its maximum at {where}")


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
