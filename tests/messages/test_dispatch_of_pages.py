"""Dispatch by the due index: what the queues lost, what is due in a moment, and more than one call has time for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from chalicelib import resources, times
from chalicelib.customers.shards import bulk_shard, due_shard
from chalicelib.journeys.send import Status
from chalicelib.messages import dispatch
from chalicelib.review.due import OF_MANY, SHARDS
from tests.messages.samples import MINUTE, receipt, send
from tests.messages.world import World, world


def page(at: World, queue: str = resources.JOURNEYS, **more: Any) -> list[dispatch.Outcome]:
    body = {"shard": due_shard("u#ada"), "until": times.text(at.now + timedelta(seconds=75)), **more}
    return dispatch.handle(queue, body, at.dispatcher)


def more_than_a_page() -> World:
    """Five receipts more than one page takes, all of them due."""
    at = World()
    at.customer()
    for number in range(dispatch.PAGE + 5):
        at.plan(receipt(id=f"20261122T0900-{number:04d}"))
    at.wait(10 * MINUTE)
    return at


def test_the_due_index_finds_what_the_queue_lost_each_class_in_its_queue() -> None:
    at, _ = world()
    at.plan(receipt(id="20261122T0901-receipt"))
    at.wait(10 * MINUTE)
    assert page(at, resources.TRANSACTIONAL) == [Status.SENT]
    assert page(at, resources.JOURNEYS) == [Status.SENT]
    assert page(at) == []
    assert len(at.mail.sent) == 2


def test_what_is_due_in_a_moment_comes_back_at_its_moment() -> None:
    at, row = world()
    at.wait(MINUTE)
    assert page(at) == ["not_due"]
    (message,) = at.queues.sent
    assert (message.body, message.delay) == ({"customer": row.customer, "send": row.id}, 60)


def test_a_long_page_goes_on_in_another_message() -> None:
    at = more_than_a_page()
    assert page(at, resources.TRANSACTIONAL) == [Status.SENT] * dispatch.PAGE
    (message,) = at.queues.sent
    assert dispatch.handle(resources.TRANSACTIONAL, message.body, at.dispatcher) == [Status.SENT] * 5


def test_a_call_that_has_used_up_its_time_puts_back_what_is_left_and_nothing_twice() -> None:
    at = more_than_a_page()
    bodies = [{"shard": due_shard("u#ada"), "until": times.text(at.now)}]
    outcomes: list[dispatch.Outcome] = []
    while bodies:
        most = len(at.mail.sent) + 30
        slow = replace(at.dispatcher, over=lambda most=most: len(at.mail.sent) >= most)  # type: ignore[misc]
        outcomes += dispatch.handle(resources.TRANSACTIONAL, bodies.pop(0), slow)
        bodies += [message.body for message in at.queues.sent]
        at.queues.sent.clear()
        assert len(bodies) <= 2, "the rest of the page, and the next page: no more"
    assert outcomes.count(Status.SENT) == len(at.mail.sent) == dispatch.PAGE + 5


def test_a_message_that_comes_when_the_call_s_time_is_used_up_comes_again() -> None:
    at, row = world()
    body = {"customer": row.customer, "send": row.id}
    assert dispatch.handle(resources.JOURNEYS, body, replace(at.dispatcher, over=lambda: True)) == ["put_back"]
    (message,) = at.queues.sent
    assert (message.queue, message.body, message.delay) == (resources.JOURNEYS, body, dispatch.BACK_IN)
    assert at.row(row) == row


def test_what_many_get_leaves_by_a_queue_of_its_own_of_either_class() -> None:
    at, row = world()
    at.plan(replace(row, id="20261122T0901-bulk", bulk=True))
    at.plan(receipt(id="20261122T0902-bulk", bulk=True))
    at.plan(receipt(id="20261122T0903-one"))
    at.wait(10 * MINUTE)
    assert page(at, resources.TRANSACTIONAL) == [Status.SENT]
    assert page(at, resources.JOURNEYS) == [Status.SENT]
    many = {"shard": bulk_shard("u#ada"), "until": times.text(at.now)}
    assert dispatch.handle(resources.BULK, many, at.dispatcher) == [Status.PLANNED, Status.SENT], (
        "one cap for all queues"
    )


def test_a_broadcast_of_many_is_not_even_walked_past_on_the_way_to_a_receipt() -> None:
    at = World()
    for number in range(300):
        at.plan(send(customer=f"u#{number}", id=f"20261122T0800-{number:04d}", bulk=True))
    at.customer()
    at.plan(receipt())
    at.wait(10 * MINUTE)
    read = [key for shard in SHARDS for key in at.dispatcher.sends.due(shard, at.now, limit=500).items]
    assert [key["pk"] for key in read] == ["u#ada"]
    assert page(at, resources.TRANSACTIONAL) == [Status.SENT]
    waiting = [key for shard in OF_MANY for key in at.dispatcher.sends.due(shard, at.now, limit=500).items]
    assert len(waiting) == 300


def test_one_row_that_fails_does_not_stop_its_page() -> None:
    at, _ = world()
    at.plan(send(id="20261122T0901-second", customer="u#eve", message_class="transactional", template="receipt"))
    at.plan(receipt(id="20261122T0902-third"))
    at.mail.next = [RuntimeError("a bug")]
    at.wait(10 * MINUTE)
    assert page(at, resources.JOURNEYS) == ["failed_here"]
    assert page(at, resources.TRANSACTIONAL) == [Status.SENT]
