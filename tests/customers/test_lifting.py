"""What lifts a suppression, and what stands all the same: the same in any order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from chalicelib.customers.facts import Consent, Facts
from chalicelib.customers.fold import NeedsRebuild, fold
from chalicelib.customers.lifting import agreed_since, lifted
from chalicelib.customers.packing import pack, unpack
from chalicelib.tracking.event import Event
from tests.customers.events import DAY, event

HOUR = timedelta(hours=1)
OLD, NEW = "old@shop.example", "new@shop.example"


def at(hour: float) -> datetime:
    return DAY + hour * HOUR


def bounced(hour: float, address: str | None = OLD) -> Event:
    said = {"bounce_type": "Permanent", **({"email": address} if address else {})}
    return event("Email Bounced", at(hour), source="ses", properties=said, message_id=f"b{hour}{address}")


def complained(hour: float) -> Event:
    return event("Email Marked as Spam", at(hour), source="ses", properties={"email": OLD}, message_id=f"c{hour}")


def freed(hour: float, address: str = OLD, agreed: float | None = None) -> Event:
    return lifted("u#ada", "email", address, at(hour), None if agreed is None else at(agreed), {"why": "It works."})


@pytest.mark.parametrize(
    ("events", "reason", "written_to"),
    [
        ([bounced(0)], "bounce", {NEW}),
        ([bounced(0), freed(1)], None, {OLD, NEW}),
        ([bounced(1), freed(1)], None, {OLD, NEW}),
        ([bounced(0), freed(1), bounced(2)], "bounce", {NEW}),  # dead once more
        ([bounced(0), freed(1, NEW)], "bounce", {NEW}),  # of another address
        ([bounced(0), bounced(0.5, NEW), freed(1)], "bounce", {OLD}),
        ([bounced(0, None), freed(1)], None, {OLD, NEW}),
        ([bounced(0, None), bounced(2, NEW), freed(1)], "bounce", {OLD}),
        ([complained(0), freed(3)], "complaint", set()),
        ([complained(0), freed(3, agreed=2)], None, {OLD, NEW}),
        ([complained(0), freed(3, NEW, agreed=2)], None, {OLD, NEW}),  # a complaint is the person's
        ([complained(2.5), freed(3, agreed=2)], "complaint", set()),  # after she had agreed anew
        ([complained(0), complained(2.5), freed(3, agreed=2)], "complaint", set()),
        ([complained(0), bounced(1), freed(3)], "complaint", set()),
        ([complained(0), bounced(1), freed(3, agreed=2)], None, {OLD, NEW}),
        ([complained(0), bounced(1), freed(3, NEW, agreed=2)], "bounce", {NEW}),
        ([bounced(n / 10, f"{n}@shop.example") for n in range(6)], "bounce", set()),
        ([*[bounced(n / 10, f"{n}@shop.example") for n in range(5)], bounced(0), freed(1)], "bounce", {OLD, NEW}),
    ],
)
def test_table(events: list[Event], reason: str | None, written_to: set[str]) -> None:
    orders = permutations(events) if len(events) < 5 else (events, events[::-1])
    for order in orders:
        facts = folded(order)
        held = facts.suppressed.get("email")
        assert (held.reason if held else None) == reason
        assert {each for each in (OLD, NEW) if held is None or not held.holds(each)} == written_to
        assert unpack(pack(facts)) == facts


def folded(events: Sequence[Event]) -> Facts:
    """All of them at once, which is what one by one comes to unless it asks for just that."""
    whole, facts = fold(Facts(), events), Facts()
    try:
        for each in events:
            facts = fold(facts, [each])
    except NeedsRebuild:
        return whole
    assert facts == whole
    return whole


def test_it_is_only_asked_for_a_rebuild_when_something_may_be_free_by_it() -> None:
    with pytest.raises(NeedsRebuild):
        fold(fold(Facts(), [bounced(0)]), [freed(1)])
    later = fold(Facts(), [bounced(2)])
    assert fold(later, [freed(1)]).suppressed == later.suppressed
    annoyed = fold(Facts(), [complained(0)])
    assert fold(annoyed, [freed(1)]).suppressed == annoyed.suppressed


@pytest.mark.parametrize(
    "change",
    [
        {"source": "segment"},
        {"source": "import"},
        {"properties": {"channel": "email"}},
        {"properties": {"channel": ["email"], "email": OLD}},
        {"properties": {"channel": "email", "email": OLD, "agreed_at": "soon"}},
        {"properties": {"channel": "email", "email": OLD, "agreed_at": 7}},
    ],
)
def test_nobody_else_and_nothing_else_lifts_anything(change: dict[str, Any]) -> None:
    facts = fold(Facts(), [bounced(0), freed(1).model_copy(update=change)])
    assert (facts.suppressed["email"].reason, facts.lifted) == ("bounce", {})


def test_it_makes_nobody_active() -> None:
    assert fold(Facts(), [freed(1)]).last_at is None


@pytest.mark.parametrize(
    ("key", "consent", "agreed"),
    [
        ("email", Consent(True, at(2), "m", True), at(2)),
        ("email/news", Consent(True, at(2), "m", True), at(2)),
        ("email", Consent(True, at(2), "m"), None),  # anybody may type an address into a form
        ("email", Consent(True, at(1), "m", True), None),
        ("email", Consent(False, at(2), "m", True), None),
        ("sms", Consent(True, at(2), "m", True), None),
    ],
)
def test_to_agree_anew_is_to_say_so_later_and_provably(key: str, consent: Consent, agreed: datetime | None) -> None:
    assert agreed_since(Facts(consent={key: consent}), "email", at(1)) == agreed
