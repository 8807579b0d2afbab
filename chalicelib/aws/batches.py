"""Batches of a stream that a function gave up, as Lambda keeps them: each a file of the bucket of failures."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

LARGEST: Final = 32_000_000  # bytes of a file: Lambda's 6 MB, escaped


@dataclass(frozen=True)
class Batch:
    """What Lambda kept of one batch.

    said:  the file: when, why, of which function.
    event: what the function was called with; as text, if it is no JSON; None if it was not kept.
    """

    said: Mapping[str, Any]
    event: Any

    @property
    def records(self) -> Sequence[Mapping[str, Any]]:
        """The records of the stream, as the function got them."""
        held = self.event.get("Records") if isinstance(self.event, Mapping) else None
        return held if isinstance(held, list) else []

    def holding(self, records: Sequence[Mapping[str, Any]]) -> Self:
        """The same with these records."""
        return type(self)(self.said, {**self.event, "Records": list(records)})

    def text(self) -> str:
        """The file, as Lambda would have written it."""
        payload = json.dumps(self.event) if isinstance(self.said.get("payload"), str) else self.event
        info = self.said.get("DDBStreamBatchInfo")
        size = {"DDBStreamBatchInfo": {**info, "batchSize": len(self.records)}} if isinstance(info, Mapping) else {}
        return json.dumps({**self.said, **size, "payload": payload})


def opened(text: str) -> Batch | None:
    """What a file of the bucket says; None if Lambda did not write it."""
    said = read(text)
    if not isinstance(said, Mapping) or not isinstance(said.get("requestContext"), Mapping):
        return None
    payload = said.get("payload")
    return Batch(said, read(payload) if isinstance(payload, str) else payload)


def hash_key(record: Mapping[str, Any]) -> str | None:
    """Under which hash key the item of a record stands; None if the record does not say."""
    change = record.get("dynamodb")
    keys = change.get("Keys") if isinstance(change, Mapping) else None
    key = keys.get("pk") if isinstance(keys, Mapping) else None
    return str(key["S"]) if isinstance(key, Mapping) and "S" in key else None


def read(text: str) -> Any:
    """JSON, or the text that it is."""
    try:
        return json.loads(text)
    except ValueError:
        return text
