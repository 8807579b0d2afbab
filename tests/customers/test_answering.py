"""What somebody answers to, as a table, and its laws."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.customers.answering import HALF_LIFE, ORDER, answering
from chalicelib.customers.facts import Consent, Facts, Suppression, address_mark
from chalicelib.customers.happenings import Happenings, Times
from chalicelib.times import milliseconds

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
DAY = timedelta(days=1)
ALL = {"email": "ada@example.com", "phone": "+40721234567", "push_device:1": {"platform": "ios", "token": "t" * 32}}
MAIL, TAP, TEXT, WROTE = "Email Link Clicked", "Push Notification Tapped", "SMS Link Clicked", "SMS Received"


def bounced(address: str) -> Suppression:
    return Suppression("bounce", NOW, frozenset({address_mark(address)}))


def did(*deeds: tuple[str, float], **more: Any) -> Facts:
    """Somebody who did these things so many days ago."""
    by_name: dict[str, list[int]] = {}
    for name, days in deeds:
        by_name.setdefault(name, []).append(milliseconds(NOW - days * DAY))
    held = {name: Times(len(ats), min(ats), tuple(sorted(ats)[-4:])) for name, ats in by_name.items()}
    return Facts(happenings=Happenings(held), **more)


CASES: list[tuple[str, Facts, list[str]]] = [
    ("nothing yet: the order of the setting", Facts(), ["email", "push", "sms"]),
    ("a click in a mail", did((MAIL, 3)), ["email", "push", "sms"]),
    ("a tap", did((TAP, 3)), ["push", "email", "sms"]),
    ("what was written back", did((WROTE, 3)), ["sms", "email", "push"]),
    ("the later of two", did((MAIL, 200), (TAP, 3)), ["push", "email", "sms"]),
    ("two old ones, one new: as much", did((MAIL, 90), (MAIL, 90), (TEXT, 0)), ["email", "sms", "push"]),
    ("the more often", did((MAIL, 5), (TEXT, 6), (TEXT, 7)), ["sms", "email", "push"]),
    ("however long ago, it is an answer", did((TEXT, 700)), ["sms", "email", "push"]),
    ("many old ones, one new", did((MAIL, 400), (MAIL, 401), (MAIL, 402), (TAP, 1)), ["push", "email", "sms"]),
    ("what is told of a message is none", did(("SMS Delivered", 1), ("SMS Failed", 1)), ["email", "push", "sms"]),
]  # fmt: skip


@pytest.mark.parametrize(("facts", "order"), [one[1:] for one in CASES], ids=[one[0] for one in CASES])
def test_table(facts: Facts, order: list[str]) -> None:
    assert [one.channel for one in answering(facts, ALL, NOW)] == order


def test_a_click_counts_half_after_a_quarter() -> None:
    mail, *_ = answering(did((MAIL, HALF_LIFE / DAY)), ALL, NOW)
    assert (mail.weight, mail.last_at) == (0.5, NOW - HALF_LIFE)


@pytest.mark.parametrize(
    ("facts", "traits", "reachable"),
    [
        (Facts(), ALL, {"email", "sms", "push"}),
        (Facts(), {}, set()),
        (Facts(), {"phone": "+40721234567"}, {"sms"}),
        (Facts(consent={"sms": Consent(False, NOW, "m")}), ALL, {"email", "push"}),
        (Facts(suppressed={"email": Suppression("bounce", NOW)}), ALL, {"sms", "push"}),
        (Facts(suppressed={"email": bounced("ada@example.com")}), ALL, {"sms", "push"}),
        (Facts(suppressed={"email": bounced("old@example.com")}), ALL, {"email", "sms", "push"}),
    ],
)
def test_who_is_reachable(facts: Facts, traits: dict[str, Any], reachable: set[str]) -> None:
    assert {one.channel for one in answering(facts, traits, NOW) if one.reachable} == reachable


deeds = st.lists(st.tuples(st.sampled_from([MAIL, TAP, TEXT, WROTE]), st.floats(0, 900)), max_size=12)


@given(deeds, st.sampled_from([("email", MAIL), ("push", TAP), ("sms", TEXT)]))
def test_another_answer_never_moves_a_channel_back(before: list[tuple[str, float]], more: tuple[str, str]) -> None:
    channel, name = more

    def place(facts: Facts) -> int:
        return [one.channel for one in answering(facts, ALL, NOW)].index(channel)  # type: ignore[arg-type]

    assert place(did(*before, (name, 0.0))) <= place(did(*before))


@given(deeds)
def test_every_channel_has_one_place(before: list[tuple[str, float]]) -> None:
    assert sorted(one.channel for one in answering(did(*before), ALL, NOW)) == sorted(ORDER)
