"""Calls that were not accepted: kept as they were sent, with the reason, to be looked at and replayed."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from pydantic_core import from_json, to_json

from chalicelib import times
from chalicelib.ids import digest
from chalicelib.resources import SCHEMA_VERSION
from chalicelib.tracking.reading import Arrival, Reason, Refusal

KIND: Final = "parked"  # of the work table's items that are parked calls
KEPT_FOR: Final = timedelta(days=30)

_LARGEST_BODY: Final = 300_000  # compressed bytes in one item; DynamoDB's items end at 400 KB


@dataclass(frozen=True)
class Parked:
    """One or more calls that were not accepted.

    count: how many calls; `call` is then the list of them.
    key:   the id of the key they came under.
    call:  as it was sent; of what was too large to keep whole, the beginning of its JSON as text.
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


def to_items(refusal: Refusal, arrival: Arrival) -> Iterator[dict[str, Any]]:
    """A refusal as the work table holds it: a list of calls too large for one item is halved until each half fits."""
    body = zlib.compress(to_json(refusal.call, inf_nan_mode="null"))
    if len(body) > _LARGEST_BODY and refusal.count > 1 and isinstance(refusal.call, list):
        middle = refusal.count // 2
        for half in (refusal.call[:middle], refusal.call[middle:]):
            yield from to_items(Refusal(refusal.reason, refusal.details, half, len(half)), arrival)
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
    )


def _id(body: bytes, arrival: Arrival) -> str:
    """By the hour, so that ids sort by time; by content within it, so that a retry parks nothing new."""
    content = digest(arrival.key, arrival.source, sha256(body).hexdigest())
    return f"{times.text(arrival.received_at)[: len('2026-11-22T03')]}#{content}"


def _beginning(body: bytes) -> str:
    return zlib.decompress(body)[: _LARGEST_BODY // 3].decode("utf-8", "replace")
