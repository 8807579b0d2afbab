"""Who is who, over HTTP: merging and splitting by hand, the ids of a customer, and finding somebody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from chalicelib.tracking.keys import TRACK, KeyKind
from tests.fakes.platforms import over_fakes
from tests.fakes.world import World
from tests.flow.story import orders, says

ANN = "ann@shop.example"


@pytest.fixture
def world() -> Iterator[World]:
    with over_fakes() as made:
        yield made


def path(id: str, rest: str = "") -> str:
    return f"/v1/customers/{quote(id, safe='')}{rest}"


def count(world: World, id: str) -> int:
    answer = world.ask("GET", path(id))
    assert answer.status == 200, answer.text
    return int(answer.json()["orders"]["count"])


def subjects(world: World, id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.ask("GET", path(id, "/subjects")).json()["subjects"]
    return found


def test_a_wrong_merge_is_undone(world: World) -> None:
    orders(world, "ann", "1", "10")
    orders(world, "bob", "2", "10")
    world.settle()
    merged = world.ask("POST", path("ann", "/merge"), {"with": "bob"})
    assert (merged.status, merged.json()["customer"], merged.json()["subject"]) == (200, "u#ann", "u#bob")
    assert world.ask("POST", path("ann", "/merge"), {"with": "bob"}).json() == merged.json(), "clicked twice"
    world.settle()
    assert (count(world, "ann"), count(world, "bob")) == (2, 2)
    assert world.ask("GET", path("bob")).json()["id"] == "u#ann"
    (subject,) = subjects(world, "bob")
    assert (subject["subject"], subject["owner"], subject["why"], subject["trusted"]) == (
        "u#bob",
        "u#ann",
        "merge",
        True,
    )
    assert world.ask("POST", path("ann", "/merge"), {"with": "bob"}).json()["code"] == "same_customer"
    assert world.ask("POST", path("ann", "/split"), {"subject": "bob"}).status == 200
    world.settle()
    assert (count(world, "ann"), count(world, "bob")) == (1, 1)
    assert subjects(world, "ann") == []


def test_of_a_visitor_and_a_user_the_user_stays(world: World) -> None:
    says(world, "page", "", anonymousId="x", name="Home", messageId="p")
    says(world, "page", "ann", name="Home", messageId="q")
    world.settle()
    merged = world.ask("POST", path("a#x", "/merge"), {"with": "ann"}).json()
    assert (merged["customer"], merged["subject"]) == ("u#ann", "a#x")
    world.settle()
    assert world.ask("GET", path("a#x")).json()["id"] == "u#ann"


def test_the_timeline_is_of_all_that_is_the_customer(world: World) -> None:
    says(world, "page", "", anonymousId="x", name="Home", messageId="p")
    says(world, "identify", "ann", anonymousId="x", messageId="i")
    world.settle()
    kinds = [entry["title"] for entry in world.ask("GET", path("ann")).json()["timeline"] if entry["kind"] == "event"]
    assert sorted(kinds) == ["Identify", "Page"]
    (subject,) = subjects(world, "ann")
    assert (subject["why"], subject["trusted"], subject["message_id"]) == ("identify", False, "i")


@pytest.mark.parametrize(
    ("rest", "body", "status", "code"),
    [
        ("/merge", {"with": "nobody"}, 404, "customer_not_found"),
        ("/merge", {"with": "ann"}, 409, "same_customer"),
        ("/merge", {}, 400, "invalid_body"),
        ("/merge", {"with": ""}, 400, "invalid_body"),
        ("/split", {"subject": "ann"}, 409, "not_linked"),
        ("/split", {"subject": "bob"}, 409, "not_linked"),
        ("/split", {"subject": "nobody"}, 404, "customer_not_found"),
    ],
)
def test_what_cannot_be_merged_or_split(world: World, rest: str, body: object, status: int, code: str) -> None:
    says(world, "page", "ann", name="Home", messageId="p")
    says(world, "page", "bob", name="Home", messageId="q")
    world.settle()
    answer = world.ask("POST", path("ann", rest), body)
    assert (answer.status, answer.json()["code"]) == (status, code)


def test_merging_takes_its_own_scope(world: World) -> None:
    keys = world.containers["api"].keys
    world.secret_key = keys.create(KeyKind.SECRET, "reader", ["customers:read"], world.now)
    assert world.ask("POST", path("ann", "/merge"), {"with": "bob"}).status == 403
    assert world.ask("POST", path("ann", "/split"), {"subject": "bob"}).status == 403


def found(world: World, **query: str) -> list[str]:
    answer = world.ask("GET", "/v1/lookup", **query)
    assert answer.status == 200, answer.text
    customers: list[str] = answer.json()["customers"]
    return customers


def test_customers_are_found_by_what_is_known_of_them(world: World) -> None:
    traits = {"email": ANN, "phone": "+40 721 234 567", "externalIds": {"shopify": 7}}
    says(world, "identify", "ann", anonymousId="x", traits=traits)
    says(
        world,
        "identify",
        "twin",
        traits={"email": " ANN@shop.example", "external_ids": [{"type": "Stripe", "id": "c"}]},
    )
    world.settle()
    assert found(world, email="Ann@Shop.example") == ["u#ann", "u#twin"]
    assert found(world, phone="0040721234567") == ["u#ann"]
    assert found(world, external_id="shopify:7") == ["u#ann"]
    assert found(world, external_id="stripe:c") == ["u#twin"]
    assert found(world, user_id="ann") == ["u#ann"]
    assert found(world, anonymous_id="x") == ["u#ann"]
    assert found(world, user_id="nobody") == found(world, email="nobody@shop.example") == []


def test_customers_are_found_by_the_external_ids_of_any_calls_context(world: World) -> None:
    ids = [{"id": "7", "type": "shopify", "collection": "users", "encoding": "none"}, {"id": "9", "type": "crm"}]
    says(world, "track", "ann", event="Looked", context={"externalIds": ids})
    world.settle()
    assert found(world, external_id="shopify:7") == found(world, external_id="CRM:9") == ["u#ann"]
    world.wait(timedelta(seconds=1))
    newer = {"externalIds": [{"id": "8", "type": "shopify"}]}
    says(world, "track", "ann", messageId="again", event="Looked again", context=newer)
    world.settle()
    assert found(world, external_id="shopify:7") == []
    assert found(world, external_id="shopify:8") == found(world, external_id="crm:9") == ["u#ann"]
    traits = world.customer("ann")["traits"]
    assert traits == {"external_id:crm": "9", "external_id:shopify": "8"}


def test_nobody_claims_anothers_external_id_under_a_public_key(world: World) -> None:
    held = {"externalIds": [{"id": "7", "type": "shopify"}]}
    for person in ("ann", "eve"):
        says(world, "track", person, event="Looked", messageId=f"{person}-1", context=held if person == "ann" else {})
    world.wait(timedelta(minutes=11))
    says(world, "track", "eve", event="Looked", messageId="eve-2", context=held)
    says(world, "identify", "eve", messageId="eve-3", traits={"external_id:shopify": "7"})
    world.settle()
    assert found(world, external_id="shopify:7") == ["u#ann"]
    world.containers["review_due"].customers.mark("u#eve", "test", world.now)
    world.tick()
    world.settle()
    assert found(world, external_id="shopify:7") == ["u#ann"]


def test_who_has_another_address_now_is_not_found_by_the_old_one(world: World) -> None:
    says(world, "identify", "ann", traits={"email": ANN})
    world.settle()
    says(world, "identify", "ann", traits={"email": "new@shop.example"}, messageId="moved")
    world.settle()
    assert (found(world, email=ANN), found(world, email="new@shop.example")) == ([], ["u#ann"])


def test_who_was_merged_is_found_as_the_customer(world: World) -> None:
    says(world, "identify", "", anonymousId="x", traits={"email": ANN}, messageId="form")
    world.settle()
    assert found(world, email=ANN) == ["a#x"]
    says(world, "identify", "ann", anonymousId="x", messageId="login")
    world.settle()
    assert found(world, email=ANN) == ["u#ann"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({}, "one_question"),
        ({"email": ANN, "user_id": "ann"}, "one_question"),
        ({"email": "nonsense"}, "invalid_address"),
        ({"phone": "0721234567"}, "invalid_address"),
        ({"surname": "x"}, "invalid_parameters"),
    ],
)
def test_what_cannot_be_asked(world: World, query: dict[str, str], code: str) -> None:
    answer = world.ask("GET", "/v1/lookup", **query)
    assert (answer.status, answer.json()["code"]) == (400, code)


def test_a_public_key_can_neither_merge_nor_look_up(world: World) -> None:
    world.secret_key = world.containers["api"].keys.create(KeyKind.PUBLIC, "shop", [TRACK], world.now)
    assert world.ask("GET", "/v1/lookup", email=ANN).status == 401
    assert world.ask("POST", path("ann", "/merge"), {"with": "bob"}).status == 401
