"""What the projector's processor time goes into, and what the libraries alone would take for all of our own.

Each part is one function of the application, called with what the projector would hand it. *The libraries alone* is
JSON, pydantic, deflate and SHA-256 over the same bytes, as often as an event needs them, and not one line of ours.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic_core import from_json, to_json

from chalicelib.aws.values import decode_item, encode_item
from chalicelib.customers import packing
from chalicelib.customers.fold import fold
from chalicelib.customers.state import State
from chalicelib.lifecycle.stage import DEFAULT, judge
from chalicelib.review.advance import Rules
from chalicelib.review.arrivals import count, sort
from chalicelib.tracking import body
from chalicelib.tracking.call import Call
from chalicelib.tracking.event import Event, from_item, to_item

Parts = Mapping[str, Callable[[], object]]
ALONE = "the libraries alone"
_HASHES = 2  # of an event: its id and its key


def parts(states: Sequence[Mapping[str, Any]], visits: Sequence[list[Event]], now: datetime) -> Parts:
    """The projector's parts. states: stored items of customers; visits: the new events of each of them."""
    items = [to_item(event) for visit in visits for event in visit]
    before = [State.from_item(decode_item(item)) for item in states]
    pairs = list(zip(before, visits, strict=True))
    rules = Rules(DEFAULT)
    after = [count(state, visit, rules, now).states[-1] for state, visit in pairs]
    return {
        "read the events": lambda: [from_item(item) for item in items],
        "load the states": lambda: [State.from_item(decode_item(item)) for item in states],
        "tell new ones from known ones": lambda: [
            (sort(visit, state.seen), state.seen.add(visit)) for state, visit in pairs
        ],
        "fold": lambda: [fold(state.facts, visit) for state, visit in pairs],
        "judge": lambda: [judge(state.facts, True, DEFAULT, now, scored=False) for state in after],
        "save the states": lambda: [encode_item(state.to_item()) for state in after],
    }


def libraries(bodies: Sequence[bytes], states: Sequence[Mapping[str, Any]], events: Sequence[Event]) -> Parts:
    """The libraries alone, over the same bytes."""
    packed = [to_item(event)["body"] for event in events]
    said = [body.unpack(one) for one in packed]
    facts = [packing.unpack(item["facts"]["B"]) for item in states]
    written = [packing.json_of(one) for one in facts]
    marks = [event.key.encode() for event in events]

    def alone() -> None:
        for sent in bodies:
            for call in from_json(sent)["batch"]:
                Call.model_validate(call)
        for one in said:
            _deflated(to_json(one))
        for one in packed:
            from_json(zlib.decompressobj(-15, body.DICTIONARY).decompress(one[1:]))
        for one in marks * _HASHES:
            hashlib.sha256(one).digest()
        for one in written:
            from_json(zlib.decompressobj(-15).decompress(_deflated(to_json(from_json(one)), b"")))

    return {ALONE: alone}


def _deflated(plain: bytes, dictionary: bytes = body.DICTIONARY) -> bytes:
    deflate = zlib.compressobj(1, zlib.DEFLATED, -12, 5, zlib.Z_FIXED, dictionary)
    return deflate.compress(plain) + deflate.flush()
