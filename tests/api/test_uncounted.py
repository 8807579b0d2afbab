"""What was said under a public key and does not count is shown: what, when, by which key, why, and what to do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.customers.uncounted import ADVICE, REASONS
from tests.fakes.platforms import over_fakes
from tests.fakes.world import World
from tests.flow.story import says

LATE = timedelta(minutes=11)


@pytest.fixture
def world() -> Iterator[World]:
    with over_fakes() as made:
        says(made, "page", "ann", name="Home", messageId="first")
        made.wait(LATE)
        yield made


def shown(world: World, customer: str = "ann") -> list[tuple[list[str], str]]:
    world.settle()
    return [(one["statements"], one["why"]) for one in world.customer(customer)["uncounted"]]


def subscribes(world: World, **fields: Any) -> None:
    properties = {"channel": "email", "topic": "news", "source": "footer"}
    says(world, "track", "ann", event="Subscribed", properties=properties, **fields)


def test_it_says_which_statement_when_by_which_key_why_and_what_to_do(world: World) -> None:
    says(world, "identify", "ann", messageId="later", traits={"email": "ann@shop.example", "plan": "pro"})
    world.settle()
    customer = world.customer("ann")
    assert customer["traits"] == {"plan": "pro"}
    (one,) = customer["uncounted"]
    (event,) = (
        each for each in world.ask("GET", "/v1/events", customer="ann").json()["events"] if each["id"] == "later"
    )
    assert one == {
        "statements": ["email"],
        "at": event["at"],
        "received_at": event["received_at"],
        "event": "Identify",
        "message_id": "later",
        "source": "segment",
        "key": event["key"],
        "why": REASONS["known_already"],
        "what_to_do": ADVICE,
    }
    entries = {entry["title"]: entry["details"] for entry in customer["timeline"] if entry["kind"] == "event"}
    assert entries["Identify"]["uncounted"] == {"statements": ["email"], "why": REASONS["known_already"]}
    assert "uncounted" not in entries["Page"]


@pytest.mark.parametrize(
    ("call", "statements"),
    [
        ({"type": "identify", "traits": {"phone": "+40721234567", "Email": "x@shop.example"}}, ["phone", "Email"]),
        ({"type": "identify", "traits": {"external_ids": {"crm": 7}}}, ["external_ids"]),
        (
            {"type": "track", "event": "Seen", "context": {"externalIds": [{"id": 7, "type": "crm"}]}},
            ["external_id:crm"],
        ),
        ({"type": "track", "event": "Subscribed", "properties": {"channel": "email"}}, ["consent:email"]),
        ({"type": "track", "event": "Unsubscribed", "properties": {"topic": "news"}}, ["consent:email/news"]),
        ({"type": "identify", "traits": {"plan": "pro"}}, []),
        ({"type": "track", "event": "Order Completed", "properties": {"order_id": "1", "email": "x@y.example"}}, []),
    ],
)
def test_every_protected_statement_is_shown_and_no_other(
    world: World, call: dict[str, Any], statements: list[str]
) -> None:
    says(world, userId="ann", messageId="m", user="ann", **call)
    assert shown(world) == ([(statements, REASONS["known_already"])] if statements else [])


def test_what_counts_is_not_shown(world: World) -> None:
    says(world, "identify", "bob", traits={"email": "bob@shop.example"})
    assert shown(world, "bob") == []


def server_says(world: World, **call: Any) -> None:
    body = json.dumps({"batch": [{"type": "identify", "userId": "ann", **call}]}).encode()
    headers = {"Authorization": f"Bearer {world.secret_key}"}
    assert world.http.request("POST", "/v1/batch", headers=headers, body=body).status == 200


def test_what_came_from_a_server_counts(world: World) -> None:
    server_says(world, messageId="s", traits={"email": "ann@shop.example"})
    assert shown(world) == []


def test_what_repeats_what_is_known_needs_no_explanation(world: World) -> None:
    server_says(world, messageId="s", traits={"email": "ann@shop.example"})
    says(world, "identify", "ann", messageId="again", traits={"email": "ann@shop.example"})
    assert shown(world) == []
    says(world, "identify", "ann", messageId="other", traits={"email": "eve@shop.example"})
    assert shown(world) == [(["email"], REASONS["known_already"])]


def test_a_visitors_word_is_shown_with_the_reason_of_the_link(world: World) -> None:
    says(world, "identify", "", anonymousId="x", messageId="form", traits={"email": "x@shop.example"})
    says(world, "identify", "ann", anonymousId="x", messageId="joins")
    assert shown(world) == [(["email"], REASONS["joined_unproven"])]
    says(world, "identify", "new", anonymousId="y", messageId="joins-new")
    says(world, "identify", "", anonymousId="y", messageId="at-once", traits={"phone": "+40721234567"})
    world.wait(timedelta(seconds=1))
    says(world, "identify", "", anonymousId="y", messageId="after", traits={"email": "y@shop.example"})
    assert shown(world, "new") == [(["email"], REASONS["said_after_joining"])]


def test_it_is_bounded(world: World) -> None:
    for number in range(25):
        says(world, "identify", "ann", messageId=f"m-{number}", traits={"email": f"{number}@shop.example"})
    assert len(shown(world)) == 20
    assert world.customer("ann", timeline=0)["timeline"] == []
    assert len(world.customer("ann", timeline=0)["uncounted"]) == 20
