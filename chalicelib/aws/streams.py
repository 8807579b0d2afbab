"""Records of a DynamoDB stream as Lambda hands them over."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from chalicelib.aws.values import Item, decode


@dataclass(frozen=True)
class Record:
    """One new or changed item. `written_at` is when the table took it, to the second, where the stream says so."""

    item: Item
    sequence: str
    written_at: datetime | None


def new_images(event: Mapping[str, Any]) -> list[Record]:
    """The items of a stream's batch in its order; removals have no new image and are left out."""
    return [_record(record["dynamodb"]) for record in event["Records"] if "NewImage" in record["dynamodb"]]


def _record(change: Mapping[str, Any]) -> Record:
    created = change.get("ApproximateCreationDateTime")
    return Record(
        item={name: _decode(value) for name, value in change["NewImage"].items()},
        sequence=str(change.get("SequenceNumber", "")),
        written_at=datetime.fromtimestamp(float(created), UTC) if created is not None else None,
    )


def _decode(value: Mapping[str, Any]) -> Any:
    """As `values.decode`, but a stream's binary comes as base64 text inside the event's JSON."""
    ((kind, held),) = value.items()
    match kind:
        case "B" if isinstance(held, str):
            return b64decode(held)
        case "M":
            return {name: _decode(inner) for name, inner in held.items()}
        case "L":
            return [_decode(inner) for inner in held]
        case _:
            return decode(value)
