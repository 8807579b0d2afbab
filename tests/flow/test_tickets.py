"""A ticket at the help desk holds marketing and nothing else, until the desk closes it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from chalicelib.messages.permission import TICKET_MAY_CLOSE
from chalicelib.resources import SENDS
from tests.fakes import vendors
from tests.fakes.platforms import over_fakes
from tests.fakes.world import World
from tests.flow.story import RECEIPT, TEMPLATES, joins, orders

MINUTE = timedelta(minutes=1)


@pytest.fixture
def world() -> Iterator[World]:
    with over_fakes() as made:
        made.publish("welcome")
        made.define(RECEIPT, TEMPLATES)
        vendors.entrust(made, "desk", vendors.SECRETS["standard"])
        assert made.ask("PUT", "/v1/sources/desk", {"ready": "help_desk"}).status == 200
        yield made


def desk(world: World, kind: str) -> None:
    """The help desk tells something of ada's ticket."""
    payload = {"type": f"ticket.{kind}", "data": {"id": 7, "requester": {"external_id": "ada"}}}
    assert vendors.signed("standard", "", payload, world.now).to(world, "desk").status == 200
    world.settle()


def reasons(world: World) -> set[object]:
    return {item.get("reason") for item in world.items(SENDS) if item["pk"] == "u#ada"}


def test_marketing_waits_until_the_ticket_is_closed(world: World) -> None:
    desk(world, "created")
    joins(world, "ada")
    world.settle()
    assert world.mails("ada@example.com") == []
    assert reasons(world) == {"open_ticket"}
    world.wait(MINUTE)
    orders(world, "ada", "A-1", "40.00")
    world.settle()
    assert [mail.subject for mail in world.mails("ada@example.com")] == ["Your order A-1"], "receipts do not wait"
    desk(world, "solved")
    world.pass_through(world.now + TICKET_MAY_CLOSE)
    assert len(world.mails("ada@example.com")) == 2
