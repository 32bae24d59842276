# SPDX-License-Identifier: Apache-2.0
"""Descriptions: written alike, read back equal, and judged exactly as the JSON Schema judges them."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import onnx
import pytest

from percept_export.conformance import problems_of
from percept_export.errors import SpecError
from percept_export.spec import (
    METADATA_KEY,
    ExporterSpec,
    InputSpec,
    LayerSpec,
    PrecisionSpec,
    SizeSpec,
    Spec,
    WeightsSpec,
    attach,
    read,
)

SCHEMA = Path(__file__).parents[2] / "docs" / "schema" / "percept-spec-1.schema.json"
DIGEST = "0123456789abcdef" * 4
FULL: dict[str, Any] = {
    "percept_spec": 1,
    "name": "net-1.0+x",
    "description": "a net",
    "input": {
        "name": "image",
        "layout": "NHWC",
        "dtype": "float32",
        "range": [0, 255],
        "channel_order": "BGR",
        "mean": [1, 2.5, 3],
        "std": [1, 1, 0.5],
        "batch": 4,
        "size": {"multiple": 8, "minimum": 32},
    },
    "layers": [
        {"name": "a", "output": "out:0", "weight": 0.5, "distance": "rms", "layout": "NLC", "channels": 7},
        {"name": "b", "layout": "NC", "channels": 1},
    ],
    "weights": {"source": "random:0", "sha256": DIGEST, "licence": "MIT", "random": True},
    "precision": {
        "type": "fp16",
        "loss_error": 0.002,
        "layer_errors": {"a": 0.001, "b": 0},
        "fp32_nodes": ["conv1_1", "relu1_1"],
        "measured_on": "some pictures",
    },
    "exporter": {"name": "someone", "version": "2"},
    "opset": 18,
}
WRONG = object()


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def paths_in(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, child in children for found in paths_in(child, (*path, key)))]


def changed(path: tuple[Any, ...], value: Any) -> Any:
    document = copy.deepcopy(FULL)
    if not path:
        return value
    *parents, last = path
    place: Any = document
    for key in parents:
        place = place[key]
    if value is WRONG:
        del place[last]
    else:
        place[last] = value
    return document


VALUES = [
    WRONG, None, True, False, 0, 1, -1, 1.0, 1.5, 2, 1e300, "", "free", "x y", "NCHW", "NLC", "uint8", "mae", DIGEST,
    DIGEST.upper(), [], [1], [1, 2], [1, 2, 3], [0, -1, 0], ["a", "b", "c"], [None, 1], {}, {"source": "x"},
    {"fixed": [3, 4]}, {"fixed": [3, 4], "minimum": 1}, {"fixed": [0, 4]}, {"fixed": [3]}, {"multiple": 0},
    "a\tb", 4096, 4097, "fp16", ["conv1_1", "conv1_1"], {"a": -1}, {"a": True}, {"a": 0.5},
    {"name": "n", "version": "v"}, {"name": "n"}, {"other": 1}, [{"name": "c", "layout": "NC", "channels": 2}],
]  # fmt: skip


@pytest.mark.parametrize("path", paths_in(FULL), ids=lambda path: ".".join(map(str, path)) or "document")
def test_judges_as_the_schema_does(path: tuple[Any, ...], validator: jsonschema.Draft202012Validator) -> None:
    for value in VALUES:
        document = changed(path, value)
        # The schema can't say that these must be layers.
        problems = [text for text in problems_of(document) if not text.endswith("is not one of the layers")]
        expected = [error.message for error in validator.iter_errors(document)]
        assert bool(problems) == bool(expected), f"{value!r} gives {problems}, the schema {expected}"


def test_says_which_field_is_wrong_and_how() -> None:
    assert problems_of(changed(("layers", 1, "channels"), 0)) == [
        "layers[1].channels must be a whole number of at least 1"
    ]
    assert problems_of(changed(("input", "std", 2), 0)) == ["input.std[2] must be a finite number above 0"]
    assert problems_of(changed(("colour",), "red")) == ["colour is not a field of this format"]
    assert problems_of(changed(("input", "layout"), WRONG)) == ["input.layout is missing"]
    assert problems_of([]) == ["the document must be an object"]


def test_refuses_what_the_schema_cannot_say() -> None:
    assert problems_of(changed(("layers", 1, "name"), "a")) == ["layers[1].name 'a' occurs twice"]
    assert problems_of(changed(("precision", "layer_errors"), {"c": 0.1})) == [
        "precision.layer_errors.c is not one of the layers"
    ]
    assert problems_of(changed(("precision", "loss_error"), float("nan"))) == [
        "precision.loss_error must be a finite number of at least 0"
    ]
    assert problems_of(changed(("layers", 0, "weight"), float("inf"))) == ["layers[0].weight must be a finite number"]
    assert problems_of(changed(("layers", 0, "weight"), 10**400)) == ["layers[0].weight must be a finite number"]


def test_reads_every_field() -> None:
    spec = Spec.from_json(json.dumps(FULL))
    assert spec == Spec(
        name="net-1.0+x",
        description="a net",
        input=InputSpec(
            name="image",
            layout="NHWC",
            range=(0, 255),
            channel_order="BGR",
            mean=(1, 2.5, 3),
            std=(1, 1, 0.5),
            batch=4,
            size=SizeSpec(multiple=8, minimum=32),
        ),
        layers=(
            LayerSpec(name="a", output="out:0", weight=0.5, distance="rms", layout="NLC", channels=7),
            LayerSpec(name="b", layout="NC", channels=1),
        ),
        weights=WeightsSpec(source="random:0", sha256=DIGEST, licence="MIT", random=True),
        precision=PrecisionSpec(
            type="fp16",
            loss_error=0.002,
            measured_on="some pictures",
            layer_errors={"a": 0.001, "b": 0.0},
            fp32_nodes=("conv1_1", "relu1_1"),
        ),
        exporter=ExporterSpec("someone", "2"),
        opset=18,
    )
    assert spec.layers[0].output_name == "out:0"
    assert spec.layers[1].output_name == "b"


def test_absent_fields_have_the_schema_s_defaults() -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))["properties"]
    least = {
        "percept_spec": 1,
        "name": "n",
        "input": {key: FULL["input"][key] for key in ("name", "layout", "dtype", "range", "channel_order")},
        "layers": [{"name": "a", "layout": "NC", "channels": 1}],
        "weights": {"source": "none"},
    }
    spec = Spec.from_json(json.dumps(least))
    defaults = {name: field["default"] for name, field in schema["input"]["properties"].items() if "default" in field}
    assert {name: getattr(spec.input, name) for name in defaults} == {
        name: tuple(value) if isinstance(value, list) else value for name, value in defaults.items()
    }
    layer = schema["layers"]["items"]["properties"]
    assert (spec.layers[0].weight, spec.layers[0].distance) == (
        layer["weight"]["default"],
        layer["distance"]["default"],
    )
    assert spec.weights is not None
    assert spec.weights.random is schema["weights"]["properties"]["random"]["default"]
    assert spec.exporter is None
    assert spec.precision is None


def test_text_is_canonical_and_reads_back(validator: jsonschema.Draft202012Validator) -> None:
    spec = Spec(
        name="n",
        description="größer",
        input=InputSpec(range=(0, 1), size=SizeSpec(fixed=(2, 3))),
        layers=(LayerSpec(name="a", channels=1, weight=1),),
        precision=PrecisionSpec("fp16", 0, "pictures", {"a": 0}),
    )
    text = spec.to_json()
    assert text.isascii()
    assert '"weight":1.0' in text
    assert '"layer_errors":{"a":0.0},"loss_error":0.0' in text
    assert text == json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"))
    assert Spec.from_json(text) == spec
    validator.validate(json.loads(text))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is not JSON"),
        ("{", "is not JSON"),
        ('{"name":"a","name":"b"}', "a name occurs twice"),
        ("NaN", "NaN is not a JSON number"),
        ("[" * 100_000, "is not JSON"),
        ("{}", "percept_spec is missing"),
        ('{"percept_spec":2}', "must be 1"),
    ],
)
def test_refuses_broken_text(text: str, reason: str) -> None:
    with pytest.raises(SpecError, match=reason):
        Spec.from_json(text)


def test_refuses_to_write_what_breaks_the_schema() -> None:
    with pytest.raises(SpecError, match=r"layers must have at least 1 and at most 256 entries"):
        Spec(name="n", input=InputSpec(), layers=()).to_json()
    with pytest.raises(SpecError, match="must be a finite number"):
        Spec(name="n", input=InputSpec(), layers=(LayerSpec("a", 1, weight=float("nan")),)).to_json()


def test_attach_replaces_and_keeps_the_others() -> None:
    model = onnx.ModelProto()
    model.metadata_props.add(key="zebra", value="z")
    first = Spec(name="one", input=InputSpec(), layers=(LayerSpec("a", 1),))
    second = Spec(name="two", input=InputSpec(), layers=(LayerSpec("a", 1),))
    attach(model, first)
    attach(model, second)
    assert [entry.key for entry in model.metadata_props] == [METADATA_KEY, "zebra"]
    assert read(model) == second


def test_the_file_s_own_digest_stands_only_in_a_sidecar() -> None:
    spec = Spec(name="one", input=InputSpec(), layers=(LayerSpec("a", 1),), sha256=DIGEST)
    with pytest.raises(SpecError, match="sidecar"):
        attach(onnx.ModelProto(), spec)
    model = onnx.ModelProto()
    model.metadata_props.add(key=METADATA_KEY, value=spec.to_json())
    with pytest.raises(SpecError, match="sidecar"):
        read(model)


def test_a_model_without_a_description_or_with_two_is_refused() -> None:
    with pytest.raises(SpecError, match=r"has no percept\.spec"):
        read(onnx.ModelProto())
    model = onnx.ModelProto()
    for _ in range(2):
        model.metadata_props.add(key=METADATA_KEY, value="{}")
    with pytest.raises(SpecError, match="one is allowed"):
        read(model)
