"""Calls that were not accepted: kept as they were sent, with the reason, to be looked at and replayed.

What is needed to read a call again is kept with it: of a request that held one call the whole body, so that its source
reads it anew (a mapping may have been corrected meanwhile); of a call among others what the envelope said for all.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from pydantic_core import from_json, to_json

from chalicelib import times
from chalicelib.ids import digest
from chalicelib.resources import SCHEMA_VERSION
from chalicelib.tracking.reading import Arrival, Calls, Reason, Refusal

KIND: Final = "parked"  # of the work table's items that are parked calls
KEPT_FOR: Final = timedelta(days=30)

_LARGEST_BODY: Final = 300_000  # compressed bytes in one item; DynamoDB's items end at 400 KB
_KEYS: Final = ("writeKey", "api_key")  # where clients put a key into a body: it is not kept


@dataclass(frozen=True)
class Way:
    """How refused calls came: by which route, and what the envelope said for each of them.

    whole: the call is the request's whole body, to be read by its source again.
    """

    route: str = ""
    whole: bool = False
    context: Mapping[str, Any] = field(default_factory=dict)
    integrations: Mapping[str, Any] = field(default_factory=dict)
    sent_at: object = None


@dataclass(frozen=True)
class Parked:
    """One or more calls that were not accepted.

    count: how many calls; `call` is then the list of them.
    key:   the id of the key they came under.
    call:  as it was sent; of what was too large to keep whole, the beginning of its JSON as text.
    unproven: it came under a public key.
    """

    id: str
    reason: Reason
    details: str
    count: int
    source: str
    key: str
    received_at: datetime
    call: object
    whole: bool
    way: Way = Way()
    unproven: bool = True


def as_sent(refusal: Refusal, found: Calls, route: str, payload: object) -> tuple[Refusal, Way]:
    """What to keep of a refusal of a request: its body if it held this one call, else the call and its envelope."""
    if len(found.calls) == 1 and isinstance(payload, dict):
        body = {name: value for name, value in payload.items() if name not in _KEYS}
        return replace(refusal, call=body), Way(route, whole=True)
    return refusal, Way(route, False, found.context, found.integrations, found.sent_at)


def to_items(refusal: Refusal, arrival: Arrival, way: Way = Way()) -> Iterator[dict[str, Any]]:
    """A refusal as the work table holds it: a list of calls too large for one item is halved until each half fits."""
    body = zlib.compress(to_json(refusal.call, inf_nan_mode="null"))
    if len(body) > _LARGEST_BODY and refusal.count > 1 and isinstance(refusal.call, list):
        middle = refusal.count // 2
        for half in (refusal.call[:middle], refusal.call[middle:]):
            yield from to_items(Refusal(refusal.reason, refusal.details, half, len(half)), arrival, way)
        return
    whole = len(body) <= _LARGEST_BODY
    yield {
        "pk": KIND,
        "sk": _id(body, arrival),
        "reason": str(refusal.reason),
        "details": refusal.details,
        "count": refusal.count,
        "source": arrival.source,
        "key": arrival.key,
        "received_at": times.text(arrival.received_at),
        "body": body if whole else zlib.compress(to_json(_beginning(body))),
        "whole": whole,
        "unproven": arrival.unproven,
        "way": _packed(way),
        "expires": int((arrival.received_at + KEPT_FOR).timestamp()),
        "schema_v": SCHEMA_VERSION,
    }


def from_item(item: Mapping[str, Any]) -> Parked:
    """The parked calls of an item that `to_items` made."""
    return Parked(
        id=item["sk"],
        reason=Reason(item["reason"]),
        details=item["details"],
        count=item["count"],
        source=item["source"],
        key=item["key"],
        received_at=times.parse(item["received_at"]),
        call=from_json(zlib.decompress(item["body"])),
        whole=item["whole"],
        way=_unpacked(item["way"]) if "way" in item else Way(),
        unproven=item.get("unproven", True),
    )


def _id(body: bytes, arrival: Arrival) -> str:
    """By the hour, so that ids sort by time; by content within it, so that a retry parks nothing new."""
    content = digest(arrival.key, arrival.source, sha256(body).hexdigest())
    return f"{times.text(arrival.received_at)[: len('2026-11-22T03')]}#{content}"


def _packed(way: Way) -> bytes:
    held = {"route": way.route, "whole": way.whole, "context": way.context, "integrations": way.integrations}
    said = {name: value for name, value in (held | {"sentAt": way.sent_at}).items() if value}
    return zlib.compress(to_json(said, inf_nan_mode="null"))


def _unpacked(packed: bytes) -> Way:
    said = from_json(zlib.decompress(packed))
    return Way(
        said.get("route", ""),
        said.get("whole", False),
        said.get("context", {}),
        said.get("integrations", {}),
        said.get("sentAt"),
    )


def _beginning(body: bytes) -> str:
    return zlib.decompress(body)[: _LARGEST_BODY // 3].decode("utf-8", "replace")
