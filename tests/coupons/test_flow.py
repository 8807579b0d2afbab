"""Coupons and referrals through the whole application: put, uploaded, given, used in an order, credited, erased."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.journeys.coupons.code import Code
from tests.fakes.world import World, backwards, once, twice
from tests.flow.story import joins, says

POOL = {"title": "10 % to come back", "codes": {"kind": "pool", "low": 2}, "discount": {"percent": 10}}
FRIENDS = {"title": "Friends", "prefix": "HI-", "reward": {"amount": 5, "currency": "EUR"}}


def ask(world: World, method: str, path: str, body: object = None) -> Any:
    answer = world.ask(method, path, body)
    assert answer.status in (200, 202), answer.text
    return answer.json()


def orders(world: World, who: str, id: str, **said: Any) -> None:
    properties = {"order_id": id, "total": "36.00", "currency": "EUR", **said}
    says(world, "track", who, event="Order Completed", messageId=f"order-{id}", properties=properties)
    world.settle()


def gives(world: World, who: str, journey: str = "win_back") -> str:
    """What a sender does before it sends."""
    code = world.containers["send_journeys"].coupons.code(f"u#{who}", "back-10", journey, world.now)
    assert isinstance(code, Code), code
    return code.code


@pytest.mark.parametrize("manner", [once, twice, backwards], ids=["once", "twice", "backwards"])
def test_a_pool_from_the_upload_to_the_order(world: World, manner: Any) -> None:
    world.manner = manner
    ask(world, "PUT", "/v1/coupons/back-10", POOL)
    job = ask(world, "POST", "/v1/coupons/back-10/codes", {"codes": [" back-aa1", "BACK-AA2", "BACK-AA2", "BACK-AA3"]})
    joins(world, "ann")
    world.settle()
    assert ask(world, "GET", f"/v1/jobs/{job['id']}")["counts"] == {"new": 3, "taken": 0}
    code = gives(world, "ann")
    assert code in ("BACK-AA1", "BACK-AA2", "BACK-AA3")
    found = ask(world, "GET", f"/v1/codes/{code.lower()}")
    assert (found["state"], found["valid"], found["discount"]) == ("given", True, {"percent": 10})
    orders(world, "ann", "o-1", coupon=code.lower(), discount="4.00")
    orders(world, "ann", "o-2", coupon="UNKNOWN-1")
    state = ask(world, "GET", "/v1/coupons/back-10")
    assert [state[name] for name in ("uploaded", "given", "left", "low", "redeemed")] == [3, 1, 2, False, 1]
    assert state["off"] == {"EUR": "4.00"}
    assert ask(world, "GET", f"/v1/codes/{code}")["valid"] is False, "it was used"
    (held,) = ask(world, "GET", "/v1/customers/ann/codes")["codes"]
    assert (held["kind"], held["campaign"], held["journey"], held["code"]) == ("coupon", "back-10", "win_back", code)


def test_a_shared_code_is_one_coupons(world: World) -> None:
    spring = {"title": "Spring", "codes": {"kind": "shared", "code": "spring"}, "until": "2026-11-23T00:00:00Z"}
    assert ask(world, "PUT", "/v1/coupons/spring", spring)["definition"]["codes"]["code"] == "SPRING"
    taken = world.ask("PUT", "/v1/coupons/autumn", spring)
    assert (taken.status, taken.json()["code"]) == (409, "code_taken")
    joins(world, "ann")
    orders(world, "ann", "o-1", discount_codes=[{"code": "SPRING", "amount": "3.60"}])
    assert ask(world, "GET", "/v1/coupons/spring")["redeemed"] == 1
    assert ask(world, "GET", "/v1/codes/spring")["valid"] is True
    world.wait(timedelta(days=2))
    assert ask(world, "GET", "/v1/codes/spring")["valid"] is False


@pytest.mark.parametrize("manner", [once, twice, backwards], ids=["once", "twice", "backwards"])
def test_a_friends_first_order_is_credited_once_and_told(world: World, manner: Any) -> None:
    world.manner = manner
    ask(world, "PUT", "/v1/referrals/friends", FRIENDS)
    joins(world, "ann")
    joins(world, "bob")
    world.settle()
    assert ask(world, "POST", "/v1/referrals/friends/codes", {"customer": "ann"})["code"] is None
    world.settle()
    code = ask(world, "POST", "/v1/referrals/friends/codes", {"customer": "ann"})["code"]
    assert code.startswith("HI-")
    assert ask(world, "GET", f"/v1/codes/{code}")["valid"] is True
    orders(world, "ann", "o-1", coupon=code)
    orders(world, "bob", "o-2", coupon=code)
    world.wait(timedelta(hours=1))
    orders(world, "bob", "o-3", coupon=code)
    state = ask(world, "GET", "/v1/referrals/friends")
    assert (state["codes"], state["credited"]) == (1, 1)
    assert set(state["refused"]) == {"self_referral", "not_first_order"}
    (credit,) = ask(world, "GET", "/v1/customers/ann/codes")["credits"]
    assert credit["reward"] == {"amount": 5, "currency": "EUR"}
    told = [each["title"] for each in world.customer("ann")["timeline"] if each["kind"] == "event"]
    assert told.count("Referral Credited") == 1


def test_what_is_kept_of_a_person_is_exported_and_erased(world: World) -> None:
    ask(world, "PUT", "/v1/coupons/back-10", POOL)
    ask(world, "POST", "/v1/coupons/back-10/codes", {"codes": ["BACK-AA1", "BACK-AA2"]})
    ask(world, "PUT", "/v1/referrals/friends", FRIENDS)
    joins(world, "ann")
    joins(world, "bob")
    world.settle()
    code = gives(world, "ann")
    ask(world, "POST", "/v1/referrals/friends/codes", {"customer": "ann"})
    world.settle()
    own = ask(world, "POST", "/v1/referrals/friends/codes", {"customer": "ann"})["code"]
    orders(world, "ann", "o-1", coupon=code)
    orders(world, "bob", "o-2", coupon=own)
    kinds = [each["kind"] for each in ask(world, "GET", "/v1/customers/ann/export")["records"]]
    assert {"coupon", "redeemed", "referral", "credit"} <= set(kinds)
    assert "referred" in [each["kind"] for each in ask(world, "GET", "/v1/customers/bob/export")["records"]]
    ask(world, "DELETE", "/v1/customers/ann")
    world.settle()
    assert not [item for item in world.items("customers") if "u#ann" in str(item) and item["sk"] != "!erased"]
    assert ask(world, "GET", f"/v1/codes/{code}")["state"] == "erased"
    assert ask(world, "GET", f"/v1/codes/{own}")["valid"] is False
    joins(world, "cid")
    orders(world, "cid", "o-3", coupon=own)
    assert ask(world, "GET", "/v1/referrals/friends")["credited"] == 1


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "/v1/coupons/none", None, 404, "coupon_not_found"),
        ("GET", "/v1/referrals/NONE", None, 404, "referral_not_found"),
        ("GET", "/v1/codes/none", None, 404, "code_not_found"),
        ("POST", "/v1/coupons/none/codes", {"codes": ["ABC"]}, 404, "coupon_not_found"),
        ("POST", "/v1/referrals/none/codes", {"customer": "ann"}, 404, "referral_not_found"),
        ("PUT", "/v1/coupons/x", {"title": "x", "codes": {"kind": "printed"}}, 400, "invalid_coupon"),
        ("PUT", "/v1/coupons/x", {"title": "x", "name": "y", "codes": {"kind": "pool"}}, 400, "invalid_coupon"),
        ("PUT", "/v1/referrals/x", {}, 400, "invalid_referral"),
    ],
)
def test_what_cannot_be_done_says_why(
    world: World, method: str, path: str, body: object, status: int, code: str
) -> None:
    answer = world.ask(method, path, body)
    assert (answer.status, answer.json()["code"]) == (status, code)


def test_codes_go_into_pools_only_and_must_be_codes(world: World) -> None:
    ask(world, "PUT", "/v1/coupons/made", {"title": "Made", "codes": {"kind": "unique", "prefix": "M-"}})
    assert world.ask("POST", "/v1/coupons/made/codes", {"codes": ["ABC"]}).json()["code"] == "no_pool"
    ask(world, "PUT", "/v1/coupons/back-10", POOL)
    wrong = world.ask("POST", "/v1/coupons/back-10/codes", {"codes": ["ABC", "10 %"]}).json()
    assert (wrong["code"], wrong["details"]) == ("invalid_code", {"codes": ["10 %"]})
    assert [each["name"] for each in ask(world, "GET", "/v1/coupons")["definitions"]] == ["back-10", "made"]
