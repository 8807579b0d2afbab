"""What an event must say to count: conditions on its properties, and what a path of names leads to in them. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import StringConstraints

from chalicelib.segments.occurrence import Where

__all__ = ["EventName", "Path", "Where", "found", "holds", "key_in"]

EventName = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Path = Annotated[str, StringConstraints(min_length=1, max_length=200)]
"""The name of a property, or names with dots between them that lead into one: `cart.id`."""

_LONGEST_KEY: Final = 500  # characters; what is longer is told apart by these


def holds(where: Sequence[Where] | None, properties: Mapping[str, Any]) -> bool:
    """Whether all conditions hold; without any, they do."""
    if not where:
        return True
    return all(one.holds(properties, UTC) for one in where)


def found(properties: Mapping[str, Any], path: str) -> Any:
    """What a path leads to; None if it leads nowhere. A property of that whole name comes first."""
    if path in properties:
        return properties[path]
    value: Any = properties
    for part in path.split("."):
        if not isinstance(value, Mapping) or part not in value:
            return None
        value = value[part]
    return value


def key_in(properties: Mapping[str, Any], path: str) -> str | None:
    """What tells one thing from another (a cart, a booking), as text; None if it is no text or number, or not there."""
    value = found(properties, path)
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        return None
    return str(value).strip()[:_LONGEST_KEY] or None
