"""Tables that a restore made, put in the place of those that they were made from. Pure: template in, template out.

In one change set the old table is dropped from the stack (and kept, by its Retain policy) and the restored one is
adopted, under a logical id of its own, with everything that named the old one naming the new one.
"""

from __future__ import annotations

import copy
import hashlib
import re
from collections.abc import Mapping
from typing import Any

from infra.template import TABLE, Template


def logical_id(template: Template, table: str) -> str:
    """The logical id of a table by its short name: `customers` gives `Customers`. Raises KeyError."""
    for logical, resource in template["Resources"].items():
        if resource["Type"] == TABLE and resource["Properties"]["TableName"] == {"Fn::Sub": "${Prefix}-" + table}:
            return str(logical)
    raise KeyError(table)


def swap(template: Template, restored: Mapping[str, str]) -> Template:
    """The template with restored tables in place. restored: short name to the restored table's whole name."""
    swapped = copy.deepcopy(template)
    for table, name in sorted(restored.items()):
        old = logical_id(swapped, table)
        new = old + hashlib.sha256(name.encode()).hexdigest()[:8].upper()
        resources = swapped["Resources"]
        resources[new] = resources.pop(old)
        swapped = _renamed(swapped, old, new, table, name)
        swapped["Resources"][new]["Properties"]["TableName"] = {"Fn::Sub": name}
    return swapped


def _renamed(node: Any, old: str, new: str, table: str, name: str) -> Any:
    if isinstance(node, list):
        return [_renamed(child, old, new, table, name) for child in node]
    if not isinstance(node, dict):
        return node
    if node == {"Ref": old}:
        return {"Ref": new}
    if set(node) == {"Fn::GetAtt"}:
        target = node["Fn::GetAtt"]
        return {"Fn::GetAtt": [new, *target[1:]] if target[0] == old else target}
    if set(node) == {"Fn::Sub"} and isinstance(node["Fn::Sub"], str):
        return {"Fn::Sub": _substituted(node["Fn::Sub"], old, new, table, name)}
    return {key: _renamed(child, old, new, table, name) for key, child in node.items()}


def _substituted(text: str, old: str, new: str, table: str, name: str) -> str:
    text = re.sub(r"\$\{" + old + r"([.}])", r"${" + new + r"\1", text)
    return re.sub(r"table/\$\{Prefix\}-" + table + r"(?![\w-])", "table/" + name, text)
