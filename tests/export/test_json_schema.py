"""The published schema is the one the reader goes by, and takes and refuses what the reader does."""

import json
import operator

import pytest
from build_results import make_results

from jrtune.analysis.analysis import Analysis
from jrtune.export.json_schema import PATH, schema_text
from jrtune.export.weights_file import weights_file

RESULTS = make_results()
SCHEMA = json.loads(PATH.read_text())
CONFIRMED = next(c.number for c in RESULTS.confirmations if c.role == "front")
BODY = json.loads(
    weights_file(RESULTS.trials[CONFIRMED], Analysis(RESULTS), {"digit": 0.5, "edge": None}).to_text()
)
BOUNDS = {
    "minimum": operator.ge,
    "exclusiveMinimum": operator.gt,
    "maximum": operator.le,
    "exclusiveMaximum": operator.lt,
}
TYPES = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "null": type(None)}


def faults(value, schema, place="$"):
    """Where a value breaks a schema, of the keywords that the published one uses."""
    if "$ref" in schema:
        return faults(value, SCHEMA["$defs"][schema["$ref"].removeprefix("#/$defs/")], place)
    if "anyOf" in schema:
        ways = [faults(value, way, place) for way in schema["anyOf"]]
        return [] if [] in ways else ways[0]
    if value not in schema.get("enum", [schema.get("const", value)]):
        return [f"{place} is {value!r}"]
    if schema["type"] == "array" and isinstance(value, list):
        return [f for i, entry in enumerate(value) for f in faults(entry, schema["items"], f"{place}[{i}]")]
    if schema["type"] == "object":
        return _object_faults(value, schema, place)
    right = isinstance(value, TYPES[schema["type"]]) and isinstance(value, bool) == (
        schema["type"] == "boolean"
    )
    if right:
        right = all(holds(value, schema[bound]) for bound, holds in BOUNDS.items() if bound in schema)
    return [] if right else [f"{place} is {value!r}"]


def _object_faults(value, schema, place):
    if not isinstance(value, dict) or len(value) < schema.get("minProperties", 0):
        return [f"{place} is {value!r}"]
    found = [f"{place}.{name} is missing" for name in schema.get("required", ()) if name not in value]
    shortest = schema.get("propertyNames", {}).get("minLength", 0)
    found += [f"{place} has the name {name!r}" for name in value if len(name) < shortest]
    for name, entry in value.items():
        inner = schema.get("properties", {}).get(name, schema.get("additionalProperties", True))
        if inner is False:
            found.append(f"{place}.{name} is unknown")
        elif inner is not True:
            found += faults(entry, inner, f"{place}.{name}")
    return found


def keywords(schema):
    """Every keyword that is used somewhere; names of properties and definitions are none."""
    found = set(schema)
    for name in ("properties", "$defs"):
        for inner in schema.get(name, {}).values():
            found |= keywords(inner)
    for inner in [schema.get("additionalProperties"), schema.get("items"), *schema.get("anyOf", [])]:
        found |= keywords(inner) if isinstance(inner, dict) else set()
    return found


def test_the_published_file_is_the_generated_one():
    assert PATH.read_text() == schema_text(), "python -m jrtune.export.json_schema writes it anew"


def test_it_names_its_draft_and_no_host_beside():
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert SCHEMA["$id"] == "urn:jrtune:weights:1"
    assert PATH.read_text().count("://") == 1


def test_the_check_below_knows_every_keyword():
    context = {"$schema", "$id", "$defs", "title", "description", "default"}
    checked = {"$ref", "anyOf", "enum", "const", "type", "minProperties", "propertyNames", *BOUNDS}
    assert keywords(SCHEMA) <= context | checked | {"required", "properties", "additionalProperties", "items"}


def test_exports_are_valid():
    assert faults(BODY, SCHEMA) == []
    for results in (make_results(seeds=0), make_results(seeds=1)):
        assert faults(json.loads(weights_file(results.trials[0], Analysis(results)).to_text()), SCHEMA) == []


def test_a_file_from_before_later_keys_came_is_valid():
    later = ("momentum", "constraints", "frozen", "frozen_for", "frozen_rate")
    training = {name: value for name, value in BODY["training"].items() if name not in later}
    earlier = {**BODY, "training": training}
    del earlier["gradient_scale"], earlier["front"]
    assert faults(earlier, SCHEMA) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"version": 2}, "$.version is 2"),
        ({"format": "other"}, "$.format is 'other'"),
        ({"weights": {}}, "$.weights is {}"),
        ({"weights": {"digit": -0.5, "edge": 1.5}}, "$.weights.digit is -0.5"),
        ({"weights": {"": 1.0}}, "$.weights has the name ''"),
        ({"version": True}, "$.version is True"),
        ({"trial": "4"}, "$.trial is '4'"),
        ({"trial": -4}, "$.trial is -4"),
        ({"training": {**BODY["training"], "lr": 0.0}}, "$.training.lr is 0.0"),
        ({"training": {**BODY["training"], "warmup": 1.5}}, "$.training.warmup is 1.5"),
        ({"loss_scale": {"digit": "1"}}, "$.loss_scale.digit is '1'"),
        ({"training": {**BODY["training"], "momentum": 1.0}}, "$.training.momentum is 1.0"),
        ({"training": {}}, "$.training.lr is missing"),
        ({"front": [{}]}, "$.front[0].trial is missing"),
        ({"surprise": 1}, "$.surprise is unknown"),
    ],
)
def test_what_the_reader_refuses_is_not_valid(change, fault):
    assert fault in faults({**BODY, **change}, SCHEMA)
