"""What our IAM policies allow: one grant for each action and resource, the template's functions put in.

Pure. Tests read the policies with it; AWS itself decides in production, and MiniStack, in the local cloud,
checks every call against them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from infra.package import ROOT

FOLDER: Final = ROOT / "infra" / "policies"
DEPLOYER: Final = "deployer"


@dataclass(frozen=True)
class Grant:
    """One action on one resource that a policy allows. conditions: operator to condition key to value."""

    action: str
    resource: str
    conditions: Mapping[str, Mapping[str, str]] = field(default_factory=dict, hash=False)


def policy(name: str) -> dict[str, Any]:
    """A policy file of infra/policies, by its name without suffix."""
    content: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return content


def grants(document: Mapping[str, Any], values: Mapping[str, str]) -> list[Grant]:
    """Every action and resource of a policy, with the values of the template's functions: `{"Prefix": ...}`."""
    return [
        Grant(action, resolved(resource, values), resolved(statement.get("Condition", {}), values))
        for statement in document["Statement"]
        for action in _listed(statement["Action"])
        for resource in _listed(statement["Resource"])
    ]


def resolved(node: Any, values: Mapping[str, str]) -> Any:
    """Ref, Fn::GetAtt and Fn::Sub with their values. Raises KeyError for one that is not given."""
    if isinstance(node, list):
        return [resolved(child, values) for child in node]
    if not isinstance(node, dict):
        return node
    if set(node) == {"Ref"}:
        return values[node["Ref"]]
    if set(node) == {"Fn::GetAtt"}:
        return values[".".join(node["Fn::GetAtt"])]
    if set(node) == {"Fn::Sub"}:
        return re.sub(r"\$\{([^}]+)\}", lambda found: values[found[1]], node["Fn::Sub"])
    return {key: resolved(child, values) for key, child in node.items()}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def matches(pattern: str, text: str) -> bool:
    """IAM's wildcards: `*` for anything, `?` for one character."""
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), text, re.DOTALL) is not None
