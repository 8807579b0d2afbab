"""Counts what the application sends to AWS, on the wire, and what DynamoDB charges for it.

botocore's own hooks see every request of every client, retries included. For a write the meter reads the item
before and after through a client of its own, because an update does not say how large the item was.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import boto3

from benchmarks import units

Image = Mapping[str, Any] | None
Target = tuple[str, dict[str, Any]]  # table, key


@dataclass
class Tally:
    """Requests by `service.Operation`; DynamoDB units by logical table, the indexes' share apart."""

    requests: Counter[str] = field(default_factory=Counter)
    writes: Counter[str] = field(default_factory=Counter)
    index_writes: Counter[str] = field(default_factory=Counter)
    reads: dict[str, float] = field(default_factory=dict)

    @property
    def write_units(self) -> float:
        return self.writes.total() + self.index_writes.total()

    @property
    def read_units(self) -> float:
        return sum(self.reads.values())

    def service(self, name: str) -> int:
        """Requests to one service."""
        return sum(count for operation, count in self.requests.items() if operation.startswith(f"{name}."))


class Meter:
    """Hooks into the default session: clients made afterwards are counted, into the tally of the moment."""

    def __init__(
        self,
        session: boto3.Session,
        plain: Any,
        logical: Callable[[str], str],
        heard: Callable[[str, Image, Image], None],
    ) -> None:
        """`plain` is a DynamoDB client outside the session; `logical` turns a table's name into its logical one."""
        self._plain = plain
        self._logical = logical
        self._heard = heard
        self._lock = threading.Lock()
        self._tally = Tally()
        session.events.register("before-send", self._sent)
        session.events.register("before-call.dynamodb", self._before)
        session.events.register("after-call.dynamodb", self._after)

    @contextmanager
    def into(self, tally: Tally) -> Iterator[None]:
        """Count what happens inside into this tally; what happens outside is not kept."""
        self._tally = tally
        try:
            yield
        finally:
            self._tally = Tally()

    def _sent(self, request: Any, event_name: str, **_: Any) -> None:
        service, operation = event_name.split(".")[1:3]
        with self._lock:
            self._tally.requests[f"{service}.{operation}"] += 1

    def _before(self, model: Any, params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        body = json.loads(params["body"])
        context["bench"] = body, [self._image(target) for target in _written(model.name, body)]

    def _after(self, model: Any, parsed: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        body, before = context["bench"]
        if model.name in _READS:
            self._count_read(model.name, body, parsed)
            return
        transaction = model.name == "TransactWriteItems"
        for target, old in zip(_written(model.name, body), before, strict=True):
            new = self._image(target)
            table = self._logical(target[0])
            with self._lock:
                self._tally.writes[table] += units.write(old, new, transaction=transaction)
                self._tally.index_writes[table] += units.index_writes(table, old, new)
                self._heard(table, old, new)

    def _count_read(self, name: str, body: dict[str, Any], parsed: dict[str, Any]) -> None:
        consistent, together = bool(body.get("ConsistentRead")), name != "GetItem"
        found = parsed.get("Items", [parsed["Item"]] if parsed.get("Item") else [])
        cost = units.read(found, consistent=consistent, together=together)
        table = self._logical(body["TableName"])
        with self._lock:
            self._tally.reads[table] = self._tally.reads.get(table, 0) + cost

    def _image(self, target: Target) -> Image:
        table, key = target
        found: Image = self._plain.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")
        return found


_READS = frozenset({"GetItem", "Query", "Scan"})


def _written(name: str, body: dict[str, Any]) -> list[Target]:
    """What an operation writes. An operation that the meter does not know is an error: it must not count as free."""
    match name:
        case "PutItem":
            return [(body["TableName"], _key(body["Item"]))]
        case "UpdateItem" | "DeleteItem":
            return [(body["TableName"], body["Key"])]
        case "TransactWriteItems":
            parts = [part for entry in body["TransactItems"] for part in entry.values()]
            return [(part["TableName"], part.get("Key") or _key(part["Item"])) for part in parts]
        case _ if name in _READS:
            return []
        case _:
            raise ValueError(f"the meter does not know {name}: teach it before it counts as nothing")


def _key(item: dict[str, Any]) -> dict[str, Any]:
    return {"pk": item["pk"], "sk": item["sk"]}
