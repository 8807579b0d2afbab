"""What infra/ says of a deployment, read by tests that stand in for AWS: the same words that CloudFormation gets."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).parent.parent.parent
ACCOUNT = "123456789012"  # moto's
REGION = "us-east-1"
PREFIX = "test"
STAGE = "test"
PSEUDO = {
    "${AWS::Partition}": "aws",
    "${AWS::Region}": REGION,
    "${AWS::AccountId}": ACCOUNT,
    "${Prefix}": PREFIX,
    "${Stage}": STAGE,
}


class _Loader(yaml.SafeLoader):
    """YAML as CloudFormation writes it: `!Ref` and its like become one-entry mappings."""


def _tagged(loader: yaml.SafeLoader, tag: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)  # type: ignore[arg-type]
    return {tag if tag in ("Ref", "Condition") else f"Fn::{tag}": value}


_Loader.add_multi_constructor("!", _tagged)


class Grant(NamedTuple):
    """One action on one resource (`*` within it matches anything), as a function's policy allows it."""

    action: str
    resource: str


@cache
def resources() -> Mapping[str, Any]:
    """The section Resources of infra/resources.yaml."""
    text = (ROOT / "infra" / "resources.yaml").read_text()
    found: Mapping[str, Any] = yaml.load(text, _Loader)["Resources"]
    return found


def gateway_response(kind: str) -> tuple[int | None, dict[str, str], str]:
    """What API Gateway itself answers: status (None: its own), headers, the template of the body."""
    said = resources()["RestAPI"]["Properties"]["GatewayResponses"][kind]
    headers = {name: value.strip("'") for name, value in said["ResponseParameters"]["Headers"].items()}
    return said.get("StatusCode"), headers, said["ResponseTemplates"]["application/json"]


def stream_filters(function: str) -> list[Mapping[str, Any]]:
    """The patterns of a stream's mapping; a record passes that matches one of them."""
    logical = "".join(word.capitalize() for word in function.split("_"))
    source = resources()[logical]["Properties"]["Events"][f"{logical}DynamodbEventSource"]["Properties"]
    return [json.loads(each["Pattern"]) for each in source["FilterCriteria"]["Filters"]]


def passes(pattern: Mapping[str, Any], record: Any) -> bool:
    """Whether an event pattern lets a record through: values listed, and `exists`; nothing else is used here."""
    for name, wanted in pattern.items():
        held = record.get(name) if isinstance(record, Mapping) else None
        if isinstance(wanted, Mapping):
            if not passes(wanted, held):
                return False
        elif not any(held is not None if one == {"exists": True} else one == held for one in wanted):
            return False
    return True


def grants(function: str) -> Iterator[Grant]:
    """Every action on every resource that infra/policies allows to a function."""
    policy = json.loads((ROOT / "infra" / "policies" / f"{function}.json").read_text())
    for statement in policy["Statement"]:
        assert statement["Effect"] == "Allow"
        for action in _listed(statement["Action"]):
            for resource in _listed(statement["Resource"]):
                yield Grant(action, _resolved(resource))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _resolved(resource: Any) -> str:
    """A resource of a policy with its parameters written out; another resource's attribute is `Name.Attribute`."""
    if isinstance(resource, str):
        return resource
    if "Fn::GetAtt" in resource:
        return ".".join(resource["Fn::GetAtt"])
    text: str = resource["Fn::Sub"]
    for name, value in PSEUDO.items():
        text = text.replace(name, value)
    return text
