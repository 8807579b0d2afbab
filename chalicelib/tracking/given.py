"""Taking what is there out of a vendor's JSON, which may be anything: small readers that never raise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from chalicelib.tracking.reading import Itself

_WHOSE: Final = ("order_id", "customer_id")  # properties by which an event finds its person later


def mapping(value: object) -> Mapping[str, Any]:
    """`value` if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def mappings(value: object) -> list[Mapping[str, Any]]:
    """The objects in a list."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def text(value: object) -> str | None:
    """A text or a number as text; None for anything else. Money and ids are kept so."""
    return None if isinstance(value, bool) or not isinstance(value, str | int | float) else str(value)


def id_text(value: object) -> str | None:
    """An id as text; of a path (`gid://shopify/Customer/706`) the last part. None for none."""
    found = text(value)
    return found.rpartition("/")[2].strip() or None if found else None


def present(values: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is null, an empty text or an empty object."""
    return {name: value for name, value in values.items() if not (value is None or value == "" or value == {})}


def total(amounts: Iterable[object]) -> str | None:
    """The exact sum of amounts as text; None if there are none, or any is no amount."""
    found = list(amounts)
    try:
        sums = sum((Decimal(str(amount)) for amount in found), Decimal(0))
    except InvalidOperation:
        return None
    return format(sums, "f") if found and sums.is_finite() else None


def track(
    name: str, fact: str, at: object, who: Mapping[str, Any], properties: Mapping[str, Any], *, own: bool = True
) -> dict[str, Any]:
    """A track call about `who` (ids, and perhaps a context). own: the person did it; else it is only told of her."""
    context = {**mapping(who.get("context")), **({} if own else {"active": False})}
    made = {**who, "type": "track", "event": name, "messageId": fact, "properties": present(properties)}
    return present({**made, "timestamp": _moment(at), "context": context})


def identify(fact: str, at: object, who: Mapping[str, Any], traits: Mapping[str, Any]) -> dict[str, Any]:
    """An identify call that a shop makes: a statement, and no activity."""
    made = {**who, "type": "identify", "messageId": fact, "traits": present(traits)}
    return present({**made, "timestamp": _moment(at), "context": {**mapping(who.get("context")), "active": False}})


def itself(call: dict[str, Any]) -> dict[str, Any] | Itself:
    """A topic that is told as itself: the source's own event, unless it names a person, an order or a customer."""
    properties = mapping(call.get("properties"))
    named = call.get("userId") or call.get("anonymousId") or any(properties.get(name) for name in _WHOSE)
    return call if named else Itself(call)


def _moment(at: object) -> str | int | None:
    """A time as calls have it: ISO 8601, or whole seconds since 1970; what is neither is none."""
    return at if isinstance(at, str | int) and not isinstance(at, bool) else None
