"""Dispatch, one circumstance at a time. What happens when workers die between any two calls: tests/proof."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib import resources, times
from chalicelib.aws.database import ConditionFailed, Database
from chalicelib.customers.shards import bulk_shard, due_shard
from chalicelib.errors import Held, Permanent, Transient, Unanswered
from chalicelib.journeys.enrolment import Enrolment
from chalicelib.journeys.send import Status
from chalicelib.journeys.store import TemplateStore
from chalicelib.journeys.walk import Passed, Position
from chalicelib.messages import dispatch, ledger
from chalicelib.messages.permission import Policy, Sent, key_of
from chalicelib.messages.ready import PACED, QUOTA
from chalicelib.messages.situation.store import SituationStore
from chalicelib.messages.store import Claim, SendStore
from chalicelib.review.due import OF_MANY, SHARDS
from tests.fakes.mail import headers, tags
from tests.messages.samples import DAY, MINUTE, NOW, receipt, send, template
from tests.messages.world import World, world


def test_a_planned_mail_leaves() -> None:
    at, row = world()
    assert at.dispatch(row) == Status.SENT
    (request,) = at.mail.sent
    assert request["Destination"] == {"ToAddresses": ["ada@example.com"]}
    assert tags(request)["send"] == row.id
    assert headers(request)["List-Unsubscribe"].startswith("<https://shop.example/api/u/1")
    assert "Hello Ada" in request["Content"]["Simple"]["Body"]["Text"]["Data"]
    assert "1 High Street, Bath" in request["Content"]["Simple"]["Body"]["Html"]["Data"]
    sent = at.row(row)
    assert (sent.provider_id, sent.template_version, sent.attempts, sent.due_at) == ("ses-1", 1, 1, None)


def test_a_message_delivered_twice_by_the_queue_leaves_once() -> None:
    at, row = world()
    body = {"customer": row.customer, "send": row.id}
    assert dispatch.handle(resources.JOURNEYS, body, at.dispatcher) == [Status.SENT]
    assert dispatch.handle(resources.JOURNEYS, body, at.dispatcher) == ["over"]
    assert len(at.mail.sent) == 1


def test_a_row_that_is_gone_is_nobody_s_business() -> None:
    at, row = world()
    assert at.dispatch(replace(row, id="other")) == "missing"


def test_what_is_not_sent_says_why_and_is_asked_when_sending_not_when_planning() -> None:
    at, row = world()
    at.says(consent=False)
    assert at.dispatch(row) == Status.SKIPPED
    assert (at.row(row).reason, at.mail.sent) == ("unsubscribed", [])


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"template": "nothing"}, "no_such_template"),
        ({"template": "receipt"}, "template_of_another_class"),
        ({"channel": "pigeon"}, "no_such_channel"),
    ],
)
def test_a_plan_that_cannot_be_carried_out_says_why(changes: dict[str, Any], reason: str) -> None:
    at = World()
    at.customer()
    row = at.plan(send(**changes))
    assert at.dispatch(row) == Status.SKIPPED
    assert at.row(row).reason == reason


def test_a_template_that_fails_for_somebody_skips_that_message() -> None:
    at, row = world()
    broken = template(subject="{{ customer.age | divided_by: 0 }}")
    TemplateStore(at.db).put("hello", "Hello", broken.body(), NOW, in_force=True)
    assert at.dispatch(row) == Status.SKIPPED
    assert at.row(row).reason == "template_error"


def test_a_second_mail_on_one_day_waits_until_the_cap_allows_it() -> None:
    at, first = world()
    second = at.plan(send(id="20261122T0901-second"))
    at.dispatch(first)
    at.wait(MINUTE)
    assert at.dispatch(second) == Status.PLANNED
    assert (at.row(second).reason, at.row(second).due_at) == ("capped", NOW + DAY)
    assert at.dispatch(second) == "not_due"
    at.wait(DAY)
    assert at.dispatch(second) == Status.SENT


def test_a_receipt_neither_counts_nor_waits() -> None:
    at, first = world()
    at.dispatch(first)
    row = at.plan(receipt(id="20261122T0901-receipt"))
    assert at.dispatch(row) == Status.SENT
    assert "List-Unsubscribe" not in headers(at.mail.sent[1])


@pytest.mark.parametrize(
    ("ending", "status", "reason"),
    [
        (Transient("throttled"), Status.RETRY, "throttled"),
        (Held("sandbox"), Status.HELD, "sandbox"),
        (Permanent("rejected"), Status.FAILED, "rejected"),
        (Unanswered("ReadTimeoutError"), Status.UNKNOWN, "unanswered"),
    ],
)
def test_how_a_call_ends_is_the_row_s_next_state(ending: Exception, status: Status, reason: str) -> None:
    at, row = world()
    at.mail.next = [ending]
    assert at.dispatch(row) == status
    assert (at.row(row).reason, at.mail.sent) == (reason, [])


def test_a_throttled_mail_leaves_later_and_its_own_claim_is_no_cap() -> None:
    at, row = world()
    at.mail.next = [Transient("throttled")]
    at.dispatch(row)
    assert at.dispatch(row) == "not_due"
    at.wait(ledger.backoff(at.row(row)))
    assert at.dispatch(row) == Status.SENT


def test_a_held_mail_leaves_by_itself_once_the_account_is_in_order() -> None:
    at, row = world()
    at.mail.next = [Held("sandbox"), Held("sandbox")]
    assert at.dispatch(row) == Status.HELD
    at.wait(ledger.HOLD)
    assert at.dispatch(row) == Status.HELD
    at.wait(ledger.HOLD)
    assert at.dispatch(row) == Status.SENT
    assert len(at.mail.sent) == 1


def test_a_held_mail_is_not_sent_when_nobody_wants_it_any_more() -> None:
    at, row = world()
    at.mail.next = [Held("sandbox")]
    at.dispatch(row)
    at.wait(3 * DAY)
    assert at.dispatch(row) == Status.SKIPPED
    assert at.row(row).reason == "too_late"


def test_silence_is_waited_out_and_marketing_assumed_sent() -> None:
    at, row = world()
    at.mail.next = [Unanswered("?")]
    at.dispatch(row)
    at.wait(ledger.SETTLE - MINUTE)
    assert at.dispatch(row) == "not_due"
    at.wait(MINUTE)
    assert at.dispatch(row) == Status.SENT
    assert (at.row(row).reason, at.mail.sent) == (ledger.ASSUMED, [])


def test_after_silence_a_receipt_is_sent_again_once() -> None:
    at = World()
    at.customer()
    row = at.plan(receipt())
    at.mail.next = [Unanswered("?"), Unanswered("?")]
    at.dispatch(row)
    at.wait(ledger.SETTLE)
    assert at.dispatch(row) == Status.UNKNOWN
    assert (at.row(row).attempts, ledger.RESENT in at.row(row).outcomes) == (2, True)
    at.wait(ledger.SETTLE)
    assert at.dispatch(row) == Status.SENT
    assert (at.row(row).reason, at.mail.sent) == (ledger.ASSUMED, [])


def test_a_mistake_in_a_channel_is_no_reason_to_send_twice() -> None:
    at, row = world()
    at.mail.next = [RuntimeError("a bug")]
    with pytest.raises(RuntimeError):
        at.dispatch(row)
    assert at.row(row).status is Status.CLAIMED
    assert at.dispatch(row) == "not_due"


def test_leaving_a_journey_takes_back_what_it_planned() -> None:
    at, row = world()
    left = Enrolment(
        row.customer, "welcome", "e1", "o1", 1, {"id": "t"}, NOW, Position("wait", NOW), status="exited",
        reason="exit_when: has ordered", trail=(Passed("hello", NOW, "decided"), Passed("wait", NOW, "waits")),
    )  # fmt: skip
    at.db.put(resources.ENROLMENTS, left.to_item())
    assert at.dispatch(row) == Status.SKIPPED
    assert at.row(row).reason == "journey_exited"


def test_a_journey_that_ends_by_leaving_sends_its_last_message() -> None:
    at, row = world()
    left = Enrolment(
        row.customer, "welcome", "e1", "o1", 1, {"id": "t"}, NOW, Position("bye", NOW), status="exited",
        reason="enough", trail=(Passed("hello", NOW, "decided"), Passed("bye", NOW, "enough")),
    )  # fmt: skip
    at.db.put(resources.ENROLMENTS, left.to_item())
    assert at.dispatch(row) == Status.SENT


def test_what_led_to_a_message_can_be_said_in_it() -> None:
    at, row = world()
    told = template(subject="You left {{ event.product }} behind, {{ stage }}")
    TemplateStore(at.db).put("hello", "Hello", told.body(), NOW, in_force=True)
    trigger = {"id": "t", "kind": "event", "properties": {"product": "a kettle"}}
    enrolment = Enrolment(row.customer, "welcome", "e1", "o1", 1, trigger, NOW, Position(None, NOW), status="done")
    at.db.put(resources.ENROLMENTS, enrolment.to_item())
    at.dispatch(row)
    assert at.mail.sent[0]["Content"]["Simple"]["Subject"]["Data"] == "You left a kettle behind, lead"


def test_outside_production_only_those_on_the_list_get_mail() -> None:
    at, row = world(policy=Policy(only_to=("*@shop.example",)))
    at.dispatch(row)
    assert at.row(row).reason == "not_allowed_recipient"


def test_a_turn_far_away_is_waited_for_in_the_ledger_and_taken_once() -> None:
    at, row = world()
    turns = [2.4]
    at.turn = lambda: turns.pop()
    assert at.dispatch(row) == Status.PLANNED
    assert (at.row(row).reason, at.row(row).due_at) == (PACED, NOW + timedelta(seconds=3))
    at.wait(timedelta(seconds=3))
    assert at.dispatch(row) == Status.SENT


def page(at: World, queue: str = resources.JOURNEYS, **more: Any) -> list[dispatch.Outcome]:
    body = {"shard": due_shard("u#ada"), "until": times.text(at.now + timedelta(seconds=75)), **more}
    return dispatch.handle(queue, body, at.dispatcher)


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
    at = World()
    at.customer()
    for number in range(dispatch.PAGE + 5):
        at.plan(receipt(id=f"20261122T0900-{number:04d}"))
    at.wait(10 * MINUTE)
    assert page(at, resources.TRANSACTIONAL) == [Status.SENT] * dispatch.PAGE
    (message,) = at.queues.sent
    assert dispatch.handle(resources.TRANSACTIONAL, message.body, at.dispatcher) == [Status.SENT] * 5


def test_a_call_that_has_used_up_its_time_puts_back_what_is_left_and_nothing_twice() -> None:
    at = World()
    at.customer()
    for number in range(dispatch.PAGE + 5):
        at.plan(receipt(id=f"20261122T0900-{number:04d}"))
    at.wait(10 * MINUTE)
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


def test_what_is_left_of_the_day_is_kept_for_others_and_asked_for_anew() -> None:
    at, row = world()
    kept = replace(at.dispatcher, spare=lambda channel: 900.0)
    assert dispatch.dispatch(row.customer, row.id, kept) == Status.PLANNED
    assert (at.row(row).reason, at.row(row).due_at, at.row(row).attempts) == (QUOTA, NOW + 15 * MINUTE, 0)
    at.wait(15 * MINUTE)
    assert dispatch.dispatch(row.customer, row.id, kept) == Status.PLANNED
    at.wait(15 * MINUTE)
    assert at.dispatch(row) == Status.SENT


def test_who_is_throttled_slows_the_container_down_and_the_row_waits() -> None:
    at, row = world()
    told: list[tuple[str, float]] = []
    throttled = replace(at.dispatcher, throttled=lambda channel, wait: told.append((channel, wait)))
    at.mail.next = [Transient("quota", timedelta(minutes=15)), None]
    assert dispatch.dispatch(row.customer, row.id, throttled) == Status.RETRY
    assert told == [("email", 900.0)]
    at.wait(20 * MINUTE)
    assert at.dispatch(row) == Status.SENT


def test_one_row_that_fails_does_not_stop_its_page() -> None:
    at, _ = world()
    at.plan(send(id="20261122T0901-second", customer="u#eve", message_class="transactional", template="receipt"))
    at.plan(receipt(id="20261122T0902-third"))
    at.mail.next = [RuntimeError("a bug")]
    at.wait(10 * MINUTE)
    assert page(at, resources.JOURNEYS) == ["failed_here"]
    assert page(at, resources.TRANSACTIONAL) == [Status.SENT]


def claimed_by(row: Any, owner: str) -> Any:
    return ledger.claim(row, owner, NOW)


def test_a_claim_holds_in_one_table_and_in_the_other(database: Database) -> None:
    """The claim on the fake and on DynamoDB: won, lost to another, lost to itself, lost to a changed permit."""
    sends, row = SendStore(database), send()
    at = World(db=database)
    at.customer()
    at.plan(row)
    permit = SituationStore(database).permit(row.customer)
    mine = claimed_by(row, "me")
    assert sends.claim(row, mine, permit, {key_of(row.id): Sent(NOW, "email")}) is Claim.MINE
    assert sends.claim(row, mine, permit, {key_of(row.id): Sent(NOW, "email")}) is Claim.MINE  # its answer was lost
    assert sends.claim(row, claimed_by(row, "you"), permit, {key_of(row.id): Sent(NOW, "email")}) is Claim.TAKEN
    assert SituationStore(database).permit(row.customer).sent == {key_of(row.id): Sent(NOW, "email")}
    other = at.plan(send(id="20261122T0901-second"))
    assert sends.claim(other, claimed_by(other, "me"), permit, {key_of(other.id): Sent(NOW, "email")}) is Claim.MOVED
    slip = at.plan(receipt(id="20261122T0902-receipt"))
    assert sends.claim(slip, claimed_by(slip, "me"), permit, None) is Claim.MOVED
    fresh = SituationStore(database).permit(row.customer)
    assert sends.claim(slip, claimed_by(slip, "me"), fresh, None) is Claim.MINE


def test_a_claim_without_a_permit_and_without_a_row(database: Database) -> None:
    sends, row = SendStore(database), send()
    none = SituationStore(database).permit(row.customer)
    assert sends.claim(row, claimed_by(row, "me"), none, None) is Claim.MOVED
    database.put(resources.SENDS, row.to_item())
    assert sends.claim(row, claimed_by(row, "me"), none, {key_of(row.id): Sent(NOW, "email")}) is Claim.MINE
    assert SituationStore(database).permit(row.customer).version == 1


def test_saving_demands_what_was_read(database: Database) -> None:
    sends, row = SendStore(database), send()
    database.put(resources.SENDS, row.to_item())
    held = ledger.postpone(row, "capped", NOW + DAY)
    assert sends.save(row, held)
    assert sends.save(row, held)  # its answer was lost
    assert not sends.save(row, ledger.skip(row, "no_consent"))
    assert sends.get(row.customer, row.id) == held
    assert sends.save(held, ledger.skip(held, "no_consent"))
    assert database.query_index(resources.SENDS, "due", due_shard(row.customer)).items == []


def test_consent_withdrawn_between_reading_and_claiming_stops_the_mail() -> None:
    at, row = world()
    store = SendStore(at.db)
    claim, moved = store.claim, list[bool]()

    class Slow(SendStore):
        def claim(self, *arguments: Any) -> Claim:
            if not moved:
                at.says(consent=False)
                moved.append(True)
            return claim(*arguments)

    at.dispatcher = replace(at.dispatcher, sends=Slow(at.db))
    assert at.dispatch(row) == Status.SKIPPED
    assert (at.row(row).reason, at.mail.sent) == ("unsubscribed", [])


class Losing:
    """A table whose acknowledgements are lost: it does what it is told and then says that it does not know."""

    def __init__(self, db: Database, lost: int) -> None:
        self._db = db
        self.lost = lost

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._db, name)
        if name not in ("transact", "update"):
            return method

        def call(*arguments: Any, **named: Any) -> Any:
            answer = method(*arguments, **named)
            if self.lost > 0:
                self.lost -= 1
                raise Transient("the acknowledgement was lost")
            return answer

        return call


@pytest.mark.parametrize("lost", [1, 2, 3])
def test_lost_acknowledgements_lose_no_mail_and_send_none_twice(lost: int) -> None:
    at, row = world()
    losing = Losing(at.db, 0)
    at.dispatcher = replace(at.dispatcher, sends=SendStore(losing))
    losing.lost = lost
    assert at.dispatch(row) == Status.SENT
    assert (len(at.mail.sent), at.row(row).status) == (1, Status.SENT)


def test_the_fake_refuses_what_dynamodb_refuses() -> None:
    at, row = world()
    with pytest.raises(ConditionFailed):
        at.db.update(resources.SENDS, row.customer, row.id, set={"v": 9}, when={"v": 7})
