"""What a journey costs, and that it stops at its budget."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.customers.exchange import Exchange
from chalicelib.customers.workspace import Currencies
from chalicelib.journeys.purpose import Budget, Cost
from chalicelib.journeys.spending import bears, spent
from tests.fakes.world import World
from tests.flow.story import joins, says

EXCHANGE = Exchange.of(Currencies(report="EUR", rates={"USD": Decimal("0.5")}), 1)
EURO = Budget.model_validate({"amount": 100, "currency": "EUR"})
DOLLAR = Budget.model_validate({"amount": 100, "currency": "USD"})
EACH: dict[str, Any] = {"per_message": 2, "currency": "EUR"}

SUMS: list[tuple[str, Budget, dict[str, int], str, tuple[str, ...]]] = [
    ("nothing yet", EURO, {}, "0", ()),
    ("messages", EURO, {"messages": 3}, "6", ()),
    ("messages and coupons", EURO, {"messages": 3, "off_EUR": 450}, "10.5", ()),
    ("of another currency", EURO, {"off_USD": 1_000}, "5", ()),
    ("in another currency", DOLLAR, {"messages": 3, "off_EUR": 400}, "20", ()),
    ("of one without a rate", EURO, {"messages": 1, "off_RON": 900}, "2", ("RON",)),
]


@pytest.mark.parametrize(("case", "budget", "counts", "amount", "unknown"), SUMS, ids=[case for case, *_ in SUMS])
def test_what_was_spent(
    case: str, budget: Budget, counts: dict[str, int], amount: str, unknown: tuple[str, ...]
) -> None:
    found = spent(counts, budget, Cost.model_validate(EACH), EXCHANGE)
    assert (found.amount, found.unconverted) == (Decimal(amount), unknown)


@pytest.mark.parametrize(
    ("messages", "per_message", "bearing"),
    [(48, 2, True), (49, 2, True), (50, 2, False), (0, 101, False), (0, 0, True)],
)
def test_a_budget_bears_what_fits_into_it(messages: int, per_message: int, bearing: bool) -> None:
    cost = Cost.model_validate({"per_message": per_message, "currency": "EUR"})
    assert bears(EURO, spent({"messages": messages}, EURO, cost, EXCHANGE), cost, EXCHANGE) is bearing


def test_coupons_use_a_budget_up_even_where_messages_cost_nothing() -> None:
    assert bears(EURO, spent({"off_EUR": 9_999}, EURO, None, EXCHANGE), None, EXCHANGE)
    assert not bears(EURO, spent({"off_EUR": 10_000}, EURO, None, EXCHANGE), None, EXCHANGE)


LETTER = {"class": "transactional", "subject": "For you", "text": "{{ coupon.code }}"}


def journey(**said: Any) -> dict[str, Any]:
    return {
        "name": "gift",
        "title": "Gift",
        "class": "transactional",
        "trigger": {"on": "event", "name": "Gift Asked For"},
        "steps": [{"id": "letter", "do": "send", "template": "gift", "within": "P3D", "coupon": "ten"}],
        **said,
    }


def asks(world: World, *people: str) -> None:
    for who in people:
        joins(world, who)
        says(world, "track", who, event="Gift Asked For", messageId=f"{who}-asks")
        world.settle()


def received(world: World, *people: str) -> list[str]:
    found = [mail for who in people for mail in world.mails(f"{who}@example.com") if mail.subject == "For you"]
    return [str(mail.text).strip() for mail in found]


def reasons(world: World) -> list[tuple[str, Any]]:
    rows = [item for item in world.items("sends") if item["template"] == "gift"]
    return sorted((row["status"], row.get("reason")) for row in rows)


def later(world: World, span: timedelta) -> None:
    """Time passes, and what is due is done."""
    world.wait(span)
    world.tick()
    world.settle()


def test_a_journey_that_reached_its_budget_waits_and_goes_on_when_it_is_raised(world: World) -> None:
    assert world.ask("PUT", "/v1/coupons/ten", {"title": "Ten", "codes": {"kind": "unique"}}).status == 200
    cost = {"cost": {"per_message": 2, "currency": "EUR"}}
    world.define(journey(budget={"amount": 4, "currency": "EUR"}, **cost), {"gift": LETTER})
    asks(world, "ann", "bob", "cid")
    assert reasons(world) == [("planned", "budget_reached"), ("sent", None), ("sent", None)]
    state = world.ask("GET", "/v1/journeys/gift/spending").json()
    assert [state[name] for name in ("budget", "spent", "reached", "messages")] == ["4", "4.00", True, 2]
    assert world.ask("GET", "/v1/coupons/ten").json()["given"] == 2, "who waits is given no code"
    world.define(journey(budget={"amount": 6, "currency": "EUR"}, **cost), {})
    later(world, timedelta(hours=1, minutes=1))
    assert len(set(received(world, "ann", "bob", "cid"))) == 3
    assert world.ask("GET", "/v1/journeys/gift/spending").json()["spent"] == "6.00"


def test_a_message_waits_for_its_code_until_there_is_one(world: World) -> None:
    world.define(journey(), {"gift": LETTER})
    asks(world, "ann")
    assert reasons(world) == [("planned", "unknown_coupon")]
    assert world.ask("PUT", "/v1/coupons/ten", {"title": "Ten", "codes": {"kind": "pool"}}).status == 200
    later(world, timedelta(hours=1, minutes=1))
    assert reasons(world) == [("planned", "none_left")]
    world.ask("POST", "/v1/coupons/ten/codes", {"codes": ["TEN-1"]})
    world.settle()
    later(world, timedelta(hours=1, minutes=1))
    assert received(world, "ann") == ["TEN-1"]
    assert world.ask("GET", "/v1/journeys/gift/spending").json()["budget"] is None


def test_a_coupon_that_has_ended_sends_nothing(world: World) -> None:
    over = {"title": "Ten", "codes": {"kind": "unique"}, "until": "2020-01-01T00:00:00Z"}
    assert world.ask("PUT", "/v1/coupons/ten", over).status == 200
    world.define(journey(), {"gift": LETTER})
    asks(world, "ann")
    assert reasons(world) == [("skipped", "over_coupon")]


def test_what_coupons_take_off_is_charged_to_their_journey(world: World) -> None:
    assert world.ask("PUT", "/v1/coupons/ten", {"title": "Ten", "codes": {"kind": "unique"}}).status == 200
    world.define(journey(budget={"amount": 4, "currency": "EUR"}), {"gift": LETTER})
    asks(world, "ann")
    (code,) = received(world, "ann")
    properties = {"order_id": "o-1", "total": "36", "currency": "EUR", "coupon": code, "discount": "4.00"}
    says(world, "track", "ann", event="Order Completed", messageId="o-1", properties=properties)
    world.settle()
    state = world.ask("GET", "/v1/journeys/gift/spending").json()
    assert [state[name] for name in ("spent", "reached", "off")] == ["4.00", True, {"EUR": "4.00"}]
    assert world.ask("GET", "/v1/journeys/none/spending").json()["code"] == "journey_not_found"
