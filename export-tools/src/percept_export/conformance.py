# SPDX-License-Identifier: Apache-2.0
"""Checks a parsed ``percept.spec`` document against version 1 of its schema.

The schema is ``docs/schema/percept-spec-1.schema.json``. It is restated here in a hundred lines so
that the exporter needs no JSON Schema library; the tests feed both with the same documents.
Beyond the schema, three things that it cannot say are refused: numbers that are not finite, two
layers of one name, and errors of layers that are not there.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

Check = Callable[[Any, str], list[str]]
"""Takes a value and the path to it (``layers[2].weight``), returns what is wrong, one line each."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_MOST_PICTURES = 4096
_MOST_LAYERS = 256


def problems_of(document: Any) -> list[str]:
    """Returns what is wrong with ``document``, one line per problem; empty if nothing is.

    Args:
        document: what a JSON parser returned.
    """
    if isinstance(document, dict) and (wrong := _version(document.get("percept_spec", 1), "percept_spec")):
        return wrong  # In another version, any of the other fields may be right.
    return _SPEC(document, "") or _layer_errors_without_layer(document)


def _problem(path: str, text: str) -> list[str]:
    return [f"{path or 'the document'} {text}"]


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # An integer beyond the largest double.
        return False


def _is_integer(value: Any) -> bool:
    # JSON Schema counts 1.0 as an integer.
    return _is_number(value) and (isinstance(value, int) or value.is_integer())


def _text(pattern: re.Pattern[str] | None = None) -> Check:
    def check(value: Any, path: str) -> list[str]:
        if not isinstance(value, str):
            return _problem(path, "must be text")
        if not value:
            return _problem(path, "must not be empty")
        if _CONTROL.search(value):
            return _problem(path, "must not have line breaks or other control characters")
        if pattern is not None and not pattern.fullmatch(value):
            return _problem(path, f"must match {pattern.pattern}, not {value!r}")
        return []

    return check


def _one_of(*choices: str) -> Check:
    def check(value: Any, path: str) -> list[str]:
        if isinstance(value, str) and value in choices:
            return []
        return _problem(path, f"must be one of {', '.join(choices)}, not {value!r}")

    return check


def _number(value: Any, path: str) -> list[str]:
    return [] if _is_number(value) else _problem(path, "must be a finite number")


def _above_zero(value: Any, path: str) -> list[str]:
    if _is_number(value) and value > 0:
        return []
    return _problem(path, "must be a finite number above 0")


def _error(value: Any, path: str) -> list[str]:
    if _is_number(value) and value >= 0:
        return []
    return _problem(path, "must be a finite number of at least 0")


def _count(value: Any, path: str) -> list[str]:
    if _is_integer(value) and value >= 1:
        return []
    return _problem(path, "must be a whole number of at least 1")


def _flag(value: Any, path: str) -> list[str]:
    return [] if isinstance(value, bool) else _problem(path, "must be true or false")


def _version(value: Any, path: str) -> list[str]:
    if _is_integer(value) and value == 1:
        return []
    return _problem(path, f"must be 1, the only version known here, not {value!r}")


def _batch(value: Any, path: str) -> list[str]:
    if value == "free" or (not _count(value, path) and value <= _MOST_PICTURES):
        return []
    return _problem(path, f"must be 'free' or a whole number from 1 to {_MOST_PICTURES}")


def _list_of(check_item: Check, least: int, most: int | None = None) -> Check:
    def check(value: Any, path: str) -> list[str]:
        if not isinstance(value, list):
            return _problem(path, "must be a list")
        if len(value) < least or (most is not None and len(value) > most):
            amount = f"{least}" if least == most else f"at least {least}"
            amount += f" and at most {most}" if most not in (None, least) else ""
            return _problem(path, f"must have {amount} entries, not {len(value)}")
        return [problem for i, item in enumerate(value) for problem in check_item(item, f"{path}[{i}]")]

    return check


def _object(required: dict[str, Check], optional: dict[str, Check]) -> Check:
    fields = required | optional

    def check(value: Any, path: str) -> list[str]:
        if not isinstance(value, dict):
            return _problem(path, "must be an object")
        prefix = f"{path}." if path else ""
        problems = [f"{prefix}{name} is missing" for name in required if name not in value]
        for name, entry in value.items():
            if name in fields:
                problems += fields[name](entry, f"{prefix}{name}")
            else:
                problems.append(f"{prefix}{name} is not a field of this format")
        return problems

    return check


def _by_name(check_entry: Check) -> Check:
    def check(value: Any, path: str) -> list[str]:
        if not isinstance(value, dict):
            return _problem(path, "must be an object")
        return [problem for name, entry in value.items() for problem in check_entry(entry, f"{path}.{name}")]

    return check


_SIZE_FIELDS = _object({}, {"fixed": _list_of(_count, 2, 2), "multiple": _count, "minimum": _count})


def _size(value: Any, path: str) -> list[str]:
    problems = _SIZE_FIELDS(value, path)
    if not problems and "fixed" in value and len(value) > 1:
        return _problem(path, "has 'fixed', which excludes the other fields")
    return problems


_LAYER = _object(
    {
        "name": _text(),
        "layout": _one_of("NCHW", "NHWC", "NLC", "NC"),
        "channels": _count,
    },
    {
        "output": _text(),
        "weight": _number,
        "distance": _one_of("mse", "mae", "rms"),
    },
)
_LAYER_LIST = _list_of(_LAYER, 1, _MOST_LAYERS)


def _layers(value: Any, path: str) -> list[str]:
    problems = _LAYER_LIST(value, path)
    if problems:
        return problems
    names = [layer["name"] for layer in value]
    return [f"{path}[{i}].name '{name}' occurs twice" for i, name in enumerate(names) if name in names[:i]]


_NODE_LIST = _list_of(_text(), 0)


def _nodes(value: Any, path: str) -> list[str]:
    problems = _NODE_LIST(value, path)
    if problems:
        return problems
    return [f"{path}[{i}] '{name}' occurs twice" for i, name in enumerate(value) if name in value[:i]]


def _layer_errors_without_layer(document: Any) -> list[str]:
    names = [layer["name"] for layer in document["layers"]]
    errors = document.get("precision", {}).get("layer_errors", {})
    return [f"precision.layer_errors.{name} is not one of the layers" for name in errors if name not in names]


_SPEC = _object(
    {
        "percept_spec": _version,
        "name": _text(_NAME),
        "input": _object(
            {
                "name": _text(),
                "layout": _one_of("NCHW", "NHWC"),
                "dtype": _one_of("float32", "uint8"),
                "range": _list_of(_number, 2, 2),
                "channel_order": _one_of("RGB", "BGR"),
            },
            {
                "mean": _list_of(_number, 3, 3),
                "std": _list_of(_above_zero, 3, 3),
                "batch": _batch,
                "size": _size,
            },
        ),
        "layers": _layers,
    },
    {
        "description": _text(),
        "sha256": _text(_SHA256),
        "weights": _object(
            {"source": _text()},
            {
                "sha256": _text(_SHA256),
                "licence": _text(),
                "random": _flag,
            },
        ),
        "precision": _object(
            {"type": _one_of("fp16"), "loss_error": _error, "measured_on": _text()},
            {"layer_errors": _by_name(_error), "fp32_nodes": _nodes},
        ),
        "exporter": _object({"name": _text(), "version": _text()}, {}),
        "opset": _count,
    },
)
