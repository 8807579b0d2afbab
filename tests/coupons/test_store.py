"""Codes in their table, on the fake and on DynamoDB in moto."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.aws.database import Database
from chalicelib.journeys.coupons.code import Code, NoCode
from chalicelib.journeys.coupons.coupon import parse
from chalicelib.journeys.coupons.giver import Giver
from chalicelib.journeys.coupons.store import CouponStore
from chalicelib.journeys.referrals.own import Referrals
from chalicelib.journeys.referrals.referral import parse as programme
from chalicelib.journeys.referrals.store import ReferralStore
from tests.fakes.database import MemoryDatabase

NOW = datetime(2026, 11, 22, tzinfo=UTC)
DAY = timedelta(days=1)


def shop(db: Database, kind: str = "pool", **more: Any) -> tuple[CouponStore, Giver]:
    store = CouponStore(db)
    codes = {"kind": kind, **({"code": "SPRING"} if kind == "shared" else {})}
    coupon = parse({"name": "back", "title": "Back", "codes": codes, **more})
    store.definitions.put("back", "Back", coupon.body(), NOW, in_force=True)
    return store, Giver(store, lambda: "secret")


def given(answer: Code | NoCode) -> Code:
    assert isinstance(answer, Code), answer
    return answer


def test_a_code_is_given_once_for_each_person_and_journey(database: Database) -> None:
    store, giver = shop(database, discount={"percent": 12.5}, valid_for="P14D")
    assert store.upload("back", ["A-1", "A-2", "A-3"]) == ({"new": 3}, [])
    assert store.upload("back", ["A-3", "A-4"]) == ({"known": 1, "new": 1}, [])
    first = given(giver.code("u#ann", "back", "one", NOW))
    assert (first.expires_at, first.discount) == (NOW + 14 * DAY, {"percent": Decimal("12.5")})
    assert giver.code("u#ann", "back", "one", NOW + DAY) == first
    others = {given(giver.code(*who, NOW)).code for who in (("u#ann", "back", "two"), ("u#bob", "back", "one"))}
    assert len(others | {first.code}) == 3
    assert store.counts("back") == {"uploaded": 4, "given": 3, "left": 1}
    last = given(giver.code("u#cid", "back", "one", NOW))
    assert giver.code("u#dan", "back", "one", NOW) == NoCode(
        "none_left", "Every code of the coupon back is given away. Upload more."
    )
    store.upload("back", ["A-5"])
    assert given(giver.code("u#dan", "back", "one", NOW)).code == "A-5"
    assert giver.code("u#cid", "back", "one", NOW) == last


def test_whoever_turned_out_to_be_the_same_person_keeps_the_code(database: Database) -> None:
    store, giver = shop(database, kind="unique")
    before = giver.code("a#visitor", "back", "one", NOW)
    assert giver.code("u#ann", "back", "one", NOW, also=["a#visitor"]) == before
    assert store.counts("back")["given"] == 1


def test_a_birthday_brings_another_code_each_year(database: Database) -> None:
    _, giver = shop(database, kind="unique", again="P300D")
    codes = [given(giver.code("u#ann", "back", "birthday", NOW + days * DAY)).code for days in (0, 299, 365, 366)]
    assert codes[0] == codes[1] != codes[2] == codes[3]


def test_a_shared_code_is_everybodys_and_one_coupons(database: Database) -> None:
    store, giver = shop(database, kind="shared")
    assert {given(giver.code(who, "back", "one", NOW)).code for who in ("u#ann", "u#bob")} == {"SPRING"}
    assert store.share("back", "SPRING")
    assert store.share("back", "SPRING")
    assert not store.share("other", "SPRING")


def test_a_code_of_another_coupon_is_not_taken_into_a_pool(database: Database) -> None:
    store, _ = shop(database)
    store.upload("back", ["A-1"])
    assert store.upload("other", ["A-1", "B-1"]) == ({"new": 1}, ["A-1"])


def test_an_order_is_counted_once_with_a_code(database: Database) -> None:
    store, giver = shop(database)
    store.upload("back", ["A-1", "A-2"])
    code = given(giver.code("u#ann", "back", "one", NOW)).code
    status = store.status(code)
    assert status is not None
    assert store.redeem(status, "u#bob", "o-1", "2026-11-22T10:00:00.000Z", {"off_EUR": 450})
    assert not store.redeem(status, "u#bob", "o-1", "2026-11-22T10:00:00.000Z", {"off_EUR": 450})
    after = store.status(code)
    assert after is not None
    assert (after["state"], after["by_owner"], after["customer"]) == ("redeemed", False, "u#ann")
    assert store.counts("back") == {"uploaded": 2, "given": 1, "redeemed": 1, "off_EUR": 450, "left": 1}


def test_a_code_that_was_used_unasked_leaves_the_pool(database: Database) -> None:
    store, giver = shop(database)
    store.upload("back", ["A-1"])
    status = store.status("A-1")
    assert status is not None
    assert store.redeem(status, "u#bob", "o-1", "2026-11-22T10:00:00.000Z", {})
    assert store.counts("back") == {"uploaded": 1, "redeemed": 1, "unasked": 1, "left": 0}
    assert isinstance(giver.code("u#ann", "back", "one", NOW), NoCode)


def test_few_codes_left_is_said(caplog: pytest.LogCaptureFixture) -> None:
    store, giver = shop(MemoryDatabase(), codes={"kind": "pool", "low": 2})
    store.upload("back", ["A-1", "A-2", "A-3", "A-4"])
    with caplog.at_level(logging.WARNING):
        for number in range(4):
            giver.code(f"u#{number}", "back", "one", NOW)
    assert caplog.messages == ["coupon back: 1 codes left; upload more", "coupon back: 0 codes left; upload more"]


def test_whoever_is_forgotten_is_named_by_no_code_and_nobody_gets_hers(database: Database) -> None:
    store, giver = shop(database, again="P1D")
    store.upload("back", ["A-1", "A-2"])
    codes = [given(giver.code("u#ann", "back", "one", NOW + days * DAY)).code for days in (0, 2)]
    assert store.forget("u#ann") == 2
    for code in codes:
        status = store.status(code)
        assert status is not None
        assert (status["state"], "customer" in status, "journey" in status) == ("erased", False, False)
    assert isinstance(giver.code("u#bob", "back", "one", NOW), NoCode)


def test_everybody_has_one_code_of_her_own(database: Database) -> None:
    store = ReferralStore(database)
    made = programme({"name": "friends", "title": "Friends", "prefix": "HI-"})
    store.definitions.put("friends", "Friends", made.body(), NOW, in_force=True)
    own = Referrals(store, lambda: "secret")
    code = own.code("u#ann", "friends", NOW)
    assert code is not None
    assert code.code.startswith("HI-")
    assert own.code("u#ann", "friends", NOW + DAY) == own.code("u#new", "friends", NOW, also=["u#ann"]) == code
    assert own.code("u#bob", "friends", NOW) != code
    giver = Giver(CouponStore(database), lambda: "secret", own)
    assert giver.code("u#ann", "friends", "any", NOW) == code, "a step may name a programme"
    assert own.code("u#ann", "unknown", NOW) is None
    assert store.counts("friends") == {"given": 2}


def test_a_friend_is_credited_once_and_a_lost_answer_is_found(database: Database) -> None:
    store = ReferralStore(database)
    said = {"code": "HI-1", "at": "2026-11-22T10:00:00.000Z"}
    assert store.credit("friends", "u#ann", "u#bob", "o-1", said)
    assert store.credit("friends", "u#ann", "u#bob", "o-1", said), "the same order again"
    assert not store.credit("friends", "u#ann", "u#bob", "o-2", said)
    assert len(store.credits("u#ann")) == 1
    assert store.counts("friends") == {"credited": 1}
