"""The parts of the facts that have modules of their own: each by its laws, and none larger than it may be."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.customers import (
    happenings,
    intents,
    interests,
    lists,
    memberships,
    numbers,
    sessions,
    subscriptions,
    tickets,
    touches,
)
from chalicelib.customers.facts import Facts
from chalicelib.customers.fold import PARTS, fold
from chalicelib.customers.packing import json_of
from chalicelib.customers.rebuilding import NeedsRebuild
from chalicelib.tracking.event import Event
from tests.customers.events import DAY, event, order, refund, visits, wanted

MODULES: Mapping[str, ModuleType] = {
    "sessions": sessions,
    "touches": touches,
    "interests": interests,
    "memberships": memberships,
    "tickets": tickets,
    "intents": intents,
    "subscriptions": subscriptions,
    "happenings": happenings,
    "lists": lists,
}
EMPTY: Mapping[str, Any] = {
    "sessions": sessions.Sessions(),
    "touches": touches.Touches(),
    "interests": interests.Interests(),
    "memberships": memberships.Memberships(),
    "tickets": tickets.Tickets(),
    "intents": intents.Intents(),
    "subscriptions": subscriptions.Subscriptions(),
    "happenings": happenings.Happenings(),
    "lists": lists.Lists(),
}
REBUILDS = ("sessions", "intents", "subscriptions")
BOUNDS = {
    "sessions": 400,
    "touches": 16_000,
    "interests": 20_000,
    "memberships": 8_500,
    "tickets": 2_200,
    "intents": 9_000,
    "subscriptions": 11_000,
    "happenings": 26_000,
    "lists": 20_000,
}
"""Bytes that one part can come to, whatever is sent: JSON writes a letter outside ASCII as six or twelve."""

MOMENTS = st.one_of(
    st.integers(0, 5_000).map(lambda minutes: DAY - timedelta(minutes=minutes)),
    st.integers(0, 60_000).map(lambda minutes: DAY - timedelta(minutes=7 * minutes, milliseconds=minutes % 1_000)),
)


@st.composite
def deeds(draw: st.DrawFn) -> Event:
    """One thing that somebody did on the site."""
    at = draw(MOMENTS)
    id = draw(st.uuids().map(str))
    if draw(st.integers(0, 9)) == 0:
        group = draw(st.sampled_from([f"g{n}" for n in range(20)]))
        received = DAY + timedelta(seconds=draw(st.integers(0, 900)))
        return event("Group", at, message_id=id, group_id=group, unproven=draw(st.booleans()), received_at=received)
    if draw(st.integers(0, 9)) == 0:
        said = {"ticket_id": draw(st.integers(0, 30) | st.text(max_size=200) | st.none())}
        name = draw(st.sampled_from(["Ticket Opened", "Ticket Closed"]))
        return event(name, at, message_id=id, properties=said, unproven=draw(st.booleans()))
    if draw(st.integers(0, 9)) == 0:
        name, source = (
            draw(st.sampled_from(["List Joined", "List Left"])),
            draw(st.sampled_from(["perennial", "import"])),
        )
        on = draw(st.sampled_from([*(f"list-{n}" for n in range(120)), "No list", 7]))
        return event(name, at, message_id=id, properties={"list": on}, source=source)
    if draw(st.integers(0, 2)) == 0:
        return draw(wanted(at, {"message_id": id}))
    return draw(visits(at, {"message_id": id}))


HISTORIES = st.lists(deeds(), max_size=80, unique_by=lambda each: each.message_id)


def folded(name: str, known: Any, history: list[Event]) -> Any:
    draft = PARTS[name](known)
    for each in history:
        draft.add(each, each.type != "group")
    return draft.finished()


@pytest.mark.parametrize("name", PARTS)
@given(history=HISTORIES, cuts=st.lists(st.integers(0, 80), max_size=6), random=st.randoms(use_true_random=False))
@settings(max_examples=150)
def test_any_order_and_any_split_come_to_the_same(
    name: str, history: list[Event], cuts: list[int], random: Any
) -> None:
    """Or, for some, to the demand for a rebuild."""
    whole = folded(name, EMPTY[name], history)
    shuffled = list(history)
    random.shuffle(shuffled)
    assert folded(name, EMPTY[name], shuffled) == whole
    known = EMPTY[name]
    try:
        for start, end in pairwise([0, *sorted(cuts), len(shuffled)]):
            known = folded(name, known, shuffled[start:end])
    except NeedsRebuild:
        assert name in REBUILDS
        return
    assert known == whole


@given(history=HISTORIES, cuts=st.lists(st.integers(0, 80), max_size=6))
def test_intents_in_the_order_of_time_never_need_a_rebuild(history: list[Event], cuts: list[int]) -> None:
    ordered = sorted(history, key=lambda each: each.at)
    known = EMPTY["intents"]
    for start, end in pairwise([0, *sorted(cuts), len(ordered)]):
        known = folded("intents", known, ordered[start:end])
    assert known == folded("intents", EMPTY["intents"], history)


@given(history=HISTORIES, cuts=st.lists(st.integers(0, 80), max_size=6))
def test_sessions_in_the_order_of_time_never_need_a_rebuild(history: list[Event], cuts: list[int]) -> None:
    ordered = sorted(history, key=lambda each: each.at)
    known = EMPTY["sessions"]
    for start, end in pairwise([0, *sorted(cuts), len(ordered)]):
        known = folded("sessions", known, ordered[start:end])
    assert known == folded("sessions", EMPTY["sessions"], history)
    own = [each for each in history if each.type != "group"]
    assert known.pages == sum(each.type == "page" for each in own)
    assert (known.count > 0) == bool(own)


@given(history=HISTORIES, cut=st.integers(0, 80))
@settings(max_examples=150)
def test_what_needs_a_rebuild_depends_on_what_is_kept_only(history: list[Event], cut: int) -> None:
    """So the others of a batch can be counted (review/arrivals.py)."""
    for name in ("intents", "subscriptions"):
        known = folded(name, EMPTY[name], history[:cut])
        fine = [each for each in history[cut:] if not needs_rebuild(name, known, [each])]
        assert not needs_rebuild(name, known, fine)


def needs_rebuild(name: str, known: Any, history: list[Event]) -> bool:
    try:
        folded(name, known, history)
    except NeedsRebuild:
        return True
    return False


@pytest.mark.parametrize("name", PARTS)
@given(history=HISTORIES)
def test_packing_loses_nothing(name: str, history: list[Event]) -> None:
    part = folded(name, EMPTY[name], history)
    held = MODULES[name].pack(part)
    if held is None:
        assert part == EMPTY[name]
        return
    text = json.dumps(held)
    assert MODULES[name].unpack(json.loads(text)) == part
    assert json.dumps(MODULES[name].pack(MODULES[name].unpack(json.loads(text)))) == text


@given(st.lists(st.integers(0, 2**70)))
def test_numbers_survive(held: list[int]) -> None:
    assert numbers.read(numbers.written(held)) == held


def hostile(number: int) -> list[Event]:
    """What somebody sends who wants the item to be large."""
    at, later = DAY - timedelta(hours=number), DAY + timedelta(seconds=number)
    wide = f"\U0001f600{number:05}" * 40
    product = {"product_id": wide, "category": wide, "price": "99999999999", "currency": "EUR"}
    context = {
        "page": {"url": f"https://{wide}/{wide}?gclid=1", "referrer": f"https://{wide}/"},
        "campaign": {"source": wide, "medium": wide, "name": wide},
    }
    return [
        event("Page", at, message_id=f"p{number}", context=context),
        event("Product Viewed", at, message_id=f"v{number}", context=context, properties=product),
        event("Order Completed", at, message_id=f"o{number}", properties={"products": [product] * 200}),
        event("Group", at, message_id=f"g{number}", group_id=wide[:100], unproven=number % 2 == 0),
        event("Group", at, message_id=f"h{number}", group_id=wide[:99], unproven=number % 2 == 1),
        event("Ticket Opened", at, message_id=f"t{number}", properties={"ticket_id": f"{number:060}"}),
        *(
            event(name, later, message_id=f"{name}{number}", properties=product | {"name": wide, "products": [product]})
            for name in ("Product Added", "Cart Viewed", "Checkout Started", "Trial Started", "Quote Requested")
        ),
        *(
            event(name, at, message_id=f"{name}{number}", properties={"subscription_id": f"{number:060}", **contract})
            for name in ("Subscription Created", "Payment Failed")
            for contract in [{"plan": wide, "price": "99999999999", "trial_end_date": at.isoformat()}]
        ),
    ]


@pytest.mark.parametrize("name", PARTS)
def test_no_client_can_fill_the_item(name: str) -> None:
    flood = [each for number in range(400) for each in hostile(number)]
    size = len(json.dumps(MODULES[name].pack(folded(name, EMPTY[name], flood))))
    assert size <= BOUNDS[name]
    assert size > 100 or name == "lists", "no client says who is on a list"


def test_all_facts_of_a_flood_are_bounded() -> None:
    """Also refunds of orders that never were, and topics that nobody has."""
    flood = [each for number in range(400) for each in hostile(number)]
    for number in range(2_000):
        wide, later = f"\U0001f600{number:05}" * 17, DAY + timedelta(seconds=number)
        given_back = {"order_id": wide[:100], "total": "99999999999.9999"}
        flood.append(event("Order Refunded", DAY, message_id=f"r{number}", properties=given_back))
        flood.append(event("Subscribed", later, message_id=f"s{number:200}", properties={"topic": wide[:90]}))
    facts = fold(Facts(), flood)
    assert (len(facts.refunds), facts.refunds_lost, len(facts.consent)) == (20, True, 100)
    assert len(json_of(facts)) <= 100_000
    assert len(json_of(fold(Facts(), [order(f"o{n}") for n in range(1_000)]))) < 1_000 * 4 + 2_000


def test_a_refund_that_was_left_out_is_not_forgotten() -> None:
    flood = [refund(f"{n:04}", total="1") for n in range(25)]
    lost = fold(Facts(), flood)
    with pytest.raises(NeedsRebuild):
        fold(lost, [order("0001")])
    assert fold(Facts(), [*flood, order("0001", total="10")]).revenue == 9


def at(hours: float) -> datetime:
    return DAY + timedelta(hours=hours)


def seen(*hours: float) -> sessions.Sessions:
    held: sessions.Sessions = folded("sessions", EMPTY["sessions"], [event("Page", at(each)) for each in hours])
    return held


@pytest.mark.parametrize(
    ("hours", "count", "seconds"),
    [
        ((), 0, 0),
        ((0,), 1, 0),
        ((0, 0.49), 1, 1_764),
        ((0, 0.5), 2, 0),
        ((0, 0.4, 0.8, 1.2), 1, 4_320),
        ((0.8, 0, 0.4), 1, 2_880),
        ((0, 0.1, 3, 3.2), 2, 1_080),
    ],
)
def test_a_session_ends_after_half_an_hour_of_nothing(hours: tuple[float, ...], count: int, seconds: int) -> None:
    held = seen(*hours)
    assert (held.count, held.seconds, held.pages) == (count, seconds, len(hours))


def test_a_late_event_joins_two_sessions() -> None:
    two = seen(0, 0.8)
    assert two.count == 2
    assert folded("sessions", two, [event("Page", at(0.4))]) == seen(0, 0.4, 0.8)


def test_how_long_somebody_was_here_in_a_span() -> None:
    held = seen(0, 0.2, 0.4, 12, 12.3)
    assert held.seconds_between(at(-1), at(24)) == 2_520
    assert held.seconds_between(at(0.1), at(12.1)) == 1_080 + 360
    assert held.count_since(at(1), at(24)) == 1
    assert held.last is not None
    assert (held.last.seconds, held.first_at, held.last_at) == (1_080, at(0), at(12))


def test_touches_of_one_day_and_campaign_are_one() -> None:
    campaign = {
        "campaign": {"source": "news", "medium": "email", "name": "spring"},
        "page": {"url": "https://s.example/a"},
    }
    visits = [event("Page", at(hour), context=campaign) for hour in (0, 1, 25)]
    direct = event("Page", at(2), context={"page": {"url": "https://s.example/b"}})
    held: touches.Touches = folded("touches", EMPTY["touches"], [direct, *visits])
    assert [(touch.day - DAY.toordinal(), touch.channel) for touch in held.recent] == [
        (0, "direct"),
        (0, "email"),
        (1, "email"),
    ]
    assert held.days_by_channel() == {"email": 2, "direct": 1}
    assert held.first == touches.At(at(0), "email", "news", "spring", "", "/a")
    assert held.last == touches.At(at(25), "email", "news", "spring")


def test_what_was_bought_interests_more_than_what_was_looked_at() -> None:
    def product(name: str, id: str, price: str, weeks: int = 0) -> Event:
        properties = {"product_id": id, "category": id.upper(), "price": price, "currency": "EUR"}
        held = {"products": [properties], "currency": "EUR"} if name == "Order Completed" else properties
        return event(name, DAY - timedelta(weeks=weeks), message_id=f"{name}{id}{weeks}", properties=held)

    deeds = [
        product("Product Viewed", "looked", "10"),
        product("Product Added", "added", "20"),
        product("Order Completed", "bought", "30"),
        product("Order Completed", "before", "40", weeks=8),
    ]
    held: interests.Interests = folded("interests", EMPTY["interests"], deeds)
    assert held.top_products() == [("bought", 10.0), ("added", 5.0), ("before", 2.5), ("looked", 1.0)]
    assert [name for name, _ in held.top_categories(2)] == ["BOUGHT", "ADDED"]
    assert held.mean_price("BOUGHT", lambda currency: {"EUR": 2}.get(currency)) == 60  # type: ignore[arg-type,return-value]
    assert held.mean_price("BOUGHT", lambda currency: None) is None


def test_memberships_keep_what_is_proven_apart() -> None:
    calls = [
        event("Group", at(1), message_id="1", group_id="acme", unproven=True, received_at=at(2)),
        event("Group", at(1), message_id="2", group_id="acme", received_at=at(3)),
        event("Group", at(1), message_id="3", group_id="other", unproven=True, received_at=at(1)),
        event("Group", at(1), message_id="4", group_id="acme", received_at=at(5)),
        event("Group", at(1), message_id="5"),
    ]
    held: memberships.Memberships = folded("memberships", EMPTY["memberships"], calls)
    assert held.proven == {"acme": at(3)}
    assert held.claimed == {"acme": at(2), "other": at(1)}
    assert held.groups == ("acme", "other")


def test_a_ticket_is_as_it_was_last_said_by_who_may_say_so() -> None:
    said = [
        event("Ticket Opened", at(1), message_id="1", properties={"ticket_id": 7}),
        event("Ticket Closed", at(3), message_id="2", properties={"ticket_id": 7}),
        event("Ticket Opened", at(2), message_id="3", properties={"ticket_id": "8"}),
        event("Ticket Opened", at(4), message_id="4", properties={"ticket_id": "9"}, unproven=True),
        event("Ticket Opened", at(4), message_id="5", properties={}),
    ]
    held: tickets.Tickets = folded("tickets", EMPTY["tickets"], said)
    assert held.unclosed == ("8",)
    assert held.holds_until == at(2) + tickets.HOLDS_FOR
    assert EMPTY["tickets"].holds_until is None
