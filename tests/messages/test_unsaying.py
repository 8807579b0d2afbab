"""Clicks that turn out to be a machine's are taken back: in the ledger, in the stored events, and in the facts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from chalicelib.resources import EVENTS, SENDS
from chalicelib.tracking.event import from_item
from tests.fakes.platforms import over_fakes
from tests.fakes.world import World
from tests.flow.story import joins

CLICKED = "Email Link Clicked"


@pytest.fixture
def world() -> Iterator[World]:
    with over_fakes() as made:
        made.publish("welcome")
        joins(made, "ada")
        made.settle()
        made.wait(timedelta(minutes=5))
        yield made


def follow(world: World, *links: str, apart: float) -> None:
    (mail,) = world.mails("ada@example.com")
    for link in links:
        world.wait(timedelta(seconds=apart))
        world.report(mail, "Click", recipient="ada@example.com", link=f"https://shop.example/{link}")
        world.settle()


def actors(world: World) -> list[str]:
    stored = [from_item(item) for item in world.items(EVENTS) if item["name"] == CLICKED]
    return [event.properties["actor"] for event in sorted(stored, key=lambda event: event.at)]


def counted(world: World) -> int:
    """How many clicks her facts know of."""
    happenings = world.containers["api"].customers.load("u#ada").facts.happenings.by_name
    return happenings[CLICKED].total if CLICKED in happenings else 0


def later(world: World) -> None:
    world.wait(timedelta(minutes=1))
    world.tick()
    world.settle()


def test_who_follows_three_links_within_seconds_has_followed_none(world: World) -> None:
    follow(world, "a", "b", apart=4)
    assert (actors(world), counted(world)) == (["person", "person"], 2)
    follow(world, "c", apart=1)
    assert actors(world) == ["machine"] * 3
    later(world)
    assert counted(world) == 0
    (row,) = [item for item in world.items(SENDS) if item["pk"] == "u#ada" and "clicks" in item]
    assert set(row["outcomes"]) == {"machine_clicked_at"}


def test_a_click_of_hours_later_is_a_persons_and_stays(world: World) -> None:
    follow(world, "a", "b", "c", apart=2)
    world.wait(timedelta(hours=2))
    follow(world, "a", apart=1)
    later(world)
    assert (actors(world)[-1], counted(world)) == ("person", 1)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_in_whatever_order_they_are_reported_it_comes_to_the_same(world: World, order: tuple[int, ...]) -> None:
    (mail,) = world.mails("ada@example.com")
    begun = world.now
    for number in order:
        world.now = begun + timedelta(seconds=2 * number)
        world.report(mail, "Click", recipient="ada@example.com", link=f"https://shop.example/{number}")
        world.now = begun + timedelta(seconds=30)
        world.settle()
    later(world)
    assert (actors(world), counted(world)) == (["machine"] * 3, 0)
