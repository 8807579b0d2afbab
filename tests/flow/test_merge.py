"""Visitors who turn out to be somebody, over every Lambda: one person is one to journeys, caps and the mail."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.resources import CUSTOMERS, ENROLMENTS
from tests.fakes.platforms import over_fakes
from tests.fakes.world import World
from tests.flow.story import joins, says, unsubscribes

MINUTE = timedelta(minutes=1)
ADA = "ada@example.com"
COURSE = {
    "name": "course",
    "title": "Course",
    "class": "marketing",
    "trigger": {"on": "event", "name": "Course Requested"},
    "re_entry": {"after": "P30D"},
    "steps": [
        {"id": "first", "do": "send", "template": "lesson"},
        {"id": "pause", "do": "wait", "for": "P2D"},
        {"id": "second", "do": "send", "template": "next-lesson"},
    ],
}
LESSON = {
    name: {
        "class": "marketing",
        "subject": subject,
        "text": "Read. {{ links.unsubscribe }} {{ postal_address }}",
    }
    for name, subject in (("lesson", "A lesson"), ("next-lesson", "Another lesson"))
}


@pytest.fixture
def world() -> Iterator[World]:
    with over_fakes() as made:
        yield made


def visitor(world: World, type: str, **fields: Any) -> None:
    says(world, type, "", anonymousId="v-1", messageId=f"v-{type}-{fields.get('event', '')}-{world.now}", **fields)


def subscribes_anonymously(world: World) -> None:
    """A visitor leaves her address on a form, before she has an account."""
    visitor(world, "identify", traits={"email": ADA, "firstName": "Ada"})
    visitor(world, "track", event="Subscribed", properties={"channel": "email"})


def logs_in(world: World) -> None:
    says(world, "identify", "ada", anonymousId="v-1", traits={"email": ADA}, messageId=f"login-{world.now}")


def test_who_was_welcomed_as_a_visitor_is_not_welcomed_again(world: World) -> None:
    world.publish("welcome")
    subscribes_anonymously(world)
    world.settle()
    assert [mail.subject for mail in world.mails(ADA)] == ["Welcome, Ada"]
    world.wait(5 * MINUTE)
    logs_in(world)
    world.settle()
    assert len(world.mails()) == 1
    found = world.customer("ada")
    assert (found["id"], [consent["to"] for consent in found["consents"]]) == ("u#ada", ["email"])
    assert world.customer("a%23v-1")["id"] == "u#ada"


def test_a_journey_goes_on_as_the_persons_and_once(world: World) -> None:
    world.define(COURSE, LESSON)
    subscribes_anonymously(world)
    visitor(world, "track", event="Course Requested")
    world.settle()
    assert len(world.mails(ADA)) == 1
    world.wait(timedelta(hours=1))
    logs_in(world)
    says(world, "track", "ada", event="Course Requested", messageId="again")
    world.settle()
    rows = [row for row in world.items(ENROLMENTS) if row.get("status") == "active"]
    assert [row["pk"] for row in rows] == ["u#ada"], "too soon to enter again, as the visitor did an hour ago"
    world.pass_through(world.now + timedelta(days=2))
    assert len(world.mails(ADA)) == 2
    world.tick()
    world.settle()
    assert len(world.mails(ADA)) == 2


def test_two_enrolments_of_one_person_become_the_earlier_one(world: World) -> None:
    world.define(COURSE, LESSON)
    subscribes_anonymously(world)
    visitor(world, "track", event="Course Requested")
    world.settle()
    world.wait(timedelta(hours=26))
    joins(world, "ada")
    says(world, "track", "ada", event="Course Requested", messageId="ada-course")
    world.settle()
    assert len(world.mails(ADA)) == 2, "nobody knew"
    logs_in(world)
    world.settle()
    for _ in range(4):
        world.pass_through(world.now + timedelta(hours=23))
    ended = {row["pk"]: row["reason"] for row in world.items(ENROLMENTS) if row.get("status") == "exited"}
    assert set(ended.values()) == {"merged"}
    assert len(world.mails(ADA)) == 3, "one second lesson, not two"


def test_a_person_who_unsubscribed_is_not_written_to_as_the_visitor_she_was(world: World) -> None:
    world.define(COURSE, LESSON)
    world.publish("welcome")
    joins(world, "ada")
    world.settle()
    world.wait(MINUTE)
    unsubscribes(world, "ada")
    world.settle()
    world.wait(timedelta(hours=1))
    subscribes_anonymously(world)
    visitor(world, "track", event="Course Requested")
    world.settle()
    before = len(world.mails(ADA))
    assert before == 2, "as far as anybody knew, somebody else asked for lessons"
    logs_in(world)
    world.settle()
    world.pass_through(world.now + timedelta(days=2))
    assert len(world.mails(ADA)) == before


def test_the_link_in_a_visitors_mail_unsubscribes_the_person(world: World) -> None:
    world.publish("welcome")
    subscribes_anonymously(world)
    world.settle()
    world.wait(MINUTE)
    logs_in(world)
    world.settle()
    world.wait(MINUTE)
    unsubscribes(world, "ada")
    world.settle()
    assert [consent["granted"] for consent in world.customer("ada")["consents"]] == [False]


def test_caps_add(world: World) -> None:
    world.define(COURSE, LESSON)
    subscribes_anonymously(world)
    visitor(world, "track", event="Course Requested")
    world.settle()
    world.wait(MINUTE)
    logs_in(world)
    world.settle()
    permits = {row["pk"]: row for row in world.items(CUSTOMERS) if row["sk"] == "!permit"}
    assert len(permits["u#ada"]["sent"]) == 1
