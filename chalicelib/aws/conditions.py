"""Conditions of a write as values: `{"v": 3}`, `{"pk": ABSENT}`, `{"status": OneOf("planned", "retry")}`.

Every attribute named must hold for the write to happen. The language is this small so that the fake of the tests can
be as exact as DynamoDB.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from chalicelib.aws.values import encode


class _Absent:
    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = _Absent()  # the attribute must not exist


@dataclass(frozen=True)
class Below:
    """The attribute exists and is less than `limit`."""

    limit: Any  # str or int


@dataclass(frozen=True)
class AtMost:
    """The attribute exists and is not greater than `limit`."""

    limit: Any  # str or int


class OneOf:
    """The attribute equals one of `values`."""

    def __init__(self, *values: str | int) -> None:
        self.values = values

    def __repr__(self) -> str:
        return f"OneOf{self.values}"


When = Mapping[str, object]


def holds(when: When | None, item: Mapping[str, Any] | None) -> bool:
    """Whether a condition holds of an item (None: there is no item). What DynamoDB decides; the fake asks here."""
    return all(_holds(wanted, (item or {}).get(name, ABSENT)) for name, wanted in (when or {}).items())


def _holds(wanted: object, value: Any) -> bool:
    if wanted is ABSENT or value is ABSENT:
        return wanted is value
    match wanted:
        case OneOf():
            return value in wanted.values
        case Below():
            return type(value) is type(wanted.limit) and bool(value < wanted.limit)
        case AtMost():
            return type(value) is type(wanted.limit) and bool(value <= wanted.limit)
        case _:
            return bool(value == wanted)


def expression(when: When) -> tuple[str, dict[str, str], dict[str, Any]]:
    """DynamoDB's ConditionExpression with its attribute names and values. Names are always aliased: `status`,
    `state` and a few hundred others are reserved words."""
    clauses: list[str] = []
    names: dict[str, str] = {}
    values: dict[str, Any] = {}
    for number, (attribute, wanted) in enumerate(when.items()):
        name = f"#c{number}"
        names[name] = attribute
        limits = wanted.values if isinstance(wanted, OneOf) else (getattr(wanted, "limit", wanted),)
        holders = {f":c{number}_{place}": limit for place, limit in enumerate(limits)}
        if wanted is ABSENT:
            clauses.append(f"attribute_not_exists({name})")
            continue
        values.update({holder: encode(limit) for holder, limit in holders.items()})
        clauses.append(_clause(name, wanted, list(holders)))
    return " AND ".join(clauses), names, values


def _clause(name: str, wanted: object, holders: list[str]) -> str:
    match wanted:
        case OneOf():
            return f"{name} IN ({', '.join(holders)})"
        case Below():
            return f"{name} < {holders[0]}"
        case AtMost():
            return f"{name} <= {holders[0]}"
        case _:
            return f"{name} = {holders[0]}"
