"""What a deploy would change, and whether it may. Pure: what CloudFormation describes in, lines and refusals out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

# What must neither go nor be made anew, and what that would cost.
PROTECTED: Final[Mapping[str, str]] = {
    "AWS::DynamoDB::Table": "it holds the data",
    "AWS::ApiGateway::RestApi": "its address stands in mails that were sent, and in SDK settings",
}

NEVER_UNCERTAIN: Final = ("AWS::DynamoDB::Table",)

REMOVED: Final = "removed"

_SIGNS: Final = {"Add": "+", "Modify": "~", "Remove": "-", "Import": "=", "Dynamic": "?"}
_KEPT: Final = ("Retain", "RetainExceptOnCreate")


@dataclass(frozen=True)
class Change:
    """One resource's change. replacement: `True`, `False`, `Conditional`, or empty where it does not apply."""

    action: str
    logical: str
    kind: str
    replacement: str = ""
    properties: tuple[str, ...] = ()


def changes(described: Iterable[Mapping[str, Any]]) -> tuple[Change, ...]:
    """From the pages of DescribeChangeSet."""
    return tuple(
        Change(
            action=found["Action"],
            logical=found["LogicalResourceId"],
            kind=found["ResourceType"],
            replacement=found.get("Replacement", ""),
            properties=_properties(found.get("Details", [])),
        )
        for page in described
        for found in (entry["ResourceChange"] for entry in page.get("Changes", []) if "ResourceChange" in entry)
    )


def refusals(planned: Iterable[Change], *, swapped: Collection[str] = ()) -> list[str]:
    """Why these changes must not be made; empty if they may.

    swapped: logical ids of tables (as the template has them) in whose place the operator put another one that stands
    already. Such a table may go from the stack, where its Retain policy keeps it, if the other one is adopted with it.
    """
    planned = tuple(planned)
    adopted = {base for base in swapped if any(c.action == "Import" and _stands_for(c.logical, base) for c in planned)}
    return [
        f"{change.logical} ({change.kind}) would be {verb}: {PROTECTED[change.kind]}."
        for change in planned
        if change.kind in PROTECTED
        and (verb := _harm(change))
        and not (verb == REMOVED and any(_stands_for(change.logical, base) for base in adopted))
    ]


def lines(planned: Iterable[Change]) -> list[str]:
    """One line a change, what may hurt first; what is only added, one line a kind."""
    ordered = sorted(planned, key=lambda change: (_rank(change), change.kind, change.logical))
    added = Counter(change.kind for change in ordered if change.action == "Add")
    return [_line(change) for change in ordered if change.action != "Add"] + [
        f"  + {kind:<38} {count}" for kind, count in sorted(added.items())
    ]


def unprotected_tables(template: Mapping[str, Any]) -> list[str]:
    """Logical ids of tables that would not outlive their stack."""
    return [
        logical
        for logical, resource in sorted(template["Resources"].items())
        if resource["Type"] == "AWS::DynamoDB::Table" and resource.get("DeletionPolicy") not in _KEPT
    ]


def _stands_for(logical: str, base: str) -> bool:
    """Whether a logical id is the table's own or one that `tables.swap` made of it."""
    return logical.startswith(base) and re.fullmatch(r"([0-9A-F]{8})?", logical[len(base) :]) is not None


def _harm(change: Change) -> str:
    if change.action == "Remove":
        return REMOVED
    # Conditional: CloudFormation does not know until it is too late, so a table is not risked. An API's body names its
    # functions, whose change makes everything that names them look uncertain; its body is never a reason to replace it.
    uncertain = change.replacement == "Conditional" and change.kind in NEVER_UNCERTAIN
    return "replaced" if change.replacement == "True" or uncertain else ""


def _rank(change: Change) -> int:
    if change.action == "Remove" or change.replacement in ("True", "Conditional"):
        return 0
    return {"Modify": 1, "Import": 2}.get(change.action, 3)


def _line(change: Change) -> str:
    replaced = {"True": " REPLACED", "Conditional": " MAY BE REPLACED"}.get(change.replacement, "")
    of = f" ({', '.join(change.properties)})" if change.properties else ""
    return f"  {_SIGNS.get(change.action, '?')} {change.kind:<38} {change.logical}{replaced}{of}"


def _properties(details: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    targets = (detail.get("Target", {}) for detail in details)
    return tuple(sorted({target.get("Name") or target.get("Attribute", "") for target in targets} - {""}))
