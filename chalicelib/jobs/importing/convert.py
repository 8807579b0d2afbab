"""From a row's calls to events: completed by the import's options, and read by the one pipeline. Pure.

A call without a message id gets a hash of the import's name and of what it says, so a row is stored once, however often
and in whichever file it comes. What is imported happened elsewhere and long ago: nothing follows from it but facts
(review/effects.py goes by the event's source), and statements about a person are no activity of hers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from chalicelib.customers.consent import IMPORTED, STATEMENTS, SUBSCRIBED
from chalicelib.customers.money import amount, goods
from chalicelib.ids import digest
from chalicelib.jobs.importing.mapping import Compiled
from chalicelib.jobs.importing.problem import RowProblem
from chalicelib.jobs.importing.request import ImportRequest
from chalicelib.tracking import pipeline
from chalicelib.tracking.event import Event
from chalicelib.tracking.reading import Arrival, Calls

LARGEST_PRODUCTS: Final = 24 * 1024  # bytes of JSON; an event may have 32 KB in all
_ORDER: Final = "order completed"


@dataclass(frozen=True)
class Converter:
    """For the rows of one import. `as_of`: the time of rows that name none, as text."""

    request: ImportRequest
    compiled: Compiled
    as_of: str

    def events(self, row: Mapping[str, Any], lines: Sequence[Mapping[str, Any]], arrival: Arrival) -> list[Event]:
        """The events of a row, or of rows that are one. RowProblem if any of them cannot be accepted."""
        self.compiled.telephones.unread.clear()
        calls = [done for call in self.compiled.calls(row, lines) if (done := self._completed(call))]
        if not calls:
            raise RowProblem("nothing in it means anything by this mapping")
        reading = pipeline.read(Calls(calls), arrival)
        for refusal in reading.refusals:
            raise RowProblem(f"{refusal.reason}: {refusal.details}")
        return reading.events

    def unread(self) -> tuple[str, ...]:
        """Columns of the last row whose telephone number could not be read."""
        return tuple(dict.fromkeys(self.compiled.telephones.unread))

    def _completed(self, call: dict[str, Any]) -> dict[str, Any] | None:
        kind, name = call.get("type"), str(call.get("event", "")).casefold()
        if kind == "track" and name in STATEMENTS:
            said = self._statement(call)
            if said is None:
                return None
            call = said
        elif kind == "track" and name == _ORDER:
            call = {**call, "properties": self._order(call.get("properties"))}
        if kind == "identify" or name in STATEMENTS:
            call = {**call, "context": {"active": False, **_object(call.get("context"))}}
        for name in ("traits", "properties"):
            if name in call:  # an address of which nothing is known is none, and must not replace one
                call = {**call, name: {key: value for key, value in _object(call[name]).items() if value != {}}}
        if call.get("timestamp") in (None, ""):
            call = {**call, "timestamp": self.as_of}
        if call.get("messageId") in (None, ""):
            call = {**call, "messageId": f"import-{digest(self.request.name, _canonical(call))}"}
        return call

    def _statement(self, call: dict[str, Any]) -> dict[str, Any] | None:
        """A consent with what the options say of it; None for one that was not asked for."""
        given = call["event"].casefold() == SUBSCRIBED.casefold()
        options = self.request.options
        if given and options.consents == "withdrawals":
            return None
        added: dict[str, Any] = {"source": options.source or f"{IMPORTED}: {self.request.name}"}
        if given:
            added |= {name: value for name in ("wording", "proof") if (value := getattr(options, name)) is not None}
        return {**call, "properties": {**added, **_object(call.get("properties"))}}

    def _order(self, properties: object) -> dict[str, Any]:
        """An order's properties with its currency and its total, and no more products than an event can hold."""
        held = _object(properties)
        if self.request.options.currency and not held.get("currency"):
            held = {**held, "currency": self.request.options.currency}
        products = held.get("products")
        if all(amount(held.get(name)) is None for name in ("total", "revenue", "value", "subtotal")):
            total = goods(products)
            held = held if total is None else {**held, "total": format(total.normalize(), "f")}
        if isinstance(products, list) and len(_canonical(products)) > LARGEST_PRODUCTS:
            kept = _fitting(products)
            held = {**held, "products": kept, "products_omitted": len(products) - len(kept)}
        return held


def _fitting(products: Sequence[Any]) -> list[Any]:
    room, kept = LARGEST_PRODUCTS, []
    for product in products:
        room -= len(_canonical(product)) + 1
        if room < 0:
            break
        kept.append(product)
    return kept


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
