"""What a coupon and a referral programme may be, and which order of a friend counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.customers.facts import Facts, Order
from chalicelib.journeys.coupons.coupon import Coupon, parse
from chalicelib.journeys.coupons.giver import lack
from chalicelib.journeys.referrals import referral
from chalicelib.journeys.referrals.referral import Person, refused
from chalicelib.tracking.problems import Invalid

NOW = datetime(2026, 11, 22, tzinfo=UTC)
DAY = timedelta(days=1)
POOL: dict[str, Any] = {"name": "back", "title": "Back", "codes": {"kind": "pool"}}


def coupon(**more: Any) -> Coupon:
    return parse({**POOL, **more})


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"codes": {"kind": "printed"}}, "codes"),
    ({"codes": {"kind": "shared", "code": "10 %"}}, "codes.shared.code"),
    ({"codes": {"kind": "unique", "prefix": "win"}}, "codes.unique.prefix"),
    ({"discount": {}}, "discount"),
    ({"discount": {"percent": 10, "amount": 5, "currency": "EUR"}}, "discount"),
    ({"discount": {"amount": 5}}, "discount"),
    ({"discount": {"percent": 101}}, "discount.percent"),
    ({"valid_for": "14 days"}, "valid_for"),
    ({"until": "2026-12-01"}, "until"),
    ({"colour": "red"}, "colour"),
]


@pytest.mark.parametrize(("more", "path"), WRONG, ids=[str(more) for more, _ in WRONG])
def test_a_wrong_coupon_says_where(more: dict[str, Any], path: str) -> None:
    with pytest.raises(Invalid) as raised:
        coupon(**more)
    assert [problem.path for problem in raised.value.problems] == [path]


def test_what_was_put_is_read_again() -> None:
    made = coupon(discount={"percent": 12.5}, valid_for="P14D", until="2026-12-01T00:00:00Z", again="P300D")
    assert parse(made.body()) == made
    assert made.discount is not None
    assert made.discount.worth() == {"percent": Decimal("12.5")}


def test_a_code_ends_with_its_time_or_with_the_coupon() -> None:
    until = (NOW + 3 * DAY).isoformat()
    assert coupon().expires_at(NOW) is None
    assert coupon(valid_for="P2D").expires_at(NOW) == NOW + 2 * DAY
    assert coupon(valid_for="P14D", until=until).expires_at(NOW) == NOW + 3 * DAY


def test_why_nothing_is_given() -> None:
    assert lack(coupon(until=NOW.isoformat()), "back", NOW - DAY) is None
    reasons = [lack(each, "back", NOW) for each in (None, coupon(paused=True), coupon(until=NOW.isoformat()))]
    assert [each and each.reason for each in reasons] == ["unknown_coupon", "paused_coupon", "over_coupon"]


PROGRAMME = referral.parse({"name": "friends", "title": "Friends", "reward": {"amount": 5, "currency": "EUR"}})
OWNER = Person("u#ann", [("email", "ann@example.com")])
FRIEND = Person("u#bob", [("email", "bob@example.com")])


def buyer(*days_ago: int) -> Facts:
    return Facts(orders=tuple(Order(str(days), NOW - days * DAY, Decimal(10)) for days in sorted(days_ago)[::-1]))


def test_a_friends_first_order_counts() -> None:
    assert refused(PROGRAMME, OWNER, FRIEND, buyer(0), NOW) is None


REFUSED: list[tuple[str, Person, Facts, str]] = [
    ("the owner herself", OWNER, buyer(0), "self_referral"),
    ("her under another id", Person("u#ann2", [("email", "ann@example.com")]), buyer(0), "self_referral"),
    ("somebody who had ordered", FRIEND, buyer(0, 30), "not_first_order"),
]


@pytest.mark.parametrize(("case", "friend", "facts", "reason"), REFUSED, ids=[case for case, *_ in REFUSED])
def test_an_order_that_brings_nothing_says_why(case: str, friend: Person, facts: Facts, reason: str) -> None:
    assert refused(PROGRAMME, OWNER, friend, facts, NOW) == reason


def test_a_paused_programme_credits_nothing() -> None:
    paused = PROGRAMME.model_copy(update={"paused": True})
    assert refused(paused, OWNER, FRIEND, buyer(0), NOW) == "paused_referral"
