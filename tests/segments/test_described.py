"""Rules in the API's description."""

from __future__ import annotations

import json
from typing import Any

from chalicelib.segments.described import components, referring
from chalicelib.segments.rule import KINDS, parse
from chalicelib.segments.schema import RULE

COMPONENTS = components()


def refs(schema: Any) -> set[str]:
    if isinstance(schema, dict):
        return {schema["$ref"]} if "$ref" in schema else {ref for inner in schema.values() for ref in refs(inner)}
    return {ref for inner in schema for ref in refs(inner)} if isinstance(schema, list) else set()


def test_a_rule_is_one_of_its_kinds_and_each_is_described() -> None:
    kinds = [one["$ref"].rpartition("/")[2] for one in COMPONENTS["Rule"]["oneOf"]]
    assert [set(COMPONENTS[kind]["required"]) >= {name} for kind, name in zip(kinds, KINDS, strict=True)] == [True] * 12
    assert {"where", "within", "between", "count", "followed_by"} <= COMPONENTS["RuleHappened"]["properties"].keys()
    assert all(COMPONENTS[kind]["description"] for kind in kinds)


def test_every_reference_leads_somewhere_and_rules_hold_rules() -> None:
    assert {ref.rpartition("/")[2] for ref in refs(COMPONENTS)} <= COMPONENTS.keys()
    assert refs(COMPONENTS["RuleNot"]) == refs(COMPONENTS["RuleAll"]) == {"#/components/schemas/Rule"}
    assert referring({"properties": {"entry": {"anyOf": [dict(RULE), {"type": "null"}]}}}) == {
        "properties": {"entry": {"anyOf": [{"$ref": "#/components/schemas/Rule"}, {"type": "null"}]}}
    }
    json.dumps(COMPONENTS)


def test_the_examples_are_rules() -> None:
    for example in RULE["examples"]:
        parse(example)
