# SPDX-License-Identifier: Apache-2.0
"""Evaluates beforehand what does not depend on the picture, such as paddings that an exporter computes in the graph.

Shapes can then be inferred, and Percept can follow what a layer sees of the picture.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator

_MOST_MORE = 4096
"""How many more values than its inputs a folded result may have: a file shall not grow."""
_NOT_THE_SAME = frozenset(("Bernoulli", "Multinomial", "RandomNormal", "RandomNormalLike", "RandomUniform"))

Constants = Mapping[str, NDArray[np.generic]]


def folded(model: onnx.ModelProto) -> onnx.ModelProto:
    """Returns the same graph with constants in the place of nodes that have only constants for inputs.

    Args:
        model: not changed. A node that cannot be evaluated stays.
    """
    result = onnx.ModelProto()
    result.CopyFrom(model)
    graph = result.graph
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    outputs = {value.name for value in graph.output}
    kept = []
    for node in model.graph.node:
        found = _evaluated(model, node, constants, outputs)
        if found is None:
            kept.append(node)
        else:
            constants |= found
    read = {name for node in kept for name in node.input}
    del graph.node[:], graph.initializer[:]
    graph.node.extend(kept)
    graph.initializer.extend(numpy_helper.from_array(array, name) for name, array in constants.items() if name in read)
    return result


def _evaluated(
    model: onnx.ModelProto, node: onnx.NodeProto, constants: Constants, outputs: set[str]
) -> dict[str, NDArray[np.generic]] | None:
    kinds = {attribute.type for attribute in node.attribute}
    inner = kinds & {onnx.AttributeProto.GRAPH, onnx.AttributeProto.GRAPHS}
    if inner or node.op_type in _NOT_THE_SAME or outputs.intersection(node.output):
        return None
    if not all(name in constants for name in node.input if name):
        return None
    inputs = {name: constants[name] for name in node.input if name}
    values = [
        helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)
        for name, array in inputs.items()
    ]
    wanted = [name for name in node.output if name]
    # What type they have is not known, and the evaluator does not ask.
    results = [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in wanted]
    single = helper.make_model(
        helper.make_graph([node], "node", values, results),
        opset_imports=model.opset_import,
        ir_version=model.ir_version,
    )
    try:
        found = ReferenceEvaluator(single).run(None, dict(inputs))
    except Exception:  # Whatever an operator's NumPy code raises: the node stays, and nothing is lost.
        return None
    arrays = dict(zip(wanted, (np.asarray(array) for array in found), strict=True))
    growth = sum(array.size for array in arrays.values()) - sum(array.size for array in inputs.values())
    return arrays if growth <= _MOST_MORE else None
