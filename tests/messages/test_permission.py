"""Permission, as a table of cases: who is asked about, what is said, and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.customers.facts import ConsentStatus
from chalicelib.journeys.send import Send
from chalicelib.messages.permission import (
    CONSENT_MAY_FOLLOW,
    Allowed,
    Cap,
    Later,
    Permit,
    Policy,
    Recipient,
    Sent,
    Skipped,
    Verdict,
    counted,
    deliverable,
    key_of,
    permitted,
)
from tests.messages.samples import DAY, MINUTE, NOW, receipt, send

ADA = Recipient("ada@example.com", consent="granted")
HOUR = timedelta(hours=1)
JUST = send().planned_at  # the moment of the plan
PATIENCE = CONSENT_MAY_FOLLOW


def sent(*ago: timedelta) -> Permit:
    return Permit(1, {f"other-{place}": Sent(NOW - each, "email") for place, each in enumerate(ago)})


LATE = JUST + PATIENCE
OWN = Permit(1, {key_of(send().id): Sent(NOW, "email")})
NEWS = send(topic="news")
ASKS = receipt(confirms="email/news", statement="m1")
ON_TOPIC = Allowed("topic_consent")


def topic(said: ConsentStatus | None, **known: Any) -> Recipient:
    """Ada, who said this of the topic."""
    return replace(ADA, topic=said, **known)


def by_text(asked: int) -> Recipient:
    """Ada, who wants text messages; so often her number was asked today."""
    return topic("pending", channel="sms", address="+40721000001", asked=asked)


CASES: list[tuple[str, Send, Recipient, dict[str, Any], Verdict]] = [
    # what is asked                        message    recipient                         circumstances       verdict
    ("consent was given", send(), ADA, {}, Allowed()),
    ("no consent yet", send(), replace(ADA, consent=None), {"now": JUST}, Later(JUST + PATIENCE, "no_consent")),
    ("no consent, patience over", send(), replace(ADA, consent=None), {"now": JUST + PATIENCE}, Skipped("no_consent")),
    ("unsubscribed a moment ago", send(), replace(ADA, consent="withdrawn"), {"now": JUST}, Skipped("unsubscribed")),
    ("consent was withdrawn", send(), replace(ADA, consent="withdrawn"), {}, Skipped("unsubscribed")),
    ("a receipt needs no consent", receipt(), replace(ADA, consent=None), {}, Allowed()),
    ("a receipt after unsubscribing", receipt(), replace(ADA, consent="withdrawn"), {}, Allowed()),
    ("the address bounced", send(), replace(ADA, suppression="bounce"), {}, Skipped("suppressed_bounce")),
    ("a complaint", send(), replace(ADA, suppression="complaint"), {}, Skipped("suppressed_complaint")),
    ("a receipt to a dead mailbox", receipt(), replace(ADA, suppression="bounce"), {}, Skipped("suppressed_bounce")),
    ("no address", send(), Recipient(None, "granted"), {}, Skipped("no_address")),
    ("an empty address", receipt(), Recipient("", "granted"), {}, Skipped("no_address")),
    ("not an address", receipt(), Recipient("ada", "granted"), {}, Skipped("invalid_address")),
    ("two addresses in one", receipt(), Recipient("a@b.co,c@d.co", "granted"), {}, Skipped("invalid_address")),
    ("the journey was left", send(), ADA, {"cancelled": True}, Skipped("journey_exited")),
    ("the last moment", send(), ADA, {"now": NOW + 3 * DAY - MINUTE}, Allowed()),
    ("the deadline", send(), ADA, {"now": NOW + 3 * DAY}, Skipped("too_late")),
    ("too late for a receipt", receipt(), ADA, {"now": NOW + 3 * DAY}, Skipped("too_late")),
    ("one was sent today", send(), ADA, {"permit": sent(HOUR)}, Later(NOW - HOUR + DAY, "capped")),
    ("the last was a day ago", send(), ADA, {"permit": sent(DAY)}, Allowed()),
    ("three this week", send(), ADA, {"permit": sent(2 * DAY, 3 * DAY, 5 * DAY)}, Later(NOW + 2 * DAY, "capped")),
    ("both caps: the later", send(), ADA, {"permit": sent(HOUR, 3 * DAY, 5 * DAY)}, Later(NOW + 2 * DAY, "capped")),
    ("three, one out of the window", send(), ADA, {"permit": sent(2 * DAY, 3 * DAY, 7 * DAY)}, Allowed()),
    ("capped beyond its deadline", send(deadline=NOW + HOUR), ADA, {"permit": sent(HOUR)}, Skipped("capped")),
    ("receipts are not capped", receipt(), ADA, {"permit": sent(HOUR, HOUR, HOUR)}, Allowed()),
    ("its own claim is not held against it", send(), ADA, {"permit": OWN}, Allowed()),
    ("a worker whose clock runs ahead", send(), ADA, {"permit": sent(-HOUR)}, Later(NOW + HOUR + DAY, "capped")),
    ("not on the list", send(), ADA, {"only_to": ("*@shop.example",)}, Skipped("not_allowed_recipient")),
    ("on the list", send(), ADA, {"only_to": ("*@shop.example", "ADA@example.*")}, Allowed()),
    ("an empty list: nobody", receipt(), ADA, {"only_to": ()}, Skipped("not_allowed_recipient")),
    ("everybody is listed", receipt(), ADA, {"only_to": ("*",)}, Allowed()),
    ("production needs no list", send(), ADA, {"only_to": None}, Allowed()),
    ("a cap of nothing", send(), ADA, {"caps": (Cap(0, DAY),)}, Skipped("capped")),
    ("waiting for the confirmation", send(), replace(ADA, consent="pending"), {}, Skipped("unconfirmed")),
    ("a receipt while waiting", receipt(), replace(ADA, consent="pending"), {}, Allowed()),
    # about a topic: the channel's withdrawal outweighs everything, then the topic's word, then the channel's
    ("the topic was agreed to", NEWS, topic("granted"), {}, Allowed("topic_consent")),
    ("the topic alone", NEWS, topic("granted", consent=None), {}, Allowed("topic_consent")),
    ("the topic, before the channel is confirmed", NEWS, topic("granted", consent="pending"), {}, ON_TOPIC),
    ("the topic was left", NEWS, topic("withdrawn"), {}, Skipped("unsubscribed_from_topic")),
    ("the channel was left", NEWS, topic("granted", consent="withdrawn"), {}, Skipped("unsubscribed")),
    ("the topic waits", NEWS, topic("pending"), {}, Skipped("unconfirmed")),
    ("the channel's word covers it", NEWS, topic(None), {}, Allowed("channel_consent")),
    ("it asks for its own", NEWS, topic(None, own_consent=True), {"now": LATE}, Skipped("no_consent")),
    ("its own may follow", NEWS, topic(None, own_consent=True), {"now": JUST}, Later(JUST + PATIENCE, "no_consent")),
    ("its own was given", NEWS, topic("granted", own_consent=True), {}, Allowed("topic_consent")),
    ("neither was said", NEWS, topic(None, consent=None), {"now": LATE}, Skipped("no_consent")),
    ("the channel waits", NEWS, topic(None, consent="pending"), {}, Skipped("unconfirmed")),
    ("another topic's word is none", send(), topic("granted", consent=None), {"now": LATE}, Skipped("no_consent")),
    ("a receipt about a topic", receipt(topic="news"), topic("withdrawn"), {}, Allowed()),
    # a mail that asks for a confirmation
    ("a confirmation is owed", ASKS, topic("pending", consent=None), {}, Allowed()),
    ("its address may follow", ASKS, Recipient(None, topic="pending"), {"now": JUST}, Later(LATE, "no_address")),
    ("its address did not follow", ASKS, Recipient(None, topic="pending"), {"now": LATE}, Skipped("no_address")),
    ("it was given meanwhile", ASKS, topic("granted"), {}, Skipped("already_answered")),
    ("it was withdrawn meanwhile", ASKS, topic("withdrawn"), {}, Skipped("already_answered")),
    ("its number was asked twice", ASKS, by_text(2), {}, Allowed()),
    ("its number was asked once more", ASKS, by_text(3), {}, Skipped("asked_often")),
    ("the mailbox is dead", ASKS, topic("pending", suppression="bounce"), {}, Skipped("suppressed_bounce")),
    # somebody with this address was erased
    ("erased before", send(), replace(ADA, erased=True), {}, Skipped("suppressed_erased")),
    ("erased before, a receipt", receipt(), replace(ADA, erased=True), {}, Allowed()),
    ("erased before, asked to confirm", ASKS, topic("pending", erased=True), {}, Allowed()),
    # a ticket is open at the help desk
    ("a ticket is open", send(), replace(ADA, ticket=NOW + DAY), {}, Later(NOW + HOUR, "open_ticket")),
    ("it is soon forgotten", send(), replace(ADA, ticket=NOW + MINUTE), {}, Later(NOW + MINUTE, "open_ticket")),
    ("it is forgotten", send(), replace(ADA, ticket=NOW), {}, Allowed()),
    ("open beyond the deadline", send(deadline=NOW + HOUR), replace(ADA, ticket=NOW + DAY), {}, Skipped("open_ticket")),
    ("a receipt while a ticket is open", receipt(), replace(ADA, ticket=NOW + DAY), {}, Allowed()),
    ("unsubscribed, too", send(), replace(ADA, consent="withdrawn", ticket=LATE), {}, Skipped("unsubscribed")),
    ("no caps at all", send(), ADA, {"caps": (), "permit": sent(MINUTE)}, Allowed()),
]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "recipient", "given_", "verdict"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
def test_table(row: Send, recipient: Recipient, given_: dict[str, Any], verdict: Verdict) -> None:
    policy = Policy(**{name: given_[name] for name in ("caps", "only_to") if name in given_})
    answer = permitted(
        row,
        recipient,
        given_.get("permit", Permit()),
        policy,
        given_.get("now", NOW),
        cancelled=given_.get("cancelled", False),
    )
    assert answer == verdict


def test_the_reason_that_lasts_longest_is_the_one_given() -> None:
    gone = Recipient("ada@example.com", consent="withdrawn", suppression="complaint")
    assert permitted(send(), gone, sent(HOUR), Policy(), NOW) == Skipped("suppressed_complaint")


moments = st.integers(0, 14 * 24 * 60).map(lambda minutes: NOW - minutes * MINUTE)
permits = st.dictionaries(st.text("abc", min_size=1, max_size=4), st.builds(Sent, moments), max_size=12).map(
    lambda sent: Permit(1, sent)
)
policies = st.lists(
    st.builds(Cap, st.integers(1, 4), st.sampled_from([HOUR, DAY, 3 * DAY, 7 * DAY])), min_size=1, max_size=3
).map(lambda caps: Policy(caps=tuple(caps)))


@given(permits, policies)
def test_later_is_exactly_the_first_moment_at_which_the_answer_changes(permit: Permit, policy: Policy) -> None:
    row = send(deadline=NOW + 365 * DAY)
    answer = permitted(row, ADA, permit, policy, NOW)
    if isinstance(answer, Later):
        assert permitted(row, ADA, permit, policy, answer.until) == Allowed()
        assert permitted(row, ADA, permit, policy, answer.until - timedelta(milliseconds=1)) == answer
    else:
        assert answer == Allowed()


@given(st.lists(st.integers(0, 10 * 24 * 60), max_size=60))
def test_what_is_allowed_and_counted_never_breaks_a_cap(minutes: list[int]) -> None:
    policy, permit, left = Policy(), Permit(), list[datetime]()
    for number, minute in enumerate(sorted(minutes)):
        now, row = NOW + minute * MINUTE, send(id=f"s{number}", deadline=NOW + 365 * DAY)
        if permitted(row, ADA, permit, policy, now) == Allowed():
            permit = Permit(1, counted(permit, row, Sent(now, "email"), policy))
            left.append(now)
    for cap in policy.caps_on("email", "marketing", None):
        for first, last in zip(left, left[cap.count :], strict=False):
            assert last - first >= cap.within


def test_the_window_forgets_what_no_cap_can_see() -> None:
    old, new, now = Sent(NOW - 7 * DAY), Sent(NOW - 6 * DAY), Sent(NOW, "email")
    window = counted(Permit(4, {"old": old, "new": new}), send(), now, Policy())
    assert window == {"new": new, key_of(send().id): now}


@pytest.mark.parametrize(
    "address",
    ["ada@example.com", "a.b+tag@mail.example.co.uk", "o'hara@example.org", "x@xn--bcher-kva.example", "1@a-b.io"],
)
def test_deliverable(address: str) -> None:
    assert deliverable(address)


@pytest.mark.parametrize(
    "address",
    [
        "ada", "ada@", "@example.com", "ada@localhost", "ada@example", "a b@example.com", "ada@exa mple.com",
        "ada@example.com\nBcc: eve@example.com", "ada@example.com\n", "a@b.co,c@d.co", "a@b.co;c@d.co",
        "Ada <ada@example.com>", '"ada"@example.com', "ada@@example.com", "ada..b@example.com", ".ada@example.com",
        "ada.@example.com", "ada@-example.com", "ada@example-.com", "ada@example..com", "ada@exämple.com",
        "ädä@example.com", f"{'a' * 65}@example.com", f"a@{'a' * 64}.com", f"a@{'a.' * 130}com", "ada@[127.0.0.1]",
        "ada@127.0.0.1", "",
    ],
)  # fmt: skip
def test_not_deliverable(address: str) -> None:
    assert not deliverable(address)
