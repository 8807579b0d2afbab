"""Rates of a domain, and when they are so bad that it must stop."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.messages.health import Hour, Rates, breach, by_day, hour, provider, since, together
from chalicelib.messages.health.setting import SenderHealth

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
LIMITS = SenderHealth()


@pytest.mark.parametrize(
    ("address", "whose"),
    [
        ("ada@gmail.com", "gmail"),
        ("Ada@GoogleMail.com", "gmail"),
        ("ada@hotmail.it", "microsoft"),
        ("ada@outlook.com", "microsoft"),
        ("ada@yahoo.co.uk", "yahoo"),
        ("ada@icloud.com", "apple"),
        ("ada@shop.example", "other"),
        ("ada@gmail.com.evil.example", "other"),
        ("nobody", "other"),
    ],
)
def test_whose_mailbox_an_address_is(address: str, whose: str) -> None:
    assert provider(address) == whose


@pytest.mark.parametrize(
    ("counts", "stops"),
    [
        ({}, None),
        ({"sent": 1000, "delivered": 1000, "complained": 3}, None),  # 0.3 % is allowed, more is not
        ({"sent": 1000, "delivered": 1000, "complained": 4}, "complained"),
        ({"sent": 300, "delivered": 300, "complained": 2}, None),  # two are chance
        ({"sent": 199, "delivered": 199, "complained": 20}, None),  # too few mails to tell
        ({"sent": 1000, "delivered": 950, "bounced": 50}, None),
        ({"sent": 1000, "delivered": 949, "bounced": 51}, "bounced"),
        ({"sent": 1000, "delivered": 500, "soft_bounced": 500}, None),
        ({"sent": 1000, "delivered": 900, "bounced": 100, "complained": 90}, "complained"),
    ],
)
def test_above_a_limit_it_stops(counts: dict[str, int], stops: str | None) -> None:
    found = breach("shop.example", Rates(counts), LIMITS)
    assert (found.what if found else None) == stops


def test_why_it_stops_says_the_figures() -> None:
    found = breach("shop.example", Rates({"sent": 2400, "delivered": 2310, "complained": 9}), LIMITS)
    assert found is not None
    assert found.why == (
        "9 of 2310 mails were marked as spam in 7 days from shop.example: 0.39%, where the setting allows 0.30%"
    )


def test_hours_become_days_and_providers_have_rates_of_their_own() -> None:
    hours = [
        Hour("shop.example", NOW - timedelta(hours=hours), {"sent": 10, "gmail.sent": 4, "gmail.bounced": 1})
        for hours in (0, 5, 12)
    ]
    assert {day: rates.counts["sent"] for day, rates in by_day(hours).items()} == {"2026-11-21": 10, "2026-11-22": 20}
    whole = together(hours)
    assert (whole.of("gmail").bounces, whole.whole) == (0.25, {"sent": 30})
    assert Rates().bounces is None


def test_after_somebody_let_it_go_on_only_what_comes_then_counts() -> None:
    assert since(LIMITS, None, NOW) == hour(NOW - timedelta(days=7))
    assert since(LIMITS, NOW - timedelta(days=1), NOW) == NOW.replace(minute=0) - timedelta(hours=23)
    assert since(LIMITS, NOW - timedelta(days=30), NOW) == hour(NOW - timedelta(days=7))
