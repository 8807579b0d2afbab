"""The state item: what is written is read back, the due date only ever comes nearer, and it stays small."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given

from chalicelib.aws.values import encode_item
from chalicelib.customers.facts import Facts
from chalicelib.customers.fold import fold
from chalicelib.customers.identity import customer_id, is_identified
from chalicelib.customers.packing import pack
from chalicelib.customers.seen import Seen
from chalicelib.customers.shards import due_shard, stage_shard, stage_shards
from chalicelib.customers.state import State, due_after_events, effects
from chalicelib.lifecycle.stage import DEFAULT
from chalicelib.review.advance import Rules, advance
from chalicelib.tracking.event import Event
from tests.customers.events import DAY, event, histories, order

SOON, LATER = DAY + timedelta(hours=1), DAY + timedelta(days=1)
PAST = DAY - timedelta(seconds=1)


@given(histories(max_size=15))
def test_it_survives_storage(history: list[Event]) -> None:
    state = advance(State("u#ann"), history, fold(Facts(), history), Seen().add(history), Rules(DEFAULT), DAY)
    assert State.from_item(state.to_item()) == state
    assert State.from_item(State("u#x", v=1, rebuild="why", due_at=DAY).to_item()) == State(
        "u#x", v=1, rebuild="why", due_at=DAY
    )


def test_the_indexes_hold_only_who_belongs_there() -> None:
    assert not {"due_at", "due_shard", "stage_shard", "fx", "rebuild"} & State("u#ann", v=1).to_item().keys()
    item = State("u#ann", v=1, stage="lead", stage_since=DAY, due_at=DAY).to_item()
    assert item["due_shard"] == due_shard("u#ann")
    assert item["stage_shard"] == stage_shard("lead", "u#ann") in stage_shards("lead")


def test_the_outbox_is_that_of_this_write() -> None:
    entry = {"id": "identified", "kind": "identified", "at": "2026-11-20T12:00:00.000Z"}
    item = State("u#ann", v=1, fx=(entry,)).to_item()
    assert json.loads(item["fx"]) == [entry]
    assert effects(item) == (entry,)
    assert effects({}) == ()


@pytest.mark.parametrize(
    ("due_at", "next_at", "marked", "expected"),
    [
        (None, None, False, None),
        (None, LATER, False, LATER),
        (SOON, LATER, False, SOON),  # stays early: moving an index key costs two writes
        (LATER, SOON, False, SOON),
        (SOON, None, False, SOON),
        (PAST, LATER, False, LATER),  # spent: this was the review it asked for
        (PAST, None, False, None),
        (PAST, LATER, True, PAST),  # the rebuild is still to be done
        (LATER, None, True, LATER),
    ],
)
def test_events_only_bring_the_date_nearer(due_at: Any, next_at: Any, marked: bool, expected: Any) -> None:
    assert due_after_events(due_at, next_at, DAY, marked=marked) == expected


def test_ids_as_people_say_them() -> None:
    assert customer_id("42") == "u#42"
    assert customer_id("u#42") == "u#42"
    assert customer_id("a#b1") == "a#b1"
    assert customer_id("u#") == "u#u#"
    assert is_identified("u#42", Facts())
    assert not is_identified("a#b1", Facts())
    assert is_identified("a#b1", Facts(identified_at=DAY))


def test_a_regular_customer_fits_in_two_kilobytes() -> None:
    """Twelve orders and a busy month: the largest that is common. A typical one is printed by the benchmarks."""
    history = [
        event("Identify", DAY - timedelta(days=400), traits={"email": "ann@shop.example"}),
        event("Subscribed", DAY - timedelta(days=400), message_id="2f6c8d0e-5c3c-4a51-9b71-0c9f1d1f7f10"),
        *(order(f"57{n:04}", DAY - timedelta(days=30 * n), "118.35") for n in range(12)),
        *(event(at=DAY - timedelta(days=2 * n), message_id=f"v{n}") for n in range(30)),
    ]
    today = history[-20:]
    state = advance(State("u#12347"), history, fold(Facts(), history), Seen().add(today), Rules(DEFAULT), DAY)
    assert len(pack(state.facts)) < 600
    assert wire_size(state.to_item()) < 2048


def wire_size(item: dict[str, Any]) -> int:
    """Bytes as DynamoDB counts them, nearly: names and values."""
    return sum(len(name) + _size(value) for name, value in encode_item(item).items())


def _size(value: dict[str, Any]) -> int:
    ((kind, held),) = value.items()
    if kind == "M":
        return 3 + sum(1 + len(name) + _size(inner) for name, inner in held.items())
    return len(held) if kind in ("S", "B") else 1 + (len(str(held)) + 1) // 2
