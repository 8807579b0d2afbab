"""What is forgotten leaves a base, and facts are as if it were still there: the laws, field by field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.customers.base import UNION, Base, Bases, begun, mark, may_expire
from chalicelib.customers.facts import Facts
from chalicelib.customers.fold import fold
from chalicelib.customers.trust import Link
from chalicelib.tracking.event import Event
from tests.customers.events import DAY, event, histories, order, refund
from tests.customers.test_parts import HISTORIES

FORGOTTEN_IN = 6


def sealed(portions: Sequence[Sequence[Event]], customer: str = "u#ann") -> Bases:
    """Each portion as a base of its own, as it comes back from the table."""
    made = [Base.of(events, number, 5) for number, events in enumerate(portions) if events]
    return Bases(tuple(Base.from_item(each.to_item()) for each in made), customer)


def without_intents(facts: Facts, stays: Sequence[Event]) -> Facts:
    """The facts, but for what they say of intents whose events are forgotten."""
    return replace(facts, intents=fold(Facts(), stays).intents)


def parted(history: Sequence[Event], where: Sequence[int]) -> tuple[list[list[Event]], list[Event]]:
    """The history as portions to be forgotten, by subject, and what stays: 0 for what stays."""
    portions: dict[tuple[str, int], list[Event]] = {}
    stays = []
    for each, place in zip(history, where, strict=False):
        if place and may_expire(each):
            portions.setdefault((each.subject, place), []).append(each)
        else:
            stays.append(each)
    return list(portions.values()), stays


@given(
    history=HISTORIES | histories(60),
    where=st.lists(st.integers(0, FORGOTTEN_IN), min_size=80, max_size=80),
    random=st.randoms(use_true_random=False),
)
@settings(max_examples=150, deadline=None)
def test_facts_are_as_if_nothing_was_forgotten(history: list[Event], where: list[int], random: Any) -> None:
    portions, stays = parted(history, where)
    random.shuffle(portions)
    random.shuffle(stays)
    assert sealed(portions).fold(stays) == without_intents(fold(Facts(), history), stays)


@given(history=HISTORIES, where=st.lists(st.integers(0, 3), min_size=80, max_size=80), whose=st.data())
@settings(max_examples=80, deadline=None)
def test_and_of_several_devices(history: list[Event], where: list[int], whose: Any) -> None:
    """Each event is of one of three subjects, two of which belong to the customer by a link."""
    subjects: list[dict[str, Any]] = [{}, {"user_id": None, "anonymous_id": "x"}, {"user_id": "old"}]
    theirs = [each.model_copy(update=whose.draw(st.sampled_from(subjects))) for each in history]
    links = {"a#x": Link(DAY, unproven=True), "u#old": Link(DAY, known_at=DAY)}
    portions, stays = parted(theirs, where)
    assert sealed(portions).fold(stays, links) == without_intents(fold(Facts(), theirs, links), stays)


def test_a_new_field_has_to_say_what_becomes_of_it() -> None:
    assert set(UNION) == {field.name for field in fields(Facts)}


VISIT: dict[str, Any] = {"context": {"page": {"url": "https://shop.example/"}}}
CART: dict[str, Any] = {"properties": {"cart_token": "c" * 20}}
WEBHOOK: dict[str, Any] = {"context": {"traits": {"email": "ann@shop.example"}}, "source": "shopify"}


@pytest.mark.parametrize(
    ("said", "expires"),
    [
        (event("Page", **VISIT), True),
        (event("Screen"), True),
        (event("Product Viewed"), True),
        (event("Product Added"), True),
        (event("Checkout Started"), True),
        (event("Something Else"), True),
        (event("Email Link Clicked", source="ses"), True),
        (event("Order Shipped"), True),
        (event("Order Completed"), False),
        (event("Completed Order", properties={"total": "no number"}), False),
        (order("1"), False),
        (refund("1"), False),
        (event("Order Cancelled", properties={"order_id": "1"}), False),
        (event("Subscribed"), False),
        (event("Unsubscribed", properties={"topic": "letters"}), False),
        (event("Email Bounced", source="ses", properties={"bounce_type": "Permanent"}), False),
        (event("Email Marked as Spam", source="ses"), False),
        (event("Subscription Started", properties={"subscription_id": "s1"}), False),
        (event("Subscription Renewed", properties={"subscription_id": "s1", "total": 9}), False),
        (event("Subscription Cancelled", properties={"subscription_id": "s1"}), False),
        (event("Cart Cleared"), True),
        (event("Ticket Opened", properties={"ticket_id": 1}), False),
        (event("Ticket Closed", properties={"ticket_id": 1}), False),
        (event("Identify"), False),
        (event("Identify", traits={"email": "ann@shop.example"}), False),
        (event("Alias", previous_id="x"), False),
        (event("Group", group_id="acme"), False),
        (event("Group"), False),
        (event("Product Added", **CART), False),
        (event("Product Added", **CART, unproven=True), True),
        (event("Product Added", **CART, user_id=None, anonymous_id="x"), False),
        (event("Checkout Started", **WEBHOOK), False),
        (event("Order Completed", datetime(1970, 1, 2, tzinfo=UTC)), False),
        (event("Product Viewed", source="perennial"), False),
        (event("Product Viewed", context={"externalIds": [{"id": "7", "type": "crm"}]}), False),
        (event("Email Opened", source="ses"), False),
    ],
    ids=lambda held: f"{held.type} {held.name}" if isinstance(held, Event) else str(held),
)
def test_what_may_expire(said: Event, expires: bool) -> None:
    assert may_expire(said) is expires


@given(histories(1) | HISTORIES)
def test_what_adds_to_a_field_that_is_kept_never_expires(history: list[Event]) -> None:
    kept = [name for name, unite in UNION.items() if unite is None]
    for each in history:
        if may_expire(each):
            facts = fold(Facts(), [each])
            assert all(getattr(facts, name) == getattr(Facts(), name) for name in kept)
        assert not (may_expire(each) and each.type in ("identify", "alias", "group"))


def test_what_must_not_be_forgotten_is_not_sealed() -> None:
    with pytest.raises(ValueError, match="must not be forgotten"):
        Base.of([event(), order("1")], 0, 5)


def test_an_order_within_a_forgotten_visit_belongs_to_it() -> None:
    pages = [event("Page", DAY + timedelta(minutes=20 * n), message_id=f"p{n}") for n in range(4)]
    bought = order("1", DAY + timedelta(minutes=30))
    facts = sealed([pages]).fold([bought])
    assert facts.sessions.count == 1
    assert facts == fold(Facts(), [*pages, bought])


def test_years_of_visits_stay_sessions_that_a_late_event_can_join() -> None:
    pages = [
        event("Page", DAY - timedelta(days=n, minutes=m), message_id=f"{n}.{m}") for n in range(900) for m in (0, 25)
    ]
    late = event("Page", DAY - timedelta(days=700, minutes=50), message_id="late")
    months = [pages[start : start + 60] for start in range(0, len(pages), 60)]
    assert sealed(months).fold([late]) == fold(Facts(), [*pages, late])
    assert max(len(each.to_item()["facts"]) + len(each.marks) for each in sealed(months).each) < 1_000


def test_a_base_knows_its_events_again() -> None:
    forgotten = event("Page", message_id="m")
    bases = sealed([[forgotten]])
    again = forgotten.model_copy(update={"received_at": DAY + timedelta(days=400), "user_id": "other"})
    assert bases.holds(again)
    assert not bases.holds(event("Page", message_id="n"))
    assert not Bases().holds(forgotten)
    assert len(mark(forgotten)) == 6
    assert (bases.each[0].count, bases.until, bases.next_number("u#ann"), bases.next_number("a#x")) == (1, 5, 1, 0)


def test_since_when_a_user_is_known_is_not_forgotten() -> None:
    early = event("Page", received_at=DAY, message_id="1")
    late = event("Identify", received_at=DAY + timedelta(days=1), message_id="2")
    bases = sealed([[early]])
    assert bases.known_since == {"u#ann": DAY}
    assert bases.fold([late]).known_at == DAY
    assert replace(bases, customer="u#bob").fold([late]).known_at == late.received_at


def test_an_intent_stays_as_long_as_it_is_open() -> None:
    carts = [
        event("Product Added", DAY - timedelta(days=n), message_id=str(n), properties={"sku": n}) for n in (90, 3, 1)
    ]
    looked = event("Product Viewed", DAY, message_id="v")
    ends = {"trial_end_date": (DAY + timedelta(days=90)).isoformat()}
    trial = event("Trial Ending", DAY - timedelta(days=80), message_id="t", properties=ends, context={"active": False})
    facts = fold(Facts(), [*carts, looked, trial])
    stays = begun(facts.intents)
    cart, until = DAY + timedelta(days=13), DAY + timedelta(days=90)
    assert [stays(each) for each in (*carts, looked, trial)] == [None, cart, cart, None, until]
    left = sealed([[carts[0], looked]]).fold([*carts[1:], trial])
    assert [begun for begun, _ in left.intents.open_at(DAY)] == ["cart", "trial"]
    assert [replace(run, before=None) for _, run in facts.intents.open_at(DAY)] == [
        run for _, run in left.intents.open_at(DAY)
    ]
