"""What a deploy would change, and whether it may. Pure: what CloudFormation describes in, lines and refusals out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

# What must neither go nor be made anew, and what that would cost.
PROTECTED: Final[Mapping[str, str]] = {
    "AWS::DynamoDB::Table": "it holds the data",
    "AWS::ApiGateway::RestApi": "its address stands in mails that were sent, and in SDK settings",
}

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

    swapped: logical ids of tables that the operator gave up for a restored one, and which their Retain policy keeps.
    """
    return [
        f"{change.logical} ({change.kind}) would be {verb}: {PROTECTED[change.kind]}."
        for change in planned
        if change.kind in PROTECTED and (verb := _harm(change)) and change.logical not in swapped
    ]


def lines(planned: Iterable[Change]) -> list[str]:
    """One line a change, what may hurt first."""
    return [
        _line(change) for change in sorted(planned, key=lambda change: (_rank(change), change.kind, change.logical))
    ]


def unprotected_tables(template: Mapping[str, Any]) -> list[str]:
    """Logical ids of tables that would not outlive their stack."""
    return [
        logical
        for logical, resource in sorted(template["Resources"].items())
        if resource["Type"] == "AWS::DynamoDB::Table" and resource.get("DeletionPolicy") not in _KEPT
    ]


def _harm(change: Change) -> str:
    if change.action == "Remove":
        return "removed"
    # Conditional: CloudFormation does not know until it is too late. Whatever is not known to be harmless is not done.
    return "replaced" if change.replacement in ("True", "Conditional") else ""


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
